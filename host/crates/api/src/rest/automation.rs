//! What stands on the stages of a pipeline: edited as a draft, run as a published revision.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use rulewright_domain::{DraftLog, PipelineId, Scope, ShopId, StageAutomation, StageId};
use rulewright_engine::{Editor, Refusal, hide_secrets_of};
use rulewright_ports::{Issue, storage::Records};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::fields::actor;
use crate::{
    auth::{AutomationRead, AutomationWrite},
    etag::{IfMatch, etag, has_already},
    extract::{At, MaybeSent, Sent},
    key::asked,
    page::Page,
    problem::{Fault, Problem, Problems},
    state::Api,
    view::{
        Draft, DraftChecked, DraftSaved, Nothing, PublishInput, Published, Publishing, Revision,
        RevisionSummary, StagesInput, stages_into_domain, stages_of_domain,
    },
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(get_draft, save_draft))
        .routes(routes!(check_automation))
        .routes(routes!(publish_automation))
        .routes(routes!(preview_publishing))
        .routes(routes!(list_revisions))
        .routes(routes!(get_revision))
        .routes(routes!(restore_revision))
}

/// Read the draft
///
/// Without the scope `automation-write`, `•••` stands in place of each secret in the settings of its rules and triggers.
#[utoipa::path(
    get, path = "/v1/pipelines/{id}/automation", tag = "automation",
    params(("id" = String, Path, example = "sales"), ("If-None-Match" = Option<String>, Header, example = "\"3\"")),
    responses((status = 200, body = Draft, headers(("ETag" = String, description = "Its version"))), (status = 304, description = "It is still at that version"), Problems), security(("bearer" = ["automation-read"]))
)]
async fn get_draft(
    State(api): State<Api>,
    caller: AutomationRead,
    At(id): At<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (shop, pipeline) = (caller.shop(), PipelineId(id));
    let (wanted, whole) = (pipeline.clone(), caller.may(Scope::AutomationWrite));
    let found = api
        .read(move |reads| {
            let Some(config) = reads.config(shop)?.filter(|config| config.pipelines.contains_key(&wanted))
            else {
                return Ok(None);
            };
            let published = config.automations.get(&wanted).map(|automation| automation.revision);
            let log = reads.record_named::<DraftLog>(shop, &wanted.0)?;
            let (version, mut stages) = reads.draft(shop, &wanted)?;
            if !whole {
                hide_secrets_of(&config, &mut stages);
            }
            Ok(Some((published, (version, stages), log.map(|log| log.saves).unwrap_or_default())))
        })
        .await?;
    let (published_revision, (version, stages), saves) =
        found.ok_or_else(|| Problem::not_found("pipeline", &pipeline))?;
    // The tag is the draft's: that another revision has been published since is seen at the pipeline.
    if has_already(&headers, version) {
        return Ok((StatusCode::NOT_MODIFIED, [etag(version)]).into_response());
    }
    let saves = saves.into_iter().rev().map(Into::into).collect();
    let stages = stages_of_domain(stages);
    let draft = Draft { pipeline: pipeline.0, version, published_revision, stages, saves };
    Ok(([etag(version)], Json(draft)).into_response())
}

/// Save the draft
///
/// Nothing runs because of it until it is published. A draft with mistakes is saved all the same, and says which. Where
/// `•••` stands in place of a secret, the rule of this id keeps the one that it has. With `If-Match`, a draft that somebody
/// else has saved meanwhile is not overwritten: 412 says who it was and what changed.
#[utoipa::path(
    put, path = "/v1/pipelines/{id}/automation", tag = "automation", request_body = StagesInput,
    params(("id" = String, Path, example = "sales"), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = DraftSaved, headers(("ETag" = String, description = "Its version"))), Problems), security(("bearer" = ["automation-write"]))
)]
async fn save_draft(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(id): At<String>,
    if_match: IfMatch,
    sent: Sent<StagesInput>,
) -> Result<Response, Problem> {
    let (shop, pipeline) = (caller.shop(), PipelineId(id));
    let expected = if_match.expected(version_of(&api, shop, &pipeline)).await?;
    let stages = stages_into_domain(sent.body.stages);
    let editor = Editor { by: Some(actor(&caller)), expected };
    let saved = api.engine.save_draft_as(shop, &pipeline, editor, stages.clone()).await;
    let version = saved.map_err(|refusal| stale(refusal, expected, &pipeline))?;
    saved_as(&api, shop, &pipeline, version, &stages).await
}

