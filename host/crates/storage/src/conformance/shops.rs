use rulewright_domain::{
    ApplicationTrigger, EmployeeId, Numerator, PipelineId, Subscription, Template, TokenId,
};
use rulewright_ports::{
    StorageError, Transaction,
    storage::{PutRecords, Result},
};

use super::{
    New, read,
    sample::{self, ONE, TWO},
    try_write, write,
};

fn template(name: &str) -> Template {
    Template {
        name: name.into(),
        title: "Invoice".into(),
        media_type: "text/html".into(),
        source: "<p>{{ order.number }}</p>".into(),
        numerator: "invoices".into(),
    }
}

fn numerator(name: &str) -> Numerator {
    Numerator { pad: 4, ..Numerator::new(name, "INV-{number}") }
}

pub async fn a_shop_is_kept(storage: New) {
    let renamed = rulewright_domain::Shop { name: "Chairs".into(), ..sample::shop(ONE) };
    write(&storage, |tx| tx.put_shop(&sample::shop(ONE))).await;
    write(&storage, |tx| tx.put_shop(&sample::shop(TWO))).await;
    let renames = renamed.clone();
    write(&storage, move |tx| tx.put_shop(&renames)).await;
    let (all, none) =
        read(&storage, |reads| Ok((reads.shops()?, reads.shop(rulewright_domain::ShopId(9))?))).await;
    assert_eq!(all, [renamed, sample::shop(TWO)]);
    assert_eq!(none, None);
}

pub async fn the_configuration_is_put_together(storage: New) {
    write(&storage, |tx| {
        tx.put_shop(&sample::shop(ONE))?;
        tx.put_shop(&sample::shop(TWO))?;
        tx.put_pipeline(ONE, &sample::pipeline("sales"))?;
        tx.put_pipeline(ONE, &sample::pipeline("repairs"))?;
        tx.publish(ONE, &sample::automation("sales", 1))?;
        tx.publish(ONE, &sample::automation("sales", 2))?;
        tx.put_employee(ONE, &sample::employee(1))?;
        tx.put_package(&sample::package("abc"), b"wasm")?;
        tx.put_installation(ONE, &sample::installation("abc"))?;
        tx.put_template(ONE, &template("invoice"))?;
        tx.put_numerator(ONE, &numerator("invoices"))?;
        tx.put_template(ONE, &template("offer"))?;
        tx.put_numerator(ONE, &numerator("offers"))?;
        tx.put_last_number(ONE, "offers", "", 7)?;
        assert!(tx.remove_template(ONE, "offer")? && !tx.remove_template(TWO, "invoice")?);
        assert!(tx.remove_numerator(ONE, "offers")? && !tx.remove_numerator(TWO, "invoices")?);
        assert_eq!(tx.last_number(ONE, "offers", "")?, Some(7), "what was given stays given");
        tx.put_schedule(ONE, &sample::schedule("weekly"))?;
        tx.put_schedule(ONE, &sample::schedule("daily"))?;
        assert!(tx.remove_schedule(ONE, "weekly")? && !tx.remove_schedule(TWO, "daily")?);
        tx.put_recipe(ONE, &sample::recipe("sales", 1))?;
        tx.put_recipe(ONE, &sample::recipe("repairs", 1))?;
        tx.put_recipe(ONE, &sample::recipe("sales", 2))?;
        tx.remove_recipe(ONE, &"repairs".into(), "thanks")?;
        tx.remove_recipe(TWO, &"sales".into(), "thanks")?;
        tx.put_record(ONE, &sample::subscription(1))?;
        tx.put_record(ONE, &sample::subscription(2))?;
        tx.remove_record::<Subscription>(ONE, 2)?;
        Ok(())
    })
    .await;
    let (config, other, version, none) = read(&storage, |reads| {
        let none = reads.config(rulewright_domain::ShopId(9))?;
        Ok((reads.config(ONE)?, reads.config(TWO)?, reads.config_version(ONE)?, none))
    })
    .await;
    let config = config.unwrap();
    assert_eq!(config.version, version);
    assert_eq!(config.shop, sample::shop(ONE));
    assert_eq!(config.pipelines.len(), 2);
    assert_eq!(config.automations.len(), 1);
    assert_eq!(config.automations[&PipelineId::from("sales")], sample::automation("sales", 2));
    assert_eq!(config.employees[&EmployeeId(1)], sample::employee(1));
    let plugin = &config.plugins["rulewright.send-sms"];
    assert_eq!((&plugin.digest, &plugin.manifest), (&"abc".into(), &sample::package("abc").manifest));
    assert_eq!(plugin.grant, sample::installation("abc").grant);
    assert_eq!(config.templates.into_values().collect::<Vec<_>>(), [template("invoice")]);
    assert_eq!(config.numerators.into_values().collect::<Vec<_>>(), [numerator("invoices")]);
    assert_eq!(config.schedules.into_values().collect::<Vec<_>>(), [sample::schedule("daily")]);
    assert_eq!(config.recipes, [sample::recipe("sales", 2)]);
    assert_eq!(config.subscriptions.into_values().collect::<Vec<_>>(), [sample::subscription(1)]);
    let other = other.unwrap();
    assert!(other.recipes.is_empty() && other.subscriptions.is_empty());
    assert!(other.pipelines.is_empty() && other.employees.is_empty() && other.plugins.is_empty());
    assert_eq!(none, None);
}

