//! Looking around: what can be had by words, and one plugin with all that one would like to know before.

use std::collections::BTreeSet;
use std::sync::Arc;

use rulewright_domain::plugin::PluginKind;
use rulewright_registry::search::search;

use super::{BUNDLED, Listed, Looker, Marketplace, Page, Trouble};

/// What somebody looks for. Nothing of it: everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// Of the id, the title, the description or the publisher. All have to occur.
    pub words: &'a str,
    pub kind: Option<PluginKind>,
    /// [`BUNDLED`], or a registry's host.
    pub source: Option<&'a str>,
}

/// One plugin, and what is told beside it.
#[derive(Clone, Debug)]
pub struct Detail {
    pub plugin: Arc<Listed>,
    /// Readme and icon of the version that it is described by, or why they cannot be had now.
    pub page: Result<Arc<Page>, Trouble>,
    /// Other sources that have a plugin of this name. They need not be the same one.
    pub also_from: BTreeSet<String>,
}

impl Marketplace {
    /// The best first; without words, what comes with the program first.
    pub async fn search(&self, wanted: &Wanted<'_>) -> Vec<Arc<Listed>> {
        let mut all = self.listed().await;
        all.retain(|plugin| {
            wanted.kind.is_none_or(|kind| kind == plugin.kind)
                && wanted.source.is_none_or(|source| *source == plugin.source)
        });
        let searched: Vec<_> = all.iter().map(|plugin| plugin.searched()).collect();
        search(&searched, wanted.words).into_iter().filter_map(|place| all.get(place).cloned()).collect()
    }

    /// From this source, or from the first that has it: registries come in the order in which the operator prefers them.
    pub async fn find(&self, id: &str, source: Option<&str>) -> Option<Arc<Listed>> {
        let all = self.listed().await;
        all.into_iter().find(|one| is(one, id, source))
    }

    /// The same with its readme and icon.
    pub async fn detail(&self, id: &str, source: Option<&str>, looker: &Looker) -> Option<Detail> {
        let all = self.listed().await;
        let plugin = all.iter().find(|one| is(one, id, source))?.clone();
        let page = self.page_for(&plugin, looker).await;
        let others = all.iter().filter(|one| one.id == id && one.source != plugin.source);
        let also_from = others.map(|one| one.source.clone()).collect();
        Some(Detail { plugin, page, also_from })
    }

    /// Readme and icon of the version that one would install, else of the newest.
    pub async fn page_for(&self, plugin: &Listed, looker: &Looker) -> Result<Arc<Page>, Trouble> {
        match looker.described(plugin) {
            Some(release) => self.page(release).await,
            None => Ok(Arc::default()),
        }
    }

    /// What somebody could do who misses something; `nothing` was found.
    pub fn hint(&self, nothing: bool, words: &str, source: Option<&str>) -> Option<String> {
        let hosts: Vec<String> = self.states().into_iter().map(|state| state.host).collect();
        match source {
            Some(source) if source != BUNDLED && !hosts.iter().any(|host| host == source) => Some(format!(
                "no registry `{source}` is in the settings of this server; there are: {}",
                [&[BUNDLED.to_owned()], hosts.as_slice()].concat().join(", ")
            )),
            _ if nothing && !words.trim().is_empty() => Some(
                "nothing has all these words: try fewer of them, or install from a file, an address or a registry's \
                 reference"
                    .to_owned(),
            ),
            _ if hosts.is_empty() => Some(
                "these come with the program; for more, the operator names a registry and its key in the settings: \
                 docs/marketplace.md"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

fn is(plugin: &Listed, id: &str, source: Option<&str>) -> bool {
    plugin.id == id && source.is_none_or(|source| *source == plugin.source)
}
