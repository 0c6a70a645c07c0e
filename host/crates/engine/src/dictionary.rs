//! A shop's dictionaries: the usual ones until it changes them, and its own.

use std::collections::BTreeMap;

use rulewright_domain::{Dictionary, DictionaryEntry, ShopId, audit::Deed};
use rulewright_ports::{
    Reads, StorageError,
    storage::{PutRecords, Records, Sequence},
};

use crate::{Asked, Engine, Refusal, change::Change, check, used::Named};

/// Dictionaries of a shop: beyond it, a list with items is meant.
const MOST: usize = 100;
/// Characters of what is stored where an entry was chosen.
const MAX_ID: usize = 50;
const MAX_NAME: usize = 200;
/// Characters of a color.
const MAX_COLOR: usize = 30;

/// As the shop has it. None: it has none of this name.
pub fn dictionary(
    reads: &mut (impl Records + ?Sized),
    shop: ShopId,
    name: &str,
) -> Result<Option<Dictionary>, StorageError> {
    Ok(reads.record_named(shop, name)?.or_else(|| Dictionary::usual(name)))
}

/// By name.
pub fn dictionaries(reads: &mut dyn Reads, shop: ShopId) -> Result<Vec<Dictionary>, StorageError> {
    let usual = Dictionary::usual_names().filter_map(Dictionary::usual);
    let kept = reads.all_records::<Dictionary>(shop, None)?;
    let all: BTreeMap<String, Dictionary> =
        usual.chain(kept).map(|dictionary| (dictionary.name.clone(), dictionary)).collect();
    Ok(all.into_values().collect())
}

impl Engine {
    /// Changes the dictionary as it is at that moment; one that is not there yet begins empty.
    pub async fn change_dictionary(
        &self,
        asked: impl Into<Asked>,
        name: String,
        patch: impl Fn(&mut Dictionary) -> Result<(), Refusal> + Send + 'static,
    ) -> Result<(), Refusal> {
        check::name("/name", &name)?;
        let Asked { shop, key } = asked.into();
        self.change(shop, move |change| {
            let once = change.once(key.as_ref(), |change| {
                let known = dictionary(change.tx, shop, &name)?;
                let kept = known.clone();
                let before = kept.as_ref().map(|known| known.entries.clone()).unwrap_or_default();
                let mut new = match known {
                    Some(known) => known,
                    None => change.room_for_one_more(&name)?,
                };
                let (id, last) = (new.id, new.last);
                patch(&mut new)?;
                check_dictionary(&new)?;
                if name == Dictionary::DELIVERY_SERVICES {
                    let known = |id: &str| new.entry(id).is_some();
                    change.none_used(Named::DeliveryService, before.iter().map(|entry| &entry.id), known)?;
                }
                (new.id, new.last) = (id, last);
                new.name.clone_from(&name);
                new.give_numbers(&before);
                if new.id == 0 {
                    new.id = change.tx.next(Sequence::Record)?;
                }
                change.tx.put_record(shop, &new)?;
                // That the shop keeps one of the usual ones itself is no change of what is in it.
                let kept = kept.map(|kept| Dictionary { id: new.id, ..kept });
                change.audit_saved("dictionary", &name, kept.as_ref(), &new)
            });
            once.map(drop)
        })
        .await
    }

    /// One of the usual ones is again as every shop begins with it.
    pub async fn remove_dictionary(&self, asked: impl Into<Asked>, name: String) -> Result<(), Refusal> {
        let Asked { shop, key } = asked.into();
        self.change(shop, move |change| {
            let once = change.once(key.as_ref(), |change| {
                match change.tx.record_named::<Dictionary>(shop, &name)? {
                    Some(kept) => {
                        change.tx.remove_record::<Dictionary>(shop, kept.id)?;
                        change.audit(Deed::new("dictionary.removed", &name))
                    }
                    None if Dictionary::usual(&name).is_some() => Ok(()),
                    None => Err(Refusal::not_found("dictionary", &name)),
                }
            });
            once.map(drop)
        })
        .await
    }
}

impl Change<'_> {
    fn room_for_one_more(&mut self, name: &str) -> Result<Dictionary, Refusal> {
        if self.tx.all_records::<Dictionary>(self.shop, None)?.len() >= MOST {
            let message = format!("the shop has {MOST} dictionaries, which is the limit");
            return Err(Refusal::Conflict { message });
        }
        Ok(Dictionary::new(name, name))
    }
}

fn check_dictionary(dictionary: &Dictionary) -> Result<(), Refusal> {
    check::title(&dictionary.title)?;
    let entries = &dictionary.entries;
    if entries.len() > Dictionary::MAX_ENTRIES {
        let message = format!("{} entries, at most {}", entries.len(), Dictionary::MAX_ENTRIES);
        return Err(Refusal::invalid("/entries", "entries", message));
    }
    for (index, DictionaryEntry { id, name, color, .. }) in entries.iter().enumerate() {
        check::line(&format!("/entries/{index}/id"), id, MAX_ID)?;
        check::line(&format!("/entries/{index}/name"), name, MAX_NAME)?;
        if let Some(color) = color {
            check::line(&format!("/entries/{index}/color"), color, MAX_COLOR)?;
        }
        if entries.iter().take(index).any(|other| other.id == *id) {
            let message = format!("`{id}` stands there twice");
            return Err(Refusal::invalid(&format!("/entries/{index}/id"), "twice", message));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dictionary_has_each_entry_once_and_every_entry_a_name() {
        let mut dictionary = Dictionary::new("colours", "Colours");
        assert!(check_dictionary(&dictionary).is_ok(), "an empty one is a beginning");
        dictionary.entries = vec![DictionaryEntry::new("red", "Red"), DictionaryEntry::new("blue", "Blue")];
        assert!(check_dictionary(&dictionary).is_ok());
        for (index, id, name) in [(1, "red", "Red"), (0, "", "None"), (0, "green", " ")] {
            let mut wrong = dictionary.clone();
            wrong.entries[index] = DictionaryEntry::new(id, name);
            assert!(check_dictionary(&wrong).is_err(), "{id:?} {name:?}");
        }
    }
}
