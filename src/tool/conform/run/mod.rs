//! Runs cases, several at once, each in several ways. It must not know how cases are written, nor
//! what is told of them.
//!
//! | module | what |
//! |---|---|
//! | `way` | how the bytes of a case are cut into writes |
//! | `exchange` | one case on its connection, in one way |
//! | `seen` | from received bytes to what the server did |
//! | `http`, `records`, `packet` | the same for each kind of protocol |
//! | `check`, `answer` | what it did against what is accepted |

mod answer;
mod check;
mod exchange;
mod http;
mod packet;
mod records;
mod seen;
#[cfg(test)]
mod tests;
mod way;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use self::exchange::Exchange;
use self::seen::Seen;
use self::way::Way;
use super::format::Case;
use super::options::Cuts;
use crate::tool::clock;
use crate::tool::target::Address;
use crate::tool::wire::{ConnectError, Wire};

/// How cases are run.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) address: Address,
    pub(super) cuts: Cuts,
    pub(super) jobs: usize,
    /// How long a server may take.
    pub(super) limit: Duration,
    /// How long nothing must happen on a connection that counts as kept.
    pub(super) settle: Duration,
    /// The server's own time-out.
    pub(super) slow: Option<Duration>,
    /// Whether a case is run in all ways although one was not as expected.
    pub(super) goes_on: bool,
}

/// A case and what came of it.
#[derive(Debug)]
pub(super) struct Outcome<'a> {
    pub(super) case: &'a Case,
    pub(super) verdict: Verdict,
    /// What the server did, in short; when it did other things in other ways, with those.
    pub(super) observed: String,
    /// In how many ways the case was run.
    pub(super) ways: usize,
}

/// Whether a server does what is accepted.
#[derive(Debug)]
pub(super) enum Verdict {
    Passed,
    /// With what was otherwise, and in which way.
    Failed(String),
    /// With the reason.
    Skipped(String),
}

/// Runs the cases; the outcomes are in their order.
///
/// # Errors
///
/// [`ConnectError`] if there is no server. One that is lost later fails its case.
pub(super) fn run<'a>(
    plan: &Plan,
    cases: &'a [Case],
    without: &[String],
) -> Result<Vec<Outcome<'a>>, ConnectError> {
    Wire::connect(&plan.address, clock::now() + plan.limit)?;
    let (next, outcomes) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..plan.jobs.min(cases.len()) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(number) else { return };
                    let outcome = run_case(plan, case, without);
                    let mut outcomes = outcomes.lock().unwrap_or_else(PoisonError::into_inner);
                    outcomes.push((number, outcome));
                }
            });
        }
    });
    let mut outcomes = outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
    outcomes.sort_by_key(|(number, _)| *number);
    Ok(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
}

fn run_case<'a>(plan: &Plan, case: &'a Case, without: &[String]) -> Outcome<'a> {
    if let Some(reason) = reason_to_skip(plan, case, without) {
        return Outcome {
            case,
            verdict: Verdict::Skipped(reason),
            observed: String::new(),
            ways: 0,
        };
    }
    let (mut verdict, mut whole, mut others) = (Verdict::Passed, String::new(), Vec::new());
    let ways = Way::all(case, plan.cuts);
    let mut count = 0;
    for &way in &ways {
        count += 1;
        let (word, result) = match Exchange::run(plan, case, way) {
            Ok(seen) => (seen.word(case), check::check(case, &seen)),
            Err(error) => ("no connection".to_owned(), Err(error.to_string())),
        };
        let has_stalled = word.ends_with(Seen::STALLED);
        if way == Way::Whole {
            whole = word;
        } else if word != whole {
            others.push(format!("{way}: {word}"));
        }
        if let Err(why) = result {
            if matches!(verdict, Verdict::Passed) {
                verdict = Verdict::Failed(format!("{way}: {why}"));
            }
            // One that has stalled once will take its time again.
            if !plan.goes_on || has_stalled {
                break;
            }
        }
    }
    Outcome { case, verdict, observed: observed(whole, &others), ways: count }
}

fn reason_to_skip(plan: &Plan, case: &Case, without: &[String]) -> Option<String> {
    if let Some(word) = case.needs.iter().find(|word| without.contains(word)) {
        return Some(format!("needs {word}"));
    }
    (case.is_slow() && plan.slow.is_none()).then(|| "waits for a time-out: --slow".to_owned())
}

/// What was done when all was sent at once, and the first other way in which it was not that.
fn observed(whole: String, others: &[String]) -> String {
    match others {
        [] => whole,
        [first] => format!("{whole} ({first})"),
        [first, rest @ ..] => format!("{whole} ({first}, and {} more)", rest.len()),
    }
}
