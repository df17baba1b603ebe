//! Pages of the docs that come from the tables: all options, and what becomes of uWSGI's. Knows nothing
//! of where they are kept.

use std::fmt::Write;

use super::AppOption;
#[cfg(test)]
use super::foreign::{self, Fate};
use super::table::{GROUPS, Kind, Row};

/// What stands above all options.
const INTRODUCTION: &str = "\
# Options

Every option may be given in four ways; of one that is given twice the later counts, and what may be
repeated adds up:

- in the environment, as `UWSGI_LOG_LEVEL` or `CLEANSLATE_LOG_LEVEL`: these come before all else;
- on the command line, `--log-level debug`; a flag alone says yes, `--master`;
- in an ini file in uWSGI's dialect, section `[uwsgi]`: `log-level = debug`. `--ini FILE`, or the file's
  name alone, reads it at that place of the command line;
- in a TOML file, at its top or in a table `[uwsgi]` or `[cleanslate]`: `log-level = \"debug\"`, with arrays
  for what may be repeated.

`APPLICATION check` (or `-t`) says all that is wrong with a configuration, each mistake with its file and
line, and ends with 0 or 78. `APPLICATION --show-config` prints what is in effect and where each value is
from. What becomes of uWSGI's other options is in [migrating-from-uwsgi.md](migrating-from-uwsgi.md).

A number of bytes may have k, m or g behind it, for 1,024 of the next smaller. Seconds may have fractions.
";

/// The page of all options.
pub(super) fn options(app_options: &[AppOption]) -> String {
    let mut page = INTRODUCTION.to_owned();
    for group in GROUPS {
        heading(&mut page, group.heading);
        for row in group.rows {
            line(&mut page, &names(row), row.kind.value_name(), row.default, row.help, row.since);
        }
    }
    if !app_options.is_empty() {
        heading(&mut page, "Options of this application");
        for own in app_options {
            let default = Some(own.default.as_str());
            line(&mut page, &format!("`{}`", own.name), "VALUE", default, &own.help, "");
        }
    }
    page
}

fn heading(page: &mut String, heading: &str) {
    // A String takes all that is written to it.
    let _ = write!(
        page,
        "\n## {heading}\n\n| option | value | default | what | since |\n|---|---|---|---|---|\n"
    );
}

fn line(
    page: &mut String,
    names: &str,
    value: &str,
    default: Option<&str>,
    help: &str,
    since: &str,
) {
    let default = default.map(|default| format!("`{default}`")).unwrap_or_default();
    let help = help.replace('|', "\\|");
    let _ = writeln!(page, "| {names} | {value} | {default} | {help} | {since} |");
}

/// An option's name, its letter and its other names.
fn names(row: &Row) -> String {
    let letter = row.short.map(|letter| format!(", `-{letter}`")).unwrap_or_default();
    let more = if row.kind == Kind::Flag { " (flag)" } else { "" };
    let others = row.aliases.iter().map(|alias| format!(", `{alias}`"));
    format!("`{}`{letter}{}{more}", row.name, others.collect::<String>())
}

/// What becomes of uWSGI's options, as tables.
#[cfg(test)]
fn migration() -> String {
    let mut page = String::from("\n### Options that are there\n\n");
    let own = GROUPS.iter().flat_map(|group| group.rows);
    let names: Vec<String> = own
        .flat_map(|row| [&row.name].into_iter().chain(row.aliases))
        .map(|name| format!("`{name}`"))
        .collect();
    page.push_str(&names.join(", "));
    page.push_str("\n\nWhat each means is in [options.md](options.md).\n");
    for (heading, wanted) in [
        ("Options without effect, which are named in the log at the start", true),
        ("Options that are refused", false),
    ] {
        let _ = write!(page, "\n### {heading}\n\n| option | why, or what to use |\n|---|---|\n");
        for foreign in foreign::all() {
            let (is_ignored, why) = match foreign.fate {
                Fate::Ignored(why) => (true, why),
                Fate::Refused(why) => (false, why),
            };
            if is_ignored == wanted {
                let names = foreign.names.iter().map(|name| format!("`{name}`"));
                let _ = writeln!(page, "| {} | {why} |", names.collect::<Vec<_>>().join(", "));
            }
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// With the variable `UPDATE_DOCS` the pages are written, and not compared.
    fn check(name: &str, text: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
        if std::env::var_os("UPDATE_DOCS").is_some() {
            fs::write(&path, text).unwrap();
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        let says = "is out of date: UPDATE_DOCS=1 cargo test -p cleanslate --lib pages";
        assert!(kept == text, "docs/{name} {says}");
    }

    #[test]
    fn the_page_of_options_is_up_to_date() {
        check("options.md", &options(&[]));
    }

    #[test]
    fn the_page_for_who_comes_from_uwsgi_is_up_to_date() {
        const NAME: &str = "migrating-from-uwsgi.md";
        const MARK: &str = "<!-- From here on the page comes from the tables in src/config. -->\n";
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(NAME);
        let kept = fs::read_to_string(path).unwrap();
        let (written, _) = kept.split_once(MARK).expect("the page has its mark");
        check(NAME, &format!("{written}{MARK}{}", migration()));
    }
}
