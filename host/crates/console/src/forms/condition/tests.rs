use serde_json::json;

use super::*;
use crate::forms::{
    act,
    submitted::{attribute, submitted},
    testing::{check, shop, tag, words},
};

fn of(value: serde_json::Value) -> Condition {
    serde_json::from_value(value).unwrap()
}

fn draw(condition: Option<&Condition>, text: Option<&str>) -> String {
    let shop = shop();
    let conditions = Conditions { condition, text, problems: &[], choices: &shop, names: "/condition" };
    let html = conditions.draw(&words()).into_string();
    check(&html);
    html
}

fn read(pairs: &[(String, String)]) -> Read {
    read_condition(pairs, "/condition", shop().fields())
}

fn back(html: &str) -> Option<Condition> {
    let read = read(&submitted(html));
    assert_eq!(read.text, None);
    read.condition.unwrap()
}

fn press(html: &str, action: &str) -> Read {
    assert!(tag(html, "value", action).is_some(), "no button `{action}`");
    let mut pairs = submitted(html);
    pairs.push((ACTION.to_owned(), action.to_owned()));
    assert!(act(&mut pairs));
    read(&pairs)
}

#[test]
fn a_condition_that_is_saved_untouched_stays_what_it_is() {
    for condition in [
        json!({ "field": "order.number", "operator": "equals", "value": "1042" }),
        json!({ "all": [
            { "field": "order.total", "operator": "at-least", "value": 50.5 },
            { "field": "order.total", "operator": "between", "value": [1, 2] },
            { "field": "order.canceled", "operator": "equals", "value": false },
            { "field": "order.stage", "operator": "in", "value": ["new", "gone"] },
            { "field": "order.stage", "operator": "equals", "value": "gone" },
            { "field": "order.tags", "operator": "contains", "value": "vip" },
            { "field": "order.fields.due", "operator": "less-than", "value": "2026-12-01" },
            { "field": "order.created", "operator": "greater-than", "value": "2026-11-20T08:00:00.000Z" },
            { "field": "order.created", "operator": "greater-than", "value": "2026-11-20T08:00:00.123Z" },
            { "field": "order.number", "operator": "greater-than", "value": "7" },
            { "field": "order.number", "operator": "in", "value": ["a", "b c"] },
        ]}),
        json!({ "any": [
            { "field": "client.name", "operator": "filled", "value": null },
            { "all": [
                { "any": [{ "field": "previous.code", "operator": "equals", "value": true }] },
                { "field": "previous.code", "operator": "equals", "value": "true" },
                { "field": "previous.code", "operator": "in", "value": [1, "1", "x"] },
                { "field": "previous.code", "operator": "equals", "value": null },
            ]},
        ]}),
        json!({ "any": [{ "field": "client.name", "operator": "empty", "value": null }] }),
    ] {
        let condition = of(condition);
        assert_eq!(back(&draw(Some(&condition), None)), Some(condition));
    }
    assert_eq!(back(&draw(None, None)), None);
}

#[test]
fn rows_and_groups_are_added_and_removed() {
    let one = of(json!({ "field": "order.number", "operator": "equals", "value": "1" }));
    let added = press(&draw(None, None), "add:/condition").condition.unwrap().unwrap();
    assert_eq!(added.fields(), [""]);
    let both = press(&draw(Some(&one), None), "group:/condition").condition.unwrap().unwrap();
    let Condition::All { all } = &both else { panic!("{both:?}") };
    assert!(matches!(&all[1], Condition::Any { any } if any.len() == 1));
    let html = draw(Some(&both), None);
    assert_eq!(press(&html, "remove:/condition/1:0").condition.unwrap(), Some(one.clone()));
    assert_eq!(press(&html, "remove:/condition:1").condition.unwrap(), Some(one.clone()));
    let moved = press(&html, "up:/condition:1").condition.unwrap().unwrap();
    assert!(matches!(moved, Condition::All { all } if all[1] == one));
    assert_eq!(press(&draw(Some(&one), None), "remove:/condition:0").condition.unwrap(), None);
}

#[test]
fn every_row_says_what_the_sample_order_makes_of_it() {
    let state = |condition: serde_json::Value| {
        let html = draw(Some(&of(condition)), None);
        let badge = tag(&html, "class", "form-badge").map(|badge| attribute(badge, "data-state"));
        badge.flatten().unwrap()
    };
    let compare = |field: &str, operator: &str, value: serde_json::Value| {
        state(json!({ "field": field, "operator": operator, "value": value }))
    };
    assert_eq!(compare("order.total", "at-least", json!(50)), "true");
    assert_eq!(compare("order.total", "at-least", json!(100)), "false");
    assert_eq!(compare("previous.code", "equals", json!("x")), "unknown");
    let html = draw(Some(&of(json!({ "field": "order.total", "operator": "at-least", "value": 100 }))), None);
    assert!(html.contains("84.00"), "the other side is shown");
}

#[test]
fn a_field_has_the_operators_that_make_sense_of_it() {
    let names = |field: &str| {
        let html = draw(Some(&of(json!({ "field": field, "operator": "equals", "value": null }))), None);
        let at = html.find("name=\"/condition/0/operator\"").unwrap();
        let list = html[at..].split("</select>").next().unwrap().to_owned();
        move |name: &str| list.contains(&format!("value=\"{name}\""))
    };
    assert!(names("order.total")("between") && !names("order.total")("contains"));
    assert!(names("order.tags")("contains") && !names("order.tags")("between"));
    assert!(!names("order.canceled")("filled"));
    assert!(names("previous.x")("contains") && names("previous.x")("between"));
}

#[test]
fn it_can_be_written_as_json_and_back() {
    let condition = of(json!({ "any": [
        { "field": "order.number", "operator": "equals", "value": "1" },
        { "field": "order.total", "operator": "at-least", "value": 5 },
    ]}));
    let as_text = press(&draw(Some(&condition), None), "set:/condition~as=text");
    assert_eq!(as_text.condition, Ok(Some(condition.clone())));
    let text = as_text.text.unwrap();
    let html = draw(Some(&condition), Some(&text));
    assert_eq!(read(&submitted(&html)).condition, Ok(Some(condition.clone())));
    let as_rows = press(&html, "set:/condition~as=rows");
    assert_eq!((as_rows.condition, as_rows.text), (Ok(Some(condition)), None));
}

#[test]
fn json_that_is_no_condition_stays_and_says_where() {
    let html = draw(None, Some("{\"all\": [\n}"));
    let wrong = press(&html, "set:/condition~as=rows");
    assert!(wrong.condition.unwrap_err().foreign.unwrap().contains("line 2"));
    assert_eq!(wrong.text.as_deref(), Some("{\"all\": [\n}"));
    assert!(press(&draw(None, Some("{\"al\": []}")), "set:/condition~as=rows").condition.is_err());
    assert_eq!(read(&submitted(&draw(None, Some(" ")))).condition, Ok(None));
}

#[test]
fn a_condition_that_is_too_deep_for_rows_is_json() {
    let mut deep = json!({ "field": "order.number", "operator": "filled", "value": null });
    for _ in 0..20 {
        deep = json!({ "all": [deep] });
    }
    let deep = of(deep);
    assert_eq!(read(&submitted(&draw(Some(&deep), None))).condition, Ok(Some(deep)));
}
