//! One of each thing that a path can name, and where its id stands in a path.

use rulewright_domain::{Grant, Package, plugin::Digest};
use rulewright_ports::StorageExt;

use super::*;

const SENDS: &str = "test.sends";
const SEES: &str = "test.sees";

/// By the path that ends with the parameter; what stands in the query, by the path with a `?`.
pub async fn of(world: &Channels) -> BTreeMap<&'static str, String> {
    let mut things = BTreeMap::new();
    let mut is = |path: &'static str, id: &str| drop(things.insert(path, id.to_owned()));
    let client = world.client("Ada", "+442079460000", "ada@example.com").await;
    plugins(world).await;
    let order = world.order(&client).await;
    happened(world, &order).await;

    is("/v1/orders/{id}", &order);
    is("/v1/orders/{id}/payments/{payment}", "pay_1");
    is("/v1/orders/{id}/shipments/{shipment}", "shp_1");
    is("/v1/clients/{id}", &client);
    let company = posted(world, "/v1/clients", json!({"kind": "company", "name": "Tea Ltd"})).await;
    is("/v1/clients/{id}/companies/{company}", text(&company, "client"));
    is("/v1/pipelines/{id}", "orders");
    is("/v1/pipelines/{id}/automation/revisions/{revision}", "1");
    is("/v1/pipelines/{id}/stages/{stage}", "told");
    is("/v1/pipelines/{id}/stages/{stage}/rules/{rule}", "tell");
    is("/v1/plugins/{id}", SENDS);
    is("/v1/plugins/{id}/secrets/{name}", "key");
    is("/v1/publishers/{id}", "test");
    is("/v1/quarantine/{digest}", &"d".repeat(64));
    is("/v1/halts/{flow}", "egress");
    is("/v1/marketplace/{id}", "rulewright.send-sms");
    is("/v1/recipes/{id}", "order-confirmation");

    for (path, list) in [
        ("/v1/runs/{id}", "/v1/runs"),
        ("/v1/matches/{id}", "/v1/matches"),
        ("/v1/events/{id}", "/v1/events"),
        ("/v1/deliveries/{id}", "/v1/deliveries"),
    ] {
        is(path, &first(world, list).await);
    }

    let comment = json!({"text": "See there"});
    let entry = posted(world, &format!("/v1/orders/{order}/timeline"), comment).await;
    is("/v1/entries/{id}", text(&entry, "entry"));
    posted(world, "/v1/employees", json!({"name": "Grace"})).await;
    is("/v1/employees/{id}", &first(world, "/v1/employees").await);

    put(world, "/v1/numerators/invoices", json!({"pattern": "{number}"})).await;
    is("/v1/numerators/{name}", "invoices");
    let template =
        json!({"title": "Note", "media_type": "text/plain", "source": "x", "numerator": "invoices"});
    put(world, "/v1/templates/note", template).await;
    let main = json!({"fields": {"name": "Tea Ltd", "vat-number": "GB 1"}, "bank": {"iban": "GB29"}});
    world.json(Method::PATCH, "/v1/shop", json!({"requisites": {"main": main}})).await;
    let (docx, file) = (
        "/v1/templates/invoice/file?title=Invoice&numerator=invoices",
        include_bytes!("../../../../../tests/it/documents/invoice.docx"),
    );
    let word = ("content-type", "application/vnd.openxmlformats-officedocument.wordprocessingml.document");
    let (status, saved) = world.send(Method::PUT, docx, Box::leak(Box::new([word])), file.to_vec()).await;
    assert_eq!(status, 200, "{saved}");
    is("/v1/templates/{name}", "invoice");
    let document = posted(world, "/v1/documents", json!({"order": order, "template": "note"})).await;
    is("/v1/documents/{id}", text(&document, "document"));

    put(
        world,
        "/v1/lists/prices",
        json!({"title": "Prices", "fields": [{"name": "postcode"}, {"name": "price"}]}),
    )
    .await;
    is("/v1/lists/{name}", "prices");
    let item = posted(world, "/v1/lists/prices/items", json!({"fields": {"postcode": "CV5"}})).await;
    is("/v1/lists/{name}/items/{id}", text(&item, "item"));

    put(world, "/v1/forms/callback", json!({"title": "Call me"})).await;
    is("/v1/forms/{name}", "callback");
    posted(world, "/v1/hooks/erp/key", json!({})).await;
    is("/v1/hooks/{code}", "erp");
    is("/v1/hooks/{code}?", &format!("order={order}"));
    let webhook = json!({"url": "https://erp.example/hooks", "kinds": ["order.created"]});
    let webhook = posted(world, "/v1/webhooks", webhook).await;
    is("/v1/webhooks/{id}", text(&webhook, "id"));
    let field = json!({"of": "order", "name": "colour", "kind": "text"});
    is("/v1/fields/{id}", text(&posted(world, "/v1/fields", field).await, "id"));
    let bytes = &[("content-type", "application/octet-stream")];
    let (status, file) = world.send(Method::POST, "/v1/files", bytes, b"tea".to_vec()).await;
    assert_eq!(status, 201, "{file}");
    is("/v1/files/{digest}", text(&file, "digest"));
    let monthly = json!({"order": order, "start": "2027-01-31", "every": {"unit": "month", "count": 1}});
    is("/v1/recurrences/{id}", text(&posted(world, "/v1/recurrences", monthly).await, "id"));
    let application = json!({"code": "erp", "name": "ERP", "areas": ["crm"]});
    let application = posted(world, "/v1/applications", application).await;
    is("/v1/applications/{id}", text(&application, "id"));
    let rule = json!({"code": "print", "name": "Print", "handler": "https://erp.example/print"});
    is("/v1/application-rules/{code}", text(&posted(world, "/v1/application-rules", rule).await, "code"));
    put(world, "/v1/application-triggers/packed", json!({"name": "Packed"})).await;
    is("/v1/application-triggers/{code}", "packed");
    let colours = json!({"title": "Colours", "entries": [{"id": "RED", "name": "Red"}]});
    put(world, "/v1/dictionaries/colours", colours).await;
    is("/v1/dictionaries/{name}", "colours");
    put(world, "/v1/schedules/mornings", json!({"title": "Mornings", "cron": "0 9 * * *"})).await;
    is("/v1/schedules/{name}", "mornings");
    put(world, "/v1/segments/abroad", json!({"title": "Abroad"})).await;
    is("/v1/segments/{name}", "abroad");
    let rule = json!({"id": "r", "name": "R", "plugin": SENDS, "settings": {"channel": "sms", "text": "x", "correlation": "x"}});
    put(world, "/v1/workflows/approval", json!({"title": "Approval", "kind": "order", "rules": [rule]}))
        .await;
    is("/v1/workflows/{name}", "approval");
    let started =
        posted(world, &format!("/v1/orders/{order}/workflows"), json!({"workflow": "approval"})).await;
    is("/v1/workflow-starts/{id}", started["events"][0].as_str().unwrap());
    let smtp = json!({"host": "smtp.shop.example", "port": 465});
    put(world, "/v1/mailboxes/sales", json!({"address": "sales@shop.example", "smtp": smtp})).await;
    is("/v1/mailboxes/{id}", "sales");
    is("/v1/health-notes/{id}", "mailbox-trouble.sales");
    put(world, "/v1/providers/main", json!({"title": "Main", "plugin": "test.carries"})).await;
    is("/v1/providers/{id}", "main");
    is("/v1/providers/{id}/secrets/{name}", "key");

    put(world, "/v1/open-channels/telegram", json!({"title": "Telegram"})).await;
    is("/v1/open-channels/{name}", "telegram");
    let message = json!({"peer": "7", "author": "client", "text": "Hello", "client": client});
    let said = posted(world, "/v1/open-channels/telegram/messages", message).await;
    is("/v1/open-channels/{name}/peers/{peer}", "7");
    is("/v1/open-channels/{name}/sessions/{id}", text(&said, "session"));
    let visit = json!({"id": "v1", "visitor": "browser-1", "place": "site", "client": client});
    posted(world, "/v1/visits", visit).await;
    is("/v1/visitors/{visitor}", "browser-1");

    let token = posted(world, "/v1/tokens", json!({"name": "web", "scopes": ["orders-read"]})).await;
    is("/v1/tokens/{id}", text(&token, "id"));
    let account = json!({"email": "ada@shop.example", "name": "Ada", "role": "editor"});
    is("/v1/accounts/{id}", text(&posted(world, "/v1/accounts", account).await, "id"));
    let install = posted(world, "/v1/installs", json!({"source": "bundled:rulewright.add-comment"})).await;
    is("/v1/installs/{id}", text(&install, "id"));
    settled(world, text(&install, "id")).await;
    world.engine.idle().await;
    things
}

