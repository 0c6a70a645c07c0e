use serde::{Deserialize, Serialize};

/// Values to choose from, such as where orders come from, each with the text that people see. Nothing is refused for
/// naming another value: what was there before a value was removed stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dictionary {
    /// Of its record; 0: the shop has changed nothing in it, so there is none.
    pub id: i64,
    /// Unique in the shop.
    pub name: String,
    pub title: String,
    /// In the order in which people see them.
    pub entries: Vec<DictionaryEntry>,
    /// The highest number that an entry has had: none comes twice.
    pub last: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DictionaryEntry {
    /// What is stored where it was chosen; unique in the dictionary.
    pub id: String,
    pub name: String,
    /// Unique in the dictionary and the same for ever, for whoever knows entries by numbers.
    #[serde(default)]
    pub number: i64,
    /// Such as `#39a8ef`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// For whoever sorts by numbers. What counts is the order in which the dictionary has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<i64>,
    /// What it was called in the beginning, where it is one of those that every shop begins with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usual: Option<String>,
}

impl DictionaryEntry {
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> DictionaryEntry {
        let (id, name) = (id.into(), name.into());
        DictionaryEntry { id, name, number: 0, color: None, sort: None, usual: None }
    }
}

struct Usual {
    name: &'static str,
    title: &'static str,
    entries: &'static [(&'static str, &'static str)],
}

/// What every shop begins with. New ones go to the end of a list: entries are numbered in this order.
const USUAL: &[Usual] = &[
    Usual {
        name: Dictionary::SOURCES,
        title: "Sources",
        entries: &[
            ("CALL", "Call"),
            ("EMAIL", "E-mail"),
            ("WEB", "Website"),
            ("ADVERTISING", "Advertising"),
            ("PARTNER", "Existing client"),
            ("RECOMMENDATION", "Recommendation"),
            ("TRADE_SHOW", "Trade show"),
            ("WEBFORM", "Form"),
            ("CALLBACK", "Callback"),
            ("STORE", "Online store"),
            ("OTHER", "Other"),
        ],
    },
    Usual {
        name: "deal-types",
        title: "Deal types",
        entries: &[
            ("SALE", "Sale"),
            ("COMPLEX", "Integrated sale"),
            ("GOODS", "Sale of goods"),
            ("SERVICES", "Services"),
            ("SERVICE", "After-sales service"),
        ],
    },
    Usual {
        name: "contact-types",
        title: "Contact types",
        entries: &[
            ("CLIENT", "Clients"),
            ("SUPPLIER", "Suppliers"),
            ("PARTNER", "Partners"),
            ("OTHER", "Other"),
        ],
    },
    Usual {
        name: "company-types",
        title: "Company types",
        entries: &[
            ("CUSTOMER", "Client"),
            ("SUPPLIER", "Supplier"),
            ("COMPETITOR", "Competitor"),
            ("PARTNER", "Partner"),
            ("OTHER", "Other"),
        ],
    },
    Usual {
        name: "company-sizes",
        title: "Employees",
        entries: &[
            ("EMPLOYEES_1", "less than 50"),
            ("EMPLOYEES_2", "50-250"),
            ("EMPLOYEES_3", "250-500"),
            ("EMPLOYEES_4", "more than 500"),
        ],
    },
    Usual {
        name: "industries",
        title: "Industries",
        entries: &[
            ("IT", "Information technology"),
            ("TELECOM", "Telecommunication"),
            ("MANUFACTURING", "Manufacturing"),
            ("BANKING", "Banking"),
            ("CONSULTING", "Consulting"),
            ("FINANCE", "Finance"),
            ("GOVERNMENT", "Government"),
            ("DELIVERY", "Delivery"),
            ("ENTERTAINMENT", "Entertainment"),
            ("NOTPROFIT", "Non-profit"),
            ("OTHER", "Other"),
        ],
    },
    Usual {
        name: "salutations",
        title: "Salutations",
        entries: &[("HNR_EN_1", "Mr."), ("HNR_EN_2", "Mrs."), ("HNR_EN_3", "Ms."), ("HNR_EN_4", "Dr.")],
    },
    Usual {
        name: Dictionary::PAYMENT_SYSTEMS,
        title: "Payment systems",
        entries: &[("cash", "Cash"), ("card", "Card"), ("bank-transfer", "Bank transfer")],
    },
    Usual {
        name: Dictionary::DELIVERY_SERVICES,
        title: "Delivery services",
        entries: &[("no-delivery", "No delivery"), ("courier", "Courier"), ("pickup", "Pickup")],
    },
];

