//! How far an installation is, and how it ended.

use maud::{Markup, html};
use rulewright_domain::ShopConfig;
use rulewright_market::{Job, JobState, Refused, Stage, StageName, StageState, Upgrade};

use super::{address, preview};
use crate::{door::Look, help, reasons, show::Tone};

/// How an installation stands.
pub fn state(look: &Look, state: JobState) -> Markup {
    let (tone, key) = match state {
        JobState::Working => (Tone::Busy, "install-working"),
        JobState::Waiting => (Tone::Wait, "install-waiting"),
        JobState::Active => (Tone::Good, "install-active"),
        JobState::Refused => (Tone::Bad, "install-refused"),
        JobState::Declined => (Tone::Stop, "install-declined"),
        JobState::Canceled => (Tone::Stop, "install-canceled"),
    };
    tone.pill(&look.text(key))
}

fn stage_name(look: &Look, name: StageName) -> String {
    look.text(match name {
        StageName::Fetch => "stage-fetch",
        StageName::Verify => "stage-verify",
        StageName::Check => "stage-check",
        StageName::Compile => "stage-compile",
        StageName::Consent => "stage-consent",
        StageName::SelfTest => "stage-self-test",
        StageName::Active => "stage-active",
    })
}

fn stage_state(look: &Look, job: &Job, stage: &Stage) -> Markup {
    let (tone, key) = match stage.state {
        // What was installed already was neither asked about nor tried again.
        StageState::Pending if job.state == JobState::Active => (Tone::Skip, "stage-skipped"),
        StageState::Pending => (Tone::Nothing, "stage-pending"),
        StageState::Running => (Tone::Busy, "stage-running"),
        StageState::Waiting => (Tone::Wait, "stage-waiting"),
        StageState::Done => (Tone::Good, "stage-done"),
        StageState::Skipped => (Tone::Skip, "stage-skipped"),
        StageState::Ended if job.state == JobState::Refused => (Tone::Bad, "stage-refused"),
        StageState::Ended => (Tone::Stop, "stage-ended"),
    };
    tone.pill(&look.text(key))
}

/// The stage that it is at, and how many of a hundred parts are done. Each stage counts the same; of a fetch what has come.
fn reached(job: &Job) -> (Option<&Stage>, u64) {
    let done = |stage: &&Stage| {
        job.state == JobState::Active || matches!(stage.state, StageState::Done | StageState::Skipped)
    };
    let is_at =
        |stage: &&Stage| !matches!(stage.state, StageState::Done | StageState::Skipped | StageState::Pending);
    let at = job.stages.iter().find(is_at).or_else(|| job.stages.iter().find(|stage| !done(stage)));
    let each = 100_u64;
    let whole = job.stages.iter().filter(done).count() as u64 * each;
    let part = match at.and_then(|stage| stage.bytes) {
        Some((came, Some(of))) if of > 0 => came.min(of) * each / of,
        _ => 0,
    };
    let all = (job.stages.len() as u64).max(1) * each;
    (at, (whole + part) * 100 / all)
}

pub fn shown(look: &Look, job: &Job, may: bool) -> Markup {
    let (at, percent) = reached(job);
    let number =
        at.and_then(|at| job.stages.iter().position(|stage| stage.name == at.name)).unwrap_or_default() + 1;
    let told = match at {
        Some(stage) => look.with(
            "install-step",
            &[
                ("step", stage_name(look, stage.name).into()),
                ("number", number.into()),
                ("of", job.stages.len().into()),
            ],
        ),
        None => look.text("install-all-steps"),
    };
    html! {
        p role="status" { (state(look, job.state)) " " (told) }
        progress max="100" value=(percent) aria-label=(look.text("install-progress")) aria-valuenow=(percent) aria-valuetext=(told) {}
        ol.steps { @for stage in &job.stages { (step(look, job, stage)) } }
        p.muted {
            (look.text("installs-source")) " " code { (job.source) }
            @if !job.by.is_empty() { " · " (job.by) }
            " · " (look.ago(job.began))
        }
        @if may && job.state == JobState::Working {
            form method="post" action=(format!("{}/cancel", address(&job.id))) {
                button.quiet type="submit" { (look.text("install-cancel")) }
            }
        }
    }
}

fn step(look: &Look, job: &Job, stage: &Stage) -> Markup {
    let here = matches!(stage.state, StageState::Running | StageState::Waiting);
    html! {
        li aria-current=[here.then_some("step")] {
            strong { (stage_name(look, stage.name)) } " " (stage_state(look, job, stage))
            @if let Some((came, of)) = stage.bytes {
                " " span.muted { (look.bytes(came)) @if let Some(of) = of { " / " (look.bytes(of)) } }
            }
            @if let (Some(began), Some(ended)) = (stage.started_at, stage.ended_at) {
                " " span.muted { (look.span(ended.0 - began.0)) }
            }
            @if let Some(detail) = &stage.detail { br; span.muted lang="en" { (detail) } }
        }
    }
}

/// What came of it, once it is over.
pub fn end(look: &Look, config: &ShopConfig, job: &Job, upgrade: Option<&Upgrade>, may: bool) -> Markup {
    html! {
        @match job.state {
            JobState::Working | JobState::Waiting => {}
            JobState::Active => { (active(look, config, job, upgrade)) }
            JobState::Declined | JobState::Canceled => {
                div.note.info { p { (look.text("install-nothing-kept")) } }
                p { a.button.quiet href="/marketplace" { (look.text("market-back")) } }
            }
            JobState::Refused => {
                @if let Some((stage, refused)) = &job.refusal { (refusal(look, job, *stage, refused, may)) }
            }
        }
    }
}

