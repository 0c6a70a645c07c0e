//! One comparison: which operators a field has, how its value is written, and what it says of the sample order.

use maud::{Markup, html};
use rulewright_domain::{Condition, ConditionTrace, condition::Operator};
use serde_json::Value;

use super::{Conditions, refresh};
use crate::{
    forms::{
        Choice, Choices, Kind, Posted, controls,
        frame::{Frame, Tied},
        posted,
        read::{clock, number},
        schema::{array, told},
        spot::id,
    },
    words::Words,
};

pub struct Row<'r> {
    pub name: &'r str,
    pub said: &'r str,
    pub field: &'r str,
    pub operator: Operator,
    pub value: &'r Value,
}

const TEXT: &[Operator] = &[
    Operator::Equals,
    Operator::NotEquals,
    Operator::Contains,
    Operator::NotContains,
    Operator::In,
    Operator::Filled,
    Operator::Empty,
];
const ORDERED: &[Operator] = &[
    Operator::Equals,
    Operator::NotEquals,
    Operator::GreaterThan,
    Operator::AtLeast,
    Operator::LessThan,
    Operator::AtMost,
    Operator::Between,
    Operator::Filled,
    Operator::Empty,
];
const CHOICE: &[Operator] =
    &[Operator::Equals, Operator::NotEquals, Operator::In, Operator::Filled, Operator::Empty];
const YES_NO: &[Operator] = &[Operator::Equals, Operator::NotEquals];
const SEVERAL: &[Operator] = &[Operator::Contains, Operator::NotContains, Operator::Filled, Operator::Empty];
const ALL: &[Operator] = &[
    Operator::Equals,
    Operator::NotEquals,
    Operator::Contains,
    Operator::NotContains,
    Operator::GreaterThan,
    Operator::AtLeast,
    Operator::LessThan,
    Operator::AtMost,
    Operator::Between,
    Operator::In,
    Operator::Filled,
    Operator::Empty,
];

/// What makes sense of a field.
fn operators(kind: &Kind) -> &'static [Operator] {
    match kind {
        Kind::Text => TEXT,
        Kind::Number | Kind::Money | Kind::Date | Kind::Time => ORDERED,
        Kind::YesNo => YES_NO,
        Kind::Choice(_) => CHOICE,
        Kind::Several(_) => SEVERAL,
        Kind::Any => ALL,
    }
}

pub fn draw(of: &Conditions<'_>, words: &Words, row: &Row<'_>) -> Markup {
    let fields = of.choices.fields();
    let kind = fields.iter().find(|one| one.path == row.field).map_or(&Kind::Any, |one| &one.kind);
    let offered: Vec<Choice> = fields
        .iter()
        .map(|field| Choice {
            value: field.path.clone(),
            label: field.label.clone(),
            note: field.path.clone(),
        })
        .collect();
    let mut names: Vec<String> = operators(kind).iter().map(name_of).collect();
    let operator = name_of(&row.operator);
    // A saved one stays, though nobody would choose it today.
    if !names.contains(&operator) {
        names.push(operator.clone());
    }
    let named: Vec<Choice> = names
        .into_iter()
        .map(|name| Choice::new(name.as_str(), words.text(&format!("form-operator-{name}"))))
        .collect();
    let compared =
        Condition::Compare { field: row.field.to_owned(), operator: row.operator, value: row.value.clone() };
    let trace = truth(&compared, of.choices);
    html! {
        div .form-row.form-condition-row role="group" aria-label=(row.said) {
            (part(words, &format!("{}/field", row.name), "form-condition-field", |tied, name| {
                let empty = words.text("form-choose");
                controls::select(words, tied, name, &offered, row.field, row.field.is_empty().then_some(&*empty))
            }))
            (part(words, &format!("{}/operator", row.name), "form-condition-operator", |tied, name| {
                controls::select(words, tied, name, &named, &operator, None)
            }))
            (value(of, words, kind, row))
            (refresh(words))
            (badge(words, trace.as_ref(), false))
        }
    }
}

fn part(words: &Words, name: &str, key: &str, input: impl FnOnce(&Tied, &str) -> Markup) -> Markup {
    let label = words.text(key);
    let frame = Frame {
        id: id(name),
        label: &label,
        help: "",
        required: false,
        problems: Vec::new(),
        quiet: true,
        lang: None,
    };
    frame.field(words, None, |tied| input(tied, name))
}

fn name_of(operator: &Operator) -> String {
    serde_json::to_value(operator).map(|name| told(&name)).unwrap_or_default()
}

fn value(of: &Conditions<'_>, words: &Words, kind: &Kind, row: &Row<'_>) -> Markup {
    let at = format!("{}/value", row.name);
    match row.operator {
        Operator::Filled | Operator::Empty => html! {},
        Operator::Between => {
            let sides = array(Some(row.value));
            let side = |side: usize, key: &str| {
                let value = sides.get(side).unwrap_or(&Value::Null);
                part(words, &format!("{at}/{side}"), key, |tied, name| {
                    input(of, words, kind, tied, name, value)
                })
            };
            html! { (side(0, "form-condition-from")) (side(1, "form-condition-to")) }
        }
        Operator::In => list(words, kind, &at, array(Some(row.value))),
        _ => part(words, &at, "form-condition-value", |tied, name| {
            input(of, words, kind, tied, name, row.value)
        }),
    }
}

