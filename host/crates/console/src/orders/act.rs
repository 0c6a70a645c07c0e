//! What is done to one order: the commands that programs send, too.

use std::fmt::Display;

use axum::{
    Form,
    extract::{RawForm, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Redirect, Response},
};
use rulewright_domain::{Command, EntryKind, OrderChange, OrderId, PipelineId, StageId};
use rulewright_engine::{Receipt, Request};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{ask::NOBODY, one};
use crate::{
    Console,
    door::{At, Visitor, Work},
    listing::filled,
    refusals,
    trouble::Trouble,
};

/// How the fields of a workflow's parameters begin.
pub const PARAMETER: &str = "parameter.";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Sent {
    /// That was looked at: what somebody else has changed since is not overwritten.
    revision: String,
    pipeline: String,
    stage: String,
    to: String,
    payment: String,
    reason: String,
    text: String,
}

impl Sent {
    fn expected(&self) -> Option<u64> {
        self.revision.parse().ok()
    }

    fn change(&self, action: &str) -> Result<OrderChange, Trouble> {
        Ok(match action {
            "stage" => OrderChange::MoveStage { stage: StageId(self.stage.clone()) },
            "pipeline" => {
                OrderChange::MovePipeline { pipeline: PipelineId(self.pipeline.clone()), stage: None }
            }
            "responsible" => match self.to.as_str() {
                NOBODY => OrderChange::SetResponsible { to: None },
                one => OrderChange::SetResponsible { to: Some(one.parse().map_err(unreadable)?) },
            },
            "pay" => match self.payment.as_str() {
                "" => OrderChange::Pay { payment: None },
                one => OrderChange::Pay { payment: Some(one.parse().map_err(unreadable)?) },
            },
            "approve" => OrderChange::AllowDelivery,
            "ship" => OrderChange::MarkShipped,
            "cancel" => OrderChange::Cancel { reason: filled(&self.reason).map(str::to_owned) },
            "restore" => OrderChange::Restore,
            _ => return Err(Trouble::NotFound),
        })
    }
}

fn unreadable(error: impl Display) -> Trouble {
    Trouble::Unreadable(error.to_string())
}

/// Who did what from where, and how they are answered.
struct Doing {
    console: Console,
    visitor: Visitor,
    id: OrderId,
    /// A script asks for a part, and keeps its page.
    part: bool,
}

impl Doing {
    fn new(console: Console, visitor: Visitor, id: OrderId, headers: &HeaderMap) -> Doing {
        Doing { console, visitor, id, part: headers.contains_key("hx-request") }
    }

    async fn execute(&self, command: Command) -> Result<Receipt, Trouble> {
        let by = self.visitor.actor();
        let request = Request { shop: self.visitor.shop, command, by, key: None };
        Ok(self.console.engine().execute(request).await?)
    }

    async fn change(&self, sent: &Sent, action: &str) -> Result<Receipt, Trouble> {
        let (id, expected) = (self.id, sent.expected());
        self.execute(Command::ChangeOrder { id, expected, change: sent.change(action)? }).await
    }

    /// Back to the order; a refusal is told there.
    async fn answer(self, done: Result<Receipt, Trouble>) -> Result<Response, Trouble> {
        match done {
            Ok(receipt) if self.part => {
                let revision = format!("\"{}\"", receipt.revision.unwrap_or_default());
                Ok(([(header::ETAG, revision)], self.visitor.text("order-changed")).into_response())
            }
            Ok(_) => Ok(Redirect::to(&format!("/orders/{}", self.id)).into_response()),
            Err(trouble) if self.part || matches!(trouble, Trouble::NotFound) => Err(trouble),
            Err(trouble) => {
                let status = trouble.status();
                let wanted = Default::default();
                let page = one::shown(&self.console, &self.visitor, self.id, wanted, Some(trouble)).await?;
                Ok((status, page).into_response())
            }
        }
    }
}

