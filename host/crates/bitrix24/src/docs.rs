//! The table of methods in docs/bitrix24.md is the one that is served.

use std::{collections::BTreeMap, path::Path};

use crate::method::{self, Edition};

const BEGIN: &str = "<!-- methods -->\n";
const END: &str = "<!-- end of methods -->";

/// One line for each group: methods that share all but their last word.
fn table() -> String {
    let mut groups: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for method in method::all(Edition::Classic) {
        let (group, last) = method.name.rsplit_once('.').unwrap_or((method.name, ""));
        groups.entry((group, method.scope)).or_default().push(last);
    }
    let mut table = "\n| group | methods | area |\n|---|---|---|\n".to_owned();
    for ((group, scope), methods) in groups {
        let names: Vec<String> = methods
            .iter()
            .map(|last| if last.is_empty() { "itself".to_owned() } else { format!("`{last}`") })
            .collect();
        table.push_str(&format!("| `{group}` | {} | `{scope}` |\n", names.join(" ")));
    }
    table.push('\n');
    table
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a switch for whoever runs this test")]
fn the_table_of_methods_in_the_docs_is_the_one_that_is_served() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs/bitrix24.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let right = format!("{before}{BEGIN}{}{END}{after}", table());
    if std::env::var_os("RULEWRIGHT_BLESS").is_some() {
        std::fs::write(&path, &right).unwrap();
    }
    let page = std::fs::read_to_string(&path).unwrap();
    assert!(page == right, "write it anew: RULEWRIGHT_BLESS=1 cargo test -p rulewright-bitrix24 docs");
}
