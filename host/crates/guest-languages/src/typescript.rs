//! `guest-sdk/js/src/host.d.ts`: the contract as TypeScript sees it, written from `wit/`.
//!
//! By ourselves: the usual generator describes another engine, where 64-bit numbers are `bigint` and what is absent is
//! `undefined`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use wit_parser::{Docs, Function, FunctionKind, InterfaceId, Resolve, Type, TypeDefKind, TypeId, TypeOwner};

const HEAD: &str = "// Written from wit/ by a test of rulewright-guest-languages; do not edit.\n\
    // A function that refuses throws an Error, whose `payload` is what stands behind `@throws`. 64-bit numbers are exact\n\
    // up to 2^53.\n";

pub fn declarations(resolve: &Resolve) -> String {
    let mut text = HEAD.to_owned();
    for (name, package) in &resolve.package_names {
        for (interface, id) in &resolve.packages[*package].interfaces {
            let version = name.version.as_ref().map(|version| format!("@{version}")).unwrap_or_default();
            let body = Module { resolve, id: *id, uses: BTreeMap::new() }.write();
            let _ = write!(
                text,
                "\ndeclare module \"{}:{}/{interface}{version}\" {{\n{body}}}\n",
                name.namespace, name.name
            );
        }
    }
    text
}

struct Module<'a> {
    resolve: &'a Resolve,
    id: InterfaceId,
    /// Types of other interfaces, by module.
    uses: BTreeMap<String, BTreeSet<String>>,
}

impl Module<'_> {
    fn write(mut self) -> String {
        let interface = &self.resolve.interfaces[self.id];
        let mut body = String::new();
        for id in interface.types.values() {
            self.definition(*id, &mut body);
        }
        let free =
            interface.functions.values().filter(|function| function.kind == FunctionKind::Freestanding);
        for function in free {
            docs(&function.docs, "  ", self.throws(function), &mut body);
            let name = camel(&function.name);
            let signature = self.signature(function);
            // A word of the language is no name for a function, but one to export it under.
            let _ = match name.as_str() {
                "delete" => {
                    writeln!(body, "  function {name}_{signature};\n  export {{ {name}_ as {name} }};")
                }
                _ => writeln!(body, "  export function {name}{signature};"),
            };
        }
        let imports = self.uses.iter().map(|(module, names)| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            format!("  import type {{ {} }} from \"{module}\";\n", names.join(", "))
        });
        imports.collect::<String>() + &body
    }

    fn definition(&mut self, id: TypeId, out: &mut String) {
        let def = &self.resolve.types[id];
        let name = pascal(def.name.as_deref().unwrap_or_default());
        if let TypeDefKind::Type(Type::Id(of)) = &def.kind
            && self.resolve.types[*of].owner != def.owner
        {
            // `use` of another interface: for whoever imports it from here.
            let original = self.name(*of);
            if original != name {
                let _ = writeln!(out, "  export type {name} = {original};");
            } else {
                let _ = writeln!(out, "  export type {{ {name} }};");
            }
            return;
        }
        docs(&def.docs, "  ", None, out);
        let _ = match &def.kind {
            TypeDefKind::Record(record) => {
                let _ = writeln!(out, "  export interface {name} {{");
                for field in &record.fields {
                    docs(&field.docs, "    ", None, out);
                    let ty = self.ty(&field.ty);
                    let _ = writeln!(out, "    {}: {ty};", camel(&field.name));
                }
                writeln!(out, "  }}")
            }
            TypeDefKind::Variant(variant) => {
                let _ = writeln!(out, "  export type {name} =");
                for case in &variant.cases {
                    docs(&case.docs, "    ", None, out);
                    let val =
                        case.ty.as_ref().map(|ty| format!(", val: {}", self.ty(ty))).unwrap_or_default();
                    let _ = writeln!(out, "    | {{ tag: \"{}\"{val} }}", case.name);
                }
                writeln!(out, "  ;")
            }
            TypeDefKind::Enum(of) => {
                let cases: Vec<String> = of.cases.iter().map(|case| format!("\"{}\"", case.name)).collect();
                writeln!(out, "  export type {name} = {};", cases.join(" | "))
            }
            TypeDefKind::Resource => {
                let _ = writeln!(out, "  export class {name} {{\n    private constructor();");
                for function in self.resolve.interfaces[self.id].functions.values() {
                    if function.kind == FunctionKind::Method(id) {
                        docs(&function.docs, "    ", self.throws(function), out);
                        let signature = self.signature(function);
                        let _ = writeln!(out, "    {}{signature};", camel(function.item_name()));
                    }
                }
                writeln!(out, "  }}")
            }
            TypeDefKind::Type(ty) => {
                let ty = self.ty(ty);
                writeln!(out, "  export type {name} = {ty};")
            }
            other => panic!("{name} is of a kind that the contract did not have yet: {other:?}"),
        };
    }

    fn signature(&mut self, function: &Function) -> String {
        let method = matches!(function.kind, FunctionKind::Method(_));
        let params = function.params.iter().skip(usize::from(method));
        let params: Vec<String> =
            params.map(|param| format!("{}: {}", camel(&param.name), self.ty(&param.ty))).collect();
        let result = match &function.result {
            None => "void".to_owned(),
            Some(ty) => match self.result(ty) {
                Some((ok, _)) => ok.map_or("void".to_owned(), |ok| self.ty(&ok)),
                None => self.ty(ty),
            },
        };
        format!("({}): {result}", params.join(", "))
    }

    fn result(&self, ty: &Type) -> Option<(Option<Type>, Option<Type>)> {
        let Type::Id(id) = ty else { return None };
        match &self.resolve.types[*id].kind {
            TypeDefKind::Result(result) => Some((result.ok, result.err)),
            _ => None,
        }
    }

    fn throws(&mut self, function: &Function) -> Option<String> {
        let (_, err) = self.result(function.result.as_ref()?)?;
        err.map(|ty| self.ty(&ty))
    }

    fn name(&mut self, id: TypeId) -> String {
        let def = &self.resolve.types[id];
        let name = pascal(def.name.as_deref().unwrap_or_default());
        if let TypeOwner::Interface(owner) = def.owner
            && owner != self.id
        {
            let module = self.resolve.id_of(owner).unwrap_or_default();
            self.uses.entry(module).or_default().insert(name.clone());
        }
        name
    }

    fn ty(&mut self, ty: &Type) -> String {
        match ty {
            Type::Bool => "boolean".into(),
            Type::U8 | Type::U16 | Type::U32 | Type::U64 | Type::S8 | Type::S16 | Type::S32 | Type::S64 => {
                "number".into()
            }
            Type::F32 | Type::F64 => "number".into(),
            Type::Char | Type::String => "string".into(),
            Type::ErrorContext => panic!("the contract had no error contexts yet"),
            Type::Id(id) => {
                let def = &self.resolve.types[*id];
                if def.name.is_some() {
                    return match &def.kind {
                        // By the name that it has where it was defined.
                        TypeDefKind::Type(Type::Id(of)) if self.resolve.types[*of].owner != def.owner => {
                            self.name(*of)
                        }
                        _ => self.name(*id),
                    };
                }
                match &def.kind {
                    TypeDefKind::List(Type::U8) => "Uint8Array".into(),
                    TypeDefKind::List(of) => {
                        let of = self.ty(of);
                        if of.contains('|') { format!("({of})[]") } else { format!("{of}[]") }
                    }
                    TypeDefKind::Option(of) => format!("{} | null", self.ty(of)),
                    TypeDefKind::Tuple(tuple) => {
                        let types: Vec<String> = tuple.types.iter().map(|ty| self.ty(ty)).collect();
                        format!("[{}]", types.join(", "))
                    }
                    TypeDefKind::Handle(wit_parser::Handle::Own(id) | wit_parser::Handle::Borrow(id)) => {
                        self.ty(&Type::Id(*id))
                    }
                    other => panic!("the contract had no such type yet: {other:?}"),
                }
            }
        }
    }
}

