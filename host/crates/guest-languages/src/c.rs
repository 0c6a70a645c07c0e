//! C: bindings by wit-bindgen, compiled by clang without a standard library.

use std::ffi::{OsStr, OsString};

use wit_bindgen_core::{Files, WorldGenerator};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

use crate::{Place, Problem, Project, sdk, toolchain, world};

/// Bytes, as of a Rust plugin: the host looks through all of it after every step.
const STACK: usize = 128 << 10;

const INSTALL: &str = "apt-get install clang lld (Debian), brew install llvm lld (macOS)";

pub fn build(project: &Project, place: &Place, world: &world::Cut) -> Result<Vec<u8>, Problem> {
    let folder = place.sdk.join("c");
    sdk::unpack(sdk::C, &folder)?;
    let internal = |error: String| Problem::new("internal", format!("no bindings for C: {error}"));
    let mut files = Files::default();
    let options = wit_bindgen_c::Opts { no_object_file: true, ..wit_bindgen_c::Opts::default() };
    let mut resolve = world.resolve.clone();
    let mut generator: Box<dyn WorldGenerator> = options.build();
    generator
        .generate(&mut resolve, world.world, &mut files)
        .map_err(|error| internal(format!("{error:#}")))?;
    for (name, bytes) in files.iter() {
        sdk::write(&folder.join(name), bytes)?;
    }

    let dir =
        std::path::absolute(&project.dir).map_err(|error| Problem::file("find", &project.dir, &error))?;
    let clang = toolchain::find("clang", &[], INSTALL)?;
    let output = place.work.join("core.wasm");
    let mut arguments: Vec<OsString> = [
        "--target=wasm32-unknown-unknown",
        // Copies are one instruction, and need no library.
        "-mbulk-memory",
        "-std=c11",
        "-Oz",
        "-flto",
        "-ffreestanding",
        "-nostdlib",
        "-fvisibility=hidden",
        "-ffunction-sections",
        "-fdata-sections",
        "-Wall",
        "-Wextra",
        // Called, but not in `uses`.
        "-Werror=implicit-function-declaration",
        "-Wl,--no-entry",
        "-Wl,--gc-sections",
        // Names of functions stay: a failure then says where it was.
        "-Wl,--strip-debug",
        "-Wl,--stack-first",
    ]
    .map(OsString::from)
    .into();
    arguments.push(format!("-Wl,-z,stack-size={STACK}").into());
    for include in [&folder, &folder.join("include")] {
        arguments.extend(["-isystem".into(), include.clone().into_os_string()]);
    }
    arguments.extend([project.main.clone().into_os_string(), "-x".into(), "c".into()]);
    arguments.extend([folder.join("plugin.c"), folder.join("rulewright.c")].map(OsString::from));
    arguments.extend(["-o".into(), output.clone().into_os_string()]);
    let borrowed: Vec<&OsStr> = arguments.iter().map(OsString::as_os_str).collect();
    toolchain::run(&clang, &borrowed, &dir).map_err(explained)?;

    let mut core = std::fs::read(&output).map_err(|error| Problem::file("read", &output, &error))?;
    embed_component_metadata(&mut core, &world.resolve, world.world, StringEncoding::UTF8)
        .map_err(|error| internal(format!("{error:#}")))?;
    let mut encoder = ComponentEncoder::default();
    encoder.validate(true).module(&core).and_then(|encoder| encoder.encode()).map_err(|error| {
        Problem::new("compile", format!("what clang made does not fit the plugin's world: {error:#}"))
            .hint("a function that nothing defines is imported from `env`: there is no C library in a plugin")
    })
}

fn explained(problem: Problem) -> Problem {
    let said = &problem.message;
    if said.contains("implicit declaration") || said.contains("undeclared function") {
        return problem.hint(format!(
            "a function of the host is there when `uses` of {} names it; of the C library there is only what string.h \
             and stdlib.h of the SDK have",
            crate::FILE
        ));
    }
    if said.contains("undefined symbol") {
        return problem.hint(
            "write every function that the plugin exports (they are at the end of plugin.h); and there is no C library \
             in a plugin but what string.h and stdlib.h of the SDK have",
        );
    }
    let missing = ["unable to execute", "unable to create target", "No available targets", "invalid linker"];
    if missing.iter().any(|text| said.contains(text)) {
        return problem
            .hint(format!("this clang cannot make WebAssembly: install LLVM's clang and lld, {INSTALL}"));
    }
    problem
}