/// One of each kind, a pinned key and a stopped component.
async fn plugins(world: &Channels) {
    let manifest = |id: &str, more: Value| {
        let mut manifest = json!({
            "schema": 1, "id": id, "version": "1.0.0", "publisher": "test", "title": "T", "settings": {},
            "host-api": "0.1.0", "permissions": {"secrets": ["key"], "channels": ["sms"]},
        });
        manifest.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        manifest
    };
    let all = [
        manifest(SENDS, json!({"kind": "rule", "group": "client-communications"})),
        manifest(SEES, json!({"kind": "trigger", "group": "trigger", "subscriptions": ["payment.received"]})),
        manifest("test.carries", json!({"kind": "provider", "group": "provider"})),
    ];
    for (number, manifest) in all.into_iter().enumerate() {
        let package = Package {
            digest: number.to_string().repeat(64),
            manifest: serde_json::from_value(manifest).unwrap(),
            imports: Default::default(),
            size: 1,
        };
        let component: Arc<[u8]> = Arc::from([number as u8]);
        let grant = Grant::whole(&package.manifest, &package.imports, &[]);
        world.engine.install(world.id, package, component, grant).await.unwrap();
    }
    let (shop, key) = (world.id, "ed25519:AAAA".to_owned());
    let storage = world.engine.storage();
    let pinned = storage.write(move |tx| tx.pin_key(shop, "test", &key, Timestamp(1))).await;
    pinned.unwrap();
    let digest: Digest = "d".repeat(64);
    world.engine.quarantine(&digest, "it sends twice").await.unwrap();
}

