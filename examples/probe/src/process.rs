//! Handlers that show the process they run in. Know nothing of how it was started.

use std::io::Write;

use cleanslate::{Context, Error, Request, Response, Result};

/// A variable of the environment.
pub(crate) fn variable(_: &mut Context, request: &Request) -> Result<Response> {
    let name = request.param("name").unwrap_or_default();
    let value = std::env::var(name).map_err(|error| Error::not_found().log(error.to_string()))?;
    Ok(Response::text(value))
}

/// Writes a line by itself, beside the log.
pub(crate) fn print(_: &mut Context, request: &Request) -> Result<Response> {
    writeln!(std::io::stderr(), "{}", request.param("text").unwrap_or_default())?;
    Ok(Response::text("printed\n"))
}

/// A start hook: reads a file if it is there, and hangs for as long as that does.
pub(crate) fn wait_at_start(_: &mut Context) -> Result<()> {
    const FILE: &str = "probe.start";
    if std::fs::exists(FILE).unwrap_or(false) {
        writeln!(std::io::stderr(), "a start hook reads {FILE}")?;
        let _ = std::fs::read(FILE);
    }
    Ok(())
}
