//! What rules work with, set in the console: templates that are files, requisites, dictionaries, lists, segments and
//! schedules. What something uses stays, and what was changed is written down with who did it.

use rulewright_domain::{Grant, Package, account::Role};

use super::{
    channels::Channels,
    console::{Browser, Seen},
    *,
};

fn leads_to(seen: &Seen, path: &str) {
    assert_eq!((seen.status, seen.to.as_deref()), (303, Some(path)), "{}", seen.html);
}

/// A form with a file, as a browser sends it.
async fn bring(ada: &mut Browser, path: &str, fields: &[(&str, &str)], file: (&str, &str)) -> Seen {
    let mut body = String::new();
    for (name, value) in fields {
        body += &format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    }
    let (name, content) = file;
    body += &format!(
        "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n{content}\r\n--edge--\r\n"
    );
    let media = ("content-type", "multipart/form-data; boundary=edge");
    ada.send(Method::POST, path, &[media], &body).await
}

/// A plugin whose settings name things of the shop.
async fn with_papers(world: &Channels) {
    let widget = |widget: &str| json!({"type": "string", "x-widget": widget});
    let manifest = json!({
        "schema": 1, "id": "test.papers", "version": "1.0.0", "kind": "rule", "publisher": "test",
        "group": "client-communications", "title": "Papers", "host-api": "0.1.0",
        "settings": {"type": "object", "properties": {
            "template": widget("document-template"), "list": widget("list"), "segment": widget("segment"),
            "schedule": widget("schedule"), "requisites": widget("requisites"),
            "status": widget("shipment-status"), "service": widget("delivery-service"),
        }},
    });
    let package = Package {
        digest: "2".repeat(64),
        manifest: serde_json::from_value(manifest).unwrap(),
        imports: Default::default(),
        size: 1,
    };
    world.engine.install(world.id, package, Arc::from([2_u8]), Grant::default()).await.unwrap();
}

/// Of stage `told`, a rule of it with these settings.
async fn says(world: &Channels, settings: Value) {
    let rule = json!({"id": "papers", "name": "Write papers", "plugin": "test.papers", "settings": settings});
    let stages = serde_json::from_value(json!({"told": {"rules": [rule]}})).unwrap();
    let pipeline = "orders".into();
    world.engine.save_draft(world.id, &pipeline, None, stages).await.unwrap();
    world.engine.publish(world.id, &pipeline).await.unwrap();
}

async fn numerator(shop: &Shop) {
    assert_eq!(shop.put("/v1/numerators/offers", json!({"pattern": "{number}"})).await.0, 204);
}

const FILES: &str = "/settings/documents/files";
const OFFER: &str = "/settings/documents/templates/offer";
const NAMED: [(&str, &str); 3] = [("name", "offer"), ("title", "Offer"), ("numerator", "offers")];

#[tokio::test]
async fn a_template_is_brought_along_as_a_file_replaced_and_taken_home() {
    let shop = Shop::new().await;
    numerator(&shop).await;
    let mut ada = Browser::signed_in(&shop, Role::Owner).await;
    assert_eq!(ada.get(FILES).await.status, 200);
    leads_to(
        &bring(&mut ada, FILES, &NAMED, ("offer.typ", "= Offer")).await,
        "/settings/documents?done=saved",
    );
    let stored = async || shop.get("/v1/templates").await.1["items"][0].clone();
    let first = stored().await;
    assert_eq!(
        (&first["kind"], &first["media_type"]),
        (&json!("typst"), &json!("application/pdf")),
        "{first}"
    );

    // Another title with the same file, then another file with the same title.
    let file = format!("{OFFER}/file");
    let renamed = [("title", "Our offer"), ("numerator", "offers")];
    leads_to(&bring(&mut ada, &file, &renamed, ("", "")).await, &format!("{OFFER}?done=saved"));
    let second = stored().await;
    assert_eq!(
        (&second["title"], &second["file"]["digest"]),
        (&json!("Our offer"), &first["file"]["digest"])
    );
    leads_to(&bring(&mut ada, &file, &[], ("new.typ", "= New")).await, &format!("{OFFER}?done=saved"));
    let third = stored().await;
    assert_eq!(third["title"], "Our offer");
    assert_ne!(third["file"]["digest"], first["file"]["digest"]);
    let digest: String = third["file"]["digest"].as_str().unwrap().chars().take(12).collect();
    assert!(ada.get(OFFER).await.html.contains(&digest));

    let mut viewer = Browser::signed_in(&shop, Role::Viewer).await;
    let home = viewer.get(&file).await;
    assert_eq!((home.status, &*home.html), (200, "= New"));
    assert_eq!(home.headers["content-disposition"], "attachment; filename=\"offer.typ\"");
    assert_eq!(bring(&mut viewer, &file, &[], ("x.typ", "x")).await.status, 403);

    leads_to(&ada.post(&format!("{OFFER}/remove"), &[]).await, "/settings/documents?done=removed");
    assert_eq!(ada.get(OFFER).await.status, 404);
}

