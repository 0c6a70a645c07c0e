//! The fields of deals, and of a store's orders, which are seen in the same way.

use rulewright_domain::{
    Order, OrderKind, StageKind, TotalBy,
    find::{self, Scalar, Test},
};
use serde_json::json;

use crate::{
    entity::{Entity, Field, Get, Kind, Place, Scene, Style, cell::Cell},
    funnel,
};

pub(crate) const DEAL: i64 = 2;
pub(crate) const ORDER: i64 = 14;

pub(crate) static DEALS: Entity<Order> =
    Entity { code: "CRM_DEAL", fields: &[FIELDS], kind: Some(OrderKind::Deal), own: |order| &order.fields };

pub(crate) static ORDERS: Entity<Order> = Entity {
    code: "ORDER",
    fields: &[FIELDS, OF_STORE],
    kind: Some(OrderKind::Order),
    own: |order| &order.fields,
};

type Line = Field<Order>;

const FIELDS: &[Line] = &[
    Line::new(
        "ID",
        "id",
        Kind::Integer,
        "ID",
        Get::With(|order, _| Cell::Integer(order.id.0)),
        Place::At(&["id"]),
    )
    .read_only(),
    Line::new(
        "TITLE",
        "title",
        Kind::Text,
        "Title",
        Get::With(|order, _| Cell::text(&order.title)),
        Place::At(&["title"]),
    ),
    Line::own("TYPE_ID", "typeId", Kind::Status("DEAL_TYPE"), "Type", "type"),
    Line::new("CATEGORY_ID", "categoryId", Kind::Category, "Sales funnel", Get::With(category), CATEGORY)
        .immutable(),
    Line::new("STAGE_ID", "stageId", Kind::Status("DEAL_STAGE"), "Deal stage", Get::With(stage), STAGE),
    Line::new(
        "STAGE_SEMANTIC_ID",
        "stageSemanticId",
        Kind::Text,
        "Stage group",
        Get::With(semantics),
        SEMANTICS,
    )
    .read_only(),
    Line::new("IS_NEW", "isNew", Kind::Flag, "New deal", Get::With(is_new), Place::When(new)).read_only(),
    Line::own("IS_RECURRING", "isRecurring", Kind::Flag, "Recurring deal", "recurring"),
    Line::own("IS_RETURN_CUSTOMER", "isReturnCustomer", Kind::Flag, "Repeat deal", "return-customer"),
    Line::own(
        "IS_REPEATED_APPROACH",
        "isRepeatedApproach",
        Kind::Flag,
        "Repeat inquiry",
        "repeated-approach",
    ),
    Line::own("PROBABILITY", "probability", Kind::Integer, "Probability", "probability"),
    Line::new(
        "CURRENCY_ID",
        "currencyId",
        Kind::Currency,
        "Currency",
        Get::With(|order, _| Cell::text(order.total.currency.as_str())),
        Place::At(&["total", "currency"]),
    ),
    Line::new(
        "OPPORTUNITY",
        "opportunity",
        Kind::Double,
        "Amount",
        Get::With(|order, _| Cell::Money(order.total)),
        Place::At(&["total", "amount"]),
    ),
    Line::new(
        "IS_MANUAL_OPPORTUNITY",
        "isManualOpportunity",
        Kind::Flag,
        "Manual amount",
        Get::With(|order, _| Cell::Flag(order.total_by == TotalBy::HandAlways)),
        Place::When(|_| find::Field::text(["total_by"]).is(Test::Equal("hand-always".into()))),
    ),
    Line::new("TAX_VALUE", "taxValue", Kind::Double, "Tax rate", Get::With(tax), Place::Own("tax-value")),
    Line::never("LEAD_ID", "leadId", Kind::Lead, "Lead"),
    Line::new(
        "COMPANY_ID",
        "companyId",
        Kind::Company,
        "Company",
        Get::With(|order, _| Cell::id(order.company.map(|client| client.0))),
        Place::At(&["company"]),
    ),
    Line::new(
        "CONTACT_ID",
        "contactId",
        Kind::Contact,
        "Contact",
        Get::With(|order, _| Cell::id(order.contacts.first().map(|client| client.0))),
        Place::At(&["contacts"]),
    ),
    Line::new(
        "CONTACT_IDS",
        "contactIds",
        Kind::Contact,
        "Contacts",
        Get::With(contacts),
        Place::At(&["contacts"]),
    )
    .multiple()
    .no_classic_row(),
    Line::never("QUOTE_ID", "quoteId", Kind::Quote, "Estimate"),
    Line::own("BEGINDATE", "begindate", Kind::Date, "Start date", "begin-date"),
    Line::own("CLOSEDATE", "closedate", Kind::Date, "Expected close date", "close-date"),
    Line::own("OPENED", "opened", Kind::Flag, "Available to everyone", "opened"),
    Line::new("CLOSED", "closed", Kind::Flag, "Closed", Get::With(closed), CLOSED).read_only(),
    Line::new(
        "COMMENTS",
        "comments",
        Kind::Text,
        "Comment",
        Get::With(|order, _| match order.comments.as_str() {
            "" => Cell::Null,
            comments => Cell::text(comments),
        }),
        Place::At(&["comments"]),
    ),
    Line::new(
        "ASSIGNED_BY_ID",
        "assignedById",
        Kind::User,
        "Responsible",
        Get::With(|order, _| Cell::id(order.responsible.map(|employee| employee.0))),
        Place::At(&["responsible"]),
    ),
    Line::new(
        "CREATED_BY_ID",
        "createdBy",
        Kind::User,
        "Created by",
        Get::With(created_by),
        Place::At(&["created_by"]),
    )
    .read_only(),
    Line::new(
        "MODIFY_BY_ID",
        "updatedBy",
        Kind::User,
        "Modified by",
        Get::With(updated_by),
        Place::At(&["updated_by"]),
    )
    .read_only(),
    Line::new(
        "MOVED_BY_ID",
        "movedBy",
        Kind::User,
        "Moved by",
        Get::With(moved_by),
        Place::At(&["moved_by"]),
    )
    .read_only(),
    Line::new(
        "DATE_CREATE",
        "createdTime",
        Kind::DateTime,
        "Created on",
        Get::With(|order, _| Cell::At(order.created)),
        Place::At(&["created"]),
    )
    .read_only(),
    Line::new(
        "DATE_MODIFY",
        "updatedTime",
        Kind::DateTime,
        "Modified on",
        Get::With(|order, _| Cell::At(order.updated)),
        Place::At(&["updated"]),
    )
    .read_only(),
    Line::new(
        "MOVED_TIME",
        "movedTime",
        Kind::DateTime,
        "Moved on",
        Get::With(|order, _| Cell::At(order.moved.unwrap_or(order.created))),
        Place::At(&["moved"]),
    )
    .read_only(),
    Line::own(
        "SOURCE_DESCRIPTION",
        "sourceDescription",
        Kind::Text,
        "Source information",
        "source-description",
    ),
    Line::new(
        "SOURCE_ID",
        "sourceId",
        Kind::Status("SOURCE"),
        "Source",
        Get::With(|order, _| Cell::maybe(order.source.as_deref())),
        Place::At(&["source"]),
    ),
    Line::own("ADDITIONAL_INFO", "additionalInfo", Kind::Text, "Additional information", "additional-info"),
    Line::own("LOCATION_ID", "locationId", Kind::Location, "Location", "location-id"),
    Line::own("ORIGINATOR_ID", "originatorId", Kind::Text, "External source", "originator-id"),
    Line::own("ORIGIN_ID", "originId", Kind::Text, "Item ID in the external source", "origin-id"),
    Line::new(
        "LAST_ACTIVITY_TIME",
        "lastActivityTime",
        Kind::DateTime,
        "Last activity on",
        Get::With(|order, _| Cell::At(order.updated)),
        Place::At(&["updated"]),
    )
    .read_only(),
    Line::new(
        "LAST_ACTIVITY_BY",
        "lastActivityBy",
        Kind::User,
        "Last activity by",
        Get::With(updated_by),
        Place::At(&["updated_by"]),
    )
    .read_only(),
    Line::own("UTM_SOURCE", "utmSource", Kind::Text, "UTM source", "utm-source"),
    Line::own("UTM_MEDIUM", "utmMedium", Kind::Text, "UTM medium", "utm-medium"),
    Line::own("UTM_CAMPAIGN", "utmCampaign", Kind::Text, "UTM campaign", "utm-campaign"),
    Line::own("UTM_CONTENT", "utmContent", Kind::Text, "UTM content", "utm-content"),
    Line::own("UTM_TERM", "utmTerm", Kind::Text, "UTM term", "utm-term"),
    Line::own("XML_ID", "xmlId", Kind::Text, "External code", "xml-id").only(Style::Universal),
    Line::never("PRODUCT_ID", "productId", Kind::Integer, "Product").only(Style::Universal),
    Line::never("WEBFORM_ID", "webformId", Kind::Integer, "Created by a form").only(Style::Universal),
];

