//! What is told of cases and their outcomes, in every form. It must not know how they came about.

use std::io::{self, Write};

use serde::Serialize;

use super::format::Case;
use super::run::{Outcome, Verdict};

/// How outcomes are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Form {
    /// Only failures are explained.
    Readable,
    /// TAP 14.
    Tap,
    /// A JSON object a line.
    Json,
    /// An id, a tab, and what the server did.
    Observed,
}

pub(super) fn list(out: &mut impl Write, cases: &[Case]) -> io::Result<()> {
    for case in cases {
        let slow = if case.is_slow() { " (slow)" } else { "" };
        let needs = if case.needs.is_empty() {
            String::new()
        } else {
            format!(" [needs {}]", case.needs.join(", "))
        };
        writeln!(out, "{}{slow}{needs}: {}", case.id, case.checks)?;
    }
    Ok(())
}

pub(super) fn write(out: &mut impl Write, form: Form, outcomes: &[Outcome<'_>]) -> io::Result<()> {
    match form {
        Form::Readable => readable(out, outcomes),
        Form::Tap => tap(out, outcomes),
        Form::Json => outcomes.iter().try_for_each(|outcome| json(out, outcome)),
        Form::Observed => outcomes.iter().try_for_each(|outcome| {
            let shown = match &outcome.verdict {
                Verdict::Skipped(why) => format!("skipped: {why}"),
                Verdict::Passed | Verdict::Failed(_) => outcome.observed.clone(),
            };
            writeln!(out, "{}\t{shown}", outcome.case.id)
        }),
    }
}

fn readable(out: &mut impl Write, outcomes: &[Outcome<'_>]) -> io::Result<()> {
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for Outcome { case, verdict, .. } in outcomes {
        match verdict {
            Verdict::Passed => {
                passed += 1;
                writeln!(out, "ok      {}", case.id)?;
            }
            Verdict::Skipped(why) => {
                skipped += 1;
                writeln!(out, "skipped {}: {why}", case.id)?;
            }
            Verdict::Failed(why) => {
                failed += 1;
                writeln!(out, "FAILED  {}", case.id)?;
                writeln!(out, "        {}", case.checks)?;
                writeln!(out, "        {why}")?;
                writeln!(out, "        See: {}", case.source)?;
            }
        }
    }
    let ways: usize = outcomes.iter().map(|outcome| outcome.ways).sum();
    writeln!(out, "\n{passed} passed, {failed} failed, {skipped} skipped; {ways} ways in all")
}

/// Test Anything Protocol, version 14.
fn tap(out: &mut impl Write, outcomes: &[Outcome<'_>]) -> io::Result<()> {
    writeln!(out, "TAP version 14\n1..{}", outcomes.len())?;
    for (number, Outcome { case, verdict, observed, .. }) in (1..).zip(outcomes) {
        match verdict {
            Verdict::Passed => writeln!(out, "ok {number} - {}", case.id)?,
            Verdict::Skipped(why) => writeln!(out, "ok {number} - {} # SKIP {why}", case.id)?,
            Verdict::Failed(why) => {
                writeln!(out, "not ok {number} - {}\n  ---", case.id)?;
                for (key, value) in [
                    ("checks", &case.checks),
                    ("message", why),
                    ("observed", observed),
                    ("source", &case.source),
                ] {
                    // A JSON text is a YAML one.
                    writeln!(out, "  {key}: {}", serde_json::to_string(value)?)?;
                }
                writeln!(out, "  ...")?;
            }
        }
    }
    Ok(())
}

/// An outcome as JSON has it.
#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    protocol: String,
    checks: &'a str,
    source: &'a str,
    result: &'static str,
    /// Why it failed or was skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
    /// What the server did.
    #[serde(skip_serializing_if = "Option::is_none")]
    observed: Option<&'a str>,
    ways: usize,
}

fn json(out: &mut impl Write, outcome: &Outcome<'_>) -> io::Result<()> {
    let Outcome { case, verdict, observed, ways } = outcome;
    let (result, why) = match verdict {
        Verdict::Passed => ("passed", None),
        Verdict::Failed(why) => ("failed", Some(why.as_str())),
        Verdict::Skipped(why) => ("skipped", Some(why.as_str())),
    };
    let line = Line {
        id: &case.id,
        protocol: case.protocol.to_string(),
        checks: &case.checks,
        source: &case.source,
        result,
        why,
        observed: (*ways > 0).then_some(observed),
        ways: *ways,
    };
    writeln!(out, "{}", serde_json::to_string(&line)?)
}
