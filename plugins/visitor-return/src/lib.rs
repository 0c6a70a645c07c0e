use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    /// Minutes away
    /// At least so many since the visit before. 0 means any.
    #[serde(default)]
    minutes_away: u32,
}

struct VisitorReturn;

impl Trigger for VisitorReturn {
    type Settings = Settings;

    fn examine(ctx: &Examine<Self>, visit: &Event) -> Result<Verdict> {
        if !ctx.order.concerns(visit) {
            return Ok(ignores("somebody else came back"));
        }
        let least = ctx.settings.minutes_away;
        Ok(match visit.attr_integer("minutes-away") {
            _ if least == 0 => fires("the client came back to the site"),
            Some(away) if away >= i64::from(least) => {
                fires(format!("the client came back to the site after {away} minutes"))
            }
            Some(away) => ignores(format!("the client was away for {away} minutes only")),
            None => ignores("no-gap: the report does not say how long the client was away"),
        })
    }
}

trigger! {
    VisitorReturn {
        id: "rulewright.visitor-return",
        publisher: "Rulewright",
        title: "Visitor return",
        description: "The client visits the site again, in a browser that is known from an earlier form or \
                      order.",
        missing: "A browser that nobody knows does nothing. Where a time away is asked for, a report without \
                  one does nothing.",
        example: json!({ "minutes-away": 1440 }),
        origin: External,
        subscriptions: ["visitor.returned"],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing;

    use super::*;

    fn verdict(least: u32, event: Event) -> Verdict {
        let settings = json!({ "minutes-away": least });
        let verdict = testing::examine::<VisitorReturn>(settings, testing::order(), event);
        verdict.expect("the settings are right")
    }

    fn back() -> Event {
        testing::event("visitor.returned").of_client("client-1")
    }

    #[test]
    fn the_client_must_have_been_away_long_enough() {
        let after = |away: i64| verdict(60, back().with_attr("minutes-away", away));
        assert_eq!(after(60), fires("the client came back to the site after 60 minutes"));
        assert_eq!(after(59), ignores("the client was away for 59 minutes only"));
    }

    #[test]
    fn where_no_time_is_asked_for_none_is_needed() {
        assert!(matches!(verdict(0, back()), Verdict::Fires(_)));
        assert!(matches!(verdict(1, back()), Verdict::Ignores(why) if why.starts_with("no-gap: ")));
    }

    #[test]
    fn it_must_be_a_browser_of_the_client() {
        let unknown = testing::event("visitor.returned");
        assert_eq!(verdict(0, unknown.clone()), ignores("somebody else came back"));
        assert_eq!(verdict(0, unknown.of_client("client-2")), ignores("somebody else came back"));
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<VisitorReturn>(VisitorReturn::manifest()["example"].clone()), []);
    }
}
