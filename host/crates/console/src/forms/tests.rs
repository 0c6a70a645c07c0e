//! What is drawn is what is read, for the settings of real plugins and of one that has every widget.

mod dice;

use serde_json::{Value, json};

use self::dice::Dice;
use super::{
    ACTION, Form, Problem, act, keep_secrets, read, read_at,
    submitted::{attribute, submitted},
    testing::{check, shop, tag, tags, text_of, words},
};

macro_rules! fixtures {
    ($($name:literal),* $(,)?) => {
        /// Settings schemas as `plugins/*/src/lib.rs` make them, each with an example.
        const FIXTURES: &[(&str, &str)] = &[$(($name, include_str!(concat!("fixtures/", $name, ".json")))),*];
    };
}

fixtures![
    "call-application",
    "create-list-item",
    "date-reached",
    "edit-element",
    "every-widget",
    "generate-code",
    "http-request",
    "offered-rule",
    "payment",
    "send-sms",
    "task",
    "wait",
];

fn fixture(name: &str) -> (Value, Value) {
    let (_, text) = FIXTURES.iter().find(|(one, _)| *one == name).expect(name);
    let mut fixture: Value = serde_json::from_str(text).expect(name);
    (fixture["schema"].take(), fixture["example"].take())
}

fn draw_with(schema: &Value, value: &Value, problems: &[Problem]) -> String {
    let shop = shop();
    let form = Form { schema, value, problems, choices: &shop, names: "/settings" };
    form.draw(&words()).into_string()
}

fn draw(schema: &Value, value: &Value) -> String {
    draw_with(schema, value, &[])
}

fn back(schema: &Value, html: &str) -> Value {
    read_at(schema, &submitted(html), "/settings")
}

/// Whether nothing of `part` was lost or changed.
fn holds(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, value)| whole.get(key).is_some_and(|whole| holds(whole, value)))
        }
        _ => whole == part,
    }
}

#[test]
fn a_form_that_is_saved_untouched_changes_nothing() {
    for (name, _) in FIXTURES {
        let (schema, example) = fixture(name);
        let html = draw(&schema, &example);
        check(&html);
        let once = back(&schema, &html);
        assert!(holds(&once, &example), "{name}: {once} of {example}");
        assert_eq!(back(&schema, &draw(&schema, &once)), once, "{name}");
    }
}

#[test]
fn an_empty_form_can_be_drawn_and_read() {
    for (name, _) in FIXTURES {
        let (schema, _) = fixture(name);
        for nothing in [json!({}), Value::Null, json!([1]), json!("x")] {
            let html = draw(&schema, &nothing);
            check(&html);
            assert!(back(&schema, &html).is_object(), "{name}");
        }
        assert_eq!(read(&schema, &[]).as_object().map(|all| all.keys().count() < 2), Some(true), "{name}");
    }
}

#[test]
fn whatever_the_settings_are_the_form_gives_them_back() {
    for (name, _) in FIXTURES {
        let (schema, _) = fixture(name);
        let mut dice = Dice::new(7);
        for _ in 0..150 {
            let value = dice.value(&schema, &schema, true).expect("an object");
            let html = draw(&schema, &value);
            check(&html);
            assert_eq!(back(&schema, &html), value, "{name}");
        }
    }
}

#[test]
fn a_stranger_s_schema_is_drawn_whatever_it_says() {
    let mut deep = json!({ "type": "string" });
    for _ in 0..60 {
        deep = json!({ "type": "object", "properties": { "a": deep } });
    }
    for schema in [
        json!(null),
        json!({}),
        json!({ "type": "object", "properties": 7, "required": "all" }),
        json!({ "type": "object", "properties": { "a": true, "b": { "$ref": "#/properties/b" }, "c": { "$ref": "x" } } }),
        json!({ "type": "object", "properties": { "a": { "oneOf": [] }, "b": { "enum": [] }, "c": { "anyOf": [7] } } }),
        json!({ "type": "object", "properties": { "a": { "type": "array" }, "b": { "type": ["array", "string"] } } }),
        json!({ "allOf": [{ "$ref": "#" }, { "$ref": "#" }], "properties": { "<b>": { "title": "<script>" } } }),
        deep,
    ] {
        let html = draw(&schema, &json!({ "a": [{}], "b": 1, "c": null, "<b>": "</textarea><script>" }));
        assert!(!html.contains("<script"), "{html}");
        back(&schema, &html);
    }
}

