//! Segments of clients, and messages to all of one.

use rulewright_domain::{
    Cause, Client, Draft, Mailing, NewEvent, Recipient, Rejection, Run, Segment, ShopId, address,
    audit::Deed, kind,
};
use rulewright_ports::{Reads, StorageExt, storage::Page};

use crate::{
    Engine, Mailed, Receipt, Refusal, change::Change, check, command::check_depth, hash::key_of, list::names,
    used::Named,
};

impl Change<'_> {
    /// One message for each client whom one may write to.
    pub fn send_mailing(
        &mut self,
        mailing: &Mailing,
        cause: &Cause,
        run: Option<&Run>,
    ) -> Result<Receipt, Refusal> {
        check_depth(cause)?;
        let Some(segment) = self.config.segments.get(&mailing.segment).cloned() else {
            let known = names(self.config.segments.keys());
            let message = format!("there is no segment `{}`; there are {known}", mailing.segment);
            return Err(Rejection::invalid("segment", message).into());
        };
        let mut mailed = Mailed::default();
        let mut letters = Vec::new();
        each_client(self.tx, self.shop, &segment, |client| {
            if client.unsubscribed.contains(&mailing.channel) {
                mailed.unsubscribed += 1;
            } else if let Ok(address) = address::of_card(&mailing.channel, None, &client) {
                letters.push((client.id, address));
            } else {
                mailed.unreachable += 1;
            }
            if letters.len() > Mailing::MAX {
                let message = format!("`{}` has more than {} clients", mailing.segment, Mailing::MAX);
                return Err(Rejection::invalid("segment", message).into());
            }
            Ok(())
        })?;
        mailed.messages = letters.len() as u64;
        // Once for all, so that half a mailing does not come from somewhere else.
        let sender = self.sender(&mailing.channel, mailing.sender.clone())?;
        let event = NewEvent::new(kind::MAILING_QUEUED)
            .attr("segment", mailing.segment.as_str())
            .attr("channel", mailing.channel.as_str())
            .attr("messages", mailed.messages)
            .attr("unsubscribed", mailed.unsubscribed)
            .attr("unreachable", mailed.unreachable);
        let event = self.record(event, cause, None, run)?;
        for (client, address) in letters {
            let key = key_of(&["mailing", &event.to_string(), &client.to_string()]);
            let draft = Draft {
                channel: mailing.channel.clone(),
                to: Recipient::Client(client),
                address,
                about: None,
                sender: sender.clone(),
                subject: mailing.subject.clone(),
                text: mailing.text.clone(),
                params: mailing.params.clone(),
                correlation: Some(key.clone()),
            };
            self.queue(draft, key, run.map(|run| run.id))?;
        }
        Ok(Receipt { mailed: Some(mailed), events: vec![event], ..Receipt::default() })
    }
}

fn each_client(
    reads: &mut (impl Reads + ?Sized),
    shop: ShopId,
    segment: &Segment,
    mut see: impl FnMut(Client) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let mut after = None;
    loop {
        let page = Page { after, limit: Page::MAX, newest_first: false };
        let clients = reads.clients(shop, page)?;
        let Some(last) = clients.last() else { return Ok(()) };
        after = Some(last.id.0);
        clients.into_iter().filter(|client| segment.has(client)).try_for_each(&mut see)?;
    }
}

/// What is wrong with a segment, before anybody writes to it.
pub(crate) fn check_segment(segment: &Segment) -> Result<(), Refusal> {
    check::name("/name", &segment.name)?;
    check::title(&segment.title)?;
    for field in segment.condition.iter().flat_map(|condition| condition.fields()) {
        let problem = match field.starts_with("client.") {
            true => crate::view::unknown_field(field),
            false => Some(format!("`{field}` is nothing that a segment knows: it begins with client.")),
        };
        if let Some(message) = problem {
            return Err(Refusal::invalid("/condition", "no-such-field", message));
        }
    }
    Ok(())
}

impl Engine {
    pub async fn put_segment(&self, shop: ShopId, segment: Segment) -> Result<(), Refusal> {
        check_segment(&segment)?;
        self.change(shop, move |change| {
            let before = change.config.segments.get(&segment.name).cloned();
            change.tx.put_segment(shop, &segment)?;
            change.audit_saved("segment", &segment.name, before.as_ref(), &segment)
        })
        .await
    }

    /// Its clients stay. Refused while something uses it.
    pub async fn remove_segment(&self, shop: ShopId, name: &str) -> Result<(), Refusal> {
        let name = name.to_owned();
        self.change(shop, move |change| {
            if !change.config.segments.contains_key(&name) {
                return Err(Refusal::not_found("segment", &name));
            }
            change.not_used(Named::Segment, &name)?;
            change.tx.remove_segment(shop, &name)?;
            change.audit(Deed::new("segment.removed", &name))
        })
        .await
    }

    /// How many clients are in it.
    pub async fn count_segment(&self, shop: ShopId, name: &str) -> Result<u64, Refusal> {
        let (engine, name) = (self.clone(), name.to_owned());
        self.storage()
            .read(move |reads| {
                let config = engine.inner.configs.of(reads, shop)?;
                let segment =
                    config.segments.get(&name).ok_or_else(|| Refusal::not_found("segment", &name))?;
                let mut count = 0;
                each_client(reads, shop, segment, |_| {
                    count += 1;
                    Ok(())
                })?;
                Ok(count)
            })
            .await
    }
}
