//! What is done with a run: once more, no further, taken along.

use axum::{
    extract::State,
    response::{Redirect, Response},
};
use rulewright_domain::RunId;
use serde_json::json;

use crate::{
    Console,
    door::{At, See, Work},
    download,
    trouble::Trouble,
};

pub async fn retry(
    State(console): State<Console>,
    Work(visitor): Work,
    At(id): At<RunId>,
) -> Result<Redirect, Trouble> {
    visitor.engine(&console).retry_run(visitor.shop, id).await?;
    Ok(Redirect::to(&format!("/runs/{id}")))
}

/// To the new run.
pub async fn again(
    State(console): State<Console>,
    Work(visitor): Work,
    At(id): At<RunId>,
) -> Result<Redirect, Trouble> {
    let new = visitor.engine(&console).run_again(visitor.shop, id, visitor.actor()).await?;
    Ok(Redirect::to(&format!("/runs/{new}")))
}

pub async fn cancel(
    State(console): State<Console>,
    Work(visitor): Work,
    At(id): At<RunId>,
) -> Result<Redirect, Trouble> {
    visitor.engine(&console).cancel_run(visitor.shop, id).await?;
    Ok(Redirect::to(&format!("/runs/{id}")))
}

/// In the shape that `/v1/runs/{id}/recording` answers with, people made unrecognisable.
pub async fn recording(
    State(console): State<Console>,
    See(visitor): See,
    At(id): At<RunId>,
) -> Result<Response, Trouble> {
    let recording = console.engine().recording(visitor.shop, id, true).await?;
    let whole = json!({
        "format": recording.format, "run": recording.run, "plugin": recording.plugin,
        "plugin_digest": recording.digest, "masked": recording.masked, "recording": recording,
    });
    Ok(download::file(&format!("{id}.recording.json"), "application/json", whole.to_string().into_bytes()))
}
