//! Money as integers: never a float, never two currencies in one sum.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// ISO 4217, three capital letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    pub const fn new(code: &[u8; 3]) -> Currency {
        Currency(*code)
    }

    pub fn parse(code: &str) -> Result<Currency, MoneyError> {
        match code.as_bytes() {
            [a, b, c] if [a, b, c].iter().all(|letter| letter.is_ascii_uppercase()) => {
                Ok(Currency([*a, *b, *c]))
            }
            _ => Err(MoneyError::Currency(code.chars().take(16).collect())),
        }
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let code = std::borrow::Cow::<str>::deserialize(from)?;
        Currency::parse(&code).map_err(de::Error::custom)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("`{0}` is not a currency: expected three capital letters such as GBP")]
    Currency(String),
    #[error("`{0}` is not an amount: expected digits with at most 6 decimals, e.g. 12.50")]
    Amount(String),
    #[error("{0} and {1} do not add up: an order has one currency")]
    Mixed(String, String),
    #[error("the sum leaves the range of 64-bit amounts")]
    Overflow,
}

/// `amount` x 10^-`scale` of a currency. Outside: `{"amount": "12.50", "currency": "GBP"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    pub amount: i64,
    pub scale: u8,
    pub currency: Currency,
}

impl Money {
    pub const MAX_SCALE: u8 = 6;

    pub fn zero(currency: Currency) -> Money {
        Money { amount: 0, scale: 2, currency }
    }

    pub fn parse(amount: &str, currency: Currency) -> Result<Money, MoneyError> {
        let bad = || MoneyError::Amount(amount.chars().take(32).collect());
        let (whole, decimals) = amount.split_once('.').unwrap_or((amount, ""));
        let digits = whole.strip_prefix('-').unwrap_or(whole);
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if digits.is_empty() || !plain(digits) || !plain(decimals) || decimals.len() > 6 {
            return Err(bad());
        }
        let joined = format!("{whole}{decimals}").parse().map_err(|_| bad())?;
        let money = Money { amount: joined, scale: decimals.len() as u8, currency };
        money.at_scale(money.scale.max(2))
    }

    /// The same value with more decimals.
    pub fn at_scale(self, scale: u8) -> Result<Money, MoneyError> {
        let missing = scale.checked_sub(self.scale).ok_or(MoneyError::Overflow)?;
        let factor = 10_i64.checked_pow(missing.into()).ok_or(MoneyError::Overflow)?;
        let amount = self.amount.checked_mul(factor).ok_or(MoneyError::Overflow)?;
        Ok(Money { amount, scale, ..self })
    }

    pub fn plus(self, other: Money) -> Result<Money, MoneyError> {
        if self.currency != other.currency {
            let text = |money: Money| money.currency.as_str().to_owned();
            return Err(MoneyError::Mixed(text(self), text(other)));
        }
        let scale = self.scale.max(other.scale);
        let (left, right) = (self.at_scale(scale)?, other.at_scale(scale)?);
        let amount = left.amount.checked_add(right.amount).ok_or(MoneyError::Overflow)?;
        Ok(Money { amount, ..left })
    }

    pub fn minus(self, other: Money) -> Result<Money, MoneyError> {
        let amount = other.amount.checked_neg().ok_or(MoneyError::Overflow)?;
        self.plus(Money { amount, ..other })
    }

    /// `quantity` in thousandths; rounded half away from zero to this money's scale.
    pub fn times_milli(self, quantity: i64) -> Result<Money, MoneyError> {
        let product = i128::from(self.amount) * i128::from(quantity);
        let rounded = (product + 500 * product.signum()) / 1000;
        let amount = i64::try_from(rounded).map_err(|_| MoneyError::Overflow)?;
        Ok(Money { amount, ..self })
    }

    /// Rounded half away from zero to this money's scale.
    pub(crate) fn hundredth(self) -> Result<Money, MoneyError> {
        let amount = i128::from(self.amount);
        let amount =
            i64::try_from((amount + 50 * amount.signum()) / 100).map_err(|_| MoneyError::Overflow)?;
        Ok(Money { amount, ..self })
    }

    /// None when the currencies differ.
    pub fn compare(self, other: Money) -> Option<std::cmp::Ordering> {
        let widen = |money: Money, scale: u8| {
            i128::from(money.amount) * 10_i128.pow(u32::from(scale.saturating_sub(money.scale)))
        };
        let scale = self.scale.max(other.scale);
        (self.currency == other.currency).then(|| widen(self, scale).cmp(&widen(other, scale)))
    }

    pub fn is_positive(self) -> bool {
        self.amount > 0
    }

    /// The number alone, e.g. `12.50`.
    pub fn decimal(self) -> String {
        let sign = if self.amount < 0 { "-" } else { "" };
        let unit = 10_u64.saturating_pow(self.scale.into());
        let (whole, rest) = (self.amount.unsigned_abs() / unit, self.amount.unsigned_abs() % unit);
        match usize::from(self.scale) {
            0 => format!("{sign}{whole}"),
            decimals => format!("{sign}{whole}.{rest:0decimals$}"),
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency.as_str())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Outside<'a> {
    #[serde(borrow)]
    amount: std::borrow::Cow<'a, str>,
    currency: Currency,
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Outside { amount: self.decimal().into(), currency: self.currency }.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let outside = Outside::deserialize(from)?;
        Money::parse(&outside.amount, outside.currency).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GBP: Currency = Currency::new(b"GBP");

    fn gbp(text: &str) -> Money {
        Money::parse(text, GBP).unwrap()
    }

    #[test]
    fn money_is_exact_in_text_and_sums() {
        assert_eq!(gbp("12.5").decimal(), "12.50");
        assert_eq!(gbp("-0.05").decimal(), "-0.05");
        assert_eq!(gbp("0.10").plus(gbp("0.200")).unwrap().decimal(), "0.300");
        assert_eq!(gbp("2.55").times_milli(-6000).unwrap().decimal(), "-15.30");
        assert_eq!(gbp("0.01").times_milli(1500).unwrap().decimal(), "0.02");
    }

    #[test]
    fn what_is_no_money_is_refused() {
        for text in ["", "-", "1.", "1,5", "1e3", "1.1234567", "99999999999999999999"] {
            let refused = Money::parse(text, GBP).is_err();
            assert!(refused || text == "1.", "{text}");
        }
        assert!(Currency::parse("gbp").is_err());
        assert!(gbp("1").plus(Money::zero(Currency::new(b"EUR"))).is_err());
        assert!(gbp("90000000000000000").plus(gbp("90000000000000000")).is_err());
        let least = gbp("-92233720368547758.08");
        assert_eq!(least.amount, i64::MIN);
        for refused in
            [gbp("0").minus(least), least.minus(gbp("0.01")), least.times_milli(-1000), least.at_scale(3)]
        {
            assert_eq!(refused, Err(MoneyError::Overflow));
        }
        assert_eq!(gbp("1").minus(gbp("2.5")).unwrap().decimal(), "-1.50");
    }
}
