use serde_json::json;

use super::*;

const STORED: &str = r#"{
    "title": "Straße nach Süden", "id": "ord_17", "empty": "", "nothing": null, "none": [], "count": 3,
    "total": { "amount": "12.50", "currency": "GBP" }, "paid": false, "big": 18446744073709551615,
    "at": "2026-11-20T09:00:00.000Z", "elsewhere": "2026-11-20T11:00:00+02:00", "day": "2026-11-20",
    "tags": ["vip", "New"], "phones": [{ "value": "+44 1" }, { "value": "+44 2" }],
    "fields": { "a.b": 1, "'; DROP TABLE orders; --": "x", "$": "money", "": "nameless" }
}"#;

fn is(field: Field, test: Test) -> bool {
    field.is(test).matches(STORED)
}

fn equal(value: impl Into<Scalar>) -> Test {
    Test::Equal(value.into())
}

#[test]
fn text_is_compared_in_any_case_of_any_script() {
    let title = || Field::text(["title"]);
    assert!(is(title(), equal("STRASSE NACH SÜDEN")));
    assert!(is(title(), Test::Contains("sÜD".into())));
    assert!(is(title(), Test::Like("straSSe%s_den".into())));
    assert!(!is(title(), Test::Like("nach".into())));
    assert!(is(title(), Test::Above("strand".into())) && is(title(), Test::AtMost("STRASSE Z".into())));
    assert!(is(Field::text(["count"]), equal(3.0)) && is(Field::text(["count"]), Test::Contains("3".into())));
    assert_eq!(fold("Ὀδυσσεύς"), fold("ὈΔΥΣΣΕΎΣ"));
}

#[test]
fn a_letter_is_the_same_however_it_is_written() {
    assert!(is(Field::text(["title"]), Test::Contains("SU\u{308}D".into())));
    assert!(is(Field::text(["title"]), equal("straße nach su\u{308}den")));
    for (one, other) in [
        ("Caf\u{e9}", "CAFE\u{301}"),
        ("q\u{307}\u{323}", "q\u{323}\u{307}"),
        ("\u{d55c}", "\u{1112}\u{1161}\u{11ab}"),
        // What has no large form in one piece.
        ("\u{390}", "\u{3b9}\u{308}\u{301}"),
    ] {
        assert_eq!(fold(one), fold(other), "{one}");
    }
    assert_ne!(fold("\u{e9}"), fold("e"));
}

#[test]
fn numbers_are_numbers_also_in_text_and_in_ids() {
    let amount = || Field::number(["total", "amount"]);
    assert!(is(amount(), equal(12.5)) && is(amount(), equal("12.500")) && !is(amount(), equal("125")));
    assert!(is(amount(), Test::Above(9.0.into())) && is(amount(), Test::Below("100".into())));
    assert!(is(Field::number(["id"]), Test::Above(9.0.into())), "17 is more than 9, as `ord_17` is not");
    assert!(is(Field::number(["id"]), equal("ord_17")) && is(Field::text(["id"]), equal("ORD_17")));
    for text in ["nan", "inf", "", "1,5", "0x10", "ord_", "a_b_1"] {
        assert_eq!(test::number(text), None, "{text}");
    }
    assert!(is(Field::number(["big"]), Test::AtLeast(1e19.into())));
    assert!(!is(Field::number(["title"]), Test::AtLeast(f64::MIN.into())));
    assert!(
        !is(amount(), equal("cheap")) && Filter::Not(Box::new(amount().is(equal("cheap")))).matches(STORED)
    );
}

#[test]
fn moments_are_instants() {
    for field in ["at", "elsewhere"] {
        let at = || Field::moment([field]);
        assert!(is(at(), equal("2026-11-20T09:00:00Z")) && is(at(), Test::AtLeast("2026-11-20".into())));
        assert!(is(at(), Test::Below("2026-11-20T09:00:00.001Z".into())) && !is(at(), equal("2026-11-20")));
    }
    assert!(is(Field::moment(["day"]), equal("2026-11-20")));
    assert!(!is(Field::moment(["title"]), Test::AtLeast("0001-01-01".into())));
}

