//! From a schema to fields.

use std::{cell::RefCell, collections::BTreeMap};

use maud::{Markup, html};
use serde_json::Value;

use super::{
    Choice, Form, Problem, controls,
    frame::{self, Frame, Lines},
    posted,
    read::{DEPTH, is_blank},
    schema::{Node, Offered, Property, Shape, Variant, array, step, told, variant_of},
    spot::{Spot, id, label},
    template,
};
use crate::words::Words;

pub(super) struct Page<'p> {
    pub form: &'p Form<'p>,
    pub words: &'p Words,
    /// Ids by pointer of what has been drawn: what is wrong elsewhere is told at the nearest.
    drawn: RefCell<BTreeMap<String, String>>,
}

pub(super) fn form(form: &Form<'_>, words: &Words) -> Markup {
    let page = Page { form, words, drawn: RefCell::default() };
    let spot = Spot {
        name: form.names.to_owned(),
        pointer: String::new(),
        node: Node::of(form.schema, form.schema),
        value: Some(form.value),
        required: true,
        label: String::new(),
        offered: None,
        quiet: false,
        depth: 0,
    };
    let body = match spot.node.shape(form.schema) {
        Shape::Object(properties) => page.properties(&spot, properties),
        _ => page.spot(&spot),
    };
    html! {
        div .form {
            // Enter in a field presses the first button: it must be none that removes a line.
            button type="submit" .form-first tabindex="-1" aria-hidden="true" {}
            (page.summary())
            (body)
            (template::fields(form.choices, words, &id(form.names)))
        }
    }
}

