//! Components and invocations made up on the spot.

use std::{path::Path, sync::Arc};

use rulewright_domain::{
    Actor, Cause, Currency, Event, EventId, Grant, Money, NewEvent, Order, OrderId, OrderKind, ShopId,
    Timestamp, Wake, kind,
};
use rulewright_ports::{Invocation, StepTask, Task};
use sha2::{Digest as _, Sha256};
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve};

/// A component with these imports and exports, none of which does anything but trap.
pub fn component(items: &str) -> Vec<u8> {
    component_of_a_host(items, |wit| wit)
}

/// The same for another host: what it offers is what becomes of the text of `wit/host`.
pub fn component_of_a_host(items: &str, change: impl FnOnce(String) -> String) -> Vec<u8> {
    component_of(items, "0.1.0", change)
}

/// The same for a host of another version that offers the same.
pub fn component_of_version(items: &str, version: &str) -> Vec<u8> {
    component_of(items, version, |wit| wit)
}

fn component_of(items: &str, version: &str, change: impl FnOnce(String) -> String) -> Vec<u8> {
    component_made(items, version, change, |_| (), |_| ())
}

fn component_made(
    items: &str,
    version: &str,
    change: impl FnOnce(String) -> String,
    begin: impl FnOnce(&mut Vec<u8>),
    finish: impl FnOnce(&mut Vec<u8>),
) -> Vec<u8> {
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../wit");
    let versioned = |text: String| text.replace("@0.1.0", &format!("@{version}"));
    let read = |name: &str| std::fs::read_to_string(wit.join(format!("{name}/{name}.wit"))).unwrap();
    let mut resolve = Resolve::default();
    resolve.push_str("types.wit", &versioned(read("types"))).unwrap();
    resolve.push_str("host.wit", &versioned(change(read("host")))).unwrap();
    resolve.push_str("plugin.wit", &versioned(read("plugin"))).unwrap();
    let items = versioned(items.to_owned());
    let text = format!("package test:made-up@1.0.0; world w {{ {items} }}");
    let package = resolve.push_str("made-up.wit", &text).unwrap();
    let world = resolve.select_world(&[package], Some("w")).unwrap();
    let mut core = dummy_module(&resolve, world, ManglingAndAbi::Legacy(LiftLowerAbi::Sync));
    begin(&mut core);
    embed_component_metadata(&mut core, &resolve, world, StringEncoding::UTF8).unwrap();
    finish(&mut core);
    ComponentEncoder::default().module(&core).unwrap().encode().unwrap()
}

/// The same with a name section in which every function has this name.
pub fn component_with_names(items: &str, name: &str) -> Vec<u8> {
    component_made(items, "0.1.0", |wit| wit, |_| (), |core| core.extend(named(name)))
}

/// A rule whose step is skipped, with a reason of so many bytes.
pub fn component_that_says(bytes: u32) -> Vec<u8> {
    const RULE: &str = "rulewright:plugin/rule@0.1.0";
    // The answer lies at 1024, the text, which is nothing but zeros, at a mebibyte, what it is given in between.
    let module = format!(
        r#"(module
            (memory (export "memory") 128)
            (global $free (mut i32) (i32.const 65536))
            (func (export "cabi_realloc") (param i32 i32 i32) (param $size i32) (result i32)
                (local $at i32)
                (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
                (global.set $free (i32.add (local.get $at) (local.get $size)))
                (local.get $at))
            (func (export "{RULE}#validate") (param i32 i32) (result i32) (i32.const 1024))
            (func (export "{RULE}#step") (param i32) (result i32)
                (i32.store8 (i32.const 1032) (i32.const 1))
                (i32.store (i32.const 1040) (i32.const 1048576))
                (i32.store (i32.const 1044) (i32.const {bytes}))
                (i32.const 1024))
            (func (export "{RULE}#upgrade") (param i32 i32 i32) (result i32) unreachable))"#
    );
    let begin = |core: &mut Vec<u8>| *core = wat::parse_str(module).unwrap();
    component_made(&format!("export {RULE};"), "0.1.0", |wit| wit, begin, |_| ())
}

/// A name section for the first functions of a module, as the binary format has it.
fn named(name: &str) -> Vec<u8> {
    const FUNCTIONS: u8 = 100;
    let text = |text: &str| [length(text.len()), text.as_bytes().to_vec()].concat();
    let mut names = vec![FUNCTIONS];
    (0..FUNCTIONS).for_each(|index| names.extend([vec![index], text(name)].concat()));
    let functions = [vec![1], length(names.len()), names].concat();
    let section = [text("name"), functions].concat();
    [vec![0], length(section.len()), section].concat()
}

/// LEB128.
fn length(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(number & 0x7f).unwrap();
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

pub fn digest(component: &[u8]) -> String {
    Sha256::digest(component).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn invocation(digest: &str, functions: &[&str], task: Task) -> Invocation {
    let functions = functions.iter().map(|name| (*name).to_owned()).collect();
    Invocation {
        shop: ShopId(1),
        plugin: "test.made-up".into(),
        digest: digest.to_owned(),
        grant: Grant { functions, ..Grant::default() },
        limits: Default::default(),
        seed: "shop_1/ord_1/1/rule/0".into(),
        now: Timestamp(1_700_000_000_000),
        locale: "en-GB".into(),
        time_zone: "Europe/London".into(),
        hours: Default::default(),
        task,
    }
}

pub fn step() -> Task {
    step_with("{}")
}

pub fn step_with(settings: &str) -> Task {
    let order = order();
    let started_by = Arc::new(Event {
        id: EventId(1),
        shop: ShopId(1),
        at: order.created,
        cause: Cause::from_outside(Actor::Host),
        what: NewEvent { order: Some(order.id), ..NewEvent::new(kind::STAGE_CHANGED) },
    });
    Task::Step(Box::new(StepTask {
        run: "run_1".into(),
        rule: "rule-1".into(),
        rule_name: "Made up".into(),
        step: 0,
        attempt: 0,
        order: Arc::new(order),
        stages: Vec::new(),
        settings: settings.to_owned(),
        previous: None,
        wake: Wake::Started,
        started_by,
        state: None,
    }))
}

pub fn order() -> Order {
    let zero = Money::zero(Currency::new(b"GBP"));
    Order {
        id: OrderId(1),
        revision: 1,
        kind: OrderKind::Order,
        number: "1".into(),
        title: "One".into(),
        pipeline: "orders".into(),
        stage: "new".into(),
        visit: 1,
        created: Timestamp(1_600_000_000_000),
        updated: Timestamp(1_600_000_000_000),
        created_by: None,
        updated_by: None,
        moved: None,
        moved_by: None,
        total: zero,
        total_by: Default::default(),
        paid: zero,
        canceled: false,
        responsible: None,
        company: None,
        contacts: Vec::new(),
        source: None,
        comments: String::new(),
        lines: Default::default(),
        payments: Vec::new(),
        shipments: Vec::new(),
        tags: Default::default(),
        fields: Default::default(),
        numbered: Default::default(),
    }
}
