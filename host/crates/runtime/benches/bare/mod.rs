//! The floor: the same component in a store of its own, without limits, called again and again.

use std::time::Instant;

use wasmtime::{
    Config, Engine, Store,
    component::{Component, InstancePre, Linker},
};

wasmtime::component::bindgen!({
    path: ["../../../wit/types", "../../../wit/host", "../../../wit/plugin"],
    world: "rulewright:plugin/rule-plugin",
    exports: { default: async },
});

use exports::rulewright::plugin::rule::{Cause, GuestIndices, RunContext};
use rulewright::{
    host::log::Level,
    types::{
        errors::HostError,
        events::Event,
        orders::{OrderLine, OrderSnapshot},
        values::{Attr, Money, Value},
    },
};

type Staged = Vec<(String, String)>;

pub struct Bare {
    engine: Engine,
    pre: InstancePre<Staged>,
    indices: GuestIndices,
}

/// Calls on one instance before a new one is made outside the measurement: the guest's arena only fills.
const SERVED: usize = 50;

impl Bare {
    pub fn new(config: &Config, component: &[u8]) -> Bare {
        let engine = Engine::new(config).unwrap();
        let component = Component::new(&engine, component).unwrap();
        let mut linker = Linker::<Staged>::new(&engine);
        let done = || Ok((Ok::<(), HostError>(()),));
        linker
            .instance("rulewright:host/log@0.1.0")
            .unwrap()
            .func_wrap("write", |_, (_, _, _): (Level, String, Vec<Attr>)| Ok(()))
            .unwrap();
        let mut orders = linker.instance("rulewright:host/orders-write@0.1.0").unwrap();
        orders
            .func_wrap("add-tags", move |mut store, (id, tags): (String, Vec<String>)| {
                let store: &mut Staged = store.data_mut();
                store.push((id, tags.concat()));
                done()
            })
            .unwrap();
        orders
            .func_wrap("set-fields", move |mut store, (id, fields): (String, Vec<Attr>)| {
                let store: &mut Staged = store.data_mut();
                store.extend(fields.into_iter().map(|field| (id.clone(), field.key)));
                done()
            })
            .unwrap();
        linker
            .instance("rulewright:host/timeline@0.1.0")
            .unwrap()
            .func_wrap("add-comment", move |mut store, (id, text, _): (String, String, Option<String>)| {
                let store: &mut Staged = store.data_mut();
                store.push((id, text));
                done()
            })
            .unwrap();
        let pre = linker.instantiate_pre(&component).unwrap();
        let indices = GuestIndices::new(&pre).unwrap();
        Bare { engine, pre, indices }
    }

    /// Mean nanoseconds of a call.
    pub fn time(&self, calls: usize) -> f64 {
        let tokio = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (context, cause) = (context(), cause());
        tokio.block_on(async {
            let mut spent = 0;
            for _ in 0..calls / SERVED {
                let mut store = Store::new(&self.engine, Vec::new());
                let instance = self.pre.instantiate_async(&mut store).await.unwrap();
                let rule = self.indices.load(&mut store, &instance).unwrap();
                rule.call_step(&mut store, &context, &cause, None).await.unwrap().unwrap();
                store.data_mut().clear();
                let start = Instant::now();
                for _ in 0..SERVED {
                    rule.call_step(&mut store, &context, &cause, None).await.unwrap().unwrap();
                    store.data_mut().clear();
                }
                spent += start.elapsed().as_nanos();
            }
            spent as f64 / (calls / SERVED * SERVED) as f64
        })
    }
}

fn context() -> RunContext {
    let gbp = |amount| Money { amount, scale: 2, currency: "GBP".into() };
    let attr = |key: &str, value| Attr { key: key.into(), value };
    let line = |id| OrderLine {
        id: format!("line_{id}"),
        sku: Some(format!("8512{id}A")),
        title: "WHITE HANGING HEART T-LIGHT HOLDER".into(),
        quantity_milli: 6_000,
        unit_price: gbp(255),
        total: gbp(1_530),
        attrs: Vec::new(),
    };
    RunContext {
        run: "run_1".into(),
        shop: "shop_1".into(),
        rule_name: "Small".into(),
        step: 0,
        attempt: 0,
        order: OrderSnapshot {
            id: "ord_536365".into(),
            revision: 3,
            kind: "order".into(),
            number: "536365".into(),
            title: "Order 536365".into(),
            pipeline: "orders".into(),
            stage: "new".into(),
            created: 1_291_190_760_000,
            updated: 1_291_190_760_000,
            total: gbp(7_650),
            paid: gbp(0),
            canceled: false,
            responsible: Some("emp_1".into()),
            company: None,
            contacts: vec!["cli_17850".into()],
            lines: (1..=5).map(line).collect(),
            payments: Vec::new(),
            shipments: Vec::new(),
            tags: vec!["uk".into(), "gift".into()],
            fields: vec![
                attr("delivery-date", Value::Text("2010-12-03".into())),
                attr("channel", Value::Text("web".into())),
                attr("points", Value::Integer(76)),
                attr("vip", Value::Boolean(false)),
            ],
            attrs: vec![attr("source", Value::Text("shop".into()))],
        },
        settings: r#"{"text":"Hello, and thank you for your order."}"#.into(),
        previous: None,
        locale: "en-GB".into(),
        attrs: Vec::new(),
    }
}

fn cause() -> Cause {
    Cause::Started(Event {
        id: "evt_9".into(),
        kind: "order.stage-changed".into(),
        at: 1_291_190_760_000,
        order: Some("ord_536365".into()),
        client: None,
        correlation: None,
        attrs: Vec::new(),
        payload: None,
    })
}
