//! Contacts and companies: what of a client has which name.

use rulewright_domain::{
    Client, ContactPoint, Fields,
    find::{self, Filter, Test},
};

use crate::{
    entity::{Entity, Field, Get, Kind, Place, Scene, Style, cell::Cell},
    multifield, scalar,
};

pub(crate) const CONTACT: i64 = 3;
pub(crate) const COMPANY: i64 = 4;

pub(crate) static CONTACTS: Entity<Client> =
    Entity { code: "CRM_CONTACT", fields: &[BOTH, CONTACT_ONLY, ADDRESS, MULTIFIELDS], kind: None, own };

pub(crate) static COMPANIES: Entity<Client> = Entity {
    code: "CRM_COMPANY",
    fields: &[BOTH, COMPANY_ONLY, ADDRESS, LEGAL_ADDRESS, MULTIFIELDS],
    kind: None,
    own,
};

fn own(client: &Client) -> &Fields {
    &client.fields
}

type Line = Field<Client>;

const BOTH: &[Line] = &[
    Line::new(
        "ID",
        "id",
        Kind::Integer,
        "ID",
        Get::With(|client, _| Cell::Integer(client.id.0)),
        Place::At(&["id"]),
    )
    .read_only(),
    Line::new(
        "ASSIGNED_BY_ID",
        "assignedById",
        Kind::User,
        "Responsible person",
        Get::With(|client, _| Cell::id(client.responsible.map(|id| id.0))),
        Place::At(&["responsible"]),
    ),
    Line::new(
        "CREATED_BY_ID",
        "createdBy",
        Kind::User,
        "Created by",
        Get::With(|client, _| Cell::id(client.created_by.map(|id| id.0))),
        Place::At(&["created_by"]),
    )
    .read_only(),
    Line::new(
        "MODIFY_BY_ID",
        "updatedBy",
        Kind::User,
        "Modified by",
        Get::With(|client, _| Cell::id(client.updated_by.map(|id| id.0))),
        Place::At(&["updated_by"]),
    )
    .read_only(),
    Line::new(
        "DATE_CREATE",
        "createdTime",
        Kind::DateTime,
        "Created on",
        Get::With(|client, _| Cell::at(client.created)),
        Place::At(&["created"]),
    )
    .read_only(),
    Line::new(
        "DATE_MODIFY",
        "updatedTime",
        Kind::DateTime,
        "Modified on",
        Get::With(|client, _| Cell::at(client.updated)),
        Place::At(&["updated"]),
    )
    .read_only(),
    Line::new(
        "LAST_ACTIVITY_TIME",
        "lastActivityTime",
        Kind::DateTime,
        "Last activity",
        Get::With(|client, _| Cell::at(client.updated)),
        Place::At(&["updated"]),
    )
    .read_only(),
    Line::new(
        "LAST_ACTIVITY_BY",
        "lastActivityBy",
        Kind::User,
        "Last activity by",
        Get::With(|client, _| Cell::id(client.updated_by.map(|id| id.0))),
        Place::At(&["updated_by"]),
    )
    .read_only(),
    Line::new(
        "OPENED",
        "opened",
        Kind::Flag,
        "Available to everyone",
        Get::With(|client, _| usually(client, "opened")),
        Place::When(|_| unless("opened")),
    ),
    Line::new(
        "HAS_PHONE",
        "hasPhone",
        Kind::Flag,
        "Phone is entered",
        Get::With(|client, _| Cell::Flag(!client.phones.is_empty())),
        Place::When(|_| any("phones")),
    )
    .read_only(),
    Line::new(
        "HAS_EMAIL",
        "hasEmail",
        Kind::Flag,
        "E-mail is entered",
        Get::With(|client, _| Cell::Flag(!client.emails.is_empty())),
        Place::When(|_| any("emails")),
    )
    .read_only(),
    Line::new(
        "HAS_IMOL",
        "hasImol",
        Kind::Flag,
        "Open channel is known",
        Get::With(|client, _| Cell::Flag(!client.chats.is_empty())),
        Place::When(|_| Filter::Not(Box::new(find::Field::text(["chats", "peer"]).is(Test::Missing)))),
    )
    .read_only(),
    Line::never("LEAD_ID", "leadId", Kind::Lead, "Lead"),
    Line::own("COMMENTS", "comments", Kind::Text, "Comment", "comments"),
    Line::own("ORIGINATOR_ID", "originatorId", Kind::Text, "External source", "originator-id"),
    Line::own("ORIGIN_ID", "originId", Kind::Text, "Item ID in the external source", "origin-id"),
    Line::own("ORIGIN_VERSION", "originVersion", Kind::Text, "Original version", "origin-version"),
    Line::own("UTM_SOURCE", "utmSource", Kind::Text, "Ad system", "utm-source"),
    Line::own("UTM_MEDIUM", "utmMedium", Kind::Text, "Traffic type", "utm-medium"),
    Line::own("UTM_CAMPAIGN", "utmCampaign", Kind::Text, "Ad campaign", "utm-campaign"),
    Line::own("UTM_CONTENT", "utmContent", Kind::Text, "Campaign content", "utm-content"),
    Line::own("UTM_TERM", "utmTerm", Kind::Text, "Campaign search term", "utm-term"),
];

