//! Visits of the shop and of its site.

use rulewright_domain::{Actor, Cause, ClientId, EventId, NewEvent, Place, Visitor, kind};
use serde::{Deserialize, Serialize};

use crate::{Asked, Engine, Refusal, change::Change, check::line, execute::Key};

/// Characters of a visitor and of a visit's id.
const ID: usize = 200;

#[derive(Clone)]
pub struct NewVisit {
    pub id: String,
    pub visitor: String,
    pub place: Place,
    /// Who the visitor is, where somebody knows.
    pub client: Option<ClientId>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VisitReceipt {
    pub client: Option<ClientId>,
    /// Empty where nobody knows the visitor, or a visitor has not been away.
    pub events: Vec<EventId>,
    #[serde(default)]
    pub duplicate: bool,
}

impl Engine {
    pub async fn receive_visit(
        &self,
        asked: impl Into<Asked>,
        by: Actor,
        new: NewVisit,
    ) -> Result<VisitReceipt, Refusal> {
        let Asked { shop, key } = asked.into();
        line("/id", &new.id, ID)?;
        line("/visitor", &new.visitor, ID)?;
        let received = self.change_from_outside(shop, move |change| {
            let once = change.once(key.as_ref(), |change| {
                let key = Key { source: "visit".to_owned(), key: new.id.clone(), fingerprint: String::new() };
                let once = change.once(Some(&key), |change| change.receive_visit(&new, &by))?;
                Ok(VisitReceipt { duplicate: once.again, ..once.answer })
            })?;
            Ok(VisitReceipt { duplicate: once.again || once.answer.duplicate, ..once.answer })
        });
        received.await
    }
}

impl Change<'_> {
    fn receive_visit(&mut self, new: &NewVisit, by: &Actor) -> Result<VisitReceipt, Refusal> {
        self.must_take_in()?;
        if let Some(client) = new.client {
            self.must_know(&[client])?;
        }
        let known = self.tx.visitor(self.shop, &new.visitor)?;
        let mut before = known.unwrap_or_else(|| Visitor::new(&new.visitor));
        before.client = self.still_there(before.client)?;
        let client = new.client.or(before.client);
        let event = match new.place {
            Place::Shop => client.map(|_| NewEvent::new(kind::VISIT_STARTED)),
            Place::Site => before.returns(self.now).map(|(_, minutes)| {
                NewEvent::new(kind::VISITOR_RETURNED)
                    .attr("visitor", new.visitor.clone())
                    .attr("minutes-away", minutes)
            }),
        };
        let seen = match new.place {
            Place::Site => Some(self.now),
            Place::Shop => before.seen,
        };
        let visits = before.visits.saturating_add(1);
        self.tx.put_visitor(self.shop, &Visitor { client, seen, visits, ..before })?;
        let events = match event {
            Some(event) => {
                let event = NewEvent { client, ..event }.attr("visit", new.id.clone());
                vec![self.record(event, &Cause::from_outside(by.clone()), None, None)?]
            }
            None => Vec::new(),
        };
        Ok(VisitReceipt { client, events, duplicate: false })
    }
}
