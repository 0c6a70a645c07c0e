//! Where the derived schemas say something else than what is read and written.

use std::collections::BTreeMap;

use utoipa::{
    Modify,
    openapi::{
        RefOr, Schema,
        schema::{AdditionalProperties, ArrayItems},
    },
};

pub struct Shapes;

impl Modify for Shapes {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let schemas = &mut document.components.get_or_insert_default().schemas;
        let before = schemas.clone();
        schemas.values_mut().for_each(|schema| mend(schema, &before));
    }
}

fn mend(schema: &mut RefOr<Schema>, before: &BTreeMap<String, RefOr<Schema>>) {
    let RefOr::T(schema) = schema else { return };
    let each = |items: &mut Vec<RefOr<Schema>>| items.iter_mut().for_each(|one| mend(one, before));
    match schema {
        Schema::Array(array) => {
            // What is said twice in a set counts once, and is no mistake.
            array.unique_items = false;
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                mend(items, before);
            }
        }
        Schema::Object(object) => {
            object.properties.values_mut().for_each(|one| mend(one, before));
            if let Some(AdditionalProperties::RefOr(values)) = object.additional_properties.as_deref_mut() {
                mend(values, before);
            }
        }
        Schema::AllOf(all) => {
            all.items.iter_mut().for_each(|part| opened(part, before));
            each(&mut all.items);
        }
        Schema::OneOf(one) => each(&mut one.items),
        Schema::AnyOf(any) => each(&mut any.items),
        _ => {}
    }
}

/// A shape that takes no other key, put together with more keys, would be one that nothing fits.
fn opened(part: &mut RefOr<Schema>, schemas: &BTreeMap<String, RefOr<Schema>>) {
    let RefOr::Ref(target) = &*part else { return };
    let name = target.ref_location.rsplit('/').next().unwrap_or_default();
    let Some(RefOr::T(Schema::Object(object))) = schemas.get(name) else { return };
    if object.additional_properties.as_deref() == Some(&AdditionalProperties::FreeForm(false)) {
        let mut object = object.clone();
        object.additional_properties = None;
        *part = RefOr::T(Schema::Object(object));
    }
}
