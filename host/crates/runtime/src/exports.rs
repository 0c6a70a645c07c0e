//! The functions of a component that the host calls: looked up when it is loaded, their types compared once.
//!
//! **Invariant:** a function is called without comparing its type only after the same function of the same
//! component has been found to have the type that the contract gives it.

use std::{
    marker::PhantomData,
    sync::atomic::{AtomicBool, Ordering},
};

use wasmtime::{
    Store,
    component::{Component, ComponentExportIndex, ComponentNamedList, Instance, Lift, Lower, TypedFunc},
};

use crate::{
    bindings::{errors::Issue, events::Event, provider, runs, trigger},
    step::Step,
};

type Context = runs::RunContext;
type State = runs::SavedState;

pub(crate) type StepArguments<'a> = (&'a Context, &'a runs::Cause, Option<&'a State>);
pub(crate) type ExamineArguments<'a> = (&'a trigger::TriggerContext, &'a Event);

pub(crate) type DeliverArguments<'a> = (&'a provider::Connection, &'a provider::Outgoing);
pub(crate) type ReceiveArguments<'a> = (&'a provider::Connection, &'a provider::Request);

pub(crate) struct Rule {
    pub validate: Export<(&'static str,), (Vec<Issue>,)>,
    pub step: Export<StepArguments<'static>, (Result<runs::Outcome, runs::Failure>,)>,
    pub upgrade: Export<(&'static State,), (Result<State, String>,)>,
}

pub(crate) struct Trigger {
    pub validate: Export<(&'static str,), (Vec<Issue>,)>,
    pub examine: Export<ExamineArguments<'static>, (Result<trigger::Verdict, runs::Failure>,)>,
}

pub(crate) struct Provider {
    pub validate: Export<(&'static str,), (Vec<Issue>,)>,
    pub deliver: Export<DeliverArguments<'static>, (Result<provider::Delivery, runs::Failure>,)>,
    pub receive: Export<ReceiveArguments<'static>, (Result<provider::Reception, runs::Failure>,)>,
}

impl Rule {
    /// None: the component exports no rule.
    pub fn of(component: &Component) -> Option<Rule> {
        let rule = Interface::of(component, "rulewright:plugin/rule@0.1.0")?;
        let (validate, step, upgrade) =
            (rule.export("validate")?, rule.export("step")?, rule.export("upgrade")?);
        Some(Rule { validate, step, upgrade })
    }
}

impl Trigger {
    /// None: the component exports no trigger.
    pub fn of(component: &Component) -> Option<Trigger> {
        let trigger = Interface::of(component, "rulewright:plugin/trigger@0.1.0")?;
        Some(Trigger { validate: trigger.export("validate")?, examine: trigger.export("examine")? })
    }
}

impl Provider {
    /// None: the component exports no provider.
    pub fn of(component: &Component) -> Option<Provider> {
        let provider = Interface::of(component, "rulewright:plugin/provider@0.1.0")?;
        let (validate, deliver, receive) =
            (provider.export("validate")?, provider.export("deliver")?, provider.export("receive")?);
        Some(Provider { validate, deliver, receive })
    }
}

struct Interface<'a> {
    component: &'a Component,
    index: ComponentExportIndex,
}

impl Interface<'_> {
    fn of<'a>(component: &'a Component, name: &str) -> Option<Interface<'a>> {
        let index = component.get_export_index(None, name)?;
        Some(Interface { component, index })
    }

    fn export<P, R>(&self, name: &str) -> Option<Export<P, R>> {
        let index = self.component.get_export_index(Some(&self.index), name)?;
        Some(Export { index, compared: AtomicBool::new(false), types: PhantomData })
    }
}

pub(crate) struct Export<P, R> {
    index: ComponentExportIndex,
    compared: AtomicBool,
    types: PhantomData<fn(P) -> R>,
}

impl<P, R> Export<P, R>
where
    P: ComponentNamedList + Lower,
    R: ComponentNamedList + Lift,
{
    /// The function in an instance of the component that this export was looked up in.
    pub fn of(&self, store: &mut Store<Step>, instance: &Instance) -> wasmtime::Result<TypedFunc<P, R>> {
        if !self.compared.load(Ordering::Relaxed) {
            let function = instance.get_typed_func(&mut *store, self.index)?;
            self.compared.store(true, Ordering::Relaxed);
            return Ok(function);
        }
        let function = instance.get_func(&mut *store, self.index);
        let function = function.ok_or_else(|| wasmtime::Error::msg("an export is gone"))?;
        // SAFETY: wasmtime wants a function of this type. The index belongs to one component, whose functions keep
        // their types in every instance, and the lines above have compared this one before.
        #[allow(unsafe_code)]
        Ok(unsafe { TypedFunc::new_unchecked(function) })
    }
}
