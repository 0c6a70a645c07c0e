use rulewright_domain::{Event, EventFilter};

use super::{id_text, ids, optional_id, optional_line, value};
use crate::{
    bindings::{errors::HostError, events},
    options::Limits,
    refusal::invalid,
};

/// More is not a filter but a subscription to everything.
const KINDS: usize = 32;
const CLIENTS: usize = 100;
const LONGEST: usize = 200;
/// Compared with every event of those kinds: few, and bytes of JSON each.
const ATTRS: usize = 16;
const ATTR: usize = 1 << 10;

pub(crate) fn event(event: &Event) -> events::Event {
    let what = &event.what;
    let attrs = what.attrs.iter();
    events::Event {
        id: id_text(event.id),
        kind: what.kind.clone(),
        at: event.at.0,
        order: what.order.map(id_text),
        client: what.client.map(id_text),
        correlation: what.correlation.clone(),
        attrs: attrs.map(|(key, json)| value::attr(key, value::to_value(json))).collect(),
        payload: what.data.text().map(str::to_owned),
    }
}

pub(super) fn filter(filter: events::EventFilter, limits: &Limits) -> Result<EventFilter, HostError> {
    let bad = |path: &str, message: String| Err(invalid(path, "bad-filter", message));
    if filter.kinds.is_empty() || filter.kinds.len() > KINDS {
        let message = format!("{} kinds of event, 1 to {KINDS} can be waited for", filter.kinds.len());
        return bad("/filter/kinds", message);
    }
    let short = |text: &String| !text.is_empty() && text.len() <= LONGEST;
    if !filter.kinds.iter().all(short) {
        return bad("/filter/kinds", format!("a kind has 1 to {LONGEST} bytes"));
    }
    if filter.clients.len() > CLIENTS {
        return bad("/filter/clients", format!("{} clients, at most {CLIENTS}", filter.clients.len()));
    }
    optional_line("/filter/correlation", filter.correlation.as_ref(), LONGEST)?;
    if filter.attrs.len() > ATTRS {
        return bad("/filter/attrs", format!("{} attributes, at most {ATTRS}", filter.attrs.len()));
    }
    let attrs = value::fields("/filter/attrs", filter.attrs, limits)?;
    if let Some((key, _)) = attrs.iter().find(|(_, value)| value.to_string().len() > ATTR) {
        return bad(&format!("/filter/attrs/{key}"), format!("over {ATTR} bytes"));
    }
    Ok(EventFilter {
        kinds: filter.kinds,
        order: optional_id("/filter/order", filter.order.as_ref())?,
        clients: ids("/filter/clients", &filter.clients)?,
        correlation: filter.correlation,
        attrs: attrs.into_iter().collect(),
    })
}

/// The name of an event that a plugin emits.
pub(crate) fn is_kind(kind: &str) -> bool {
    let word = |word: &str| {
        word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') && !word.is_empty()
    };
    kind.len() <= LONGEST && kind.split('.').all(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::values::Value;

    fn any() -> events::EventFilter {
        events::EventFilter {
            kinds: vec!["call.incoming".into()],
            order: None,
            clients: vec![],
            correlation: None,
            attrs: vec![],
        }
    }

    fn filter(given: events::EventFilter) -> Result<EventFilter, HostError> {
        super::filter(given, &Limits::default())
    }

    #[test]
    fn a_filter_is_small_because_every_event_is_compared_with_it() {
        let attr = |key: String, length| value::attr(&key, Value::Text("x".repeat(length)));
        let many = |count| (0..count).map(|n: usize| attr(n.to_string(), 1)).collect::<Vec<_>>();
        assert!(filter(events::EventFilter { attrs: many(16), ..any() }).is_ok());
        assert!(filter(events::EventFilter { attrs: many(17), ..any() }).is_err());
        assert!(filter(events::EventFilter { attrs: vec![attr("a".into(), 1_100)], ..any() }).is_err());
        assert!(filter(events::EventFilter { correlation: Some("a\r\nb".into()), ..any() }).is_err());
    }

    #[test]
    fn a_filter_that_waits_for_nothing_or_everything_is_refused() {
        assert!(filter(any()).is_ok());
        assert!(filter(events::EventFilter { kinds: vec![], ..any() }).is_err());
        assert!(filter(events::EventFilter { kinds: vec!["x".into(); 33], ..any() }).is_err());
        assert!(filter(events::EventFilter { kinds: vec![String::new()], ..any() }).is_err());
        assert!(filter(events::EventFilter { order: Some("run_1".into()), ..any() }).is_err());
    }

    #[test]
    fn a_kind_is_made_of_dotted_words() {
        assert!(is_kind("robocall.answered") && is_kind("x"));
        for bad in ["", ".", "a..b", "A", "a b", "a\n", &"a".repeat(201)] {
            assert!(!is_kind(bad), "{bad}");
        }
    }
}
