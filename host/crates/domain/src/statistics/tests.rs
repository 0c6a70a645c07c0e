use super::*;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn starts(bucket: Bucket, from: &str, to: &str, zone: &str) -> Vec<String> {
    let starts = bucket.starts(at(from), at(to), zone).unwrap();
    starts.iter().map(|start| start.to_string().replace(":00.000Z", "")).collect()
}

#[test]
fn buckets_begin_where_the_shops_clocks_strike() {
    assert_eq!(
        starts(Bucket::Hour, "2026-11-20T09:30:00Z", "2026-11-20T11:00:00Z", "Europe/London"),
        ["2026-11-20T09:00", "2026-11-20T10:00"]
    );
    assert_eq!(
        starts(Bucket::Hour, "2026-11-20T09:10:00Z", "2026-11-20T10:00:00Z", "Asia/Kolkata"),
        ["2026-11-20T08:30", "2026-11-20T09:30"],
        "half an hour apart from everybody else's"
    );
    assert_eq!(
        starts(Bucket::Minute, "2026-11-20T09:30:30Z", "2026-11-20T09:31:01Z", "UTC"),
        ["2026-11-20T09:30", "2026-11-20T09:31"]
    );
}

#[test]
fn a_day_has_the_hours_that_it_has() {
    assert_eq!(
        starts(Bucket::Day, "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z", "Europe/Berlin"),
        ["2026-10-23T22:00", "2026-10-24T22:00", "2026-10-25T23:00"],
        "clocks go back in the night to the 25th of October, which has 25 hours"
    );
}

#[test]
fn a_time_that_is_no_picture_is_refused() {
    let refused = |from: &str, to: &str| Bucket::Minute.starts(at(from), at(to), "UTC").unwrap_err();
    assert!(refused("2026-11-20T09:00:00Z", "2026-11-20T09:00:00Z").contains("before"));
    assert!(refused("2026-11-20T09:00:00Z", "2026-11-22T09:00:00Z").contains("2000 buckets"));
    assert!(refused("9999-12-30T21:59:00Z", "9999-12-30T21:59:00Z").contains("before"));
    let last = Timestamp(0).plus(i64::MAX);
    assert!(Bucket::Day.starts(last.plus(-1), last, "UTC").is_ok_and(|starts| starts.len() == 1));
}

#[test]
fn runs_are_counted_by_bucket_rule_and_component() {
    let (from, to) = (at("2026-11-20T09:00:00Z"), at("2026-11-20T11:00:00Z"));
    let mut tally = Tally::new(Bucket::Hour.starts(from, to, "UTC").unwrap());
    let run = |minutes: i64, outcome, took, busy| EndedRun {
        ended: from.plus(minutes * 60_000),
        outcome,
        took,
        busy,
    };
    tally.add(&run(0, Outcome::Done, 10, 500), "p", "sms", "a");
    tally.add(&run(59, Outcome::Failed, 20, 700), "p", "sms", "b");
    tally.add(&run(60, Outcome::Skipped, 0, 0), "p", "call", "a");
    tally.add(&run(61, Outcome::Cancelled, 9_000_000, 0), "w", "sms", "a");
    let counted = tally.finish(|name| match name {
        "p" => Chain::Pipeline("sales".into()),
        _ => Chain::Workflow("approval".into()),
    });
    let counts = |done, skipped, failed, cancelled| Counts { done, skipped, failed, cancelled };
    assert_eq!(counted.total, counts(1, 1, 1, 1));
    assert_eq!(counted.total.failure_rate(), Some(0.5), "of those that were tried");
    assert_eq!(counted.buckets, [(from, counts(1, 0, 1, 0)), (from.plus(3_600_000), counts(0, 1, 0, 1))]);
    let rules: Vec<_> =
        counted.rules.iter().map(|(chain, rule, group)| (chain, rule.0.as_str(), group.counts)).collect();
    let (sales, approval) = (Chain::Pipeline("sales".into()), Chain::Workflow("approval".into()));
    assert_eq!(
        rules,
        [
            (&sales, "call", counts(0, 1, 0, 0)),
            (&sales, "sms", counts(1, 0, 1, 0)),
            (&approval, "sms", counts(0, 0, 0, 1))
        ]
    );
    assert_eq!(counted.rules[1].2.last, from.plus(59 * 60_000));
    assert_eq!(
        counted.builds[0],
        ("a".to_owned(), Group { counts: counts(1, 1, 0, 1), last: from.plus(61 * 60_000) })
    );
    assert!(counted.took.p99.is_some_and(|p99| (20_000..=20_320).contains(&p99)), "{:?}", counted.took);
    assert!(counted.busy.p50.is_some_and(|p50| (500..=508).contains(&p50)), "{:?}", counted.busy);
}
