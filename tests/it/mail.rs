//! Mails for real: out by SMTP, followed, answered, and in by IMAP, with servers that others wrote.

use std::time::Duration;

use mail_parser::{MessageParser, MimeHeaders};
use rulewright_domain::{mailbox::*, *};
use rulewright_engine::{MailboxTried, Refusal, SystemClock};
use rulewright_ports::{Clock, StorageExt, Transaction, storage::EventQuery};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    mail_servers::{MailServers, PASSWORD, browse, missing},
    rows_case::*,
    support::*,
};

/// Real servers, or why there are none.
macro_rules! servers {
    () => {
        match missing() {
            None => MailServers::start(),
            Some(reason) => {
                println!("SKIPPED: {reason}");
                return;
            }
        }
    };
}

const SEND: &str = "rulewright.send-email";

async fn case(servers: &MailServers, plugins: &[&str], public_url: Option<String>) -> Case {
    let (neighbours, authorities) = (servers.neighbours(), servers.authority.clone());
    let outside = Outside { neighbours, authorities, public_url, ..Outside::default() };
    let plugins: Vec<_> = plugins.iter().map(|name| bundled(name)).collect();
    Case::around(TestShop::in_world(&plugins, outside).await).await
}

async fn put(case: &Case, (mailbox, passwords): (Mailbox, Passwords)) {
    case.shop.engine.put_mailbox(case.shop.id, mailbox, passwords).await.unwrap();
}

async fn state(case: &Case, id: &'static str) -> MailboxState {
    let shop = case.shop.id;
    let read = case.shop.engine.storage().read(move |reads| Ok::<_, Refusal>(reads.mailbox_state(shop, id)?));
    read.await.unwrap()
}

/// Waits for what comes over the network, which no simulated clock knows of.
async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..3_000 {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{what} has not come")
}

async fn looked_into(case: &Case, id: &'static str) -> MailCursor {
    until("a first look", async || state(case, id).await.cursor).await
}

async fn received(case: &Case) -> Vec<Event> {
    let shop = case.shop.id;
    let query = EventQuery { order: None, kind: Some("mail.received".into()) };
    let read =
        case.shop.engine.storage().read(move |reads| Ok::<_, Refusal>(reads.events(shop, &query, ALL)?));
    read.await.unwrap()
}

