//! Mailboxes through the interface; with real servers they are tested in `tests/it/mail.rs`.

use super::*;

fn mailbox(address: &str, smtp: Value) -> Value {
    json!({ "address": address, "smtp": smtp, "default": true })
}

fn smtp(host: &str, password: Value) -> Value {
    let mut server = json!({ "host": host, "port": 465, "user": "sales" });
    if !password.is_null() {
        server["password"] = password;
    }
    server
}

#[tokio::test]
async fn a_mailbox_is_saved_and_its_password_is_never_shown_nor_sent_to_another_server() {
    let shop = Shop::new().await;
    let put =
        async |id: &str, body: Value| shop.json(Method::PUT, &format!("/v1/mailboxes/{id}"), body).await;
    let sales = || mailbox("sales@shop.example", smtp("mail.shop.example", json!("canary-7")));
    assert_eq!(put("sales", sales()).await.0, 204);
    let (_, shown) = shop.get("/v1/mailboxes/sales").await;
    assert_eq!(shown["smtp"]["password"], json!(true));
    assert_eq!((&shown["smtp"]["tls"], &shown["imap"]), (&json!("implicit"), &Value::Null));
    let same = mailbox("shop@shop.example", smtp("mail.shop.example", Value::Null));
    assert_eq!(put("sales", same).await.0, 204, "the password stays");
    let elsewhere = mailbox("sales@shop.example", smtp("evil.example", Value::Null));
    let (status, refused) = put("sales", elsewhere).await;
    assert_eq!((status, &refused["errors"][0]["path"]), (422, &json!("/smtp/password")), "{refused}");
    // The default is one.
    assert_eq!(
        put("jobs", mailbox("jobs@shop.example", smtp("mail.shop.example", json!("canary-8")))).await.0,
        204
    );
    let (_, list) = shop.get("/v1/mailboxes").await;
    let defaults: Vec<_> = list["items"].as_array().unwrap().iter().map(|one| &one["default"]).collect();
    assert_eq!(defaults, [&json!(true), &json!(false)], "jobs, sales");
    assert!(!list.to_string().contains("canary"));
    for (id, body, path) in [
        ("Sales Office", sales(), "/id"),
        ("news", mailbox("news", smtp("mail.shop.example", json!("x"))), "/address"),
        ("news", mailbox("shop@shop.example", smtp("mail.shop.example", json!("x"))), "/address"),
        ("news", mailbox("news@shop.example", smtp("mail example", json!("x"))), "/smtp/host"),
        ("news", mailbox("news@shop.example", smtp("mail.shop.example", json!("a\r\nb"))), "/smtp/password"),
    ] {
        let (status, refused) = put(&id.replace(' ', "%20"), body).await;
        assert_eq!((status, &refused["errors"][0]["path"]), (422, &json!(path)), "{refused}");
    }
    let gone =
        async |id: &str| shop.send(Method::DELETE, &format!("/v1/mailboxes/{id}"), &[], Vec::new()).await.0;
    assert_eq!((gone("jobs").await, gone("jobs").await), (204, 404));
    assert_eq!(shop.get("/v1/mailboxes/jobs").await.0, 404);
}

#[tokio::test]
async fn a_mailbox_that_is_tried_says_what_is_wrong() {
    let shop = Shop::new().await;
    let server = json!({ "host": "127.0.0.1", "port": 9, "user": "sales", "password": "canary-9" });
    let body = json!({ "address": "sales@shop.example", "smtp": server, "imap": server });
    assert_eq!(shop.json(Method::PUT, "/v1/mailboxes/sales", body).await.0, 204);
    let (status, tried) = shop.post("/v1/mailboxes/sales/test", json!({})).await;
    assert_eq!((status, &tried["smtp"]["ok"], &tried["imap"]["ok"]), (200, &json!(false), &json!(false)));
    assert!(tried["smtp"]["error"].as_str().unwrap().contains("no public address"), "{tried}");
    assert!(!tried.to_string().contains("canary"));
    assert_eq!(shop.post("/v1/mailboxes/jobs/test", json!({})).await.0, 404);
}

#[tokio::test]
async fn a_mail_server_hands_over_whole_mails_once() {
    const RFC822: Headers = &[("content-type", "message/rfc822")];
    let shop = Shop::new().await;
    let body = mailbox("sales@shop.example", smtp("mail.shop.example", json!("x")));
    assert_eq!(shop.json(Method::PUT, "/v1/mailboxes/sales", body).await.0, 204);
    let mail = b"From: Ada <a@x.example>\r\nSubject: Hello\r\nMessage-ID: <1@x.example>\r\n\r\nYes".to_vec();
    let send = async |path: &str, mail: Vec<u8>| shop.send(Method::POST, path, RFC822, mail).await;
    let (status, first) = send("/v1/mailboxes/sales/mails", mail.clone()).await;
    assert_eq!((status, &first["duplicate"]), (202, &json!(false)), "{first}");
    let (_, again) = send("/v1/mailboxes/sales/mails", mail.clone()).await;
    assert_eq!((&again["duplicate"], &again["events"]), (&json!(true), &first["events"]));
    let (_, page) = shop.get("/v1/events?kind=mail.received").await;
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
    assert_eq!(page["items"][0]["attrs"]["mailbox"], json!("sales@shop.example"));
    let large =
        [b"From: a@x.example\r\nMessage-ID: <2@x.example>\r\n\r\n".to_vec(), vec![b'x'; 3 << 20]].concat();
    assert_eq!(send("/v1/mailboxes/sales/mails", large).await.0, 202);
    assert_eq!(send("/v1/mailboxes/jobs/mails", mail).await.0, 404);
    assert_eq!(send("/v1/mailboxes/sales/mails", Vec::new()).await.0, 422);
    assert_eq!(send("/v1/mailboxes/sales/mails", b"Subject: nobody's\r\n\r\n".to_vec()).await.0, 422);
}
