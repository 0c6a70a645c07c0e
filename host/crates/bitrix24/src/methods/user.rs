//! Employees as users.

use rulewright_domain::Employee;
use serde_json::{Value, json};

use crate::{
    call::{Answer, Call, Outcome},
    fault::{Fault, System},
    method::{Method, method},
};

pub(crate) const METHODS: &[Method] = &[method!("user.current", "user", current)];

async fn current(call: Call) -> Outcome {
    let config = call.config().await?;
    let employee = config.employees.get(&call.caller.employee);
    let employee = employee.ok_or_else(|| Fault::system(System::UserAccess))?;
    Ok(Answer::of(user(employee, &config.shop.time_zone)))
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
        "TIME_ZONE": zone,
        "IS_ONLINE": if employee.working && !employee.absent { "Y" } else { "N" },
        "PERSONAL_GENDER": "",
        "PERSONAL_BIRTHDAY": "",
        "PERSONAL_MOBILE": text(&employee.phone),
        "WORK_PHONE": text(&employee.work_phone),
        "WORK_POSITION": text(&employee.position),
        "UF_EMPLOYMENT_DATE": "",
        "UF_DEPARTMENT": [1],
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
}
