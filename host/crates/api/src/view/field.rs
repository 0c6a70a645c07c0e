use std::collections::{BTreeMap, BTreeSet};

use rulewright_domain::{self as domain, Currency, FieldDefinition, FieldId, field};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::value::{mirror, present};

mirror! {
    /// Whose field it is.
    FieldOf = domain::FieldOf { Deal = "deal", Order = "order", Contact = "contact", Company = "company", }
}

mirror! {
    /// What a value is. `number` may have decimals, `integer` has none; `date` is a day, `time` a moment; `dictionary` is the
    /// id of an entry of one of the shop's dictionaries, `reference` another record such as `contact/cli_7`.
    FieldKind = domain::FieldKind {
        Text = "text",
        Integer = "integer",
        Number = "number",
        YesNo = "yes-no",
        Date = "date",
        Time = "time",
        Money = "money",
        Link = "link",
        Address = "address",
        Choice = "choice",
        File = "file",
        Employee = "employee",
        Dictionary = "dictionary",
        ListSection = "list-section",
        ListItem = "list-item",
        Reference = "reference",
    }
}

/// What a choice offers.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FieldOption {
    /// What is stored. Leave it out for a new option.
    #[serde(default)]
    id: i64,
    #[schema(example = "Red")]
    value: String,
    #[serde(default)]
    sort: i64,
    /// Whether something new begins with it.
    #[serde(default)]
    default: bool,
    #[serde(default)]
    external_id: Option<String>,
}

/// What values keep to.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = FieldRules)]
struct Rules {
    /// What something new begins with. A choice has it in its options.
    default: Value,
    /// New dates and times begin with the day and the moment of creation.
    default_now: bool,
    /// Characters of a text.
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 4_294_967_295_u32)]
    min_length: Option<u32>,
    /// Characters of a text.
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 4_294_967_295_u32)]
    max_length: Option<u32>,
    /// Of a text: a regular expression that it matches somewhere, without look-around and back-references.
    #[schema(example = "^[0-9]{5}$")]
    pattern: Option<String>,
    /// Of an integer or a number.
    min: Option<f64>,
    /// Of an integer or a number.
    max: Option<f64>,
    /// To which a number is rounded; at most 12.
    decimals: Option<u8>,
    /// Of an amount that comes without one; the shop's if left out.
    #[schema(value_type = Option<String>, example = "GBP")]
    currency: Option<Currency>,
    /// Whose entries a value names.
    dictionary: Option<String>,
    /// What a reference may lead to; anything if empty.
    refers_to: BTreeSet<FieldOf>,
}

