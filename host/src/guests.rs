//! Where guests run: in processes of their own, or in this one.
//!
//! **Invariant:** this program as such a process has read no settings, opened no file and started no thread before the
//! runtime has taken over.

use std::process::ExitCode;

use clap::ValueEnum;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::{counter::Counter, family::Family, gauge::Gauge};
use prometheus_client::registry::Registry;
use rulewright_api::Troubles;
use rulewright_runtime::{Guests, WORKER_CHILD, worker_child};
use serde::Deserialize;

/// No process takes steps, so every run waits.
const NONE: &str = "no-guests";
/// The system forbids them nothing: there is only the sandbox.
const OPEN: &str = "no-walls";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[value(rename_all = "kebab-case")]
pub enum Place {
    /// One for each processor, without files, network and secrets
    Processes,
    /// In the server's own process, behind the sandbox alone: for development
    InProcess,
}

impl Default for Place {
    /// Of `serve`.
    fn default() -> Place {
        match cfg!(unix) {
            true => Place::Processes,
            false => Place::InProcess,
        }
    }
}

/// This process as one that runs guests, if that is what it was started for.
pub fn as_child() -> Option<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    if arguments.next()? != WORKER_CHILD {
        return None;
    }
    // For whoever started it, who has its own clock and levels.
    let log = tracing_subscriber::fmt().without_time().with_ansi(false).with_writer(std::io::stderr);
    // Nobody else has set one.
    let _ = log.with_max_level(tracing::Level::WARN).try_init();
    Some(worker_child(arguments.next()))
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Wall {
    wall: &'static str,
}

/// Numbers and troubles, as they are from now on.
pub fn register(guests: &Guests, registry: &mut Registry, troubles: Troubles) {
    let (alive, walls): (Gauge, Family<Wall, Gauge>) = Default::default();
    let restarts: Counter = Counter::default();
    registry.register("rulewright_workers", "Processes that run guests", alive.clone());
    let again = "How often a process that runs guests was started again";
    registry.register("rulewright_worker_restarts", again, restarts.clone());
    let stand = "Whether the system keeps guests from files and connections, by what does it";
    registry.register("rulewright_worker_walls", stand, walls.clone());
    guests.follow(move |now| {
        alive.set(i64::try_from(now.alive).unwrap_or(i64::MAX));
        restarts.inc_by(now.restarts.saturating_sub(restarts.get()));
        let stand = now.walls.as_ref().map(|found| (found.seccomp, found.landlock.is_some()));
        let (seccomp, landlock) = stand.unwrap_or_default();
        for (wall, stands) in [("seccomp", seccomp), ("landlock", landlock)] {
            walls.get_or_create(&Wall { wall }).set(i64::from(stands));
        }
        // At the start they are just not there yet.
        let none = now.alive == 0 && (stand.is_some() || now.restarts > 0);
        for (trouble, is_so) in [(NONE, none), (OPEN, stand == Some((false, false)))] {
            match is_so {
                true => troubles.begin(trouble),
                false => troubles.end(trouble),
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_guests_run_is_said_in_the_words_of_the_flag_and_of_the_file() {
        for (text, place) in [("processes", Place::Processes), ("in-process", Place::InProcess)] {
            assert_eq!(Place::from_str(text, false), Ok(place));
            assert_eq!(serde_json::from_value::<Place>(text.into()).unwrap(), place);
        }
    }

    #[test]
    fn a_server_whose_guests_are_not_there_yet_is_not_in_trouble() {
        let (guests, troubles) = (Guests::default(), Troubles::default());
        let mut registry = Registry::default();
        register(&guests, &mut registry, troubles.clone());
        assert_eq!(troubles.all(), Vec::<&str>::new());
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        assert!(text.contains("rulewright_workers 0\n"), "{text}");
        assert!(text.contains("rulewright_worker_restarts_total 0\n"), "{text}");
    }
}
