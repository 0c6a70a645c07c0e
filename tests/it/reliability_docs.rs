//! `docs/reliability.md` has a row for every case of the list of abuse and faults, and every test that it names is there.

use std::collections::BTreeMap;
use std::path::Path;

/// The list: a letter, and how many cases it has.
const CASES: [(char, usize); 6] = [('A', 24), ('B', 30), ('C', 16), ('D', 26), ('E', 8), ('F', 30)];

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn list() -> Vec<String> {
    let of = |(letter, count): (char, usize)| (1..=count).map(move |number| format!("{letter}{number:02}"));
    CASES.into_iter().flat_map(of).collect()
}

/// Case and test of each row of the tables.
fn rows(page: &str) -> Vec<(String, String)> {
    let row = |line: &str| {
        let cells: Vec<&str> = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").collect();
        let [case, what, test] = cells.as_slice() else { return None };
        let is_case = case.len() == 3 && list().iter().any(|one| one == case);
        (is_case && !what.trim().is_empty()).then(|| ((*case).to_owned(), (*test).to_owned()))
    };
    page.lines().filter_map(row).collect()
}

/// What is named as `path::name`.
fn named(test: &str) -> impl Iterator<Item = (&str, &str)> {
    test.split('`').skip(1).step_by(2).filter_map(|name| name.split_once("::"))
}

/// What is wrong with the page.
fn wrong(page: &str, mut file: impl FnMut(&str) -> String) -> Vec<String> {
    let rows = rows(page);
    let mut found = Vec::new();
    let cases: Vec<&String> = rows.iter().map(|(case, _)| case).collect();
    let list = list();
    if cases != list.iter().collect::<Vec<_>>() {
        let missing: Vec<_> = list.iter().filter(|case| !cases.contains(case)).collect();
        found.push(format!("each case has one row, in order; there is none for {missing:?}"));
    }
    for (case, test) in &rows {
        let said = ["not yet: ", "cannot: ", "by choice: "]
            .iter()
            .any(|why| test.starts_with(*why) && test.len() > why.len());
        if !said && named(test).next().is_none() {
            found.push(format!("{case} names no test, and does not say why: {test}"));
        }
        for (path, name) in named(test) {
            if !file(path).contains(&format!("fn {name}(")) {
                found.push(format!("{case} names `{path}::{name}`, which is not there"));
            }
        }
    }
    found
}

#[test]
fn every_case_has_its_row_and_every_test_that_is_named_is_there() {
    let mut files = BTreeMap::new();
    let file = |path: &str| files.entry(path.to_owned()).or_insert_with(|| read(path)).clone();
    let page = read("docs/reliability.md");
    assert!(rows(&page).iter().filter(|(_, test)| named(test).next().is_some()).count() > 100);
    assert_eq!(wrong(&page, file), Vec::<String>::new());
}

#[test]
fn a_row_that_is_missing_or_names_what_is_not_there_is_reported() {
    let file = |path: &str| format!("fn is_in_{}(", path.replace('.', "_"));
    let row = |case: &str| match case {
        "A01" => "| A01 | ends | `a.rs::is_in_a_rs`; not yet: twice |\n".to_owned(),
        case => format!("| {case} | ends | not yet: nobody tries |\n"),
    };
    let whole: String = list().iter().map(|case| row(case)).collect();
    assert_eq!(wrong(&whole, file), Vec::<String>::new());
    for (from, to, told) in [
        (row("C05"), String::new(), "there is none for [\"C05\"]"),
        (row("C05"), row("C05") + &row("C05"), "one row"),
        (row("C05"), "| C05 | ends | not yet: |\n".to_owned(), "C05 names no test"),
        (row("C05"), "| C05 | ends | of course |\n".to_owned(), "C05 names no test"),
        (
            row("C05"),
            "| C05 | ends | `a.rs::is_in_b_rs` |\n".to_owned(),
            "`a.rs::is_in_b_rs`, which is not there",
        ),
    ] {
        let found = wrong(&whole.replacen(&from, &to, 1), file).join("\n");
        assert!(found.contains(told), "{to}: {found}");
    }
}