#[test]
fn every_input_has_a_label_and_what_is_wrong_belongs_to_it() {
    let (schema, example) = fixture("send-sms");
    let problems =
        [Problem::new("/text", "It has 201 characters."), Problem::new("/nowhere/at/all", "Something else.")];
    let html = draw_with(&schema, &example, &problems);
    check(&html);
    let text = tag(&html, "name", "/settings/text").unwrap();
    assert_eq!(attribute(text, "aria-invalid").as_deref(), Some("true"));
    assert_eq!(attribute(text, "aria-required").as_deref(), Some("true"));
    let id = attribute(text, "id").unwrap();
    assert!(tag(&html, "for", &id).is_some());
    let described = attribute(text, "aria-describedby").unwrap();
    let said: Vec<String> = described.split(' ').filter_map(|id| text_of(&html, id)).collect();
    assert!(said.iter().any(|text| text == "It has 201 characters."), "{said:?}");
    assert!(said.iter().any(|text| text.starts_with("At most 200")), "{said:?}");
    let phone = tag(&html, "name", "/settings/phone").unwrap();
    assert_eq!(attribute(phone, "aria-invalid"), None);
    // The summary leads to it, and tells what belongs to no field.
    assert!(tag(&html, "href", &format!("#{id}")).is_some());
    assert!(html.contains("Something else."));
    let (schema, example) = fixture("call-application");
    let problem = Problem::new("/properties/size", "Too big.");
    let html = draw_with(&schema, &example, &[problem]);
    check(&html);
    assert!(tags(&html).iter().any(|tag| tag.starts_with("a href=")), "the line that has the name");
    let (schema, example) = fixture("send-sms");
    assert!(!draw(&schema, &example).contains("role=\"alert\""));
}

#[test]
fn a_picker_offers_what_the_shop_has_and_keeps_what_is_gone() {
    let (schema, _) = fixture("task");
    let html = draw(&schema, &json!({ "title": "x", "responsible": "emp_9", "participants": ["emp_2"] }));
    let gone =
        tags(&html).into_iter().find(|tag| attribute(tag, "value").as_deref() == Some("emp_9")).unwrap();
    assert!(attribute(gone, "selected").is_some());
    assert!(html.contains("Grace"));
    let (schema, _) = fixture("create-list-item");
    let html = draw(&schema, &json!({ "list": "register", "fields": [{ "field": "sum", "value": "1" }] }));
    assert!(tag(&html, "name", "/settings/fields/0/field").unwrap().starts_with("select"));
    let html = draw(&schema, &json!({ "list": "other", "fields": [{ "field": "sum", "value": "1" }] }));
    assert!(tag(&html, "name", "/settings/fields/0/field").unwrap().starts_with("input"));
}

#[test]
fn fields_can_be_inserted_into_texts_and_only_into_them() {
    let (schema, example) = fixture("send-sms");
    let html = draw(&schema, &example);
    assert_eq!(html.matches("<rw-template").count(), 1);
    assert!(tag(&html, "data-path", "order.total").is_some());
    assert!(html.contains("84.00"));
    // What comes out for the sample order.
    assert!(html.contains("Your order 1042 is packed."));
}

#[test]
fn a_text_for_the_network_is_counted() {
    let schema = json!({ "type": "object", "properties": {
        "a": { "type": "string", "x-widget": "sms", "x-template": true, "x-characters": 200, "title": "Text" } } });
    let html = draw(&schema, &json!({ "a": "я {{ order.number }}" }));
    let note = text_of(&html, "f__settings__a-note").unwrap_or_default() + &html;
    assert!(note.contains("UCS-2") && note.contains("200"), "{html}");
}

