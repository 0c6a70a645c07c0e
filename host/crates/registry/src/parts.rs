//! What a component is made of: how many core instances, memories and tables one step would need.
//!
//! The sandbox reserves room for a fixed number of each. A component that takes more would not start there, or
//! would take the room of others.

use rulewright_ports::component::{BYTES, INSTANCES, LARGE_INSTANCES, MEMORIES, TABLES};
use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind, ComponentTypeRef,
    Encoding, Instance, Parser, Payload,
};

use crate::{binary::invalid, refusal::Refusal};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Parts {
    instances: u64,
    memories: u64,
    tables: u64,
}

impl Parts {
    fn add(&mut self, other: Parts) {
        self.instances = self.instances.saturating_add(other.instances);
        self.memories = self.memories.saturating_add(other.memories);
        self.tables = self.tables.saturating_add(other.tables);
    }
}

/// A module or component that is being read.
#[derive(Default)]
struct Open {
    /// What instantiating it takes.
    takes: Parts,
    modules: Vec<Parts>,
    components: Vec<Parts>,
    is_module: bool,
}

/// Refuses a valid component that takes more than its share.
pub fn check(bytes: &[u8]) -> Result<(), Refusal> {
    let Parts { instances, memories, tables } = count(bytes)?;
    // A large component does not live in the pool, which counts them.
    let most_instances = if bytes.len() > BYTES { LARGE_INSTANCES } else { INSTANCES };
    for (what, found, most) in [
        ("core instances", instances, most_instances),
        ("memories", memories, MEMORIES),
        ("tables", tables, TABLES),
    ] {
        if found > u64::from(most) {
            return Err(Refusal::TooManyParts { what, found, most });
        }
    }
    Ok(())
}

fn count(bytes: &[u8]) -> Result<Parts, Refusal> {
    let mut open: Vec<Open> = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.map_err(invalid)?;
        if let Payload::Version { encoding, .. } = &payload {
            let is_module = *encoding == Encoding::Module;
            let takes = Parts { instances: u64::from(is_module), ..Parts::default() };
            open.push(Open { is_module, takes, ..Open::default() });
            continue;
        }
        let Some(here) = open.last_mut() else { continue };
        match payload {
            Payload::MemorySection(section) => here.takes.memories += u64::from(section.count()),
            Payload::TableSection(section) => here.takes.tables += u64::from(section.count()),
            Payload::InstanceSection(section) => {
                for instance in section {
                    if let Instance::Instantiate { module_index, .. } = instance.map_err(invalid)? {
                        let takes = of(&here.modules, module_index)?;
                        here.takes.add(takes);
                    }
                }
            }
            Payload::ComponentInstanceSection(section) => {
                for instance in section {
                    if let ComponentInstance::Instantiate { component_index, .. } =
                        instance.map_err(invalid)?
                    {
                        let takes = of(&here.components, component_index)?;
                        here.takes.add(takes);
                    }
                }
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section {
                    hands_on(matches!(
                        alias.map_err(invalid)?,
                        ComponentAlias::InstanceExport {
                            kind: ComponentExternalKind::Module | ComponentExternalKind::Component,
                            ..
                        } | ComponentAlias::Outer {
                            kind: ComponentOuterAliasKind::CoreModule | ComponentOuterAliasKind::Component,
                            ..
                        }
                    ))?;
                }
            }
            Payload::ComponentImportSection(section) => {
                for import in section {
                    let ty = import.map_err(invalid)?.ty;
                    hands_on(matches!(ty, ComponentTypeRef::Module(_) | ComponentTypeRef::Component(_)))?;
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section {
                    let kind = export.map_err(invalid)?.kind;
                    hands_on(matches!(
                        kind,
                        ComponentExternalKind::Module | ComponentExternalKind::Component
                    ))?;
                }
            }
            Payload::End(_) => {
                let Some(done) = open.pop() else { continue };
                match open.last_mut() {
                    None => return Ok(done.takes),
                    Some(around) if done.is_module => around.modules.push(done.takes),
                    Some(around) => around.components.push(done.takes),
                }
            }
            _ => {}
        }
    }
    Ok(Parts::default())
}

/// Modules and components are instantiated where they lie: handed on, they could be instantiated anywhere, and
/// nobody could count them.
fn hands_on(it_does: bool) -> Result<(), Refusal> {
    if it_does { Err(uncountable()) } else { Ok(()) }
}

fn of(known: &[Parts], index: u32) -> Result<Parts, Refusal> {
    known.get(index as usize).copied().ok_or_else(uncountable)
}

fn uncountable() -> Refusal {
    Refusal::NotAComponent("it imports, exports or aliases whole modules or components".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(wat: &str) -> Result<Parts, Refusal> {
        count(&wat::parse_str(wat).unwrap())
    }

    #[test]
    fn what_is_instantiated_counts_as_often_as_it_is() {
        let parts = counted(
            "(component
                (core module $unused (memory 1) (table 1 funcref))
                (core module $m (memory 1))
                (core instance (instantiate $m))
                (component $inner
                    (core module $t (table 1 funcref) (table 1 funcref))
                    (core instance (instantiate $t)))
                (instance (instantiate $inner))
                (instance (instantiate $inner)))",
        );
        assert_eq!(parts, Ok(Parts { instances: 3, memories: 1, tables: 4 }));
    }

    #[test]
    fn a_fan_of_components_is_counted_without_unfolding_it() {
        let twice = |inner: &str| {
            format!("(component $c {inner} (instance (instantiate $c)) (instance (instantiate $c)))")
        };
        let mut wat =
            "(component $c (core module $m (memory 1)) (core instance (instantiate $m)))".to_owned();
        for _ in 0..40 {
            wat = twice(&wat);
        }
        assert_eq!(counted(&wat).map(|parts| parts.memories), Ok(1 << 40));
    }

    #[test]
    fn a_module_that_is_handed_on_is_refused() {
        let wat = "(component (core module $m) (component (alias outer 1 $m (core module $n)) (core instance (instantiate $n))))";
        assert_eq!(counted(wat).unwrap_err().code(), "not-a-component");
    }

    #[test]
    fn more_than_a_share_is_refused_with_both_numbers() {
        let many = "(core instance (instantiate $m))".repeat(MEMORIES as usize + 1);
        let wat = format!("(component (core module $m (memory 1)) {many})");
        let refusal = check(&wat::parse_str(wat).unwrap()).unwrap_err();
        let expected =
            Refusal::TooManyParts { what: "memories", found: u64::from(MEMORIES) + 1, most: MEMORIES };
        assert_eq!(refusal, expected);
    }

    #[test]
    fn a_large_component_may_be_linked_from_more_modules() {
        let of = |instances: u32, size: usize| {
            let many = "(core instance (instantiate $m))".repeat(instances as usize);
            let mut bytes = wat::parse_str(format!("(component (core module $m) {many})")).unwrap();
            let filler = wasm_encoder::CustomSection { name: "filler".into(), data: vec![0; size].into() };
            wasm_encoder::ComponentSection::append_to_component(&filler, &mut bytes);
            check(&bytes)
        };
        assert_eq!(of(INSTANCES, 0), Ok(()));
        assert!(of(INSTANCES + 1, 0).is_err());
        assert_eq!(of(LARGE_INSTANCES, BYTES), Ok(()));
        assert!(of(LARGE_INSTANCES + 1, BYTES).is_err());
    }
}
