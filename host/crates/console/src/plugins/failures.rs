//! What runs of a plugin have failed with, the same with the same, and what its last runs have logged. Pure.

use maud::{Markup, html};
use rulewright_domain::{Frame, Run, RunId, RunState, Timestamp, backtrace::blamed};

use super::load::{FAILED, Known, LOGGED};
use crate::{
    backtrace,
    door::Look,
    listing, reasons,
    runs::log_line,
    show::{self, Tone},
};

/// Failures of one kind: the same code in the same function; without one, the same words but for the numbers in them.
#[derive(Debug, PartialEq, Eq)]
pub struct Group {
    code: String,
    kind: Kind,
    /// Of the latest.
    message: String,
    backtrace: Vec<Frame>,
    count: u64,
    first: Timestamp,
    last: Timestamp,
    /// Components of the first and of the latest.
    first_digest: String,
    last_digest: String,
    latest: RunId,
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Function(String),
    Words(String),
}

/// Where its last step was when it broke.
fn broke(run: &Run) -> &[Frame] {
    run.trace.last().map(|step| step.backtrace.as_slice()).unwrap_or_default()
}

fn kind(run: &Run, message: &str) -> Kind {
    match blamed(broke(run)) {
        // An index says the same only of the same component.
        Some(frame) if frame.name.is_none() => {
            Kind::Function(format!("{frame} ({})", run.digest.get(..12).unwrap_or(&run.digest)))
        }
        Some(frame) => Kind::Function(frame.to_string()),
        None => Kind::Words(template(message)),
    }
}

/// Of runs that are newest first; the most frequent first.
pub fn grouped(runs: &[Run]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for run in runs {
        let RunState::Failed { code, message } = &run.state else { continue };
        let (kind, at) = (kind(run, message), run.ended.unwrap_or(run.created));
        match groups.iter_mut().find(|group| group.code == *code && group.kind == kind) {
            Some(group) => {
                group.count += 1;
                group.first = at;
                group.first_digest.clone_from(&run.digest);
            }
            None => groups.push(Group {
                code: code.clone(),
                kind,
                message: message.clone(),
                backtrace: broke(run).to_vec(),
                count: 1,
                first: at,
                last: at,
                first_digest: run.digest.clone(),
                last_digest: run.digest.clone(),
                latest: run.id,
            }),
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.count));
    groups
}

/// A message without its numbers, so that an order's id makes no failure a new one.
fn template(message: &str) -> String {
    let mut told = String::new();
    for c in message.chars() {
        match c.is_ascii_digit() {
            true if told.ends_with('#') => {}
            true => told.push('#'),
            false => told.push(c),
        }
    }
    told
}

pub fn shown(look: &Look, known: &Known) -> Markup {
    let groups = grouped(&known.failed);
    let version =
        |digest: &str| known.version(digest).map_or_else(|| look.text("plugin-version-gone"), str::to_owned);
    let id = &known.package.manifest.id;
    let heads = [
        "plugin-failure-code",
        "plugin-failure-count",
        "plugin-failure-first",
        "plugin-failure-last",
        "plugin-failure-message",
    ];
    html! {
        @if groups.is_empty() {
            p.muted { (look.text("plugin-failures-none")) }
        } @else {
            p.help { (look.with("plugin-failures-of", &[("count", FAILED.into())])) }
            (show::table(look, "plugin-failures", &heads, &html! {
                @for group in &groups { tr {
                    td { (Tone::Bad.pill(&group.code)) }
                    td.num { (look.number(group.count)) }
                    td { (look.at(group.first)) br; span.muted { (version(&group.first_digest)) } }
                    td { (look.at(group.last)) br; span.muted { (version(&group.last_digest)) } }
                    td { a href=(format!("/runs/{}", group.latest)) { (look.text("plugin-failure-latest")) } br;
                        @if let Kind::Function(name) = &group.kind { code { (name) } br; }
                        span.value { (reasons::failure(look, &group.code, &group.message)) }
                        (backtrace::shown(look, &group.backtrace))
                    }
                } }
            }))
            p { a href=(listing::address("/runs", &[("state", "failed"), ("plugin", id)])) { (look.text("plugin-failures-all")) } }
        }
    }
}

/// Levels that can be asked for, the least first: each shows those above it, too.
const LEVELS: [(&str, &str); 4] = [
    ("debug", "plugin-level-debug"),
    ("info", "plugin-level-info"),
    ("warn", "plugin-level-warn"),
    ("error", "plugin-level-error"),
];

fn rank(level: &str) -> usize {
    LEVELS.iter().position(|(name, _)| *name == level).unwrap_or_default()
}

