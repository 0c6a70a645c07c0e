//! The recipe pack and how it gets into a shop and out of it; a month with each recipe is in `recipes_month`.

use std::collections::BTreeSet;

use rulewright_domain::*;
use rulewright_engine::{Fate, Pending, RecipeChange, RecipeWish, Refusal, ThingKind};
use rulewright_ports::StorageExt;
use serde_json::{Value, json};

use crate::{
    recipes_case::{Lives, recipe, wish},
    rows_case::pays,
    rows_rules::add_item,
    support::bundled,
};

pub fn ids() -> Vec<&'static str> {
    rulewright_bundled::RECIPES.iter().map(|(id, _)| *id).collect()
}

/// What has no default.
fn needed(recipe: &Recipe) -> Value {
    let example = |name: &str| match name {
        "address" => "https://api.courier.example/v1/deliveries",
        "site" => "https://tea.example",
        "line" => "+442079460000",
        _ => "Text",
    };
    let required = recipe.parameters["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    required.map(|name| (name.to_owned(), json!(example(name)))).collect()
}

async fn config(lives: &Lives) -> ShopConfig {
    let shop = lives.shop.id;
    let read = lives.shop.engine.storage().read(move |reads| Ok::<_, Refusal>(reads.config(shop)?));
    read.await.unwrap().unwrap()
}

async fn draft(lives: &Lives) -> (u64, Value) {
    let (shop, pipeline) = (lives.shop.id, lives.shop.pipeline.clone());
    let read = lives.shop.engine.storage().read(move |reads| Ok::<_, Refusal>(reads.draft(shop, &pipeline)?));
    let (version, stages) = read.await.unwrap();
    (version, json!(stages))
}

async fn save(lives: &Lives, stages: &Value) {
    let stages = serde_json::from_value(stages.clone()).unwrap();
    lives.shop.engine.save_draft(lives.shop.id, &lives.shop.pipeline, None, stages).await.unwrap();
}

async fn running(lives: &Lives) -> Value {
    config(lives).await.automations.get(&lives.shop.pipeline).map_or(Value::Null, |one| json!(one.stages))
}

fn fates(change: &RecipeChange) -> Vec<(&str, Fate)> {
    change.parts.iter().map(|part| (part.id.as_str(), part.fate)).collect()
}

fn issues(refused: Result<RecipeChange, Refusal>) -> Vec<String> {
    match refused {
        Err(Refusal::Invalid(issues)) => {
            issues.into_iter().map(|issue| format!("{} {}", issue.path, issue.code)).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_pack_is_what_lies_in_its_folder_and_each_recipe_is_whole() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../host/recipes");
    let files = std::fs::read_dir(folder).unwrap();
    let files: BTreeSet<String> =
        files.map(|file| file.unwrap().file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(files, ids().iter().map(|id| format!("{id}.json")).collect());
    assert!(files.len() >= 10);
    for id in ids() {
        let recipe = recipe(id);
        assert_eq!(recipe.id, id);
        for words in [&recipe.title, &recipe.description] {
            assert!(words.get("en").is_some_and(|text| !text.is_empty()), "{id}");
        }
        let schema = jsonschema::validator_for(&recipe.parameters).unwrap();
        let mut all = recipe.defaults();
        all.extend(needed(&recipe).as_object().unwrap().clone());
        assert!(schema.is_valid(&Value::Object(all)), "{id}: a default does not fit");
        for (name, parameter) in recipe.parameters["properties"].as_object().into_iter().flatten() {
            assert!(parameter["title"].is_string(), "{id}: {name}");
        }
        let text = json!({ "on": recipe.automation, "brings": recipe.brings }).to_string();
        let used =
            |name: &str| text.contains(&format!("${{{name}}}")) || text.contains(&format!("${{{name} *"));
        for role in &recipe.stages {
            let named = recipe.automation.contains_key(&role.role) || used(&format!("stage.{}", role.role));
            let own = recipe.pipeline.is_some();
            assert!(named || own || role.only_place, "{id}: nothing is on {}", role.role);
        }
        for name in recipe.parameters["properties"].as_object().into_iter().flatten().map(|one| one.0) {
            assert!(used(name), "{id}: nothing uses {name}");
        }
        for role in recipe.automation.keys() {
            assert!(recipe.stages.iter().any(|one| one.role == *role), "{id}: {role}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_recipe_passes_the_servers_own_validator() {
    for id in ids() {
        let recipe = recipe(id);
        let lives = Lives::before(id, &[]).await;
        let wish =
            RecipeWish { allow_hosts: ["api.courier.example".to_owned()].into(), ..wish(needed(&recipe)) };
        let preview = lives.shop.engine.preview_recipe(lives.shop.id, &recipe, &wish).await.unwrap();
        assert_eq!(preview.issues, [], "{id}");
        assert!(preview.parts.iter().all(|part| part.fate == Fate::Added), "{id}");
        assert_eq!(draft(&lives).await.0, 0, "{id}: a preview did something");
        let done = lives.install(id, &wish).await.unwrap();
        assert_eq!((done.parts, done.things), (preview.parts, preview.things), "{id}");
        let pipeline = done.pipeline.unwrap();
        let stages = &config(&lives).await.automations[&pipeline].stages;
        let rules = stages.values().flat_map(|on| &on.rules);
        assert!(rules.clone().count() > 0 && rules.clone().all(|rule| rule.recipe.as_deref() == Some(id)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn installing_twice_is_installing_once() {
    for id in ["stock-register", "regulars-mailing", "abandoned-payment"] {
        let lives = Lives::before(id, &[]).await;
        let wish = wish(needed(&recipe(id)));
        let first = lives.install(id, &wish).await.unwrap();
        let before = (config(&lives).await, draft(&lives).await);
        // Without the parameters: they are as they were.
        let again = RecipeWish { publish: true, ..RecipeWish::default() };
        let second = lives.install(id, &again).await.unwrap();
        assert!(second.parts.iter().all(|part| part.fate == Fate::Unchanged), "{second:?}");
        assert!(second.things.iter().all(|thing| thing.fate == Fate::Unchanged), "{second:?}");
        assert_eq!((second.revision, second.draft, second.order), (first.revision, first.draft, None));
        assert_eq!((config(&lives).await, draft(&lives).await), before, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_staff_changed_stays_and_is_named_and_the_rest_follows_the_parameters() {
    let lives = Lives::with("abandoned-payment", json!({})).await;
    let (_, mut stages) = draft(&lives).await;
    stages["new"]["rules"][0]["settings"]["text"] = json!("Our own words");
    let removed = stages["new"]["rules"].as_array_mut().unwrap().remove(2);
    assert_eq!(removed["id"], "abandoned-payment_part");
    save(&lives, &stages).await;
    let done =
        lives.install("abandoned-payment", &wish(json!({ "second-hours": 48, "reason": "Late" }))).await;
    let done = done.unwrap();
    let expected = [
        ("abandoned-payment_canceled", Fate::Unchanged),
        ("abandoned-payment_paid", Fate::Unchanged),
        ("abandoned-payment_first", Fate::Kept),
        ("abandoned-payment_second", Fate::Updated),
        ("abandoned-payment_part", Fate::Kept),
        ("abandoned-payment_cancel", Fate::Updated),
    ];
    assert_eq!(fates(&done), expected);
    let now = running(&lives).await;
    let rules = now["new"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 3, "what was taken out did not come back");
    assert_eq!(rules[0]["settings"]["text"], "Our own words");
    assert_eq!(rules[1]["when"]["seconds"], 48 * 3600);
    assert_eq!(rules[2]["settings"]["reason"], "Late");
    assert_eq!(done.revision, Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipe_goes_into_the_draft_and_publishing_it_publishes_nothing_else() {
    let lives = Lives::before("order-confirmation", &[]).await;
    lives.shop.install(bundled("add-comment")).await;
    let half = json!({ "id": "half", "name": "Half", "plugin": "rulewright.add-comment", "settings": {} });
    save(&lives, &json!({ "new": { "rules": [half.clone()] } })).await;
    let only_draft = RecipeWish::default();
    let done = lives.install("order-confirmation", &only_draft).await.unwrap();
    assert_eq!((done.revision, running(&lives).await), (None, Value::Null));
    assert_eq!(draft(&lives).await.1["new"]["rules"].as_array().unwrap().len(), 3);
    let done = lives.install("order-confirmation", &wish(json!({}))).await.unwrap();
    assert_eq!(done.revision, Some(1));
    let published = running(&lives).await;
    let published = published["new"]["rules"].as_array().unwrap().iter().map(|rule| rule["id"].clone());
    assert_eq!(published.collect::<Vec<_>>(), ["order-confirmation_mail", "order-confirmation_sms"]);
    assert_eq!(
        draft(&lives).await.1["new"]["rules"][0]["id"],
        "half",
        "what staff have begun is still there"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn stages_are_found_by_id_by_name_or_by_hand_and_made_where_there_are_none() {
    let lives = Lives::before("abandoned-payment", &[]).await;
    let stage = |id: &str, name: &str, kind| Stage::new(id, name, kind);
    let pipeline = Pipeline::new(
        "sales",
        "Sales",
        OrderKind::Order,
        vec![
            stage("s1", "Bestellt", StageKind::Open),
            stage("s2", "PAID", StageKind::Open),
            stage("s3", "Weg", StageKind::Open),
            stage("s4", "Fertig", StageKind::Won),
        ],
    );
    lives.shop.engine.put_pipeline(lives.shop.id, pipeline).await.unwrap();
    let mut wish = wish(json!({}));
    assert_eq!(issues(lives.install("abandoned-payment", &wish).await), ["/pipeline no-such-pipeline"]);
    wish.pipeline = Some("sales".into());
    wish.stages = [("unpaid".to_owned(), "s1".into())].into();
    let done = lives.install("abandoned-payment", &wish).await.unwrap();
    let uses = done.stages.iter().map(|one| (one.role.as_str(), one.stage.0.as_str(), one.created));
    let expected = [("unpaid", "s1", false), ("paid", "s2", false), ("lost", "canceled", true)];
    assert_eq!(uses.collect::<Vec<_>>(), expected);
    let now = config(&lives).await;
    let stages = &now.automations[&"sales".into()].stages;
    assert_eq!(stages[&"canceled".into()].triggers[0].id.0, "abandoned-payment_canceled");
    let order = now.pipelines[&"sales".into()].stages.iter().map(|stage| stage.id.0.as_str());
    assert_eq!(order.collect::<Vec<_>>(), ["s1", "s2", "s3", "s4", "canceled"]);
    // The second time nobody has to say it again.
    let again = RecipeWish { stages: Default::default(), pipeline: None, ..wish.clone() };
    let again = lives.install("abandoned-payment", &again).await.unwrap();
    assert!(again.parts.iter().all(|part| part.fate == Fate::Unchanged));

    for (role, stage, expected) in [
        ("unpaid", "s9", "/stages/unpaid no-such-stage"),
        ("unpaid", "s4", "/stages/unpaid wrong-kind"),
        ("unpaid", "s2", "/stages/paid taken-twice"),
        ("nobody", "s1", "/stages/nobody no-such-role"),
    ] {
        wish.stages = [(role.to_owned(), stage.into())].into();
        assert_eq!(issues(lives.install("abandoned-payment", &wish).await), [expected]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_that_is_made_stands_where_an_order_passes_it() {
    let lives = Lives::with("invoice", json!({ "site": "https://tea.example" })).await;
    let now = config(&lives).await;
    let order: Vec<&str> =
        now.pipelines[&lives.shop.pipeline].stages.iter().map(|stage| stage.id.0.as_str()).collect();
    assert_eq!(order, ["new", "confirmed", "paid", "packing", "shipped", "done", "lost"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipe_that_cannot_be_installed_whole_leaves_nothing() {
    let lives = Lives::before("stock-register", &[]).await;
    lives.shop.engine.remove_plugin(lives.shop.id, &"rulewright.payment".into(), false).await.unwrap();
    let before = (config(&lives).await, draft(&lives).await);
    let refused = lives.install("stock-register", &wish(json!({}))).await;
    let message = refused.as_ref().unwrap_err().to_string();
    assert!(message.contains("`rulewright.payment` is not installed"), "{message}");
    assert_eq!(issues(refused), ["/parameters no-such-plugin"]);
    let refused = lives.install("stock-register", &wish(json!({ "colour": "red" }))).await;
    assert_eq!(issues(refused), ["/parameters schema"]);
    assert_eq!((config(&lives).await, draft(&lives).await), before);

    let lives = Lives::before("regulars-mailing", &[]).await;
    let never = json!({ "subject": "S", "text": "T", "cron": "0 0 31 2 *" });
    assert_eq!(issues(lives.install("regulars-mailing", &wish(never)).await), ["/parameters schedule"]);
    let texts = json!({ "subject": "{{ order.totl }}", "text": "T" });
    let refused = lives.install("regulars-mailing", &wish(texts)).await;
    assert!(refused.as_ref().unwrap_err().to_string().contains("did you mean `order.total`?"));
    assert_eq!(config(&lives).await.pipelines.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_the_shops_own_is_used_where_it_has_the_fields_and_named_where_it_lacks_them() {
    let lives = Lives::before("stock-register", &[]).await;
    let list = |fields: &[&str]| {
        let fields: Vec<Value> = fields.iter().map(|name| json!({ "name": name })).collect();
        serde_json::from_value(json!({ "name": "sales-register", "title": "Ours", "fields": fields }))
            .unwrap()
    };
    lives.shop.engine.put_list(lives.shop.id, list(&["order", "total"])).await.unwrap();
    let refused = lives.install("stock-register", &wish(json!({}))).await.unwrap_err().to_string();
    assert!(refused.contains("lacks") && refused.contains("date, client, currency, lines"), "{refused}");
    let all = list(&["date", "order", "client", "total", "currency", "lines", "colour"]);
    lives.shop.engine.put_list(lives.shop.id, all).await.unwrap();
    let done = lives.install("stock-register", &wish(json!({}))).await.unwrap();
    assert_eq!(done.things.iter().map(|thing| thing.fate).collect::<Vec<_>>(), [Fate::Kept]);
    assert_eq!(config(&lives).await.lists["sales-register"].title, "Ours");
    let what = recipe("stock-register");
    lives.shop.engine.remove_recipe(lives.shop.id, &what, None, Pending::Finish).await.unwrap();
    assert!(config(&lives).await.lists.contains_key("sales-register"), "it is not the recipe's");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipe_is_removed_with_runs_that_finish_or_end_and_what_holds_data_stays() {
    for (pending, after) in [(Pending::Finish, vec!["11-20 12:00 waits sms"]), (Pending::Cancel, vec![])] {
        let mut lives = Lives::with("abandoned-payment", json!({ "cancel-days": 40 })).await;
        let order = lives.order("waits", "new").await;
        let (shop, what) = (lives.shop.id, recipe("abandoned-payment"));
        let preview = lives.shop.engine.preview_recipe_removal(shop, &what, None).await.unwrap();
        assert_eq!((preview.pending, preview.parts.len()), (4, 6));
        let done = lives.shop.engine.remove_recipe(shop, &what, None, pending).await.unwrap();
        assert_eq!(done.revision, Some(2));
        assert_eq!((draft(&lives).await.1, running(&lives).await), (json!({}), json!({})));
        let mut lives = lives.restarted().await;
        lives.until("11-20 18:00").await;
        assert_eq!(lives.diary().await, after, "{pending:?}");
        let open = lives.shop.runs(order).await.iter().filter(|run| !run.state.is_terminal()).count();
        assert_eq!(open > 0, pending == Pending::Finish);
        lives.order("new", "new").await;
        lives.until("11-22 10:00").await;
        assert!(lives.shop.runs(lives.shop.order().await).await.is_empty());
        let again = lives.shop.engine.remove_recipe(shop, &what, None, pending).await;
        assert_eq!(issues(again), ["/pipeline not-installed"]);
        let back = lives.install("abandoned-payment", &wish(json!({}))).await.unwrap();
        assert!(back.parts.iter().all(|part| part.fate == Fate::Added));
    }
    for (filled, left) in [(false, Fate::Removed), (true, Fate::Kept)] {
        let lives = Lives::with("stock-register", json!({})).await;
        if filled {
            add_item(&lives.shop, "sales-register", json!({ "order": "1" })).await;
        }
        let what = recipe("stock-register");
        let done =
            lives.shop.engine.remove_recipe(lives.shop.id, &what, None, Pending::Finish).await.unwrap();
        assert_eq!(done.things.iter().map(|thing| thing.fate).collect::<Vec<_>>(), [left]);
        assert_eq!(config(&lives).await.lists.contains_key("sales-register"), filled);
    }
    let lives = Lives::with("regulars-mailing", json!({ "subject": "S", "text": "T" })).await;
    let what = recipe("regulars-mailing");
    let done = lives.shop.engine.remove_recipe(lives.shop.id, &what, None, Pending::Finish).await.unwrap();
    let gone: Vec<ThingKind> = done.things.iter().map(|thing| thing.kind).collect();
    assert_eq!(gone, [ThingKind::Segment, ThingKind::Schedule]);
    let now = config(&lives).await;
    assert!(now.segments.is_empty() && now.schedules.is_empty() && now.recipes.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_of_staffs_that_would_hang_in_the_air_is_named_before_a_recipe_goes() {
    let lives = Lives::with("order-confirmation", json!({})).await;
    lives.shop.install(bundled("add-comment")).await;
    let (_, mut stages) = draft(&lives).await;
    let own = json!({
        "id": "own", "name": "Own", "plugin": "rulewright.add-comment", "settings": { "text": "Hello" },
        "after-previous": true,
    });
    stages["new"]["rules"].as_array_mut().unwrap().push(own);
    save(&lives, &stages).await;
    let before = draft(&lives).await;
    let what = recipe("order-confirmation");
    let refused = lives.shop.engine.remove_recipe(lives.shop.id, &what, None, Pending::Finish).await;
    assert_eq!(issues(refused), ["/stages/new/rules/0/after-previous automation"]);
    assert_eq!(draft(&lives).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_recipes_on_one_stage_stand_beside_each_other() {
    let mut lives = Lives::with("abandoned-payment", json!({})).await;
    for plugin in ["create-list-item", "payment"] {
        lives.shop.install(bundled(plugin)).await;
    }
    lives.install("stock-register", &wish(json!({}))).await.unwrap();
    let order = lives.order("pays", "new").await;
    lives.does(order, pays("15.30")).await;
    assert_eq!(lives.stage(order).await, "paid");
    assert_eq!(crate::rows_rules::items(&lives.shop, "sales-register").await.len(), 1);
    let gone = recipe("stock-register");
    lives.shop.engine.remove_recipe(lives.shop.id, &gone, None, Pending::Finish).await.unwrap();
    let left = running(&lives).await;
    assert_eq!(left["paid"]["triggers"][0]["id"], "abandoned-payment_paid");
    assert_eq!(left["new"]["rules"].as_array().unwrap().len(), 4);
}