#[test]
fn lines_are_added_moved_and_removed_and_the_rest_stays() {
    let (schema, example) = fixture("task");
    let press = |action: &str| {
        let mut pairs = submitted(&draw(&schema, &example));
        pairs.push((ACTION.to_owned(), action.to_owned()));
        assert!(act(&mut pairs));
        read_at(&schema, &pairs, "/settings")
    };
    let html = draw(&schema, &example);
    for action in ["add:/settings/checklist", "up:/settings/checklist:1", "remove:/settings/checklist:0"] {
        assert_eq!(attribute(tag(&html, "value", action).expect(action), "name").as_deref(), Some(ACTION));
    }
    assert_eq!(press("add:/settings/checklist")["checklist"], json!(["Ring", "Write", ""]));
    assert_eq!(press("up:/settings/checklist:1")["checklist"], json!(["Write", "Ring"]));
    assert_eq!(press("remove:/settings/checklist:0")["checklist"], json!(["Write"]));
    assert_eq!(press("remove:/settings/checklist:0")["participants"], json!(["emp_1", "emp_1"]));
    let added = press("add:/settings/participants");
    assert_eq!(added["participants"], json!(["emp_1", "emp_1", ""]));
    check(&draw(&schema, &added));
}

#[test]
fn another_form_comes_with_another_choice() {
    let (schema, example) = fixture("http-request");
    let mut pairs = submitted(&draw(&schema, &example));
    assert!(pairs.iter().any(|(name, _)| name == "/settings/body/text"));
    let kind = pairs.iter_mut().find(|(name, _)| name == "/settings/body/kind").unwrap();
    kind.1 = "none".into();
    let read = read_at(&schema, &pairs, "/settings");
    assert_eq!(read["body"], json!({ "kind": "none" }));
    let html = draw(&schema, &read);
    assert!(tag(&html, "name", "/settings/body/text").is_none());
    assert_eq!(html.matches("name=\"/settings/body/kind\"").count(), 6);
}

#[test]
fn what_was_written_wrong_stays_as_it_was_written() {
    let (schema, _) = fixture("http-request");
    let pairs = |value: &str| {
        vec![
            ("/url".to_owned(), "https://a.example".to_owned()),
            ("/timeout-seconds".to_owned(), value.to_owned()),
        ]
    };
    assert_eq!(read(&schema, &pairs("2 hours"))["timeout-seconds"], "2 hours");
    assert_eq!(read(&schema, &pairs(" 30 "))["timeout-seconds"], 30);
    assert_eq!(read(&schema, &pairs("")).get("timeout-seconds"), None);
    let html = draw(&schema, &json!({ "timeout-seconds": "2 hours" }));
    let input = tag(&html, "name", "/settings/timeout-seconds").unwrap();
    assert_eq!(attribute(input, "value").as_deref(), Some("2 hours"));
    assert_eq!(attribute(input, "aria-invalid").as_deref(), Some("true"));
    let html = draw(&schema, &json!({}));
    let input = tag(&html, "name", "/settings/timeout-seconds").unwrap();
    assert_eq!(attribute(input, "placeholder").as_deref(), Some("10"));
}

