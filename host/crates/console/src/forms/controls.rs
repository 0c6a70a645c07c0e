//! The single inputs.

use maud::{Markup, html};
use rulewright_domain::{Timestamp, template::Writing};
use serde_json::Value;

use super::{
    Choice,
    draw::Page,
    duration,
    frame::Tied,
    posted,
    schema::{Offered, Shape, told},
    spot::Spot,
    template,
};
use crate::words::Words;

/// Choices that are all seen at once, where the schema wants that.
const RADIO: &str = "radio";

pub fn one(page: &Page<'_>, spot: &Spot<'_>, offered: &[Offered]) -> Markup {
    let choices: Vec<Choice> =
        offered.iter().map(|one| Choice::new(told(&one.value), one.title.as_str())).collect();
    let chosen = spot.shown().map(told);
    if spot.node.widget() == RADIO {
        return radio(page, spot, &choices, chosen.as_deref());
    }
    let empty = empty_choice(page.words, spot, &choices, chosen.as_deref());
    page.frame(spot).field(page.words, None, |tied| {
        select(
            page.words,
            tied,
            &spot.name,
            &choices,
            chosen.as_deref().unwrap_or_default(),
            empty.as_deref(),
        )
    })
}

fn radio(page: &Page<'_>, spot: &Spot<'_>, choices: &[Choice], chosen: Option<&str>) -> Markup {
    let body = html! {
        @for (index, choice) in choices.iter().enumerate() {
            label .form-choice {
                input type="radio" id={ (spot.id()) "-" (index) } name=(spot.name) value=(choice.value)
                    checked[chosen == Some(&*choice.value)];
                " " (choice.label)
            }
        }
    };
    page.frame(spot).group(page.words, body)
}

/// What stands for nothing, where nothing is among what can be chosen, or has been.
fn empty_choice(words: &Words, spot: &Spot<'_>, choices: &[Choice], chosen: Option<&str>) -> Option<String> {
    let offered = choices.iter().any(|choice| choice.value.is_empty());
    match (offered, chosen) {
        (true, _) => None,
        _ if spot.may_be_open() => Some(words.text("form-not-chosen")),
        (false, None | Some("")) if spot.required => Some(words.text("form-choose")),
        (false, _) => (!spot.required).then(|| words.text("form-not-chosen")),
    }
}

/// What was chosen and is not offered any more stays chosen: whoever opens a form changes nothing by it.
pub fn select(
    words: &Words,
    tied: &Tied,
    name: &str,
    choices: &[Choice],
    chosen: &str,
    empty: Option<&str>,
) -> Markup {
    let gone = !chosen.is_empty() && !choices.iter().any(|choice| choice.value == chosen);
    html! {
        rw-pick {
            select id=(tied.id) name=(name) aria-describedby=[tied.described.as_deref()] aria-invalid=[tied.invalid]
                aria-required=[tied.required] {
                @if let Some(empty) = empty { option value="" selected[chosen.is_empty()] { (empty) } }
                @for choice in choices {
                    option value=(choice.value) selected[choice.value == chosen] {
                        (choice.label)
                        @if !choice.note.is_empty() { " (" (choice.note) ")" }
                    }
                }
                @if gone {
                    option value=(chosen) selected { (words.with("form-gone", &[("name", chosen.into())])) }
                }
            }
        }
    }
}

pub fn yes_no(page: &Page<'_>, spot: &Spot<'_>) -> Markup {
    let words = page.words;
    if !spot.may_be_open() {
        return page.frame(spot).tick(&spot.name, spot.shown() == Some(&Value::Bool(true)));
    }
    let choices = [Choice::new("true", words.text("yes")), Choice::new("false", words.text("no"))];
    let chosen = spot.value.map(told).unwrap_or_default();
    let empty = words.text("form-not-chosen");
    page.frame(spot)
        .field(words, None, |tied| select(words, tied, &spot.name, &choices, &chosen, Some(&empty)))
}