/// Whoever remembers a configuration by its version would take one that was rolled back for one that holds.
pub async fn a_version_that_was_rolled_back_does_not_come_back(storage: New) {
    write(&storage, |tx| tx.put_shop(&sample::shop(ONE))).await;
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let versions = seen.clone();
    let given_up: Result<()> = try_write(&storage, move |tx| {
        tx.put_pipeline(ONE, &sample::pipeline("sales"))?;
        versions.lock().unwrap().push(tx.config_version(ONE)?);
        Err(StorageError::Database("given up".into()))
    })
    .await;
    assert!(given_up.is_err());
    write(&storage, |tx| tx.put_numerator(ONE, &numerator("invoices"))).await;
    let after = read(&storage, |reads| reads.config_version(ONE)).await;
    assert!(!seen.lock().unwrap().contains(&after), "{after}");
}

pub async fn every_change_of_the_configuration_grows_its_version(storage: New) {
    type Change = fn(&mut dyn Transaction) -> Result<()>;
    write(&storage, |tx| tx.put_shop(&sample::shop(TWO))).await;
    let changes: &[Change] = &[
        |tx| tx.put_shop(&sample::shop(ONE)),
        |tx| tx.put_shop(&sample::shop(ONE)),
        |tx| tx.put_pipeline(ONE, &sample::pipeline("sales")),
        |tx| tx.publish(ONE, &sample::automation("sales", 1)),
        |tx| tx.put_employee(ONE, &sample::employee(1)),
        |tx| tx.remove_employee(ONE, EmployeeId(1)),
        |tx| {
            tx.put_package(&sample::package("abc"), b"wasm")?;
            tx.put_installation(ONE, &sample::installation("abc"))
        },
        |tx| tx.remove_installation(ONE, &"rulewright.send-sms".into()),
        |tx| tx.put_template(ONE, &template("invoice")),
        |tx| tx.remove_template(ONE, "invoice").map(drop),
        |tx| tx.put_numerator(ONE, &numerator("invoices")),
        |tx| tx.remove_numerator(ONE, "invoices").map(drop),
        |tx| tx.put_schedule(ONE, &sample::schedule("daily")),
        |tx| tx.remove_schedule(ONE, "daily").map(drop),
        |tx| tx.put_mailbox(ONE, &super::mailboxes::mailbox("sales", true), &Default::default()),
        |tx| tx.remove_mailbox(ONE, "sales").map(drop),
        |tx| tx.put_list(ONE, &super::lists::list("prices")),
        |tx| tx.remove_list(ONE, "prices"),
        |tx| tx.put_segment(ONE, &super::lists::segment()),
        |tx| tx.remove_segment(ONE, "all"),
        |tx| tx.publish_workflow(ONE, &super::lists::workflow(1)),
        |tx| tx.retire_workflow(ONE, "approval"),
        |tx| tx.put_recipe(ONE, &sample::recipe("sales", 1)),
        |tx| tx.remove_recipe(ONE, &"sales".into(), "thanks"),
        |tx| tx.put_record(ONE, &sample::subscription(1)),
        |tx| tx.remove_record::<Subscription>(ONE, 1).map(drop),
        |tx| tx.put_record(ONE, &sample::application_trigger(3)),
        |tx| tx.remove_record::<ApplicationTrigger>(ONE, 3).map(drop),
    ];
    for (index, change) in changes.iter().enumerate() {
        let before = read(&storage, |reads| reads.config_version(ONE)).await;
        write(&storage, change).await;
        let after = read(&storage, |reads| reads.config_version(ONE)).await;
        assert!(after > before, "change {index}: {before} -> {after}");
    }
    let before = read(&storage, |reads| reads.config_version(ONE)).await;
    write(&storage, |tx| {
        tx.put_draft(ONE, &"sales".into(), &sample::stages("draft"))?;
        tx.put_last_number(ONE, "invoices", "", 1)?;
        tx.put_template_file(ONE, "abc", b"docx")?;
        tx.put_order(ONE, &sample::order(1))
    })
    .await;
    let after = read(&storage, |reads| reads.config_version(ONE)).await;
    assert_eq!(after, before, "none of this is configuration");
    assert_eq!(read(&storage, |reads| reads.config_version(TWO)).await, 1);
}

