//! An ended run from its start once more, and a rule for many orders at once: through `/v1` and in the console.

use rulewright_domain::account::Role;

use super::{
    automation::{orders_in_stage, published, tells},
    channels::Channels,
    console::Browser,
    *,
};

async fn run_of(world: &Channels, order: &str) -> String {
    let (_, runs) = world.get(&format!("/v1/runs?order={order}")).await;
    runs["items"][0]["id"].as_str().unwrap_or_else(|| panic!("{runs}")).to_owned()
}

async fn deliveries(world: &Channels, order: &str) -> usize {
    let (_, sent) = world.get(&format!("/v1/deliveries?order={order}")).await;
    sent["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn an_ended_run_is_started_again_once_for_each_key_and_sends_again() {
    let world = Channels::new().await;
    world.tell(&[]).await;
    published(&world, &[tells("r0", "thanks")]).await;
    let order = orders_in_stage(&world, 1).await.remove(0);
    let old = run_of(&world, &order).await;
    assert_eq!(deliveries(&world, &order).await, 1);

    let path = format!("/v1/runs/{old}/again");
    let (status, started) = world.keyed(&path, json!({})).await;
    assert_eq!(status, 201, "{started}");
    world.engine.idle().await;
    assert_eq!(world.keyed(&path, json!({})).await, (201, started.clone()), "as the first time");
    world.engine.idle().await;
    assert_eq!(deliveries(&world, &order).await, 2);

    let new = started["run"].as_str().unwrap();
    let (_, detail) = world.get(&format!("/v1/runs/{new}")).await;
    assert_eq!((&detail["again"], &detail["state"]), (&json!(old), &json!("done")), "{detail}");
    assert_eq!(detail["trace"][0]["requests"], json!([]), "{detail}");
    let (_, first) = world.get(&format!("/v1/runs/{old}")).await;
    assert_eq!(first["again"], Value::Null);
    let event = world.events("rule.started").await.remove(0);
    assert_eq!(event["attrs"]["again"], json!(old), "{event}");
    let log = world.engine.audit(world.id, None, 100).await.unwrap();
    let deed = log.iter().find(|entry| entry.deed.action == "run.started-again").unwrap();
    assert_eq!((deed.who.name(), deed.deed.subject.as_str()), ("test", old.as_str()));
    assert_eq!(deed.deed.details["run"], json!(new));
}

#[tokio::test]
async fn what_cannot_be_started_again_says_why() {
    let world = Channels::new().await;
    world.tell(&[]).await;
    published(&world, &[tells("r0", "thanks")]).await;
    let order = orders_in_stage(&world, 1).await.remove(0);
    let path = format!("/v1/runs/{}/again", run_of(&world, &order).await);
    let refused = async |why: &str| {
        let (status, refused) = world.post(&path, json!({})).await;
        assert!(status == 409 && refused["detail"].as_str().unwrap().contains(why), "{why}: {refused}");
    };
    assert_eq!(world.post("/v1/runs/run_999/again", json!({})).await.0, 404);
    let mut off = tells("r0", "thanks");
    off["active"] = json!(false);
    published(&world, &[off]).await;
    refused("switched off").await;
    published(&world, &[tells("r1", "other")]).await;
    refused("no longer where it was").await;
    published(&world, &[tells("r0", "thanks")]).await;
    assert!(world.post(&format!("/v1/orders/{order}/stage"), json!({"stage": "new"})).await.0 < 300);
    refused("has left the stage").await;
    assert_eq!(deliveries(&world, &order).await, 1, "nothing was begun");
}

#[tokio::test]
async fn the_page_of_a_run_starts_it_again_and_shows_what_became_of_that() {
    let world = Channels::new().await;
    world.tell(&[]).await;
    published(&world, &[tells("r0", "thanks")]).await;
    let order = orders_in_stage(&world, 1).await.remove(0);
    let old = run_of(&world, &order).await;
    let (page, again) = (format!("/runs/{old}"), format!("/runs/{old}/again"));

    let mut viewer = Browser::signed_in(&world, Role::Viewer).await;
    assert_eq!(viewer.post(&again, &[]).await.status, 403);
    assert!(!viewer.get(&page).await.html.contains(&again));

    let mut ada = Browser::signed_in(&world, Role::Operator).await;
    let seen = ada.get(&page).await.html;
    let form = seen.split(&format!("action=\"{again}\"")).nth(1).unwrap_or_else(|| panic!("{seen}"));
    let question = form.split('>').next().unwrap();
    assert!(question.contains("1 effect") && question.contains("SMS to"), "{question}");
    let begun = ada.post(&again, &[]).await;
    assert_eq!(begun.status, 303, "{}", begun.html);
    let new = begun.to.unwrap();
    world.engine.idle().await;
    assert!(ada.get(&new).await.html.contains(&format!("href=\"{page}\"")), "it names what it repeats");
    assert!(ada.get(&page).await.html.contains(&format!("href=\"{new}\"")), "it names what repeats it");
    assert_eq!(deliveries(&world, &order).await, 2);
    assert_eq!(ada.post("/runs/run_999/again", &[]).await.status, 404);
}

#[tokio::test]
async fn a_rule_is_run_for_the_chosen_orders_after_a_look_at_what_that_comes_to() {
    let world = Channels::new().await;
    world.tell(&[]).await;
    let poor = orders_in_stage(&world, 1).await.remove(0);
    let total = json!({"amount": "84.00", "currency": "GBP"});
    let client = world.client("Eve", "+442079460001", "eve@example.com").await;
    let order = json!({
        "pipeline": "orders", "currency": "GBP", "contacts": [client], "total": total, "total_by": "hand",
    });
    let mut rich = Vec::new();
    for _ in 0..2 {
        let (status, made) = world.post("/v1/orders", order.clone()).await;
        assert_eq!(status, 201, "{made}");
        rich.push(made["order"].as_str().unwrap().to_owned());
    }
    let elsewhere = rich.remove(1);
    assert!(world.post(&format!("/v1/orders/{}/stage", rich[0]), json!({"stage": "told"})).await.0 < 300);
    world.engine.idle().await;
    let mut rule = tells("r0", "late");
    rule["condition"] = json!({"field": "order.total", "operator": "greater-than", "value": 0});
    published(&world, std::slice::from_ref(&rule)).await;

    let mut ada = Browser::signed_in(&world, Role::Operator).await;
    let list = ada.get("/orders?pipeline=orders&view=list").await.html;
    assert!(list.contains("<option value=\"r0\">Told: Tell r0</option>"), "{list}");
    let chosen = [
        ("pipeline", "orders"),
        ("which", "chosen"),
        ("to-rule", "r0"),
        ("order", rich[0].as_str()),
        ("order", poor.as_str()),
        ("order", elsewhere.as_str()),
    ];
    let look = ada.post("/orders/bulk", &chosen).await;
    assert_eq!(look.status, 200, "{}", look.html);
    for part in [
        "data-count=\"would-run\">1<",
        "data-count=\"condition-false\">1<",
        "data-count=\"had-run\">0<",
        "data-count=\"elsewhere\">1<",
    ] {
        assert!(look.html.contains(part), "{part}: {}", look.html);
    }
    assert!(world.events("rule.started").await.is_empty(), "nothing is begun by looking");

    let revision = |html: &str| {
        let rest = html.split("name=\"agreed\" value=\"").nth(1).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let seen = revision(&look.html);
    rule["name"] = json!("Tell them anew");
    published(&world, &[rule]).await;
    let agreed = [&chosen[..], &[("agreed", seen.as_str())][..]].concat();
    let look = ada.post("/orders/bulk", &agreed).await;
    assert_eq!(look.status, 200, "another revision is looked at again: {}", look.html);
    assert!(world.events("rule.started").await.is_empty(), "nothing is begun that nobody has seen");

    let seen = revision(&look.html);
    let agreed = [&chosen[..], &[("agreed", seen.as_str())][..]].concat();
    let begun = ada.post("/orders/bulk", &agreed).await;
    assert_eq!(begun.status, 303, "{}", begun.html);
    let page = begun.to.unwrap();
    let seen = ended(&mut ada, &page).await;
    for part in
        ["data-count=\"done\">2<", "data-count=\"failed\">1<", "data-count=\"left\">0<", "/runs?rule=r0"]
    {
        assert!(seen.contains(part), "{part}: {seen}");
    }
    world.engine.idle().await;
    assert_eq!((deliveries(&world, &rich[0]).await, deliveries(&world, &poor).await), (1, 0));
    let log = world.engine.audit(world.id, None, 100).await.unwrap();
    let deeds: Vec<_> = log.iter().filter(|entry| entry.deed.action == "rule.run-now").collect();
    assert_eq!(deeds.len(), 1, "a job is one deed: {deeds:?}");
    assert_eq!((deeds[0].who.name(), &deeds[0].deed.details["orders"]), ("Ada operator", &json!(3)));
    let table = ada.get(&format!("{page}/failures.csv")).await.html;
    assert!(table.contains(&format!("{elsewhere},\"elsewhere\",")), "{table}");

    let look = ada.post("/orders/bulk", &chosen).await.html;
    assert!(look.contains("data-count=\"had-run\">2<") && look.contains("disabled"), "{look}");
    let mut viewer = Browser::signed_in(&world, Role::Viewer).await;
    assert_eq!(viewer.post("/orders/bulk", &chosen).await.status, 403);
}

/// The page of a job that has ended.
async fn ended(browser: &mut Browser, page: &str) -> String {
    let mut seen = browser.get(page).await.html;
    for _ in 0..200 {
        if !seen.contains("data-again") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        seen = browser.get(page).await.html;
    }
    seen
}

#[tokio::test]
async fn a_job_goes_on_as_long_as_whoever_began_it_may_work() {
    let world = Channels::new().await;
    world.tell(&[]).await;
    let orders = orders_in_stage(&world, 20).await;
    let mut ada = Browser::signed_in(&world, Role::Operator).await;
    let mut owner = Browser::signed_in(&world, Role::Owner).await;
    let accounts = world.engine.accounts(world.id).await.unwrap();
    let operator = accounts.iter().find(|account| account.role == Role::Operator).unwrap().id;
    let mut chosen = vec![("pipeline", "orders"), ("which", "chosen"), ("to-stage", "new")];
    chosen.extend(orders.iter().map(|order| ("order", order.as_str())));
    let page = ada.post("/orders/bulk", &chosen).await.to.unwrap();
    world.engine.change_account(world.id, operator, |account| account.disabled = true).await.unwrap();
    let seen = ended(&mut owner, &page).await;
    assert!(seen.contains("Stopped") && !seen.contains("data-count=\"left\">0<"), "{seen}");
}
