//! Rules that applications carry out, and triggers that they fire: through the facade, to a real handler on this machine.

use rulewright_domain::{
    Actor, Application, Employee, EmployeeId, EntryKind, MessageState, OrderId, Run, RunState,
    application::{Pass, PassKind},
};
use rulewright_engine::{Consent, NewApplication, Refusal};
use rulewright_ports::{
    Clock, StorageError, StorageExt,
    storage::{PutRecords, Sequence},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    gateway::{Api, Asked, Gateway},
    support::{TestShop, rule, then},
};

const PLUGINS: &[&str] = &["call-application", "application-trigger", "webhook", "write-to-log", "wait"];
const HOUR: i64 = 3_600;

/// A shop with an application installed in it, and the application's handler.
pub struct Case {
    pub shop: TestShop,
    pub facade: Api,
    handler: Gateway,
    pub token: String,
    application: Application,
}

impl Case {
    pub async fn new(answers: &[(u16, &str)]) -> Case {
        let handler = Gateway::answering(answers).await;
        let shop = handler.shop(PLUGINS).await;
        let employee = Employee {
            id: EmployeeId(0),
            name: "Ada Lovelace".into(),
            phone: None,
            work_phone: None,
            email: Some("ada@shop.example".into()),
            position: None,
            head: None,
            absent: false,
            working: true,
        };
        let employee = shop.engine.put_employee(shop.id, employee).await.unwrap();
        let (application, token) = installed(&shop, employee).await;
        let facade = rulewright_bitrix24::router(rulewright_bitrix24::FacadeDeps {
            engine: shop.engine.clone(),
            options: Default::default(),
        });
        Case { facade: Api::over(facade).await, shop, handler, token, application }
    }

    /// As the application does.
    async fn call(&self, method: &str, params: Value) -> (u16, Value) {
        let path = format!("/rest/{method}?auth={}", self.token);
        let media = [("content-type", "application/json")];
        let (status, text) = self.facade.post(&path, &media, params.to_string()).await;
        self.shop.engine.idle().await;
        (status, serde_json::from_str(&text).unwrap())
    }

    pub async fn done(&self, method: &str, params: Value) -> Value {
        let (status, mut answer) = self.call(method, params).await;
        assert_eq!(status, 200, "{method}: {answer}");
        answer["result"].take()
    }

    /// Registers the rule `label`; returns its id.
    async fn register(&self, more: Value) -> String {
        let mut params = json!({
            "CODE": "label",
            "HANDLER": format!("{}/label", self.handler.url()),
            "NAME": {"en": "Print a label", "de": "Etikett"},
            "PROPERTIES": {
                "message": {"Name": "Message", "Type": "string", "Required": "Y"},
                "copies": {"Name": "Copies", "Type": "int", "Default": 1},
                "to": {"Name": "To", "Type": "string", "Multiple": "Y"},
            },
            "RETURN_PROPERTIES": {"parcel": {"Name": "Number of the parcel", "Type": "string"}},
        });
        for (name, value) in more.as_object().unwrap() {
            params[name] = value.clone();
        }
        assert_eq!(self.done("bizproc.robot.add", params).await, true);
        let rules = self.shop.engine.application_rules(self.shop.id, None).await.unwrap();
        rules.last().unwrap().id.to_string()
    }

    /// Puts it on the stage `packing`, with a rule after it that writes what it answered.
    async fn place(&self, id: &str, properties: Value) {
        let log = json!({ "text": "Parcel {{ previous.parcel | none }}" });
        self.shop
            .publish(json!({ "packing": { "rules": [
                called(id, properties),
                then("log", "rulewright.write-to-log", log),
            ] } }))
            .await;
    }

    async fn order(&self) -> OrderId {
        let order = self.shop.order().await;
        self.shop.enter(order, "packing").await;
        order
    }

    /// What the handler was told last.
    fn told(&self) -> Asked {
        self.handler.asked().pop().expect("the handler was told")
    }

    async fn run(&self, order: OrderId) -> Run {
        let runs = self.shop.runs(order).await;
        runs.into_iter().find(|run| run.rule.0 == "label").unwrap()
    }

    async fn history(&self, order: OrderId) -> Vec<String> {
        let entries = self.shop.entries(order, EntryKind::History).await;
        entries.into_iter().map(|entry| entry.text).collect()
    }

