use rulewright_domain::{
    Author, ChatMessage, ChatMessageId, ChatSession, ChatSessionId, ClientId, Connection, Form, MessageId,
    MessageState, OpenChannel, Peer, ShopId, Visitor,
};
use rulewright_ports::storage::{Page, SessionQuery};

use super::{
    ALL, NEWEST, New, read,
    sample::{self, NOW, ONE, TWO},
    try_write, write,
};

fn channel(name: &str, active: bool) -> OpenChannel {
    OpenChannel { name: name.into(), title: "Messenger".into(), active, silence: OpenChannel::SILENCE }
}

fn form(name: &str, callback: bool) -> Form {
    Form { name: name.into(), title: "Call me".into(), callback }
}

fn session(id: i64, shop: ShopId, channel: &str, peer: &str, client: Option<i64>) -> ChatSession {
    ChatSession {
        id: ChatSessionId(id),
        shop,
        channel: channel.into(),
        peer: peer.into(),
        client: client.map(ClientId),
        opened: NOW,
        last: NOW,
        closed: None,
        received: 1,
        correlation: None,
    }
}

fn line(id: i64, session: i64, hidden: bool) -> ChatMessage {
    ChatMessage {
        id: ChatMessageId(id),
        shop: ONE,
        session: ChatSessionId(session),
        author: Author::Staff,
        text: "Hello".into(),
        hidden,
        number: None,
        at: NOW,
        external: None,
        message: None,
    }
}

async fn shops(storage: &New) {
    write(storage, |tx| {
        tx.put_shop(&sample::shop(ONE))?;
        tx.put_shop(&sample::shop(TWO))
    })
    .await;
}

pub async fn open_channels_and_forms_are_replaced_and_listed(storage: New) {
    shops(&storage).await;
    write(&storage, |tx| {
        tx.put_open_channel(ONE, &channel("whatsapp", true))?;
        tx.put_open_channel(ONE, &channel("telegram", true))?;
        tx.put_open_channel(TWO, &channel("telegram", true))?;
        tx.put_open_channel(ONE, &channel("telegram", false))?;
        tx.put_form(ONE, &form("offer", false))?;
        tx.put_form(ONE, &form("call-me", false))?;
        tx.put_form(ONE, &form("call-me", true))
    })
    .await;
    let (all, one, forms, others) = read(&storage, |reads| {
        let channels = (reads.open_channels(ONE)?, reads.open_channel(TWO, "telegram")?);
        Ok((channels.0, channels.1, reads.forms(ONE)?, reads.forms(TWO)?))
    })
    .await;
    assert_eq!(all, [channel("telegram", false), channel("whatsapp", true)]);
    assert_eq!(one, Some(channel("telegram", true)));
    assert_eq!((forms, others), (vec![form("call-me", true), form("offer", false)], vec![]));
    let removed = write(&storage, |tx| {
        Ok((tx.remove_form(TWO, "offer")?, tx.remove_form(ONE, "offer")?, tx.remove_form(ONE, "offer")?))
    })
    .await;
    assert_eq!(removed, (false, true, false));
}

pub async fn a_connection_goes_with_its_secrets(storage: New) {
    shops(&storage).await;
    let connection = |title: &str| Connection {
        id: "main".into(),
        title: title.into(),
        plugin: "acme.sms".into(),
        settings: serde_json::json!({ "account": "A1" }),
        lines: vec!["+442079460000".into()],
        default_for: ["sms".to_owned()].into(),
        open_channel: None,
        enabled: true,
        code: "c0de".into(),
    };
    let before = read(&storage, |reads| reads.config_version(ONE)).await;
    write(&storage, move |tx| {
        tx.put_connection(ONE, &connection("First"))?;
        tx.put_connection(ONE, &connection("Second"))?;
        tx.put_connection_secret(ONE, "main", "token", Some(b"old"))?;
        tx.put_connection_secret(ONE, "main", "token", Some(b"new"))?;
        tx.put_connection_secret(ONE, "main", "other", Some(b"x"))?;
        tx.put_connection_secret(ONE, "main", "other", None)
    })
    .await;
    let (config, others, secrets) = read(&storage, |reads| {
        let secrets = (
            reads.connection_secret(ONE, "main", "token")?,
            reads.connection_secret(ONE, "main", "other")?,
            reads.connection_secret(TWO, "main", "token")?,
        );
        Ok((reads.config(ONE)?.unwrap(), reads.config(TWO)?.unwrap(), secrets))
    })
    .await;
    assert_eq!(config.connections.into_values().collect::<Vec<_>>(), [connection("Second")]);
    assert!(config.version > before && others.connections.is_empty());
    assert_eq!(secrets, (Some(b"new".to_vec()), None, None));
    // A secret without a connection would be nobody's.
    let stray = try_write(&storage, |tx| tx.put_connection_secret(TWO, "main", "token", Some(b"x"))).await;
    assert!(stray.is_err());

    let removed =
        write(&storage, |tx| Ok((tx.remove_connection(TWO, "main")?, tx.remove_connection(ONE, "main")?)))
            .await;
    assert_eq!(removed, (false, true));
    write(&storage, move |tx| tx.put_connection(ONE, &connection("Third"))).await;
    let left = read(&storage, |reads| reads.connection_secret(ONE, "main", "token")).await;
    assert_eq!(left, None, "a new connection found the secret of the old one");
}

