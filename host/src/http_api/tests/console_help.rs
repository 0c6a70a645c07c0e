//! Whatever the console refuses has a code, and the code leads to what it means.

use axum::http::Method;
use rulewright_domain::{account::Role, code::areas};

use super::console::Browser;
use super::*;

#[tokio::test]
async fn every_code_has_a_page_that_is_open_to_everybody() {
    let shop = Shop::new().await;
    let mut nobody = Browser::new(&shop);
    for one in areas("en").iter().flat_map(|area| &area.codes) {
        let seen = nobody.get(&format!("/help/{}", one.code)).await;
        assert_eq!(seen.status, 200, "{}", one.code);
        assert!(seen.html.contains(&format!("<code>{}</code>", one.code)), "{}", one.code);
    }
    let seen = nobody.get("/help/trap?lang=de").await;
    assert!(
        seen.html.contains("Das Plugin brach ab") && seen.html.contains("Was zu tun ist"),
        "{}",
        seen.html
    );
    assert_eq!(nobody.get("/help").await.status, 303, "the rest of the page is for whoever has signed in");
}

#[tokio::test]
async fn a_code_that_was_mistyped_or_pasted_is_found() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::Viewer).await;
    let seen = ada.get("/help/confilct").await;
    assert_eq!(seen.status, 404);
    assert!(seen.html.contains("href=\"/help/conflict\""), "{}", seen.html);
    let seen = ada.get("/help?code=error%5BOther-Key%5D").await;
    assert_eq!((seen.status, seen.to.as_deref()), (303, Some("/help/other-key")));
    let all = ada.get("/help").await;
    assert!(
        all.html.contains("href=\"/help/other-key\"") && all.html.contains("<kbd>Ctrl</kbd>"),
        "{}",
        all.html
    );
    // What somebody writes into an address is shown, and is no markup.
    let seen = ada.get("/help/%3Cscript%3Ealert(1)").await;
    assert!(seen.status == 404 && !seen.html.contains("<script>alert"), "{}", seen.html);
}

#[tokio::test]
async fn a_refusal_says_what_is_kept_and_its_code_leads_to_more() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::Owner).await;
    let asked = [("x-request-id", "seen-in-the-log")];
    let denied = ada.send(Method::GET, "/orders/ord_999", &asked, "").await;
    assert_eq!(denied.status, 404);
    assert!(denied.html.contains("href=\"/help/not-found\""), "{}", denied.html);
    assert!(denied.html.contains("data-copy=\"not-found seen-in-the-log\""), "{}", denied.html);
    let short = ada.post("/account/password", &[("password", "short")]).await;
    assert_eq!(short.status, 422);
    assert!(short.html.contains("href=\"/help/invalid\""), "{}", short.html);
    assert!(short.html.contains("Nothing was changed. In the console"), "{}", short.html);
}
