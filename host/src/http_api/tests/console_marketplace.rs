//! The marketplace and the shop's plugins in the console: found, asked about, agreed to in part, changed and removed.

use std::time::{Duration, Instant};

use rulewright_domain::account::Role;

use super::{console::Browser, *};

const ID: &str = "rulewright.add-comment";
pub const SOURCE: (&str, &str) = ("source", "bundled:rulewright.add-comment");

/// What comes with the program: its digest, and the functions that its sentences name.
fn asked() -> (String, Vec<String>) {
    let (_, component) =
        rulewright_bundled::PLUGINS.iter().find(|(folder, _)| *folder == "add-comment").unwrap();
    let package = rulewright_registry::inspect(component).unwrap();
    let functions = rulewright_registry::consent(&package).into_iter().filter_map(|one| one.function);
    (package.digest.clone(), functions.collect())
}

/// Begins an installation, and waits until it waits for an answer or is over. Where its page is, and how it stands.
pub async fn begun(shop: &Shop, ada: &mut Browser, fields: &[(&str, &str)]) -> (String, Value) {
    let seen = ada.post("/installs", fields).await;
    assert_eq!(seen.status, 303, "{}", seen.html);
    let page = seen.to.unwrap();
    let job = rests(shop, &page).await;
    (page, job)
}

async fn rests(shop: &Shop, page: &str) -> Value {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let (status, job) = shop.get(&format!("/v1{page}")).await;
        assert_eq!(status, 200, "{job}");
        if job["state"] != "working" {
            return job;
        }
        assert!(Instant::now() < end, "{job}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A yes to these functions.
async fn agreed(shop: &Shop, ada: &mut Browser, page: &str, functions: &[String]) -> Value {
    let (digest, _) = asked();
    let mut fields = vec![("digest", digest.as_str())];
    fields.extend(functions.iter().map(|function| ("function", function.as_str())));
    let seen = ada.post(&format!("{page}/consent"), &fields).await;
    assert_eq!((seen.status, seen.to.as_deref()), (303, Some(page)), "{}", seen.html);
    rests(shop, page).await
}

#[tokio::test]
async fn what_can_be_had_is_found_by_words_and_by_group() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::Viewer).await;
    let all = ada.get("/marketplace").await;
    assert_eq!(all.status, 200);
    assert!(all.html.contains(&format!("{} plugins", rulewright_bundled::PLUGINS.len())));
    let found = ada.get("/marketplace?q=send+sms").await.html;
    assert!(found.contains("href=\"/marketplace/rulewright.send-sms\""), "{found}");
    assert!(found.contains("Comes with Rulewright"), "who answers for it");
    let triggers = ada.get("/marketplace?group=trigger&q=payment").await.html;
    assert!(triggers.contains("rulewright.payment") && !triggers.contains("rulewright.send-sms"));
    assert!(ada.get("/marketplace?q=nothing-of-the-kind").await.html.contains("No plugins match"));

    let one = ada.get("/marketplace/rulewright.send-sms").await;
    assert_eq!(one.status, 200);
    assert!(one.html.contains("<h3>Contact</h3>") && !one.html.contains("action=\"/installs\""));
    assert_eq!(ada.get("/marketplace/rulewright.nothing").await.status, 404);
    assert_eq!(ada.get("/marketplace/rulewright.send-sms/icon").await.status, 404);
    for (path, fields) in [("/installs", vec![SOURCE]), ("/marketplace/refresh", vec![])] {
        assert_eq!(ada.post(path, &fields).await.status, 403, "{path}");
    }
}

