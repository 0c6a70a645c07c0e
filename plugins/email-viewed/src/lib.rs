use rulewright_sdk::prelude::*;

struct EmailViewed;

impl Trigger for EmailViewed {
    type Settings = NoSettings;

    fn examine(ctx: &Examine<Self>, view: &Event) -> Result<Verdict> {
        if !ctx.order.concerns(view) {
            return Ok(ignores("it was not the client of the order"));
        }
        // Once for each mail: programs that show mails open them again and again.
        Ok(match view.attr_integer("times") {
            Some(1) => fires("the client opened the mail"),
            Some(times) => ignores(format!("the mail has been opened {times} times")),
            None => ignores("no-count: the report does not say how often the mail has been opened"),
        })
    }
}

trigger! {
    EmailViewed {
        id: "rulewright.email-viewed",
        publisher: "Rulewright",
        title: "Email viewed",
        description: "The client opens a mail of the shop, for the first time.",
        missing: "Nobody can know of a view where the client's mail program loads no images. A report \
                  without a count of the views does nothing.",
        example: json!({}),
        origin: External,
        subscriptions: ["mail.viewed"],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing;

    use super::*;

    fn verdict(event: Event) -> Verdict {
        testing::examine::<EmailViewed>(json!({}), testing::order(), event).expect("there are no settings")
    }

    fn viewed(client: &str) -> Event {
        testing::event("mail.viewed").of_client(client)
    }

    #[test]
    fn five_views_of_one_mail_fire_once() {
        let views = (1..=5).map(|times: i64| verdict(viewed("client-1").with_attr("times", times)));
        let fired: Vec<bool> = views.map(|verdict| matches!(verdict, Verdict::Fires(_))).collect();
        assert_eq!(fired, [true, false, false, false, false]);
    }

    #[test]
    fn without_a_count_it_does_not_fire() {
        assert!(
            matches!(verdict(viewed("client-1")), Verdict::Ignores(why) if why.starts_with("no-count: "))
        );
    }

    #[test]
    fn it_must_be_the_client_of_the_order() {
        let other = verdict(viewed("client-2").with_attr("times", 1));
        assert_eq!(other, ignores("it was not the client of the order"));
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<EmailViewed>(EmailViewed::manifest()["example"].clone()), []);
    }
}
