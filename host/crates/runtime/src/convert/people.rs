use rulewright_domain::{Client, ClientKind, ContactPoint, Employee};

use super::value::{attr, to_value};
use crate::bindings::{clients, employees, values::Value};

pub(crate) fn client(client: &Client) -> clients::Client {
    let points = |points: &[ContactPoint]| {
        let one = |point: &ContactPoint| clients::ContactPoint {
            kind: point.kind.clone(),
            value: point.value.clone(),
        };
        points.iter().map(one).collect()
    };
    let mut attrs: Vec<_> = client.fields.iter().map(|(key, value)| attr(key, to_value(value))).collect();
    if !client.unsubscribed.is_empty() {
        attrs.push(attr("unsubscribed", Value::Texts(client.unsubscribed.iter().cloned().collect())));
    }
    clients::Client {
        id: client.id.to_string(),
        kind: match client.kind {
            ClientKind::Contact => "contact".to_owned(),
            ClientKind::Company => "company".to_owned(),
        },
        name: client.name.clone(),
        phones: points(&client.phones),
        emails: points(&client.emails),
        locale: client.locale.clone(),
        time_zone: client.time_zone.clone(),
        attrs,
    }
}

pub(crate) fn employee(employee: &Employee) -> employees::Employee {
    employees::Employee {
        id: employee.id.to_string(),
        name: employee.name.clone(),
        phone: employee.phone.clone(),
        email: employee.email.clone(),
        position: employee.position.clone(),
        head: employee.head.map(|id| id.to_string()),
        absent: employee.absent,
        working: employee.working,
        attrs: employee
            .work_phone
            .iter()
            .map(|phone| attr("work-phone", Value::Text(phone.clone())))
            .collect(),
    }
}
