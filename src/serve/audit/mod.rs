//! `audit`: runs each handler by itself, many times, and says what its runs keep. Serves nothing.
//!
//! `subject` is what is run, `recorded` where a captured request comes from, `sample` what there is after each run, `verdict` what that means, and
//! `report` how it is told.

mod copy;
mod recorded;
mod report;
mod sample;
mod subject;
mod verdict;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use std::thread;

use self::copy::Copy;
use self::sample::Sample;
use self::subject::Subject;
use self::verdict::Verdict;
use super::{Failure, hooks};
use crate::app::App;
use crate::config::{AuditText, Options, Settings};
use crate::context::{DbSettings, Deadline, Keeper, LeftBehind, Surroundings};
use crate::ledger::heap::Claim;

/// What was seen of one subject.
struct Audited {
    subject: Subject,
    samples: Vec<Sample>,
    verdict: Verdict,
}

/// Runs every timer, cron, signal and file handler, and the routes that are asked for.
pub(super) fn audit(app: App, mut options: Options, text: &AuditText) -> Result<ExitCode, Failure> {
    let runs = text.runs().map_err(Failure::Usage)?;
    // Nothing is listened on, so that none need be given.
    options.replace("socket", "@audit");
    let settings = Settings::resolve(&options, app.default_database());
    let settings = settings.map_err(|mistakes| Failure::Settings(mistakes.to_string()))?;
    let mut database = settings.database;
    let copied = match &database {
        Some(path) if !text.is_live => copy::copy(path).map_err(Failure::Settings)?,
        _ => None,
    };
    if let Some(copied) = &copied {
        options.replace("database", &copied.path().to_string_lossy());
        database = Some(copied.path().to_owned());
    }
    let application =
        app.build(options).map_err(|mistakes| Failure::Settings(mistakes.join("\n")))?;
    let surroundings = Arc::new(Surroundings {
        application,
        database: database.map(DbSettings::new),
        left_behind: LeftBehind::default(),
        control: OnceLock::new(),
    });
    if !hooks::run(&surroundings, &surroundings.application.start_hooks) {
        return Err(Failure::StartHook);
    }
    let subjects = subject::all(&surroundings, &text.requests, &text.recorded);
    let subjects = subjects.map_err(Failure::Usage)?;
    let own = Arc::clone(&surroundings);
    let folder = copied.as_ref().map(Copy::folder).unwrap_or_default();
    // On a thread as the pool's are, with a count of its own.
    let audited = thread::Builder::new().name("audit".to_owned()).spawn(move || {
        let _claim = Claim::new();
        subjects.into_iter().map(|subject| run(&own, subject, runs, &folder)).collect::<Vec<_>>()
    });
    let audited = audited.map_err(|error| Failure::System("threads", error))?;
    // Handlers' panics are caught where they are called.
    let audited =
        audited.join().map_err(|_| Failure::Usage("the audit itself failed".to_owned()))?;
    report::tell(&audited, text.is_json);
    let leaks = audited.iter().any(|audited| audited.verdict.is_leak());
    Ok(ExitCode::from(u8::from(leaks)))
}

/// Runs one subject so many times.
fn run(surroundings: &Arc<Surroundings>, subject: Subject, runs: usize, folder: &str) -> Audited {
    if std::io::stderr().is_terminal() {
        // It may take its time, and whoever waits should know for what.
        let _ = writeln!(std::io::stderr(), "auditing {}", subject.name);
    }
    let mut keeper = Keeper::new(Arc::new(Deadline::new()), Arc::clone(surroundings));
    let samples: Vec<Sample> = (0..runs)
        .map(|_| {
            let left_before = left_behind(surroundings);
            let ran = subject.run(surroundings, &mut keeper);
            let left = left_behind(surroundings) > left_before;
            Sample::take(surroundings, subject.job, ran, left)
        })
        .collect();
    let verdict = Verdict::of(&samples, folder);
    Audited { subject, samples, verdict }
}

fn left_behind(surroundings: &Surroundings) -> u64 {
    surroundings.left_behind.counts().iter().map(|(_, _, count)| count).sum()
}
