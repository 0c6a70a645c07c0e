//! What a shop's requisites look like: names that templates can lead to, and values that fit onto a page.

use std::collections::BTreeMap;

use rulewright_domain::Requisites;

use crate::{Refusal, check as names};

/// Companies that a shop writes documents as.
const MOST: usize = 50;
/// Fields of one of them.
const FIELDS: usize = 50;
/// Characters of one field: an address is a few lines.
const VALUE: usize = 1_000;
/// Templates look there for the details of the bank.
const BANK: &str = "bank";

pub(crate) fn check(all: &BTreeMap<String, Requisites>) -> Result<(), Refusal> {
    if all.len() > MOST {
        return Err(refused("/requisites", format!("a shop has at most {MOST}")));
    }
    for (name, Requisites { fields, bank }) in all {
        let path = format!("/requisites/{name}");
        names::name(&path, name)?;
        if fields.contains_key(BANK) {
            let message = format!("`{BANK}` is not one of the fields: it stands beside them");
            return Err(refused(&format!("{path}/fields"), message));
        }
        check_fields(&format!("{path}/fields"), fields)?;
        check_fields(&format!("{path}/{BANK}"), bank)?;
    }
    Ok(())
}

fn check_fields(path: &str, fields: &BTreeMap<String, String>) -> Result<(), Refusal> {
    if fields.len() > FIELDS {
        return Err(refused(path, format!("they are at most {FIELDS}")));
    }
    for (key, value) in fields {
        let path = format!("{path}/{key}");
        names::key(&path, key)?;
        if value.chars().count() > VALUE {
            return Err(refused(&path, format!("it has at most {VALUE} characters")));
        }
    }
    Ok(())
}

fn refused(path: &str, message: String) -> Refusal {
    Refusal::invalid(path, "requisites", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_template_could_not_insert_is_refused_with_its_place() {
        let all = |name: &str, field: &str, value: &str| {
            let fields: BTreeMap<_, _> = [(field.to_owned(), value.to_owned())].into();
            BTreeMap::from([(name.to_owned(), Requisites { bank: fields.clone(), fields })])
        };
        assert!(check(&all("acme", "vat-number", "GB 1")).is_ok());
        for (wrong, path) in [
            (all("Acme Ltd", "name", ""), "/requisites/Acme Ltd"),
            (all("acme", "vat.number", ""), "/requisites/acme/fields/vat.number"),
            (all("acme", "bank", ""), "/requisites/acme/fields"),
            (all("acme", "name", &"x".repeat(VALUE + 1)), "/requisites/acme/fields/name"),
        ] {
            let Err(Refusal::Invalid(issues)) = check(&wrong) else { panic!("{wrong:?}") };
            assert_eq!(issues[0].path, path);
        }
    }
}
