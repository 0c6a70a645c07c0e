//! Things of the shop by the names that staff know them by. What has gone is known by its id. Pure.

use rulewright_domain::{
    EmployeeId, Order, OrderId, PipelineId, ShopConfig, StageId, account::Role, plugin::Manifest,
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
