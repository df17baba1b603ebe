//! Texts about options: what is in effect, the manual page, completions, the page of the docs. Knows
//! nothing of who prints them.

use std::ffi::OsString;
use std::fmt::Write;

use clap::Command;
use clap_complete::Shell;

use super::command_line::Parsed;
use super::table::rows;
use super::{AppOption, Options};

/// What is in effect, and where each value is from.
pub(super) fn config(options: &Options, app_options: &[AppOption]) -> String {
    let own = app_options.iter().map(|own| own.name);
    let names = rows().map(|row| row.name).chain(own);
    let mut lines = Vec::new();
    for name in names {
        let values = options.all(name).iter().zip(options.places(name));
        lines.extend(values.map(|(value, place)| (format!("{name} = {value}"), place.to_string())));
    }
    let width = lines.iter().map(|(line, _)| line.chars().count()).max().unwrap_or(0).min(48);
    let mut text = String::from("[uwsgi]\n");
    for (line, place) in lines {
        // A String takes all that is written to it.
        let _ = writeln!(text, "{line:width$}   # {place}");
    }
    for note in &options.notes {
        let _ = writeln!(text, "# {note}");
    }
    for mistake in &options.mistakes {
        let _ = writeln!(text, "# wrong: {mistake}");
    }
    text
}

/// Completions for a shell.
pub(super) fn completions(mut command: Command, shell: Option<&OsString>) -> Parsed {
    let name = command.get_name().to_owned();
    let shell = shell.and_then(|shell| shell.to_str()).unwrap_or_default();
    let Ok(shell) = shell.parse::<Shell>() else {
        return Parsed::Wrong(
            "completions: give bash, elvish, fish, powershell or zsh\n".to_owned(),
        );
    };
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut out);
    Parsed::Print(String::from_utf8_lossy(&out).into_owned())
}

/// The manual page.
pub(super) fn manual(command: Command) -> Parsed {
    let mut out = Vec::new();
    match clap_mangen::Man::new(command).render(&mut out) {
        Ok(()) => Parsed::Print(String::from_utf8_lossy(&out).into_owned()),
        Err(error) => Parsed::Wrong(error.to_string()),
    }
}
