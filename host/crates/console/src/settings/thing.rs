//! Things of the shop that have a name, such as schedules and numerators: a page for each, and one for a new one. What
//! they are and how a form shows them is said by each of them; what is asked, checked and answered is the same for all.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Response},
};
use maud::Markup;
use rulewright_domain::{ShopConfig, ShopId};
use rulewright_engine::{Engine, Refusal};

use super::{Pairs, again, leads, new_name};
use crate::{
    Console,
    door::{At, Look, Own, See, Visitor},
    forms::Posted,
    trouble::Trouble,
};

pub trait Thing: Sized + Send + Sync + 'static {
    /// Where they are listed.
    const LIST: &'static str;

    fn of<'c>(config: &'c ShopConfig, name: &str) -> Option<&'c Self>;

    /// As its form would send it.
    fn pairs(&self) -> Pairs;

    /// What the form of a new one begins with.
    fn beginning(config: &ShopConfig) -> Pairs;

    fn read(look: &Look, name: &str, posted: &Posted<'_>) -> Result<Self, Refusal>;

    /// What a button of the form does to its rows. None: it saves them.
    fn act(_: &Posted<'_>) -> Option<Pairs> {
        None
    }

    /// Its page, with what was `sent`; None: that of a new one.
    fn shown(
        visitor: &Visitor,
        config: &ShopConfig,
        one: Option<(&str, &Self)>,
        sent: &Pairs,
        note: Option<Markup>,
    ) -> Markup;

    fn put(
        self,
        engine: Engine,
        shop: ShopId,
        name: String,
    ) -> impl Future<Output = Result<(), Refusal>> + Send;

    fn remove(engine: Engine, shop: ShopId, name: String)
    -> impl Future<Output = Result<(), Refusal>> + Send;

    /// Where saving one leads to.
    fn saved(_name: &str) -> String {
        Self::LIST.to_owned()
    }
}

pub async fn new<T: Thing>(State(console): State<Console>, Own(visitor): Own) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    Ok(T::shown(&visitor, &config, None, &T::beginning(&config), None))
}

pub async fn page<T: Thing>(
    State(console): State<Console>,
    See(visitor): See,
    At(name): At<String>,
) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    let one = T::of(&config, &name).ok_or(Trouble::NotFound)?;
    Ok(T::shown(&visitor, &config, Some((name.as_str(), one)), &one.pairs(), None))
}

pub async fn add<T: Thing>(
    State(console): State<Console>,
    Own(visitor): Own,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    let name = new_name(&visitor, &Posted::of(&sent), |name| T::of(&config, name).is_some());
    put::<T>(&console, &visitor, &config, None, name, &sent).await
}

pub async fn save<T: Thing>(
    State(console): State<Console>,
    Own(visitor): Own,
    At(name): At<String>,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    let one = T::of(&config, &name).ok_or(Trouble::NotFound)?;
    put(&console, &visitor, &config, Some((name.as_str(), one)), Ok(name.clone()), &sent).await
}

async fn put<T: Thing>(
    console: &Console,
    visitor: &Visitor,
    config: &ShopConfig,
    one: Option<(&str, &T)>,
    name: Result<String, Refusal>,
    sent: &Pairs,
) -> Result<Response, Trouble> {
    let posted = Posted::of(sent);
    if let Some(pairs) = T::act(&posted) {
        return Ok(T::shown(visitor, config, one, &pairs, None).into_response());
    }
    let put = match name.and_then(|name| Ok((T::read(&visitor.look, &name, &posted)?, name))) {
        Ok((wanted, name)) => {
            let address = T::saved(&name);
            wanted.put(visitor.engine(console), visitor.shop, name).await.map(|()| address)
        }
        Err(refusal) => Err(refusal),
    };
    match put {
        Ok(address) => Ok(leads(&address, "saved")),
        Err(refusal) => Ok(again(visitor, refusal, |note| T::shown(visitor, config, one, sent, Some(note)))),
    }
}

pub async fn remove<T: Thing>(
    State(console): State<Console>,
    Own(visitor): Own,
    At(name): At<String>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    let one = T::of(&config, &name).ok_or(Trouble::NotFound)?;
    match T::remove(visitor.engine(&console), visitor.shop, name.clone()).await {
        Ok(()) => Ok(leads(T::LIST, "removed")),
        Err(refusal) => Ok(again(&visitor, refusal, |note| {
            T::shown(&visitor, &config, Some((name.as_str(), one)), &one.pairs(), Some(note))
        })),
    }
}
