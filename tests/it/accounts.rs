//! People sign in, stay in and leave; and what they change is written down as theirs.

use rulewright_domain::{
    Account, AccountId, Currency, List, ListField, Numerator, Schedule, Segment, Template, Timestamp,
    account::{Role, Stay, Theme},
    audit::Who,
};
use rulewright_engine::{Founder, Refusal, SIGN_IN, Session, TOO_MANY_TRIES};

use crate::support::TestShop;

const NOW: Timestamp = Timestamp(1_795_000_000_000);
const PASSWORD: &str = "tea without any milk";
const OTHER: &str = "coffee without sugar";

fn account(email: &str, role: Role) -> Account {
    Account {
        id: AccountId(0),
        email: email.into(),
        name: "Ada".into(),
        role,
        employee: None,
        language: None,
        zone: None,
        theme: Theme::System,
        created: Timestamp(0),
        disabled: false,
    }
}

async fn with_password(shop: &TestShop, email: &str, role: Role, password: &str) -> AccountId {
    let id = shop.engine.put_account(shop.id, account(email, role)).await.unwrap();
    shop.engine.set_password(shop.id, id, password, None).await.unwrap();
    id
}

fn code(refused: Result<Session, Refusal>) -> String {
    refused.unwrap_err().code().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_signs_in_stays_and_leaves() {
    let shop = TestShop::with(&[]).await;
    let engine = &shop.engine;
    let id = with_password(&shop, "Ada@Shop.example", Role::Owner, PASSWORD).await;
    let session = engine.sign_in(None, " ada@shop.EXAMPLE", PASSWORD, NOW).await.unwrap();
    assert_eq!((session.shop, session.account.id), (shop.id, id));
    let Stay { idle, most, .. } = Stay::default();
    let whose = async |at| engine.session(&session.secret, at).await.unwrap().map(|(_, account)| account.id);
    assert_eq!(whose(NOW.plus(idle - 1)).await, Some(id));
    assert_eq!(whose(NOW.plus(2 * idle - 2)).await, Some(id), "it was used meanwhile");
    assert_eq!(whose(NOW.plus(4 * idle)).await, None);
    assert_eq!(whose(NOW.plus(most)).await, None);
    assert_eq!(engine.sessions_of(shop.id, id, NOW).await.unwrap().len(), 1);
    assert!(engine.session("", NOW).await.unwrap().is_none());
    assert!(engine.sign_out(&session.secret).await.unwrap());
    assert!(!engine.sign_out(&session.secret).await.unwrap());
    assert_eq!(whose(NOW).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_email_in_two_shops_has_two_passwords() {
    let tea = TestShop::with(&[]).await;
    let coffee = tea.another().await;
    with_password(&tea, "ada@shop.example", Role::Viewer, PASSWORD).await;
    with_password(&coffee, "ada@shop.example", Role::Owner, OTHER).await;
    let sign_in = async |shop, password| tea.engine.sign_in(shop, "ada@shop.example", password, NOW).await;
    assert_eq!(sign_in(None, PASSWORD).await.unwrap().shop, tea.id);
    assert_eq!(sign_in(None, OTHER).await.unwrap().shop, coffee.id);
    assert_eq!(code(sign_in(Some(coffee.id), PASSWORD).await), SIGN_IN);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_guesses_waits_and_the_right_password_waits_too() {
    let shop = TestShop::with(&[]).await;
    with_password(&shop, "ada@shop.example", Role::Owner, PASSWORD).await;
    for email in ["ada@shop.example", "nobody@shop.example"] {
        for _ in 0..5 {
            assert_eq!(code(shop.engine.sign_in(None, email, OTHER, NOW).await), SIGN_IN);
        }
        assert_eq!(code(shop.engine.sign_in(None, email, PASSWORD, NOW).await), TOO_MANY_TRIES);
    }
    let later = NOW.plus(30_000);
    assert!(shop.engine.sign_in(None, "ada@shop.example", PASSWORD, later).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entrance_lets_in_once_and_for_minutes_who_has_no_password() {
    let shop = TestShop::with(&[]).await;
    let engine = &shop.engine;
    let id = engine.put_account(shop.id, account("ada@shop.example", Role::Owner)).await.unwrap();
    assert_eq!(code(engine.sign_in(None, "ada@shop.example", PASSWORD, NOW).await), SIGN_IN);
    let key = engine.entrance(shop.id, id, NOW).await.unwrap();
    assert!(engine.session(&key, NOW).await.unwrap().is_none(), "it is no session");
    let session = engine.enter(&key, NOW.plus(599_999)).await.unwrap();
    assert_eq!(session.account.id, id);
    assert_eq!(code(engine.enter(&key, NOW).await), SIGN_IN);
    assert_eq!(code(engine.enter(&session.secret, NOW).await), SIGN_IN, "a session is no entrance");
    let late = engine.entrance(shop.id, id, NOW).await.unwrap();
    assert_eq!(code(engine.enter(&late, NOW.plus(600_000)).await), SIGN_IN);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_password_and_being_disabled_end_sessions() {
    let shop = TestShop::with(&[]).await;
    let engine = &shop.engine;
    with_password(&shop, "owner@shop.example", Role::Owner, OTHER).await;
    let id = with_password(&shop, "ada@shop.example", Role::Editor, PASSWORD).await;
    let sign_in = async |password| engine.sign_in(None, "ada@shop.example", password, NOW).await;
    let (here, there) = (sign_in(PASSWORD).await.unwrap(), sign_in(PASSWORD).await.unwrap());
    engine.set_password(shop.id, id, OTHER, Some(&here.secret)).await.unwrap();
    assert!(engine.session(&here.secret, NOW).await.unwrap().is_some());
    assert!(engine.session(&there.secret, NOW).await.unwrap().is_none());
    engine.change_account(shop.id, id, |account| account.role = Role::Viewer).await.unwrap();
    let (_, now) = engine.session(&here.secret, NOW).await.unwrap().unwrap();
    assert_eq!(now.role, Role::Viewer, "as it is now");
    engine.change_account(shop.id, id, |account| account.disabled = true).await.unwrap();
    assert!(engine.session(&here.secret, NOW).await.unwrap().is_none());
    assert_eq!(code(sign_in(OTHER).await), SIGN_IN);
    assert!(engine.entrance(shop.id, id, NOW).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_owner_stays() {
    let shop = TestShop::with(&[]).await;
    let engine = &shop.engine;
    let ada = engine.put_account(shop.id, account("ada@shop.example", Role::Owner)).await.unwrap();
    let refused = engine.remove_account(shop.id, ada).await.unwrap_err();
    assert!(refused.to_string().contains("only owner"), "{refused}");
    let demote = async |id| engine.change_account(shop.id, id, |one| one.role = Role::PluginAdmin).await;
    let disable = engine.change_account(shop.id, ada, |one| one.disabled = true).await;
    assert!(demote(ada).await.is_err() && disable.is_err());
    let bob = engine.put_account(shop.id, account("bob@shop.example", Role::Owner)).await.unwrap();
    assert!(demote(ada).await.is_ok() && demote(bob).await.is_err());
    assert!(engine.remove_account(shop.id, ada).await.is_ok());
    assert_eq!(engine.accounts(shop.id).await.unwrap().len(), 1);
    let taken = engine.put_account(shop.id, account("BOB@shop.example", Role::Viewer)).await;
    assert_eq!(taken.unwrap_err().code(), "invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_changed_is_written_down_with_who_did_it_and_nothing_that_was_refused() {
    let shop = TestShop::with(&[]).await;
    let id = with_password(&shop, "ada@shop.example", Role::Owner, PASSWORD).await;
    let session = shop.engine.sign_in(None, "ada@shop.example", PASSWORD, NOW).await.unwrap();
    let ada = shop.engine.acting(&session.account);
    ada.change_shop(shop.id, |shop| shop.name = "Tea".into()).await.unwrap();
    ada.change_shop(shop.id, |shop| shop.name = "Tea".into()).await.unwrap();
    assert!(ada.change_shop(shop.id, |shop| shop.name = String::new()).await.is_err());
    let log = shop.engine.audit(shop.id, None, 100).await.unwrap();
    let actions: Vec<&str> = log.iter().rev().map(|entry| entry.deed.action.as_str()).collect();
    let expected = [
        "shop.created",
        "pipeline.added",
        "account.created",
        "account.password-set",
        "account.signed-in",
        "shop.changed",
    ];
    assert_eq!(actions, expected);
    assert_eq!(log[0].who, Who::Account { account: id, name: "Ada".into() });
    assert_eq!(log[0].deed.details["fields"], serde_json::json!(["name"]));
    assert_eq!(log[2].who, Who::Host);
    let all = serde_json::to_string(&log).unwrap();
    assert!(!all.contains(PASSWORD) && !all.contains("argon2") && !all.contains(&session.secret));
    let verified = shop.engine.verify_audit(shop.id).await.unwrap();
    assert_eq!((verified.entries, verified.broken), (6, None));
    assert_eq!(verified.hash, log[0].hash);
    let older = shop.engine.audit(shop.id, Some(3), 1).await.unwrap();
    assert_eq!(older[0].number, 2);
}

fn founder(email: &str) -> Founder {
    Founder {
        name: "Ada".into(),
        email: email.into(),
        password: PASSWORD.into(),
        shop_name: "Tea".into(),
        currency: Currency::new(b"EUR"),
        time_zone: "Europe/Berlin".into(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_owner_comes_in_by_the_code_once_and_nobody_without_it() {
    let shop = TestShop::with(&[]).await;
    let engine = &shop.engine;
    let set_up = async |code: &str| engine.set_up(code, founder("Ada@Shop.example"), NOW).await;
    assert_eq!(code(set_up("").await), SIGN_IN, "it is not open");
    let first = engine.open_setup().await.unwrap().unwrap();
    let key = engine.open_setup().await.unwrap().unwrap();
    assert!(engine.is_setup_code(&key) && !engine.is_setup_code(&first), "the last one counts");
    assert_eq!(code(set_up(&first).await), "wrong-setup-code");
    let session = set_up(&format!(" {key} ")).await.unwrap();
    assert_eq!((session.shop, session.account.role), (shop.id, Role::Owner));
    assert!(engine.session(&session.secret, NOW).await.unwrap().is_some());
    assert!(!engine.setup_is_open() && engine.open_setup().await.unwrap().is_none());
    assert_eq!(code(set_up(&key).await), SIGN_IN);
    assert!(engine.sign_in(None, "ada@shop.example", PASSWORD, NOW).await.is_ok());
    assert_eq!(engine.config(shop.id).await.unwrap().shop.name, "Tea");
    let log = engine.audit(shop.id, None, 100).await.unwrap();
    let all = serde_json::to_string(&log).unwrap();
    assert!(!all.contains(&key) && !all.contains(PASSWORD), "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_set_up_at_once_one_is_the_owner() {
    let shop = TestShop::with(&[]).await;
    let engine = &shop.engine;
    let code = engine.open_setup().await.unwrap().unwrap();
    let (ada, bob) = tokio::join!(
        engine.set_up(&code, founder("ada@shop.example"), NOW),
        engine.set_up(&code, founder("bob@shop.example"), NOW),
    );
    assert!(ada.is_ok() != bob.is_ok());
    assert_eq!(engine.accounts(shop.id).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_guesses_the_code_of_the_setup_keeps_nobody_out() {
    let shop = TestShop::with(&[]).await;
    let engine = &shop.engine;
    let code = engine.open_setup().await.unwrap().unwrap();
    for _ in 0..20 {
        assert!(engine.set_up("a guess", founder("eve@shop.example"), NOW).await.is_err());
    }
    assert!(engine.set_up(&code, founder("ada@shop.example"), NOW).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_currency_stays_once_there_are_orders() {
    let shop = TestShop::with(&[]).await;
    shop.order().await;
    let engine = &shop.engine;
    let before = engine.config(shop.id).await.unwrap().shop.currency;
    let code = engine.open_setup().await.unwrap().unwrap();
    let other = Founder { currency: Currency::new(b"XTS"), ..founder("ada@shop.example") };
    assert_eq!(engine.set_up(&code, other, NOW).await.unwrap_err().code(), "invalid");
    assert!(engine.accounts(shop.id).await.unwrap().is_empty());
    let same = Founder { currency: before, ..founder("ada@shop.example") };
    assert!(engine.set_up(&code, same, NOW).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_changed_by_whoever_knows_it_and_guessing_it_takes_as_long_as_at_the_door() {
    let shop = TestShop::with(&[]).await;
    let engine = &shop.engine;
    let id = engine.put_account(shop.id, account("ada@shop.example", Role::Viewer)).await.unwrap();
    let change = async |old: &str, new: &str, now| {
        engine
            .change_password(shop.id, id, (old, new), None, now)
            .await
            .map_err(|refusal| refusal.code().to_owned())
    };
    assert!(!engine.has_password(shop.id, id).await.unwrap());
    assert_eq!(change("", PASSWORD, NOW).await, Ok(()), "the first one needs no other");
    assert!(engine.has_password(shop.id, id).await.unwrap());
    let session = engine.sign_in(None, "ada@shop.example", PASSWORD, NOW).await.unwrap();
    assert_eq!(change(PASSWORD, OTHER, NOW).await, Ok(()));
    assert!(engine.session(&session.secret, NOW).await.unwrap().is_none(), "other sessions have ended");
    for _ in 0..5 {
        assert_eq!(change(PASSWORD, PASSWORD, NOW).await, Err(SIGN_IN.to_owned()));
    }
    assert_eq!(change(OTHER, PASSWORD, NOW).await, Err(TOO_MANY_TRIES.to_owned()));
    assert_eq!(change(OTHER, PASSWORD, NOW.plus(30_000)).await, Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_rules_work_with_is_written_down_as_it_comes_changes_and_goes() {
    let shop = TestShop::with(&[]).await;
    let id = shop.engine.put_account(shop.id, account("ada@shop.example", Role::Owner)).await.unwrap();
    let ada = shop.engine.acting(&shop.engine.account(shop.id, id).await.unwrap());
    let before = shop.engine.audit(shop.id, None, 1).await.unwrap()[0].number;

    let mut numerator = Numerator::new("receipts", "{number}");
    ada.put_numerator(shop.id, numerator.clone()).await.unwrap();
    ada.put_numerator(shop.id, numerator.clone()).await.unwrap();
    numerator.pad = 4;
    ada.put_numerator(shop.id, numerator).await.unwrap();
    let template = Template {
        name: "receipt".into(),
        title: "Receipt".into(),
        media_type: "text/plain".into(),
        source: "x".into(),
        numerator: "receipts".into(),
    };
    ada.put_template(shop.id, template).await.unwrap();
    let kept = ada.remove_numerator(shop.id, "receipts").await.unwrap_err();
    assert!(
        matches!(kept, Refusal::Conflict { .. }) && kept.to_string().contains("template `receipt`"),
        "{kept}"
    );
    ada.remove_template(shop.id, "receipt").await.unwrap();
    ada.remove_numerator(shop.id, "receipts").await.unwrap();
    let field = ListField { name: "sku".into(), title: String::new(), required: false };
    let list = List { name: "prices".into(), title: "Prices".into(), fields: vec![field] };
    ada.put_list(shop.id, list).await.unwrap();
    ada.remove_list(shop.id, "prices").await.unwrap();
    let segment = Segment { name: "all".into(), title: "All".into(), condition: None };
    ada.put_segment(shop.id, segment).await.unwrap();
    ada.remove_segment(shop.id, "all").await.unwrap();
    let schedule = Schedule {
        name: "morning".into(),
        title: "Morning".into(),
        cron: "0 9 * * *".into(),
        zone: "Europe/London".into(),
        active: true,
    };
    ada.put_schedule(shop.id, schedule).await.unwrap();
    ada.remove_schedule(shop.id, "morning").await.unwrap();
    let call_it = |title: &'static str| {
        ada.change_dictionary(shop.id, "sources".into(), move |sources| {
            sources.title = title.into();
            Ok(())
        })
    };
    call_it("Sources").await.unwrap();
    call_it("Where from").await.unwrap();
    ada.remove_dictionary(shop.id, "sources".into()).await.unwrap();
    assert!(ada.remove_list(shop.id, "prices").await.is_err(), "it is gone already");

    let log = shop.engine.audit(shop.id, None, 100).await.unwrap();
    let log: Vec<_> = log.iter().rev().filter(|entry| entry.number > before).collect();
    let actions: Vec<&str> = log.iter().map(|entry| entry.deed.action.as_str()).collect();
    let expected = [
        "numerator.added",
        "numerator.changed",
        "template.added",
        "template.removed",
        "numerator.removed",
        "list.added",
        "list.removed",
        "segment.added",
        "segment.removed",
        "schedule.added",
        "schedule.removed",
        "dictionary.changed",
        "dictionary.removed",
    ];
    assert_eq!(actions, expected);
    assert_eq!(log[1].deed.details["fields"], serde_json::json!(["pad"]));
    assert!(log.iter().all(|entry| matches!(&entry.who, Who::Account { account, .. } if *account == id)));
}

/// Anybody who may make accounts in one shop could else guess the passwords of another for ever.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_in_another_shop_does_not_make_wrong_tries_forgotten() {
    let tea = TestShop::with(&[]).await;
    let coffee = tea.another().await;
    with_password(&tea, "ada@shop.example", Role::Owner, PASSWORD).await;
    let theirs = with_password(&coffee, "ada@shop.example", Role::Owner, OTHER).await;
    let sign_in = async |password| tea.engine.sign_in(None, "ada@shop.example", password, NOW).await;
    for _ in 0..4 {
        assert_eq!(code(sign_in("a guess of somebody").await), SIGN_IN);
        assert_eq!(sign_in(OTHER).await.unwrap().shop, coffee.id);
    }
    assert_eq!(code(sign_in("a guess of somebody").await), SIGN_IN);
    coffee.engine.set_password(coffee.id, theirs, OTHER, None).await.unwrap();
    assert_eq!(code(sign_in(OTHER).await), TOO_MANY_TRIES);
}

#[tokio::test(flavor = "multi_thread")]
async fn whether_somebody_is_signed_in_is_asked_without_keeping_them_so() {
    let shop = TestShop::with(&[]).await;
    let engine = &shop.engine;
    with_password(&shop, "ada@shop.example", Role::Owner, PASSWORD).await;
    let session = engine.sign_in(None, "ada@shop.example", PASSWORD, NOW).await.unwrap();
    let Stay { idle, .. } = Stay::default();
    assert!(engine.is_signed_in(&session.secret, NOW.plus(idle - 1)).unwrap());
    assert!(!engine.is_signed_in(&session.secret, NOW.plus(idle + 1)).unwrap(), "it was only asked about");
    assert!(!engine.is_signed_in("", NOW).unwrap());
    engine.sign_out(&session.secret).await.unwrap();
    assert!(!engine.is_signed_in(&session.secret, NOW).unwrap());
}