fn send(id: &str, settings: Value) -> Value {
    rule(id, SEND, settings)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_of_a_rule_arrives_and_what_the_client_does_with_it_moves_the_order() {
    let servers = servers!();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let plugins = ["send-email", "email-viewed", "email-link-clicked", "message-sent"];
    let case = case(&servers, &plugins, Some(base.clone())).await;
    let router = case.shop.router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    put(&case, servers.mailbox("sales", false)).await;
    let quote = "https://shop.example/quote?order=1&x=2";
    case.publish(json!({
        "paid": { "rules": [send("mail", json!({ "subject": "Your offer", "text": format!("Dear <Ada>, see {quote}.") }))] },
        "packing": { "triggers": [trigger("sent", "message-sent", json!({}))] },
        "shipped": { "triggers": [trigger("viewed", "email-viewed", json!({}))] },
        "done": { "triggers": [trigger("clicked", "email-link-clicked", json!({ "link": quote }))] },
    }))
    .await;
    case.shop.enter(case.order, "paid").await;
    assert_eq!(case.stage().await, "packing", "it was sent: {}", servers.logs());

    let mails = servers.delivered("a", 1).await;
    let mail = MessageParser::default().parse(&mails[0]).unwrap();
    let from = mail.from().unwrap().first().unwrap();
    assert_eq!((from.name(), from.address()), (Some("The tea shop"), Some("sales@shop.example")));
    assert_eq!(mail.subject(), Some("Your offer"));
    let [message] = &case.shop.messages().await[..] else { panic!("one message") };
    assert_eq!((message.state, message.provider.as_deref()), (MessageState::Sent, Some("mailbox/sales")));
    assert_eq!(message.provider_id.as_deref(), mail.message_id());

    let html = mail.body_html(0).unwrap().into_owned();
    assert!(html.contains("Dear &lt;Ada&gt;"), "{html}");
    let address = |before: &str| {
        let at = html.find(before).unwrap_or_else(|| panic!("{before} in {html}")) + before.len();
        html[at..].split('"').next().unwrap().to_owned()
    };
    let (link, pixel) = (address("<a href=\""), address("<img src=\""));
    assert!(mail.body_text(0).unwrap().contains(&link), "also in the plain text");
    let open = |url: String| tokio::task::spawn_blocking(move || browse(&url));
    // One that somebody has made up leads nowhere.
    let forged = link.replace("/t/l/1.1.", "/t/l/1.2.");
    assert!(open(forged).await.unwrap().0.contains("404"));
    assert_eq!(case.stage().await, "packing");
    assert!(open(pixel).await.unwrap().0.contains("200"));
    case.shop.engine.idle().await;
    assert_eq!(case.stage().await, "shipped", "it was opened");
    let (status, target) = open(link).await.unwrap();
    assert!(status.contains("302") && target.as_deref() == Some(quote), "{status} {target:?}");
    case.shop.engine.idle().await;
    assert_eq!(case.stage().await, "done", "the link was followed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_comes_in_by_imap_once_and_moves_the_order_whatever_happens_to_the_folder() {
    let servers = servers!();
    let case = case(&servers, &["send-email", "incoming-email"], None).await;
    servers.write("somebody@x.example", "sales@shop.example", "Message-ID: <0@x.example>\r\n", "Before all");
    servers.delivered("sales", 1).await;
    // Servers write down the second in which a mail came.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    case.shop.clock.advance_to(SystemClock.now());
    put(&case, servers.mailbox("sales", true)).await;
    looked_into(&case, "sales").await;
    case.publish(json!({
        "paid": { "rules": [send("mail", json!({ "subject": "Your offer", "text": "Dear Ada" }))] },
        "packing": { "triggers": [trigger("it", "incoming-email", json!({ "mailbox": "sales@shop.example" }))] },
    }))
    .await;
    case.shop.enter(case.order, "paid").await;
    let mails = servers.delivered("a", 1).await;
    let id = MessageParser::default().parse(&mails[0]).unwrap().message_id().unwrap().to_owned();
    let headers = |own: &str| {
        format!(
            "Message-ID: <{own}@x.example>\r\nIn-Reply-To: <{id}>\r\nSubject: =?utf-8?q?Re:_Caf=C3=A9?=\r\n\
             MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n"
        )
    };
    let body = "--b\r\nContent-Type: text/plain\r\n\r\nYes, please\r\n--b\r\nContent-Type: image/png\r\n\
                Content-Disposition: attachment; filename=photo.png\r\n\r\nabc\r\n--b--";
    // A machine's answer first: it is noted, and is not the client.
    let machine = "Message-ID: <1@x.example>\r\nAuto-Submitted: auto-replied\r\n";
    servers.write("a@x.example", "sales@shop.example", machine, "I am on holiday");
    until("the note", async || (received(&case).await.len() == 1).then_some(())).await;
    case.shop.engine.idle().await;
    assert_eq!(case.story().await, "paid: ignored");
    servers.write("a@x.example", "sales@shop.example", &headers("2"), body);
    until("the reply", async || (received(&case).await.len() == 2).then_some(())).await;
    case.shop.engine.idle().await;
    assert_eq!(case.stage().await, "packing");

    let [_, reply] = &received(&case).await[..] else { panic!("two mails") };
    assert_eq!(reply.what.client, Some(case.client));
    assert_eq!(reply.what.correlation, case.shop.messages().await[0].draft.correlation);
    assert!(reply.what.correlation.is_some());
    assert_eq!(reply.what.attrs["subject"], "Re: Café");
    let data = reply.what.data.value();
    assert_eq!(data["text"].as_str().map(str::trim), Some("Yes, please"));
    assert_eq!(data["attachments"], json!([{ "name": "photo.png", "size": 3 }]));
    let state = state(&case, "sales").await;
    assert!(state.received.is_some() && state.trouble.is_none(), "{state:?}");

    // After a restart nothing comes again, not even where the server has lost its index meanwhile; and what has come
    // while nobody looked does.
    let before = looked_into(&case, "sales").await;
    let Case { shop, client, order } = case;
    shop.engine.shutdown().await;
    servers.renumber("sales");
    servers.write("a@x.example", "sales@shop.example", &headers("3"), body);
    servers.delivered("sales", 4).await;
    let case = Case { shop: shop.restarted().await, client, order };
    until("the last", async || (received(&case).await.len() >= 3).then_some(())).await;
    let after = until("the new index", async || {
        let now = crate::mail::state(&case, "sales").await.cursor?;
        (now.validity != before.validity).then_some(now)
    });
    assert_eq!(after.await.uid, 4);
    let ids: Vec<_> = received(&case).await.iter().map(|event| event.what.attrs["message"].clone()).collect();
    assert_eq!(
        ids,
        ["1@x.example", "2@x.example", "3@x.example"],
        "what was there before us is none of ours"
    );
    case.shop.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_refuses_for_ever_is_dead_and_what_it_refuses_for_now_is_tried_again() {
    let mut servers = servers!();
    servers.restart_smtp(&[
        ("nobody", "550 5.1.1 there is nobody of that name"),
        ("later", "451 4.7.1 come back later"),
    ]);
    let case = case(&servers, &["send-email"], None).await;
    put(&case, servers.mailbox("sales", false)).await;
    case.publish(
        json!({ "paid": { "rules": [send("mail", json!({ "subject": "Hello", "text": "Hello" }))] } }),
    )
    .await;
    for name in ["nobody", "later"] {
        let client = case.shop.client(&[], &[("work", &format!("{name}@x.example"))]).await;
        case.shop.enter(case.shop.order_of(&[client]).await, "paid").await;
    }
    let [never, later] = &case.shop.messages().await[..] else { panic!("two messages") };
    assert_eq!((never.state, later.state), (MessageState::Dead, MessageState::Pending));
    assert!(never.error.as_deref().unwrap().contains("there is nobody of that name"), "{:?}", never.error);
    assert!(later.error.as_deref().unwrap().contains("come back later"), "{:?}", later.error);
    case.shop.pass(5).await;
    assert_eq!(case.shop.messages().await[1].attempt, 2, "and refused again");
    servers.restart_smtp(&[]);
    case.shop.pass(30).await;
    let [never, later] = &case.shop.messages().await[..] else { panic!("two messages") };
    assert_eq!((never.attempt, later.state, later.attempt), (1, MessageState::Sent, 3));
    let mails = servers.delivered("later", 1).await;
    let mail = MessageParser::default().parse(&mails[0]).unwrap();
    assert_eq!(mail.message_id(), later.provider_id.as_deref());
    assert_eq!(servers.mails("nobody").len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_whose_fate_nobody_knows_goes_out_again_as_the_same_mail() {
    let servers = servers!();
    let case = case(&servers, &["send-email"], None).await;
    put(&case, servers.mailbox("sales", false)).await;
    case.publish(
        json!({ "paid": { "rules": [send("mail", json!({ "subject": "Hello", "text": "Hello" }))] } }),
    )
    .await;
    case.shop.enter(case.order, "paid").await;
    servers.delivered("a", 1).await;
    // As after a crash between the server's answer and writing it down.
    let mut message = case.shop.messages().await.remove(0);
    message.state = MessageState::Sending;
    let job = move |tx: &mut dyn Transaction| Ok::<_, Refusal>(tx.put_message(&message)?);
    case.shop.engine.storage().write(job).await.unwrap();
    let shop = case.shop.restarted().await;
    shop.engine.idle().await;
    let mails = servers.delivered("a", 2).await;
    let ids = mails
        .iter()
        .map(|mail| MessageParser::default().parse(mail).unwrap().message_id().map(str::to_owned));
    let ids: Vec<_> = ids.collect();
    assert!(ids[0].is_some() && ids[0] == ids[1], "{ids:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_believed_only_by_its_name_and_a_user_only_by_the_password() {
    let servers = servers!();
    let ours = case(&servers, &[], None).await;
    let stranger = Case::around(
        TestShop::in_world(&[], Outside { neighbours: servers.neighbours(), ..Outside::default() }).await,
    )
    .await;
    let ports = servers.ports;
    let server =
        |host: &str, port, tls| MailServer { host: host.into(), port, tls, user: Some("sales".into()) };
    let tried = async |case: &Case, smtp: MailServer, imap: MailServer, password: &str| {
        let (mailbox, _) = servers.mailbox("sales", false);
        let imap = Some(MailFolder { server: imap, folder: "INBOX".into() });
        let passwords = Passwords { smtp: Some(password.into()), imap: Some(password.into()) };
        put(case, (Mailbox { smtp, imap, ..mailbox }, passwords)).await;
        case.shop.engine.try_mailbox(case.shop.id, "sales").await.unwrap()
    };
    let implicit = || server("localhost", ports.submissions, MailTls::Implicit);
    let starttls = || server("localhost", ports.submission, MailTls::Starttls);
    let imaps = || server("localhost", ports.imaps, MailTls::Implicit);
    let works = MailboxTried { smtp: Ok(()), imap: Some(Ok(())) };
    assert_eq!(tried(&ours, implicit(), imaps(), PASSWORD).await, works, "{}", servers.logs());
    assert_eq!(tried(&ours, starttls(), imaps(), PASSWORD).await, works, "{}", servers.logs());
    let refused = |tried: MailboxTried, words: &str| {
        let told = [tried.smtp.unwrap_err(), tried.imap.unwrap().unwrap_err()];
        assert!(told.iter().all(|told| told.contains(words)), "{words}: {told:?}");
        assert!(!told.concat().contains("canary"), "the password is told: {told:?}");
    };
    refused(tried(&ours, implicit(), imaps(), "canary-wrong").await, "is not let in by");
    refused(tried(&stranger, starttls(), imaps(), PASSWORD).await, "certificate");
    // Another name than the one in the certificate, and one that the operator has not allowed.
    let by_number = |port| server("127.0.0.1", port, MailTls::Implicit);
    refused(
        tried(&ours, by_number(ports.submissions), by_number(ports.imaps), PASSWORD).await,
        "no public address",
    );
    // Who wants TLS does not go on without it.
    let open = server("127.0.0.1", ports.smtp, MailTls::Starttls);
    let told = tried(&ours, open, imaps(), PASSWORD).await.smtp.unwrap_err();
    assert!(told.contains("STARTTLS"), "{told}");

    // And a mail goes out that way.
    let (mailbox, _) = servers.mailbox("sales", false);
    let passwords = Passwords { smtp: Some(PASSWORD.into()), imap: None };
    put(&ours, (Mailbox { smtp: starttls(), ..mailbox }, passwords)).await;
    ours.shop.install(bundled("send-email")).await;
    ours.publish(
        json!({ "paid": { "rules": [send("mail", json!({ "subject": "Hello", "text": "Hello" }))] } }),
    )
    .await;
    ours.shop.enter(ours.order, "paid").await;
    servers.delivered("a", 1).await;
    assert!(!format!("{:?}", ours.shop.messages().await).contains(PASSWORD));
}

#[tokio::test(flavor = "multi_thread")]
async fn r31_auto_select_takes_the_mailbox_of_the_previous_time_then_the_default_and_else_the_rule_fails() {
    let servers = servers!();
    let case = case(&servers, &["send-email"], None).await;
    let (sales, passwords) = servers.mailbox("sales", false);
    let (jobs, _) = servers.mailbox("jobs", false);
    put(&case, (Mailbox { default: false, ..sales.clone() }, passwords.clone())).await;
    put(&case, (Mailbox { default: false, ..jobs }, passwords.clone())).await;
    let mail = |id: &str, from: &str, address: &str| {
        send(id, json!({ "from": from, "subject": "Hello", "text": "Hello", "address": address }))
    };
    case.publish(json!({
        "new": { "rules": [mail("home", "", "home")] },
        "paid": { "rules": [mail("auto", "", "auto")] },
        "packing": { "rules": [mail("jobs", "jobs@shop.example", "auto")] },
        "shipped": { "rules": [mail("nobody", "nobody@shop.example", "auto")] },
    }))
    .await;
    let enter = async |stage: &str| {
        case.shop.pass(1).await;
        case.shop.enter(case.order, stage).await;
        case.shop.runs(case.order).await.pop().unwrap().state
    };
    let no_mailbox = |state: RunState, words: &str| {
        let RunState::Failed { code, message } = state else { panic!("{state:?}") };
        assert_eq!(code, "no-mailbox");
        assert!(message.contains(words), "{message}");
    };
    no_mailbox(enter("paid").await, "no mailbox is the default");
    no_mailbox(enter("shipped").await, "jobs@shop.example, sales@shop.example");
    assert_eq!(case.shop.messages().await, [], "nothing was queued");
    put(&case, (sales, passwords)).await;
    assert_eq!(enter("paid").await.name(), "done");
    assert_eq!(enter("packing").await.name(), "done");
    assert_eq!(enter("paid").await.name(), "done");
    let from: Vec<_> = case.shop.messages().await.into_iter().filter_map(|one| one.draft.sender).collect();
    assert_eq!(from, ["sales@shop.example", "jobs@shop.example", "jobs@shop.example"]);
    assert_eq!(enter("new").await.name(), "skipped", "there is no such type of address");
    servers.delivered("a", 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r31_html_goes_out_with_the_documents_of_the_order_if_they_fit() {
    let servers = servers!();
    let case = case(&servers, &["send-email"], None).await;
    put(&case, servers.mailbox("sales", false)).await;
    let add = async |title: &str, content: Vec<u8>| {
        let draft = DocumentDraft::Made {
            order: case.order,
            title: title.into(),
            media_type: "application/pdf".into(),
            content,
        };
        case.shop.execute(Command::CreateDocument(draft)).await.unwrap().document.unwrap()
    };
    let small = add("Invoice", b"%PDF-1.7 small".to_vec()).await;
    let settings = |attachments: String| json!({ "subject": "Hi", "html": "<p>Dear {{ client.name }}</p>", "attachments": attachments });
    case.publish(json!({
        "paid": { "rules": [send("one", settings(small.to_string()))] },
        "packing": { "rules": [send("two", settings(format!("{small}, doc_99")))] },
    }))
    .await;
    case.shop.enter(case.order, "paid").await;
    let mails = servers.delivered("a", 1).await;
    let mail = MessageParser::default().parse(&mails[0]).unwrap();
    assert_eq!(mail.body_html(0).as_deref().map(str::trim), Some("<p>Dear Ada Lovelace</p>"));
    assert_eq!(mail.body_text(0).as_deref().map(str::trim), Some("Dear Ada Lovelace"));
    let attached = mail.attachment(0).unwrap();
    assert_eq!(
        (attached.attachment_name(), attached.contents()),
        (Some("Invoice.pdf"), &b"%PDF-1.7 small"[..])
    );
    case.shop.enter(case.order, "packing").await;
    let failed = case.shop.messages().await.pop().unwrap();
    assert_eq!(failed.state, MessageState::Dead);
    assert!(failed.error.as_deref().unwrap().contains("there is no document doc_99"), "{:?}", failed.error);
}

#[tokio::test(flavor = "multi_thread")]
async fn r20_a_mail_to_an_employee_goes_out_from_the_mailbox_and_is_not_followed() {
    let servers = servers!();
    let case = case(&servers, &["email-to-employee"], Some("https://rules.example".into())).await;
    put(&case, servers.mailbox("sales", false)).await;
    case.does(responsible(case.employee("seven", None).await)).await;
    let settings = json!({ "subject": "Pack it", "text": "See https://shop.example/1" });
    let rules = [rule("staff", "rulewright.email-to-employee", settings)];
    case.publish(json!({ "paid": { "rules": rules } })).await;
    case.shop.enter(case.order, "paid").await;
    let mails = servers.delivered("seven", 1).await;
    let mail = MessageParser::default().parse(&mails[0]).unwrap();
    assert_eq!(mail.from().unwrap().first().unwrap().address(), Some("sales@shop.example"));
    assert_eq!(mail.body_text(0).as_deref().map(str::trim), Some("See https://shop.example/1"));
    assert!(!mails[0].contains("/t/o/") && !mails[0].contains("text/html"), "{}", mails[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_that_cannot_be_looked_into_says_why_and_is_looked_into_again() {
    let servers = servers!();
    let case = case(&servers, &[], None).await;
    let (mailbox, _) = servers.mailbox("sales", true);
    let wrong = Passwords { smtp: None, imap: Some("wrong".into()) };
    put(&case, (mailbox.clone(), wrong)).await;
    let trouble = until("the trouble", async || state(&case, "sales").await.trouble).await;
    assert!(trouble.message.contains("is not let in by"), "{trouble:?}");
    put(&case, servers.mailbox("sales", true)).await;
    looked_into(&case, "sales").await;
    assert_eq!(state(&case, "sales").await.trouble, None);
    // Somebody takes the folder away from us and gives it back: nothing is lost.
    case.shop.engine.remove_mailbox(case.shop.id, "sales").await.unwrap();
    put(&case, (mailbox, servers.mailbox("sales", true).1)).await;
    looked_into(&case, "sales").await;
    servers.write("a@x.example", "sales@shop.example", "Message-ID: <9@x.example>\r\n", "Hello");
    until("the mail", async || (received(&case).await.len() == 1).then_some(())).await;
    assert!(case.shop.clock.now() >= received(&case).await[0].at);
    case.shop.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_intake_is_halted_mails_stay_in_a_mailbox_that_is_in_no_trouble() {
    let servers = servers!();
    let case = case(&servers, &[], None).await;
    put(&case, servers.mailbox("sales", true)).await;
    looked_into(&case, "sales").await;
    case.shop.engine.halt(Flow::Intake, "a flood").await.unwrap();
    servers.write("a@x.example", "sales@shop.example", "Message-ID: <9@x.example>\r\n", "Hello");
    servers.delivered("sales", 1).await;
    // The server tells of it soon, and nothing is to follow.
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!((received(&case).await.len(), state(&case, "sales").await.trouble), (0, None));
    case.shop.engine.resume(Flow::Intake).await.unwrap();
    case.shop.pass(5).await;
    until("the mail", async || (received(&case).await.len() == 1).then_some(())).await;
    assert_eq!(state(&case, "sales").await.trouble, None);
    case.shop.engine.shutdown().await;
}