pub async fn a_token_is_found_by_its_hash(storage: New) {
    write(&storage, |tx| {
        tx.put_shop(&sample::shop(ONE))?;
        tx.put_shop(&sample::shop(TWO))?;
        tx.put_token(&sample::token(1, ONE, "aa"))?;
        tx.put_token(&sample::token(2, ONE, "bb"))
    })
    .await;
    let (found, none, of_one, of_two) = read(&storage, |reads| {
        let (found, none) = (reads.token_by_hash("aa")?, reads.token_by_hash("cc")?);
        Ok((found, none, reads.tokens(ONE)?, reads.tokens(TWO)?))
    })
    .await;
    assert_eq!(found, Some(sample::token(1, ONE, "aa")));
    assert_eq!((none, of_one.len(), of_two.len()), (None, 2, 0));
    let removed = write(&storage, |tx| {
        Ok([
            tx.remove_token(TWO, TokenId(1))?,
            tx.remove_token(ONE, TokenId(1))?,
            tx.remove_token(ONE, TokenId(1))?,
        ])
    })
    .await;
    assert_eq!(removed, [false, true, false]);
    assert_eq!(read(&storage, |reads| reads.token_by_hash("aa")).await, None);
}

pub async fn an_answer_is_given_once_per_key(storage: New) {
    write(&storage, |tx| {
        tx.put_shop(&sample::shop(ONE))?;
        tx.put_shop(&sample::shop(TWO))?;
        tx.put_answer(ONE, "till", "k1", "first")
    })
    .await;
    let again = try_write(&storage, |tx| tx.put_answer(ONE, "till", "k1", "second")).await;
    assert!(again.is_err(), "the second of one key");
    write(&storage, |tx| {
        tx.put_answer(ONE, "web", "k1", "of another source")?;
        tx.put_answer(TWO, "till", "k1", "of another shop")
    })
    .await;
    let answers = read(&storage, |reads| {
        Ok([
            reads.answer(ONE, "till", "k1")?,
            reads.answer(ONE, "web", "k1")?,
            reads.answer(TWO, "till", "k1")?,
            reads.answer(ONE, "till", "k2")?,
        ])
    })
    .await;
    let expected = [Some("first"), Some("of another source"), Some("of another shop"), None];
    assert_eq!(answers.map(|answer| answer.unwrap_or_default()), expected.map(Option::unwrap_or_default));
}

pub async fn an_employee_of_another_shop_is_out_of_reach(storage: New) {
    write(&storage, |tx| {
        tx.put_shop(&sample::shop(ONE))?;
        tx.put_shop(&sample::shop(TWO))?;
        tx.put_employee(ONE, &sample::employee(1))
    })
    .await;
    let taken = try_write(&storage, |tx| tx.put_employee(TWO, &sample::employee(1))).await;
    assert!(taken.is_err());
    write(&storage, |tx| tx.remove_employee(TWO, EmployeeId(1))).await;
    let config = read(&storage, |reads| reads.config(ONE)).await.unwrap();
    assert_eq!(config.employees.len(), 1);
}
