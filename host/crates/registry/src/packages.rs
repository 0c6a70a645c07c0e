//! Which package's interfaces lean on which other's, told from the imports alone.
//!
//! The decoder of WIT follows these without looking whether they go round, and would follow a circle until its stack is
//! used up, which ends the whole process: so this is checked before.

use std::collections::BTreeSet;

use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentOuterAliasKind, ComponentType, ComponentTypeRef,
    InstanceTypeDeclaration, Parser, Payload, TypeBounds,
};

use crate::{binary::invalid, refusal::Refusal};

/// Packages, as one bit each. Those of the contract lean on the ones before them, foreign ones on all.
type Packages = u8;
const OURS: [(&str, Packages); 3] =
    [("rulewright:types", 1), ("rulewright:host", 2), ("rulewright:plugin", 4)];
const PLUGIN: Packages = 4;
const FOREIGN: Packages = 8;

/// The index spaces of the outermost component, as far as they lead from a type to a package.
#[derive(Default)]
struct Spaces<'a> {
    /// For each type, whose types it names.
    types: Vec<Packages>,
    /// For each instance, whose it is; of one that is made inside, the types may be of anybody.
    instances: Vec<Option<Packages>>,
    /// Whoever has been met so far.
    all: Packages,
    /// With their versions.
    names: [BTreeSet<String>; 4],
    foreign: Vec<&'a str>,
}

impl<'a> Spaces<'a> {
    fn of_type(&self, index: u32) -> Packages {
        self.types.get(index as usize).copied().unwrap_or(self.all)
    }

    fn of_instance(&self, index: u32) -> Packages {
        self.instances.get(index as usize).copied().flatten().unwrap_or(self.all)
    }

    /// None for a name that is of no package.
    fn met(&mut self, name: &'a str) -> Option<Packages> {
        let (package, rest) = name.split_once('/')?;
        let version = rest.split_once('@').map_or("", |(_, version)| version);
        let bit = OURS.iter().find(|(ours, _)| *ours == package).map_or(FOREIGN, |(_, bit)| *bit);
        self.all |= bit;
        if let Some(names) = self.names.get_mut(bit.trailing_zeros() as usize) {
            names.insert(format!("{package}@{version}"));
        }
        if bit == FOREIGN {
            self.foreign.push(name);
        }
        Some(bit)
    }

    fn import(&mut self, name: &'a str, ty: u32) -> Result<(), Refusal> {
        let leans_on = self.of_type(ty);
        let bit = self.met(name);
        self.instances.push(bit);
        match bit {
            // All that it may lean on are the ones up to itself.
            Some(bit) if bit != FOREIGN && leans_on & !(bit | (bit - 1)) != 0 => Err(circle(name)),
            _ => Ok(()),
        }
    }
}

/// Refuses what no WIT could have been: packages that lean on each other.
pub fn check(bytes: &[u8]) -> Result<(), Refusal> {
    let mut spaces = Spaces::default();
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.map_err(invalid)?;
        match &payload {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            _ if depth == 1 => look(&payload, &mut spaces)?,
            _ => {}
        }
    }
    // Of two foreign ones nobody knows which leans on which, and none of them is to be had here.
    if spaces.names[3].len() > 1 {
        return Err(Refusal::UnknownImport(spaces.foreign.join("`, `")));
    }
    match spaces.names[..3].iter().find(|names| names.len() > 1) {
        Some(names) => Err(circle(&names.iter().cloned().collect::<Vec<_>>().join("`, `"))),
        None => Ok(()),
    }
}

fn look<'a>(payload: &Payload<'a>, spaces: &mut Spaces<'a>) -> Result<(), Refusal> {
    match payload {
        Payload::ComponentTypeSection(section) => {
            for ty in section.clone() {
                let found = within(spaces, &ty.map_err(invalid)?);
                spaces.types.push(found);
            }
        }
        Payload::ComponentAliasSection(section) => {
            for alias in section.clone() {
                match alias.map_err(invalid)? {
                    ComponentAlias::InstanceExport {
                        kind: ComponentExternalKind::Type,
                        instance_index,
                        ..
                    } => {
                        spaces.types.push(spaces.of_instance(instance_index));
                    }
                    ComponentAlias::InstanceExport { kind: ComponentExternalKind::Instance, .. } => {
                        spaces.instances.push(None);
                    }
                    ComponentAlias::Outer { kind: ComponentOuterAliasKind::Type, .. } => {
                        spaces.types.push(spaces.all);
                    }
                    _ => {}
                }
            }
        }
        Payload::ComponentInstanceSection(section) => {
            spaces.instances.extend((0..section.count()).map(|_| None));
        }
        Payload::ComponentImportSection(section) => {
            for import in section.clone() {
                let import = import.map_err(invalid)?;
                match import.ty {
                    ComponentTypeRef::Instance(ty) => spaces.import(import.name.name, ty)?,
                    ComponentTypeRef::Type(TypeBounds::Eq(index)) => spaces.types.push(spaces.of_type(index)),
                    ComponentTypeRef::Type(TypeBounds::SubResource) => spaces.types.push(0),
                    _ => {}
                }
            }
        }
        Payload::ComponentExportSection(section) => {
            for export in section.clone() {
                let export = export.map_err(invalid)?;
                match export.kind {
                    ComponentExternalKind::Instance => {
                        // It may lean on all imports, so none of theirs may be of its package.
                        let bit = spaces.met(export.name.name);
                        if bit.is_some_and(|bit| bit < PLUGIN) {
                            return Err(circle(export.name.name));
                        }
                        spaces.instances.push(bit);
                    }
                    ComponentExternalKind::Type => spaces.types.push(spaces.of_type(export.index)),
                    _ => {}
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// Whose types a type names; anybody's where that is not plain to see.
fn within(spaces: &Spaces, ty: &ComponentType) -> Packages {
    let ComponentType::Instance(declared) = ty else { return spaces.all };
    let named = declared.iter().map(|one| match one {
        InstanceTypeDeclaration::Alias(ComponentAlias::Outer { count: 1, index, .. }) => {
            spaces.of_type(*index)
        }
        InstanceTypeDeclaration::Alias(ComponentAlias::Outer { .. })
        | InstanceTypeDeclaration::Type(ComponentType::Instance(_) | ComponentType::Component(_)) => {
            spaces.all
        }
        _ => 0,
    });
    named.fold(0, |all, one| all | one)
}

fn circle(name: &str) -> Refusal {
    Refusal::NotAComponent(format!("packages of WIT cannot lean on each other, as with `{name}`"))
}
