//! Turns plugins that are written in JavaScript, Python or C into components: cuts the world down to the functions
//! that the plugin's `rulewright.json` names, runs the language's own toolchain on it, and puts the manifest in.
//!
//! **Invariant:** a tool. It installs nothing and opens no connection: a toolchain that is missing is named, with the
//! command that installs it. It judges nothing: whether a component may be installed is for `rulewright-registry`.

mod c;
mod component;
mod javascript;
mod problem;
mod project;
mod python;
mod sdk;
mod toolchain;
#[cfg(test)]
mod typescript;
mod world;

use std::path::{Path, PathBuf};

/// Toolchains that this host was tested with, as npm and pip name versions.
pub const JAVASCRIPT_TOOLS: [&str; 2] = [javascript::COMPONENTIZE, javascript::BUNDLE];
pub const PYTHON_TOOL: &str = python::COMPONENTIZE;

pub use problem::Problem;
pub use project::{FILE, Kind, Language, Project};

/// Compiles a plugin to a component. What lies between is kept in `work`, and may be deleted at any time.
pub fn build(project: &Project, work: &Path) -> Result<Vec<u8>, Problem> {
    let world = world::cut(project.kind, &project.uses)?;
    let place = Place::new(work, &world)?;
    let component = match project.language {
        Language::JavaScript => javascript::build(project, &place),
        Language::Python => python::build(project, &place),
        Language::C => c::build(project, &place, &world),
    }?;
    component::check(&component, &project.uses)?;
    Ok(component::with_manifest(component, &project.manifest))
}

/// What a build leaves behind, which editors read too: the SDK, and the WIT of the plugin's own world.
struct Place {
    work: PathBuf,
    sdk: PathBuf,
    wit: PathBuf,
}

impl Place {
    fn new(work: &Path, world: &world::Cut) -> Result<Place, Problem> {
        // Toolchains are started in the plugin's folder.
        let work = std::path::absolute(work).map_err(|error| Problem::file("find", work, &error))?;
        let place = Place { sdk: work.join("sdk"), wit: work.join("wit"), work };
        world::write(world, &place.wit)?;
        Ok(place)
    }
}
