//! Rows of `get` and `list`.

use rulewright_domain::{Fields, Timestamp};
use serde_json::{Map, Value};

use super::{Entity, Field, Get, Kind, Scene, Style, cell::Cell, user};
use crate::{scalar, select::Select};

/// Of what a row consists.
#[derive(Clone, Debug)]
pub struct Shape {
    pub style: Style,
    pub select: Select,
    /// User fields keep their names in the universal style too.
    pub original: bool,
}

impl Shape {
    /// All of it, as `get` answers.
    pub fn whole(style: Style, original: bool) -> Shape {
        let select = Select { plain: true, user_fields: true, named: Default::default() };
        Shape { style, select, original }
    }

    fn shows<T>(&self, field: &Field<T>) -> bool {
        let names = self.select.names(field.name)
            || (self.style == Style::Universal
                && (self.select.names(field.camel) || self.select.names(&super::names::snake(field.camel))));
        names || field.name == "ID" || (self.select.plain && !field.marks.by_name)
    }

    fn shows_user_field(&self, name: &str, written: &str) -> bool {
        self.select.shows_user_field(name) || self.select.names(written)
    }
}

impl<T: 'static> Entity<T> {
    pub fn row(&self, value: &T, scene: &Scene, shape: &Shape) -> Value {
        let mut row = Map::new();
        let own = (self.own)(value);
        let written = |cell: Cell| match shape.style {
            Style::Classic => cell.classic(scene.zone()),
            Style::Universal => cell.universal(scene.zone()),
        };
        for field in self.all().filter(|field| field.in_rows(shape.style) && shape.shows(field)) {
            let cell = match field.get {
                Get::With(get) => get(value, scene),
                Get::Own(name) => stored(field.kind, own, name),
                Get::Never => Cell::Null,
            };
            row.insert(field.name_in(shape.style).to_owned(), written(cell));
        }
        for (name, cell) in user::values(own, &scene.user) {
            let mut shown = user::name_in(&name, shape.style, shape.original);
            if shape.shows_user_field(&name, &shown) {
                // Where two would have one name, the second keeps its own.
                if row.contains_key(&shown) {
                    shown = name;
                }
                row.insert(shown, written(cell));
            }
        }
        Value::Object(row)
    }
}

/// One of the shop's own fields, by the kind that the table gives it. What does not fit is shown as it is.
fn stored(kind: Kind, own: &Fields, name: &str) -> Cell {
    let value = match own.get(name) {
        None | Some(Value::Null) if kind == Kind::Flag => return Cell::Flag(false),
        None | Some(Value::Null) => return Cell::Null,
        Some(value) => value,
    };
    let fits = match kind {
        Kind::Flag => scalar::flag(value).map(Cell::Flag),
        Kind::Date => value.as_str().map(|day| Cell::Day(day.to_owned())),
        Kind::DateTime => value.as_str().and_then(|at| Timestamp::parse(at).ok()).map(Cell::At),
        Kind::Integer | Kind::User | Kind::Company | Kind::Contact | Kind::Lead | Kind::Quote => {
            scalar::integer(value).map(Cell::Integer)
        }
        Kind::Double => scalar::number(value).map(Cell::Double),
        _ => scalar::text(value).map(Cell::Text),
    };
    fits.unwrap_or_else(|| Cell::Raw(value.clone()))
}
