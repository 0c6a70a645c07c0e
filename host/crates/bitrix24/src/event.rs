//! Our events in the facade's words: which of theirs each one is, and the little that it says. Whoever is told asks for
//! the rest.

use rulewright_domain::{ClientKind, Event, OrderKind, kind};
use rulewright_ports::{Reads, Telling, storage::Result as Stored};
use serde_json::{Map, Value, json};

#[derive(Debug, PartialEq, Eq)]
pub struct Known {
    pub code: &'static str,
    /// Who may be told; empty is everybody.
    pub scope: &'static str,
    /// Of our events.
    pub kinds: &'static [&'static str],
}

const DEAL_CHANGED: &[&str] = &[
    kind::STAGE_CHANGED,
    kind::FIELDS_CHANGED,
    kind::LINES_CHANGED,
    kind::CLIENTS_CHANGED,
    kind::RESPONSIBLE_CHANGED,
    kind::ORDER_CANCELED,
    kind::ORDER_RESTORED,
];

const INSTALLED: &str = "ONAPPINSTALL";
const UNINSTALLED: &str = "ONAPPUNINSTALL";
const MOVED: &str = "ONCRMDEALMOVETOCATEGORY";
/// Of a trial that somebody made; nobody binds a handler to it.
const TRIAL: &str = "ONAPPTEST";

macro_rules! known {
    ($($code:literal $scope:literal $kinds:expr;)*) => {
        pub const ALL: &[Known] = &[$(Known { code: $code, scope: $scope, kinds: $kinds }),*];
    };
}

known! {
    "ONAPPUNINSTALL" "" &[kind::APPLICATION_UNINSTALLED];
    "ONAPPINSTALL" "" &[kind::APPLICATION_INSTALLED];
    "ONCRMDEALADD" "crm" &[kind::ORDER_CREATED];
    "ONCRMDEALUPDATE" "crm" DEAL_CHANGED;
    "ONCRMDEALDELETE" "crm" &[kind::ORDER_DELETED];
    "ONCRMDEALMOVETOCATEGORY" "crm" &[kind::PIPELINE_CHANGED];
    "ONCRMDEALUSERFIELDADD" "crm" &["field.added"];
    "ONCRMDEALUSERFIELDUPDATE" "crm" &["field.changed"];
    "ONCRMDEALUSERFIELDDELETE" "crm" &["field.removed"];
    "ONCRMDEALUSERFIELDSETENUMVALUES" "crm" &["field.values-changed"];
    "ONCRMDEALRECURRINGADD" "crm" &["recurrence.added"];
    "ONCRMDEALRECURRINGUPDATE" "crm" &["recurrence.changed"];
    "ONCRMDEALRECURRINGDELETE" "crm" &["recurrence.removed"];
    "ONCRMDEALRECURRINGEXPOSE" "crm" &["recurrence.exposed"];
    "ONCRMCOMPANYADD" "crm" &["client.created"];
    "ONCRMCOMPANYUPDATE" "crm" &["client.changed"];
    "ONCRMCOMPANYDELETE" "crm" &["client.deleted"];
    "ONCRMCOMPANYUSERFIELDADD" "crm" &["field.added"];
    "ONCRMCOMPANYUSERFIELDUPDATE" "crm" &["field.changed"];
    "ONCRMCOMPANYUSERFIELDDELETE" "crm" &["field.removed"];
    "ONCRMCOMPANYUSERFIELDSETENUMVALUES" "crm" &["field.values-changed"];
    "ONCRMCONTACTADD" "crm" &["client.created"];
    "ONCRMCONTACTUPDATE" "crm" &["client.changed"];
    "ONCRMCONTACTDELETE" "crm" &["client.deleted"];
    "ONCRMCONTACTUSERFIELDADD" "crm" &["field.added"];
    "ONCRMCONTACTUSERFIELDUPDATE" "crm" &["field.changed"];
    "ONCRMCONTACTUSERFIELDDELETE" "crm" &["field.removed"];
    "ONCRMCONTACTUSERFIELDSETENUMVALUES" "crm" &["field.values-changed"];
    "ONCRMACTIVITYADD" "crm" &["activity.added", "task.added"];
    "ONCRMACTIVITYUPDATE" "crm" &["activity.changed", "activity.completed", "task.changed", "task.completed"];
    "ONCRMACTIVITYDELETE" "crm" &["activity.removed", "task.removed"];
    "ONCRMTIMELINECOMMENTADD" "crm" &["comment.added"];
    "ONCRMTIMELINECOMMENTUPDATE" "crm" &["comment.changed"];
    "ONCRMTIMELINECOMMENTDELETE" "crm" &["comment.removed"];
}

