//! Things of the shop by the names that staff know them by. What has gone is known by its id. Pure.

use rulewright_domain::{
    EmployeeId, Order, OrderId, PipelineId, ShopConfig, StageId, account::Role, in_force::Place,
    plugin::Manifest,
};

use crate::door::Look;

pub fn employee(config: &ShopConfig, id: EmployeeId) -> String {
    config.employees.get(&id).map_or_else(|| id.to_string(), |employee| employee.name.clone())
}

pub fn pipeline(config: &ShopConfig, id: &PipelineId) -> String {
    config.pipelines.get(id).map_or_else(|| id.to_string(), |pipeline| pipeline.name.clone())
}

pub fn stage(config: &ShopConfig, pipeline: &PipelineId, id: &StageId) -> String {
    let found = config.pipelines.get(pipeline).and_then(|pipeline| pipeline.stage(id));
    found.map_or_else(|| id.to_string(), |stage| stage.name.clone())
}

/// Stages have their ids from their pipelines, and most shops give none twice.
pub fn stage_of_any(config: &ShopConfig, id: &StageId) -> String {
    let mut stages = config.pipelines.values().filter_map(|pipeline| pipeline.stage(id));
    stages.next().map_or_else(|| id.to_string(), |stage| stage.name.clone())
}

/// `Retail: Paid`, or the title of a workflow.
pub fn place(config: &ShopConfig, place: &Place) -> String {
    match place {
        Place::Stage { pipeline: id, stage: on } => {
            format!("{}: {}", pipeline(config, id), stage(config, id, on))
        }
        Place::Workflow(name) => {
            config.workflows.get(name).map_or_else(|| name.clone(), |workflow| workflow.title.clone())
        }
    }
}

/// Where a rule or trigger is in the designer. Workflows are not drawn.
pub fn address(place: &Place, id: &str) -> Option<String> {
    match place {
        Place::Stage { pipeline, .. } => Some(format!("/automation/{pipeline}/parts/{id}#side")),
        Place::Workflow(_) => None,
    }
}

/// `Payment received (payment.received)`: what happened, and what programs know it by. Others than those of the host are known
/// by that alone.
pub fn event(look: &Look, kind: &str) -> String {
    let key = format!("event-{}", kind.replace('.', "-"));
    if look.words.has(&key) { format!("{} ({kind})", look.text(&key)) } else { kind.to_owned() }
}

/// A comparison, as the form of a condition calls it.
pub fn operator(look: &Look, operator: &str) -> String {
    let key = format!("form-operator-{operator}");
    if look.words.has(&key) { look.text(&key) } else { operator.to_owned() }
}

/// A kind of effect, as simulations count them.
pub fn effect(look: &Look, kind: &str) -> String {
    let key = format!("effect-kind-{kind}");
    if look.words.has(&key) { look.text(&key) } else { kind.to_owned() }
}

/// `#1042`
pub fn order(id: OrderId, order: Option<&Order>) -> String {
    order.map_or_else(|| id.to_string(), |order| format!("#{}", order.number))
}

pub fn role(look: &Look, role: Role) -> String {
    look.text(&format!("role-{}", role.name()))
}

/// In the language of whoever looks, where its author has it.
pub fn plugin<'m>(look: &Look, manifest: &'m Manifest) -> &'m str {
    manifest.titles.get(look.words.language().code).unwrap_or(&manifest.title)
}
