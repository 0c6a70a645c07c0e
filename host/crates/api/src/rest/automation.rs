//! What stands on the stages of a pipeline: edited as a draft, run as a published revision.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use rulewright_domain::PipelineId;
use rulewright_engine::Refusal;
use rulewright_ports::Issue;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::{AutomationRead, AutomationWrite},
    etag::{IfMatch, etag, has_already},
    extract::{At, MaybeSent, Sent},
    key::asked,
    page::Page,
    problem::{Fault, Problem, Problems},
    state::Api,
    view::{
        Draft, DraftChecked, DraftSaved, PublishInput, Published, Publishing, Revision, RevisionSummary,
        StagesInput, stages_into_domain, stages_of_domain,
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
}

/// Read the draft
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
    let wanted = pipeline.clone();
    let found = api
        .read(move |reads| {
            let Some(config) = reads.config(shop)?.filter(|config| config.pipelines.contains_key(&wanted))
            else {
                return Ok(None);
            };
            let published = config.automations.get(&wanted).map(|automation| automation.revision);
            Ok(Some((published, reads.draft(shop, &wanted)?)))
        })
        .await?;
    let (published_revision, (version, stages)) =
        found.ok_or_else(|| Problem::not_found("pipeline", &pipeline))?;
    // The tag is the draft's: that another revision has been published since is seen at the pipeline.
    if has_already(&headers, version) {
        return Ok((StatusCode::NOT_MODIFIED, [etag(version)]).into_response());
    }
    let draft = Draft { pipeline: pipeline.0, version, published_revision, stages: stages_of_domain(stages) };
    Ok(([etag(version)], Json(draft)).into_response())
}

/// Save the draft
///
/// Nothing runs because of it until it is published. A draft with mistakes is saved all the same, and says which.
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
    let wanted = pipeline.clone();
    let current = api.read(move |reads| Ok(Some(reads.draft(shop, &wanted)?.0)));
    let expected = if_match.expected(current).await?;
    let stages = stages_into_domain(sent.body.stages);
    let saved = api.engine.save_draft(shop, &pipeline, expected, stages.clone()).await;
    let version = saved.map_err(|refusal| match refusal {
        Refusal::Conflict { message } if expected.is_some() => {
            Problem::new(StatusCode::PRECONDITION_FAILED, "conflict", message)
                .hint("read the draft again, and repeat your change on it")
        }
        refusal => refused(refusal, &pipeline),
    })?;
    let issues = api.engine.check_automation(shop, &pipeline, &stages).await;
    let issues = issues.map_err(|refusal| refused(refusal, &pipeline))?;
    let saved = DraftSaved { version, issues: faults(issues) };
    Ok(([etag(version)], Json(saved)).into_response())
}

/// Check an automation
///
/// The one in the body, or the draft if there is none.
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
    let stages = match sent.body {
        Some(input) => stages_into_domain(input.stages),
        None => {
            let wanted = pipeline.clone();
            api.read(move |reads| Ok(reads.draft(shop, &wanted)?.1)).await?
        }
    };
    let issues = api.engine.check_automation(shop, &pipeline, &stages).await;
    let issues = faults(issues.map_err(|refusal| refused(refusal, &pipeline))?);
    let checked = DraftChecked { ok: issues.is_empty(), issues };
    Ok(Json(api.engine.keep(asked, checked).await?))
}

/// Publish the draft
///
/// From now on it is what runs. Orders that stand in its stages already are left alone. Runs of rules that are no longer
/// there are let finish, or cancelled with `pending`; the answer counts them.
#[utoipa::path(
    post, path = "/v1/pipelines/{id}/automation/publish", tag = "automation", request_body = Option<PublishInput>,
    params(("id" = String, Path, example = "sales")),
    responses((status = 200, body = Published), Problems), security(("bearer" = ["automation-write"]))
)]
async fn publish_automation(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(id): At<String>,
    sent: MaybeSent<PublishInput>,
) -> Result<Json<Published>, Problem> {
    let pipeline = PipelineId(id);
    let pending = sent.body.pending.into();
    let published = api.by(&caller).engine.publish_with(asked(&caller, sent.key), &pipeline, pending).await;
    Ok(Json(published.map_err(|refusal| refused(refusal, &pipeline))?.into()))
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
    let found = match i64::try_from(revision) {
        Ok(_) => api.read(move |reads| reads.revision(shop, &pipeline, revision)).await?,
        Err(_) => None,
    };
    Ok(Json(found.ok_or_else(|| Problem::not_found("revision", revision))?.into()))
}

fn refused(refusal: Refusal, pipeline: &PipelineId) -> Problem {
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
