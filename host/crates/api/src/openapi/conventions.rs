//! What holds for many routes, so that none can forget to say it.

use axum::http::StatusCode;
use utoipa::{
    Modify,
    openapi::{
        Content, Object, ObjectBuilder, PathItem, Ref, RefOr, Required, ResponseBuilder, Schema, Type,
        path::{Operation, ParameterBuilder, ParameterIn},
        request_body::RequestBody,
        schema::{KnownFormat, SchemaFormat, SchemaType},
    },
};

/// Refusals that many routes share: status, name in the document, when it comes.
pub const REFUSALS: [(&str, &str, &str); 8] = [
    ("400", "BadRequest", "The path, the query or the JSON cannot be read"),
    ("401", "Unauthorized", "There is no valid token"),
    ("403", "Forbidden", "The token lacks the scope, or may not do this"),
    ("404", "NotFound", "It is not there, or belongs to another shop"),
    ("422", "Unprocessable", "The body was read, and cannot be done; `errors` says where it is wrong"),
    (
        "429",
        "TooMany",
        "More requests came with the token than it may send; `Retry-After` says when to come again",
    ),
    ("4XX", "Refused", "Another mistake of the caller"),
    ("5XX", "Broken", "A mistake of ours"),
];

const PROBLEM: &str = "application/problem+json";

pub struct Conventions;

impl Modify for Conventions {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let responses = &mut document.components.get_or_insert_default().responses;
        for (_, name, description) in REFUSALS {
            let body = Content::new(Some(Ref::from_schema_name("Problem")));
            let response = ResponseBuilder::new().description(description).content(PROBLEM, body).build();
            responses.insert(name.to_owned(), response.into());
        }
        for item in document.paths.paths.values_mut() {
            let PathItem { get, post, put, patch, delete, .. } = item;
            // Commands look at the key whatever their method is; other `PUT`s may be repeated as they are.
            let commands =
                [&mut *put, &mut *patch, &mut *delete].into_iter().flatten().filter(|one| is_command(one));
            post.iter_mut().chain(commands).for_each(takes_key);
            for operation in [get, post, put, patch, delete].into_iter().flatten() {
                if let Some(body) = &mut operation.request_body {
                    is_left_out_or_there(body);
                }
                bytes_are_no_json(operation);
                says_why_it_refuses(operation);
            }
        }
    }
}

/// Changes an order or a client.
fn is_command(operation: &Operation) -> bool {
    let tags = operation.tags.iter().flatten();
    tags.into_iter().any(|tag| tag == "orders" || tag == "clients")
}

fn takes_key(operation: &mut Operation) {
    let key = ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .description(Some("Repeated with the same key, the request is done once: see docs/rest-api.md"))
        .required(Required::False)
        .schema(Some(Object::with_type(Type::String)))
        .example(Some("9f0c2a1e-6d7b".into()));
    operation.parameters.get_or_insert_default().push(key.build().into());
}

/// A body that may be left out is written as one that may be null, which no route takes.
fn is_left_out_or_there(body: &mut RefOr<RequestBody>) {
    let RefOr::T(body) = body else { return };
    for content in body.content.values_mut() {
        let RefOr::T(content) = content else { continue };
        let Some(RefOr::T(Schema::OneOf(either))) = &mut content.schema else { continue };
        let null = SchemaType::new(Type::Null);
        either.items.retain(|one| !matches!(one, RefOr::T(Schema::Object(it)) if it.schema_type == null));
        if let [only] = either.items.as_slice() {
            content.schema = Some(only.clone());
        }
    }
}

fn bytes_are_no_json(operation: &mut Operation) {
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        body.content.iter_mut().for_each(as_bytes);
    }
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            response.content.iter_mut().for_each(as_bytes);
            response.content.iter_mut().for_each(as_events);
        }
    }
}

/// Bytes are told as a JSON list of numbers, also where they are sent as they are.
fn as_bytes((media_type, content): (&String, &mut RefOr<Content>)) {
    let RefOr::T(content) = content else { return };
    if matches!(content.schema, Some(RefOr::T(Schema::Array(_)))) && !media_type.ends_with("json") {
        let mut bytes = Object::with_type(Type::String);
        bytes.format = Some(SchemaFormat::KnownFormat(KnownFormat::Binary));
        content.schema = Some(RefOr::T(Schema::Object(bytes)));
    }
}

/// A stream is told as what its events carry. Each is text with a header of its own around that.
fn as_events((media_type, content): (&String, &mut RefOr<Content>)) {
    let RefOr::T(content) = content else { return };
    let Some(RefOr::Ref(carried)) = &content.schema else { return };
    if media_type != "text/event-stream" {
        return;
    }
    let name = carried.ref_location.rsplit('/').next().unwrap_or_default();
    let text = |about: &str| ObjectBuilder::new().schema_type(Type::String).description(Some(about));
    let event = ObjectBuilder::new()
        .description(Some("Each event; lines that begin with a colon only keep the connection open."))
        .property("id", text("Send it back as Last-Event-ID."))
        .property("event", text("Its kind."))
        .property("data", text(&format!("`{name}` as JSON.")).content_media_type("application/json"))
        .required("data");
    content.schema = Some(event.build().into());
}

/// The refusals that a route can give, which follow from what it takes. An answer without words gets those of its
/// status: the standard asks for some.
fn says_why_it_refuses(operation: &mut Operation) {
    let of_path = |one: &RefOr<utoipa::openapi::path::Parameter>| matches!(one, RefOr::T(one) if one.parameter_in == ParameterIn::Path);
    let has_token = operation.security.is_some();
    let has_path = operation.parameters.iter().flatten().any(of_path);
    let has_parameters = operation.parameters.is_some();
    let has_body = operation.request_body.is_some();
    let responses = &mut operation.responses.responses;
    for (status, name, _) in REFUSALS {
        let wanted = match status {
            "400" => has_token && (has_parameters || has_body),
            "401" | "403" | "429" => has_token,
            "404" => has_token && has_path,
            "422" => has_token && has_body,
            _ => responses.contains_key(status),
        };
        let its_own = status.parse::<u16>().is_ok() && responses.contains_key(status);
        if wanted && !its_own {
            responses.insert(status.to_owned(), RefOr::Ref(Ref::from_response_name(name)));
        }
    }
    for (status, response) in responses {
        let RefOr::T(response) = response else { continue };
        if response.description.is_empty() {
            let status = status.parse().ok().and_then(|status| StatusCode::from_u16(status).ok());
            let words = status.and_then(|status| status.canonical_reason()).unwrap_or("An answer");
            response.description = words.to_owned();
        }
    }
}
