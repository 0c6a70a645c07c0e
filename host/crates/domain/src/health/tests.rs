use super::*;
use crate::statistics::Outcome;

const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn ago(milliseconds: i64) -> Timestamp {
    NOW.plus(-milliseconds)
}

fn counts(done: u64, failed: u64) -> Counts {
    Counts { done, failed, ..Counts::default() }
}

fn told(signs: Signs) -> Vec<String> {
    let told = |note: HealthNote| {
        assert!(is_note(&note.id), "{}", note.id);
        format!("{}: {}", note.id, note.finding)
    };
    notes(&Signs { now: NOW, ..signs }).into_iter().map(told).collect()
}

/// So many runs evenly over so many days, the last so many days ago.
fn ran(count: u64, over: i64, silent: i64) -> Signs {
    let last = ago(silent * DAY);
    let runs = Watched { count, first: Some(last.plus(-over * DAY)), last: Some(last), ..Watched::default() };
    Signs { has_rules: true, runs, ..Signs::default() }
}

#[test]
fn a_shop_that_has_fallen_silent_is_told_what_is_usual() {
    assert_eq!(told(ran(1_120, 28, 9)), ["silent: nothing has run for 9 days (usual: 40 a day)"]);
    assert_eq!(told(ran(33, 10, 4)), ["silent: nothing has run for 4 days (usual: 3.3 a day)"]);
}

#[test]
fn a_weekend_a_quiet_shop_and_one_without_rules_are_no_silence() {
    assert!(told(ran(1_120, 28, 2)).is_empty(), "a weekend");
    assert!(told(ran(12, 28, 5)).is_empty(), "a run every other day");
    assert!(told(Signs { has_rules: false, ..ran(1_120, 28, 9) }).is_empty(), "switched off");
    assert!(told(ran(1, 0, 30)).is_empty(), "somebody has tried it once");
    assert!(told(Signs { has_rules: true, ..Signs::default() }).is_empty(), "nothing has ever run");
}

fn plugin(recent: Counts, before: Counts, earlier_versions: Counts) -> Vec<String> {
    let one = PluginSigns {
        plugin: "acme.sms".into(),
        version: "1.4.0".into(),
        since: ago(5 * DAY),
        recent,
        before,
        earlier_versions,
    };
    told(Signs { plugins: vec![one], ..Signs::default() })
}

#[test]
fn a_plugin_that_fails_more_than_its_version_before_names_the_version() {
    assert_eq!(
        plugin(counts(40, 6), counts(48, 6), counts(990, 10)),
        ["plugin-fails.acme.sms: plugin acme.sms fails 12 % since 1.4.0 (usual: 1 %)"]
    );
}

#[test]
fn a_plugin_that_fails_more_than_lately_says_so() {
    assert_eq!(
        plugin(counts(17, 3), counts(990, 10), counts(0, 0)),
        ["plugin-fails.acme.sms: plugin acme.sms fails 15 % in the last 2 days (usual: 1 %)"]
    );
    assert_eq!(
        plugin(counts(7, 3), counts(0, 0), counts(1, 0)),
        ["plugin-fails.acme.sms: plugin acme.sms fails 30 % in the last 2 days"],
        "nothing is known to be usual"
    );
}

#[test]
fn a_plugin_is_not_told_of_for_what_is_usual_or_chance() {
    for (recent, before) in [
        (counts(7, 2), counts(990, 10)),
        (counts(88, 12), counts(900, 100)),
        (counts(980, 20), counts(999, 1)),
        (counts(17, 3), counts(0, 0)),
        (counts(0, 0), counts(0, 0)),
    ] {
        assert!(plugin(recent, before, counts(0, 0)).is_empty(), "{recent:?} after {before:?}");
    }
}

fn waits(minutes: i64, waiting: u64) -> Vec<String> {
    let error = Some("the provider answered 503".into());
    let one = ChannelSigns { channel: "sms".into(), waiting, oldest: ago(minutes * MINUTE), error };
    told(Signs { channels: vec![one], ..Signs::default() })
}

#[test]
fn messages_that_do_not_go_out_are_told_of_once_it_is_no_hiccup() {
    let stuck = "outbox-stuck.sms: 12 messages wait to be sent by sms: the provider answered 503";
    assert_eq!(waits(31, 12), [stuck]);
    assert_eq!(waits(31, 1).len(), 1);
    assert!(waits(29, 12).is_empty());
}

#[test]
fn messages_that_were_given_up_are_told_of_where_they_are_no_wrong_numbers() {
    let dead = |count, provider: Option<&str>| {
        let provider = provider.map(str::to_owned);
        let one = DeadSigns { channel: "sms".into(), provider, count, first: ago(DAY / 2), error: None };
        told(Signs { dead: vec![one], ..Signs::default() })
    };
    let main = "dead-letters.sms.main: 5 messages by sms with main were given up within a day";
    assert_eq!(dead(5, Some("main")), [main]);
    assert_eq!(dead(5, None), ["dead-letters.sms: 5 messages by sms were given up within a day"]);
    assert!(dead(4, None).is_empty());
}

#[test]
fn a_mailbox_that_cannot_be_looked_into_says_why() {
    let mailbox = |minutes: i64| {
        let trouble = MailTrouble { since: ago(minutes * MINUTE), message: "the password is wrong".into() };
        let one = MailboxSigns { id: "sales".into(), address: "sales@shop.example".into(), trouble };
        told(Signs { mailboxes: vec![one], ..Signs::default() })
    };
    let trouble =
        "mailbox-trouble.sales: mailbox sales@shop.example cannot be looked into: the password is wrong";
    assert_eq!(mailbox(45), [trouble]);
    assert!(mailbox(10).is_empty());
}

#[test]
fn the_note_that_is_known_for_longest_comes_first() {
    let trouble = MailTrouble { since: ago(40 * MINUTE), message: "no".into() };
    let mailbox = MailboxSigns { id: "sales".into(), address: "a".into(), trouble };
    let all = notes(&Signs { now: NOW, mailboxes: vec![mailbox], ..ran(1_120, 28, 9) });
    assert_eq!(all.iter().map(|note| note.finding.kind()).collect::<Vec<_>>(), ["silent", "mailbox-trouble"]);
}

#[test]
fn runs_are_told_apart_by_whether_they_are_recent() {
    let mut watched = Watched::default();
    let ended = |ended, outcome| EndedRun { ended, outcome, took: 0, busy: 0 };
    watched.add(&ended(ago(3 * DAY), Outcome::Done), "a", NOW);
    watched.add(&ended(ago(DAY), Outcome::Failed), "a", NOW);
    assert_eq!(watched.builds["a"], (counts(0, 1), counts(1, 0)));
    assert_eq!((watched.count, watched.first, watched.last), (2, Some(ago(3 * DAY)), Some(ago(DAY))));
}

#[test]
fn only_what_could_be_a_note_can_be_muted() {
    for id in ["silent", "plugin-fails.acme.sms", "dead-letters.sms.main"] {
        assert!(is_note(id), "{id}");
    }
    for id in [
        "",
        "silent.x",
        "plugin-fails",
        "plugin-fails.",
        "weather.rain",
        &format!("outbox-stuck.{}", "x".repeat(200)),
    ] {
        assert!(!is_note(id), "{id}");
    }
}
