//! `cleanslate doctor`: what is wrong with a server, in plain words, and what to do. It must not know
//! how statistics are fetched, nor what each rule looks for.

mod error;
mod options;
mod page;
mod readings;
mod report;
mod rules;
#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::process::ExitCode;

use self::error::DoctorError;
pub(crate) use self::options::Options;
use self::readings::Readings;
use self::report::Report;
use self::rules::{RULES, Rule};
use super::statistics::{Source, Statistics};
use super::{clock, console};

/// The exit code of a server that has something wrong.
const FOUND: u8 = 1;

pub(crate) fn run(options: &Options) -> ExitCode {
    let outcome = if options.list {
        write(&page::list()).map(|()| 0)
    } else if let Some(asked) = &options.explain {
        explain(asked).map(|()| 0)
    } else {
        examine(options)
    };
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            if !matches!(&error, DoctorError::Write(source) if console::is_reader_gone(source)) {
                console::complain(&error);
            }
            ExitCode::from(error.exit_code())
        }
    }
}

fn explain(asked: &str) -> Result<(), DoctorError> {
    let rule = Rule::find(asked).ok_or_else(|| DoctorError::NoSuchRule(asked.to_owned()))?;
    write(&page::explanation(rule))
}

/// Looks twice, and tells what was found.
fn examine(options: &Options) -> Result<u8, DoctorError> {
    for ignored in &options.ignore {
        Rule::find(ignored).ok_or_else(|| DoctorError::NoSuchRule(ignored.clone()))?;
    }
    let text = options.address.as_deref().unwrap_or_default();
    let mut source = Source::parse(text)?;
    let mut look = || -> Result<Statistics, DoctorError> {
        Ok(source.fetch(clock::now() + options.max_time)?)
    };
    let started = clock::now();
    let before = look()?;
    clock::pause_until(started + options.watch);
    let seconds = clock::now().saturating_duration_since(started).as_secs_f64();
    let after = look()?;
    let readings = Readings::new(before, after, seconds, clock::since_1970());
    let wanted = RULES.iter().flat_map(|rules| *rules).filter(|rule| options.wants(rule));
    let report = Report::new(&readings, wanted);
    write(&if options.json { report.json() } else { report.text(text) })?;
    Ok(if report.findings.is_empty() { 0 } else { FOUND })
}

fn write(text: &str) -> Result<(), DoctorError> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(DoctorError::Write)
}
