//! All runs, the latest first, live.

use std::{collections::BTreeSet, sync::Arc};

use axum::extract::{Query, State};
use maud::{Markup, html};
use rulewright_domain::{Order, RuleSpec, Run, RunId, ShopConfig, ShopId};
use rulewright_ports::{Reads, StorageExt, storage::RunQuery};
use serde::Deserialize;

use crate::{
    Console,
    door::{Look, See},
    listing::{self, filled},
    names,
    shell::{self, Place},
    show::{self, Tone},
    trouble::Trouble,
};

/// Every state that can be asked for, with its words.
const STATES: [(&str, &str); 9] = [
    ("done", "run-done"),
    ("waiting", "run-waiting"),
    ("scheduled", "run-scheduled"),
    ("ready", "run-ready"),
    ("blocked", "run-blocked"),
    ("parked", "run-parked"),
    ("skipped", "run-skipped"),
    ("failed", "run-failed"),
    ("cancelled", "run-cancelled"),
];

/// Between a pipeline and its stage in the filter.
const WITHIN: char = '/';

/// The filters, as the address has them.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    state: String,
    rule: String,
    plugin: String,
    /// `pipeline/stage`.
    stage: String,
    /// Its id or its number.
    order: String,
    from: String,
    to: String,
    /// `only` those in shadow, or `none` of them.
    shadow: String,
    before: String,
}