fn docs(docs: &Docs, indent: &str, throws: Option<String>, out: &mut String) {
    let text = docs.contents.as_deref().unwrap_or_default().trim();
    let mut lines: Vec<String> = text.lines().map(|line| line.trim().to_owned()).collect();
    lines.extend(throws.map(|error| format!("@throws {{{error}}}")));
    let _ = match lines.as_slice() {
        [] => Ok(()),
        [line] => writeln!(out, "{indent}/** {line} */"),
        lines => {
            writeln!(out, "{indent}/**\n{indent} * {}\n{indent} */", lines.join(&format!("\n{indent} * ")))
        }
    };
}

fn pascal(name: &str) -> String {
    name.split('-').map(capital).collect()
}

fn camel(name: &str) -> String {
    let mut words = name.split('-');
    words.next().unwrap_or_default().to_owned() + &words.map(capital).collect::<String>()
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| format!("{}{}", first.to_ascii_uppercase(), chars.as_str())).unwrap_or_default()
}

#[test]
#[allow(clippy::disallowed_methods, reason = "whoever changes the contract says so in the environment")]
fn the_types_for_typescript_are_those_of_the_wit() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../guest-sdk/js/src/host.d.ts");
    let written = declarations(&crate::world::contract().unwrap());
    if std::env::var_os("RULEWRIGHT_BLESS").is_some() {
        std::fs::write(&file, &written).unwrap();
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        found == written,
        "guest-sdk/js/src/host.d.ts is not as wit/ is: run this test with RULEWRIGHT_BLESS=1"
    );
}