/// A rule runs and sends something, a trigger looks at a payment.
async fn happened(world: &Channels, order: &str) {
    let settings = json!({"channel": "sms", "text": "Hello", "correlation": "x"});
    let stages = json!({"told": {
        "rules": [{"id": "tell", "name": "Tell", "plugin": SENDS, "settings": settings}],
        "triggers": [{"id": "paid", "name": "Paid", "plugin": SEES}],
    }});
    put(world, "/v1/pipelines/orders/automation", json!({"stages": stages})).await;
    posted(world, "/v1/pipelines/orders/automation/publish", json!({})).await;
    let amount = json!({"amount": {"amount": "5.00", "currency": "GBP"}, "paid": true});
    posted(world, &format!("/v1/orders/{order}/payments"), amount).await;
    world.engine.idle().await;
    posted(world, &format!("/v1/orders/{order}/stage"), json!({"stage": "told"})).await;
    world.engine.idle().await;
}

/// Until it waits for somebody to agree.
async fn settled(world: &Channels, install: &str) {
    for _ in 0..3000 {
        if world.get(&format!("/v1/installs/{install}")).await.1["state"] != "working" {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("{install} goes on for ever");
}

async fn put(world: &Channels, path: &str, body: Value) {
    let (status, answer) = world.json(Method::PUT, path, body).await;
    assert!(status < 300, "{path}: {status} {answer}");
}

async fn posted(world: &Channels, path: &str, body: Value) -> Value {
    let (status, answer) = world.post(path, body).await;
    assert!(status < 300, "{path}: {status} {answer}");
    answer
}

async fn first(world: &Channels, list: &str) -> String {
    let (_, page) = world.get(list).await;
    let id = page["items"][0]["id"].as_str();
    id.unwrap_or_else(|| panic!("{list} is empty: {page}")).to_owned()
}

fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer[name].as_str().unwrap_or_else(|| panic!("no {name} in {answer}"))
}
