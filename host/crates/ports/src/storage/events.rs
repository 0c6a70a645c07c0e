use std::sync::Arc;

use rulewright_domain::{Event, EventId, Match, MatchId, OrderId, ShopId};

use super::{Find, Found, Page, Result};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventQuery {
    pub order: Option<OrderId>,
    pub kind: Option<String>,
}

pub trait ReadEvents {
    fn event(&mut self, shop: ShopId, id: EventId) -> Result<Option<Arc<Event>>>;
    fn events(&mut self, shop: ShopId, query: &EventQuery, page: Page) -> Result<Vec<Event>>;
    /// Those of these kinds; none means all.
    fn find_events(&mut self, shop: ShopId, kinds: &[&str], find: &Find) -> Result<Found<Event>>;
    fn matching(&mut self, shop: ShopId, id: MatchId) -> Result<Option<Match>>;
    /// None: of every order, those without one included.
    fn matches(&mut self, shop: ShopId, order: Option<OrderId>, page: Page) -> Result<Vec<Match>>;
    /// Of every shop: what a restart goes on with.
    fn pending_matches(&mut self) -> Result<Vec<(ShopId, OrderId, MatchId)>>;
}

pub trait WriteEvents {
    /// Append-only: there is no way to change or remove one.
    fn append_event(&mut self, event: &Arc<Event>) -> Result<()>;
    fn put_match(&mut self, matching: &Match) -> Result<()>;
}
