//! `rule!`, `trigger!` and `provider!`: from a type to a component.

/// Makes the crate a component with this rule, and its manifest from the keys.
///
/// The keys are the methods of [`Manifest`](crate::Manifest); `id` and `title` should always be there, the
/// version is the crate's. One component has one rule, so a crate that is built for wasm has one `rule!`.
#[macro_export]
macro_rules! rule {
    ($rule:ident { $($key:ident : $value:expr),* $(,)? }) => {
        $crate::__plugin!($rule, Rule, rule, { $($key: $value,)* });

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Exported = $crate::__private::RuleComponent<$rule>;
            $crate::bindings::rule::export!(Exported with_types_in $crate::bindings::rule);
        };
    };
}

/// Makes the crate a component with this trigger, and its manifest from the keys.
///
/// The keys are the methods of [`Manifest`](crate::Manifest); `subscriptions` names the kinds of events.
#[macro_export]
macro_rules! trigger {
    ($trigger:ident { $($key:ident : $value:expr),* $(,)? }) => {
        $crate::__plugin!($trigger, Trigger, trigger, { $($key: $value,)* });

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Exported = $crate::__private::TriggerComponent<$trigger>;
            $crate::bindings::trigger::export!(Exported with_types_in $crate::bindings::trigger);
        };
    };
}

/// Makes the crate a component with this provider, and its manifest from the keys.
///
/// The keys are the methods of [`Manifest`](crate::Manifest); `channels` names what it carries.
#[macro_export]
macro_rules! provider {
    ($provider:ident { $($key:ident : $value:expr),* $(,)? }) => {
        $crate::__plugin!($provider, Provider, provider, { $($key: $value,)* });

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Exported = $crate::__private::ProviderComponent<$provider>;
            $crate::bindings::provider::export!(Exported with_types_in $crate::bindings::provider);
        };
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __plugin {
    ($plugin:ident, $kind:ident, $module:ident, { $($key:ident : $value:expr,)* }) => {
        impl $crate::Plugin for $plugin {
            fn manifest() -> $crate::Json {
                #[allow(unused_imports)]
                use $crate::{Group::{ClientCommunications, Employees}, Origin::{External, Internal}};
                $crate::Manifest::new::<<$plugin as $crate::$kind>::Settings>(
                    $crate::__private::Kind::$kind,
                    env!("CARGO_PKG_VERSION"),
                )
                $(.$key($value))*
                .finish()
            }

            fn check_settings(settings: &str) -> Vec<$crate::Issue> {
                $crate::__private::$module::exported::validate::<$plugin>(settings)
            }
        }

        // Natively nothing but tests runs the plugin, and that is no reason to warn.
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn() -> $crate::Json = <$plugin as $crate::Plugin>::manifest;

        // The build tool calls this once, embeds the answer and strips the function. Exporting a symbol is
        // what makes it unsafe: the name must not be taken, and no other code may export this one.
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            #[allow(unsafe_code)]
            #[unsafe(no_mangle)]
            extern "C" fn __rulewright_describe() -> u64 {
                $crate::__private::describe::<$plugin>()
            }
        };
    };
}

/// Length and address of the manifest, which stays in memory.
#[cfg(target_arch = "wasm32")]
pub fn describe<P: crate::Plugin>() -> u64 {
    let text = P::manifest().to_string().into_bytes().leak();
    (text.len() as u64) << 32 | text.as_ptr() as u64
}

/// What the exported functions of a component run.
#[cfg(target_arch = "wasm32")]
pub mod component {
    use std::marker::PhantomData;

    use crate::bindings::provider::exports::rulewright::plugin::provider;
    use crate::bindings::rule::exports::rulewright::plugin::rule;
    use crate::bindings::rule::rulewright::plugin::runs;
    use crate::bindings::trigger::exports::rulewright::plugin::trigger;
    use crate::provider::exported as providers;
    use crate::rule::exported as rules;
    use crate::trigger::exported as triggers;
    use crate::{Event, Issue, Provider, Rule, Trigger, log};

    pub struct RuleComponent<R>(PhantomData<R>);

    impl<R: Rule> rule::Guest for RuleComponent<R> {
        fn validate(settings: String) -> Vec<Issue> {
            log_panics();
            rules::validate::<R>(&settings)
        }

        fn step(
            ctx: runs::RunContext,
            cause: runs::Cause,
            state: Option<runs::SavedState>,
        ) -> Result<runs::Outcome, runs::Failure> {
            log_panics();
            rules::step::<R>(ctx, cause, state)
        }

        fn upgrade(state: runs::SavedState) -> Result<runs::SavedState, String> {
            log_panics();
            rules::upgrade::<R>(state)
        }
    }

    pub struct TriggerComponent<T>(PhantomData<T>);

    impl<T: Trigger> trigger::Guest for TriggerComponent<T> {
        fn validate(settings: String) -> Vec<Issue> {
            log_panics();
            triggers::validate::<T>(&settings)
        }

        fn examine(ctx: trigger::TriggerContext, event: Event) -> Result<trigger::Verdict, runs::Failure> {
            log_panics();
            triggers::examine::<T>(ctx, event)
        }
    }

    pub struct ProviderComponent<P>(PhantomData<P>);

    impl<P: Provider> provider::Guest for ProviderComponent<P> {
        fn validate(settings: String) -> Vec<Issue> {
            log_panics();
            providers::validate::<P>(&settings)
        }

        fn deliver(
            by: provider::Connection,
            message: provider::Outgoing,
        ) -> Result<provider::Delivery, runs::Failure> {
            log_panics();
            providers::deliver::<P>(by, message)
        }

        fn receive(
            by: provider::Connection,
            call: provider::Request,
        ) -> Result<provider::Reception, runs::Failure> {
            log_panics();
            providers::receive::<P>(by, call)
        }
    }

    /// A panic traps, and a trap has no words of its own.
    fn log_panics() {
        std::panic::set_hook(Box::new(|panic| log::error(&panic.to_string())));
    }
}
