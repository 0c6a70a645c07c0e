//! Readme, changelog and icon of packages, fetched when somebody looks at one.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use rulewright_ports::{FetchRefusal, Registries};
use rulewright_registry::artifact;

use super::copy::Trouble;
use super::listed::ListedRelease;

/// As published, and checked against the artifact's digest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Markdown, for people; never rendered unescaped.
    pub readme: Option<String>,
    /// The same of what is new in each version.
    pub changelog: Option<String>,
    /// PNG.
    pub icon: Option<Vec<u8>>,
}

/// Pages of the last packages that somebody looked at: what has a digest never changes.
#[derive(Default)]
pub struct Pages(Mutex<VecDeque<(String, Arc<Page>)>>);

/// Each has at most a megabyte.
const REMEMBERED: usize = 32;

impl Pages {
    pub async fn of(
        &self,
        registries: &Arc<dyn Registries>,
        release: &ListedRelease,
    ) -> Result<Arc<Page>, Trouble> {
        let Some(place) = &release.artifact else { return Ok(Arc::default()) };
        let name = &release.reference;
        let remembered = self.all().iter().find(|(one, _)| one == name).map(|(_, page)| page.clone());
        if let Some(page) = remembered {
            return Ok(page);
        }
        let manifest = registries.manifest(place).await?;
        let parts = artifact::read(&manifest.bytes)?;
        let mut page = Page::default();
        if let Some(readme) = &parts.readme {
            let bytes = registries.blob(place, readme, &|_, _| ()).await?;
            page.readme = Some(String::from_utf8(bytes).map_err(|_| {
                FetchRefusal::new(
                    "bad-readme",
                    "the readme is no text in UTF-8: its publisher publishes it again",
                )
            })?);
        }
        if let Some(changelog) = &parts.changelog {
            let bytes = registries.blob(place, changelog, &|_, _| ()).await?;
            page.changelog = Some(String::from_utf8(bytes).map_err(|_| {
                FetchRefusal::new(
                    "bad-changelog",
                    "the changelog is no text in UTF-8: its publisher publishes it again",
                )
            })?);
        }
        if let Some(icon) = &parts.icon {
            page.icon = Some(registries.blob(place, icon, &|_, _| ()).await?);
        }
        let page = Arc::new(page);
        let mut all = self.all();
        all.push_front((name.clone(), page.clone()));
        all.truncate(REMEMBERED);
        Ok(page)
    }

    fn all(&self) -> std::sync::MutexGuard<'_, VecDeque<(String, Arc<Page>)>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
