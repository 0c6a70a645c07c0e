//! `rulewright:host/employees-read`.

use rulewright_domain::{Employee as Person, EmployeeId};

use super::{Function, function, waiting};
use crate::{
    bindings::{employees::Employee, errors::HostError},
    convert,
    refusal::Refusal,
    step::Step,
};

pub const FUNCTIONS: &[Function] = &[
    function("employees-read.get", |linker, name| {
        waiting(linker, name, |step, (id,): (String,)| Box::pin(get(step, id)))
    }),
    function("employees-read.all", |linker, name| waiting(linker, name, |step, (): ()| Box::pin(all(step)))),
];

async fn get(step: &mut Step, id: String) -> Result<Employee, Refusal> {
    let id: EmployeeId = convert::id("/id", &id)?;
    let employees = staff(step).await?;
    let found = employees.iter().find(|employee| employee.id == id);
    Ok(found.map(convert::employee).ok_or(HostError::NotFound)?)
}

async fn all(step: &mut Step) -> Result<Vec<Employee>, Refusal> {
    let mut employees = staff(step).await?;
    employees.sort_by_key(|employee| employee.id);
    Ok(employees.iter().map(convert::employee).collect())
}

/// Everybody, in no order.
async fn staff(step: &mut Step) -> Result<Vec<Person>, Refusal> {
    step.read()?;
    let world = step.world.clone();
    Ok(step.ask(async move { world.employees().await }).await?)
}
