//! What the tests of forms share: a shop to choose from, and eyes for HTML.

use rulewright_domain::Timestamp;
use serde_json::{Value, json};

use super::{
    Choice, Choices, Field, Kind,
    submitted::{attribute, unescape},
};
use crate::words::Words;

pub fn words() -> Words {
    Words::default()
}

/// 2026-11-20, 09:30 UTC.
pub const NOW: Timestamp = Timestamp(1_795_167_000_000);

pub struct Shop {
    fields: Vec<Field>,
    sample: Value,
}

pub fn shop() -> Shop {
    let field = |path: &str, label: &str, kind| Field { path: path.into(), label: label.into(), kind };
    let statuses = vec![Choice::new("new", "New"), Choice::new("paid", "Paid")];
    Shop {
        fields: vec![
            field("order.number", "Number", Kind::Text),
            field("order.total", "Total", Kind::Money),
            field("order.line-count", "Lines", Kind::Number),
            field("order.canceled", "Canceled", Kind::YesNo),
            field("order.stage", "Stage", Kind::Choice(statuses)),
            field("order.tags", "Tags", Kind::Several(Vec::new())),
            field("order.created", "Created", Kind::Time),
            field("order.fields.due", "Due", Kind::Date),
            field("client.name", "Name", Kind::Text),
        ],
        sample: json!({
            "order": {
                "number": "1042", "total": "84.00", "line-count": 2, "canceled": false, "stage": "paid",
                "tags": ["vip"], "created": "2026-11-20T08:00:00.000Z", "fields": { "due": null },
            },
            "client": { "name": "Mira <Holm>" },
        }),
    }
}

impl Choices for Shop {
    fn of(&self, widget: &str) -> Option<Vec<Choice>> {
        Some(match widget {
            "employee" => vec![Choice::new("emp_1", "Ada"), Choice::new("emp_2", "Grace")],
            "date-field" => vec![Choice::new("delivery-date", "Delivery date")],
            "sms-provider" => vec![Choice::new("", "The shop's own choice"), Choice::new("twilio", "Twilio")],
            "list" => vec![Choice::new("register", "Register")],
            _ => return None,
        })
    }

    fn list_fields(&self, list: &str) -> Option<Vec<Choice>> {
        (list == "register").then(|| vec![Choice::new("order", "Order"), Choice::new("sum", "Sum")])
    }

    fn fields(&self) -> &[Field] {
        &self.fields
    }

    fn sample(&self) -> Option<&Value> {
        Some(&self.sample)
    }

    fn clock(&self) -> Option<(Timestamp, &str)> {
        Some((NOW, "Europe/Berlin"))
    }

    fn money(&self) -> (&str, u8) {
        ("EUR", 2)
    }
}

/// Start tags of a page, without their brackets.
pub fn tags(html: &str) -> Vec<&str> {
    html.split('<')
        .skip(1)
        .filter_map(|tag| tag.split('>').next())
        .filter(|tag| !tag.starts_with('/'))
        .collect()
}

/// The first tag whose attribute has this value.
pub fn tag<'h>(html: &'h str, name: &str, value: &str) -> Option<&'h str> {
    tags(html).into_iter().find(|tag| attribute(tag, name).as_deref() == Some(value))
}

/// What an element with this id says, tags left out.
pub fn text_of(html: &str, id: &str) -> Option<String> {
    let at = html.find(&format!("id=\"{id}\""))?;
    let inner = html[at..].split_once('>')?.1;
    let end = ["</p>", "</div>", "</span>"].iter().filter_map(|end| inner.find(end)).min()?;
    let mut text = String::new();
    for part in inner[..end].split('<') {
        text.push_str(part.split_once('>').map_or(part, |(_, text)| text));
    }
    Some(unescape(text.trim()))
}

/// No id twice, every label and every description leads somewhere, no script and no style within.
pub fn check(html: &str) {
    let all = |name: &str| tags(html).into_iter().filter_map(|tag| attribute(tag, name)).collect::<Vec<_>>();
    let mut ids = all("id");
    ids.sort();
    let twice: Vec<_> = ids.windows(2).filter(|two| two[0] == two[1]).map(|two| &two[0]).collect();
    assert!(twice.is_empty(), "ids that are there twice: {twice:?}");
    for name in ["for", "aria-describedby", "popovertarget", "list"] {
        for of in all(name).iter().flat_map(|of| of.split(' ')) {
            assert!(ids.iter().any(|id| id == of), "{name} leads to no `{of}`");
        }
    }
    for of in all("href") {
        assert!(ids.iter().any(|id| format!("#{id}") == of), "a link leads to no `{of}`");
    }
    for tag in tags(html) {
        assert!(!tag.starts_with("script") && !tag.starts_with("style") && !tag.contains(" style="), "{tag}");
        assert!(!tag.contains(" on"), "an inline handler: {tag}");
    }
    for input in tags(html)
        .into_iter()
        .filter(|tag| ["input ", "select ", "textarea "].iter().any(|name| tag.starts_with(name)))
    {
        let hidden = attribute(input, "type").as_deref() == Some("hidden");
        assert!(hidden || attribute(input, "id").is_some(), "without an id: {input}");
    }
}