impl Page<'_> {
    fn summary(&self) -> Markup {
        let problems = self.form.problems;
        if problems.is_empty() {
            return html! {};
        }
        let drawn = self.drawn.borrow();
        let known = format!("{}-problems", id(self.form.names));
        html! {
            div .form-summary id=(known) role="alert" tabindex="-1" {
                h2 { (self.words.with("form-problems", &[("count", problems.len().into())])) }
                ul {
                    @for problem in problems {
                        li {
                            @match nearest(&drawn, &problem.pointer) {
                                Some(at) => a href={ "#" (at) } { (problem.shown()) },
                                None => (problem.shown()),
                            }
                        }
                    }
                }
            }
        }
    }

    pub fn frame<'f>(&self, spot: &'f Spot<'_>) -> Frame<'f> {
        self.drawn.borrow_mut().insert(spot.pointer.clone(), spot.id());
        let said = self.form.problems.iter().filter(|problem| problem.pointer == spot.pointer);
        Frame {
            id: spot.id(),
            label: spot.title(),
            help: spot.node.text("description"),
            required: spot.required,
            problems: said.map(Problem::shown).collect(),
            quiet: spot.quiet,
            lang: spot.lang(),
        }
    }

    fn spot(&self, spot: &Spot<'_>) -> Markup {
        if spot.depth > DEPTH {
            return html! {};
        }
        match spot.node.shape(self.form.schema) {
            Shape::Const(value) => html! { input type="hidden" name=(spot.name) value=(told(&value)); },
            Shape::One(offered) => controls::one(self, spot, &offered),
            Shape::Many(offered) => self.many(spot, &offered),
            Shape::YesNo => controls::yes_no(self, spot),
            Shape::Number { .. } => controls::number(self, spot),
            Shape::Text { .. } => controls::text(self, spot),
            Shape::List(items) => self.list(spot, &items),
            Shape::Object(properties) => {
                let body = self.properties(spot, properties);
                self.frame(spot).group(self.words, body)
            }
            Shape::Map(of) => self.map(spot, &of),
            Shape::Variants(variants) => self.variants(spot, &variants),
            Shape::Json => controls::json(self, spot),
        }
    }

    /// What must be filled in first: a schema has its properties in no order.
    fn properties(&self, of: &Spot<'_>, mut properties: Vec<Property>) -> Markup {
        let is = |key: &str| of.shown().and_then(|value| value.get(key));
        let hidden = |key: &str| {
            let mut reasons = of.node.dependents().filter(|(_, other)| *other == key).peekable();
            reasons.peek().is_some()
                && reasons.all(|(first, _)| is(first).is_none_or(is_blank))
                && is(key).is_none_or(is_blank)
        };
        properties.retain(|property| !hidden(&property.key));
        properties.sort_by_key(|property| !property.required);
        let list = self.list_named(&properties, of.value);
        html! {
            @for property in &properties {
                @let spot = self.below(of, property);
                @match (spot.node.get("x-list-fields"), &list) {
                    (Some(_), Some(offered)) => (self.table(&spot, offered)),
                    _ => (self.spot(&spot)),
                }
            }
        }
    }

    fn below<'s>(&self, of: &Spot<'s>, property: &Property) -> Spot<'s> {
        let Property { key, schema, required } = property;
        Spot {
            name: format!("{}{}", of.name, step(key)),
            pointer: format!("{}{}", of.pointer, step(key)),
            node: Node::of(self.form.schema, schema),
            value: of.value.and_then(|value| value.get(key)),
            required: *required,
            label: label(key),
            offered: None,
            quiet: false,
            depth: of.depth + 1,
        }
    }

    /// Fields of the list that stands beside a table of them.
    fn list_named(&self, properties: &[Property], value: Option<&Value>) -> Option<Vec<Choice>> {
        let list = properties.iter().find(|property| property.schema["x-widget"] == "list")?;
        self.form.choices.list_fields(value?.get(&list.key)?.as_str()?.trim())
    }

    fn list(&self, spot: &Spot<'_>, items: &Value) -> Markup {
        self.lines(spot, items, None)
    }

    fn table(&self, spot: &Spot<'_>, offered: &[Choice]) -> Markup {
        match spot.node.shape(self.form.schema) {
            Shape::List(items) => self.lines(spot, &items, Some(offered)),
            _ => self.spot(spot),
        }
    }

    fn lines(&self, spot: &Spot<'_>, items: &Value, fields: Option<&[Choice]>) -> Markup {
        let node = Node::of(self.form.schema, items);
        let shown = array(spot.shown());
        let line = |(index, value): (usize, &Value)| {
            let said = self
                .words
                .with("form-line", &[("name", spot.title().into()), ("number", (index + 1).into())]);
            let item = Spot {
                name: format!("{}/{index}", spot.name),
                pointer: format!("{}/{index}", spot.pointer),
                node: node.clone(),
                value: Some(value),
                required: false,
                label: said.clone(),
                offered: None,
                quiet: true,
                depth: spot.depth + 1,
            };
            let body = match item.node.shape(self.form.schema) {
                // Its parts say what they are; a frame around each line would be one too many.
                Shape::Object(properties) => {
                    let mut all = html! {};
                    for property in &properties {
                        let mut part = self.below(&item, property);
                        if property.key == "field" {
                            part.offered = fields.map(<[Choice]>::to_vec);
                        }
                        all = html! { (all) (self.spot(&part)) };
                    }
                    html! { div .form-row role="group" aria-label=(said) { (all) } }
                }
                _ => self.spot(&item),
            };
            (said, body)
        };
        let lines = shown.iter().enumerate().map(line).collect();
        let lines = Lines { words: self.words, name: &spot.name, lines };
        let add = frame::button(
            &format!("add:{}", spot.name),
            &self.words.with("form-add", &[("name", spot.title().into())]),
            &format!("{}-add", spot.id()),
        );
        self.frame(spot).group(self.words, lines.draw(&add))
    }

    fn map(&self, spot: &Spot<'_>, of: &Value) -> Markup {
        let node = Node::of(self.form.schema, of);
        let shown = spot.shown().and_then(Value::as_object);
        let line = |(index, (key, value)): (usize, (&String, &Value))| {
            let said = self
                .words
                .with("form-line", &[("name", spot.title().into()), ("number", (index + 1).into())]);
            let name = posted::entry(&spot.name, index);
            let key_id = id(&posted::key(&name));
            let item = Spot {
                pointer: format!("{}{}", spot.pointer, step(key)),
                node: node.clone(),
                value: Some(value),
                required: false,
                label: self.words.text("form-value"),
                offered: None,
                quiet: false,
                depth: spot.depth + 1,
                name,
            };
            let key_label = self.words.text("form-name");
            let frame = Frame {
                id: key_id,
                label: &key_label,
                help: "",
                required: true,
                problems: Vec::new(),
                quiet: false,
                lang: None,
            };
            let body = html! {
                div .form-row role="group" aria-label=(said) {
                    (frame.field(self.words, None, |tied| html! {
                        input type="text" id=(tied.id) name=(posted::key(&item.name)) value=(key)
                            aria-required="true" autocomplete="off";
                    }))
                    (self.spot(&item))
                }
            };
            (said, body)
        };
        let lines = shown.into_iter().flatten().enumerate().map(line).collect();
        let lines = Lines { words: self.words, name: &spot.name, lines };
        let add = frame::button(
            &format!("add:{}", spot.name),
            &self.words.with("form-add", &[("name", spot.title().into())]),
            &format!("{}-add", spot.id()),
        );
        self.frame(spot).group(self.words, lines.draw(&add))
    }

    fn many(&self, spot: &Spot<'_>, offered: &[Offered]) -> Markup {
        let there = array(spot.shown());
        let strange = there.iter().filter(|value| !offered.iter().any(|one| one.value == **value));
        let strange: Vec<Offered> =
            strange.map(|value| Offered { value: value.clone(), title: told(value) }).collect();
        let body = html! {
            input type="hidden" name=(posted::there(&spot.name)) value="true";
            @for (index, one) in offered.iter().chain(&strange).enumerate() {
                label .form-choice {
                    input type="checkbox" id={ (spot.id()) "-" (index) } name=(spot.name) value=(told(&one.value))
                        checked[there.contains(&one.value)];
                    " " span lang="en" { (one.title) }
                }
            }
        };
        self.frame(spot).group(self.words, body)
    }

    /// Only the form that was chosen is drawn: another choice asks for the page again.
    fn variants(&self, spot: &Spot<'_>, variants: &[Variant]) -> Markup {
        let open = spot.may_be_open();
        let shown = spot.shown();
        let at = (shown.is_some() || !open)
            .then(|| variant_of(self.form.schema, variants, shown.unwrap_or(&Value::Null)));
        let radio = |index: usize, name: &str, value: &str, variant: &Variant| {
            let (title, help) = (self.named(&variant.title), variant.help.as_str());
            let lang = (!variant.title.is_empty()).then_some("en");
            let id = format!("{}-is-{index}", spot.id());
            html! {
                label .form-choice {
                    input type="radio" id=(id) name=(name) value=(value) checked[at == Some(index)]
                        aria-describedby=[(!help.is_empty()).then(|| format!("{id}-help"))];
                    " " span lang=[lang] { (title) }
                }
                @if !help.is_empty() { p .form-help id={ (id) "-help" } lang="en" { (help) } }
            }
        };
        let name_of = |variant: &Variant| match &variant.tag {
            Some((key, _)) => format!("{}{}", spot.name, step(key)),
            None => posted::variant(&spot.name),
        };
        let body = html! {
            div .form-choices {
                @if open {
                    @let none = variants.first().map(&name_of).unwrap_or_default();
                    label .form-choice {
                        input type="radio" id={ (spot.id()) "-is-none" } name=(none) value="" checked[at.is_none()];
                        " " (self.words.text("form-not-chosen"))
                    }
                }
                @for (index, variant) in variants.iter().enumerate() {
                    @let value = variant.tag.as_ref().map_or(index.to_string(), |(_, tag)| told(tag));
                    (radio(index, &name_of(variant), &value, variant))
                }
                (frame::show(self.words))
            }
            @if let Some(variant) = at.and_then(|at| variants.get(at)) {
                div .form-variant { (self.variant(spot, variant)) }
            }
        };
        let mut frame = self.frame(spot);
        let plain = at.and_then(|at| variants.get(at)).is_some_and(|variant| {
            let node = Node::of(self.form.schema, &variant.schema);
            !matches!(node.shape(self.form.schema), Shape::Object(_))
        });
        if plain {
            // The input within has the name, and with it what is wrong.
            frame.id.push_str("-is");
            frame.problems.clear();
        }
        frame.group(self.words, body)
    }

    fn variant(&self, spot: &Spot<'_>, variant: &Variant) -> Markup {
        let node = Node::of(self.form.schema, &variant.schema);
        let inner = Spot {
            name: spot.name.clone(),
            pointer: spot.pointer.clone(),
            value: spot.shown(),
            required: true,
            label: self.named(&variant.title),
            offered: None,
            quiet: true,
            depth: spot.depth + 1,
            node,
        };
        match inner.node.shape(self.form.schema) {
            Shape::Object(mut properties) => {
                let tag = variant.tag.as_ref().map(|(key, _)| key);
                properties.retain(|property| Some(&property.key) != tag);
                self.properties(&inner, properties)
            }
            _ => self.spot(&inner),
        }
    }

    /// Words for a form that has no title of its own.
    fn named(&self, title: &str) -> String {
        let known = ["string", "integer", "number", "boolean", "array", "object"];
        match known.contains(&title) {
            true => self.words.text(&format!("form-kind-{title}")),
            false => title.to_owned(),
        }
    }
}

/// The id of the longest beginning of a pointer that was drawn.
fn nearest<'d>(drawn: &'d BTreeMap<String, String>, pointer: &str) -> Option<&'d str> {
    let mut at = pointer;
    loop {
        if let Some(id) = drawn.get(at) {
            return Some(id);
        }
        at = &at[..at.rfind('/')?];
    }
}
