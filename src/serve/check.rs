//! `check`: says all that is wrong with a configuration. Serves nothing.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use super::Failure;
use crate::app::App;
use crate::config::{Options, Settings};

/// Looks at everything that can be looked at without serving.
pub(super) fn check(app: App, options: Options) -> Result<ExitCode, Failure> {
    let settings = Settings::resolve(&options, app.default_database());
    let commands = settings.iter().flat_map(|settings| &settings.commands);
    let none = Arc::default();
    let built = commands.fold(app, |app, command| app.command(command, &none)).build(options);
    let mut wrong: Vec<String> =
        settings.as_ref().err().map(ToString::to_string).into_iter().collect();
    wrong.extend(built.err().unwrap_or_default());
    let mut out = std::io::stdout().lock();
    // Nobody may be there to read it; the exit code says it too.
    for note in settings.iter().flat_map(|settings| &settings.notes) {
        let _ = writeln!(out, "{note}");
    }
    if !wrong.is_empty() {
        return Err(Failure::Settings(wrong.join("\n")));
    }
    let _ = writeln!(out, "the configuration can be used");
    Ok(ExitCode::SUCCESS)
}