/// Ticks where there are choices, else a line for each.
fn list(words: &Words, kind: &Kind, name: &str, values: &[Value]) -> Markup {
    if let Kind::Choice(choices) = kind {
        let texts: Vec<String> = values.iter().map(told).collect();
        let strange = texts.iter().filter(|text| !choices.iter().any(|choice| choice.value == **text));
        let strange: Vec<Choice> = strange.map(|text| Choice::new(text.as_str(), text.as_str())).collect();
        return html! {
            div .form-choices role="group" aria-label=(words.text("form-condition-value")) {
                @for (index, choice) in choices.iter().chain(&strange).enumerate() {
                    label .form-choice {
                        input type="checkbox" id={ (id(name)) "-" (index) } name=(name) value=(choice.value)
                            checked[texts.contains(&choice.value)];
                        " " (choice.label)
                    }
                }
            }
        };
    }
    let lines: Vec<String> = values.iter().map(|value| shown(kind, value)).collect();
    part(words, name, "form-condition-values", |tied, name| {
        html! { textarea id=(tied.id) name=(name) rows="3" { "\n" (lines.join("\n")) } }
    })
}

fn input(of: &Conditions<'_>, words: &Words, kind: &Kind, tied: &Tied, name: &str, value: &Value) -> Markup {
    let text = shown(kind, value);
    match kind {
        Kind::Choice(choices) | Kind::Several(choices) if !choices.is_empty() => {
            let empty = words.text("form-choose");
            controls::select(words, tied, name, choices, &text, text.is_empty().then_some(&*empty))
        }
        Kind::YesNo => {
            let choices = [Choice::new("true", words.text("yes")), Choice::new("false", words.text("no"))];
            controls::select(words, tied, name, &choices, &text, None)
        }
        Kind::Date if text.is_empty() || text.len() == 10 => {
            html! { input type="date" id=(tied.id) name=(name) value=(text); }
        }
        Kind::Time => {
            let zone = of.choices.clock().map_or("UTC", |(_, zone)| zone);
            match (controls::civil(&text, zone), text.is_empty()) {
                (None, false) => html! { input type="text" id=(tied.id) name=(name) value=(text); },
                (civil, _) => html! {
                    input type="datetime-local" id=(tied.id) name=(name) value=(civil.unwrap_or_default());
                    input type="hidden" name=(posted::zone(name)) value=(zone);
                    " " span .form-unit { (zone) }
                },
            }
        }
        Kind::Number | Kind::Money => html! {
            input type="text" id=(tied.id) name=(name) value=(text) inputmode="decimal" autocomplete="off";
            @if *kind == Kind::Money { " " span .form-unit { (of.choices.money().0) } }
        },
        _ => html! { input type="text" id=(tied.id) name=(name) value=(text) autocomplete="off"; },
    }
}

/// Where nobody knows what a field holds, a text that could be taken for something else stands in quotes.
fn shown(kind: &Kind, value: &Value) -> String {
    match (kind, value) {
        (Kind::Any, Value::String(text))
            if !text.is_empty() && serde_json::from_str::<Value>(text).is_err() =>
        {
            text.clone()
        }
        (Kind::Any, Value::String(_)) => value.to_string(),
        _ => told(value),
    }
}

fn of_text(kind: &Kind, text: &str) -> Value {
    match (kind, text) {
        (Kind::Any, "") => Value::Null,
        (Kind::Any, text) => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
        (Kind::Number | Kind::Money, text) => number(text.trim(), false).unwrap_or_else(|| text.into()),
        (Kind::YesNo, "true") => true.into(),
        (Kind::YesNo, "false") => false.into(),
        (_, text) => text.into(),
    }
}

pub fn typed(kind: &Kind, posted: &Posted<'_>, name: &str) -> Value {
    let text = posted.last(name).unwrap_or_default();
    let zone = posted.last(&posted::zone(name));
    match (kind, zone.and_then(|zone| clock(text, zone))) {
        (Kind::Time, Some(at)) => at.to_string().into(),
        // Chosen before anything was said: what the list of yes and no begins with.
        (Kind::YesNo, _) if text.is_empty() => true.into(),
        _ => of_text(kind, text),
    }
}

pub fn several(kind: &Kind, posted: &Posted<'_>, name: &str) -> Vec<Value> {
    let all = posted.all(name).iter();
    match kind {
        Kind::Choice(_) => all.map(|text| Value::from(*text)).collect(),
        _ => {
            let lines = all.flat_map(|text| text.lines());
            lines.filter(|line| !line.trim().is_empty()).map(|line| of_text(kind, line)).collect()
        }
    }
}

/// What the sample order says of it. None: there is none, or what is compared is not among what it shows.
pub fn truth(condition: &Condition, choices: &dyn Choices) -> Option<ConditionTrace> {
    let view = choices.sample()?;
    let known = |field: &&str| field.split('.').next().is_some_and(|root| view.get(root).is_some());
    condition.fields().iter().all(known).then(|| condition.evaluate(view))
}

/// True, false or not known: a word and a sign, never only a colour.
pub fn badge(words: &Words, trace: Option<&ConditionTrace>, whole: bool) -> Markup {
    let (state, key) = match trace.map(|trace| trace.met) {
        Some(true) => ("true", "form-condition-true"),
        Some(false) => ("false", "form-condition-false"),
        None => ("unknown", "form-condition-unknown"),
    };
    let actual = trace.filter(|_| !whole).and_then(|trace| trace.compared.first());
    html! {
        span .form-badge data-state=(state) {
            span .form-icon data-icon=(state) aria-hidden="true" {}
            " " (words.text(key))
        }
        @if let Some(one) = actual {
            @let actual = match &one.actual { Value::Null => words.text("form-nothing"), value => told(value) };
            " " span .form-sample { (words.with("form-condition-is", &[("value", actual.into())])) }
        }
    }
}