const CONTACT_ONLY: &[Line] = &[
    Line::own("HONORIFIC", "honorific", Kind::Status("HONORIFIC"), "Salutation", "honorific"),
    Line::new(
        "NAME",
        "name",
        Kind::Text,
        "First name",
        Get::With(|client, _| part(&client.names.given)),
        Place::At(&["names", "given"]),
    )
    .required(),
    Line::new(
        "SECOND_NAME",
        "secondName",
        Kind::Text,
        "Second name",
        Get::With(|client, _| part(&client.names.middle)),
        Place::At(&["names", "middle"]),
    ),
    Line::new(
        "LAST_NAME",
        "lastName",
        Kind::Text,
        "Last name",
        Get::With(|client, _| part(&client.names.family)),
        Place::At(&["names", "family"]),
    )
    .required(),
    Line::new(
        "FULL_NAME",
        "fullName",
        Kind::Text,
        "Full name",
        Get::With(|client, _| Cell::text(&client.name)),
        Place::At(&["name"]),
    )
    .read_only()
    .only(Style::Universal),
    Line::new(
        "COMPANY_ID",
        "companyId",
        Kind::Company,
        "Company",
        Get::With(|client, _| Cell::id(client.companies.first().map(|one| one.company.0))),
        Place::At(&["companies", "company"]),
    ),
    Line::new(
        "COMPANY_IDS",
        "companyIds",
        Kind::Company,
        "Companies",
        Get::With(|client, _| Cell::Ids(client.companies.iter().map(|one| one.company.0).collect())),
        Place::At(&["companies", "company"]),
    )
    .multiple()
    .no_classic_row(),
    Line::new(
        "CATEGORY_ID",
        "categoryId",
        Kind::Category,
        "Category",
        Get::With(|_, _| Cell::Integer(0)),
        Place::Nowhere,
    )
    .immutable()
    .only(Style::Universal),
    Line::own("TYPE_ID", "typeId", Kind::Status("CONTACT_TYPE"), "Contact type", "type"),
    Line::own("SOURCE_ID", "sourceId", Kind::Status("SOURCE"), "Source", "source"),
    Line::own(
        "SOURCE_DESCRIPTION",
        "sourceDescription",
        Kind::Text,
        "Source information",
        "source-description",
    ),
    Line::own("POST", "post", Kind::Text, "Position", "post"),
    Line::own("BIRTHDATE", "birthdate", Kind::Date, "Date of birth", "birthdate"),
    Line::never("PHOTO", "photo", Kind::File, "Photo"),
    Line::new(
        "EXPORT",
        "export",
        Kind::Flag,
        "Included in export",
        Get::With(|client, _| usually(client, "export")),
        Place::When(|_| unless("export")),
    ),
    Line::never("FACE_ID", "faceId", Kind::Integer, "Face"),
];

