//! `rulewright:host/employees-read`.

use rulewright_domain::EmployeeId;

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
    step.read()?;
    let employees = step.world.employees().await?;
    let found = employees.iter().find(|employee| employee.id == id);
    Ok(found.map(convert::employee).ok_or(HostError::NotFound)?)
}

async fn all(step: &mut Step) -> Result<Vec<Employee>, Refusal> {
    step.read()?;
    let mut employees = step.world.employees().await?;
    employees.sort_by_key(|employee| employee.id);
    Ok(employees.iter().map(convert::employee).collect())
}
