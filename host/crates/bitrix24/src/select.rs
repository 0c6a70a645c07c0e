//! `select` of a list.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::scalar;

/// Which fields a row shows. The id is always shown: that is the method's to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Select {
    /// `*`: all but user fields and multifields.
    pub plain: bool,
    /// `UF_*`
    pub user_fields: bool,
    /// Named ones, as they were sent.
    pub named: BTreeSet<String>,
}

impl Select {
    /// Nothing selected is `*`.
    pub fn parse(items: &[Value]) -> Select {
        let mut select = Select::default();
        for name in items.iter().filter_map(scalar::text) {
            match name.trim() {
                "" => {}
                "*" => select.plain = true,
                name if ["UF_*", "uf*", "ufCrm*"].iter().any(|all| all.eq_ignore_ascii_case(name)) => {
                    select.user_fields = true;
                }
                name => {
                    select.named.insert(name.to_owned());
                }
            }
        }
        if select == Select::default() {
            select.plain = true;
        }
        select
    }

    /// A field of ours.
    pub fn shows(&self, field: &str) -> bool {
        self.plain || self.names(field)
    }

    pub fn shows_user_field(&self, field: &str) -> bool {
        self.user_fields || self.names(field)
    }

    /// Of its own accord: what `*` does not mean.
    pub fn names(&self, field: &str) -> bool {
        self.named.contains(field) || self.named.iter().any(|name| name.eq_ignore_ascii_case(field))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_star_is_all_but_user_fields_and_multifields() {
        let of = |items: Value| Select::parse(items.as_array().unwrap());
        for everything in [json!([]), json!([""]), json!(["*"])] {
            let select = of(everything);
            assert!(select.shows("TITLE") && !select.shows_user_field("UF_CRM_A") && !select.names("PHONE"));
        }
        let select = of(json!(["UF_*", "title", "PHONE"]));
        assert!(select.shows("TITLE") && !select.shows("STAGE_ID"));
        assert!(select.shows_user_field("UF_CRM_A") && select.names("PHONE"));
        assert!(of(json!(["UF_CRM_A"])).shows_user_field("UF_CRM_A"));
    }
}
