//! Words that several shapes use.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess, Visitor, value::MapAccessDeserializer},
};
use utoipa::{
    ToSchema,
    openapi::{Object, ObjectBuilder, RefOr, Schema, Type, schema::SchemaType},
};

use crate::problem::Problem;

/// An amount of one currency. Never a float.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes how `rulewright_domain::Money` is written")]
pub struct Money {
    /// Digits with at most 6 decimals.
    #[schema(example = "12.50")]
    amount: String,
    /// ISO 4217.
    #[schema(example = "GBP")]
    currency: String,
}

/// A body without content: `{}`, or none at all.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// Mirrors a plain enumeration of the domain, so that renaming a variant there does not change the wire.
macro_rules! mirror {
    ($(#[doc = $doc:literal])* $name:ident = $domain:path { $($variant:ident = $text:literal,)* }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $(#[serde(rename = $text)] $variant,)*
        }

        // Not derived: the derive does not see names that come out of a macro, and would tell those of the variants.
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                crate::view::value::names(&[$($doc),*], &[$($text),*])
            }
        }

        impl utoipa::ToSchema for $name {}

        #[allow(dead_code, reason = "not every enumeration is read and written")]
        impl $name {
            pub fn name(self) -> &'static str {
                match self { $($name::$variant => $text,)* }
            }
        }

        impl From<$domain> for $name {
            fn from(value: $domain) -> $name {
                use $domain as Domain;
                match value { $(Domain::$variant => $name::$variant,)* }
            }
        }

        impl From<$name> for $domain {
            fn from(value: $name) -> $domain {
                use $domain as Domain;
                match value { $($name::$variant => Domain::$variant,)* }
            }
        }
    };
}

pub(super) use mirror;

/// One of these.
pub fn names(doc: &[&str], names: &[&str]) -> RefOr<Schema> {
    let doc: Vec<&str> = doc.iter().map(|line| line.trim()).collect();
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description((!doc.is_empty()).then(|| doc.join("\n")))
        .enum_values(Some(names.iter().copied()))
        .build()
        .into()
}

mirror! {
    /// `order` is of a store, `deal` of a CRM.
    OrderKind = rulewright_domain::OrderKind { Order = "order", Deal = "deal", }
}

mirror! {
    /// What a token may do.
    Scope = rulewright_domain::Scope {
        OrdersRead = "orders-read",
        OrdersWrite = "orders-write",
        AutomationRead = "automation-read",
        AutomationWrite = "automation-write",
        RunsRead = "runs-read",
        RunsWrite = "runs-write",
        EventsWrite = "events-write",
        PluginsWrite = "plugins-write",
        Admin = "admin",
    }
}

/// Thousandths, written as decimal text: `"1.5"`. Read from a number as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantity(pub i64);

impl Quantity {
    pub const ONE: Quantity = Quantity(1000);

    fn parse(text: &str) -> Option<Quantity> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let digits = whole.strip_prefix('-').unwrap_or(whole);
        let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if digits.is_empty() || decimals.len() > 3 || !plain(digits) || !plain(decimals) {
            return None;
        }
        format!("{whole}{decimals:0<3}").parse().ok().map(Quantity)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let size = self.0.unsigned_abs();
        match size % 1000 {
            0 => write!(f, "{sign}{}", size / 1000),
            rest => write!(f, "{sign}{}.{}", size / 1000, format!("{rest:03}").trim_end_matches('0')),
        }
    }
}

/// How a caller may write it.
pub fn quantity_schema() -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Number]))
        .description(Some("At most 3 decimals; negative for returned goods; 1 if left out."))
        .examples([serde_json::json!("1.5")])
        .build()
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Decimal;
        impl de::Visitor<'_> for Decimal {
            type Value = Quantity;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a quantity with at most 3 decimals, e.g. \"1.5\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Quantity, E> {
                Quantity::parse(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Quantity, E> {
                let milli = number.checked_mul(1000);
                milli.map(Quantity).ok_or_else(|| E::invalid_value(de::Unexpected::Signed(number), &self))
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Quantity, E> {
                match i64::try_from(number) {
                    Ok(number) => self.visit_i64(number),
                    Err(_) => Err(E::invalid_value(de::Unexpected::Unsigned(number), &self)),
                }
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Quantity, E> {
                // The shortest text that means this float is what the caller wrote.
                Quantity::parse(&number.to_string())
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Float(number), &self))
            }
        }
        from.deserialize_any(Decimal)
    }
}

