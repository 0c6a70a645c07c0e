//! Pipelines and their stages. A form of stages is changed row by row on the page; what is saved is the whole of it.

use axum::{
    Form, Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use maud::{Markup, html};
use rulewright_domain::{
    OrderKind, Pipeline, PipelineId, ShopConfig, Stage, StageId, StageKind, account::Ability,
};

use super::{
    Pairs, Part, again, danger,
    field::{Field, choice, pair, said},
    framed, leads, overtaken, rows,
};
use crate::{
    Console,
    door::{At, Look, Own, See, Visitor},
    forms::Posted,
    show,
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/settings/pipelines", get(list).post(add))
        .route("/settings/pipelines/{id}", get(page).post(save))
        .route("/settings/pipelines/{id}/remove", post(remove))
}

const KINDS: [(StageKind, &str); 3] =
    [(StageKind::Open, "open"), (StageKind::Won, "won"), (StageKind::Lost, "lost")];

fn kind_name(kind: StageKind) -> &'static str {
    KINDS.iter().find(|(one, _)| *one == kind).map_or("open", |(_, name)| name)
}

fn order_kind(look: &Look, kind: OrderKind) -> String {
    match kind {
        OrderKind::Deal => look.text("pipeline-deals"),
        OrderKind::Order => look.text("pipeline-orders"),
    }
}

async fn list(State(console): State<Console>, See(visitor): See) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    Ok(listed(&visitor, &config, &Pairs::new(), None))
}

fn listed(visitor: &Visitor, config: &ShopConfig, sent: &Pairs, note: Option<Markup>) -> Markup {
    let look = &visitor.look;
    let posted = Posted::of(sent);
    let kinds = [("order", OrderKind::Order), ("deal", OrderKind::Deal)]
        .map(|(value, kind)| (value.to_owned(), order_kind(look, kind)));
    let body = html! {
        @if let Some(note) = note { (note) }
        @let heads = ["shop-name", "pipeline-kind", "pipeline-stages", "nav-automation"];
        (show::table(look, "settings-pipelines", &heads, &html! {
            @for pipeline in config.pipelines.values() { tr data-row="" {
                td { a href=(format!("/settings/pipelines/{}", pipeline.id)) { (pipeline.name) } }
                td { (order_kind(look, pipeline.kind)) }
                td { @for (place, stage) in pipeline.stages.iter().enumerate() { @if place > 0 { " → " } (stage.name) } }
                td { a href=(format!("/automation/{}", pipeline.id)) { (look.text("pipeline-open")) " " span.sr { (pipeline.name) } } }
            } }
        }))
        @if visitor.may(Ability::Own) {
            form.card method="post" action="/settings/pipelines" {
                h2 { (look.text("pipeline-add")) }
                fieldset.plain {
                    (Field::new(&posted, "name", look.text("shop-name")).required())
                    (choice(&posted, "kind", &look.text("pipeline-kind"), &kinds))
                    (Field::new(&posted, "stages", look.text("pipeline-first")).kind("area").required().help(look.text("pipeline-first-help")))
                    div.row { button type="submit" { (look.text("pipeline-add")) } }
                }
            }
        }
    };
    framed(visitor, Some(Part::Pipelines), &look.text("settings-pipelines"), body)
}

async fn add(
    State(console): State<Console>,
    Own(visitor): Own,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let posted = Posted::of(&sent);
    let mut stages = Vec::new();
    for name in super::field::lines(&posted, "stages") {
        let id = free_id(&stages, &name);
        stages.push(Stage::new(StageId(id), name, StageKind::Open));
    }
    let kind = if said(&posted, "kind") == "deal" { OrderKind::Deal } else { OrderKind::Order };
    let pipeline = Pipeline::new("", said(&posted, "name"), kind, stages);
    match visitor.engine(&console).add_pipeline(visitor.shop, pipeline).await {
        Ok(id) => Ok(leads(&format!("/settings/pipelines/{id}"), "saved")),
        Err(refusal) => {
            let config = console.config(visitor.shop).await?;
            Ok(again(&visitor, refusal, |note| listed(&visitor, &config, &sent, Some(note))))
        }
    }
}

/// An id that no other stage has.
fn free_id(stages: &[Stage], name: &str) -> String {
    rows::free_id(name, "stage", |id| stages.iter().any(|stage| stage.id.0 == id))
}

fn known(config: &ShopConfig, id: String) -> Result<&Pipeline, Trouble> {
    config.pipelines.get(&PipelineId(id)).ok_or(Trouble::NotFound)
}