pub async fn a_peer_and_its_sessions_are_found(storage: New) {
    let peer = Peer { client: Some(ClientId(7)), used: Some(NOW), ..Peer::new("telegram", "a/b") };
    let kept = peer.clone();
    write(&storage, move |tx| {
        tx.put_peer(ONE, &Peer::new("telegram", "a/b"))?;
        tx.put_peer(ONE, &kept)?;
        tx.put_chat_session(&session(1, ONE, "telegram", "a/b", None))?;
        tx.put_chat_session(&session(2, ONE, "telegram", "c", Some(7)))?;
        tx.put_chat_session(&session(3, ONE, "whatsapp", "a/b", Some(8)))?;
        tx.put_chat_session(&session(1, ONE, "telegram", "a/b", Some(7)))
    })
    .await;
    assert_eq!(read(&storage, |reads| reads.peer(ONE, "telegram", "a/b")).await, Some(peer));
    assert_eq!(read(&storage, |reads| reads.peer(ONE, "whatsapp", "a/b")).await, None);
    let (all, telegram) = (SessionQuery::default, Some("telegram".to_owned()));
    for (query, page, expected) in [
        (all(), ALL, &[1, 2, 3][..]),
        (SessionQuery { channel: telegram.clone(), ..all() }, NEWEST, &[2, 1]),
        (SessionQuery { channel: telegram.clone(), peer: Some("c".into()), ..all() }, ALL, &[2]),
        (SessionQuery { client: Some(ClientId(7)), ..all() }, ALL, &[1, 2]),
        (SessionQuery { channel: telegram, client: Some(ClientId(8)), ..all() }, ALL, &[]),
    ] {
        let asked = query.clone();
        let found = read(&storage, move |reads| reads.chat_sessions(ONE, &asked, page)).await;
        let ids: Vec<i64> = found.into_iter().map(|session| session.id.0).collect();
        assert_eq!(ids, expected, "{query:?}");
    }
}

pub async fn a_transcript_hides_what_was_whispered(storage: New) {
    write(&storage, |tx| {
        tx.put_chat_session(&session(1, ONE, "telegram", "a", None))?;
        tx.put_chat_session(&session(2, ONE, "telegram", "b", None))?;
        for message in [line(1, 1, false), line(2, 1, true), line(3, 2, false), line(4, 1, false)] {
            tx.add_chat_message(&message)?;
        }
        Ok(())
    })
    .await;
    let shown = |hidden, page| {
        let storage = storage.clone();
        async move {
            let lines = read(&storage, move |reads| reads.chat_messages(ONE, ChatSessionId(1), hidden, page));
            lines.await.iter().map(|line| line.id.0).collect::<Vec<_>>()
        }
    };
    assert_eq!(shown(true, ALL).await, [1, 2, 4]);
    assert_eq!(shown(false, ALL).await, [1, 4]);
    assert_eq!(shown(false, Page { after: Some(4), limit: 9, newest_first: true }).await, [1]);
    assert!(try_write(&storage, |tx| tx.add_chat_message(&line(4, 1, false))).await.is_err());
}

pub async fn what_is_counted_counts_for_itself(storage: New) {
    let mut times = Vec::new();
    for (shop, what, subject) in [
        (ONE, "viewed", "msg_1"),
        (ONE, "viewed", "msg_1"),
        (ONE, "viewed", "msg_2"),
        (ONE, "clicked", "msg_1"),
        (TWO, "viewed", "msg_1"),
        (ONE, "viewed", "msg_1"),
    ] {
        times.push(write(&storage, move |tx| tx.count(shop, what, subject)).await);
    }
    assert_eq!(times, [1, 2, 1, 1, 1, 3]);
}

pub async fn a_visitor_and_a_sent_mail_are_found_again(storage: New) {
    let visitor = Visitor { seen: Some(NOW), visits: 2, ..Visitor::new("browser") };
    let kept = visitor.clone();
    write(&storage, move |tx| {
        tx.put_visitor(ONE, &Visitor::new("browser"))?;
        tx.put_visitor(ONE, &kept)?;
        tx.put_run(&sample::run(1, ONE, 1, rulewright_domain::RunState::Done))?;
        tx.put_message(&sample::message(1, ONE, MessageState::Sent, NOW))?;
        tx.put_message(&sample::message(2, ONE, MessageState::Sent, NOW))?;
        tx.put_sent_mail(ONE, "a@mail.example", MessageId(1))?;
        tx.put_sent_mail(ONE, "a@mail.example", MessageId(2))
    })
    .await;
    assert_eq!(read(&storage, |reads| reads.visitor(ONE, "browser")).await, Some(visitor));
    let by = |shop| read(&storage, move |reads| reads.sent_mail(shop, "a@mail.example"));
    assert_eq!((by(ONE).await, by(TWO).await), (Some(MessageId(2)), None));
}

pub async fn what_happens_on_channels_is_the_shops_own(storage: New) {
    write(&storage, |tx| {
        tx.put_chat_session(&session(1, ONE, "telegram", "a", None))?;
        tx.put_peer(ONE, &Peer::new("telegram", "a"))?;
        tx.put_visitor(ONE, &Visitor::new("browser"))?;
        tx.add_chat_message(&line(1, 1, false))
    })
    .await;
    let found = read(&storage, |reads| {
        let lines = reads.chat_messages(TWO, ChatSessionId(1), true, ALL)?.len();
        let sessions = reads.chat_sessions(TWO, &SessionQuery::default(), ALL)?.len();
        let one = reads.chat_session(TWO, ChatSessionId(1))?.is_some();
        let people = reads.peer(TWO, "telegram", "a")?.is_some() || reads.visitor(TWO, "browser")?.is_some();
        Ok((lines, sessions, one, people))
    })
    .await;
    assert_eq!(found, (0, 0, false, false));
    let taken = try_write(&storage, |tx| tx.put_chat_session(&session(1, TWO, "telegram", "a", None)));
    assert!(taken.await.is_err());
}
