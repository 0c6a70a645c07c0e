//! What a call carries out of the guest, in bytes: it is paid for like instructions.

use wasmtime::component::Resource;

use super::Secret;
use crate::bindings::{
    host::{
        activities::Activity,
        documents::FromTemplate,
        feed::Post,
        http::{Header, HeaderValue, Request, SecretValue},
        log::Level,
        messages::{Message, Recipient},
        notifications::Notification,
        tasks::Task,
    },
    values::{Attr, Money, Value},
};

/// An item of a list beside what it holds: lists of nothing are work as well.
const ITEM: u64 = 16;

pub(super) trait Carried {
    fn bytes(&self) -> u64;
}

impl Carried for String {
    fn bytes(&self) -> u64 {
        self.len() as u64
    }
}

impl Carried for Vec<u8> {
    fn bytes(&self) -> u64 {
        self.len() as u64
    }
}

impl<T: Carried> Carried for Vec<T> {
    fn bytes(&self) -> u64 {
        self.iter().map(|item| ITEM + item.bytes()).sum()
    }
}

impl<T: Carried> Carried for Option<T> {
    fn bytes(&self) -> u64 {
        self.as_ref().map_or(0, Carried::bytes)
    }
}

impl Carried for Value {
    fn bytes(&self) -> u64 {
        match self {
            Value::Text(text) | Value::Json(text) => text.bytes(),
            Value::Texts(texts) => texts.bytes(),
            Value::Money(Money { currency, .. }) => currency.bytes(),
            Value::None | Value::Integer(_) | Value::Boolean(_) | Value::Time(_) => 0,
        }
    }
}

impl Carried for Recipient {
    fn bytes(&self) -> u64 {
        match self {
            Recipient::ClientOf(text)
            | Recipient::Client(text)
            | Recipient::Employee(text)
            | Recipient::Address(text) => text.bytes(),
        }
    }
}

impl Carried for HeaderValue {
    fn bytes(&self) -> u64 {
        match self {
            HeaderValue::Text(text) => text.bytes(),
            HeaderValue::Secret(value) => value.bytes(),
        }
    }
}

macro_rules! nothing {
    ($($type:ty),*) => {$(
        impl Carried for $type {
            fn bytes(&self) -> u64 {
                0
            }
        }
    )*};
}

macro_rules! records {
    ($($type:ty { $($field:ident),* })*) => {$(
        impl Carried for $type {
            fn bytes(&self) -> u64 {
                0 $(+ self.$field.bytes())*
            }
        }
    )*};
}

macro_rules! tuples {
    ($(($($name:ident),*))*) => {$(
        impl<$($name: Carried),*> Carried for ($($name,)*) {
            #[allow(non_snake_case, reason = "types and values share their names")]
            fn bytes(&self) -> u64 {
                let ($($name,)*) = self;
                0 $(+ $name.bytes())*
            }
        }
    )*};
}

nothing!((), u32, Level, Resource<Secret>);

tuples! { (A) (A, B) (A, B, C) (A, B, C, D) }

records! {
    Attr { key, value }
    Activity { order, kind, subject, description, responsible, attrs }
    Task { title, description, responsible, participants, observers, checklist, order, attrs }
    Post { title, text, author, readers }
    Notification { text, sender, recipients, about }
    FromTemplate { order, template, numerator, title, requisites, values }
    Message { channel, to, address_kind, about, sender, subject, text, params, correlation }
    Request { method, url, headers, body, key }
    Header { name, value }
    SecretValue { prefix, suffix }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_a_call_holds_is_counted() {
        let attr = Attr { key: "abc".into(), value: Value::Texts(vec!["x".into(), String::new()]) };
        assert_eq!((String::from("ord_1"), vec![attr]).bytes(), 5 + ITEM + 3 + 2 * ITEM + 1);
        assert_eq!((vec![0_u8; 1000],).bytes(), 1000);
        assert_eq!((Some(String::from("ab")), None::<String>, 7_u32).bytes(), 2);
    }
}