impl From<Rules> for field::FieldRules {
    fn from(rules: Rules) -> field::FieldRules {
        let Rules { default, default_now, min_length, max_length, min, max, decimals, .. } = rules;
        field::FieldRules {
            default,
            default_now,
            min_length,
            max_length,
            pattern: rules.pattern.map(field::Pattern::new),
            min,
            max,
            decimals,
            currency: rules.currency,
            dictionary: rules.dictionary,
            refers_to: rules.refers_to.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<field::FieldRules> for Rules {
    fn from(rules: field::FieldRules) -> Rules {
        let field::FieldRules { default, default_now, min_length, max_length, min, max, decimals, .. } =
            rules;
        Rules {
            default,
            default_now,
            min_length,
            max_length,
            pattern: rules.pattern.map(|pattern| pattern.as_str().to_owned()),
            min,
            max,
            decimals,
            currency: rules.currency,
            dictionary: rules.dictionary,
            refers_to: rules.refers_to.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<FieldOption> for domain::FieldOption {
    fn from(option: FieldOption) -> domain::FieldOption {
        let FieldOption { id, value, sort, default, external_id } = option;
        domain::FieldOption { id, value, sort, default, external_id }
    }
}

impl From<domain::FieldOption> for FieldOption {
    fn from(option: domain::FieldOption) -> FieldOption {
        let domain::FieldOption { id, value, sort, default, external_id } = option;
        FieldOption { id, value, sort, default, external_id }
    }
}

/// A field of the shop's own.
#[derive(Debug, Serialize, ToSchema)]
pub struct Field {
    #[schema(value_type = String, example = "fld_7")]
    id: FieldId,
    of: FieldOf,
    /// The key of its values.
    #[schema(example = "delivery-note")]
    name: String,
    kind: FieldKind,
    multiple: bool,
    mandatory: bool,
    sort: i64,
    /// By language.
    labels: BTreeMap<String, String>,
    column_labels: BTreeMap<String, String>,
    filter_labels: BTreeMap<String, String>,
    errors: BTreeMap<String, String>,
    help: BTreeMap<String, String>,
    options: Vec<FieldOption>,
    rules: Rules,
    external_id: Option<String>,
}

impl From<FieldDefinition> for Field {
    fn from(field: FieldDefinition) -> Field {
        Field {
            id: field.id,
            of: field.of.into(),
            name: field.name,
            kind: field.kind.into(),
            multiple: field.multiple,
            mandatory: field.mandatory,
            sort: field.sort,
            labels: field.labels,
            column_labels: field.column_labels,
            filter_labels: field.filter_labels,
            errors: field.errors,
            help: field.help,
            options: field.options.into_iter().map(Into::into).collect(),
            rules: field.rules.into(),
            external_id: field.external_id,
        }
    }
}

/// A field of the shop's own, to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "of": "deal", "name": "colour", "kind": "choice", "labels": { "en": "Colour" },
    "options": [{ "value": "Red", "default": true }, { "value": "Blue" }],
}))]
pub struct NewField {
    of: FieldOf,
    /// 1 to 50 letters, digits, `-` and `_`.
    name: String,
    kind: FieldKind,
    #[serde(default)]
    multiple: bool,
    /// Nothing is made by hand without it. What rules make, and what comes from the past, is not held up.
    #[serde(default)]
    mandatory: bool,
    sort: Option<i64>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    column_labels: BTreeMap<String, String>,
    #[serde(default)]
    filter_labels: BTreeMap<String, String>,
    #[serde(default)]
    errors: BTreeMap<String, String>,
    #[serde(default)]
    help: BTreeMap<String, String>,
    #[serde(default)]
    options: Vec<FieldOption>,
    #[serde(default)]
    rules: Rules,
    external_id: Option<String>,
}

impl NewField {
    pub fn into_domain(self) -> FieldDefinition {
        let new = FieldDefinition::new(self.of.into(), self.name, self.kind.into());
        FieldDefinition {
            multiple: self.multiple,
            mandatory: self.mandatory,
            sort: self.sort.unwrap_or(new.sort),
            labels: self.labels,
            column_labels: self.column_labels,
            filter_labels: self.filter_labels,
            errors: self.errors,
            help: self.help,
            options: self.options.into_iter().map(Into::into).collect(),
            rules: self.rules.into(),
            external_id: self.external_id,
            ..new
        }
    }
}

/// What is left out stays; maps, options and rules that are sent replace what there was.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "mandatory": true, "labels": { "en": "Colour", "de": "Farbe" } }))]
pub struct FieldPatch {
    multiple: Option<bool>,
    mandatory: Option<bool>,
    sort: Option<i64>,
    labels: Option<BTreeMap<String, String>>,
    column_labels: Option<BTreeMap<String, String>>,
    filter_labels: Option<BTreeMap<String, String>>,
    errors: Option<BTreeMap<String, String>>,
    help: Option<BTreeMap<String, String>>,
    /// Those with the id of one that is there change it, those without are new, and what is not among them goes.
    options: Option<Vec<FieldOption>>,
    rules: Option<Rules>,
    #[serde(default, deserialize_with = "present")]
    external_id: Option<Option<String>>,
}

impl FieldPatch {
    pub fn apply(&self, field: &mut FieldDefinition) {
        fn set<T: Clone>(place: &mut T, value: &Option<T>) {
            if let Some(value) = value {
                place.clone_from(value);
            }
        }
        set(&mut field.multiple, &self.multiple);
        set(&mut field.mandatory, &self.mandatory);
        set(&mut field.sort, &self.sort);
        set(&mut field.labels, &self.labels);
        set(&mut field.column_labels, &self.column_labels);
        set(&mut field.filter_labels, &self.filter_labels);
        set(&mut field.errors, &self.errors);
        set(&mut field.help, &self.help);
        set(&mut field.external_id, &self.external_id);
        if let Some(options) = &self.options {
            field.options = options.iter().cloned().map(Into::into).collect();
        }
        if let Some(rules) = &self.rules {
            field.rules = rules.clone().into();
        }
    }
}

/// A file for a field, kept under its digest.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeptFile {
    /// SHA-256 in hex: with a name and the size it is the value of a field of kind `file`.
    digest: String,
    /// Bytes.
    size: u64,
}

impl KeptFile {
    pub fn new(digest: String, size: u64) -> KeptFile {
        KeptFile { digest, size }
    }
}
