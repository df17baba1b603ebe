//! The table of the server's own options, the only list there is: the command line, files, help, the
//! manual page, completions and docs/options.md come from it. Knows nothing of what an option does.

mod background;
mod capture;
mod limits;
mod listening;
mod logging;
mod process;
mod reading;
mod recycling;
mod watching;

/// One option.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// Other names for the same; uWSGI has many.
    pub(crate) aliases: &'static [&'static str],
    pub(crate) short: Option<char>,
    pub(crate) kind: Kind,
    pub(crate) default: Option<&'static str>,
    pub(crate) repeated: bool,
    pub(crate) help: &'static str,
    /// The version that had it first.
    pub(crate) since: &'static str,
}

/// What its values are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// True, unless it is said otherwise.
    Flag,
    Count,
    /// With k, m or g for 1,024 of the next smaller.
    Bytes,
    Megabytes,
    Seconds,
    Milliseconds,
    Path,
    Address,
    /// An access mode or a mask, octal.
    Mode,
    /// As help calls it.
    Text(&'static str),
}

/// Options of one subject.
pub(crate) struct Group {
    pub(crate) heading: &'static str,
    pub(crate) rows: &'static [Row],
}

/// Every option of the server. An application adds its own with `App::option`.
pub(crate) const GROUPS: &[Group] = &[
    reading::GROUP,
    listening::GROUP,
    process::GROUP,
    recycling::GROUP,
    limits::GROUP,
    background::GROUP,
    logging::GROUP,
    watching::GROUP,
    capture::GROUP,
];

impl Row {
    const fn new(name: &'static str, kind: Kind, help: &'static str) -> Self {
        let since = "0.1.0";
        Self { name, aliases: &[], short: None, kind, default: None, repeated: false, help, since }
    }

    const fn default(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    const fn also(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    const fn short(mut self, letter: char) -> Self {
        self.short = Some(letter);
        self
    }

    const fn repeated(mut self) -> Self {
        self.repeated = true;
        self
    }
}

impl Kind {
    /// How help calls its value.
    pub(crate) const fn value_name(self) -> &'static str {
        match self {
            Self::Flag => "BOOL",
            Self::Count => "N",
            Self::Bytes => "BYTES",
            Self::Megabytes => "MB",
            Self::Seconds => "SECONDS",
            Self::Milliseconds => "MS",
            Self::Path => "FILE",
            Self::Address => "ADDRESS",
            Self::Mode => "MODE",
            Self::Text(name) => name,
        }
    }

    /// What a mistake says of it.
    pub(crate) const fn expected(self) -> &'static str {
        match self {
            Self::Flag => "true or false",
            Self::Count => "a number",
            Self::Bytes => "a number of bytes",
            Self::Megabytes => "a number of megabytes",
            Self::Seconds => "a number of seconds, 0.5 or 60",
            Self::Milliseconds => "a number of milliseconds",
            Self::Path => "a path",
            Self::Address => "an address (a path, @name, host:port)",
            Self::Mode => "octal digits",
            Self::Text(_) => "a value",
        }
    }
}

/// All rows, in the order of help.
pub(crate) fn rows() -> impl Iterator<Item = &'static Row> {
    GROUPS.iter().flat_map(|group| group.rows)
}

/// The option of this name, or of which it is another name.
pub(crate) fn find(name: &str) -> Option<&'static Row> {
    rows().find(|row| row.name == name || row.aliases.contains(&name))
}

/// Whether the server has an option of this name, or the command line or a file a meaning for it.
pub(crate) fn is_taken(name: &str) -> bool {
    matches!(name, "help" | "version" | "check" | "show-config" | "from" | "to" | "lines")
        || find(name).is_some()
        || super::ini::is_word(name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_name_is_there_twice() {
        let mut names = BTreeSet::new();
        let mut letters = BTreeSet::new();
        for row in rows() {
            for name in [&row.name].into_iter().chain(row.aliases) {
                assert!(names.insert(*name), "{name}");
            }
            if let Some(letter) = row.short {
                assert!(letters.insert(letter), "{letter}");
            }
        }
    }
}
