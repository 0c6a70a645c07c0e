use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use rulewright_domain::EmployeeId;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::shop::config;
use crate::{
    auth::{AutomationRead, AutomationWrite},
    extract::{At, Sent},
    key::asked,
    page::Page,
    problem::{Problem, Problems},
    state::Api,
    view::{Employee, EmployeeInput},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list_employees, add_employee)).routes(routes!(replace_employee))
}

/// List employees
///
/// On one page.
#[utoipa::path(
    get, path = "/v1/employees", tag = "shop",
    responses((status = 200, body = Page<Employee>), Problems), security(("bearer" = ["automation-read"]))
)]
async fn list_employees(
    State(api): State<Api>,
    caller: AutomationRead,
) -> Result<Json<Page<Employee>>, Problem> {
    let config = config(&api, caller.shop()).await?;
    Ok(Json(Page { items: config.employees.into_values().map(Employee::from).collect(), next: None }))
}

#[derive(Serialize, ToSchema)]
struct EmployeeAdded {
    #[schema(value_type = String, example = "emp_1")]
    id: EmployeeId,
}

/// Add an employee
#[utoipa::path(
    post, path = "/v1/employees", tag = "shop", request_body = EmployeeInput,
    responses((status = 201, body = EmployeeAdded), Problems), security(("bearer" = ["automation-write"]))
)]
async fn add_employee(
    State(api): State<Api>,
    caller: AutomationWrite,
    sent: Sent<EmployeeInput>,
) -> Result<Response, Problem> {
    let employee = sent.body.into_domain(EmployeeId(0));
    let id = api.by(&caller).engine.put_employee(asked(&caller, sent.key), employee).await?;
    let added = EmployeeAdded { id };
    let path = format!("/v1/employees/{}", added.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, path)], Json(added)).into_response())
}

/// Replace everything about an employee
#[utoipa::path(
    put, path = "/v1/employees/{id}", tag = "shop", request_body = EmployeeInput,
    params(("id" = String, Path, example = "emp_1")),
    responses((status = 204, description = "Saved"), Problems), security(("bearer" = ["automation-write"]))
)]
async fn replace_employee(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(id): At<EmployeeId>,
    sent: Sent<EmployeeInput>,
) -> Result<StatusCode, Problem> {
    // Id 0 would add one.
    if id.0 <= 0 {
        return Err(Problem::not_found("employee", id));
    }
    let saved = api.by(&caller).engine.put_employee(caller.shop(), sent.body.into_domain(id)).await;
    saved.map_err(|refusal| Problem::refused(refusal, &[&id.to_string()]))?;
    Ok(StatusCode::NO_CONTENT)
}
