use super::*;

/// One of each; a variant that is not here fails to be read back in [`each_is_read_back_from_its_text`].
fn all() -> Vec<Reason> {
    let text = |text: &str| text.to_owned();
    vec![
        Reason::After { rule: text("Send SMS") },
        Reason::ByHand,
        Reason::ConditionFalse { compared: text("order.total (50) at-least 100; order.tags () filled ") },
        Reason::DateEmpty { field: text("order.fields.delivery") },
        Reason::DateInvalid { field: text("order.fields.delivery"), error: text("`soon` is no date: no") },
        Reason::NotAutomated,
        Reason::NotInPlan { plugin: text("rulewright.send-sms") },
        Reason::NothingComes,
        Reason::OrderDeleted,
        Reason::PluginPaused { plugin: text("acme.greet") },
        Reason::PluginRemoved { plugin: text("acme.greet") },
        Reason::PreviousEnded { failed: true, rule: text("Say `hello`") },
        Reason::PreviousEnded { failed: false, rule: text("Say hello") },
        Reason::ResponsibleAway { employee: EmployeeId(7), name: text("Ada: the first"), absent: true },
        Reason::ResponsibleAway { employee: EmployeeId(7), name: text("Ada"), absent: false },
        Reason::Revoked { why: text("it sends what it must not: see the list") },
        Reason::RuleGone,
        Reason::RuleRemoved { revision: 12, rule: text("Send `SMS`") },
        Reason::RunsAfter { rule: Some(text("Send SMS")) },
        Reason::RunsAfter { rule: None },
        Reason::Shadow { method: text("POST"), url: text("https://api.example/a: b") },
        Reason::StageLeft { by: text("Ada moved the order to `x`"), stage: "paid".into() },
        Reason::StageLeftByItself,
        Reason::WorkflowStopped { why: text("nobody needs it") },
        Reason::Other(text("the client has no phone number")),
    ]
}

#[test]
fn each_is_read_back_from_its_text() {
    for reason in all() {
        assert_eq!(Reason::read(&reason.to_string()), reason, "{reason}");
    }
}

#[test]
fn what_only_begins_like_one_is_in_the_words_of_whoever_wrote_it() {
    for text in ["by-hand: I did it", "previous-failed", "stage-left: nobody knows", "condition: not met", ""]
    {
        assert_eq!(Reason::read(text), Reason::Other(text.to_owned()), "{text}");
    }
}

#[test]
fn words_are_without_what_a_run_is_found_by() {
    let words = |text: &str| Reason::read(text).words();
    assert_eq!(words("by-hand: somebody cancelled it"), "somebody cancelled it");
    assert_eq!(words("responsible-away: emp_7: Ada is absent"), "Ada is absent");
    assert_eq!(words("Total: too small"), "Total: too small");
}
