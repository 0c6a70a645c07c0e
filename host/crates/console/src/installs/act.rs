//! What is done with an installation: begun, agreed to, declined, canceled.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Form,
    body::Bytes,
    extract::{Query, State},
    http::HeaderMap,
    response::Redirect,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use rulewright_domain::plugin::HttpTarget;
use rulewright_market::{BadHost, BadSource, Begin, Refused, Yes, hosts};
use rulewright_registry::Wishes;
use serde::Deserialize;

use super::{address, of};
use crate::{
    Console,
    door::{At, Plugins},
    forms::Posted,
    listing::filled,
    plugins::permissions,
    trouble::Trouble,
};

/// From where, and what whoever asks allows beyond the usual.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Wish {
    source: String,
    plugin: String,
    allow_unsigned: Option<String>,
    accept_key: String,
    allow_downgrade: Option<String>,
}

pub async fn begin(
    State(console): State<Console>,
    Plugins(visitor): Plugins,
    Form(wish): Form<Wish>,
) -> Result<Redirect, Trouble> {
    let wishes = Wishes {
        allow_unsigned: wish.allow_unsigned.is_some(),
        accept_key: filled(&wish.accept_key).map(str::to_owned),
        allow_downgrade: wish.allow_downgrade.is_some(),
        plugin: filled(&wish.plugin).map(str::to_owned),
    };
    let begin = Begin::named(wish.source.trim(), wishes)
        .map_err(|wrong| Refused::new("bad-reference", wrong.to_string(), BadSource::HINT))?;
    let job = of(&console, &visitor).begin(visitor.shop.into(), &visitor.account.name, begin).await?;
    Ok(Redirect::to(&address(&job.id)))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct File {
    name: String,
}

/// The component itself, with the document of its signature in a header, as `/v1/installs` has it.
pub async fn sent(
    State(console): State<Console>,
    Plugins(visitor): Plugins,
    Query(file): Query<File>,
    headers: HeaderMap,
    component: Bytes,
) -> Result<Redirect, Trouble> {
    let signature =
        headers.get("package-signature").map(|value| STANDARD.decode(value.as_bytes().trim_ascii()));
    let signature = signature.transpose().map_err(|error| Trouble::Unreadable(error.to_string()))?;
    let name = filled(&file.name).map(str::to_owned);
    let begin = Begin::sent(name, Arc::from(&component[..]), signature, Wishes::default());
    let job = of(&console, &visitor).begin(visitor.shop.into(), &visitor.account.name, begin).await?;
    Ok(Redirect::to(&address(&job.id)))
}

/// A yes to all that is ticked, and to no more.
pub async fn consent(
    State(console): State<Console>,
    Plugins(visitor): Plugins,
    At(id): At<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Redirect, Trouble> {
    let installs = of(&console, &visitor);
    let job = installs.get(visitor.shop, &id).await?;
    let asked =
        job.question.iter().flat_map(|question| permissions::functions(&question.sentences())).collect();
    let posted = Posted::of(&pairs);
    let yes = Yes {
        digest: posted.last("digest").unwrap_or_default().to_owned(),
        functions: part(&asked, posted.all("function")),
        hosts: named_hosts(posted.last("hosts").unwrap_or_default())?,
        pin: posted.last("pin").map(str::to_owned),
    };
    installs.consent(visitor.shop.into(), &visitor.account.name, &id, yes).await?;
    Ok(Redirect::to(&address(&id)))
}

/// The functions that were agreed to; None where it was all of them.
fn part(asked: &BTreeSet<String>, ticked: &[&str]) -> Option<BTreeSet<String>> {
    let ticked: BTreeSet<String> = ticked.iter().map(|name| (*name).to_owned()).collect();
    (!asked.is_subset(&ticked)).then_some(ticked)
}

/// One on each line, or separated by commas.
pub fn named_hosts(text: &str) -> Result<Vec<HttpTarget>, Trouble> {
    let listed = text.lines().collect::<Vec<_>>().join(",");
    let named = hosts(&listed);
    Ok(named.map_err(|wrong| Refused::new("bad-host", wrong.to_string(), BadHost::HINT))?)
}

pub async fn decline(
    State(console): State<Console>,
    Plugins(visitor): Plugins,
    At(id): At<String>,
) -> Result<Redirect, Trouble> {
    of(&console, &visitor).decline(visitor.shop, &id).await?;
    Ok(Redirect::to(&address(&id)))
}

pub async fn cancel(
    State(console): State<Console>,
    Plugins(visitor): Plugins,
    At(id): At<String>,
) -> Result<Redirect, Trouble> {
    of(&console, &visitor).cancel(visitor.shop, &id).await?;
    Ok(Redirect::to(&address(&id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_named_and_all_of_it_is_not() {
        let asked = BTreeSet::from(["http.send".to_owned(), "messages.queue".to_owned()]);
        assert_eq!(part(&asked, &["messages.queue", "http.send"]), None);
        assert_eq!(part(&asked, &["http.send"]), Some(BTreeSet::from(["http.send".to_owned()])));
        assert_eq!(part(&asked, &[]), Some(BTreeSet::new()));
        assert_eq!(part(&BTreeSet::new(), &[]), None, "what asks for nothing is agreed to whole");
    }

    #[test]
    fn hosts_stand_on_lines_or_between_commas() {
        let named: Vec<String> = named_hosts("a.example\r\nb.example:8443, c.example\n")
            .unwrap()
            .into_iter()
            .map(|one| one.host)
            .collect();
        assert_eq!(named, ["a.example", "b.example:8443", "c.example"]);
        assert!(named_hosts("https://a.example/").is_err());
    }
}