async fn page(
    State(console): State<Console>,
    See(visitor): See,
    At(id): At<String>,
) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    let pipeline = known(&config, id)?;
    Ok(shown(&visitor, pipeline, &pairs(pipeline), None))
}

/// What the form began with: somebody else may have changed it since.
fn mark(pipeline: &Pipeline) -> String {
    let stages = pipeline
        .stages
        .iter()
        .map(|stage| format!("{}={} ({})", stage.id, stage.name, kind_name(stage.kind)));
    [pipeline.name.clone()].into_iter().chain(stages).collect::<Vec<_>>().join(" | ")
}

fn pairs(pipeline: &Pipeline) -> Pairs {
    let mut pairs = vec![pair("name", &pipeline.name), pair("before", mark(pipeline))];
    for stage in &pipeline.stages {
        pairs.extend(row(&stage.id.0, &stage.name, kind_name(stage.kind)));
    }
    pairs
}

/// Of each stage come its id, its name and its kind, in this order.
fn row(id: &str, name: &str, kind: &str) -> [(String, String); 3] {
    [pair("stage", id), pair("stage-name", name), pair("stage-kind", kind)]
}

/// A stage as a row of the form; a new one has no id yet.
#[derive(Clone, Debug, PartialEq)]
struct Row<'r> {
    id: &'r str,
    name: &'r str,
    kind: &'r str,
}

const COLUMNS: [&str; 3] = ["stage", "stage-name", "stage-kind"];

fn stage_rows<'r>(posted: &Posted<'r>) -> Vec<Row<'r>> {
    let rows = rows::rows(posted, COLUMNS).into_iter();
    rows.map(|[id, name, kind]| Row { id, name: name.trim(), kind }).collect()
}

/// What a button of the form does to its rows. None: it saves them.
fn act(posted: &Posted<'_>) -> Option<Pairs> {
    rows::acted(posted, &["name", "before"], &[(&COLUMNS, &["", "", "open"])])
}

/// The stages that the form has; those that were there keep whatever else is known of them.
fn stages(before: &Pipeline, rows: &[Row<'_>]) -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    for row in rows {
        let kind =
            KINDS.iter().find(|(_, name)| *name == row.kind).map_or(StageKind::Open, |(kind, _)| *kind);
        let known = before.stage(&StageId(row.id.to_owned())).cloned();
        let stage = known.unwrap_or_else(|| {
            // Neither that of a stage which stands further below, nor of one that is just taken away.
            let all: Vec<Stage> = before.stages.iter().chain(&stages).cloned().collect();
            Stage::new(StageId(free_id(&all, row.name)), "", kind)
        });
        stages.push(Stage { name: row.name.to_owned(), kind, ..stage });
    }
    stages
}

async fn save(
    State(console): State<Console>,
    Own(visitor): Own,
    At(id): At<String>,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    let pipeline = known(&config, id)?;
    if let Some(pairs) = act(&Posted::of(&sent)) {
        return Ok(shown(&visitor, pipeline, &pairs, None).into_response());
    }
    let meant = sent.clone();
    let other = overtaken(visitor.text("pipeline-other"));
    let patch = move |pipeline: &mut Pipeline| {
        let posted = Posted::of(&meant);
        if posted.last("before").unwrap_or_default() != mark(pipeline) {
            return Err(other.clone());
        }
        pipeline.stages = stages(pipeline, &stage_rows(&posted));
        said(&posted, "name").clone_into(&mut pipeline.name);
        Ok(())
    };
    match visitor.engine(&console).change_pipeline(visitor.shop, pipeline.id.clone(), patch).await {
        Ok(()) => Ok(leads(&format!("/settings/pipelines/{}", pipeline.id), "saved")),
        Err(refusal) => Ok(again(&visitor, refusal, |note| shown(&visitor, pipeline, &sent, Some(note)))),
    }
}

async fn remove(
    State(console): State<Console>,
    Own(visitor): Own,
    At(id): At<String>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    let pipeline = known(&config, id)?;
    match visitor.engine(&console).remove_pipeline(visitor.shop, pipeline.id.clone()).await {
        Ok(()) => Ok(Redirect::to("/settings/pipelines?done=removed").into_response()),
        Err(refusal) => {
            Ok(again(&visitor, refusal, |note| shown(&visitor, pipeline, &pairs(pipeline), Some(note))))
        }
    }
}

