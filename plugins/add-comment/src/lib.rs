use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Text
    /// What is written on the timeline. Where nothing is left of it, the rule is skipped.
    #[schemars(extend("x-template" = true, "x-widget" = "textarea"))]
    text: String,
    /// Author
    /// Empty means the rule itself.
    #[serde(default)]
    #[schemars(extend("x-widget" = "employee"))]
    author: String,
    /// Attachments
    /// Documents of the order: of each the id, as a rule before this one tells it, or the name of its template, which
    /// means the latest that was made from it.
    #[serde(default)]
    attachments: Vec<Attachment>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-template" = true))]
struct Attachment(String);

struct AddComment;

impl Rule for AddComment {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let Some(text) = filled(&step.settings.text) else {
            return Ok(skipped("empty-text: there is nothing to write"));
        };
        let author = filled(&step.settings.author);
        let attachments = step.settings.attachments.iter();
        let documents: Vec<String> = attachments.filter_map(|one| filled(&one.0)).collect();
        timeline::add_comment_with_documents(&step.order.id, &text, author.as_deref(), &documents)
            .map_err(unknown_author)?;
        Ok(done("Comment added"))
    }
}

/// Only the author can be wrong, and only somebody can select another.
fn unknown_author(error: HostError) -> Error {
    match error {
        HostError::Invalid(_) => Error::settings(format!("no-such-employee: {}", error.explain())),
        error => error.into(),
    }
}

rule! {
    AddComment {
        id: "rulewright.add-comment",
        publisher: "Rulewright",
        title: "Add comment",
        description: "Adds a comment to the order's timeline, with documents of the order where they are wanted.",
        missing: "Where nothing is left of the text, the rule is skipped. Where the author has left, it fails, and \
                  somebody has to choose another. Attachments of which nothing is left are left out; where the order has \
                  no such document, the rule fails and writes nothing.",
        example: json!({
            "text": "Paid {{ order.paid }} of {{ order.total }}.",
            "attachments": ["{{ previous.document.id }}"],
        }),
        group: Employees,
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing::{self, Effect};

    use super::*;

    #[test]
    fn writes_on_the_timeline() {
        let end =
            testing::run::<AddComment>().settings(json!({ "text": "Packed", "author": "employee-1" })).go();
        assert_eq!(end.summary(), "Comment added");
        let comment = Effect::AddCommentWithDocuments {
            order: "order-1".into(),
            text: "Packed".into(),
            author: Some("employee-1".into()),
            documents: Vec::new(),
        };
        assert_eq!(end.effects, [comment]);
    }

    #[test]
    fn attaches_the_documents_that_are_left() {
        let settings = json!({ "text": "Packed", "attachments": ["doc_3", " ", "invoice"] });
        let end = testing::run::<AddComment>().settings(settings).go();
        let [Effect::AddCommentWithDocuments { documents, .. }] = end.effects.as_slice() else {
            panic!("{:?}", end.effects)
        };
        assert_eq!(documents, &["doc_3", "invoice"]);
    }

    #[test]
    fn an_author_who_has_left_is_for_somebody_to_mend() {
        let settings = json!({ "text": "Packed", "author": "employee-9" });
        let end = testing::run::<AddComment>().settings(settings).go();
        assert!(format!("{:?}", end.failure()).contains("Config(\"no-such-employee: "));
        assert_eq!(end.effects, []);
    }

    #[test]
    fn blank_text_is_skipped() {
        let end = testing::run::<AddComment>().settings(json!({ "text": "  " })).go();
        assert!(end.skipped().starts_with("empty-text"));
        assert_eq!(end.effects, []);
    }

    #[test]
    fn asks_for_nothing_but_the_timeline() {
        let end = testing::run::<AddComment>()
            .settings(json!({ "text": "Packed" }))
            .deny("timeline.add-comment-with-documents")
            .go();
        assert_eq!(end.gave_up(), "denied: timeline.add-comment-with-documents");
    }

    #[test]
    fn the_form_is_drawn_from_the_settings() {
        let manifest = AddComment::manifest();
        let text = &manifest["settings"]["properties"]["text"];
        assert_eq!(text["title"], "Text");
        let help = "What is written on the timeline. Where nothing is left of it, the rule is skipped.";
        assert_eq!(text["description"], help);
        assert_eq!(text["x-template"], true);
        assert_eq!(manifest["settings"]["additionalProperties"], false);
        assert_eq!(manifest["settings"]["required"], json!(["text"]));
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<AddComment>(AddComment::manifest()["example"].clone()), []);
    }
}
