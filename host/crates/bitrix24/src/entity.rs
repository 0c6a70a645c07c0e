//! What the facade's entities are made of: one table of fields for each.
//!
//! From a table follow the rows of `get` and `list` in both styles, the answer of `fields`, and what `select`, `filter`
//! and `order` mean. What a method writes is its own.

pub mod cell;
pub mod list;
pub mod names;
pub mod row;
pub mod user;
pub mod value;

use std::sync::Arc;

use rulewright_domain::{Fields, OrderKind, Pipeline, ShopConfig, Stage, find};
use serde_json::{Map, Value, json};

use self::{cell::Cell, user::UserField};
use crate::{call::Call, fault::Fault};

/// How a set of methods names fields and writes values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `crm.deal.get`: `ASSIGNED_BY_ID`, and every scalar is a text.
    Classic,
    /// `crm.item.get`: `assignedById`, and numbers are numbers.
    Universal,
}

pub struct Entity<T: 'static> {
    /// Whose user fields it has: `CRM_DEAL`.
    pub code: &'static str,
    pub fields: &'static [&'static [Field<T>]],
    /// Of orders: whose pipelines a stage is looked for in.
    pub kind: Option<OrderKind>,
    /// The shop's own fields of one.
    pub own: fn(&T) -> &Fields,
}

pub struct Field<T> {
    pub name: &'static str,
    pub camel: &'static str,
    pub title: &'static str,
    pub kind: Kind,
    pub marks: Marks,
    pub get: Get<T>,
    pub place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Integer,
    Double,
    Text,
    /// `Y` or `N`
    Flag,
    /// A day of the shop.
    Date,
    DateTime,
    User,
    Category,
    Currency,
    Company,
    Contact,
    Lead,
    Quote,
    Location,
    /// An entry of the directory of this name.
    Status(&'static str),
    Multifield,
    /// Nobody can send or read one here.
    File,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    pub read_only: bool,
    pub immutable: bool,
    pub multiple: bool,
    pub required: bool,
    /// Not in rows of the classic methods, though they may take it.
    pub no_classic_row: bool,
    /// The other style does not know it at all.
    pub only: Option<Style>,
    /// What `*` does not mean.
    pub by_name: bool,
}

pub enum Get<T> {
    With(fn(&T, &Scene) -> Cell),
    /// From the shop's own fields, under this name.
    Own(&'static str),
    /// Nothing here has it: null.
    Never,
}

/// Where a list looks for it.
#[derive(Clone, Copy)]
pub enum Place {
    Nowhere,
    /// In the stored JSON.
    At(&'static [&'static str]),
    /// In the shop's own fields.
    Own(&'static str),
    /// What each stage says of the orders in it, and by what they are sorted.
    Stage(fn(&Pipeline, &Stage) -> String, &'static [&'static str]),
    /// A flag: when it is set.
    When(fn(&Scene) -> find::Filter),
}

impl<T> Field<T> {
    pub const fn new(
        name: &'static str,
        camel: &'static str,
        kind: Kind,
        title: &'static str,
        get: Get<T>,
        place: Place,
    ) -> Field<T> {
        let marks = Marks {
            read_only: false,
            immutable: false,
            multiple: false,
            required: false,
            no_classic_row: false,
            only: None,
            by_name: false,
        };
        Field { name, camel, title, kind, marks, get, place }
    }

    /// One of the shop's own.
    pub const fn own(
        name: &'static str,
        camel: &'static str,
        kind: Kind,
        title: &'static str,
        own: &'static str,
    ) -> Field<T> {
        Field::new(name, camel, kind, title, Get::Own(own), Place::Own(own))
    }

    /// Known, and always empty.
    pub const fn never(name: &'static str, camel: &'static str, kind: Kind, title: &'static str) -> Field<T> {
        Field::new(name, camel, kind, title, Get::Never, Place::Nowhere).read_only()
    }

    pub const fn read_only(mut self) -> Field<T> {
        self.marks.read_only = true;
        self
    }

    pub const fn immutable(mut self) -> Field<T> {
        self.marks.immutable = true;
        self
    }

    pub const fn multiple(mut self) -> Field<T> {
        self.marks.multiple = true;
        self
    }

    pub const fn required(mut self) -> Field<T> {
        self.marks.required = true;
        self
    }

    pub const fn only(mut self, style: Style) -> Field<T> {
        self.marks.only = Some(style);
        self
    }

    pub const fn no_classic_row(mut self) -> Field<T> {
        self.marks.no_classic_row = true;
        self
    }