#[tokio::test]
async fn what_is_no_template_is_refused_and_what_was_typed_stays() {
    let shop = Shop::new().await;
    numerator(&shop).await;
    let mut ada = Browser::signed_in(&shop, Role::Owner).await;
    let large = "x".repeat(3 << 20);
    for (file, told) in [
        (("offer.pdf", "%PDF"), "offer.pdf is no template"),
        (("offer.docx", "PK"), "/file"),
        (("offer.html", "{% if %}"), "line 1"),
        (("", ""), "choose a file"),
    ] {
        let seen = bring(&mut ada, FILES, &NAMED, file).await;
        assert_eq!(seen.status, 422, "{file:?}: {}", seen.html);
        assert!(seen.html.contains(told) && seen.html.contains("value=\"Offer\""), "{told}: {}", seen.html);
    }
    let seen = bring(&mut ada, FILES, &NAMED, ("offer.typ", large.as_str())).await;
    assert!(seen.status == 422 && seen.html.contains("larger than"), "{}: {}", seen.status, seen.html);
    let seen = ada.post(FILES, &NAMED).await;
    assert_eq!(seen.status, 422, "no form with a file: {}", seen.html);
    assert_eq!(shop.get("/v1/templates").await.1["items"], json!([]));

    leads_to(
        &bring(&mut ada, FILES, &NAMED, ("offer.html", "<p>Tea</p>")).await,
        "/settings/documents?done=saved",
    );
    assert_eq!(shop.get("/v1/templates").await.1["items"][0]["source"], "<p>Tea</p>");
    assert_eq!(
        bring(&mut ada, FILES, &NAMED, ("offer.html", "<p>")).await.status,
        422,
        "it is there already"
    );
}

#[tokio::test]
async fn requisites_are_added_changed_and_removed_and_rows_come_and_go() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::Owner).await;
    let form = [
        ("name", "main"),
        ("field", "name"),
        ("field-value", "Tea Ltd"),
        ("field", "address"),
        ("field-value", "1 High Street\r\nLeeds"),
        ("field", "phone"),
        ("field-value", ""),
        ("bank", "iban"),
        ("bank-value", "GB29"),
    ];
    let more = form.into_iter().chain([("do", "add:bank")]).collect::<Vec<_>>();
    let seen = ada.post("/settings/requisites/new", &more).await;
    assert_eq!((seen.status, seen.html.matches("name=\"bank\"").count()), (200, 2), "{}", seen.html);
    let set = async || shop.get("/v1/shop").await.1["requisites"].clone();
    assert_eq!(set().await, json!({}), "nothing is saved yet");
    leads_to(&ada.post("/settings/requisites/new", &form).await, "/settings/requisites?done=saved");
    let main =
        json!({"fields": {"name": "Tea Ltd", "address": "1 High Street\nLeeds"}, "bank": {"iban": "GB29"}});
    assert_eq!(set().await, json!({"main": main}));
    assert_eq!(ada.post("/settings/requisites/new", &form).await.status, 422, "they are there already");

    let wrong = [("field", "vat.number"), ("field-value", "GB 1")];
    let seen = ada.post("/settings/requisites/main", &wrong).await;
    assert!(seen.status == 422 && seen.html.contains("GB 1"), "{}", seen.html);
    leads_to(&ada.post("/settings/requisites/main/remove", &[]).await, "/settings/requisites?done=removed");
    assert_eq!(set().await, json!({}));
    assert_eq!(ada.post("/settings/requisites/main/remove", &[]).await.status, 404);
}

/// What a form began with: whoever saves it must have seen what is there.
async fn before(ada: &mut Browser, path: &str) -> String {
    let html = ada.get(path).await.html;
    let (_, rest) = html.split_once("name=\"before\" value=\"").unwrap_or_else(|| panic!("{html}"));
    rest.split_once('"').unwrap().0.to_owned()
}

