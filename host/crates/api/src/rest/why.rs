use axum::{Json, extract::State};
use rulewright_domain::OrderId;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::RunsRead,
    extract::{Ask, At},
    problem::{Problem, Problems},
    state::Api,
    view::OrderWhy,
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(get_why))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct WhyQuery {
    /// An earlier visit, by its number; the present one if left out.
    #[param(minimum = 1)]
    visit: Option<u64>,
}

/// Read why rules ran for an order, or did not
///
/// Every rule of the stage in which the order is, with what became of it, and every trigger that could move the order on.
#[utoipa::path(
    get, path = "/v1/orders/{id}/why", tag = "runs", params(("id" = String, Path, example = "ord_42"), WhyQuery),
    responses((status = 200, body = OrderWhy), Problems), security(("bearer" = ["runs-read"]))
)]
async fn get_why(
    State(api): State<Api>,
    caller: RunsRead,
    At(id): At<OrderId>,
    Ask(query): Ask<WhyQuery>,
) -> Result<Json<OrderWhy>, Problem> {
    let why = api.engine.why(caller.shop(), id, query.visit).await;
    Ok(Json(why.map_err(|refusal| Problem::refused(refusal, &[&id.to_string()]))?.into()))
}