const COMPANY_ONLY: &[Line] = &[
    Line::new(
        "TITLE",
        "title",
        Kind::Text,
        "Company name",
        Get::With(|client, _| Cell::text(&client.name)),
        Place::At(&["name"]),
    )
    .required(),
    Line::new(
        "CATEGORY_ID",
        "categoryId",
        Kind::Category,
        "Category",
        Get::With(|_, _| Cell::Integer(0)),
        Place::Nowhere,
    )
    .immutable()
    .only(Style::Universal),
    Line::own("COMPANY_TYPE", "typeId", Kind::Status("COMPANY_TYPE"), "Company type", "type"),
    Line::own("INDUSTRY", "industry", Kind::Status("INDUSTRY"), "Industry", "industry"),
    Line::own("EMPLOYEES", "employees", Kind::Status("EMPLOYEES"), "Employees", "employees"),
    Line::own("CURRENCY_ID", "currencyId", Kind::Currency, "Currency", "currency"),
    Line::new(
        "REVENUE",
        "revenue",
        Kind::Double,
        "Annual revenue",
        Get::With(|client, _| {
            Cell::Double(client.fields.get("revenue").and_then(scalar::number).unwrap_or_default())
        }),
        Place::Own("revenue"),
    ),
    Line::never("LOGO", "logo", Kind::File, "Logo"),
    Line::own("BANKING_DETAILS", "bankingDetails", Kind::Text, "Payment details", "banking-details"),
    Line::own("IS_MY_COMPANY", "isMyCompany", Kind::Flag, "My company", "my-company"),
    Line::never("LAST_COMMUNICATION_TIME", "lastCommunicationTime", Kind::DateTime, "Last communication"),
    // Whom the company gets as a contact; the contacts of one are asked for by their COMPANY_ID.
    Line::new("CONTACT_ID", "contactIds", Kind::Contact, "Contact", Get::Never, Place::Nowhere)
        .multiple()
        .no_classic_row()
        .only(Style::Classic),
];

const ADDRESS: &[Line] = &[
    Line::own("ADDRESS", "address", Kind::Text, "Address", "address"),
    Line::own("ADDRESS_2", "address2", Kind::Text, "Address (line 2)", "address-2"),
    Line::own("ADDRESS_CITY", "addressCity", Kind::Text, "City", "address-city"),
    Line::own("ADDRESS_POSTAL_CODE", "addressPostalCode", Kind::Text, "Postal code", "address-postal-code"),
    Line::own("ADDRESS_REGION", "addressRegion", Kind::Text, "Region", "address-region"),
    Line::own("ADDRESS_PROVINCE", "addressProvince", Kind::Text, "State / province", "address-province"),
    Line::own("ADDRESS_COUNTRY", "addressCountry", Kind::Text, "Country", "address-country"),
    Line::own(
        "ADDRESS_COUNTRY_CODE",
        "addressCountryCode",
        Kind::Text,
        "Country code",
        "address-country-code",
    ),
    Line::own("ADDRESS_LOC_ADDR_ID", "addressLocAddrId", Kind::Integer, "Location", "address-location"),
];

