use super::*;
use crate::forms::{
    submitted::{attribute, submitted},
    testing::{check, shop, tag, words},
};

fn timing(when: &str) -> Timing {
    Timing {
        when: serde_json::from_str(when).unwrap(),
        after_previous: true,
        on_previous_failed: OnFailure::RunAnyway,
    }
}

const ALL: [&str; 9] = [
    r#"{"run":"immediately"}"#,
    r#"{"run":"immediately","responsible-hours":true}"#,
    r#"{"run":"after","seconds":97205,"working-hours":true}"#,
    r#"{"run":"after","seconds":1,"responsible-hours":true}"#,
    r#"{"run":"at-field","field":"delivery-date","offset-seconds":-172800,"working-hours":true}"#,
    r#"{"run":"at-field","field":"gone","offset-seconds":3600}"#,
    r#"{"run":"at","time":"2026-12-01T08:30:00.000Z"}"#,
    r#"{"run":"at-time-of-day","time":"09:30:00","working-days":true}"#,
    r#"{"run":"at-time-of-day","time":"09:30:15"}"#,
];

fn draw(pairs: &[(String, String)], problems: &[Problem], has_previous: bool) -> String {
    let shop = shop();
    let times = Times { pairs, problems, choices: &shop, names: "/rule", has_previous, sample: None };
    let html = times.draw(&words()).into_string();
    check(&html);
    html
}

#[test]
fn a_time_that_is_saved_untouched_stays_what_it_is() {
    for when in ALL {
        let timing = timing(when);
        let pairs = timing.pairs("/rule", "Europe/Berlin");
        assert_eq!(read_timing(&pairs, "/rule"), Ok(timing.clone()), "{when}");
        for has_previous in [true, false] {
            let sent = submitted(&draw(&pairs, &[], has_previous));
            assert_eq!(read_timing(&sent, "/rule"), Ok(timing.clone()), "{when}");
        }
    }
    let odd = timing(r#"{"run":"at","time":"2026-12-01T08:30:00.123Z"}"#);
    assert_eq!(
        read_timing(&submitted(&draw(&odd.pairs("/rule", "Europe/Berlin"), &[], true)), "/rule"),
        Ok(odd)
    );
}

#[test]
fn what_cannot_be_read_is_told_at_its_field_and_stays_as_it_was_written() {
    for (run, field, text) in [
        ("after", "/when/seconds", "2 hourses"),
        ("after", "/when/seconds", "0h"),
        ("at-field", "/when/field", ""),
        ("at", "/when/time", "tomorrow"),
        ("at-time-of-day", "/when/time-of-day", "25:00"),
    ] {
        let pairs =
            vec![("/rule/when/run".to_owned(), run.to_owned()), (format!("/rule{field}"), text.to_owned())];
        let problems = read_timing(&pairs, "/rule").unwrap_err();
        assert_eq!(problems[0].pointer, field);
        let html = draw(&pairs, &problems, true);
        let input = tag(&html, "name", &format!("/rule{field}")).unwrap();
        assert_eq!(attribute(input, "aria-invalid").as_deref(), Some("true"), "{input}");
        if input.starts_with("input") {
            assert_eq!(attribute(input, "value").as_deref(), Some(text));
        }
    }
}

#[test]
fn only_what_belongs_to_the_run_time_is_asked() {
    let asks = |when: &str, name: &str| {
        let pairs = timing(when).pairs("/rule", "Europe/Berlin");
        tag(&draw(&pairs, &[], true), "name", &format!("/rule/when/{name}")).is_some()
    };
    assert!(!asks(ALL[0], "seconds") && asks(ALL[0], "responsible-hours"));
    assert!(asks(ALL[2], "seconds") && asks(ALL[2], "working-hours") && !asks(ALL[2], "field"));
    assert!(asks(ALL[4], "field") && asks(ALL[4], "side"));
    assert!(asks(ALL[7], "working-days") && !asks(ALL[7], "responsible-hours"));
}

#[test]
fn the_first_rule_of_a_stage_is_asked_for_no_way() {
    let pairs = timing(ALL[0]).pairs("/rule", "UTC");
    let radio = |html: &str| html.matches("type=\"radio\" id=\"f__rule__after-previous").count();
    assert_eq!(radio(&draw(&pairs, &[], true)), 2);
    assert_eq!(radio(&draw(&pairs, &[], false)), 0);
}