/// What only a store's order has.
const OF_STORE: &[Line] = &[
    Line::new(
        "ACCOUNT_NUMBER",
        "accountNumber",
        Kind::Text,
        "Number",
        Get::With(|order, _| Cell::text(&order.number)),
        Place::At(&["number"]),
    )
    .read_only(),
    Line::new(
        "CANCELED",
        "canceled",
        Kind::Flag,
        "Canceled",
        Get::With(|order, _| Cell::Flag(order.canceled)),
        Place::At(&["canceled"]),
    )
    .read_only(),
    Line::new(
        "PAYED",
        "payed",
        Kind::Flag,
        "Paid",
        Get::With(|order, _| Cell::Flag(order.is_paid())),
        Place::Nowhere,
    )
    .read_only(),
    Line::new(
        "SUM_PAID",
        "sumPaid",
        Kind::Double,
        "Amount paid",
        Get::With(|order, _| Cell::Money(order.paid)),
        Place::At(&["paid", "amount"]),
    )
    .read_only(),
];

const CATEGORY: Place = Place::Stage(|pipeline, _| funnel::number(pipeline).to_string(), &["pipeline"]);
const STAGE: Place = Place::Stage(|pipeline, stage| funnel::stage_code(pipeline, &stage.id.0), &["stage"]);
const SEMANTICS: Place = Place::Stage(|_, stage| funnel::semantics(stage.kind).to_owned(), &["stage"]);
const CLOSED: Place = Place::Stage(|_, stage| yes(stage.kind != StageKind::Open), &["stage"]);