#[tokio::test]
async fn values_to_choose_from_are_ordered_renamed_and_added_and_nobody_is_overwritten() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::Owner).await;
    let path = "/settings/dictionaries/payment-systems";
    assert!(ada.get("/settings/dictionaries").await.html.contains(path));
    let mark = before(&mut ada, path).await;
    let form = [
        ("title", "Payment systems"),
        ("before", mark.as_str()),
        ("entry", "card"),
        ("entry-name", "Card at the door"),
        ("entry", "cash"),
        ("entry-name", "Cash"),
        ("entry", ""),
        ("entry-name", "Gift card"),
    ];
    leads_to(&ada.post(path, &form).await, &format!("{path}?done=saved"));
    let (_, stored) = shop.get("/v1/dictionaries/payment-systems").await;
    let entries = stored["entries"].as_array().unwrap().iter();
    let entries: Vec<_> = entries.map(|one| json!([one["id"], one["name"]])).collect();
    let expected =
        [json!(["card", "Card at the door"]), json!(["cash", "Cash"]), json!(["gift-card", "Gift card"])];
    assert_eq!(entries, expected);
    assert_eq!(ada.post(path, &form).await.status, 409, "it began with what is not there any more");
    leads_to(&ada.post(&format!("{path}/remove"), &[]).await, &format!("{path}?done=saved"));
    assert_eq!(shop.get("/v1/dictionaries/payment-systems").await.1["entries"][0]["id"], "cash");

    let own = [("name", "colours"), ("title", "Colours")];
    leads_to(&ada.post("/settings/dictionaries", &own).await, "/settings/dictionaries/colours?done=saved");
    assert_eq!(ada.post("/settings/dictionaries", &own).await.status, 422, "it is there already");
    leads_to(
        &ada.post("/settings/dictionaries/colours/remove", &[]).await,
        "/settings/dictionaries?done=removed",
    );
    assert_eq!(ada.get("/settings/dictionaries/colours").await.status, 404);

    let mark = before(&mut ada, "/settings/statuses").await;
    let form = [
        ("before", mark.as_str()),
        ("entry", "delivered"),
        ("entry-name", "Delivered"),
        ("entry", ""),
        ("entry-name", "Lost on the way"),
    ];
    leads_to(&ada.post("/settings/statuses", &form).await, "/settings/statuses?done=saved");
    let (_, set) = shop.get("/v1/shop").await;
    let expected = json!([{"id": "delivered", "name": "Delivered"}, {"id": "lost-on-the-way", "name": "Lost on the way"}]);
    assert_eq!(set["shipment_statuses"], expected);
    assert_eq!(ada.post("/settings/statuses", &form).await.status, 409);
}

#[tokio::test]
async fn a_list_is_made_filled_changed_and_removed() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::Owner).await;
    let form = [
        ("name", "prices"),
        ("title", "Prices"),
        ("field", "sku"),
        ("field-title", "Article"),
        ("field-required", "required"),
        ("field", "price"),
        ("field-title", ""),
        ("field-required", ""),
    ];
    let none: Vec<_> = form.into_iter().filter(|(name, _)| !name.starts_with("field")).collect();
    assert_eq!(ada.post("/settings/lists/new", &none).await.status, 422, "a list has a field");
    leads_to(&ada.post("/settings/lists/new", &form).await, "/settings/lists/prices?done=saved");
    assert_eq!(ada.post("/settings/lists/new", &form).await.status, 422, "it is there already");

    let items = "/settings/lists/prices/items";
    let seen = ada.post(items, &[("sku", ""), ("price", "3")]).await;
    assert!(seen.status == 422 && seen.html.contains("requires it"), "{}", seen.html);
    leads_to(
        &ada.post(items, &[("sku", "85123A"), ("price", "3")]).await,
        "/settings/lists/prices?done=saved",
    );
    let stored = async || shop.get("/v1/lists/prices/items").await.1["items"].clone();
    let item = stored().await[0]["id"].as_str().unwrap().to_owned();
    let path = format!("{items}/{item}");
    assert!(ada.get("/settings/lists/prices").await.html.contains(&path));
    leads_to(
        &ada.post(&path, &[("sku", "85123A"), ("price", "")]).await,
        "/settings/lists/prices?done=saved",
    );
    assert_eq!(stored().await[0]["fields"], json!({"sku": "85123A"}));
    leads_to(&ada.post(&format!("{path}/remove"), &[]).await, "/settings/lists/prices?done=removed");
    assert_eq!(stored().await, json!([]));
    assert_eq!(ada.get(&path).await.status, 404);

    let edit = "/settings/lists/prices/edit";
    let seen = ada.post(edit, &form.into_iter().chain([("do", "down:field:0")]).collect::<Vec<_>>()).await;
    assert!(seen.html.find("value=\"price\"") < seen.html.find("value=\"sku\""), "{}", seen.html);
    leads_to(&ada.post("/settings/lists/prices/remove", &[]).await, "/settings/lists?done=removed");
    assert_eq!(ada.get(edit).await.status, 404);
}

