//! One installation, from the source to its end, as a pure function of what is told about it.

use std::{borrow::Cow, sync::Arc};

use rulewright_domain::Timestamp;

use super::question::Question;

/// What a package walks through, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StageName {
    Fetch,
    Verify,
    Check,
    Compile,
    Consent,
    SelfTest,
    Active,
}

impl StageName {
    pub const ALL: [StageName; 7] = [
        StageName::Fetch,
        StageName::Verify,
        StageName::Check,
        StageName::Compile,
        StageName::Consent,
        StageName::SelfTest,
        StageName::Active,
    ];
}

/// How far a stage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageState {
    Pending,
    Running,
    /// For somebody to agree.
    Waiting,
    Done,
    /// There was nothing to do.
    Skipped,
    /// It ended here: refused, declined or canceled.
    Ended,
}

/// One of them, and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    pub name: StageName,
    pub state: StageState,
    /// What was found, in words.
    pub detail: Option<String>,
    /// That have come, of those that are expected.
    pub bytes: Option<(u64, Option<u64>)>,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
}

/// How far an installation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    Working,
    /// For somebody to agree.
    Waiting,
    Active,
    Refused,
    Declined,
    Canceled,
}

impl JobState {
    pub fn is_over(self) -> bool {
        !matches!(self, JobState::Working | JobState::Waiting)
    }
}

/// Why a package is not installed. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Stable and machine-readable; docs/installing.md lists all.
    pub code: Cow<'static, str>,
    pub message: String,
    /// For whoever uses `/v1` or the command line: others say it in their own words, by the code.
    pub hint: Cow<'static, str>,
    /// Trying again may help.
    pub ours: bool,
}

/// One installation, as it stands.
#[derive(Clone, Debug)]
pub struct Job {
    pub id: String,
    /// Who asked for it.
    pub by: String,
    /// As it was asked for.
    pub source: String,
    pub began: Timestamp,
    /// Counts changes: the id of the stream's events.
    pub revision: u64,
    pub state: JobState,
    pub stages: Vec<Stage>,
    /// Once it has been read.
    pub question: Option<Arc<Question>>,
    pub refusal: Option<(StageName, Refused)>,
}

/// What is told about a job.
#[derive(Clone, Debug)]
pub enum Told {
    Began(StageName),
    Bytes(u64, Option<u64>),
    /// The stage that is running.
    Done(String),
    Skipped(StageName, String),
    /// What it is, and what it would be asked.
    Read(Arc<Question>),
    /// Somebody must agree now.
    Asks,
    /// Somebody did.
    Agreed(String),
    Refused(Refused),
    Declined,
    Canceled,
    /// The version runs.
    Active(String),
}

impl Job {
    pub fn new(id: String, by: String, source: String, began: Timestamp) -> Job {
        let stage = |name| Stage {
            name,
            state: StageState::Pending,
            detail: None,
            bytes: None,
            started_at: None,
            ended_at: None,
        };
        Job {
            id,
            by,
            source,
            began,
            revision: 0,
            state: JobState::Working,
            stages: StageName::ALL.map(stage).into(),
            question: None,
            refusal: None,
        }
    }

    /// An offer that was found: everything before the question is done.
    pub fn waiting(id: String, source: String, since: Timestamp, question: Arc<Question>) -> Job {
        let mut job = Job::new(id, String::new(), source, since);
        for stage in job.stages.iter_mut().filter(|stage| stage.name < StageName::Consent) {
            stage.state = StageState::Done;
        }
        job.apply(Told::Read(question), since);
        job.apply(Told::Asks, since);
        job
    }

    /// Whether it changed anything. What is over stays as it ended, whoever comes too late.
    pub fn apply(&mut self, told: Told, now: Timestamp) -> bool {
        if self.state.is_over() {
            return false;
        }
        match told {
            Told::Began(name) => {
                self.state = JobState::Working;
                self.end(StageState::Done, None, now);
                self.begin(name, StageState::Running, now);
            }
            Told::Bytes(came, of) => match self.current() {
                Some(stage) => stage.bytes = Some((came, of)),
                None => return false,
            },
            Told::Done(detail) => self.end(StageState::Done, Some(detail), now),
            Told::Skipped(name, detail) => {
                self.end(StageState::Done, None, now);
                if let Some(stage) = self.stage(name) {
                    (stage.state, stage.detail) = (StageState::Skipped, Some(detail));
                }
            }
            Told::Read(question) => self.question = Some(question),
            Told::Asks => {
                self.end(StageState::Done, None, now);
                self.begin(StageName::Consent, StageState::Waiting, now);
                self.state = JobState::Waiting;
            }
            Told::Agreed(detail) => {
                self.end(StageState::Done, Some(detail), now);
                self.state = JobState::Working;
            }
            Told::Refused(refused) => {
                let at = self.current().map_or(StageName::Fetch, |stage| stage.name);
                self.end(StageState::Ended, Some(refused.message.clone()), now);
                self.refusal = Some((at, refused));
                self.state = JobState::Refused;
            }
            Told::Declined => {
                self.end(StageState::Ended, Some("declined".to_owned()), now);
                self.state = JobState::Declined;
            }
            Told::Canceled => {
                self.end(StageState::Ended, Some("canceled".to_owned()), now);
                self.state = JobState::Canceled;
            }
            Told::Active(detail) => {
                self.end(StageState::Done, Some(detail), now);
                self.state = JobState::Active;
            }
        }
        self.revision += 1;
        true
    }

