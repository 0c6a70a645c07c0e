//! What a code means is told without data and without a server, and every error says where it is told.

use serde_json::Value;

use crate::{output, rulewright};

#[test]
fn a_code_is_explained_where_there_is_nothing_but_the_program() {
    let home = tempfile::tempdir().unwrap();
    let told = output(rulewright().args(["explain", "Out-of-Fuel"]).current_dir(home.path()));
    assert!(told.starts_with("out-of-fuel: ") && told.contains("What to do: "), "{told}");
    let all = output(rulewright().arg("explain").current_dir(home.path()));
    assert!(all.lines().filter(|line| line.starts_with("  ")).count() > 200, "{all}");
    let items = output(rulewright().args(["explain", "--json"]).current_dir(home.path()));
    let items: Value = serde_json::from_str(&items).unwrap();
    assert!(items["items"].as_array().unwrap().iter().all(|one| one["kept"].is_string()), "{items}");
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "nothing was made");
}

#[test]
fn an_error_names_its_explanation_and_a_mistyped_code_the_right_one() {
    let home = tempfile::tempdir().unwrap();
    let error = |arguments: &[&str]| {
        let done = rulewright().args(arguments).current_dir(home.path()).output().unwrap();
        (done.status.code(), String::from_utf8(done.stderr).unwrap())
    };
    let (exit, said) = error(&["run", "list"]);
    assert_eq!(exit, Some(5), "{said}");
    assert!(said.contains("error[no-data]") && said.contains("= more: rulewright explain no-data"), "{said}");
    let (exit, said) = error(&["explain", "no-dat"]);
    assert_eq!(exit, Some(3), "{said}");
    assert!(said.contains("did you mean `no-data`?"), "{said}");
}
