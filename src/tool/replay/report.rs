//! What came of each file, as text or as JSON, a file at a time. It must not know how it came.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;

use super::outcome::Outcome;
use super::show::plain;
use crate::tool::captured::Captured;

/// The report.
pub(super) struct Report {
    is_json: bool,
    files: usize,
    failed: usize,
}

/// A file, for scripts. Times are microseconds.
#[derive(Serialize)]
struct Row<'a> {
    file: String,
    method: String,
    uri: String,
    job: &'a str,
    why: &'a str,
    status: u16,
    micros: u64,
    statuses: &'a BTreeMap<u16, u32>,
    p50_micros: Option<u64>,
    max_micros: Option<u64>,
    different_answers: usize,
    redacted: &'a [String],
    body_is_cut: bool,
    error: Option<String>,
}

impl Report {
    pub(super) fn begin(is_json: bool) -> Self {
        Self { is_json, files: 0, failed: 0 }
    }

    pub(super) fn tell(&mut self, recorded: &Captured, outcome: &Outcome) -> io::Result<()> {
        self.files += 1;
        self.failed += usize::from(outcome.has_failed() || outcome.error.is_some());
        let mut out = io::stdout().lock();
        if self.is_json {
            serde_json::to_writer(&mut out, &row(recorded, outcome))?;
            return writeln!(out);
        }
        let uri = plain(recorded.uri());
        writeln!(out, "{} {uri}  ({})", plain(recorded.method().as_bytes()), recorded.file_name())?;
        let about = &recorded.about;
        let took = millis(recorded.took());
        writeln!(out, "  then  {} in {took} ms ({})", about.status, about.why)?;
        let times = outcome.median().zip(outcome.longest());
        if let Some((median, longest)) = times {
            let each = outcome.statuses.iter().map(|(status, count)| format!("{status} ×{count}"));
            let same = match outcome.different {
                1 => "all the same".to_owned(),
                count => format!("{count} different answers"),
            };
            let (each, median, longest) =
                (each.collect::<Vec<_>>().join(", "), millis(median), millis(longest));
            writeln!(out, "  now   {each}, p50 {median} ms, max {longest} ms; {same}")?;
        }
        if let Some(error) = &outcome.error {
            writeln!(out, "  but   {error}")?;
        }
        if !recorded.redacted.is_empty() {
            let names = plain(recorded.redacted.join(", ").as_bytes());
            writeln!(out, "  note  without what was redacted: {names}")?;
        }
        if about.body_is_cut {
            let (kept, all) = (recorded.body.len(), about.body_size);
            writeln!(out, "  note  with {kept} of the {all} bytes that its body had")?;
        }
        Ok(())
    }

    pub(super) fn end(&self) -> io::Result<()> {
        if self.is_json {
            return Ok(());
        }
        let Self { files, failed, .. } = self;
        match failed {
            0 => writeln!(io::stdout(), "\nnone of {files} failed"),
            _ => writeln!(io::stdout(), "\n{failed} of {files} failed"),
        }
    }
}

fn row<'a>(recorded: &'a Captured, outcome: &'a Outcome) -> Row<'a> {
    Row {
        file: recorded.path.display().to_string(),
        method: recorded.method(),
        uri: String::from_utf8_lossy(recorded.uri()).into_owned(),
        job: &recorded.about.job,
        why: &recorded.about.why,
        status: recorded.about.status,
        micros: micros(recorded.took()),
        statuses: &outcome.statuses,
        p50_micros: outcome.median().map(micros),
        max_micros: outcome.longest().map(micros),
        different_answers: outcome.different,
        redacted: &recorded.redacted,
        body_is_cut: recorded.about.body_is_cut,
        error: outcome.error.as_ref().map(ToString::to_string),
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn millis(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1e3)
}
