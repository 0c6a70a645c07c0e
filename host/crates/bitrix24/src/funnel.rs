//! Pipelines as funnels: CATEGORY_ID is a pipeline's number, STAGE_ID a stage's id behind the number of its funnel.

use rulewright_domain::{OrderKind, Pipeline, ShopConfig, Stage, StageKind};

/// `NEW` in the default funnel, `C3:NEW` in funnel 3.
pub fn stage_code(pipeline: &Pipeline, stage: &str) -> String {
    match number(pipeline) {
        0 => stage.to_owned(),
        number => format!("C{number}:{stage}"),
    }
}

/// ENTITY_ID of the stages of a funnel for deals.
pub fn stages_entity(pipeline: &Pipeline) -> String {
    match number(pipeline) {
        0 => "DEAL_STAGE".to_owned(),
        number => format!("DEAL_STAGE_{number}"),
    }
}

/// Row id of a stage in the directory.
pub fn stage_row(pipeline: &Pipeline, stage: &Stage) -> i64 {
    (number(pipeline) + 1) * 1_000 + stage.number.unwrap_or_default()
}

/// Every stored pipeline has one.
pub fn number(pipeline: &Pipeline) -> i64 {
    pipeline.number.unwrap_or_default()
}

/// Those for one kind of order, by their numbers.
pub fn pipelines(config: &ShopConfig, kind: OrderKind) -> Vec<&Pipeline> {
    let mut all: Vec<_> = config.pipelines.values().filter(|pipeline| pipeline.kind == kind).collect();
    all.sort_by_key(|pipeline| number(pipeline));
    all
}

pub fn by_number(config: &ShopConfig, kind: OrderKind, wanted: i64) -> Option<&Pipeline> {
    pipelines(config, kind).into_iter().find(|pipeline| number(pipeline) == wanted)
}

/// The stage of a funnel that a code names. A code of another funnel names none of its stages.
pub fn stage<'a>(pipeline: &'a Pipeline, code: &str) -> Option<&'a Stage> {
    let id = match number(pipeline) {
        0 => code,
        number => code.strip_prefix('C')?.strip_prefix(&number.to_string())?.strip_prefix(':')?,
    };
    pipeline.stages.iter().find(|stage| stage.id.0 == id)
}

/// Where a code leads, whatever the funnel.
pub fn find<'a>(config: &'a ShopConfig, kind: OrderKind, code: &str) -> Option<(&'a Pipeline, &'a Stage)> {
    pipelines(config, kind).into_iter().find_map(|pipeline| Some((pipeline, stage(pipeline, code)?)))
}

/// In process, success, failure.
pub fn semantics(kind: StageKind) -> &'static str {
    match kind {
        StageKind::Open => "P",
        StageKind::Won => "S",
        StageKind::Lost => "F",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classic;

    #[test]
    fn a_code_names_a_stage_of_its_own_funnel_only() {
        let [first, second] = [0, 9].map(|number| Pipeline { number: Some(number), ..classic::pipeline() });
        assert_eq!(stage_code(&first, "NEW"), "NEW");
        assert_eq!(stage_code(&second, "NEW"), "C9:NEW");
        assert!(stage(&first, "NEW").is_some() && stage(&second, "C9:NEW").is_some());
        for foreign in ["NEW", "C1:NEW", "C91:NEW", "C9:", "C9NEW", ""] {
            assert!(stage(&second, foreign).is_none(), "{foreign}");
        }
        assert!(stage(&first, "C9:NEW").is_none());
        assert_eq!(
            (stages_entity(&first), stages_entity(&second)),
            ("DEAL_STAGE".into(), "DEAL_STAGE_9".into())
        );
    }
}