/// No `type="number"`: a browser drops what is no number, and nobody could say what is wrong with it.
pub fn number(page: &Page<'_>, spot: &Spot<'_>) -> Markup {
    let words = page.words;
    let widget = spot.node.widget();
    let (currency, digits) = page.form.choices.money();
    let put = |value: &Value| match (widget, value.as_i64()) {
        ("minutes", Some(minutes)) => duration::written(minutes.saturating_mul(duration::MINUTE)),
        ("duration", Some(seconds)) => duration::written(seconds),
        ("money", Some(amount)) => decimal(amount, digits),
        _ => told(value),
    };
    let is_length = matches!(widget, "minutes" | "duration");
    let shown = spot.value.map(put).unwrap_or_default();
    let usual = spot.node.default().map(put);
    let mut frame = page.frame(spot);
    if spot.value.is_some_and(|value| value.as_str().is_some_and(|text| !text.is_empty())) {
        let whole = matches!(spot.node.shape(page.form.schema), Shape::Number { whole: true });
        let problem = words.text(match widget {
            "minutes" | "duration" => "form-no-duration",
            "money" => "form-no-money",
            _ if whole => "form-no-whole-number",
            _ => "form-no-number",
        });
        frame.problems = vec![html! { (problem) }];
    }
    let note = if is_length { when(page, spot, widget) } else { range(words, spot) };
    let mode = match (is_length, spot.node.shape(page.form.schema)) {
        (true, _) => "text",
        (false, Shape::Number { whole: true }) if widget != "money" => "numeric",
        _ => "decimal",
    };
    frame.field(words, note, |tied| {
        html! {
            span .form-amount {
                input type="text" id=(tied.id) name=(spot.name) value=(shown) inputmode=(mode) placeholder=[usual]
                    autocomplete="off" aria-describedby=[tied.described.as_deref()] aria-invalid=[tied.invalid]
                    aria-required=[tied.required];
                @if widget == "money" {
                    input type="hidden" name=(posted::scale(&spot.name)) value=(digits);
                    span .form-unit { (currency) }
                }
            }
        }
    })
}

fn range(words: &Words, spot: &Spot<'_>) -> Option<Markup> {
    let bound = |key: &str| spot.node.get(key).map(told);
    let (key, bounds) = match (bound("minimum"), bound("maximum")) {
        (Some(min), Some(max)) => ("form-between", vec![("min", min), ("max", max)]),
        // Every number of that kind is: nothing that helps.
        (Some(min), None) if min != "0" => ("form-at-least", vec![("min", min)]),
        (None, Some(max)) => ("form-at-most", vec![("max", max)]),
        _ => return None,
    };
    let bounds: Vec<_> = bounds.iter().map(|(name, value)| (*name, value.as_str().into())).collect();
    let said = words.with(key, &bounds);
    Some(html! { (said) })
}

/// When it would be for the sample order.
fn when(page: &Page<'_>, spot: &Spot<'_>, widget: &str) -> Option<Markup> {
    let amount = spot.shown()?.as_i64()?;
    // Minutes are counted from a date that stands beside them, and may lie before it.
    if widget == "minutes" {
        let key = match amount {
            0 => return None,
            1.. => "form-after-date",
            _ => "form-before-date",
        };
        let length = duration::written(amount.saturating_abs().saturating_mul(duration::MINUTE));
        let said = page.words.with(key, &[("length", length.into())]);
        return Some(html! { (said) });
    }
    let (now, zone) = page.form.choices.clock()?;
    Some(moment(page.words, now.plus(amount.saturating_mul(1000)), zone))
}

/// "For the sample order: ...", with the zone beside the time.
pub fn moment(words: &Words, at: Timestamp, zone: &str) -> Markup {
    let shown = at.written(zone, "%Y-%m-%d %H:%M").unwrap_or_else(|| at.to_string());
    let said = words.with("form-resolved", &[("time", shown.into()), ("zone", zone.into())]);
    html! { time datetime=(at) { (said) } }
}

pub fn decimal(amount: i64, digits: u8) -> String {
    let digits = usize::from(digits.min(6));
    let plain = format!("{:0>width$}", amount.unsigned_abs(), width = digits + 1);
    let (whole, cents) = plain.split_at(plain.len() - digits);
    let sign = if amount < 0 { "-" } else { "" };
    if digits == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{cents}") }
}

