//! The table of methods.

use std::{collections::HashMap, sync::LazyLock, time::Duration};

use futures::future::BoxFuture;

use crate::{
    call::{Call, Outcome},
    fault::{Fault, System},
    limits::Operating,
    methods,
    wire::envelope::Began,
};

/// The area that every token opens.
pub const BASIC: &str = "basic";
pub const BATCH: &str = "batch";

#[derive(Clone, Copy)]
pub struct Method {
    /// As the documentation writes it; calls are compared without regard to case.
    pub name: &'static str,
    /// The area that a token must open.
    pub scope: &'static str,
    pub run: fn(Call) -> BoxFuture<'static, Outcome>,
}

/// One line of a table: `method!("crm.deal.add", "crm", add)`, with `async fn add(call: Call) -> Outcome`.
macro_rules! method {
    ($name:literal, $scope:expr, $run:expr) => {
        $crate::method::Method { name: $name, scope: $scope, run: |call| Box::pin($run(call)) }
    };
}
pub(crate) use method;

/// Which set of methods a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edition {
    /// `/rest/`
    Classic,
    /// `/rest/api/`: REST 3.0, which has none of the methods of orders.
    Three,
}

type Table = HashMap<String, &'static Method>;

static CLASSIC: LazyLock<Table> = LazyLock::new(|| table(methods::CLASSIC));
static THREE: LazyLock<Table> = LazyLock::new(|| table(methods::THREE));

fn table(parts: &'static [&'static [Method]]) -> Table {
    parts.iter().copied().flatten().map(|method| (method.name.to_ascii_lowercase(), method)).collect()
}

pub fn find(edition: Edition, name: &str) -> Option<&'static Method> {
    let table = match edition {
        Edition::Classic => &CLASSIC,
        Edition::Three => &THREE,
    };
    table.get(&name.to_ascii_lowercase()).copied()
}

/// Every method, by name.
pub fn all(edition: Edition) -> Vec<&'static Method> {
    let parts = match edition {
        Edition::Classic => methods::CLASSIC,
        Edition::Three => methods::THREE,
    };
    let mut all: Vec<_> = parts.iter().copied().flatten().collect();
    all.sort_by_key(|method| method.name);
    all
}

/// Every area that has a method, without the one that is open to all.
pub fn scopes() -> Vec<&'static str> {
    let mut scopes: Vec<_> = all(Edition::Classic).into_iter().map(|method| method.scope).collect();
    scopes.sort_unstable();
    scopes.dedup();
    scopes.retain(|scope| *scope != BASIC);
    scopes
}

/// What a method did, and what that cost.
pub struct Done {
    pub outcome: Outcome,
    pub processing: Duration,
    pub operating: Operating,
}

/// Everything that is checked for each call, be it alone or in a batch.
pub async fn invoke(call: Call, method: &'static Method) -> Done {
    let (facade, caller) = (call.facade.clone(), call.caller.clone());
    let began = Began::new(facade.now());
    // A batch costs what its commands cost, each on its own account.
    let counted = method.name != BATCH;
    let checked = if !caller.may(method.scope) {
        Err(Fault::system(System::InsufficientScope))
    } else if counted {
        facade.limits.may_operate(&caller.source, method.name, began.at())
    } else {
        Ok(())
    };
    let ran = checked.is_ok();
    let outcome = match checked {
        Ok(()) => (method.run)(call).await,
        Err(fault) => Err(fault),
    };
    let processing = began.elapsed();
    let operating = if ran && counted {
        facade.limits.operated(&caller.source, method.name, processing, facade.now())
    } else {
        facade.limits.operating(&caller.source, method.name, facade.now())
    };
    Done { outcome, processing, operating }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn methods_are_found_whatever_the_case_of_their_names() {
        for name in ["server.time", "Server.Time", "SERVER.TIME"] {
            assert_eq!(find(Edition::Classic, name).map(|method| method.name), Some("server.time"));
        }
        assert!(find(Edition::Classic, "crm.deal.fly").is_none());
        assert!(find(Edition::Three, "server.time").is_none());
    }

    #[test]
    fn no_method_stands_in_the_table_twice() {
        for edition in [Edition::Classic, Edition::Three] {
            let names: Vec<_> = all(edition).iter().map(|method| method.name.to_ascii_lowercase()).collect();
            assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
        }
    }
}