fn shown(visitor: &Visitor, pipeline: &Pipeline, pairs: &Pairs, note: Option<Markup>) -> Markup {
    let look = &visitor.look;
    let address = format!("/settings/pipelines/{}", pipeline.id);
    let body = html! {
        @if let Some(note) = note { (note) }
        p.muted {
            (order_kind(look, pipeline.kind)) " · " code { (pipeline.id) } " · "
            a href=(format!("/automation/{}", pipeline.id)) { (look.text("nav-automation")) }
        }
        (form(look, &address, &Posted::of(pairs), visitor.may(Ability::Own)))
        @if visitor.may(Ability::Own) {
            (danger(look, &format!("{address}/remove"), &look.text("pipeline-remove"), &look.with("pipeline-remove-confirm", &[("name", pipeline.name.as_str().into())])))
        }
    };
    framed(visitor, Some(Part::Pipelines), &pipeline.name, body)
}

fn form(look: &Look, address: &str, posted: &Posted<'_>, may: bool) -> Markup {
    let rows = stage_rows(posted);
    html! {
        form.card method="post" action=(address) {
            fieldset.plain disabled[!may] {
                (rows::saves_first())
                input type="hidden" name="before" value=(posted.last("before").unwrap_or_default());
                (Field::new(posted, "name", look.text("shop-name")).required())
                h2 { (look.text("pipeline-stages")) }
                p.help { (look.text("pipeline-stages-help")) }
                ol.list #stages { @for (place, row) in rows.iter().enumerate() { (stage(look, row, place, rows.len(), may)) } }
                @if may {
                    div.row {
                        (rows::add("stage", &look.text("pipeline-stage-add")))
                        button type="submit" { (look.text("save")) }
                    }
                }
            }
        }
    }
}

fn stage(look: &Look, row: &Row<'_>, place: usize, of: usize, may: bool) -> Markup {
    let number = place + 1;
    let label = |key: &str| look.words.with(key, &[("number", number.into())]);
    let called = if row.name.is_empty() { number.to_string() } else { row.name.to_owned() };
    html! {
        li.row {
            input type="hidden" name="stage" value=(row.id);
            input name="stage-name" value=(row.name) required aria-label=(label("pipeline-stage-name"));
            select name="stage-kind" aria-label=(label("pipeline-stage-kind")) {
                @for (_, kind) in KINDS { option value=(kind) selected[row.kind == kind] { (look.text(&format!("stage-kind-{kind}"))) } }
            }
            @if may {
                (rows::buttons(look, "stage", place, of, &called))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{forms::submitted::submitted, listing::tests::look, runs::sample::config};

    fn pipeline() -> Pipeline {
        let mut pipeline = config().pipelines.into_values().next().unwrap();
        pipeline.stages[1] =
            Stage { color: Some("#39a8ef".into()), ..Stage::new("paid", "Paid", StageKind::Won) };
        pipeline
    }

    fn names(pairs: &Pairs) -> Vec<&str> {
        stage_rows(&Posted::of(pairs)).iter().map(|row| row.name).collect()
    }

    #[test]
    fn a_form_that_is_sent_as_it_was_changes_nothing() {
        let before = pipeline();
        let shown = form(&look("en"), "/x", &Posted::of(&pairs(&before)), true).into_string();
        let sent = submitted(&shown);
        let posted = Posted::of(&sent);
        assert_eq!(posted.last("before"), Some(&*mark(&before)));
        assert_eq!(stages(&before, &stage_rows(&posted)), before.stages);
    }

    #[test]
    fn rows_move_come_and_go_before_they_are_saved() {
        let done = |what: &str| {
            let mut pairs = pairs(&pipeline());
            pairs.push(pair("do", what));
            act(&Posted::of(&pairs)).unwrap()
        };
        assert_eq!(names(&done("down:stage:0")), ["Paid", "New"]);
        assert_eq!(names(&done("up:stage:0")), ["New", "Paid"]);
        assert_eq!(names(&done("remove:stage:0")), ["Paid"]);
        assert_eq!(names(&done("add:stage")), ["New", "Paid", ""]);
        assert_eq!(names(&done("remove:stage:9")), ["New", "Paid"]);
        assert!(act(&Posted::of(&pairs(&pipeline()))).is_none());
    }

    #[test]
    fn a_new_stage_gets_an_id_of_its_own_and_no_other_loses_its() {
        let before = pipeline();
        let rows = [
            ("", "Paid!", "open"),
            ("paid", "Settled", "won"),
            ("", "Оплачено", "lost"),
            ("", "Paid", "open"),
        ];
        let rows = rows.map(|(id, name, kind)| Row { id, name, kind });
        let after = stages(&before, &rows);
        let ids: Vec<_> = after.iter().map(|stage| stage.id.0.as_str()).collect();
        assert_eq!(ids, ["paid-2", "paid", "stage", "paid-3"]);
        assert_eq!((after[1].name.as_str(), after[1].color.as_deref()), ("Settled", Some("#39a8ef")));
    }
}