/// Tells `null` (empty it) from a missing key (leave it).
pub fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(from).map(Some)
}

/// An object, by the names of its fields: serde would also take a list of their values.
pub fn object<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    struct Object<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
        type Value = T;

        fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            T::deserialize(MapAccessDeserializer::new(map))
        }
    }
    from.deserialize_map(Object(PhantomData))
}

/// The same, or `null`.
pub fn object_or_null<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<T>, D::Error> {
    struct Present<T>(T);
    impl<'de, T: Deserialize<'de>> Deserialize<'de> for Present<T> {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            object(from).map(Present)
        }
    }
    Ok(Option::<Present<T>>::deserialize(from)?.map(|Present(value)| value))
}

/// Well-formed as BCP 47 means it: whether somebody speaks it is not known here.
pub fn must_be_locale(text: &str) -> Result<(), Problem> {
    if rulewright_domain::is_locale(text) {
        return Ok(());
    }
    let message =
        format!("`{}` is no language tag such as en or en-GB", text.chars().take(40).collect::<String>());
    Err(Problem::mistake("/locale", "locale", message))
}

pub fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_not_read_from_a_list_of_its_values() {
        #[derive(Deserialize)]
        struct Pace {
            hour: Option<u32>,
        }
        #[derive(Deserialize)]
        struct Body {
            #[serde(deserialize_with = "object")]
            sms: Pace,
            #[serde(default, deserialize_with = "object_or_null")]
            calls: Option<Pace>,
        }
        let read = |text: &str| serde_json::from_str::<Body>(text).ok();
        let hours = |text: &str| read(text).map(|body| (body.sms.hour, body.calls.map(|calls| calls.hour)));
        assert_eq!(hours(r#"{"sms": {"hour": 3}, "calls": null}"#), Some((Some(3), None)));
        assert_eq!(hours(r#"{"sms": {}, "calls": {"hour": 4}}"#), Some((None, Some(Some(4)))));
        assert_eq!(hours(r#"{"sms": [3]}"#), None);
        assert_eq!(hours(r#"{"sms": {}, "calls": [3]}"#), None);
    }

    #[test]
    fn a_quantity_is_read_from_text_and_numbers_and_written_as_text() {
        let table = [
            ("\"1.5\"", Some("1.5")),
            ("2", Some("2")),
            ("-0.25", Some("-0.25")),
            ("\"0.001\"", Some("0.001")),
            ("0.1", Some("0.1")),
            ("\"1.2345\"", None),
            ("\"\"", None),
            ("\"1e3\"", None),
            ("1e300", None),
            ("9223372036854775807", None),
            ("18446744073709551615", None),
            ("null", None),
        ];
        for (json, expected) in table {
            let read: Result<Quantity, _> = serde_json::from_str(json);
            assert_eq!(read.ok().map(|quantity| quantity.to_string()).as_deref(), expected, "{json}");
        }
    }

    #[test]
    fn a_language_tag_is_well_formed() {
        for text in ["en", "en-GB", "zh-Hant-TW", "de-CH-1996", "haw"] {
            assert!(must_be_locale(text).is_ok(), "{text}");
        }
        for text in ["", "e", "en_GB", "en-", "english language", "12", "en-GB\r\n", "-en", "klingonisch"] {
            assert!(must_be_locale(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_scope_has_the_name_that_the_domain_gives_it() {
        let domain = serde_json::to_string(&rulewright_domain::Scope::PluginsWrite).unwrap();
        assert_eq!(domain, serde_json::to_string(&Scope::PluginsWrite).unwrap());
        assert_eq!(Scope::PluginsWrite.name(), "plugins-write");
    }
}