    async fn answer(&self, token: &str) -> (u16, Value) {
        let answer = json!({
            "EVENT_TOKEN": token,
            "RETURN_VALUES": {"PARCEL": "P-7", "colour": "red"},
            "LOG_MESSAGE": "Printed in the cellar",
        });
        self.call("bizproc.event.send", answer).await
    }
}

fn called(id: &str, properties: Value) -> Value {
    rule("label", "rulewright.call-application", json!({ "rule": id, "properties": properties }))
}

async fn installed(shop: &TestShop, employee: EmployeeId) -> (Application, String) {
    let areas: std::collections::BTreeSet<String> = ["crm".to_owned(), "bizproc".to_owned()].into();
    let new = NewApplication {
        code: "labels".into(),
        name: "Labels".into(),
        redirects: vec!["https://labels.example/oauth".into()],
        handler: None,
        areas: areas.clone(),
    };
    let id = shop.engine.register_application(shop.id, new).await.unwrap().application.id;
    let consent = Consent { areas, employee: Some(employee), admin: true, by: Actor::Host };
    let application = shop.engine.install_application(shop.id, id, consent).await.unwrap();
    let secret = "the0access0token";
    let hash = Sha256::digest(secret).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let (place, expires) = (shop.id, shop.clock.now().plus(90 * 24 * HOUR * 1000));
    let stored = shop.engine.storage().write::<_, StorageError, _>(move |tx| {
        let pass = Pass {
            id: tx.next(Sequence::Record)?,
            kind: PassKind::Access,
            hash: hash.clone(),
            application: id,
            employee,
            admin: true,
            grant: 0,
            redirect: None,
            expires,
            used: false,
        };
        tx.put_record(place, &pass)
    });
    stored.await.unwrap();
    (application, format!("rwa_{}_{secret}", shop.id.0))
}

#[tokio::test(flavor = "multi_thread")]
async fn e14_a_rule_of_an_application_is_carried_out_and_what_it_answers_is_there_for_the_next() {
    let case = Case::new(&[(200, "")]).await;
    let id = case.register(json!({})).await;
    let properties = json!({ "message": "Order {{ order.number }}", "to": ["a", "b"] });
    case.place(&id, properties).await;
    let order = case.order().await;
    let number = case.shop.read(order).await.number;

    let told = case.told();
    assert_eq!(told.path, "/label");
    for (name, value) in [
        ("code", "label"),
        ("document_id[0]", "crm"),
        ("document_id[2]", &format!("ORDER_{}", order.0)),
        ("document_type[2]", "ORDER"),
        ("properties[message]", &format!("Order {number}")),
        ("properties[copies]", "1"),
        ("properties[to][1]", "b"),
        ("use_subscription", "Y"),
        ("timeout_duration", "604800"),
        ("workflow_id", &case.run(order).await.id.to_string()),
        ("ts", &(case.shop.clock.now().0 / 1000).to_string()),
        ("auth[application_token]", &case.application.token),
        ("auth[client_endpoint]", "https://shop.test/rest/"),
    ] {
        assert_eq!(told.form(name), value, "{name}");
    }
    assert!(matches!(case.run(order).await.state, RunState::Waiting { .. }));
    let with_its_token = format!("/rest/user.current?auth={}", told.form("auth[access_token]"));
    let (status, _) = case.facade.post(&with_its_token, &[], String::new()).await;
    assert_eq!(status, 403, "it is known, and has not the area of users");

    let token = told.form("event_token");
    for wrong in ["", "x", &format!("{token}0"), &token.replacen("run_", "run_9", 1)] {
        let (status, refused) = case.answer(wrong).await;
        assert_eq!((status, &refused["error"]), (403, &"ACCESS_DENIED".into()), "{wrong}");
        assert_eq!(refused["error_description"], "Access denied!");
    }
    assert!(matches!(case.run(order).await.state, RunState::Waiting { .. }), "nothing has come of it");

    assert_eq!(case.answer(&token).await.0, 200);
    let run = case.run(order).await;
    assert_eq!((run.state.name(), Value::Object(run.output)), ("done", json!({ "parcel": "P-7" })));
    assert_eq!(case.history(order).await, ["Printed in the cellar", "Parcel P-7"]);
    let (status, refused) = case.answer(&token).await;
    assert_eq!((status, &refused["error"]), (403, &"ACCESS_DENIED".into()), "it is answered already");
    assert_eq!(case.shop.differences(order).await, [], "it can be done again");
}