pub async fn stage(
    State(console): State<Console>,
    Work(visitor): Work,
    At(id): At<OrderId>,
    headers: HeaderMap,
    Form(sent): Form<Sent>,
) -> Result<Response, Trouble> {
    let doing = Doing::new(console, visitor, id, &headers);
    let done = doing.change(&sent, "stage").await;
    doing.answer(done).await
}

pub async fn act(
    State(console): State<Console>,
    Work(visitor): Work,
    At((id, action)): At<(OrderId, String)>,
    headers: HeaderMap,
    Form(sent): Form<Sent>,
) -> Result<Response, Trouble> {
    let doing = Doing::new(console, visitor, id, &headers);
    let done = doing.change(&sent, &action).await;
    doing.answer(done).await
}

pub async fn comment(
    State(console): State<Console>,
    Work(visitor): Work,
    At(id): At<OrderId>,
    headers: HeaderMap,
    Form(sent): Form<Sent>,
) -> Result<Response, Trouble> {
    let doing = Doing::new(console, visitor, id, &headers);
    let text = sent.text.trim().to_owned();
    let done = match text.is_empty() {
        true => Err(no_text(&doing.visitor)),
        false => {
            let (order, kind) = (Some(doing.id), EntryKind::Comment);
            doing.execute(Command::AddEntry { order, client: None, kind, text, details: Value::Null }).await
        }
    };
    doing.answer(done).await
}

fn no_text(visitor: &Visitor) -> Trouble {
    let (path, message) = (visitor.text("comment-label"), visitor.text("comment-empty"));
    refusals::own(path, "", message).into()
}

pub async fn workflow(
    State(console): State<Console>,
    Work(visitor): Work,
    At(id): At<OrderId>,
    headers: HeaderMap,
    RawForm(body): RawForm,
) -> Result<Response, Trouble> {
    let doing = Doing::new(console, visitor, id, &headers);
    let (workflow, parameters) = started(&body);
    let done = doing.execute(Command::StartWorkflow { workflow, order: doing.id, parameters }).await;
    doing.answer(done).await
}

/// A parameter that is left empty is not given.
fn started(body: &[u8]) -> (String, Map<String, Value>) {
    let (mut workflow, mut parameters) = (String::new(), Map::new());
    for (name, value) in form_urlencoded::parse(body) {
        match name.strip_prefix(PARAMETER) {
            Some(parameter) if !value.is_empty() => {
                parameters.insert(parameter.to_owned(), value.into_owned().into());
            }
            None if name == "workflow" => workflow = value.into_owned(),
            _ => {}
        }
    }
    (workflow, parameters)
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{EmployeeId, PaymentId};

    use super::*;

    #[test]
    fn each_action_is_one_change() {
        let sent = Sent {
            stage: "paid".into(),
            to: "emp_4".into(),
            payment: "pay_2".into(),
            reason: " ".into(),
            revision: "7".into(),
            ..Sent::default()
        };
        let change = |action: &str| sent.change(action).unwrap();
        assert_eq!(sent.expected(), Some(7));
        assert_eq!(change("stage"), OrderChange::MoveStage { stage: "paid".into() });
        assert_eq!(change("responsible"), OrderChange::SetResponsible { to: Some(EmployeeId(4)) });
        assert_eq!(change("pay"), OrderChange::Pay { payment: Some(PaymentId(2)) });
        assert_eq!(change("cancel"), OrderChange::Cancel { reason: None });
        assert!(matches!(sent.change("delete"), Err(Trouble::NotFound)), "no form of ours deletes");
        assert!(matches!(Sent::default().change("responsible"), Err(Trouble::Unreadable(_))));
    }

    #[test]
    fn a_workflow_is_started_with_the_parameters_that_are_filled() {
        let (workflow, parameters) = started(b"workflow=call&parameter.phone=1&parameter.note=&other=x");
        assert_eq!(
            (workflow.as_str(), Value::Object(parameters)),
            ("call", serde_json::json!({"phone": "1"}))
        );
    }
}
