use rulewright_domain as domain;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DictionaryEntryInput {
    /// What is stored where it is chosen.
    #[schema(example = "TRADE_SHOW", max_length = 50)]
    id: String,
    #[schema(example = "Trade show", max_length = 200)]
    name: String,
    #[serde(default)]
    #[schema(example = "#39a8ef")]
    color: Option<String>,
    /// For whoever sorts entries by numbers; what counts is the order in which they stand here.
    #[serde(default)]
    sort: Option<i64>,
}

/// Values to choose from, in the order in which people see them. The name is in the path.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DictionaryInput {
    #[schema(example = "Sources", max_length = 200)]
    title: String,
    #[schema(max_items = 500)]
    entries: Vec<DictionaryEntryInput>,
}

impl DictionaryInput {
    /// In place of what the dictionary says now.
    pub fn put(&self, dictionary: &mut domain::Dictionary) {
        dictionary.title.clone_from(&self.title);
        let entry =
            |DictionaryEntryInput { id, name, color, sort }: &DictionaryEntryInput| domain::DictionaryEntry {
                color: color.clone(),
                sort: *sort,
                ..domain::DictionaryEntry::new(id.as_str(), name.as_str())
            };
        dictionary.entries = self.entries.iter().map(entry).collect();
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct DictionaryEntry {
    #[schema(example = "TRADE_SHOW")]
    id: String,
    #[schema(example = "Trade show")]
    name: String,
    color: Option<String>,
    sort: Option<i64>,
    /// The same for ever; given by the host.
    number: i64,
    /// What it was called in the beginning; null where the shop added it.
    usual: Option<String>,
}

/// Values to choose from, such as where orders come from.
#[derive(Debug, Serialize, ToSchema)]
pub struct Dictionary {
    #[schema(example = "sources")]
    name: String,
    title: String,
    entries: Vec<DictionaryEntry>,
}

impl From<domain::Dictionary> for Dictionary {
    fn from(dictionary: domain::Dictionary) -> Dictionary {
        let entry = |domain::DictionaryEntry { id, name, number, color, sort, usual }| DictionaryEntry {
            id,
            name,
            color,
            sort,
            number,
            usual,
        };
        let entries = dictionary.entries.into_iter().map(entry).collect();
        Dictionary { name: dictionary.name, title: dictionary.title, entries }
    }
}
