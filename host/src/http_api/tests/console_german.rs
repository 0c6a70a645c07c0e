//! Pages in German: what is read out on them is German, but for what is marked as English and what people have written.

use rulewright_domain::account::Role;

use super::{
    console::Browser,
    console_marketplace::{SOURCE, begun},
    why::{comment, give_up_five, shop_with},
    *,
};

/// Words that no German sentence has, and hardly an English one does without.
const ENGLISH: [&str; 34] = [
    "the", "of", "and", "is", "are", "it", "its", "not", "with", "that", "which", "has", "have", "been",
    "from", "when", "this", "there", "you", "your", "does", "did", "nothing", "because", "for", "to", "by",
    "on", "or", "any", "every", "waits", "ran", "failed",
];

/// What stands on a page to be read, without what is marked as English, code, and names that staff gave.
fn read_out(html: &str) -> String {
    let (mut text, mut rest) = (String::new(), html);
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        let Some((tag, after)) = after.split_once('>') else { break };
        let name = tag.split([' ', '/']).next().unwrap_or_default();
        let foreign =
            tag.contains("lang=\"en\"") || matches!(name, "code" | "pre" | "script" | "style" | "title");
        rest = if foreign && !tag.starts_with('/') { behind(after, name) } else { after };
    }
    text + rest
}

/// Behind the end of an element that has just begun.
fn behind<'h>(html: &'h str, name: &str) -> &'h str {
    let (begin, end) = (format!("<{name}"), format!("</{name}>"));
    let (mut rest, mut open) = (html, 1);
    while open > 0 {
        let Some(next) = rest.find(&end) else { return "" };
        open += rest[..next].matches(&begin).count();
        open -= 1;
        rest = &rest[next + end.len()..];
    }
    rest
}

fn english(html: &str, named: &[&str]) -> Vec<String> {
    let mut text = read_out(html);
    for name in named {
        text = text.replace(name, " ");
    }
    let words = text.split(|letter: char| !letter.is_alphabetic());
    let found = words.filter(|word| ENGLISH.contains(&word.to_lowercase().as_str()));
    found.map(str::to_owned).collect()
}

async fn page(ada: &mut Browser, path: &str, named: &[&str]) -> String {
    let seen = ada.get(path).await;
    assert_eq!(seen.status, 200, "{path}");
    assert!(seen.html.contains("<html lang=\"de\""), "{path}: {}", seen.html);
    assert_eq!(english(&seen.html, named), Vec::<String>::new(), "{path}: {}", read_out(&seen.html));
    seen.html
}

#[test]
fn what_is_marked_as_english_is_not_read_as_german() {
    let html = "<p>Wartet <span lang=\"en\">for <span>the</span> client</span> auf <code>order.is</code></p>";
    assert_eq!(read_out(html).split_whitespace().collect::<Vec<_>>(), ["Wartet", "auf"]);
    assert_eq!(english("<p>It waits for <b>Tea and Co</b></p>", &["Tea and Co"]), ["It", "waits", "for"]);
}

#[tokio::test]
async fn a_failed_run_and_its_delivery_are_told_in_german() {
    let shop = Shop::new().await;
    shop.with_a_failed_run().await;
    let mut ada = Browser::signed_in(&shop, Role::Operator).await;
    let html = page(&mut ada, "/runs/run_1?lang=de", &["Tell the client"]).await;
    assert!(html.contains("Das Plugin brach ab. <span lang=\"en\">unreachable</span>"), "{html}");
    assert!(html.contains("auf Zahlung eingegangen (payment.received)"), "{html}");
    page(&mut ada, "/runs?lang=de", &["Tell the client"]).await;
    page(&mut ada, "/deliveries/msg_1?lang=de", &[]).await;
}

#[tokio::test]
async fn why_each_rule_ran_or_did_not_is_told_in_german() {
    let dear = json!({"field": "order.total", "operator": "at-least", "value": "100.00"});
    let rules = json!([
        comment("eins", json!({"name": "Danke"})),
        comment("zwei", json!({"name": "Teuer", "condition": dear})),
        comment("drei", json!({"name": "Später", "when": {"run": "after", "seconds": 7200}})),
        comment("vier", json!({"name": "Aus", "active": false})),
        comment(
            "acht",
            json!({"name": "Fällig", "when": {"run": "at-field", "field": "due", "offset_seconds": 0}})
        ),
    ]);
    let (shop, order) = shop_with(rules).await;
    shop.enter(&order, "paid").await;
    let mut ada = Browser::signed_in(&shop, Role::Operator).await;
    let at = format!("{}?lang=de", order.strip_prefix("/v1").unwrap());
    let html = page(&mut ada, &at, &["Hello"]).await;
    for part in
        ["Sie lief", "Ihre Bedingung war nicht erfüllt", "Sie ist ausgeschaltet", "hat noch kein Datum"]
    {
        assert!(html.contains(part), "{part}: {html}");
    }
    shop.enter(&order, "new").await;
    let html = page(&mut ada, &format!("{at}&visit=2"), &["Hello"]).await;
    assert!(html.contains("hat den Auftrag nach New verschoben"), "{html}");
}

#[tokio::test]
async fn health_is_told_in_german() {
    let shop = Shop::new().await;
    give_up_five(&shop).await;
    let mut ada = Browser::signed_in(&shop, Role::Operator).await;
    let html = page(&mut ada, "/health?lang=de", &[]).await;
    assert!(html.contains("<span lang=\"en\">the provider answered 503</span>"), "{html}");
}

#[tokio::test]
async fn what_a_plugin_may_do_is_asked_in_german() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::PluginAdmin).await;
    let (at, job) = begun(&shop, &mut ada, &[SOURCE]).await;
    assert_eq!(job["state"], "waiting", "{job}");
    let html = page(&mut ada, &format!("{at}?lang=de"), &["Add a comment", "Add comment"]).await;
    assert!(
        html.contains("Kommentare mit angehängten Dokumenten in den Verlauf jedes Auftrags schreiben"),
        "{html}"
    );
    assert!(!html.contains("Write comments"), "{html}");
    page(&mut ada, "/marketplace/rulewright.add-comment?lang=de", &["Add a comment", "Add comment"]).await;
}

#[tokio::test]
async fn what_was_refused_is_told_in_german() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::Operator).await;
    let german = [("content-type", "application/x-www-form-urlencoded"), ("accept-language", "de")];
    let fields = "pipeline=orders&currency=euro";
    let seen = ada.send(Method::POST, "/orders", &german, fields).await;
    assert_eq!(seen.status, 422, "{}", seen.html);
    assert!(seen.html.contains("„EURO“ ist keine Währung"), "{}", seen.html);
    assert_eq!(english(&seen.html, &[]), Vec::<String>::new(), "{}", read_out(&seen.html));
}