impl Asked {
    fn filters(&self) -> [(&'static str, &str); 8] {
        [
            ("state", &self.state),
            ("rule", &self.rule),
            ("plugin", &self.plugin),
            ("stage", &self.stage),
            ("order", &self.order),
            ("from", &self.from),
            ("to", &self.to),
            ("shadow", &self.shadow),
        ]
    }

    fn is_filtered(&self) -> bool {
        self.filters().iter().any(|(_, value)| filled(value).is_some())
    }

    /// None where it names an order that is not there.
    fn query(
        &self,
        reads: &mut dyn Reads,
        config: &ShopConfig,
        look: &Look,
    ) -> Result<Option<RunQuery>, Trouble> {
        let shop = config.shop.id;
        let Some(order) = listing::order_asked(reads, shop, &self.order)? else { return Ok(None) };
        let mut digests = Vec::new();
        if let Some(plugin) = filled(&self.plugin) {
            let plugin = plugin.to_owned();
            digests.extend(config.plugins.get(&plugin).map(|active| active.digest.clone()));
            let before = reads.replaced_plugins(shop, &plugin)?;
            digests.extend(before.into_iter().map(|replaced| replaced.installation.digest));
            // The shop never had it.
            if digests.is_empty() {
                return Ok(None);
            }
        }
        let (pipeline, stage) =
            match filled(&self.stage).map(|text| text.split_once(WITHIN).unwrap_or((text, ""))) {
                None => (None, None),
                Some((pipeline, stage)) => (Some(pipeline.into()), filled(stage).map(Into::into)),
            };
        Ok(Some(RunQuery {
            order,
            state: filled(&self.state).map(ToOwned::to_owned),
            rule: filled(&self.rule).map(ToOwned::to_owned),
            pipeline,
            stage,
            digests,
            from: listing::day(look, &self.from, false),
            to: listing::day(look, &self.to, true),
            shadow: filled(&self.shadow).map(|wanted| wanted == "only"),
        }))
    }
}

/// What a page shows.
pub struct Listing {
    pub rows: Vec<(Run, Option<Arc<Order>>)>,
    /// The run that the next page goes on after.
    pub next: Option<RunId>,
}

fn found(
    reads: &mut dyn Reads,
    shop: ShopId,
    config: &ShopConfig,
    asked: &Asked,
    look: &Look,
) -> Result<Listing, Trouble> {
    let Some(query) = asked.query(reads, config, look)? else {
        return Ok(Listing { rows: Vec::new(), next: None });
    };
    let before = asked.before.parse::<RunId>().ok().map(|run| run.0);
    let mut runs = reads.runs(shop, &query, listing::window(before))?;
    let next = listing::cut(&mut runs, |run| run.id.0).map(RunId);
    let mut rows = Vec::new();
    for run in runs {
        let order = reads.order(shop, run.order)?;
        rows.push((run, order));
    }
    Ok(Listing { rows, next })
}

pub async fn page(
    State(console): State<Console>,
    See(visitor): See,
    Query(asked): Query<Asked>,
) -> Result<Markup, Trouble> {
    let (shop, look) = (visitor.shop, visitor.look.clone());
    let config = console.config(shop).await?;
    let (inside, wanted) = (config.clone(), asked.clone());
    let read = console.engine().storage().read(move |reads| found(reads, shop, &inside, &wanted, &look));
    let listing = read.await?;
    let title = visitor.text("nav-runs");
    let body = html! {
        div.head { h1 { (title) } }
        (filters(&visitor.look, &config, &asked))
        (table(&visitor.look, &config, &asked, &listing))
    };
    Ok(shell::page(&visitor, shell::Page { title: &title, place: Some(Place::Runs), body }))
}

fn filters(look: &Look, config: &ShopConfig, asked: &Asked) -> Markup {
    let states: Vec<_> = STATES.iter().map(|(name, key)| ((*name).to_owned(), look.text(key))).collect();
    let stages = config.automations.values().flat_map(|automation| automation.stages.values());
    let workflows = config.workflows.values().flat_map(|workflow| &workflow.rules);
    let specs: Vec<&RuleSpec> = stages.flat_map(|stage| &stage.rules).chain(workflows).collect();
    let mut rules: Vec<_> = specs.iter().map(|rule| (rule.id.0.clone(), rule.name.clone())).collect();
    rules.sort_by(|a, b| a.1.cmp(&b.1));
    let used: BTreeSet<&str> = specs.iter().map(|rule| rule.plugin.as_str()).collect();
    let mut plugins: Vec<_> = config
        .plugins
        .iter()
        .filter(|(id, _)| used.contains(id.as_str()) || **id == asked.plugin)
        .map(|(id, active)| (id.clone(), names::plugin(look, &active.manifest).to_owned()))
        .collect();
    plugins.sort_by(|a, b| a.1.cmp(&b.1));
    let stages: Vec<_> = config
        .pipelines
        .values()
        .flat_map(|pipeline| pipeline.stages.iter().map(move |stage| (pipeline, stage)))
        .map(|(pipeline, stage)| {
            (format!("{}{WITHIN}{}", pipeline.id, stage.id), format!("{}: {}", pipeline.name, stage.name))
        })
        .collect();
    let shadow = [("none", "runs-shadow-none"), ("only", "runs-shadow-only")]
        .map(|(value, key)| (value.to_owned(), look.text(key)));
    let any = look.text("list-any");
    html! {
        form.filters method="get" action="/runs" role="search" aria-label=(look.text("list-filters")) {
            (listing::choice("state", &look.text("runs-state"), &any, &asked.state, &states))
            (listing::choice("rule", &look.text("runs-rule"), &any, &asked.rule, &rules))
            (listing::choice("plugin", &look.text("runs-plugin"), &any, &asked.plugin, &plugins))
            (listing::choice("stage", &look.text("runs-stage"), &any, &asked.stage, &stages))
            (listing::choice("shadow", &look.text("runs-shadow"), &any, &asked.shadow, &shadow))
            label { (look.text("order")) input name="order" value=(asked.order) size="10" placeholder="#1042"; }
            label { (look.text("list-from")) input type="date" name="from" value=(asked.from); }
            label { (look.text("list-to")) input type="date" name="to" value=(asked.to); }
            (listing::filter_buttons(look, "/runs", asked.is_filtered()))
        }
        p.help { (look.with("list-zone", &[("zone", look.zone_name().into())])) }
    }
}

fn table(look: &Look, config: &ShopConfig, asked: &Asked, listing: &Listing) -> Markup {
    let next = listing.next.map(|run| {
        let run = run.to_string();
        let mut query: Vec<(&str, &str)> = asked.filters().to_vec();
        query.push(("before", &run));
        listing::address("/runs", &query)
    });
    let heads = ["runs-state", "runs-rule", "order", "runs-stage", "runs-began", "runs-took", "runs-effects"];
    html! {
        // Beside the list, because the list is what takes its new state.
        p #runs-new hidden {
            button.quiet type="button" data-show-new=""
                data-one=(look.text("runs-new-one")) data-many=(look.text("runs-new-many")) {}
        }
        div #runs-list data-live="run" data-hold-new="runs-new" {
            @if listing.rows.is_empty() {
                @if asked.is_filtered() || !asked.before.is_empty() {
                    (show::empty(&look.text("runs-none-match"), Some((&look.text("list-clear"), "/runs"))))
                } @else {
                    (show::empty(&look.text("runs-none"), Some((&look.text("to-automation"), "/automation"))))
                }
            } @else {
                (show::table(look, "nav-runs", &heads, &html! { @for (run, order) in &listing.rows { (row(look, config, run, order.as_deref())) } }))
                (show::more(look, next))
            }
        }
    }
}

