//! Employees as users.

use rulewright_domain::{Employee, ShopConfig};
use serde_json::{Map, Value, json};

use crate::{
    call::{Answer, Call, Outcome},
    caller::Caller,
    fault::{Fault, System},
    filter::{Filter, Nesting, Op, parse},
    method::{Method, method},
    order::Sort,
    scalar,
    select::Select,
    sift,
    wire::node::Node,
};

pub(crate) const METHODS: &[Method] = &[
    method!("user.current", "user", current),
    method!("user.get", "user", get),
    method!("user.search", "user", search),
    method!("user.fields", "user", fields),
    method!("department.get", "department", department_get),
    method!("department.fields", "department", department_fields),
];

/// Fields, with what people call them, in the order in which they are shown.
const FIELDS: &[(&str, &str)] = &[
    ("ID", "ID"),
    ("ACTIVE", "Active"),
    ("NAME", "First name"),
    ("LAST_NAME", "Last name"),
    ("SECOND_NAME", "Second name"),
    ("EMAIL", "E-mail"),
    ("LAST_LOGIN", "Last login"),
    ("DATE_REGISTER", "Date of registration"),
    ("TIME_ZONE", "Time zone"),
    ("IS_ONLINE", "At work"),
    ("LAST_ACTIVITY_DATE", "Last activity"),
    ("PERSONAL_GENDER", "Gender"),
    ("PERSONAL_WWW", "Home page"),
    ("PERSONAL_BIRTHDAY", "Date of birth"),
    ("PERSONAL_CITY", "City"),
    ("PERSONAL_MOBILE", "Mobile telephone"),
    ("WORK_PHONE", "Telephone at work"),
    ("WORK_POSITION", "Position"),
    ("UF_EMPLOYMENT_DATE", "Date of employment"),
    ("UF_DEPARTMENT", "Departments"),
    ("USER_TYPE", "Type of user"),
];

/// Not shown where a token opens the names of people only.
const PERSONAL: [&str; 7] = [
    "EMAIL",
    "PERSONAL_GENDER",
    "PERSONAL_WWW",
    "PERSONAL_BIRTHDAY",
    "PERSONAL_CITY",
    "PERSONAL_MOBILE",
    "WORK_PHONE",
];

/// The only one: employees are not grouped.
const DEPARTMENT: i64 = 1;

fn is_shown(caller: &Caller, field: &str) -> bool {
    let wide = ["user", "user_basic"].iter().any(|scope| caller.scopes.contains(*scope));
    wide || !PERSONAL.contains(&field)
}

/// Every field that can be asked for.
fn known(caller: &Caller) -> Vec<&'static str> {
    FIELDS.iter().map(|(name, _)| *name).filter(|name| is_shown(caller, name)).collect()
}

async fn current(call: Call) -> Outcome {
    let config = call.config().await?;
    let employee = config.employees.get(&call.caller.employee);
    let employee = employee.ok_or_else(|| Fault::system(System::UserAccess))?;
    Ok(Answer::of(shown(user(employee, &config.shop.time_zone), &call.caller, &Select::parse(&[]))))
}

async fn get(call: Call) -> Outcome {
    let known = known(&call.caller);
    let mut parts = vec![parse(call.params.node("filter"), Nesting::Flat)?];
    // Fields may also stand beside the parameters.
    for (name, node) in call.params.members() {
        let bare = name.trim_start_matches(['<', '>', '=', '!', '%', '@']);
        if known.iter().any(|known| known.eq_ignore_ascii_case(bare)) {
            let only = Node::Map([(name.clone(), node.clone())].into_iter().collect());
            parts.push(parse(Some(&only), Nesting::Flat)?);
        }
    }
    let rows = rows(&*call.config().await?);
    listed(&call, rows, parts.into_iter().map(with_masks).collect(), &known)
}

/// `"NAME": "Iva%"` is a beginning.
fn with_masks(filter: Filter) -> Filter {
    match filter {
        Filter::All(parts) => Filter::All(parts.into_iter().map(with_masks).collect()),
        Filter::Cond { field, op: Op::Equal, value: Value::String(text) } if text.contains('%') => {
            Filter::Cond { field, op: Op::Like, value: Value::String(text) }
        }
        other => other,
    }
}

/// Of the fields that are looked in, texts are beginnings.
async fn search(call: Call) -> Outcome {
    const LOOKED_IN: [&str; 4] = ["NAME", "LAST_NAME", "SECOND_NAME", "WORK_POSITION"];
    let config = call.config().await?;
    let known = known(&call.caller);
    let mut rest = call.params.maybe_map("filter")?.unwrap_or_default();
    let mut taken = |name: &str| {
        let key = rest.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned();
        key.and_then(|key| rest.remove(&key)).as_ref().and_then(scalar::text).filter(|text| !text.is_empty())
    };
    let begins = |text: &str, beginning: &str| {
        let (text, beginning) = (text.to_lowercase(), beginning.to_lowercase());
        text.starts_with(&beginning) || text.split_whitespace().any(|word| word.starts_with(&beginning))
    };
    let mut rows = rows(&config);
    let field = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    for name in ["FIND", "NAME_SEARCH"] {
        let Some(find) = taken(name) else { continue };
        rows.retain(|row| {
            let in_row = |word: &str| {
                let in_fields = LOOKED_IN.iter().any(|name| begins(&field(row, name), word));
                in_fields || begins(&config.shop.name, word)
            };
            find.split_whitespace().all(in_row)
        });
    }
    for name in LOOKED_IN {
        let Some(beginning) = taken(name) else { continue };
        rows.retain(|row| begins(&field(row, name), beginning.trim_end_matches('%')));
    }
    if let Some(beginning) = taken("UF_DEPARTMENT_NAME") {
        rows.retain(|_| begins(&config.shop.name, beginning.trim_end_matches('%')));
    }
    let rest: Node = serde_json::from_value(Value::Object(rest)).unwrap_or(Node::Scalar(Value::Null));
    let filter = parse(Some(&rest), Nesting::Flat)?;
    listed(&call, rows, vec![filter], &known)
}

