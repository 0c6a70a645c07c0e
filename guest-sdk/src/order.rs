//! What is done with an order most often.
//!
//! Each method calls one host function, and only a method that is used becomes a permission.

use crate::bindings::rule::rulewright::host::messages::Recipient;
use crate::value::find;
use crate::{Event, HostError, Order, Value, employees, filled, history, orders, timeline};

impl Order {
    /// One of the shop's own fields, where it is not empty.
    pub fn field(&self, key: &str) -> Option<&Value> {
        find(&self.fields, key)
    }

    /// Ids of the client: contacts, the primary first, then the company.
    pub fn clients(&self) -> impl Iterator<Item = &str> {
        self.contacts.iter().chain(&self.company).map(String::as_str)
    }

    /// The order's client as the recipient of a message; the host finds the address.
    pub fn client(&self) -> Recipient {
        Recipient::ClientOf(self.id.clone())
    }

    /// The employee whom the settings name; where they name nobody, the order's responsible.
    pub fn employee(&self, named: &str) -> Option<String> {
        filled(named).or_else(|| self.responsible.clone())
    }

    /// The head of the order's responsible, where there is one.
    pub fn head(&self) -> Result<Option<String>, HostError> {
        let Some(responsible) = &self.responsible else { return Ok(None) };
        match employees::get(responsible) {
            Ok(employee) => Ok(employee.head),
            // Dismissed.
            Err(HostError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether the paid payments cover the total.
    pub fn is_fully_paid(&self) -> bool {
        self.paid.compare(&self.total).is_some_and(|order| order.is_ge())
    }

    /// Whether the event is about this order, or else about its client.
    pub fn concerns(&self, event: &Event) -> bool {
        match (&event.order, &event.client) {
            (Some(order), _) => *order == self.id,
            (None, Some(client)) => self.clients().any(|id| id == client),
            (None, None) => false,
        }
    }

    /// Writes on the timeline.
    pub fn add_comment(&self, text: &str) -> Result<(), HostError> {
        timeline::add_comment(&self.id, text, None)
    }

    /// Writes into the history (the log, not the timeline).
    pub fn write_to_history(&self, text: &str) -> Result<(), HostError> {
        history::write(&self.id, text, None)
    }

    /// To a stage of the order's own pipeline; the stage's rules start.
    pub fn move_to(&self, stage: &str) -> Result<(), HostError> {
        orders::move_stage(&self.id, stage)
    }

    /// Sets one field; `Value::None` empties it.
    pub fn set_field(&self, key: &str, value: impl Into<Value>) -> Result<(), HostError> {
        orders::set_fields(&self.id, &[crate::attr(key, value)])
    }
}