fn active(look: &Look, config: &ShopConfig, job: &Job, upgrade: Option<&Upgrade>) -> Markup {
    html! {
        @if let Some(question) = &job.question {
            div.note.ok {
                p { (look.with("install-runs", &[("version", question.package.manifest.version.as_str().into())])) }
                @if upgrade.is_some() { p { (look.text("install-runs-stay")) } }
            }
            @if let Some(upgrade) = upgrade { (preview::needs_settings(look, config, upgrade)) }
            p.row {
                a.button href=(format!("/plugins/{}", question.package.manifest.id)) { (look.text("install-to-plugin")) }
                a.button.quiet href="/automation" { (look.text("install-to-automation")) }
            }
        }
    }
}

/// What happened, what was kept, what to do, and the code.
fn refusal(look: &Look, job: &Job, stage: StageName, refused: &Refused, may: bool) -> Markup {
    html! {
        div.note.bad role="alert" {
            p { strong { (look.with("install-refused-at", &[("stage", stage_name(look, stage).into())])) } }
            p { (reasons::failure(look, &refused.code, &refused.message)) }
            p { (look.text("install-nothing-changed")) }
            p { (help::next(look, &refused.code, &refused.hint)) }
            p.muted { (help::code(look, &refused.code)) " " (help::copy(look, &refused.code, Some(&job.id))) }
        }
        @if may { (again(look, job, refused)) }
    }
}

/// Once more, with what whoever asks takes upon themselves. What came as a file is chosen again.
fn again(look: &Look, job: &Job, refused: &Refused) -> Markup {
    let was_file = !job.source.contains(['/', ':']) && job.source.ends_with(".wasm");
    let more = match &*refused.code {
        "unsigned" => html! {
            label { input type="checkbox" name="allow_unsigned" value="yes" required; " " (look.text("install-allow-unsigned")) }
        },
        "other-key" => html! {
            label for="accept-key" { (look.text("install-accept-key")) }
            p.help #accept-key-help { (look.text("install-accept-key-help")) }
            input #accept-key name="accept_key" required autocomplete="off" spellcheck="false" aria-describedby="accept-key-help";
        },
        "downgrade" => html! {
            label { input type="checkbox" name="allow_downgrade" value="yes" required; " " (look.text("install-allow-downgrade")) }
        },
        _ => html! {},
    };
    html! {
        @if was_file {
            p { a.button.quiet href="/marketplace" { (look.text("market-back")) } }
        } @else {
            form.stack.card method="post" action="/installs" {
                input type="hidden" name="source" value=(job.source);
                (more)
                button.quiet type="submit" { (look.text("install-again")) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        installs::sample::{job, question},
        listing::tests::look,
        runs::sample::config,
    };

    #[test]
    fn progress_is_told_as_a_number_and_in_words_and_the_step_is_marked() {
        let mut job = job(JobState::Working, None);
        job.stages[3].state = StageState::Running;
        let html = shown(&look("en"), &job, true).into_string();
        assert!(html.contains("aria-valuenow=\"42\""), "three of seven: {html}");
        assert!(html.contains("aria-valuetext=\"Compile, step 4 of 7\""), "{html}");
        assert_eq!(html.matches("aria-current=\"step\"").count(), 1, "{html}");
        assert!(html.contains("/installs/ins_1/cancel"), "{html}");
        assert!(!shown(&look("en"), &job, false).into_string().contains("<form"));
    }

    #[test]
    fn what_runs_already_waits_for_no_step() {
        let mut job = job(JobState::Active, None);
        job.stages[4].state = StageState::Pending;
        assert!(matches!(reached(&job), (None, 100)));
        assert!(!shown(&look("en"), &job, true).into_string().contains(&look("en").text("stage-pending")));
    }

    #[test]
    fn what_has_come_of_a_fetch_counts() {
        let mut job = job(JobState::Working, None);
        for stage in &mut job.stages {
            stage.state = StageState::Pending;
        }
        job.stages[0].state = StageState::Running;
        job.stages[0].bytes = Some((512, Some(1024)));
        assert_eq!(reached(&job).1, 7, "half of a seventh");
    }

    #[test]
    fn a_refusal_says_where_it_came_what_was_kept_what_to_do_and_its_code() {
        let mut job = job(JobState::Refused, None);
        let refused = Refused::new("digest-mismatch", "what came is not what was promised", "");
        job.refusal = Some((StageName::Verify, refused));
        let html = end(&look("en"), &config(), &job, None, true).into_string();
        for part in [
            "Verify",
            "what came is not",
            "Nothing has changed",
            "Do not use",
            "<code>digest-mismatch</code>",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
    }

    #[test]
    fn another_key_is_taken_only_from_whoever_types_it() {
        let mut job = job(JobState::Refused, None);
        job.refusal = Some((StageName::Verify, Refused::new("other-key", "another key: 9f86", "")));
        let html = end(&look("en"), &config(), &job, None, true).into_string();
        assert!(html.contains("name=\"accept_key\" required") && !html.contains("value=\"9f86"), "{html}");
        assert!(!end(&look("en"), &config(), &job, None, false).into_string().contains("<form"));
    }

    #[test]
    fn whoever_has_installed_something_is_led_to_it() {
        let job = job(JobState::Active, Some(question(&[])));
        let html = end(&look("en"), &config(), &job, None, true).into_string();
        assert!(html.contains("href=\"/plugins/acme.greet\"") && html.contains("1.4.0"), "{html}");
    }
}
