//! Which dependency takes the target for a browser: `wasm-bindgen` makes imports that no host but a browser's has.

use std::path::Path;
use std::process::Command;

/// The family itself; whoever needs one of these is the culprit.
const FAMILY: [&str; 6] =
    ["wasm-bindgen", "js-sys", "web-sys", "wasm-bindgen-futures", "serde-wasm-bindgen", "gloo-utils"];

/// What is known of crates that are often met.
const ADVICE: [(&str, &str); 8] = [
    ("chrono", "chrono: default-features = false, without `clock` and `wasmbind`; the time is step.now()"),
    ("uuid", "uuid: without the feature `js`; make ids from step.random()"),
    ("getrandom", "getrandom: without `js` and `wasm_js`; random numbers come from step.random()"),
    ("rand", "rand: default-features = false; seed it with step.random()"),
    ("instant", "instant: without `wasm-bindgen`; the time is step.now()"),
    ("web-time", "web-time: leave it out; the time is step.now()"),
    ("time", "time: without the feature `wasm-bindgen`; the time is step.now()"),
    ("reqwest", "reqwest: leave it out; requests are sent with the SDK's `http`"),
];

#[derive(Debug, PartialEq, Eq)]
pub struct Culprit {
    /// The crate that asks for the family.
    pub name: String,
    /// From the family up to the plugin.
    pub chain: Vec<String>,
}

impl Culprit {
    pub fn advice(&self) -> String {
        match ADVICE.iter().find(|(name, _)| self.chain.iter().any(|of| of == name)) {
            Some((_, advice)) => (*advice).to_owned(),
            None => format!(
                "switch the feature of `{}` off that is for browsers, often `js`, `wasm` or `wasmbind`, or leave it out",
                self.name
            ),
        }
    }
}

/// Of a Rust crate; empty where there is none, or where cargo cannot say.
pub fn of_browser(folder: &Path) -> Vec<Culprit> {
    let manifest = folder.join("Cargo.toml");
    if !manifest.is_file() {
        return Vec::new();
    }
    let tree = Command::new("cargo")
        .args(["tree", "--target", "wasm32-unknown-unknown", "--edges", "normal", "--invert", "wasm-bindgen"])
        .args(["--prefix", "depth", "--format", " {p}", "--manifest-path"])
        .arg(manifest)
        .output();
    tree.map(|tree| read(&String::from_utf8_lossy(&tree.stdout))).unwrap_or_default()
}

/// Lines such as `2 chrono v0.4.41`: the depth, then the package.
fn read(tree: &str) -> Vec<Culprit> {
    let mut above: Vec<String> = Vec::new();
    let mut found: Vec<Culprit> = Vec::new();
    for line in tree.lines() {
        let Some((depth, rest)) = line.split_once(' ') else { continue };
        let (Ok(depth), Some(name)) = (depth.parse::<usize>(), rest.split_whitespace().next()) else {
            continue;
        };
        above.truncate(depth);
        above.push(name.to_owned());
        // The first on the way up that is not of the family; the others follow from it.
        let outside = above.iter().find(|name| !FAMILY.contains(&name.as_str()));
        if let Some(name) =
            outside.filter(|outside| *outside == name && !found.iter().any(|one| one.name == **outside))
        {
            found.push(Culprit { name: name.clone(), chain: above.clone() });
        }
    }
    // With the way up to the plugin, where the tree goes on.
    let whole = whole_chains(tree);
    for one in &mut found {
        if let Some(chain) = whole.iter().find(|chain| chain.starts_with(&one.chain)) {
            one.chain.clone_from(chain);
        }
    }
    found
}

/// From the family to what nothing in the tree depends on.
fn whole_chains(tree: &str) -> Vec<Vec<String>> {
    let mut chains: Vec<Vec<String>> = Vec::new();
    let mut above: Vec<String> = Vec::new();
    for line in tree.lines() {
        let Some((depth, rest)) = line.split_once(' ') else { continue };
        let (Ok(depth), Some(name)) = (depth.parse::<usize>(), rest.split_whitespace().next()) else {
            continue;
        };
        if depth < above.len() {
            chains.push(above.clone());
        }
        above.truncate(depth);
        above.push(name.to_owned());
    }
    chains.push(above);
    chains
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crate_that_asks_for_the_browser_is_named_with_the_way_to_it() {
        let tree = "0 wasm-bindgen v0.2.100\n1 js-sys v0.3.77\n2 chrono v0.4.41\n3 acme-dates v1.0.0\n4 greet v0.1.0 (/x)\n\
                    2 web-sys v0.3.77\n3 reqwest v0.12.0\n4 greet v0.1.0 (/x)\n1 uuid v1.16.0\n2 greet v0.1.0 (/x)\n";
        let found = read(tree);
        let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["chrono", "reqwest", "uuid"]);
        assert_eq!(found[0].chain, ["wasm-bindgen", "js-sys", "chrono", "acme-dates", "greet"]);
        assert!(found[0].advice().contains("wasmbind"), "{}", found[0].advice());
        assert!(read("error: package ID specification `wasm-bindgen` did not match any packages").is_empty());
    }
}