fn row(look: &Look, config: &ShopConfig, run: &Run, order: Option<&Order>) -> Markup {
    let effects: usize = run.trace.iter().map(|step| step.effects.len()).sum();
    html! {
        tr id=(format!("row-{}", run.id)) data-row="" data-run=(run.id) {
            td {
                (look.run_state(&run.state, effects > 0))
                @if run.shadow { " " (Tone::Nothing.pill(&look.text("runs-shadow"))) }
            }
            td { a href=(format!("/runs/{}", run.id)) { (run.rule_name) } " " span.muted { (look.with("runs-revision", &[("revision", run.revision.into())])) } }
            td { a href=(format!("/orders/{}", run.order)) { (names::order(run.order, order)) } }
            td { (stage_name(look, config, run)) }
            td { (look.at(run.created)) }
            td.num { @if let Some(ended) = run.ended { (look.span(ended.0 - run.created.0)) } }
            td.num { @if effects > 0 { (look.with("runs-effect-count", &[("count", effects.into())])) } }
        }
    }
}

/// Where the run is of, as staff call it.
pub fn stage_name(look: &Look, config: &ShopConfig, run: &Run) -> String {
    if let Some(started) = &run.workflow {
        return look.with("runs-of-workflow", &[("workflow", started.workflow.as_str().into())]);
    }
    names::stage(config, &run.pipeline, &run.stage)
}

#[cfg(test)]
mod tests {
    use rulewright_domain::RunState;

    use super::*;
    use crate::{listing::tests::look, runs::sample};

    fn shown(asked: &Asked, rows: Vec<Run>, next: Option<RunId>) -> String {
        let rows = rows.into_iter().map(|run| (run, None)).collect();
        table(&look("en"), &sample::config(), asked, &Listing { rows, next }).into_string()
    }

    #[test]
    fn nothing_yet_and_nothing_that_matches_are_two_things() {
        let none = shown(&Asked::default(), Vec::new(), None);
        let filtered = shown(&Asked { state: "failed".into(), ..Asked::default() }, Vec::new(), None);
        assert!(none.contains("href=\"/automation\"") && !none.contains("href=\"/runs\""), "{none}");
        assert!(filtered.contains("href=\"/runs\"") && filtered.contains("No runs match"), "{filtered}");
    }

    #[test]
    fn a_run_says_how_it_stands_of_what_and_of_which_order() {
        let html = shown(&Asked::default(), vec![sample::run(RunState::Done)], None);
        for part in [
            "Done, nothing to do",
            "href=\"/runs/run_5\"",
            "Tell the client",
            "href=\"/orders/ord_1\"",
            "New",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
    }

    #[test]
    fn the_next_page_keeps_the_filters() {
        let asked = Asked { state: "failed".into(), before: "run_900".into(), ..Asked::default() };
        let html = shown(&asked, vec![sample::run(RunState::Ready)], Some(RunId(5)));
        assert!(html.contains("/runs?state=failed&amp;before=run_5"), "{html}");
    }

    #[test]
    fn a_filter_stands_in_its_form_as_it_was_asked() {
        let asked = Asked {
            state: "failed".into(),
            stage: "sales/paid".into(),
            rule: "gone".into(),
            ..Asked::default()
        };
        let html = filters(&look("de"), &sample::config(), &asked).into_string();
        assert!(html.contains("<option value=\"failed\" selected>"), "{html}");
        assert!(html.contains("<option value=\"sales/paid\" selected>"), "{html}");
        assert!(
            html.contains("<option value=\"gone\" selected>"),
            "a rule of before can be asked for: {html}"
        );
    }
}