const LEGAL_ADDRESS: &[Line] = &[
    Line::own("ADDRESS_LEGAL", "addressLegal", Kind::Text, "Legal address", "legal-address-whole"),
    Line::own("REG_ADDRESS", "regAddress", Kind::Text, "Legal address", "legal-address"),
    Line::own("REG_ADDRESS_2", "regAddress2", Kind::Text, "Legal address (line 2)", "legal-address-2"),
    Line::own(
        "REG_ADDRESS_CITY",
        "regAddressCity",
        Kind::Text,
        "City of the legal address",
        "legal-address-city",
    ),
    Line::own(
        "REG_ADDRESS_POSTAL_CODE",
        "regAddressPostalCode",
        Kind::Text,
        "Postal code of the legal address",
        "legal-address-postal-code",
    ),
    Line::own(
        "REG_ADDRESS_REGION",
        "regAddressRegion",
        Kind::Text,
        "Region of the legal address",
        "legal-address-region",
    ),
    Line::own(
        "REG_ADDRESS_PROVINCE",
        "regAddressProvince",
        Kind::Text,
        "State / province of the legal address",
        "legal-address-province",
    ),
    Line::own(
        "REG_ADDRESS_COUNTRY",
        "regAddressCountry",
        Kind::Text,
        "Country of the legal address",
        "legal-address-country",
    ),
    Line::own(
        "REG_ADDRESS_COUNTRY_CODE",
        "regAddressCountryCode",
        Kind::Text,
        "Country code of the legal address",
        "legal-address-country-code",
    ),
    Line::own(
        "REG_ADDRESS_LOC_ADDR_ID",
        "regAddressLocAddrId",
        Kind::Integer,
        "Location of the legal address",
        "legal-address-location",
    ),
];

const MULTIFIELDS: &[Line] = &[
    multifield("PHONE", "Phone", |client, _| points(client, "PHONE"), &["phones", "value"]),
    multifield("EMAIL", "E-mail", |client, _| points(client, "EMAIL"), &["emails", "value"]),
    multifield("WEB", "Website", |client, _| points(client, "WEB"), &["websites", "value"]),
    multifield("IM", "Messenger", |client, _| points(client, "IM"), &["messengers", "value"]),
    multifield("LINK", "Link", |client, _| points(client, "LINK"), &["links", "value"]),
    Line::new(
        "PHONE",
        "phone",
        Kind::Text,
        "Phone",
        Get::With(|client, _| first(&client.phones)),
        Place::At(&["phones", "value"]),
    )
    .read_only()
    .only(Style::Universal),
    Line::new(
        "EMAIL",
        "email",
        Kind::Text,
        "E-mail",
        Get::With(|client, _| first(&client.emails)),
        Place::At(&["emails", "value"]),
    )
    .read_only()
    .only(Style::Universal),
    Line::new(
        "FM",
        "fm",
        Kind::Multifield,
        "Multifields",
        Get::With(|client, _| Cell::Ready(multifield::universal(client))),
        Place::Nowhere,
    )
    .multiple()
    .only(Style::Universal),
];

const fn multifield(
    name: &'static str,
    title: &'static str,
    get: fn(&Client, &Scene) -> Cell,
    path: &'static [&'static str],
) -> Line {
    Line::new(name, name, Kind::Multifield, title, Get::With(get), Place::At(path))
        .multiple()
        .by_name()
        .only(Style::Classic)
}

fn points(client: &Client, name: &str) -> Cell {
    Cell::Ready(multifield::classic(client, name))
}

fn first(points: &[ContactPoint]) -> Cell {
    Cell::text(points.first().map(|point| point.value.as_str()).unwrap_or_default())
}

fn part(name: &str) -> Cell {
    Cell::maybe(Some(name).filter(|name| !name.is_empty()))
}

/// A flag that is set unless somebody has said otherwise.
fn usually(client: &Client, own: &str) -> Cell {
    Cell::Flag(client.fields.get(own).and_then(scalar::flag).unwrap_or(true))
}

fn unless(own: &str) -> Filter {
    Filter::Not(Box::new(find::Field::flag(["fields", own]).is(Test::Equal(false.into()))))
}

fn any(list: &str) -> Filter {
    Filter::Not(Box::new(find::Field::text([list, "value"]).is(Test::Missing)))
}
