//! The funnel that clients of Bitrix24 expect in every shop, under the ids that they send.

use rulewright_domain::{OrderKind, Pipeline, Stage, StageKind};

/// Of the shop's setup. Where it is the first for deals it becomes number 0, the default one.
pub const PIPELINE: &str = "deals";

/// Id, name, kind and colour, in the order in which a deal passes them.
const STAGES: &[(&str, &str, StageKind, &str)] = &[
    ("NEW", "New", StageKind::Open, "#39A8EF"),
    ("PREPARATION", "Prepare documents", StageKind::Open, "#2FC6F6"),
    ("PREPAYMENT_INVOICE", "Prepayment invoice", StageKind::Open, "#55D0E0"),
    ("EXECUTING", "In progress", StageKind::Open, "#47E4C2"),
    ("FINAL_INVOICE", "Final invoice", StageKind::Open, "#FFA900"),
    ("WON", "Deal won", StageKind::Won, "#7BD500"),
    ("LOSE", "Deal lost", StageKind::Lost, "#FF5752"),
    ("APOLOGY", "Analyse failure", StageKind::Lost, "#FF5752"),
];

pub fn pipeline() -> Pipeline {
    Pipeline::new(PIPELINE, "Deals", OrderKind::Deal, stages())
}

/// Of every new funnel.
pub fn stages() -> Vec<Stage> {
    let stage = |(id, name, kind, color): &(&str, &str, StageKind, &str)| Stage {
        color: Some((*color).to_owned()),
        ..Stage::new(*id, *name, *kind)
    };
    STAGES.iter().map(stage).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_classic_funnel_has_five_open_stages_one_won_and_two_lost() {
        let mut pipeline = pipeline();
        assert!(pipeline.issues().is_empty());
        let count = |kind| pipeline.stages.iter().filter(|stage| stage.kind == kind).count();
        assert_eq!([StageKind::Open, StageKind::Won, StageKind::Lost].map(count), [5, 1, 2]);
        pipeline.give_numbers(None, &[]);
        assert_eq!(pipeline.number, Some(0));
    }
}
