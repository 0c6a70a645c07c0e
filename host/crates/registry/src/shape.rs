//! Types and functions of WIT written as text, so that two of them can be compared and the difference shown.
//!
//! Named types are written by name and compared where they are defined; aliases are followed, because a binary
//! may or may not keep them.

use wit_parser::{Function, Handle, Resolve, Type, TypeDefKind, TypeId, TypeOwner};

/// `(id: string) -> result<_, rulewright:types/errors.host-error>`
pub fn function(resolve: &Resolve, function: &Function) -> String {
    let params: Vec<String> =
        function.params.iter().map(|p| format!("{}: {}", p.name, ty(resolve, p.ty))).collect();
    let result = function.result.map(|t| format!(" -> {}", ty(resolve, t))).unwrap_or_default();
    let asynchronous = if function.kind.is_async() { "async " } else { "" };
    format!("{asynchronous}func({}){result}", params.join(", "))
}

/// What a named type is, e.g. `record { code: string, message: string }`.
pub fn definition(resolve: &Resolve, id: TypeId) -> String {
    kind(resolve, &resolve.types[id].kind)
}

fn ty(resolve: &Resolve, ty: Type) -> String {
    let Type::Id(id) = ty else {
        return format!("{ty:?}").to_lowercase();
    };
    let def = &resolve.types[id];
    match (&def.kind, &def.name) {
        (TypeDefKind::Type(target), _) => self::ty(resolve, *target),
        (_, Some(name)) => format!("{}{name}", owner(resolve, def.owner)),
        (anonymous, None) => kind(resolve, anonymous),
    }
}

fn owner(resolve: &Resolve, owner: TypeOwner) -> String {
    let TypeOwner::Interface(id) = owner else {
        return String::new();
    };
    let interface = &resolve.interfaces[id];
    let package = interface.package.map(|id| &resolve.packages[id].name);
    // Without the version: a patch release of a package is the same type.
    let package = package.map(|p| format!("{}:{}/", p.namespace, p.name)).unwrap_or_default();
    format!("{package}{}.", interface.name.as_deref().unwrap_or("?"))
}

fn kind(resolve: &Resolve, kind: &TypeDefKind) -> String {
    let of = |t: &Type| ty(resolve, *t);
    let maybe = |t: &Option<Type>| t.as_ref().map_or("_".into(), of);
    let list = |items: Vec<String>| items.join(", ");
    match kind {
        TypeDefKind::Record(record) => {
            let fields = record.fields.iter().map(|f| format!("{}: {}", f.name, of(&f.ty)));
            format!("record {{ {} }}", list(fields.collect()))
        }
        TypeDefKind::Variant(variant) => {
            let cases = variant.cases.iter().map(|case| match &case.ty {
                Some(t) => format!("{}({})", case.name, of(t)),
                None => case.name.clone(),
            });
            format!("variant {{ {} }}", list(cases.collect()))
        }
        TypeDefKind::Enum(e) => {
            format!("enum {{ {} }}", list(e.cases.iter().map(|c| c.name.clone()).collect()))
        }
        TypeDefKind::Flags(f) => {
            format!("flags {{ {} }}", list(f.flags.iter().map(|f| f.name.clone()).collect()))
        }
        TypeDefKind::Tuple(t) => format!("tuple<{}>", list(t.types.iter().map(of).collect())),
        TypeDefKind::Option(t) => format!("option<{}>", of(t)),
        TypeDefKind::Result(r) => match (&r.ok, &r.err) {
            (None, None) => "result".into(),
            (ok, None) => format!("result<{}>", maybe(ok)),
            (ok, err) => format!("result<{}, {}>", maybe(ok), maybe(err)),
        },
        TypeDefKind::List(t) => format!("list<{}>", of(t)),
        TypeDefKind::FixedLengthList(t, length) => format!("list<{}, {length}>", of(t)),
        TypeDefKind::Map(k, v) => format!("map<{}, {}>", of(k), of(v)),
        TypeDefKind::Future(t) => format!("future<{}>", maybe(t)),
        TypeDefKind::Stream(t) => format!("stream<{}>", maybe(t)),
        TypeDefKind::Handle(Handle::Own(id)) => format!("own<{}>", of(&Type::Id(*id))),
        TypeDefKind::Handle(Handle::Borrow(id)) => format!("borrow<{}>", of(&Type::Id(*id))),
        TypeDefKind::Type(t) => of(t),
        TypeDefKind::Resource => "resource".into(),
        TypeDefKind::Unknown => "unknown".into(),
    }
}
