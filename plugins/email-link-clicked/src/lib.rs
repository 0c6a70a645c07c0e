use rulewright_sdk::prelude::*;

/// What mailers and advertisers add to a link to follow people; the page is the same without. Besides
/// `utm_...`.
const TRACKING: [&str; 17] = [
    "_hsenc", "_hsmi", "dclid", "fbclid", "gbraid", "gclid", "gclsrc", "igshid", "mc_cid", "mc_eid",
    "mkt_tok", "msclkid", "ttclid", "twclid", "utm", "wbraid", "yclid",
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Link
    /// The whole address, as it stands in the mail. Parameters that only follow people, such as utm_source,
    /// do not matter.
    #[schemars(length(min = 1), extend("format" = "uri"))]
    link: String,
}

struct EmailLinkClicked;

impl Trigger for EmailLinkClicked {
    type Settings = Settings;

    fn examine(ctx: &Examine<Self>, click: &Event) -> Result<Verdict> {
        if !ctx.order.concerns(click) {
            return Ok(ignores("it was not the client of the order"));
        }
        if plain(&click.attr_text("url")) != plain(&ctx.settings.link) {
            return Ok(ignores("it was another link"));
        }
        // Once for each link and mail.
        Ok(match click.attr_integer("times") {
            Some(1) => fires("the client followed the link"),
            Some(times) => ignores(format!("the link has been followed {times} times")),
            None => ignores("no-count: the report does not say how often the link has been followed"),
        })
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        let issue = |code, message| vec![Issue::new("/link", code, message)];
        match settings.link.trim().split_once("://") {
            _ if settings.link.trim().is_empty() => issue("required", "Write the link."),
            Some((scheme, rest)) if is_web(scheme) && !rest.is_empty() => Vec::new(),
            _ => issue("not-a-link", "Write the whole link: it begins with https:// or http://."),
        }
    }
}

fn is_web(scheme: &str) -> bool {
    ["https", "http"].iter().any(|web| scheme.eq_ignore_ascii_case(web))
}

/// The same for all ways to write one address: without what follows people, scheme and host in lower case,
/// and no path written as `/`.
fn plain(link: &str) -> String {
    let (link, fragment) = split(link.trim(), '#');
    let (link, query) = split(link, '?');
    let (scheme, rest) = link.split_once("://").unwrap_or_default();
    let (host, path) = split(rest, '/');
    let parameters = query.split('&').filter(|parameter| !parameter.is_empty() && !is_tracking(parameter));
    let query = parameters.collect::<Vec<_>>().join("&");
    format!("{}://{}/{path}?{query}#{fragment}", scheme.to_ascii_lowercase(), host.to_ascii_lowercase())
}

fn split(text: &str, at: char) -> (&str, &str) {
    text.split_once(at).unwrap_or((text, ""))
}

fn is_tracking(parameter: &str) -> bool {
    let name = split(parameter, '=').0.to_ascii_lowercase();
    name.starts_with("utm_") || TRACKING.contains(&name.as_str())
}

trigger! {
    EmailLinkClicked {
        id: "rulewright.email-link-clicked",
        publisher: "Rulewright",
        title: "Email link clicked",
        description: "The client follows this link in a mail of the shop, for the first time. For several \
                      links, add several triggers.",
        missing: "The trigger cannot be saved without a link. A report without the address or without a \
                  count of the clicks does nothing.",
        example: json!({ "link": "https://shop.example/quote" }),
        origin: External,
        subscriptions: ["mail.link-clicked"],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing;

    use super::*;

    fn click(url: &str) -> Event {
        testing::event("mail.link-clicked").of_client("client-1").with_attr("url", url)
    }

    fn verdict(link: &str, event: Event) -> Verdict {
        let settings = json!({ "link": link });
        let verdict = testing::examine::<EmailLinkClicked>(settings, testing::order(), event);
        verdict.expect("the settings are right")
    }

    fn same(link: &str, clicked: &str) -> bool {
        matches!(verdict(link, click(clicked).with_attr("times", 1)), Verdict::Fires(_))
    }

    #[test]
    fn what_follows_people_makes_no_other_link() {
        let link = "https://shop.example/quote?id=7&page=2";
        assert!(same("https://shop.example/quote", "https://shop.example/quote?utm=1"));
        assert!(same(link, "https://shop.example/quote?UTM_Source=mail&id=7&gclid=x&page=2&fbclid=y"));
        assert!(same(link, " HTTPS://Shop.Example/quote?id=7&page=2"));
        assert!(same("https://shop.example/quote?utm_source=a", "https://shop.example/quote?utm_source=b"));
        assert!(same("https://shop.example", "https://shop.example/?utm_source=mail"));
        assert!(same("https://shop.example?id=7", "https://shop.example/?id=7"));
    }

    #[test]
    fn everything_else_does() {
        let link = "https://shop.example/quote?id=7";
        for other in [
            "https://shop.example/quote?id=8",
            "https://shop.example/quote",
            "https://shop.example/quote/?id=7",
            "https://shop.example/Quote?id=7",
            "https://shop.example/quote?id=7#price",
            "https://www.shop.example/quote?id=7",
            "http://shop.example/quote?id=7",
            "https://elsewhere.example/?https://shop.example/quote?id=7",
            "",
        ] {
            assert!(!same(link, other), "{other}");
        }
    }

    #[test]
    fn a_link_in_a_mail_fires_once() {
        let link = "https://shop.example/quote";
        let again = verdict(link, click(link).with_attr("times", 2));
        assert_eq!(again, ignores("the link has been followed 2 times"));
        assert!(matches!(verdict(link, click(link)), Verdict::Ignores(why) if why.starts_with("no-count: ")));
    }

    #[test]
    fn it_must_be_the_client_of_the_order() {
        let link = "https://shop.example/quote";
        let event = testing::event("mail.link-clicked").of_client("client-2").with_attr("url", link);
        let other = verdict(link, event.with_attr("times", 1));
        assert_eq!(other, ignores("it was not the client of the order"));
    }

    #[test]
    fn only_a_whole_link_can_be_saved() {
        let code = |link: &str| testing::check::<EmailLinkClicked>(json!({ "link": link }))[0].code.clone();
        assert_eq!([code(""), code(" ")], ["required", "required"]);
        for link in ["shop.example/quote", "mailto:a@shop.example", "https://", "ftp://shop.example"] {
            assert_eq!(code(link), "not-a-link", "{link}");
        }
        assert_eq!(testing::check::<EmailLinkClicked>(json!({}))[0].code, "invalid");
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<EmailLinkClicked>(EmailLinkClicked::manifest()["example"].clone()), []);
    }
}
