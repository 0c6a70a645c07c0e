//! The form of a rule or trigger beside the stages: what it does, when, and under which condition. Checked while somebody
//! types by the very check that publishing makes.

use axum::{
    Form, Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use maud::Markup;
use rulewright_domain::{DraftLog, DraftSave, OrderId, StageId};
use rulewright_engine::Editor;
use rulewright_ports::storage::Records;
use serde::Deserialize;

use super::{
    Desk, Stages, board,
    change::{self, Part},
    form::{self, Filled},
};
use crate::{
    Console,
    door::{At, Edit, See, Visitor},
    forms, refusals,
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/automation/{pipeline}/parts/{part}", get(show).post(set))
        .route("/automation/{pipeline}/parts/{part}/check", post(check))
        .route("/automation/{pipeline}/parts/{part}/place", post(place))
}

#[derive(Deserialize)]
struct Asked {
    order: Option<OrderId>,
}

async fn show(
    State(console): State<Console>,
    See(visitor): See,
    At((pipeline, part)): At<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Markup, Trouble> {
    let desk = Desk::open(&console, &visitor, &pipeline, asked.order).await?;
    let (stage, _, found) = change::find(&desk.stages, &part).ok_or(Trouble::NotFound)?;
    let mut filled = Filled::saved(&desk, found);
    filled.problems = problems(&console, &visitor, &desk, &stage, &filled.part).await?;
    let desk = desk.observed(&console, &visitor).await?;
    Ok(board::page(&visitor, &desk, Some(&part), Some(form::side(&visitor, &desk, &stage, &filled))))
}

/// What keeps this part from being published, by where it is in its form.
async fn problems(
    console: &Console,
    visitor: &Visitor,
    desk: &Desk,
    stage: &StageId,
    part: &Part,
) -> Result<Vec<forms::Problem>, Trouble> {
    let mut alone = Stages::new();
    change::add(&mut alone, stage, part.clone());
    let kind = if part.is_rule() { "rules" } else { "triggers" };
    let own = format!("/{stage}/{kind}/0");
    let issues = console.engine().check_automation(visitor.shop, &desk.pipeline.id, &alone).await?;
    // Alone it is the first of its stage, and would have none above it to run after.
    let of_place = format!("{own}/after-previous");
    let found = issues.into_iter().filter(|issue| issue.path != of_place);
    Ok(found
        .map(|issue| {
            let pointer = issue.path.strip_prefix(&own).unwrap_or(&issue.path);
            refusals::problem(&visitor.look, pointer, &issue)
        })
        .collect())
}

/// Fields that are not of the part itself.
struct Meta {
    version: u64,
    order: Option<OrderId>,
}

impl Meta {
    fn of(pairs: &[(String, String)]) -> Result<Meta, Trouble> {
        let named = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let version = named("version").and_then(|version| version.parse().ok());
        let version = version.ok_or_else(|| Trouble::Unreadable("the form has no version".to_owned()))?;
        Ok(Meta { version, order: named("order").and_then(|order| order.parse().ok()) })
    }
}

/// The form as somebody has filled it in, with what is wrong, and where the part stands.
async fn filled_in(
    console: &Console,
    visitor: &Visitor,
    (pipeline, id): &(String, String),
    pairs: Vec<(String, String)>,
) -> Result<(Desk, StageId, Filled, Meta), Trouble> {
    let meta = Meta::of(&pairs)?;
    let desk = Desk::open(console, visitor, pipeline, meta.order).await?;
    let (stage, _, before) = change::find(&desk.stages, id).ok_or(Trouble::NotFound)?;
    let mut filled = Filled::read(visitor, &desk, before, pairs);
    let found = problems(console, visitor, &desk, &stage, &filled.part).await?;
    filled.problems.extend(found);
    Ok((desk, stage, filled, meta))
}

/// While somebody types: the form again, with what is wrong. Nothing is saved.
async fn check(
    State(console): State<Console>,
    Edit(visitor): Edit,
    At(at): At<(String, String)>,
    Form(mut pairs): Form<Vec<(String, String)>>,
) -> Result<Markup, Trouble> {
    forms::act(&mut pairs);
    let (desk, stage, filled, meta) = filled_in(&console, &visitor, &at, pairs).await?;
    let desk = Desk { version: meta.version, ..desk };
    Ok(form::side(&visitor, &desk, &stage, &filled))
}

/// Saves the draft, or shows what has to be mended first. A button of the form itself only draws it anew.
async fn set(
    State(console): State<Console>,
    Edit(visitor): Edit,
    headers: HeaderMap,
    At(at): At<(String, String)>,
    Form(mut pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let again = forms::act(&mut pairs);
    let (mut desk, stage, mut filled, meta) = filled_in(&console, &visitor, &at, pairs).await?;
    let mut status = StatusCode::OK;
    if !again && filled.problems.is_empty() {
        change::replace(&mut desk.stages, filled.part.clone());
        match save(&console, &visitor, &desk, meta.version).await {
            Ok(()) => return Ok(Redirect::to(&desk.at()).into_response()),
            // What was written stays in the form: whoever saved first is not overwritten, and nobody's work is lost.
            Err(trouble) => {
                status = trouble.status();
                if status == StatusCode::CONFLICT {
                    filled.meanwhile = saved_since(&console, &visitor, &desk, meta.version).await?;
                }
                filled.noted = Some(trouble);
            }
        }
    } else if !again {
        status = StatusCode::UNPROCESSABLE_ENTITY;
    }
    let mut desk = Desk { version: meta.version, ..desk };
    let side = form::side(&visitor, &desk, &stage, &filled);
    let whole = !headers.contains_key("hx-request");
    if whole {
        desk = desk.observed(&console, &visitor).await?;
    }
    let page = if whole { board::page(&visitor, &desk, Some(&at.1), Some(side)) } else { side };
    Ok((status, page).into_response())
}

async fn saved_since(
    console: &Console,
    visitor: &Visitor,
    desk: &Desk,
    version: u64,
) -> Result<Vec<DraftSave>, Trouble> {
    let (shop, pipeline) = (visitor.shop, desk.pipeline.id.clone());
    let log = console.read(move |reads| reads.record_named::<DraftLog>(shop, &pipeline.0)).await?;
    Ok(log.iter().flat_map(|log| log.since(version)).cloned().collect())
}

/// As the next version of the draft, if it is still the one that was looked at.
pub async fn save(console: &Console, visitor: &Visitor, desk: &Desk, version: u64) -> Result<(), Trouble> {
    let editor = Editor { by: Some(visitor.actor()), expected: Some(version) };
    let stages = desk.stages.clone();
    visitor.engine(console).save_draft_as(visitor.shop, &desk.pipeline.id, editor, stages).await?;
    Ok(())
}

#[derive(Deserialize)]
struct Placed {
    version: u64,
    #[serde(rename = "do")]
    what: String,
}

/// Up, down, to another stage, a copy, or away.
async fn place(
    State(console): State<Console>,
    Edit(visitor): Edit,
    At((pipeline, id)): At<(String, String)>,
    Form(placed): Form<Placed>,
) -> Result<Redirect, Trouble> {
    let mut desk = Desk::open(&console, &visitor, &pipeline, None).await?;
    let mut open = id.clone();
    let stages = &mut desk.stages;
    let done = match placed.what.split_once(':') {
        Some(("to", stage)) => change::carry(stages, &id, &StageId(stage.to_owned())),
        Some(("at", place)) => {
            let place = place.rsplit_once(':').and_then(|(stage, at)| Some((stage, at.parse().ok()?)));
            let (stage, at) = place.ok_or_else(|| Trouble::Unreadable("where to is not said".to_owned()))?;
            change::put(stages, &id, &StageId(stage.to_owned()), at)
        }
        _ => match placed.what.as_str() {
            "up" => change::shift(stages, &id, -1),
            "down" => change::shift(stages, &id, 1),
            "remove" => change::remove(stages, &id),
            "copy" => {
                open = super::catalogue::fresh_id()?;
                change::copy(stages, &id, &open, |name| {
                    visitor.with("part-copy-name", &[("name", name.into())])
                })
            }
            other => return Err(Trouble::Unreadable(format!("nothing is called `{other}`"))),
        },
    };
    let strange = desk.stages.keys().any(|stage| desk.pipeline.stage(stage).is_none());
    if !done || strange {
        return Err(Trouble::NotFound);
    }
    save(&console, &visitor, &desk, placed.version).await?;
    let gone = placed.what == "remove";
    Ok(Redirect::to(&if gone { desk.at() } else { format!("{}/parts/{open}#side", desk.at()) }))
}