#[tokio::test(flavor = "multi_thread")]
async fn e14_a_required_property_that_is_missing_is_named_when_the_rule_is_saved() {
    let case = Case::new(&[(200, "")]).await;
    let id = case.register(json!({ "FILTER": {"EXCLUDE": [["crm", "CCrmDocumentDeal"]]} })).await;
    let refused = |properties: Value| {
        let stages = json!({ "packing": { "rules": [called(&id, properties)] } });
        let case = &case;
        async move {
            match case.shop.try_publish(stages).await {
                Err(Refusal::Invalid(issues)) => {
                    issues.into_iter().map(|issue| (issue.path, issue.message)).collect::<Vec<_>>()
                }
                other => panic!("{other:?}"),
            }
        }
    };
    let at = |key: &str| format!("/packing/rules/0/settings/properties/{key}");
    for properties in [json!({}), json!({ "message": " " })] {
        let issues = refused(properties).await;
        assert_eq!((issues.len(), &issues[0].0), (1, &at("message")));
        assert!(issues[0].1.contains("`message` (Message)"), "{}", issues[0].1);
    }
    let issues = refused(json!({ "message": "x", "copies": "many", "colour": "red" })).await;
    let paths: Vec<&String> = issues.iter().map(|(path, _)| path).collect();
    assert_eq!(paths, [&at("colour"), &at("copies")]);
    let unknown = json!({ "packing": { "rules": [called("arl_99", json!({ "message": "x" }))] } });
    let Err(Refusal::Invalid(issues)) = case.shop.try_publish(unknown).await else { panic!("it was taken") };
    assert!(issues[0].message.contains("arl_99"), "{}", issues[0].message);
    case.place(&id, json!({ "message": "x" })).await;

    assert_eq!(case.done("bizproc.robot.delete", json!({ "CODE": "label" })).await, true);
    let deals = json!({ "DOCUMENT_TYPE": ["crm", "CCrmDocumentDeal", "DEAL"] });
    let id = case.register(deals).await;
    let stages = json!({ "packing": { "rules": [called(&id, json!({ "message": "x" }))] } });
    let Err(Refusal::Invalid(issues)) = case.shop.try_publish(stages).await else { panic!("it was taken") };
    assert_eq!(issues[0].code, "wrong-kind-of-order");
}

#[tokio::test(flavor = "multi_thread")]
async fn e14_an_application_that_is_only_told_is_not_waited_for_and_may_still_say_what_became_of_it() {
    let case = Case::new(&[(200, "")]).await;
    let id = case.register(json!({ "USE_SUBSCRIPTION": "N" })).await;
    case.place(&id, json!({ "message": "x" })).await;
    let order = case.order().await;
    assert_eq!(case.shop.states(order).await, ["label done", "log done"]);
    let told = case.told();
    assert_eq!(told.form("use_subscription"), "N");
    let token = told.form("event_token");
    let said = json!({ "EVENT_TOKEN": token, "LOG_MESSAGE": "Out of paper" });
    assert_eq!(case.done("bizproc.event.send", said).await, true);
    assert_eq!(case.history(order).await, ["Parcel none", "Out of paper"]);
    let (status, _) = case.call("bizproc.event.send", json!({ "EVENT_TOKEN": token })).await;
    assert_eq!(status, 403, "there is nothing to take");
}

#[tokio::test(flavor = "multi_thread")]
async fn e14_a_handler_that_is_down_is_told_again_and_one_that_never_answers_fails_the_rule() {
    let case = Case::new(&[(503, ""), (200, "")]).await;
    let id = case.register(json!({})).await;
    case.place(&id, json!({ "message": "x" })).await;
    let order = case.order().await;
    let token = case.told().form("event_token");
    let pending = case.shop.messages().await.pop().unwrap();
    assert_eq!((pending.state, pending.attempt), (MessageState::Pending, 1));
    case.shop.pass(5).await;
    let asked = case.handler.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[1].form("event_token"), token, "the same call");
    assert_eq!(asked[0].header("webhook-id"), asked[1].header("webhook-id"));
    assert!(matches!(case.run(order).await.state, RunState::Waiting { .. }));
    case.shop.pass(7 * 24 * HOUR).await;
    let run = case.run(order).await;
    let RunState::Failed { message, .. } = &run.state else { panic!("{:?}", run.state) };
    assert!(message.contains("application-timed-out"), "{message}");
    assert_eq!(case.answer(&token).await.0, 403, "too late");
}