fn yes(flag: bool) -> String {
    (if flag { "Y" } else { "N" }).to_owned()
}

fn category(order: &Order, scene: &Scene) -> Cell {
    scene
        .config
        .pipelines
        .get(&order.pipeline)
        .map_or(Cell::Null, |pipeline| Cell::Integer(funnel::number(pipeline)))
}

/// Its id alone where its pipeline is gone.
pub(crate) fn stage_code(order: &Order, scene: &Scene) -> String {
    match scene.config.pipelines.get(&order.pipeline) {
        Some(pipeline) => funnel::stage_code(pipeline, &order.stage.0),
        None => order.stage.0.clone(),
    }
}

fn stage(order: &Order, scene: &Scene) -> Cell {
    Cell::Text(stage_code(order, scene))
}

fn semantics(order: &Order, scene: &Scene) -> Cell {
    scene.config.stage_kind(order).map_or(Cell::Null, |kind| Cell::text(funnel::semantics(kind)))
}

fn closed(order: &Order, scene: &Scene) -> Cell {
    Cell::Flag(scene.config.stage_kind(order).is_some_and(|kind| kind != StageKind::Open))
}

/// Still where it began, and that is where deals begin.
fn is_new(order: &Order, scene: &Scene) -> Cell {
    let pipeline = scene.config.pipelines.get(&order.pipeline);
    let first = pipeline.and_then(|pipeline| pipeline.position(&order.stage)) == Some(0);
    Cell::Flag(first && order.moved.is_none())
}

fn new(scene: &Scene) -> find::Filter {
    let first = scene.config.pipelines.values().filter_map(|pipeline| {
        let first = pipeline.stages.first()?;
        Some(find::Filter::All(vec![
            find::Field::text(["pipeline"]).is(Test::Equal(pipeline.id.0.as_str().into())),
            find::Field::text(["stage"]).is(Test::Equal(first.id.0.as_str().into())),
        ]))
    });
    let never = find::Field::text(["moved"]).is(Test::Equal(Scalar::Null));
    find::Filter::All(vec![never, find::Filter::Any(first.collect())])
}

fn tax(order: &Order, _: &Scene) -> Cell {
    let said = order.fields.get("tax-value").and_then(crate::scalar::text);
    let money = said.and_then(|said| rulewright_domain::Money::parse(&said, order.total.currency).ok());
    Cell::Money(money.unwrap_or_else(|| rulewright_domain::Money::zero(order.total.currency)))
}

fn contacts(order: &Order, _: &Scene) -> Cell {
    Cell::Ready(json!(order.contacts.iter().map(|client| client.0).collect::<Vec<_>>()))
}

fn created_by(order: &Order, _: &Scene) -> Cell {
    Cell::id(order.created_by.map(|employee| employee.0))
}

fn updated_by(order: &Order, _: &Scene) -> Cell {
    Cell::id(order.updated_by.map(|employee| employee.0))
}

fn moved_by(order: &Order, _: &Scene) -> Cell {
    Cell::id(order.moved_by.or(order.created_by).map(|employee| employee.0))
}