fn rows(config: &ShopConfig) -> Vec<Value> {
    config.employees.values().map(|employee| user(employee, &config.shop.time_zone)).collect()
}

fn listed(call: &Call, rows: Vec<Value>, parts: Vec<Filter>, known: &[&str]) -> Outcome {
    let field =
        call.params.text("sort").filter(|field| known.iter().any(|name| name.eq_ignore_ascii_case(field)));
    let descending = call.params.text("order").is_some_and(|order| order.trim().eq_ignore_ascii_case("desc"));
    let by = Sort { field: field.unwrap_or_else(|| "ID".to_owned()), descending };
    let order = [by, Sort { field: "ID".to_owned(), descending: false }];
    let select = Select::parse(&call.params.list("select"));
    let mut answer = sift::page(rows, &Filter::All(parts), &order, call.params.start(), known);
    if let Value::Array(rows) = &mut answer.result {
        for row in rows {
            *row = shown(row.take(), &call.caller, &select);
        }
    }
    Ok(answer)
}

/// What the token opens, and the call wants.
fn shown(row: Value, caller: &Caller, select: &Select) -> Value {
    let Value::Object(members) = row else { return row };
    let kept = members.into_iter().filter(|(name, _)| {
        let wanted = name == "ID" || select.shows(name) || (select.user_fields && name.starts_with("UF_"));
        wanted && is_shown(caller, name)
    });
    Value::Object(kept.collect())
}

async fn fields(call: Call) -> Outcome {
    let shown = FIELDS.iter().filter(|(name, _)| is_shown(&call.caller, name));
    let fields: Map<String, Value> =
        shown.map(|(name, title)| ((*name).to_owned(), (*title).into())).collect();
    Ok(Answer::of(fields))
}

async fn department_get(call: Call) -> Outcome {
    let config = call.config().await?;
    let row = json!({ "ID": DEPARTMENT.to_string(), "NAME": config.shop.name, "SORT": 500 });
    let known = ["ID", "NAME", "SORT", "PARENT", "UF_HEAD"];
    let mut parts = Vec::new();
    for (name, node) in call.params.members() {
        if known.iter().any(|known| known.eq_ignore_ascii_case(name)) && !name.eq_ignore_ascii_case("sort") {
            let only = Node::Map([(name.clone(), node.clone())].into_iter().collect());
            parts.push(parse(Some(&only), Nesting::Flat)?);
        }
    }
    Ok(sift::page(vec![row], &Filter::All(parts), &[], call.params.start(), &known))
}

async fn department_fields(_: Call) -> Outcome {
    Ok(Answer::of(json!({
        "ID": "ID",
        "NAME": "Name",
        "SORT": "Sorting",
        "PARENT": "Department above",
        "UF_HEAD": "Head",
    })))
}

/// What is not known of an employee is empty, as of a user who never filled it in.
pub(crate) fn user(employee: &Employee, zone: &str) -> Value {
    let (name, last_name) = names(&employee.name);
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    json!({
        "ID": employee.id.0.to_string(),
        "ACTIVE": employee.working,
        "NAME": name,
        "LAST_NAME": last_name,
        "SECOND_NAME": "",
        "EMAIL": text(&employee.email),
        "LAST_LOGIN": "",
        "DATE_REGISTER": "",
        "TIME_ZONE": zone,
        "IS_ONLINE": if employee.working && !employee.absent { "Y" } else { "N" },
        "LAST_ACTIVITY_DATE": "",
        "PERSONAL_GENDER": "",
        "PERSONAL_WWW": "",
        "PERSONAL_BIRTHDAY": "",
        "PERSONAL_CITY": "",
        "PERSONAL_MOBILE": text(&employee.phone),
        "WORK_PHONE": text(&employee.work_phone),
        "WORK_POSITION": text(&employee.position),
        "UF_EMPLOYMENT_DATE": "",
        "UF_DEPARTMENT": [DEPARTMENT],
        "USER_TYPE": "employee",
    })
}

/// First and last name: the last word is the family's.
pub(crate) fn names(name: &str) -> (&str, &str) {
    let name = name.trim();
    name.rsplit_once(' ').map_or((name, ""), |(first, last)| (first.trim(), last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_of_a_name_is_the_familys() {
        assert_eq!(names("Ada Lovelace"), ("Ada", "Lovelace"));
        assert_eq!(names("Anna Maria  Berg"), ("Anna Maria", "Berg"));
        assert_eq!(names("Ada"), ("Ada", ""));
        assert_eq!(names(""), ("", ""));
    }

    #[test]
    fn every_field_of_a_user_has_a_title() {
        let employee: Employee = serde_json::from_value(json!({"id": "emp_1", "name": "Ada"})).unwrap();
        let user = user(&employee, "UTC");
        let fields: Vec<_> = FIELDS.iter().map(|(name, _)| *name).collect();
        assert!(user.as_object().unwrap().keys().all(|name| fields.contains(&name.as_str())));
        assert_eq!(user.as_object().unwrap().len(), fields.len());
    }
}