#[test]
fn units_are_those_of_people() {
    let (schema, _) = fixture("every-widget");
    let html =
        draw(&schema, &json!({ "money": 1205, "duration": 97_200, "moment": "2026-12-01T08:30:00.000Z" }));
    let shown = |name: &str| attribute(tag(&html, "name", &format!("/settings/{name}")).unwrap(), "value");
    assert_eq!(shown("money").as_deref(), Some("12.05"));
    assert_eq!(shown("duration").as_deref(), Some("1d 3h"));
    assert_eq!(shown("moment").as_deref(), Some("2026-12-01T09:30"));
    // 27 hours after the time at which the sample is looked at, in the shop's zone.
    assert!(html.contains("2026-11-21 13:30"), "{html}");
    let mut pairs = submitted(&html);
    let mut write = |name: &str, text: &str| {
        pairs.iter_mut().find(|(one, _)| one == &format!("/settings/{name}")).unwrap().1 = text.into();
        read_at(&schema, &pairs, "/settings")[name].clone()
    };
    assert_eq!(write("money", "7,5"), json!(750));
    assert_eq!(write("money", "7.555"), json!("7.555"));
    assert_eq!(write("duration", "2 hours"), json!(7200));
    assert_eq!(write("number", "2,5"), json!(2.5));
}

#[test]
fn a_secret_is_never_shown_and_stays_where_nothing_is_written() {
    let (schema, _) = fixture("every-widget");
    let before = json!({ "text": "x", "secret": "hush-hush" });
    let html = draw(&schema, &before);
    assert!(!html.contains("hush"));
    let mut after = back(&schema, &html);
    assert_eq!(after.get("secret"), None);
    keep_secrets(&schema, &before, &mut after);
    assert_eq!(after["secret"], "hush-hush");
    let mut after = json!({ "text": "x", "secret": "new" });
    keep_secrets(&schema, &before, &mut after);
    assert_eq!(after["secret"], "new");
}

#[test]
fn a_secret_is_shown_in_no_larger_field_and_in_no_sample_either() {
    let schema = json!({ "type": "object", "properties": {
        "a": { "type": "string", "format": "password", "x-widget": "textarea" },
        "b": { "type": "string", "writeOnly": true, "x-template": true },
        "c": { "type": "string", "x-widget": "password", "x-template": "json" },
    } });
    let html = draw(&schema, &json!({ "a": "hush-a", "b": "hush-b {{ number }}", "c": "hush-c" }));
    assert!(!html.contains("hush"), "{html}");
}

#[test]
fn what_depends_on_an_empty_field_is_not_asked() {
    let (schema, _) = fixture("every-widget");
    let asks = |value: Value| tag(&draw(&schema, &value), "name", "/settings/reason").is_some();
    assert!(!asks(json!({})) && !asks(json!({ "flag": false })));
    assert!(asks(json!({ "flag": true })) && asks(json!({ "reason": "x" })));
}

/// Keys of the words that the sources name, apart from those that are put together.
fn named_in(sources: &std::path::Path, keys: &mut std::collections::BTreeSet<String>) {
    for file in std::fs::read_dir(sources).unwrap().map(|file| file.unwrap().path()) {
        if file.is_dir() {
            named_in(&file, keys);
        } else if file.extension().is_some_and(|kind| kind == "rs") && !file.ends_with("tests.rs") {
            let text = std::fs::read_to_string(&file).unwrap();
            let literals = text.split("\"form-").skip(1).filter_map(|rest| rest.split('"').next());
            keys.extend(literals.map(|rest| format!("form-{rest}")));
        }
    }
}

#[test]
fn every_word_is_there_in_english_and_in_german() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let words = |language: &str| {
        let text = std::fs::read_to_string(root.join(format!("words/{language}/forms.ftl"))).unwrap();
        let keys = text.lines().filter(|line| line.starts_with("form-"));
        keys.filter_map(|line| Some(line.split_once(" =")?.0.to_owned())).collect::<Vec<_>>()
    };
    let english = words("en");
    assert_eq!(english, words("de"), "the same words in the same order");
    let mut keys = Default::default();
    named_in(&root.join("src/forms"), &mut keys);
    keys.remove(ACTION);
    for key in keys {
        match key.split_once('{') {
            Some((begins, _)) => assert!(english.iter().any(|one| one.starts_with(begins)), "{key}"),
            None => assert!(english.contains(&key) || key == "form-no-", "no words for {key}"),
        }
    }
}
