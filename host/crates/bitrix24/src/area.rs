//! What each scope opens, for whoever is asked to agree to it.

use rulewright_domain::application::Area;

const SENTENCES: &[(&str, &str)] = &[
    ("bizproc", "Offer rules for the stages of deals, and start, answer and stop workflows."),
    ("catalog", "Read the catalogue of products."),
    (
        "crm",
        "Read, change and delete deals, contacts and companies, with their products, fields, funnels, activities and \
         timelines.",
    ),
    ("department", "See how the company is organised."),
    ("sale", "Read, change and delete orders of the store, with their payments and shipments."),
    ("user", "See the employees, with their addresses and telephone numbers."),
    ("user_basic", "See the employees, with their addresses and telephone numbers."),
    ("user_brief", "See the names of the employees."),
];

pub fn all() -> Vec<Area> {
    let area = |(name, opens): &(&str, &str)| Area { name: (*name).to_owned(), opens: (*opens).to_owned() };
    SENTENCES.iter().map(area).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_that_has_a_method_says_what_it_opens() {
        for scope in crate::method::scopes() {
            assert!(
                SENTENCES.iter().any(|(name, _)| *name == scope),
                "src/area.rs has no sentence of `{scope}`"
            );
        }
    }
}