pub fn text(page: &Page<'_>, spot: &Spot<'_>) -> Markup {
    let words = page.words;
    let widget = spot.node.widget();
    let shown = spot.shown().map(told).unwrap_or_default();
    let writing = spot.node.writing();
    let offered = spot.offered.clone().or_else(|| page.form.choices.of(widget));
    if let Some(choices) = &offered
        && writing.is_none()
    {
        let empty = empty_choice(words, spot, choices, Some(&shown));
        return page
            .frame(spot)
            .field(words, None, |tied| select(words, tied, &spot.name, choices, &shown, empty.as_deref()));
    }
    let suggested = offered.map(|choices| (format!("{}-offered", spot.id()), choices));
    let list = suggested.as_ref().map(|(id, _)| id.as_str());
    let secret = widget == "secret";
    let marked = matches!(writing, Some(Writing::Json | Writing::Markup | Writing::Csv));
    // Whatever else it is: a larger field would show it.
    let long = !secret && (marked || matches!(widget, "textarea" | "sms" | "code"));
    let code = !secret && (marked || widget == "code");
    let (kind, shown, zone) = kind_of(page, widget, writing, shown);
    let note = if secret { None } else { template::note(page, spot, &shown) };
    let input = |tied: &Tied| {
        html! {
            @if long {
                textarea id=(tied.id) name=(spot.name) rows=(if code { 8 } else { 4 }) spellcheck=[code.then_some("false")]
                    aria-describedby=[tied.described.as_deref()] aria-invalid=[tied.invalid]
                    // A parser drops the first line break.
                    aria-required=[tied.required] { "\n" (shown) }
            } @else if secret {
                input type="password" id=(tied.id) name=(spot.name) value="" autocomplete="new-password"
                    placeholder=[(!shown.is_empty()).then(|| words.text("form-secret-kept"))]
                    aria-describedby=[tied.described.as_deref()] aria-invalid=[tied.invalid] aria-required=[tied.required];
            } @else {
                input type=(kind) id=(tied.id) name=(spot.name) value=(shown) autocomplete="off" list=[list]
                    aria-describedby=[tied.described.as_deref()] aria-invalid=[tied.invalid] aria-required=[tied.required];
            }
            @if let Some((id, choices)) = &suggested {
                datalist id=(id) { @for choice in choices { option value=(choice.value) { (choice.label) } } }
            }
            @if let Some(zone) = &zone {
                input type="hidden" name=(posted::zone(&spot.name)) value=(zone);
                " " span .form-unit { (zone) }
            }
        }
    };
    page.frame(spot).field(words, note, |tied| match (writing, code) {
        (Some(_), code) => template::text(page, tied, code, input(tied)),
        (None, true) => html! { rw-code { (input(tied)) } },
        (None, false) => input(tied),
    })
}

/// Type of the input, the value as it shows it, and the zone of a clock. What the type could not show is a text: a browser would
/// show nothing, and send nothing back.
fn kind_of(
    page: &Page<'_>,
    widget: &str,
    writing: Option<Writing>,
    shown: String,
) -> (&'static str, String, Option<String>) {
    if writing.is_some() {
        return ("text", shown, None);
    }
    let fits = |pattern: &[usize], separators: &str| {
        shown.is_empty()
            || pattern.contains(&shown.len())
                && shown.chars().all(|c| c.is_ascii_digit() || separators.contains(c))
    };
    match widget {
        "url" | "server" => ("url", shown, None),
        "email" => ("email", shown, None),
        "date" if fits(&[10], "-") => ("date", shown, None),
        "time" if fits(&[5, 8], ":") => ("time", shown, None),
        "date-time" => {
            let zone = page.form.choices.clock().map(|(_, zone)| zone.to_owned());
            let civil = zone.as_ref().and_then(|zone| civil(&shown, zone));
            match (civil, shown.is_empty()) {
                (Some(civil), _) => ("datetime-local", civil, zone),
                (None, true) if zone.is_some() => ("datetime-local", shown, zone),
                _ => ("text", shown, None),
            }
        }
        _ => ("text", shown, None),
    }
}

/// A moment as clocks in the zone show it; None where they would lose a part of it.
pub fn civil(moment: &str, zone: &str) -> Option<String> {
    let at = Timestamp::parse(moment).ok()?;
    let pattern = match (at.0 % 60_000, at.0 % 1000) {
        (0, _) => "%Y-%m-%dT%H:%M",
        (_, 0) => "%Y-%m-%dT%H:%M:%S",
        _ => return None,
    };
    at.written(zone, pattern)
}

/// A text that is no JSON stands as it is: it is what somebody is still writing.
pub fn json(page: &Page<'_>, spot: &Spot<'_>) -> Markup {
    let shown = match spot.shown() {
        None => String::new(),
        Some(Value::String(text)) if serde_json::from_str::<Value>(text).is_err() && text.trim() == text => {
            text.clone()
        }
        Some(value) => serde_json::to_string_pretty(value).unwrap_or_default(),
    };
    let shown = if spot.shown() == Some(&Value::from("")) { "\"\"".to_owned() } else { shown };
    let note = page.words.text("form-json");
    page.frame(spot).field(page.words, Some(html! { (note) }), |tied| {
        html! {
            rw-code {
                textarea id=(tied.id) name=(spot.name) rows="6" spellcheck="false"
                    aria-describedby=[tied.described.as_deref()] aria-invalid=[tied.invalid]
                    aria-required=[tied.required] { "\n" (shown) }
            }
        }
    })
}