#[tokio::test]
async fn a_plugin_asks_and_runs_after_a_yes_and_its_page_says_what_it_may() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::PluginAdmin).await;
    let (page, job) = begun(&shop, &mut ada, &[SOURCE]).await;
    assert_eq!(job["state"], "waiting", "{job}");
    let first = ada.get(&page).await;
    assert_eq!(first.status, 200);
    for part in ["aria-valuenow=", "aria-valuetext=", "Allow and install", "<h3>Change</h3>", "data-follow="]
    {
        assert!(first.html.contains(part), "{part}: {}", first.html);
    }
    assert!(!first.html.contains("autofocus"));
    assert!(ada.get("/plugins").await.html.contains(&page), "what waits is led to");
    let mut viewer = Browser::signed_in(&shop, Role::Viewer).await;
    assert!(!viewer.get(&page).await.html.contains("action=\"/installs/"));
    assert_eq!(viewer.post(&format!("{page}/consent"), &[]).await.status, 403);

    let wrong = ada.post(&format!("{page}/consent"), &[("digest", "0")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.html.contains("<code>other-digest</code>"), "{}", wrong.html);
    let (_, functions) = asked();
    assert_eq!(agreed(&shop, &mut ada, &page, &functions).await["state"], "active");
    let over = ada.get(&page).await.html;
    assert!(over.contains(&format!("href=\"/plugins/{ID}\"")) && !over.contains("data-follow="), "{over}");
    let late = ada.post(&format!("{page}/decline"), &[]).await;
    assert_eq!(late.status, 409);

    let list = viewer.get("/plugins").await.html;
    assert!(list.contains(&format!("id=\"row-{ID}\"")) && list.contains("Ready"), "{list}");
    let one = viewer.get(&format!("/plugins/{ID}")).await;
    assert_eq!(one.status, 200);
    assert!(!one.html.contains(&format!("action=\"/plugins/{ID}/")), "a viewer changes nothing");
    assert!(viewer.get(&format!("/marketplace/{ID}")).await.html.contains("Installed:"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fixture_is_played_against_the_version_in_use_and_nothing_of_it_is_the_shops() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::PluginAdmin).await;
    let (page, _) = begun(&shop, &mut ada, &[SOURCE]).await;
    agreed(&shop, &mut ada, &page, &asked().1).await;
    let path = format!("/plugins/{ID}/fixture");
    assert!(ada.get(&path).await.html.contains("name=\"fixture\""));
    assert!(ada.get(&format!("/plugins/{ID}")).await.html.contains(&format!("action=\"{path}\"")));

    let first = ada.post(&path, &[("fixture", "{\r\n \"about\": \"A comment\"\r\n}")]).await;
    assert_eq!(first.status, 200, "{}", first.html);
    for part in [
        "Expects nothing yet",
        "A comment",
        "Nothing was sent",
        "&quot;state&quot;: &quot;done&quot;",
        "fuel",
    ] {
        assert!(first.html.contains(part), "{part}: {}", first.html);
    }
    let wrong = ada.post(&path, &[("fixture", r#"{"expect": {"stage": "lost"}}"#)]).await;
    assert!(wrong.html.contains("Differs") && wrong.html.contains("<del>- "), "{}", wrong.html);
    let none = ada.post(&path, &[("fixture", r#"{"stroy": []}"#)]).await;
    assert_eq!(none.status, 422);
    assert!(none.html.contains("stroy"), "{}", none.html);
    let (_, orders) = shop.get("/v1/orders").await;
    assert_eq!(orders["items"], json!([]), "the order of the fixture is nobody's");

    let mut editor = Browser::signed_in(&shop, Role::Editor).await;
    assert_eq!(editor.post(&path, &[("fixture", "{}")]).await.status, 403);
    assert!(!editor.get(&path).await.html.contains("name=\"fixture\""));
}

#[tokio::test]
async fn a_no_leaves_nothing() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::PluginAdmin).await;
    let (page, _) = begun(&shop, &mut ada, &[SOURCE]).await;
    assert_eq!(ada.post(&format!("{page}/decline"), &[]).await.status, 303);
    assert!(ada.get(&page).await.html.contains("Nothing of it was kept"));
    assert_eq!(shop.get(&format!("/v1/plugins/{ID}")).await.0, 404);
    assert_eq!(shop.get("/v1/offers").await.1["items"], json!([]));
}

#[tokio::test]
async fn a_refusal_says_what_to_do_and_by_which_code() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::PluginAdmin).await;
    let wrong = ada.post("/installs", &[("source", "ftp://x/y")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.html.contains("<code>bad-reference</code>"), "{}", wrong.html);
    let (page, job) = begun(&shop, &mut ada, &[("source", "acme.nothing")]).await;
    assert_eq!(job["state"], "refused", "{job}");
    let refused = ada.get(&page).await.html;
    assert!(
        refused.contains("<code>not-found</code>") && refused.contains("Nothing has changed"),
        "{refused}"
    );
    assert_eq!(ada.get("/installs/ins_0000000000000000").await.status, 404);
    let file =
        ada.send(Method::POST, "/installs/file?name=a.wasm", &[("content-type", "application/wasm")], "no");
    let file = file.await;
    assert_eq!(file.status, 303, "{}", file.html);
    let page = file.to.unwrap();
    assert_eq!(rests(&shop, &page).await["state"], "refused");
    assert!(ada.get(&page).await.html.contains("a.wasm"));
}

#[tokio::test]
async fn what_was_left_out_is_told_and_given_later_and_what_is_not_used_is_removed() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::PluginAdmin).await;
    let (page, _) = begun(&shop, &mut ada, &[SOURCE]).await;
    assert_eq!(agreed(&shop, &mut ada, &page, &[]).await["state"], "active");
    let at = format!("/plugins/{ID}");
    assert!(ada.get(&at).await.html.contains("You have left out"));
    assert!(ada.get("/plugins?state=part").await.html.contains(&format!("id=\"row-{ID}\"")));

    let (digest, functions) = asked();
    let mut fields = vec![("digest", digest.as_str())];
    fields.extend(functions.iter().map(|function| ("function", function.as_str())));
    let saved = ada.post(&format!("{at}/grant"), &fields).await;
    assert_eq!(saved.status, 303, "{}", saved.html);
    assert!(!ada.get(&at).await.html.contains("You have left out"));
    let more =
        ada.post(&format!("{at}/grant"), &[("digest", &digest), ("function", "orders-write.delete")]).await;
    assert_eq!(more.status, 422, "a grant gives no more than what is asked for");
    assert_eq!(ada.post(&format!("{at}/grant"), &[("digest", "0")]).await.status, 409);

    assert_eq!(ada.post(&format!("{at}/roll-back"), &[]).await.status, 409, "there is nothing to go back to");
    assert_eq!(ada.post(&format!("{at}/secrets/none"), &[("value", "x")]).await.status, 404);
    let moved = ada.post(&format!("{at}/migrate"), &[]).await;
    assert_eq!(moved.to.as_deref(), Some(format!("{at}?moved=0&stayed=0").as_str()));
    let mut editor = Browser::signed_in(&shop, Role::Editor).await;
    for action in ["grant", "roll-back", "migrate", "remove", "secrets/none", "secrets/none/remove"] {
        assert_eq!(editor.post(&format!("{at}/{action}"), &[("value", "x")]).await.status, 403, "{action}");
    }
    let removed = ada.post(&format!("{at}/remove"), &[]).await;
    assert_eq!(removed.to.as_deref(), Some("/plugins?removed=rulewright.add-comment"));
    assert_eq!(ada.get(&at).await.status, 404);
}

#[tokio::test]
async fn a_recipe_says_what_it_would_do_and_what_keeps_it_from_being_done() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::Editor).await;
    let all = ada.get("/recipes").await;
    assert_eq!(all.status, 200);
    assert!(
        rulewright_bundled::RECIPES.iter().all(|(id, _)| all.html.contains(&format!("\"/recipes/{id}\"")))
    );
    let one = ada.get("/recipes/order-confirmation").await;
    assert_eq!(one.status, 200);
    assert!(
        one.html.contains("Nothing is changed yet") && one.html.contains("no-such-plugin"),
        "{}",
        one.html
    );
    let refused =
        ada.post("/recipes/order-confirmation", &[("pipeline", "orders"), ("act", "install")]).await;
    assert_eq!(refused.status, 422, "its plugins are not installed");
    let host = [("act", "install"), ("host", "api.courier.example")];
    assert_eq!(ada.post("/recipes/courier-booking", &host).await.status, 403, "an editor grants no hosts");
    assert_eq!(ada.post("/recipes/order-confirmation/remove", &[("pipeline", "orders")]).await.status, 422);
    assert_eq!(ada.get("/recipes/nothing").await.status, 404);
    let mut viewer = Browser::signed_in(&shop, Role::Viewer).await;
    assert_eq!(viewer.post("/recipes/order-confirmation", &[]).await.status, 403);
}