impl Dictionary {
    pub const SOURCES: &'static str = "sources";
    /// Entries are the systems that payments name.
    pub const PAYMENT_SYSTEMS: &'static str = "payment-systems";
    /// Entries are the services that shipments name.
    pub const DELIVERY_SERVICES: &'static str = "delivery-services";

    /// Beyond it people search instead of choosing.
    pub const MAX_ENTRIES: usize = 500;

    pub fn new(name: impl Into<String>, title: impl Into<String>) -> Dictionary {
        Dictionary { id: 0, name: name.into(), title: title.into(), entries: Vec::new(), last: 0 }
    }

    /// As every shop begins with it.
    pub fn usual(name: &str) -> Option<Dictionary> {
        let usual = USUAL.iter().find(|usual| usual.name == name)?;
        let mut dictionary = Dictionary::new(usual.name, usual.title);
        dictionary.entries = usual
            .entries
            .iter()
            .map(|(id, name)| DictionaryEntry {
                usual: Some((*name).to_owned()),
                ..DictionaryEntry::new(*id, *name)
            })
            .collect();
        dictionary.give_numbers(&[]);
        Some(dictionary)
    }

    /// Names of those that every shop has.
    pub fn usual_names() -> impl Iterator<Item = &'static str> {
        USUAL.iter().map(|usual| usual.name)
    }

    pub fn entry(&self, id: &str) -> Option<&DictionaryEntry> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    pub fn numbered(&self, number: i64) -> Option<&DictionaryEntry> {
        self.entries.iter().find(|entry| entry.number == number)
    }

    /// Entries that were there `before` keep their numbers and what they were called in the beginning; others get new
    /// numbers.
    pub fn give_numbers(&mut self, before: &[DictionaryEntry]) {
        for entry in &mut self.entries {
            match before.iter().find(|one| one.id == entry.id) {
                Some(known) => {
                    entry.number = known.number;
                    entry.usual.clone_from(&known.usual);
                }
                None => {
                    self.last += 1;
                    entry.number = self.last;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_usual_dictionary_has_its_own_name_and_its_entries_theirs() {
        let names: Vec<&str> = Dictionary::usual_names().collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        for name in names {
            let dictionary = Dictionary::usual(name).unwrap();
            let ids: BTreeSet<&str> = dictionary.entries.iter().map(|entry| entry.id.as_str()).collect();
            assert_eq!(ids.len(), dictionary.entries.len(), "{name}");
            assert_eq!(dictionary.last, i64::try_from(ids.len()).unwrap(), "{name}");
        }
        assert_eq!(Dictionary::usual("colours"), None);
    }

    #[test]
    fn a_number_is_never_given_twice() {
        let mut sources = Dictionary::usual(Dictionary::SOURCES).unwrap();
        let before = sources.entries.clone();
        let last = sources.last;
        sources.entries.pop();
        sources.entries.push(DictionaryEntry::new("FAIR", "Fair"));
        sources.give_numbers(&before);
        assert_eq!(sources.entry("FAIR").unwrap().number, last + 1);
        assert_eq!(sources.entry("CALL").unwrap().number, 1);
        let before = sources.entries.clone();
        sources.entries.push(DictionaryEntry::new("OTHER", "Other"));
        sources.give_numbers(&before);
        assert_eq!(sources.entry("OTHER").unwrap().number, last + 2, "it was gone in between");
    }
}
