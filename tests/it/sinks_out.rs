//! The customer of `sinks.rs` further on: in Word documents, in what others are told, and in what clients of Bitrix24 read.

use rulewright_domain::{Command, NewOrder};
use serde_json::{Value, json};

use crate::{
    application_rules,
    rows_documents::{documents, invoices, office, text_of},
    rows_rules::does,
    sinks::NAME,
    webhooks,
};

/// On one line, and with what turns a text around.
fn line() -> String {
    NAME.replace("\r\n", " ") + "\u{202e}"
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_stays_a_name_in_a_word_document() {
    let shop = office(&["create-crm-document"], invoices()).await;
    shop.publish(
        json!({ "paid": { "rules": [does("create-crm-document", json!({ "template": "invoice" }))] } }),
    )
    .await;
    let client = shop.client(&[], &[]).await;
    let mut card = shop.card(client).await;
    // XML has no room for the last one, however it is written: a document with it could not be opened.
    card.name = format!("{}\u{1}", line());
    shop.execute(Command::UpdateClient(card)).await.unwrap();
    let order = shop.order_of(&[client]).await;
    shop.enter(order, "paid").await;
    let made = documents(&shop, Some(order)).await;
    let [document] = made.as_slice() else { panic!("{:?}", shop.runs(order).await) };
    // Read again as a whole: it is a document still, and the name is text in it.
    let text = text_of(document);
    assert!(text.contains(&line()), "{text}");
    assert!(rulewright_docx::placeholders(&document.content).unwrap().len() <= 1, "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_stays_a_name_in_what_others_are_told() {
    let case = webhooks::Case::with(&[], &[(204, None)]).await;
    let (_, secret) = case.subscribe(&["order.created"]).await;
    let called = |new: &mut NewOrder| {
        new.title = line();
        new.comments = NAME.to_owned();
    };
    let order = case.shop.order_with(called).await;
    case.shop.engine.idle().await;
    let told = case.receiver.told();
    let [told] = told.as_slice() else { panic!("{told:?}") };
    assert!(told.is_signed_with(&secret), "what was signed is what came");
    let listed = case.staff("GET", "/v1/events?kind=order.created", Value::Null).await.1;
    assert_eq!(told.json()["data"], listed["items"][0]);
    let title = Value::from(line()).to_string();
    assert!(String::from_utf8_lossy(&told.body).contains(&title), "{}", told.json());
    let read = case.staff("GET", &format!("/v1/orders/{order}"), Value::Null).await.1;
    assert_eq!((&read["title"], &read["comments"]), (&line().into(), &NAME.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_stays_a_name_for_clients_of_bitrix24() {
    let case = application_rules::Case::new(&[(200, "")]).await;
    let fields = json!({ "TITLE": line(), "COMMENTS": line() });
    let id = case.done("crm.company.add", json!({ "fields": fields })).await;
    let company = case.done("crm.company.get", json!({ "id": id })).await;
    assert_eq!((&company["TITLE"], &company["COMMENTS"]), (&line().into(), &line().into()));
    let id = id.to_string();
    let path = format!("/rest/crm.company.get.xml?id={}&auth={}", id.trim_matches('"'), case.token);
    let (status, xml) = case.facade.post(&path, &[], String::new()).await;
    assert_eq!(status, 200, "{xml}");
    let title = xml.split_once("<TITLE>").unwrap().1.split_once("</TITLE>").unwrap().0;
    assert!(!title.contains(['<', '>', '"']) && title.contains("&lt;script&gt;"), "{title}");
    for ours in ["<script", "<break"] {
        assert!(!xml.contains(ours), "{xml}");
    }
}