#[tokio::test]
async fn a_segment_is_drawn_as_its_condition_and_a_schedule_tells_when_it_comes_due() {
    let shop = Shop::new().await;
    let mut ada = Browser::signed_in(&shop, Role::Owner).await;
    let condition = r#"{"field": "client.name", "operator": "equals", "value": "Ada"}"#;
    let form = |condition| {
        [
            ("name", "adas"),
            ("title", "All called Ada"),
            ("/condition~as", "text"),
            ("/condition~text", condition),
        ]
    };
    for wrong in ["{", r#"{"field": "order.total", "operator": "filled"}"#] {
        let seen = ada.post("/settings/segments/new", &form(wrong)).await;
        assert!(seen.status == 422 && seen.html.contains("All called Ada"), "{wrong}: {}", seen.html);
    }
    leads_to(
        &ada.post("/settings/segments/new", &form(condition)).await,
        "/settings/segments/adas?done=saved",
    );
    let page = ada.get("/settings/segments/adas").await.html;
    assert!(page.contains("0 clients") && page.contains("value=\"Ada\""), "{page}");
    let more =
        ada.post("/settings/segments/check", &[("known", "adas"), ("form-action", "add:/condition")]).await;
    assert!(more.status == 200 && more.html.contains("name=\"/condition/0/field\""), "{}", more.html);
    assert_eq!(shop.get("/v1/segments").await.1["items"][0]["condition"]["value"], "Ada", "nothing is saved");
    leads_to(&ada.post("/settings/segments/adas/remove", &[]).await, "/settings/lists?done=removed");

    let form = |cron| {
        [
            ("name", "morning"),
            ("title", "Morning"),
            ("cron", cron),
            ("zone", "Europe/London"),
            ("active", "true"),
        ]
    };
    assert_eq!(ada.post("/settings/schedules/new", &form("at nine")).await.status, 422);
    leads_to(
        &ada.post("/settings/schedules/new", &form("0 9 * * *")).await,
        "/settings/schedules/morning?done=saved",
    );
    assert!(ada.get("/settings/schedules/morning").await.html.matches("<time").count() >= 3);
    let off: Vec<_> = form("0 9 * * *").into_iter().filter(|(name, _)| *name != "active").collect();
    leads_to(&ada.post("/settings/schedules/morning", &off).await, "/settings/schedules/morning?done=saved");
    assert_eq!(shop.get("/v1/schedules/morning").await.1["active"], json!(false));
    leads_to(&ada.post("/settings/schedules/morning/remove", &[]).await, "/settings/lists?done=removed");
    assert_eq!(shop.get("/v1/schedules/morning").await.0, 404);
}

#[tokio::test]
async fn what_a_rule_names_is_not_removed_and_its_page_leads_to_the_rule() {
    let world = Channels::new().await;
    numerator(&world).await;
    let template =
        json!({"title": "Offer", "media_type": "text/plain", "source": "x", "numerator": "offers"});
    assert_eq!(world.put("/v1/templates/offer", template).await.0, 204);
    let list = json!({"title": "Prices", "fields": [{"name": "sku"}]});
    assert_eq!(world.put("/v1/lists/prices", list).await.0, 204);
    assert_eq!(world.put("/v1/segments/all", json!({"title": "All"})).await.0, 204);
    let morning = json!({"title": "Morning", "cron": "0 9 * * *"});
    assert_eq!(world.put("/v1/schedules/morning", morning).await.0, 200);
    let main = json!({"main": {"fields": {"name": "Tea Ltd"}, "bank": {}}});
    assert_eq!(world.patch("/v1/shop", json!({"requisites": main})).await.0, 200);
    let settings = json!({
        "template": "offer", "list": "prices", "segment": "all", "schedule": "morning", "requisites": "main",
        "status": "packed", "service": "courier",
    });
    with_papers(&world).await;
    says(&world, settings).await;
    let mut ada = Browser::signed_in(&world.shop, Role::Owner).await;
    for (page, kept) in [
        (OFFER, "/v1/templates/offer"),
        ("/settings/documents/numerators/offers", "/v1/numerators/offers"),
        ("/settings/lists/prices/edit", "/v1/lists/prices"),
        ("/settings/segments/all", "/v1/segments/all"),
        ("/settings/schedules/morning", "/v1/schedules/morning"),
        ("/settings/requisites/main", ""),
    ] {
        let html = ada.get(page).await.html;
        let user = if page.ends_with("offers") { OFFER } else { "/automation/orders/parts/papers#side" };
        assert!(html.contains(user), "{page}: {html}");
        let seen = ada.post(&format!("{}/remove", page.trim_end_matches("/edit")), &[]).await;
        assert!(
            seen.status == 409 && seen.html.contains("is used by"),
            "{page}: {} {}",
            seen.status,
            seen.html
        );
        if !kept.is_empty() {
            let (status, problem) = world.delete(kept).await;
            assert_eq!((status, &problem["code"]), (409, &json!("conflict")), "{kept}: {problem}");
        }
    }
    let (status, problem) = world.patch("/v1/shop", json!({"shipment_statuses": []})).await;
    assert!(status == 409 && problem["detail"].as_str().unwrap().contains("`packed`"), "{problem}");
    let none = json!({"title": "Delivery services", "entries": []});
    assert_eq!(world.put("/v1/dictionaries/delivery-services", none).await.0, 409);

    // What names nothing lets all of it go.
    says(&world, json!({})).await;
    for kept in ["templates/offer", "numerators/offers", "lists/prices", "segments/all", "schedules/morning"]
    {
        assert_eq!(world.delete(&format!("/v1/{kept}")).await.0, 204, "{kept}");
        assert_eq!(world.delete(&format!("/v1/{kept}")).await.0, 404, "{kept}");
    }
}