/// Check an automation
///
/// The one in the body, or the draft if there is none. No issue tells a secret. Without the scope `automation-write`, what
/// `•••` stands for in the body is not looked at.
#[utoipa::path(
    post, path = "/v1/pipelines/{id}/automation/check", tag = "automation", request_body = Option<StagesInput>,
    params(("id" = String, Path, example = "sales")),
    responses((status = 200, body = DraftChecked), Problems), security(("bearer" = ["automation-read"]))
)]
async fn check_automation(
    State(api): State<Api>,
    caller: AutomationRead,
    At(id): At<String>,
    sent: MaybeSent<Option<StagesInput>>,
) -> Result<Json<DraftChecked>, Problem> {
    let (shop, pipeline) = (caller.shop(), PipelineId(id));
    let asked = asked(&caller, sent.key);
    if let Some(checked) = api.engine.answered(&asked).await? {
        return Ok(Json(checked));
    }
    let issues = match sent.body {
        Some(input) => {
            let stages = stages_into_domain(input.stages);
            match caller.may(Scope::AutomationWrite) {
                true => api.engine.check_automation(shop, &pipeline, &stages).await,
                false => api.engine.check_shown_automation(shop, &pipeline, &stages).await,
            }
        }
        None => {
            let wanted = pipeline.clone();
            let stages = api.read(move |reads| Ok(reads.draft(shop, &wanted)?.1)).await?;
            api.engine.check_automation(shop, &pipeline, &stages).await
        }
    };
    let issues = faults(issues.map_err(|refusal| refused(refusal, &pipeline))?);
    let checked = DraftChecked { ok: issues.is_empty(), issues };
    Ok(Json(api.engine.keep(asked, checked).await?))
}

/// Publish the draft
///
/// From now on it is what runs. Orders that stand in its stages already are left alone. Runs of rules that are no longer
/// there are let finish, or cancelled with `pending`; the answer counts them. With `If-Match`, a draft that somebody else
/// has saved meanwhile is not published.
#[utoipa::path(
    post, path = "/v1/pipelines/{id}/automation/publish", tag = "automation", request_body = Option<PublishInput>,
    params(("id" = String, Path, example = "sales"), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = Published), Problems), security(("bearer" = ["automation-write"]))
)]
async fn publish_automation(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(id): At<String>,
    if_match: IfMatch,
    sent: MaybeSent<PublishInput>,
) -> Result<Json<Published>, Problem> {
    let pipeline = PipelineId(id);
    let expected = if_match.expected(version_of(&api, caller.shop(), &pipeline)).await?;
    let (pending, editor) = (sent.body.pending.into(), Editor { by: Some(actor(&caller)), expected });
    let published =
        api.by(&caller).engine.publish_as(asked(&caller, sent.key), &pipeline, pending, editor).await;
    Ok(Json(published.map_err(|refusal| stale(refusal, expected, &pipeline))?.into()))
}

/// See what publishing would take out
///
/// The rules that the draft no longer has, with their runs that have not ended.
#[utoipa::path(
    get, path = "/v1/pipelines/{id}/automation/publish-preview", tag = "automation",
    params(("id" = String, Path, example = "sales")),
    responses((status = 200, body = Publishing), Problems), security(("bearer" = ["automation-read"]))
)]
async fn preview_publishing(
    State(api): State<Api>,
    caller: AutomationRead,
    At(id): At<String>,
) -> Result<Json<Publishing>, Problem> {
    let pipeline = PipelineId(id);
    let removed = api.engine.publish_preview(caller.shop(), &pipeline).await;
    Ok(Json(removed.map_err(|refusal| refused(refusal, &pipeline))?.into()))
}

/// List published revisions, newest first
///
/// On one page.
#[utoipa::path(
    get, path = "/v1/pipelines/{id}/automation/revisions", tag = "automation",
    params(("id" = String, Path, example = "sales")),
    responses((status = 200, body = Page<RevisionSummary>), Problems), security(("bearer" = ["automation-read"]))
)]
async fn list_revisions(
    State(api): State<Api>,
    caller: AutomationRead,
    At(id): At<String>,
) -> Result<Json<Page<RevisionSummary>>, Problem> {
    let (shop, pipeline) = (caller.shop(), PipelineId(id));
    let wanted = pipeline.clone();
    let found = api
        .read(move |reads| {
            let found = reads.revisions(shop, &wanted)?;
            let known = !found.is_empty()
                || reads.config(shop)?.is_some_and(|config| config.pipelines.contains_key(&wanted));
            Ok(known.then_some(found))
        })
        .await?;
    let found = found.ok_or_else(|| Problem::not_found("pipeline", &pipeline))?;
    Ok(Json(Page { items: found.into_iter().map(RevisionSummary::from).collect(), next: None }))
}

/// Read a published revision
///
/// Without the scope `automation-write`, `•••` stands in place of each secret in the settings of its rules and triggers.
#[utoipa::path(
    get, path = "/v1/pipelines/{id}/automation/revisions/{revision}", tag = "automation",
    params(("id" = String, Path, example = "sales"), ("revision" = u64, Path, example = 3)),
    responses((status = 200, body = Revision), Problems), security(("bearer" = ["automation-read"]))
)]
async fn get_revision(
    State(api): State<Api>,
    caller: AutomationRead,
    At((id, revision)): At<(String, u64)>,
) -> Result<Json<Revision>, Problem> {
    let (shop, pipeline) = (caller.shop(), PipelineId(id));
    // No storage counts that far, so nothing can be there.
    let mut found = match i64::try_from(revision) {
        Ok(_) => api.read(move |reads| reads.revision(shop, &pipeline, revision)).await?,
        Err(_) => None,
    };
    if let Some(found) = found.as_mut().filter(|_| !caller.may(Scope::AutomationWrite)) {
        let config = api.engine.config(shop).await?;
        hide_secrets_of(&config, &mut found.stages);
    }
    Ok(Json(found.ok_or_else(|| Problem::not_found("revision", revision))?.into()))
}

