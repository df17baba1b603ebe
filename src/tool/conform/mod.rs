//! `cleanslate conform`: the conformance suite, against any server. It must not know what a case
//! is about: the cases are data, in `conform/` at the root of the repository.
//!
//! | module | what |
//! |---|---|
//! | `library` | where case files come from |
//! | `format` | from case files to cases: what is sent, what is accepted |
//! | `run` | cases run in several ways, and what the server did |
//! | `report` | what is told of it |
//! | `table` | what was told of several servers, side by side |

mod format;
mod library;
mod options;
mod report;
mod run;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use options::Options;

use std::io::{self, Write};
use std::process::ExitCode;

use self::format::{Case, CaseError, Setting};
use self::run::{Plan, Verdict};
use self::table::TableError;
use super::console;
use super::target::{Target, TargetError};
use super::wire::ConnectError;

/// Some cases failed.
const FAILED: u8 = 1;
/// The suite could not be run.
const NOT_RUN: u8 = 2;

/// Why the suite can't be run.
#[derive(Debug, thiserror::Error)]
enum ConformError {
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error("the target has a path, `{0}`: what paths start with is given by --prefix")]
    Path(String),
    #[error(transparent)]
    Case(#[from] CaseError),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("--var `{0}`: expected NAME=VALUE")]
    Var(String),
    #[error("--without {word}: no case needs that, but these: {known}")]
    Without { word: String, known: String },
    #[error("no case is left to run")]
    NoCases,
    #[error(transparent)]
    Table(#[from] TableError),
    #[error("the output can't be written: {0}")]
    Write(#[from] io::Error),
}

pub(crate) fn run(options: &Options) -> ExitCode {
    match conform(options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(FAILED),
        Err(error) => {
            if !matches!(&error, ConformError::Write(source) if console::is_reader_gone(source)) {
                console::complain(&error);
            }
            ExitCode::from(NOT_RUN)
        }
    }
}

/// Whether all is well.
fn conform(options: &Options) -> Result<bool, ConformError> {
    let target = match &options.target {
        Some(text) => Some(Target::parse(text, options.unix_socket.as_deref())?),
        None => None,
    };
    if let Some(path) = target.as_ref().and_then(|target| target.path.as_ref())
        && path != "/"
    {
        return Err(ConformError::Path(path.clone()));
    }
    let cases = cases(options, target.as_ref())?;
    let mut out = io::stdout().lock();
    if !options.table.is_empty() {
        table::write(&mut out, &cases, &table::read(&options.table)?)?;
        out.flush()?;
        return Ok(true);
    }
    let Some(target) = target.filter(|_| !options.list) else {
        report::list(&mut out, &cases)?;
        out.flush()?;
        return Ok(true);
    };
    let plan = Plan {
        address: target.address,
        cuts: options.cuts,
        jobs: options.jobs,
        limit: options.max_time,
        settle: options.settle,
        slow: options.slow,
        goes_on: options.observe,
    };
    let outcomes = run::run(&plan, &cases, &options.without)?;
    let form = options.form();
    report::write(&mut out, form, &outcomes)?;
    out.flush()?;
    let has_failed = outcomes.iter().any(|outcome| matches!(outcome.verdict, Verdict::Failed(_)));
    Ok(options.observe || !has_failed)
}

/// The cases that the options ask for; without a target those of every protocol.
fn cases(options: &Options, target: Option<&Target>) -> Result<Vec<Case>, ConformError> {
    let vars: Result<Vec<_>, _> = options.var.iter().map(|var| split_var(var)).collect();
    let setting = Setting {
        host: target.map_or_else(|| "localhost".to_owned(), |target| target.host.clone()),
        prefix: options.prefix.trim_end_matches('/').to_owned(),
        vars: vars?,
    };
    let files = library::read(options.cases.as_deref())?;
    let mut cases = format::read(&files, &setting)?;
    check_without(&cases, &options.without)?;
    cases.retain(|case| {
        target.is_none_or(|target| target.protocol == case.protocol)
            && options.filter.as_ref().is_none_or(|filter| case.id.contains(filter))
    });
    if options.strict {
        cases.iter_mut().for_each(Case::be_strict);
    }
    if cases.is_empty() { Err(ConformError::NoCases) } else { Ok(cases) }
}

/// A word that no case needs is a slip of the pen, which would run what was to be left out.
fn check_without(cases: &[Case], without: &[String]) -> Result<(), ConformError> {
    let mut known: Vec<&str> =
        cases.iter().flat_map(|case| &case.needs).map(String::as_str).collect();
    known.sort_unstable();
    known.dedup();
    match without.iter().find(|word| !known.contains(&word.as_str())) {
        Some(word) => Err(ConformError::Without { word: word.clone(), known: known.join(", ") }),
        None => Ok(()),
    }
}

fn split_var(var: &str) -> Result<super::vars::Var, ConformError> {
    let (name, value) = var.split_once('=').ok_or_else(|| ConformError::Var(var.to_owned()))?;
    Ok((name.into(), value.into()))
}
