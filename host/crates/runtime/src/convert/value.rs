//! Values of fields: the contract's variant, the domain's JSON.

use rulewright_domain::{Currency, Money};
use serde_json::{Map, Value as Json, json};

use super::{
    json::{self, Unread},
    time,
};
use crate::{
    bindings::{
        errors::HostError,
        values::{Attr, Money as WitMoney, Value},
    },
    options::Limits,
    refusal::invalid,
};

/// Attributes with distinct keys as JSON fields.
pub(crate) fn fields(path: &str, attrs: Vec<Attr>, limits: &Limits) -> Result<Map<String, Json>, HostError> {
    let mut left = limits.values;
    json::take(attrs.len() as u64, limits, &mut left).map_err(HostError::Limit)?;
    let mut map = Map::new();
    for Attr { key, value } in attrs {
        let at = format!("{path}/{key}");
        if key.is_empty() || key.len() > 200 || key.chars().any(char::is_control) {
            let message = "a key has 1 to 200 bytes and no control characters";
            return Err(invalid(path, "bad-key", message));
        }
        let value = from_value(&at, value, limits, &mut left)?;
        if map.insert(key, value).is_some() {
            return Err(invalid(&at, "twice", "the key occurs twice"));
        }
    }
    Ok(map)
}

fn from_value(path: &str, value: Value, limits: &Limits, left: &mut u64) -> Result<Json, HostError> {
    Ok(match value {
        Value::None => Json::Null,
        Value::Text(text) => Json::String(text),
        Value::Integer(number) => json!(number),
        Value::Boolean(flag) => Json::Bool(flag),
        Value::Time(at) => Json::String(time(path, at)?.to_string()),
        Value::Money(money) => money_from(path, &money)?,
        Value::Texts(texts) => {
            json::take(texts.len() as u64, limits, left).map_err(HostError::Limit)?;
            texts.into()
        }
        Value::Json(text) => json::read(&text, limits, left).map_err(|unread| match unread {
            Unread::Limit(name) => HostError::Limit(name),
            Unread::Broken(why) => invalid(path, "not-json", why),
        })?,
    })
}

fn money_from(path: &str, money: &WitMoney) -> Result<Json, HostError> {
    let currency = Currency::parse(&money.currency)
        .map_err(|error| invalid(path, "not-a-currency", error.to_string()))?;
    if money.scale > Money::MAX_SCALE {
        let message = format!("{} decimals, at most {}", money.scale, Money::MAX_SCALE);
        return Err(invalid(path, "not-money", message));
    }
    let money = Money { amount: money.amount, scale: money.scale, currency };
    Ok(json!({ "amount": money.decimal(), "currency": currency.as_str() }))
}

pub(crate) fn money(money: Money) -> WitMoney {
    WitMoney { amount: money.amount, scale: money.scale, currency: money.currency.as_str().to_owned() }
}

/// Times are text here: the field's JSON does not tell whether a text is meant as one.
pub(crate) fn to_value(json: &Json) -> Value {
    match json {
        Json::Null => Value::None,
        Json::String(text) => Value::Text(text.clone()),
        Json::Bool(flag) => Value::Boolean(*flag),
        Json::Number(number) => match number.as_i64() {
            Some(integer) => Value::Integer(integer),
            None => Value::Json(number.to_string()),
        },
        Json::Array(items) => {
            let texts = items.iter().map(|item| item.as_str().map(str::to_owned));
            match texts.collect::<Option<Vec<_>>>() {
                Some(texts) => Value::Texts(texts),
                None => Value::Json(json.to_string()),
            }
        }
        Json::Object(map) => match amount(map) {
            Some(found) => Value::Money(money(found)),
            None => Value::Json(json.to_string()),
        },
    }
}

fn amount(map: &Map<String, Json>) -> Option<Money> {
    let (amount, currency) = (map.get("amount")?.as_str()?, map.get("currency")?.as_str()?);
    let currency = Currency::parse(currency).ok()?;
    Money::parse(amount, currency).ok().filter(|_| map.len() == 2)
}

pub(crate) fn attr(key: &str, value: Value) -> Attr {
    Attr { key: key.to_owned(), value }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: Value) -> Result<Json, HostError> {
        let limits = Limits::default();
        from_value("/fields/x", value, &limits, &mut limits.values.clone())
    }

    fn back(value: Value) -> Json {
        read(value).unwrap()
    }

    #[test]
    fn values_become_the_json_of_the_domain() {
        let money = WitMoney { amount: 1250, scale: 2, currency: "GBP".into() };
        assert_eq!(back(Value::None), Json::Null);
        assert_eq!(back(Value::Money(money)), json!({ "amount": "12.50", "currency": "GBP" }));
        assert_eq!(back(Value::Time(0)), json!("1970-01-01T00:00:00.000Z"));
        assert_eq!(back(Value::Texts(vec!["a".into()])), json!(["a"]));
        assert_eq!(back(Value::Json("{\"a\":[1.5]}".into())), json!({ "a": [1.5] }));
    }

    #[test]
    fn what_only_looks_like_a_value_is_refused_with_its_place() {
        let money =
            |scale, currency: &str| Value::Money(WitMoney { amount: 1, scale, currency: currency.into() });
        for bad in [
            Value::Time(-1),
            Value::Time(i64::MAX),
            money(7, "GBP"),
            money(2, "pounds"),
            Value::Json("{".into()),
        ] {
            match read(bad) {
                Err(HostError::Invalid(issues)) => assert_eq!(issues[0].path, "/fields/x"),
                other => panic!("{other:?}"),
            }
        }
        let twice = vec![attr("a", Value::None), attr("a", Value::None)];
        let refused = |attrs| fields("", attrs, &Limits::default()).is_err();
        assert!(refused(twice));
        assert!(refused(vec![attr("", Value::None)]));
    }

    #[test]
    fn a_call_carries_so_many_values_however_they_are_packed() {
        let limits = Limits { values: 10, ..Limits::default() };
        let json = |text: &str| Value::Json(text.into());
        let texts = |count| Value::Texts(vec![String::new(); count]);
        let all = |values: Vec<Value>| {
            let numbered = values.into_iter().enumerate();
            fields("", numbered.map(|(n, value)| attr(&n.to_string(), value)).collect(), &limits)
        };
        assert!(all(vec![json("[1,2]"), texts(4)]).is_ok());
        for much in [vec![Value::None; 11], vec![json("[1,2,3,4]"), texts(4)], vec![texts(10)]] {
            assert!(matches!(all(much), Err(HostError::Limit(name)) if name.starts_with("values")));
        }
    }

    #[test]
    fn json_goes_to_the_guest_and_back_unchanged() {
        for json in [
            json!(null),
            json!("x"),
            json!(true),
            json!(-7),
            json!(1.5),
            json!(["a", "b"]),
            json!(["a", 1]),
            json!({ "amount": "12.50", "currency": "GBP" }),
            json!({ "amount": 1 }),
            json!(u64::MAX),
        ] {
            assert_eq!(back(to_value(&json)), json);
        }
    }
}