/// Put a published revision back into the draft
///
/// In place of what is there. Nothing runs because of it until it is published. With `If-Match`, a draft that somebody
/// else has saved meanwhile is not overwritten: 412 says who it was and what changed.
#[utoipa::path(
    post, path = "/v1/pipelines/{id}/automation/revisions/{revision}/restore", tag = "automation",
    params(("id" = String, Path, example = "sales"), ("revision" = u64, Path, example = 3), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = DraftSaved, headers(("ETag" = String, description = "Its version"))), Problems), security(("bearer" = ["automation-write"]))
)]
async fn restore_revision(
    State(api): State<Api>,
    caller: AutomationWrite,
    At((id, revision)): At<(String, u64)>,
    if_match: IfMatch,
    sent: MaybeSent<Nothing>,
) -> Result<Response, Problem> {
    let (shop, pipeline) = (caller.shop(), PipelineId(id));
    // No storage counts that far, so nothing can be there.
    if i64::try_from(revision).is_err() {
        return Err(Problem::not_found("revision", revision));
    }
    let expected = if_match.expected(version_of(&api, shop, &pipeline)).await?;
    let editor = Editor { by: Some(actor(&caller)), expected };
    let asked = asked(&caller, sent.key);
    let restored = api.by(&caller).engine.restore_revision(asked, &pipeline, revision, editor).await;
    let version = restored.map_err(|refusal| match refusal {
        Refusal::NotFound { what, id } => Problem::not_found(what, id),
        refusal => stale(refusal, expected, &pipeline),
    })?;
    let wanted = pipeline.clone();
    let past = api.read(move |reads| reads.revision(shop, &wanted, revision)).await?;
    let stages = past.ok_or_else(|| Problem::not_found("revision", revision))?.stages;
    saved_as(&api, shop, &pipeline, version, &stages).await
}

async fn version_of(api: &Api, shop: ShopId, pipeline: &PipelineId) -> Result<Option<u64>, Problem> {
    let wanted = pipeline.clone();
    api.read(move |reads| Ok(Some(reads.draft(shop, &wanted)?.0))).await
}

/// The draft's new version, and what keeps it from being published.
async fn saved_as(
    api: &Api,
    shop: ShopId,
    pipeline: &PipelineId,
    version: u64,
    stages: &BTreeMap<StageId, StageAutomation>,
) -> Result<Response, Problem> {
    let issues = api.engine.check_automation(shop, pipeline, stages).await;
    let issues = issues.map_err(|refusal| refused(refusal, pipeline))?;
    let saved = DraftSaved { version, issues: faults(issues) };
    Ok(([etag(version)], Json(saved)).into_response())
}

/// What was refused because somebody else was quicker than `If-Match` says.
fn stale(refusal: Refusal, expected: Option<u64>, pipeline: &PipelineId) -> Problem {
    match refusal {
        Refusal::Conflict { message } if expected.is_some() => {
            Problem::new(StatusCode::PRECONDITION_FAILED, "conflict", message)
                .hint("read the draft again, and repeat your change on it")
        }
        refusal => refused(refusal, pipeline),
    }
}

pub fn refused(refusal: Refusal, pipeline: &PipelineId) -> Problem {
    match refusal {
        Refusal::Invalid(issues) => crate::problem::invalid(issues.into_iter().map(outside).collect()),
        Refusal::OutOfPlan(issues) => {
            Problem::refused(Refusal::OutOfPlan(issues.into_iter().map(outside).collect()), &[])
        }
        refusal => Problem::refused(refusal, &[&pipeline.0]),
    }
}

fn faults(issues: Vec<Issue>) -> Vec<Fault> {
    let fault = |Issue { path, code, message }| Fault { path, code, message };
    issues.into_iter().map(outside).map(fault).collect()
}

/// The place in our own shape of the body: below `/stages`, and in our spelling of its keys.
fn outside(issue: Issue) -> Issue {
    let key = issue.path.rsplit('/').next().unwrap_or_default();
    let path = match key {
        // A key of a rule; what lies below `settings` is the plugin's.
        "after-previous" if !issue.path.contains("/settings") => {
            issue.path.replace("after-previous", "after_previous")
        }
        _ => issue.path,
    };
    Issue { path: format!("/stages{path}"), ..issue }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_in_the_shape_of_the_body() {
        let at = |path: &str| {
            outside(Issue { path: path.into(), code: String::new(), message: String::new() }).path
        };
        assert_eq!(at("/new/rules/0/after-previous"), "/stages/new/rules/0/after_previous");
        assert_eq!(at("/new/rules/0/settings/after-previous"), "/stages/new/rules/0/settings/after-previous");
    }
}