/// In any case.
pub fn named(code: &str) -> Option<&'static Known> {
    ALL.iter().find(|known| known.code.eq_ignore_ascii_case(code))
}

/// None: in the facade nothing has happened.
pub fn of(event: &Event, reads: &mut dyn Reads) -> Stored<Option<&'static Known>> {
    let kind = event.what.kind.as_str();
    let (subject, verb) = kind.split_once('.').unwrap_or((kind, ""));
    let whose = match subject {
        "client" => match client(event, reads)? {
            Some(ClientKind::Contact) => "CONTACT",
            Some(ClientKind::Company) => "COMPANY",
            None => return Ok(None),
        },
        "field" => match attr(event, "of") {
            Some("deal") => "DEAL",
            Some("contact") => "CONTACT",
            Some("company") => "COMPANY",
            _ => return Ok(None),
        },
        _ => "",
    };
    let code = match (subject, verb) {
        ("client", "created") => format!("ONCRM{whose}ADD"),
        ("client", "changed") => format!("ONCRM{whose}UPDATE"),
        ("client", "deleted") => format!("ONCRM{whose}DELETE"),
        ("field", "added") => format!("ONCRM{whose}USERFIELDADD"),
        ("field", "changed") => format!("ONCRM{whose}USERFIELDUPDATE"),
        ("field", "removed") => format!("ONCRM{whose}USERFIELDDELETE"),
        ("field", "values-changed") => format!("ONCRM{whose}USERFIELDSETENUMVALUES"),
        ("client" | "field", _) => return Ok(None),
        // Of everything else the kind says it all.
        _ => return Ok(ALL.iter().find(|known| known.kinds.contains(&kind))),
    };
    Ok(named(&code))
}

fn client(event: &Event, reads: &mut dyn Reads) -> Stored<Option<ClientKind>> {
    match attr(event, "kind") {
        Some("contact") => return Ok(Some(ClientKind::Contact)),
        Some("company") => return Ok(Some(ClientKind::Company)),
        _ => {}
    }
    let Some(id) = event.what.client else { return Ok(None) };
    Ok(reads.client(event.shop, id)?.map(|client| client.kind))
}

/// Whether it is told at all: store orders are no deals, and one change is told once, by what came first of it. So a move
/// to another funnel is no update, whatever else changed with it.
pub fn is_told(telling: &Telling<'_>) -> bool {
    let Telling { event, order, together, place, .. } = telling;
    if !of_deals(&event.what.kind) {
        return true;
    }
    let deal = match order {
        Some(order) => order.kind == OrderKind::Deal,
        None => event.what.data.value()["order"]["before"]["kind"] == "deal",
    };
    deal && together.iter().position(|kind| of_deals(kind)) == Some(*place)
}

fn of_deals(kind: &str) -> bool {
    kind.starts_with("order.") && ALL.iter().any(|known| known.kinds.contains(&kind))
}

/// What stands in `data`. All values are texts.
pub fn data(code: &str, event: &Event, reads: &mut dyn Reads) -> Stored<Value> {
    let attr = |name: &str| attr(event, name).map(number).unwrap_or_default();
    let fields: Value = match code {
        INSTALLED => {
            return Ok(
                json!({ "VERSION": "1", "ACTIVE": "Y", "INSTALLED": "Y", "LANGUAGE_ID": language(event, reads)? }),
            );
        }
        UNINSTALLED => return Ok(json!({ "LANGUAGE_ID": language(event, reads)?, "CLEAN": "1" })),
        TRIAL => return Ok(Value::Object(Map::new())),
        MOVED => {
            let (category, stage) = place(event, reads)?;
            json!({ "ID": order(event), "CATEGORY_ID": category, "STAGE_ID": stage })
        }
        _ if code.starts_with("ONCRMDEALRECURRING") => {
            let mut fields = json!({ "ID": attr("recurrence") });
            if code != "ONCRMDEALRECURRINGDELETE" {
                fields["RECURRING_DEAL_ID"] = attr("template").into();
            }
            if code == "ONCRMDEALRECURRINGEXPOSE" {
                fields["DEAL_ID"] = order(event).into();
            }
            fields
        }
        _ if code.contains("USERFIELD") => json!({
            "ID": attr("field"),
            "ENTITY_ID": format!("CRM_{}", self::attr(event, "of").unwrap_or_default().to_ascii_uppercase()),
            "FIELD_NAME": self::attr(event, "name"),
        }),
        // A task is an activity there.
        _ if code.starts_with("ONCRMACTIVITY") && event.what.kind.starts_with("task.") => {
            json!({ "ID": attr("task") })
        }
        _ if code.starts_with("ONCRMACTIVITY") => json!({ "ID": attr("activity") }),
        _ if code.starts_with("ONCRMTIMELINECOMMENT") => json!({ "ID": attr("comment") }),
        _ if event.what.kind.starts_with("client.") => {
            json!({ "ID": event.what.client.map(|id| id.0.to_string()) })
        }
        _ => json!({ "ID": order(event) }),
    };
    Ok(json!({ "FIELDS": fields }))
}

