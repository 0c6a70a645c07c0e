//! Documents attached to a comment: named by whoever writes it, found where it is stored.

use rulewright_domain::{Document, DocumentId, OrderId, Rejection};
use rulewright_ports::storage::Page;
use serde_json::{Value, json};

use crate::{Refusal, change::Change};

/// Documents of one comment; more are a folder.
const MOST: usize = 20;

impl Change<'_> {
    /// In place of each name, what people see of the document: of this order, by its id, or the latest that was made
    /// from the template of that name.
    pub fn attach(&mut self, order: OrderId, details: &mut Value) -> Result<(), Refusal> {
        let Some(Value::Array(names)) = details.get_mut("attachments") else { return Ok(()) };
        let wrong = |message: String| Rejection::invalid("attachments", message);
        if names.len() > MOST {
            return Err(wrong(format!("{} documents, at most {MOST}", names.len())).into());
        }
        for name in names {
            let wanted = name.as_str().unwrap_or_default().trim().to_owned();
            let found = self.document_named(order, &wanted)?;
            let found = found.ok_or_else(|| {
                wrong(format!(
                    "the order has no document `{wanted}`: name its id, or the template it was made from"
                ))
            })?;
            let Document { id, title, media_type, size, .. } = found;
            *name = json!({ "id": id, "title": title, "media_type": media_type, "size": size });
        }
        Ok(())
    }

    fn document_named(&mut self, order: OrderId, name: &str) -> Result<Option<Document>, Refusal> {
        if let Ok(id) = name.parse::<DocumentId>() {
            let document = self.tx.document(self.shop, id)?;
            return Ok(document.filter(|document| document.order == order));
        }
        let page = Page { after: None, limit: Page::MAX, newest_first: true };
        let documents = self.tx.documents(self.shop, Some(order), page)?;
        Ok(documents.into_iter().find(|document| document.template.as_deref() == Some(name)))
    }
}
