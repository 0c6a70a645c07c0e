//! `batch`: up to 50 commands in one request, one after the other; later ones may use what earlier ones found.

mod reference;

use serde_json::{Value, json};

use crate::{
    call::{Answer, Call, Outcome},
    fault::{Fault, System},
    method::{self, BATCH, Done},
    params::Params,
    scalar,
    wire::{brackets, envelope, envelope::Began, node::Members, php},
};

pub use reference::{RESULT, Results, resolve};

const MOST: usize = 50;
/// Bytes that the parameters of one command may grow to by what they refer to.
const MAX_RESOLVED: usize = 8 << 20;

pub async fn run(call: Call) -> Outcome {
    if !call.params.has("cmd") {
        return Err(Fault::missing("cmd"));
    }
    // As PHP casts it: what is no flag at all does not stop anything.
    let halt = call.params.value("halt").as_ref().and_then(scalar::flag).unwrap_or(false);
    let zone = call.config().await?.shop.time_zone.clone();
    let mut parts = Parts::default();
    for (place, (label, command)) in call.params.pairs("cmd").into_iter().enumerate() {
        let began = Began::new(call.now());
        let done = if place < MOST {
            one(&call, &label, &command, &parts.results).await
        } else {
            Err(Fault::system(System::BatchTooLong))
        };
        let failed = match done {
            Ok(Done { outcome: Ok(answer), processing, operating }) => {
                let time = envelope::time(began, processing, operating, &zone);
                parts.succeeded(label, answer, time);
                false
            }
            Ok(Done { outcome: Err(fault), .. }) | Err(fault) => {
                parts.errors.push((label, envelope::error(&fault)));
                true
            }
        };
        if failed && halt {
            break;
        }
    }
    Ok(Answer::of(parts.answer()))
}

#[derive(Default)]
struct Parts {
    results: Results,
    errors: Vec<(String, Value)>,
    totals: Vec<(String, Value)>,
    nexts: Vec<(String, Value)>,
    times: Vec<(String, Value)>,
}

impl Parts {
    fn succeeded(&mut self, label: String, answer: Answer, time: Value) {
        let Answer { result, total, next, .. } = answer;
        self.totals.extend(total.map(|total| (label.clone(), total.into())));
        self.nexts.extend(next.map(|next| (label.clone(), next.into())));
        self.times.push((label.clone(), time));
        self.results.push((label, result));
    }

    fn answer(self) -> Value {
        json!({
            "result": php::array(self.results),
            "result_error": php::array(self.errors),
            "result_total": php::array(self.totals),
            "result_next": php::array(self.nexts),
            "result_time": php::array(self.times),
        })
    }
}

async fn one(call: &Call, label: &str, command: &Value, results: &Results) -> Result<Done, Fault> {
    let text = command
        .as_str()
        .ok_or_else(|| Fault::unreadable("A command of a batch is a text such as 'crm.deal.get?id=1'"))?;
    let Command { method, params } = Command::read(text, results)?;
    let method = method::find(call.edition, &method).ok_or_else(|| Fault::system(System::MethodNotFound))?;
    if method.name == BATCH {
        return Err(Fault::system(System::BatchInBatch));
    }
    // On the heap: a batch is a method, and would hold itself otherwise.
    Ok(Box::pin(method::invoke(call.sub(label, Params::new(params)), method)).await)
}

/// A command, its references resolved.
#[derive(Debug, PartialEq)]
pub struct Command {
    pub method: String,
    pub params: Members,
}

impl Command {
    pub fn read(text: &str, results: &Results) -> Result<Command, Fault> {
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        let too_many =
            |_| Fault::unreadable(format!("More than {} parameters in a command", brackets::MAX_PARAMETERS));
        let mut params = brackets::decode(query.as_bytes()).map_err(too_many)?;
        let mut budget = MAX_RESOLVED;
        for node in params.values_mut() {
            resolve(RESULT, node, results, &mut budget)
                .ok_or_else(|| Fault::unreadable("A command refers to more data than it may send"))?;
        }
        params.retain(|key, _| !key.eq_ignore_ascii_case("auth"));
        Ok(Command { method: method_name(path).to_owned(), params })
    }
}

/// Without slashes around it and without the format of the answer.
pub fn method_name(path: &str) -> &str {
    let path = path.trim().trim_matches('/');
    let cut = path.len().saturating_sub(5);
    match path.get(cut..) {
        Some(end) if end.eq_ignore_ascii_case(".json") => path.get(..cut).unwrap_or(path),
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::node::object;

    fn read(text: &str, results: Value) -> Value {
        let results = results.as_object().unwrap().clone().into_iter().collect();
        let Command { method, params } = Command::read(text, &results).unwrap();
        json!([method, object(&params)])
    }

    #[test]
    fn a_command_is_a_method_and_a_query() {
        let none = || json!({});
        assert_eq!(read("crm.deal.get?id=1&", none()), json!(["crm.deal.get", {"id": "1"}]));
        assert_eq!(read("/crm.deal.get.JSON/", none()), json!(["crm.deal.get", {}]));
        assert_eq!(read("a?auth=x&q=%3F", none()), json!(["a", {"q": "?"}]));
    }

    #[test]
    fn references_are_resolved_after_decoding() {
        let results =
            || json!({"add": 7, "find": [{"ID": "3", "TITLE": "A & B"}], "1": {"items": [{"id": 5}]}});
        for (text, expected) in [
            ("m?id=$result[add]", json!(7)),
            ("m?id=%24result%5Badd%5D", json!(7)),
            ("m?id=$result[find][0][ID]", json!("3")),
            ("m?id=$result[1][items][0][id]", json!(5)),
            ("m?id=DEAL_$result[add]", json!("DEAL_7")),
            ("m?id=$result[find][0][TITLE]!", json!("A & B!")),
            ("m?id=$result[find]", json!([{"ID": "3", "TITLE": "A & B"}])),
            ("m?id=$result[none][49][ID]", json!("")),
            ("m?id=x$result[find]", json!("x")),
            ("m?id=$result", json!("$result")),
            ("m?id=$result[add", json!("$result[add")),
        ] {
            assert_eq!(read(text, results())[1]["id"], expected, "{text}");
        }
        let nested = read("m?filter[>ID]=$result[add]", results());
        assert_eq!(nested[1], json!({"filter": {">ID": 7}}));
    }

    #[test]
    fn references_cannot_grow_without_end() {
        let long: Results = vec![("a".to_owned(), json!("x".repeat(1 << 20)))];
        assert!(Command::read(&format!("m?v={}", "$result[a]".repeat(4)), &long).is_ok());
        assert!(Command::read(&format!("m?v={}", "$result[a]".repeat(100)), &long).is_err());
    }
}