#[test]
fn a_list_matches_by_one_of_its_elements_and_paths_lead_through_lists() {
    assert!(is(Field::text(["tags"]), equal("new")) && !is(Field::text(["tags"]), equal("old")));
    assert!(is(Field::text(["phones", "value"]), equal("+44 2")));
    assert!(!is(Field::text(["phones"]), Test::Contains("44".into())), "an object is no value");
    assert_eq!(Field::text(["tags"]).key(STORED), Some(Key::Text("vip".into())));
}

#[test]
fn what_is_missing_is_equal_to_null_and_to_nothing_else() {
    for field in ["absent", "empty", "nothing", "none"] {
        let field = || Field::text([field]);
        assert!(is(field(), Test::Missing) && is(field(), Test::Equal(Scalar::Null)));
        assert!(is(field(), Test::In(vec!["x".into(), Scalar::Null])));
        assert!(!is(field(), equal("x")) && Filter::Not(Box::new(field().is(equal("x")))).matches(STORED));
        assert!(!is(field(), Test::Above(Scalar::Null)));
    }
    assert!(!is(Field::text(["count"]), Test::Missing) && !is(Field::flag(["paid"]), Test::Missing));
    assert!(is(Field::flag(["paid"]), equal(false)) && is(Field::flag(["paid"]), equal("0")));
}

#[test]
fn keys_may_hold_any_character() {
    let own = |key: &str| Field::text(["fields", key]);
    assert!(is(own("'; DROP TABLE orders; --"), equal("x")) && is(own("a.b"), equal(1.0)));
    assert!(is(own("$"), equal("MONEY")) && is(own(""), equal("nameless")));
    assert!(is(own("a"), Test::Missing), "a dot is part of the key");
}

#[test]
fn filters_are_put_together() {
    let yes = || Field::number(["count"]).is(equal(3.0));
    let no = || Filter::Not(Box::new(yes()));
    assert!(
        Filter::All(vec![yes(), yes()]).matches(STORED) && !Filter::All(vec![yes(), no()]).matches(STORED)
    );
    assert!(Filter::Any(vec![no(), yes()]).matches(STORED) && !Filter::Any(vec![no(), no()]).matches(STORED));
    assert!(Filter::All(vec![]).matches(STORED) && !Filter::Any(vec![]).matches(STORED));
    assert!(yes().matches(&json!({ "count": [1, 3] }).to_string()) && !yes().matches("no json"));
}

#[test]
fn a_pattern_takes_no_time_that_grows_with_its_stars() {
    let pattern = "%a".repeat(300) + "%b";
    assert!(!like(&"a".repeat(5_000), &pattern));
    for (text, pattern, fits) in [
        ("", "", true),
        ("", "%", true),
        ("", "_", false),
        ("abc", "a%c", true),
        ("abc", "a_c%", true),
        ("abc", "%bc_", false),
        ("aab", "%ab", true),
        ("año", "a_o", true),
    ] {
        assert_eq!(like(text, pattern), fits, "{text} {pattern}");
    }
}

#[test]
fn what_is_too_much_is_refused_with_a_reason() {
    let one = || Field::text(["title"]).is(equal("x"));
    assert_eq!(one().check(), Ok(()));
    let deep = (0..20).fold(one(), |inner, _| Filter::Not(Box::new(inner)));
    assert!(deep.check().unwrap_err().contains("16 levels"));
    assert!(Filter::All(vec![one(); 201]).check().unwrap_err().contains("201 conditions"));
    let long = Field::text(["fields", "note"]).is(Test::Contains("x".repeat(1_001)));
    assert!(long.check().unwrap_err().contains("`fields.note`"));
    assert!(Field::number(["count"]).is(equal(f64::NAN)).check().is_err());
    assert!(Field::number(["id"]).is(Test::In(vec![1.0.into(); 1_001])).check().is_err());
}

#[test]
fn a_test_survives_being_written_down() {
    for test in [
        equal(Scalar::Null),
        equal(true),
        equal(0.1),
        equal("x"),
        Test::In(vec![Scalar::Null]),
        Test::Missing,
    ] {
        let written = serde_json::to_string(&test).unwrap();
        assert_eq!(serde_json::from_str::<Test>(&written).unwrap(), test, "{written}");
    }
}