/// What is the same thing happening again.
pub fn same(code: &str, event: &Event) -> String {
    let what = &event.what;
    let thing =
        ["recurrence", "field", "activity", "task", "comment"].iter().find_map(|name| attr(event, name));
    let thing = thing.map(str::to_owned).or_else(|| match what.kind.starts_with("client.") {
        true => what.client.map(|id| id.to_string()),
        false => what.order.map(|id| id.to_string()),
    });
    format!("{code}/{}", thing.unwrap_or_else(|| event.id.to_string()))
}

fn language(event: &Event, reads: &mut dyn Reads) -> Stored<String> {
    let locale = reads.shop(event.shop)?.map(|shop| shop.locale).unwrap_or_default();
    Ok(locale.split(['-', '_']).next().unwrap_or_default().to_owned())
}

/// Funnel and stage that a deal has come to.
fn place(event: &Event, reads: &mut dyn Reads) -> Stored<(String, String)> {
    let (pipeline, stage) =
        (attr(event, "pipeline").unwrap_or_default(), attr(event, "to").unwrap_or_default());
    let config = reads.config(event.shop)?;
    let found =
        config.and_then(|config| config.pipelines.get(&pipeline.into()).and_then(|found| found.number));
    Ok(match found {
        Some(0) => ("0".to_owned(), stage.to_owned()),
        Some(number) => (number.to_string(), format!("C{number}:{stage}")),
        None => (String::new(), stage.to_owned()),
    })
}

fn attr<'e>(event: &'e Event, name: &str) -> Option<&'e str> {
    event.what.attrs.get(name).and_then(Value::as_str)
}

fn order(event: &Event) -> String {
    event.what.order.map(|id| id.0.to_string()).unwrap_or_default()
}

/// `ord_42` is 42 there.
fn number(id: &str) -> String {
    id.rsplit_once('_').map_or(id, |(_, number)| number).to_owned()
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{Actor, Cause, EventId, NewEvent, ShopId, Subscription, Timestamp};

    use super::*;

    fn event(kind: &str) -> Event {
        let cause = Cause::from_outside(Actor::Host);
        Event { id: EventId(1), shop: ShopId(1), at: Timestamp(0), cause, what: NewEvent::new(kind) }
    }

    #[test]
    fn one_change_is_told_once_and_a_move_between_funnels_is_no_update() {
        let told = |kinds: &[&str]| -> Vec<usize> {
            let together: Vec<String> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
            let of_deal = |place: &usize| {
                let mut event = event(kinds[*place]);
                event.what.data = json!({"order": {"before": {"kind": "deal"}}}).into();
                let subscription: Subscription = serde_json::from_value(json!({
                    "id": "whk_1", "url": "", "kinds": ["*"], "keys": [], "created": "2026-03-02T09:00:00Z",
                }))
                .unwrap();
                let (event, subscription) = (&event, &subscription);
                is_told(&Telling { subscription, event, order: None, together: &together, place: *place })
            };
            (0..kinds.len()).filter(of_deal).collect()
        };
        assert_eq!(told(&["order.stage-changed", "order.fields-changed"]), [0]);
        assert_eq!(told(&["payment.added", "order.fields-changed"]), [0, 1]);
        assert_eq!(told(&["order.pipeline-changed", "order.lines-changed", "order.fields-changed"]), [0]);
        assert_eq!(told(&["order.deleted"]), [0]);
    }

    #[test]
    fn every_event_has_a_kind_and_no_two_the_same_name() {
        let codes: std::collections::BTreeSet<_> = ALL.iter().map(|known| known.code).collect();
        assert_eq!(codes.len(), ALL.len());
        assert!(ALL.iter().all(|known| !known.kinds.is_empty()));
        assert_eq!(named("onCrmDealAdd").map(|known| known.code), Some("ONCRMDEALADD"));
    }

    #[test]
    fn the_same_deal_changed_twice_is_the_same_and_another_is_not() {
        let of = |kind: &str, id: i64| Event {
            what: NewEvent { order: Some(rulewright_domain::OrderId(id)), ..NewEvent::new(kind) },
            ..event(kind)
        };
        let same = |one: &Event| same("ONCRMDEALUPDATE", one);
        assert_eq!(same(&of("order.stage-changed", 4)), same(&of("order.fields-changed", 4)));
        assert_ne!(same(&of("order.stage-changed", 4)), same(&of("order.stage-changed", 5)));
    }
}
