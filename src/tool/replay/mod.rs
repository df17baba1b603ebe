//! `cleanslate replay`: sends captured requests again, and compares the answers with what was captured.
//! It must not know how a protocol is spoken.
//!
//! | module | what |
//! |---|---|
//! | `exchange` | one request and its answer |
//! | `outcome` | what came of a file |
//! | `report` | how that is told |
//! | `show` | a file as text |

mod error;
mod exchange;
mod options;
mod outcome;
mod report;
mod show;

use std::process::ExitCode;

pub(crate) use options::Options;

use self::error::ReplayError;
use self::outcome::Outcome;
use super::captured::{self, Captured};
use super::target::Target;
use super::{console, vars};

/// The exit code where a server answered 500 or above.
const FAILED: u8 = 1;

pub(crate) fn run(options: &Options) -> ExitCode {
    match replay(options) {
        Ok(code) => code,
        Err(error) => {
            if !matches!(&error, ReplayError::Write(source) if console::is_reader_gone(source)) {
                console::complain(&error);
            }
            error.exit_code()
        }
    }
}

fn replay(options: &Options) -> Result<ExitCode, ReplayError> {
    let mut all = Vec::new();
    for file in captured::files(&options.paths)? {
        all.push(Captured::read(&file)?);
    }
    if options.show {
        show::show(&all)?;
        return Ok(ExitCode::SUCCESS);
    }
    let text = options.against.as_deref().unwrap_or_default();
    let target = Target::parse(text, options.unix_socket.as_deref())?;
    if let Some(path) = target.path {
        return Err(ReplayError::Path(path));
    }
    if options.only_safe {
        all.retain(Captured::is_safe);
    }
    let harm = all.iter().find(|recorded| !recorded.is_safe());
    if let Some(recorded) = harm.filter(|_| !options.all_methods) {
        let (file, method) = (recorded.path.clone(), recorded.method());
        return Err(ReplayError::Unsafe { file, method });
    }
    for var in &options.var {
        let (name, value) = var.split_once('=').ok_or_else(|| ReplayError::Var(var.clone()))?;
        for recorded in &mut all {
            vars::replace(&mut recorded.vars, name.as_bytes(), value.as_bytes());
            recorded.redacted.retain(|redacted| redacted != name);
        }
    }
    let mut code = ExitCode::SUCCESS;
    let mut report = report::Report::begin(options.json);
    for recorded in &all {
        let outcome = Outcome::of(recorded, &target, options)?;
        report.tell(recorded, &outcome)?;
        // The first that couldn't be answered says more than one that was answered badly.
        match &outcome.error {
            Some(error) if code == ExitCode::SUCCESS || code == ExitCode::from(FAILED) => {
                code = error.exit_code();
            }
            None if outcome.has_failed() && code == ExitCode::SUCCESS => {
                code = ExitCode::from(FAILED);
            }
            Some(_) | None => {}
        }
    }
    report.end()?;
    Ok(code)
}