    pub const fn by_name(mut self) -> Field<T> {
        self.marks.by_name = true;
        self
    }

    pub fn name_in(&self, style: Style) -> &'static str {
        match style {
            Style::Classic => self.name,
            Style::Universal => self.camel,
        }
    }

    fn is_in(&self, style: Style) -> bool {
        self.marks.only.is_none_or(|only| only == style)
    }

    /// Whether a row of this style has it.
    fn in_rows(&self, style: Style) -> bool {
        self.is_in(style) && !(style == Style::Classic && self.marks.no_classic_row)
    }

    /// The universal methods take both spellings, mixed.
    fn is_called(&self, name: &str, style: Style) -> bool {
        self.is_in(style)
            && (self.name.eq_ignore_ascii_case(name)
                || (style == Style::Universal
                    && (self.camel.eq_ignore_ascii_case(name)
                        || names::snake(self.camel).eq_ignore_ascii_case(name))))
    }

    /// A line of the answer of `fields`.
    fn described(&self, style: Style) -> Value {
        let Marks { read_only, immutable, multiple, required, .. } = self.marks;
        let mut line = json!({
            "type": self.kind.word(style),
            "isRequired": required,
            "isReadOnly": read_only,
            // The universal methods are the way to change such a thing.
            "isImmutable": immutable && style == Style::Classic,
            "isMultiple": multiple,
            "isDynamic": false,
            "title": self.title,
        });
        if let Kind::Status(directory) = self.kind {
            line["statusType"] = json!(directory);
        }
        if style == Style::Universal {
            line["upperName"] = json!(names::snake(self.camel));
        }
        line
    }
}

impl Kind {
    pub fn word(self, style: Style) -> &'static str {
        match self {
            Kind::Integer => "integer",
            Kind::Double => "double",
            Kind::Text => "string",
            Kind::Flag if style == Style::Classic => "char",
            Kind::Flag => "boolean",
            Kind::Date => "date",
            Kind::DateTime => "datetime",
            Kind::User => "user",
            Kind::Category => "crm_category",
            Kind::Currency => "crm_currency",
            Kind::Company => "crm_company",
            Kind::Contact => "crm_contact",
            Kind::Lead => "crm_lead",
            Kind::Quote => "crm_quote",
            Kind::Location => "location",
            Kind::Status(_) => "crm_status",
            Kind::Multifield => "crm_multifield",
            Kind::File => "file",
        }
    }

    /// Whether 0 means none.
    pub fn is_reference(self) -> bool {
        matches!(self, Kind::User | Kind::Company | Kind::Contact | Kind::Lead | Kind::Quote)
    }
}

impl<T: 'static> Entity<T> {
    pub fn all(&self) -> impl Iterator<Item = &'static Field<T>> + use<T> {
        self.fields.iter().copied().flatten()
    }

    pub fn field(&self, name: &str, style: Style) -> Option<&'static Field<T>> {
        self.all().find(|field| field.is_called(name, style))
    }

    /// The answer of `fields`. `original`: user fields keep their names in the universal style too.
    pub fn describe(&self, style: Style, original: bool, scene: &Scene) -> Value {
        let mut lines = Map::new();
        for field in self.all().filter(|field| field.is_in(style)) {
            lines.insert(field.name_in(style).to_owned(), field.described(style));
        }
        for field in &scene.user {
            lines.insert(user::name_in(&field.name, style, original), field.described(style));
        }
        Value::Object(lines)
    }
}

/// What rows and conditions need to know besides the thing itself.
pub struct Scene {
    pub config: Arc<ShopConfig>,
    pub user: Vec<UserField>,
}

impl Scene {
    /// `code` as of [`Entity::code`].
    pub async fn of(call: &Call, code: &str) -> Result<Scene, Fault> {
        let (config, user) = (call.config().await?, user::user_fields(call, code).await?);
        Ok(Scene { config, user })
    }

    pub fn zone(&self) -> &str {
        &self.config.shop.time_zone
    }
}

/// How a value that was sent is refused.
pub fn not_valid<T>(field: &Field<T>, style: Style) -> Fault {
    match style {
        Style::Classic => Fault::classic(format!("Invalid value for the \"{}\" field", field.title)),
        Style::Universal => not_valid_named(field.camel),
    }
}

pub fn not_valid_named(camel: &str) -> Fault {
    Fault::coded("CRM_FIELD_ERROR_VALUE_NOT_VALID", format!("Invalid value for field \"{camel}\""))
}