/// What its last runs have logged, the latest run first.
pub fn logs(look: &Look, known: &Known, least: &str, words: &str) -> Markup {
    let words = words.trim().to_lowercase();
    let fits = |level: &str, message: &str| {
        rank(level) >= rank(least) && (words.is_empty() || message.to_lowercase().contains(&words))
    };
    let lines = known.latest.iter().flat_map(|run| run.trace.iter().map(move |step| (run, step)));
    let lines = lines.flat_map(|(run, step)| step.logs.iter().map(move |line| (run, step, line)));
    let lines: Vec<_> = lines.filter(|(_, _, line)| fits(&line.level, &line.message)).collect();
    let levels: Vec<_> = LEVELS.iter().map(|(name, key)| ((*name).to_owned(), look.text(key))).collect();
    let path = format!("/plugins/{}", known.package.manifest.id);
    html! {
        form.filters method="get" action={ (path) "#logs" } {
            (listing::choice("level", &look.text("plugin-logs-level"), &look.text("list-any"), least, &levels))
            label { (look.text("plugin-logs-words")) input name="words" value=(words); }
            (listing::filter_buttons(look, &format!("{path}#logs"), !least.is_empty() || !words.is_empty()))
        }
        p.help { (look.with("plugin-logs-of", &[("count", LOGGED.into())])) }
        @if lines.is_empty() {
            (show::empty(&look.text("plugin-logs-none"), None))
        } @else {
            ul.logs {
                @for (run, step, line) in lines {
                    li {
                        (look.at(step.at)) " " a href=(format!("/runs/{}", run.id)) { (run.id) } " "
                        (log_line(line))
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{plugins::page::tests::known, runs::sample};

    fn failed(id: i64, digest: &str, message: &str) -> Run {
        let state = RunState::Failed { code: "trap".to_owned(), message: message.to_owned() };
        let mut run = sample::run(state);
        (run.id, run.digest) = (RunId(id), digest.to_owned());
        run.ended = Some(Timestamp(id));
        run
    }

    #[test]
    fn the_same_failure_of_three_orders_is_one_with_its_first_and_its_last() {
        let runs = [
            failed(9, "new", "send_sms: order 1042 has no phone"),
            failed(8, "new", "out of fuel"),
            failed(5, "new", "send_sms: order 7 has no phone"),
            failed(3, "old", "send_sms: order 99 has no phone"),
        ];
        let groups = grouped(&runs);
        assert_eq!(groups.len(), 2);
        let first = &groups[0];
        assert_eq!((first.count, first.message.as_str()), (3, "send_sms: order 1042 has no phone"));
        assert_eq!((first.first, first.last, first.latest), (Timestamp(3), Timestamp(9), RunId(9)));
        assert_eq!((first.first_digest.as_str(), first.last_digest.as_str()), ("old", "new"));
    }

    #[test]
    fn a_function_that_trapped_three_times_is_one_group_whatever_it_said() {
        let in_function = |id, digest, message, name: Option<&str>| {
            let mut run = failed(id, digest, message);
            let mut step = sample::step(0, message);
            let panic = Frame { function: 9, name: Some("core::panicking::panic".to_owned()) };
            let author = Frame { function: 3, name: name.map(str::to_owned) };
            step.backtrace = vec![panic, author];
            run.trace.push(step);
            run
        };
        let groups = grouped(&[
            in_function(9, "new", "no phone of Ada", Some("acme_sms::send")),
            in_function(8, "new", "no phone of Bo", Some("acme_sms::send")),
            in_function(7, "new", "no text", Some("acme_sms::fill")),
            in_function(4, "old", "no phone of Cy", Some("acme_sms::send")),
            in_function(3, "new", "it broke", None),
            in_function(2, "old", "it broke", None),
        ]);
        assert_eq!(groups.len(), 4, "{groups:?}");
        assert_eq!((groups[0].count, &groups[0].kind), (3, &Kind::Function("acme_sms::send".to_owned())));
        assert_eq!((groups[0].first_digest.as_str(), groups[0].last), ("old", Timestamp(9)));
        let known =
            Known { failed: vec![in_function(9, "new", "no phone", Some("acme_sms::send"))], ..known() };
        let html = shown(&crate::listing::tests::look("en"), &known).into_string();
        assert!(
            html.contains("<code>acme_sms::send</code>") && html.contains("core::panicking::panic"),
            "{html}"
        );
    }

    #[test]
    fn a_level_shows_those_above_it() {
        assert!(rank("error") > rank("warn") && rank("warn") > rank(""));
    }

    #[test]
    fn runs_that_have_not_failed_are_no_failures() {
        assert_eq!(grouped(&[sample::run(RunState::Done)]), Vec::new());
    }
}