    /// The stage that is running or waiting.
    fn current(&mut self) -> Option<&mut Stage> {
        self.stages.iter_mut().find(|stage| matches!(stage.state, StageState::Running | StageState::Waiting))
    }

    fn stage(&mut self, name: StageName) -> Option<&mut Stage> {
        self.stages.iter_mut().find(|stage| stage.name == name)
    }

    fn begin(&mut self, name: StageName, state: StageState, now: Timestamp) {
        if let Some(stage) = self.stage(name) {
            stage.state = state;
            stage.started_at = Some(now);
            stage.ended_at = None;
        }
    }

    fn end(&mut self, state: StageState, detail: Option<String>, now: Timestamp) {
        if let Some(stage) = self.current() {
            stage.state = state;
            stage.ended_at = Some(now);
            stage.detail = detail.or(stage.detail.take());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> Job {
        Job::new("ins_1".into(), "test".into(), "this program".into(), Timestamp(1))
    }

    fn refused() -> Refused {
        Refused {
            code: "unsigned".into(),
            message: "it is not signed".into(),
            hint: "sign it".into(),
            ours: false,
        }
    }

    fn told(all: Vec<Told>) -> Job {
        let mut job = job();
        for (at, one) in all.into_iter().enumerate() {
            job.apply(one, Timestamp(at as i64 + 2));
        }
        job
    }

    fn states(job: &Job) -> Vec<StageState> {
        job.stages.iter().map(|stage| stage.state).collect()
    }

    #[test]
    fn a_stage_ends_when_the_next_begins() {
        use StageState::{Done, Pending, Running};
        let job = told(vec![
            Told::Began(StageName::Fetch),
            Told::Bytes(5, Some(10)),
            Told::Began(StageName::Verify),
        ]);
        assert_eq!(states(&job), [Done, Running, Pending, Pending, Pending, Pending, Pending]);
        let fetch = &job.stages[0];
        assert_eq!((fetch.started_at, fetch.ended_at), (Some(Timestamp(2)), Some(Timestamp(4))));
        assert_eq!((fetch.bytes, job.revision), (Some((5, Some(10))), 3));
    }

    #[test]
    fn a_refusal_names_the_stage_and_nothing_comes_after_it() {
        let mut job = told(vec![Told::Began(StageName::Verify), Told::Refused(refused())]);
        assert_eq!(job.refusal, Some((StageName::Verify, refused())));
        assert_eq!((job.state, job.stages[1].state), (JobState::Refused, StageState::Ended));
        let before = job.revision;
        for late in [Told::Active("x".into()), Told::Canceled, Told::Declined, Told::Began(StageName::Active)]
        {
            assert!(!job.apply(late, Timestamp(9)));
        }
        assert_eq!((job.state, job.revision), (JobState::Refused, before));
    }

    #[test]
    fn it_waits_for_consent_and_goes_on_after_it() {
        let mut job = told(vec![Told::Began(StageName::Compile), Told::Asks]);
        assert_eq!((job.state, job.stages[4].state), (JobState::Waiting, StageState::Waiting));
        job.apply(Told::Agreed("test agreed".into()), Timestamp(20));
        job.apply(Told::Began(StageName::SelfTest), Timestamp(21));
        assert_eq!((job.state, job.stages[4].state), (JobState::Working, StageState::Done));
        job.apply(Told::Began(StageName::Active), Timestamp(22));
        job.apply(Told::Active("1.0.0 runs".into()), Timestamp(23));
        assert!(
            job.state == JobState::Active
                && job.stages.iter().all(|stage| stage.state != StageState::Running)
        );
    }

    #[test]
    fn what_is_declined_or_canceled_is_over() {
        for (end, state) in [(Told::Declined, JobState::Declined), (Told::Canceled, JobState::Canceled)] {
            let job = told(vec![Told::Began(StageName::Compile), Told::Asks, end]);
            assert_eq!((job.state, job.stages[4].state), (state, StageState::Ended));
            assert!(job.state.is_over());
        }
    }
}
