//! `explain`: what a code means. The catalogue is in the program, so that it needs neither data nor a server.

use clap::Args;
use rulewright_domain::code::{Explained, areas, explain, nearest};
use serde_json::{Value, json};

use crate::error::{CliError, Result};
use crate::output::Output;

/// Of everything that this program prints.
const LANGUAGE: &str = "en";

#[derive(Args, Debug)]
pub struct Explain {
    /// As it stands in a message, e.g. `not-found`; all are listed, if left out
    code: Option<String>,
}

impl Explain {
    pub fn run(self, output: Output) -> Result<()> {
        let Some(code) = self.code else {
            list(output);
            return Ok(());
        };
        let code = code.trim().to_lowercase();
        let found = explain(LANGUAGE, &code).ok_or_else(|| unknown(&code))?;
        match output.json {
            true => output.value(&whole(&code, found)),
            false => output.say(&told(&code, found)),
        }
        Ok(())
    }
}

fn list(output: Output) {
    let all = areas(LANGUAGE);
    if output.json {
        let items = all.iter().flat_map(|area| area.codes.iter().map(|one| whole(one.code, one)));
        return output.value(&json!({ "items": items.collect::<Vec<_>>(), "next": null }));
    }
    for (place, area) in all.iter().enumerate() {
        output.say(&format!("{}{}", if place == 0 { "" } else { "\n" }, area.title));
        for Explained { code, title, .. } in &area.codes {
            output.say(&format!("  {code:24} {title}"));
        }
    }
}

fn told(code: &str, found: &Explained) -> String {
    let Explained { title, what, kept, next, .. } = found;
    format!("{code}: {title}\n\n{what}\n{kept}\n\nWhat to do: {next}")
}

fn whole(code: &str, found: &Explained) -> Value {
    let Explained { title, what, kept, next, .. } = found;
    json!({ "code": code, "title": title, "what": what, "kept": kept, "hint": next })
}

fn unknown(code: &str) -> CliError {
    let meant = nearest(code).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    CliError::refused("not-found", format!("there is no code `{code}`")).hint(format!(
        "{meant}`rulewright explain` lists all; a code in `errors` is of one mistake, and stands beside what to write"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_explained_in_full() {
        let found = explain(LANGUAGE, "trap").unwrap();
        let text = told("trap", found);
        assert!(
            text.starts_with("trap: The plugin broke off\n\n") && text.contains("What to do: "),
            "{text}"
        );
        assert_eq!(whole("trap", found)["hint"], found.next);
    }

    #[test]
    fn of_a_family_the_code_is_the_one_that_was_asked_for() {
        let code = "no-such-template";
        assert!(told(code, explain(LANGUAGE, code).unwrap()).starts_with("no-such-template: "));
    }

    #[test]
    fn a_code_that_was_mistyped_is_told_with_the_right_one() {
        assert!(unknown("out-of-fule").hint.starts_with("did you mean `out-of-fuel`?"));
        assert!(unknown("zzz").hint.starts_with("`rulewright explain` lists all"));
    }
}