#[tokio::test(flavor = "multi_thread")]
async fn e14_a_rule_that_was_taken_back_stays_on_its_stage_and_fails_visibly() {
    let case = Case::new(&[(200, "")]).await;
    let id = case.register(json!({})).await;
    case.place(&id, json!({ "message": "x" })).await;
    let waiting = case.order().await;
    let token = case.told().form("event_token");
    assert_eq!(case.done("bizproc.robot.delete", json!({ "CODE": "label" })).await, true);
    let order = case.order().await;
    let run = case.run(order).await;
    let RunState::Failed { code, .. } = &run.state else { panic!("{:?}", run.state) };
    assert_eq!((code.as_str(), case.handler.asked().len()), ("application-rule-removed", 1));
    assert_eq!(case.answer(&token).await.0, 403);
    assert!(matches!(case.run(waiting).await.state, RunState::Waiting { .. }), "until its time is over");

    let id = case.register(json!({})).await;
    case.place(&id, json!({ "message": "x" })).await;
    let application = case.application.id;
    case.shop.engine.uninstall_application(case.shop.id, application, Actor::Host).await.unwrap();
    let order = case.order().await;
    let RunState::Failed { code, .. } = case.run(order).await.state else { panic!("it ran") };
    assert_eq!(code, "application-rule-removed");
    assert_eq!(case.shop.engine.application_rules(case.shop.id, None).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn e14_the_catalogue_offers_each_rule_with_a_form_of_its_own() {
    let case = Case::new(&[(200, "")]).await;
    let id = case.register(json!({})).await;
    case.done("crm.automation.trigger.add", json!({ "CODE": "weighed", "NAME": "Parcel weighed" })).await;
    let api = Api::of(&case.shop).await;
    let (status, catalogue) = api.staff(&case.shop, "GET", "/v1/catalogue", Value::Null).await;
    assert_eq!(status, 200, "{catalogue}");
    let offered = |name: &str| {
        let items = catalogue["items"].as_array().unwrap();
        items
            .iter()
            .find(|item| item["name"] == name)
            .unwrap_or_else(|| panic!("{name} is not offered"))
            .clone()
    };
    let label = offered("Print a label");
    assert_eq!(label["plugin"], "rulewright.call-application");
    assert_eq!(label["example"], json!({ "rule": id, "properties": { "copies": 1 } }));
    let form = &label["settings"]["properties"]["properties"];
    assert_eq!(
        (&form["required"], &form["properties"]["copies"]["title"]),
        (&json!(["message"]), &json!("Copies"))
    );
    assert_eq!(label["outputs"], json!({ "parcel": "Number of the parcel" }));
    assert_eq!(offered("Parcel weighed")["example"], json!({ "code": "weighed" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn e13_an_application_fires_a_trigger_of_its_own() {
    let case = Case::new(&[(200, "")]).await;
    let fire = |order: OrderId, code: &str| json!({ "CODE": code, "OWNER_TYPE_ID": 14, "OWNER_ID": order.0 });
    let named = json!({ "CODE": "weighed", "NAME": "Weighed" });
    assert_eq!(case.done("crm.automation.trigger.add", named).await, true);
    let on = |code: &str| {
        let trigger = rule("it", "rulewright.application-trigger", json!({ "code": code }));
        json!({ "packing": { "triggers": [trigger] } })
    };
    let Err(Refusal::Invalid(issues)) = case.shop.try_publish(on("lost")).await else {
        panic!("it was taken")
    };
    assert!(issues[0].message.contains("weighed"), "{}", issues[0].message);
    case.shop.publish(on("weighed")).await;
    let order = case.shop.order().await;

    let (status, refused) = case.call("crm.automation.trigger.execute", fire(order, "lost")).await;
    assert_eq!(
        (status, &refused["error_description"]),
        (400, &"Trigger with code lost is not registered.".into())
    );
    assert_eq!(case.shop.read(order).await.stage.0, "new", "it has not moved");
    assert_eq!(case.done("crm.automation.trigger.execute", fire(order, "weighed")).await, true);
    assert_eq!(case.shop.read(order).await.stage.0, "packing");
}

#[tokio::test(flavor = "multi_thread")]
async fn t16_the_webhook_of_a_trigger_can_be_called_as_a_method() {
    let case = Case::new(&[(200, "")]).await;
    let trigger = rule("it", "rulewright.webhook", json!({ "code": "erp" }));
    case.shop.publish(json!({ "packing": { "triggers": [trigger] } })).await;
    let order = case.shop.order().await;
    let target = format!("ORDER_{}", order.0);
    let (status, answer) =
        case.call("crm.automation.trigger", json!({ "target": target, "code": "other" })).await;
    assert_eq!((status, &answer["result"]), (200, &true.into()));
    assert_eq!(case.shop.read(order).await.stage.0, "new");
    case.done("crm.automation.trigger/", json!({ "target": target, "code": "erp" })).await;
    assert_eq!(case.shop.read(order).await.stage.0, "packing");
}

const ENTITY: &str = "Bitrix\\Crm\\Integration\\BizProc\\Document\\Order";

/// A template that waits for two hours and then says why.
async fn patience(case: &Case) -> Value {
    let file = json!({
        "rules": [
            rule("wait", "rulewright.wait", json!({ "until": { "kind": "after", "amount": 2, "unit": "hours" } })),
            then("log", "rulewright.write-to-log", json!({ "text": "Waited for {{ workflow.reason }}" })),
        ],
        "parameters": [{ "name": "reason", "required": true }],
    });
    let template =
        json!({ "DOCUMENT_TYPE": ["crm", ENTITY, "ORDER"], "NAME": "Patience", "TEMPLATE_DATA": file });
    case.done("bizproc.workflow.template.add", template).await
}

fn start_of(template: &Value, order: OrderId) -> Value {
    let document = json!(["crm", ENTITY, format!("ORDER_{}", order.0)]);
    json!({ "TEMPLATE_ID": template, "DOCUMENT_ID": document, "PARAMETERS": { "reason": "tea" } })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_gets_another_name_and_goes_and_what_runs_of_it_is_killed_or_goes_on() {
    let case = Case::new(&[(200, "")]).await;
    let template = patience(&case).await;
    let renamed = json!({ "ID": template, "FIELDS": { "NAME": "Calm" } });
    assert_eq!(case.done("bizproc.workflow.template.update", renamed).await, template);
    let listed = case.done("bizproc.workflow.template.list", json!({ "select": ["ID", "NAME"] })).await;
    assert_eq!(listed, json!([{ "ID": template.to_string(), "NAME": "Calm" }]));

    let order = case.shop.order().await;
    let killed = case.done("bizproc.workflow.start", start_of(&template, order)).await;
    let stays = case.done("bizproc.workflow.start", start_of(&template, order)).await;
    assert_eq!(case.done("bizproc.workflow.kill", json!({ "ID": killed })).await, true);
    assert_eq!(case.done("bizproc.workflow.template.delete", json!({ "ID": template })).await, Value::Null);
    assert_eq!(case.done("bizproc.workflow.template.list", json!({})).await, json!([]));
    let left = case.done("bizproc.workflow.instances", json!({ "select": ["ID"] })).await;
    assert_eq!(left, json!([{ "ID": stays }]));
    case.shop.pass(2 * HOUR).await;
    assert_eq!(case.history(order).await, ["Waited for tea"], "what ran already goes on to its end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_is_started_seen_and_ended_by_its_number() {
    let case = Case::new(&[(200, "")]).await;
    let template = patience(&case).await;
    let order = case.shop.order().await;
    let start = start_of(&template, order);
    let first = case.done("bizproc.workflow.start", start.clone()).await;
    let second = case.done("bizproc.workflow.start", start).await;
    let seen = case.done("bizproc.workflow.instances", json!({ "filter": { "ID": first } })).await;
    let [row] = seen.as_array().unwrap().as_slice() else { panic!("{seen}") };
    assert_eq!((&row["ID"], &row["DOCUMENT_ID"]), (&first, &json!(format!("ORDER_{}", order.0))));
    assert_eq!((&row["TEMPLATE_ID"], &row["STARTED_BY"]), (&json!(template.to_string()), &json!("1")));
    let end = json!({ "ID": first, "STATUS": "Not needed any more" });
    assert_eq!(case.done("bizproc.workflow.terminate", end).await, true);
    let left = case.done("bizproc.workflow.instances", json!({ "select": ["ID"] })).await;
    assert_eq!(left, json!([{ "ID": second }]));
    let ended = case.shop.runs(order).await;
    let reasons: Vec<_> = ended
        .iter()
        .filter_map(|run| match &run.state {
            RunState::Cancelled { reason } => Some(reason.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(reasons, ["workflow-stopped: Not needed any more"; 2]);
    case.shop.pass(2 * HOUR).await;
    assert_eq!(case.history(order).await, ["Waited for tea"], "the other one went on");
}

#[tokio::test(flavor = "multi_thread")]
async fn e14_any_system_registers_a_rule_and_answers_it_through_v1() {
    let case = Case::new(&[(204, "")]).await;
    let api = Api::of(&case.shop).await;
    let staff = async |method: &str, path: &str, body: Value| {
        let answer = api.staff(&case.shop, method, path, body).await;
        case.shop.engine.idle().await;
        answer
    };
    let new = json!({
        "code": "print", "name": "Print", "handler": format!("{}/print", case.handler.url()),
        "properties": [{ "key": "message", "name": "Message", "kind": "line", "required": true }],
        "returns": [{ "key": "parcel", "name": "Parcel", "kind": "line" }],
    });
    let (status, made) = staff("POST", "/v1/application-rules", new.clone()).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(staff("POST", "/v1/application-rules", new).await.0, 409, "once");
    let bad = json!({ "code": "x", "name": "X", "handler": "ftp://labels.example" });
    let (status, problem) = staff("POST", "/v1/application-rules", bad).await;
    assert_eq!((status, &problem["errors"][0]["path"]), (422, &"/handler".into()), "{problem}");
    case.place(made["id"].as_str().unwrap(), json!({ "message": "Order {{ order.number }}" })).await;
    let order = case.order().await;
    let told = case.told().json();
    assert_eq!(told["data"]["order"], order.to_string());
    let properties: Value =
        serde_json::from_str(told["data"]["attrs"]["properties"].as_str().unwrap()).unwrap();
    assert_eq!(properties["message"], format!("Order {}", case.shop.read(order).await.number));
    let token = &told["data"]["correlation"];
    let (status, refused) = staff("POST", "/v1/application-answers", json!({ "token": "run_1.x" })).await;
    assert_eq!((status, &refused["code"]), (422, &"unknown-token".into()), "{refused}");
    let answer = json!({ "token": token, "values": { "parcel": "P-7" }, "log": "Printed" });
    let (status, receipt) = staff("POST", "/v1/application-answers", answer).await;
    assert_eq!(status, 202, "{receipt}");
    assert_eq!(case.history(order).await, ["Printed", "Parcel P-7"]);
    let (_, listed) = staff("GET", "/v1/application-rules", Value::Null).await;
    assert_eq!(listed["items"][0]["code"], "print");
    assert_eq!(staff("DELETE", "/v1/application-rules/print", Value::Null).await.0, 204);
    assert_eq!(staff("DELETE", "/v1/application-rules/print", Value::Null).await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn e13_any_system_fires_a_trigger_through_v1() {
    let case = Case::new(&[(204, "")]).await;
    let api = Api::of(&case.shop).await;
    let at = "/v1/application-triggers/parcel.weighed";
    let named = |name: &str| json!({ "name": name });
    let (status, _) = api.staff(&case.shop, "PUT", at, named("Weighed")).await;
    assert_eq!(status, 200);
    let (_, renamed) = api.staff(&case.shop, "PUT", at, named("Parcel weighed")).await;
    assert_eq!(renamed["name"], "Parcel weighed");
    let (status, _) = api.staff(&case.shop, "PUT", "/v1/application-triggers/A%20b", named("x")).await;
    assert_eq!(status, 422);
    let trigger = rule("it", "rulewright.application-trigger", json!({ "code": "parcel.weighed" }));
    case.shop.publish(json!({ "packing": { "triggers": [trigger] } })).await;
    let order = case.shop.order().await;
    let fire = json!({ "order": order });
    let (status, fired) = api.staff(&case.shop, "POST", &format!("{at}/fire"), fire.clone()).await;
    case.shop.engine.idle().await;
    assert_eq!(status, 202, "{fired}");
    assert_eq!(case.shop.read(order).await.stage.0, "packing");
    let (status, _) =
        api.staff(&case.shop, "POST", &format!("{at}/fire"), json!({ "order": "ord_99" })).await;
    assert_eq!(status, 422, "the order is no part of the address");
    assert_eq!(api.staff(&case.shop, "DELETE", at, Value::Null).await.0, 204);
    assert_eq!(api.staff(&case.shop, "POST", &format!("{at}/fire"), fire).await.0, 404);
}
