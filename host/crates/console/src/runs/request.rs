//! The requests that a step has made, and what came of them. Pure.

use maud::{Markup, html};
use rulewright_domain::{Reply, Request, StepTrace};

use super::trace::Trace;
use crate::{
    door::Look,
    reasons,
    show::{self, Tone},
};

/// Nothing of a plugin that asks nobody.
pub fn shown(look: &Look, trace: &Trace, step: &StepTrace) -> Markup {
    let asks = trace.manifest.as_ref().is_some_and(|manifest| {
        let permissions = &manifest.permissions;
        permissions.http_chosen_by_shop || !permissions.http.is_empty()
    });
    let known = step.requests.as_deref();
    html! {
        @match known {
            Some([_, ..]) => {
                h4 { (look.text("trace-requests")) }
                (table(look, known.unwrap_or_default()))
            }
            // In shadow they stand among those that were not sent.
            Some([]) if asks && step.unsent.is_empty() => {
                h4 { (look.text("trace-requests")) }
                p.muted { (look.text("trace-requests-none")) }
            }
            None if asks => {
                h4 { (look.text("trace-requests")) }
                p.muted { (look.text("trace-requests-not-kept")) }
            }
            _ => {}
        }
    }
}

fn table(look: &Look, all: &[Request]) -> Markup {
    let heads = ["trace-request", "trace-request-answer", "trace-request-took", "trace-request-sizes"];
    show::table(
        look,
        "trace-requests",
        &heads,
        &html! {
            @for one in all { tr {
                td { code { (one.method) " " (one.url) } }
                td { (reply(look, &one.reply)) }
                td.nowrap {
                    @match one.milliseconds {
                        Some(took) => { (look.span(i64::try_from(took).unwrap_or(i64::MAX))) }
                        None if matches!(one.reply, Reply::Answer { .. }) => { (look.text("trace-request-kept")) }
                        None => { "–" }
                    }
                }
                td.nowrap { (sizes(look, one)) }
            } }
        },
    )
}

fn reply(look: &Look, reply: &Reply) -> Markup {
    match reply {
        Reply::Answer { status, .. } => {
            let tone = match *status {
                ..400 => Tone::Good,
                400..500 => Tone::Warn,
                _ => Tone::Bad,
            };
            tone.pill(&status.to_string())
        }
        Reply::Nothing(why) => {
            html! { (Tone::Bad.pill(&look.text("trace-request-none"))) " " (reasons::foreign(why)) }
        }
    }
}

fn sizes(look: &Look, one: &Request) -> Markup {
    html! {
        "↑ " (look.bytes(one.sent))
        @if let Reply::Answer { size, cut, .. } = &one.reply {
            " ↓ " (look.bytes(*size))
            @if *cut { " " span.muted { (look.text("trace-request-cut")) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{Manifest, RunState};
    use serde_json::json;

    use super::*;
    use crate::{
        listing::tests::look,
        runs::{page::tests::trace, sample},
    };

    fn of(requests: Option<Vec<Request>>, asks: bool) -> String {
        let http = if asks { json!([{ "host": "api.example" }]) } else { json!([]) };
        let manifest: Manifest = serde_json::from_value(json!({
            "schema": 1, "id": "acme.asks", "version": "1.0.0", "publisher": "acme", "title": "Asks", "kind": "rule",
            "group": "employees", "host-api": "0.1.0", "settings": {}, "permissions": { "http": http },
        }))
        .unwrap();
        let trace = Trace { manifest: Some(manifest), ..trace(sample::run(RunState::Done)) };
        let step = StepTrace { requests, ..sample::step(0, "done") };
        shown(&look("en"), &trace, &step).into_string()
    }

    fn asked(milliseconds: Option<u64>, reply: Reply) -> Request {
        let url = "https://api.example/x?key=***".to_owned();
        Request { method: "POST".to_owned(), url, sent: 12, milliseconds, reply }
    }

    #[test]
    fn a_request_is_told_with_its_answer_its_time_and_its_sizes() {
        let html = of(
            Some(vec![
                asked(Some(570), Reply::Answer { status: 503, size: 2_048, cut: true }),
                asked(None, Reply::Answer { status: 200, size: 2, cut: false }),
                asked(Some(3), Reply::Nothing("no answer in time".to_owned())),
            ]),
            true,
        );
        for part in
            ["POST https://api.example/x?key=***", "503", "570", "cut", "no answer in time", "an earlier try"]
        {
            assert!(html.contains(part), "{part}: {html}");
        }
    }

    #[test]
    fn no_request_and_none_that_was_kept_are_two_things() {
        assert!(of(Some(Vec::new()), true).contains("No request"));
        assert!(of(None, true).contains("before requests were kept"));
        assert!(of(Some(Vec::new()), false).is_empty() && of(None, false).is_empty());
    }
}