#[tokio::test]
async fn what_a_token_or_somebody_in_the_console_changes_is_written_down_as_theirs() {
    let world = Channels::new().await;
    world.tell(&[]).await;
    let mut ada = Browser::signed_in(&world.shop, Role::Owner).await;
    let (_, log) = world.get("/v1/audit?limit=1").await;
    let before = log["items"][0]["number"].as_u64().unwrap();

    assert_eq!(world.post("/v1/employees", json!({"name": "Grace"})).await.0, 201);
    let rule =
        json!({"id": "r", "name": "R", "plugin": "test.sends", "settings": {"channel": "sms", "text": "x"}});
    let workflow = json!({"title": "Approval", "kind": "order", "rules": [rule]});
    assert_eq!(world.put("/v1/workflows/approval", workflow).await.0, 200);
    assert_eq!(world.delete("/v1/workflows/approval").await.0, 204);
    let print = json!({"code": "print", "name": "Print", "handler": "https://labels.example/print"});
    assert_eq!(world.post("/v1/application-rules", print).await.0, 201);
    let path = "/v1/application-rules/print";
    let moved = json!({"handler": "https://labels.example/print-2"});
    assert_eq!(world.patch(path, moved.clone()).await.0, 200);
    assert_eq!(world.patch(path, moved).await.0, 200, "nothing is other than before");
    assert_eq!(world.delete(path).await.0, 204);
    numerator(&world).await;
    let form = [("name", "Grace Hopper"), ("working", "true")];
    let (_, employees) = world.get("/v1/employees").await;
    let grace = employees["items"][0]["id"].as_str().unwrap().to_owned();
    leads_to(
        &ada.post(&format!("/settings/employees/{grace}"), &form).await,
        "/settings/employees?done=saved",
    );
    leads_to(
        &ada.post("/settings/documents/numerators/offers/remove", &[]).await,
        "/settings/documents?done=removed",
    );

    let (_, log) = world.get("/v1/audit?limit=100").await;
    let mut log: Vec<_> = log["items"].as_array().unwrap().iter().collect();
    log.retain(|entry| entry["number"].as_u64().unwrap() > before);
    log.reverse();
    let told: Vec<_> = log
        .iter()
        .map(|one| (one["action"].as_str().unwrap(), one["who"]["type"].as_str().unwrap()))
        .collect();
    let expected = [
        ("employee.added", "token"),
        ("workflow.published", "token"),
        ("workflow.retired", "token"),
        ("application-rule.registered", "token"),
        ("application-rule.changed", "token"),
        ("application-rule.removed", "token"),
        ("numerator.added", "token"),
        ("employee.changed", "account"),
        ("numerator.removed", "account"),
    ];
    assert_eq!(told, expected, "{log:#?}");
    assert_eq!(log[4]["details"]["fields"], json!(["handler"]));
    assert_eq!(log[7]["details"]["fields"], json!(["name"]));
    let page = ada.get("/audit").await.html;
    for words in ["Employee changed", "Workflow published", "Rule of an application registered"] {
        assert!(page.contains(words), "{words}: {page}");
    }
}
