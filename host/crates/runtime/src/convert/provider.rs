//! What a provider is given, and what it answered, checked again.

use rulewright_domain::{Fields, Incoming};
use rulewright_ports::{
    Answer, Carried, Connected, Failure, GatewayAnswer, GatewayCall, Outgoing, Reception,
};

use super::{
    answer::{LINE, within, wrong},
    fields, id_text, line, optional_id, optional_line,
    value::{attr, to_value},
};
use crate::{
    bindings::{errors::HostError, provider},
    log::cut,
    options::Limits,
    trap::limit,
};

/// Gateways tell of one thing at a time, or of a few that they have gathered.
const INCOMING: usize = 100;
/// Bytes of ids, numbers and kinds: keys of rows and attributes of events.
const NAME: usize = 200;
/// Statuses that an answer may have: neither interim ones nor those that send the gateway elsewhere.
const STATUSES: [std::ops::RangeInclusive<u16>; 2] = [200..=299, 400..=599];

pub(crate) fn connection(by: Connected, shop: String) -> provider::Connection {
    let Connected { id, settings, lines, inbound } = by;
    provider::Connection { id, shop, settings, lines, inbound, attrs: Vec::new() }
}

pub(crate) fn outgoing(message: Outgoing) -> provider::Outgoing {
    let Outgoing { id, key, channel, to, line, subject, text, params, attempt } = message;
    let params = params.iter().map(|(key, json)| attr(key, to_value(json))).collect();
    let id = id_text(id);
    provider::Outgoing { id, key, channel, to, line, subject, text, params, attempt, attrs: Vec::new() }
}

pub(crate) fn call(call: GatewayCall) -> provider::Request {
    let GatewayCall { method, url, headers, body } = call;
    provider::Request { method, url, headers, body }
}

pub(crate) fn delivery(delivery: provider::Delivery) -> Answer {
    Answer::Carried(match delivery {
        provider::Delivery::Sent(id) => Carried::Sent { id: cut(id, LINE) },
        provider::Delivery::Rejected(reason) => Carried::Rejected { reason: cut(reason, LINE) },
        provider::Delivery::Unavailable(reason) => Carried::Unavailable { reason: cut(reason, LINE) },
    })
}

pub(crate) fn reception(reception: provider::Reception, limits: &Limits) -> Result<Answer, Failure> {
    Ok(Answer::Received(match reception {
        provider::Reception::Refused(reason) => Reception::Refused { reason: cut(reason, LINE) },
        provider::Reception::Taken(provider::Taken { incoming: all, answer }) => {
            if all.len() > INCOMING {
                return Err(limit("incoming", &format!("{} of at most {INCOMING}", all.len())));
            }
            let all = all.into_iter().map(|one| incoming(one, limits));
            let incoming = all.collect::<Result<_, _>>().map_err(|error| wrong(&error))?;
            Reception::Taken { incoming, answer: told(answer, limits)? }
        }
    }))
}

fn incoming(one: provider::Incoming, limits: &Limits) -> Result<Incoming, HostError> {
    line("/incoming/id", &one.id, NAME)?;
    line("/incoming/kind", &one.kind, NAME)?;
    optional_line("/incoming/peer", one.peer.as_ref(), NAME)?;
    optional_line("/incoming/line", one.line.as_ref(), NAME)?;
    let attrs: Fields = fields("/incoming/attrs", one.attrs, limits)?.into_iter().collect();
    Ok(Incoming {
        id: one.id,
        kind: one.kind,
        message: optional_id("/incoming/message", one.message.as_ref())?,
        peer: one.peer,
        line: one.line,
        text: one.text,
        attrs,
    })
}

fn told(answer: provider::Answer, limits: &Limits) -> Result<GatewayAnswer, Failure> {
    let provider::Answer { status, content_type, body } = answer;
    within("output", body.len(), limits.output)?;
    line("/answer/content-type", &content_type, NAME).map_err(|error| wrong(&error))?;
    if !STATUSES.iter().any(|range| range.contains(&status)) || !content_type.is_ascii() {
        let message = format!("`{status}` with `{content_type}` is no answer for a gateway");
        return Err(Failure::new("bad-answer", message, false));
    }
    Ok(GatewayAnswer { status, content_type, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(
        count: usize,
        change: impl FnOnce(&mut provider::Incoming, &mut provider::Answer),
    ) -> Result<Answer, Failure> {
        let mut one = provider::Incoming {
            id: "SM1".into(),
            kind: "message.received".into(),
            message: None,
            peer: Some("+447700900123".into()),
            line: None,
            text: Some("Hello".into()),
            attrs: Vec::new(),
        };
        let mut answer =
            provider::Answer { status: 200, content_type: "text/xml".into(), body: b"<Response/>".to_vec() };
        change(&mut one, &mut answer);
        let incoming = vec![one; count];
        reception(provider::Reception::Taken(provider::Taken { incoming, answer }), &Limits::default())
    }

    #[test]
    fn what_a_provider_tells_is_checked_again() {
        assert!(taken(1, |_, _| ()).is_ok());
        assert_eq!(taken(101, |_, _| ()).unwrap_err().code, "limit");
        for (what, result) in [
            ("no id", taken(1, |one, _| one.id.clear())),
            ("a strange id", taken(1, |one, _| one.message = Some("ord_1".into()))),
            ("two lines", taken(1, |one, _| one.peer = Some("a\nb".into()))),
            ("a redirect", taken(1, |_, answer| answer.status = 302)),
            ("a header", taken(1, |_, answer| answer.content_type = "text/xml\r\nx: y".into())),
        ] {
            assert_eq!(result.unwrap_err().code, "bad-answer", "{what}");
        }
        assert_eq!(taken(1, |_, answer| answer.body = vec![0; 70_000]).unwrap_err().code, "limit");
    }
}
