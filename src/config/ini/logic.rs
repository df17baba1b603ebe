//! `for` and `if`: which keys they are, and with what each key inside them is repeated. Knows nothing
//! of files' lines.

use super::super::mistake::Cause;
use super::super::surroundings::{Found, Surroundings};

/// A `for` or an `if` that is open.
#[derive(Clone, Debug)]
pub(super) struct Logic {
    pub(super) kind: Kind,
    /// The key that opened it.
    pub(super) key: String,
    pub(super) line: usize,
    pub(super) data: String,
}

/// What opens one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    For,
    ForGlob,
    ForTimes,
    ForReadLine,
    /// With what must hold, and whether it must not.
    If(Condition, bool),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Condition {
    Option,
    Variable,
    Exists,
    File,
    Folder,
    Plugin,
    Host,
    HostMatches,
}

/// A `for-times` above it is a slip.
const TIMES_MAX: u32 = 10_000;

/// Whether a key closes what is open.
pub(super) fn is_end(key: &str) -> bool {
    matches!(key, "end" | "endfor" | "endif" | "end-for" | "end-if")
}

impl Kind {
    /// What a key opens, if anything.
    pub(super) fn of(key: &str) -> Option<Self> {
        Some(match key {
            "for" => Self::For,
            "for-glob" => Self::ForGlob,
            "for-times" => Self::ForTimes,
            "for-readline" => Self::ForReadLine,
            "ifenv" => Self::If(Condition::Variable, true),
            "ifexists" => Self::If(Condition::Exists, true),
            "ifdir" => Self::If(Condition::Folder, true),
            "ifplugin" => Self::If(Condition::Plugin, true),
            _ => {
                let rest = key.strip_prefix("if-")?;
                let (holds, rest) = match rest.strip_prefix("not-") {
                    Some(rest) => (false, rest),
                    None => (true, rest),
                };
                Self::If(Condition::of(rest)?, holds)
            }
        })
    }
}

impl Condition {
    fn of(word: &str) -> Option<Self> {
        Some(match word {
            "opt" => Self::Option,
            "env" => Self::Variable,
            "exists" => Self::Exists,
            "file" => Self::File,
            "dir" | "directory" => Self::Folder,
            "plugin" => Self::Plugin,
            "hostname" => Self::Host,
            "hostname-match" => Self::HostMatches,
            _ => return None,
        })
    }
}

/// What each time round stands for `%(_)`.
pub(super) enum Round {
    Plain,
    With(String),
}

impl Round {
    pub(super) fn apply(&self, value: &str) -> String {
        match self {
            Self::Plain => value.to_owned(),
            Self::With(item) => value.replace("%(_)", item),
        }
    }
}

impl Logic {
    /// How often, and with what, a key inside counts. `option` is the first value that a key has so far.
    ///
    /// # Errors
    /// A file that can't be read, a number that is none, a pattern that is none.
    pub(super) fn rounds(
        &self,
        option: impl Fn(&str) -> Option<String>,
        surroundings: &dyn Surroundings,
    ) -> Result<Vec<Round>, Cause> {
        let data = self.data.as_str();
        let with = |items: Vec<String>| items.into_iter().map(Round::With).collect();
        Ok(match self.kind {
            Kind::For => {
                let items = data.split(' ').filter(|item| !item.is_empty());
                with(items.map(str::to_owned).collect())
            }
            Kind::ForGlob => {
                let found = surroundings.glob(data);
                with(if found.is_empty() { vec![data.to_owned()] } else { found })
            }
            Kind::ForTimes => {
                let wrong = || Cause::Value {
                    value: data.to_owned(),
                    expected: format!("a number, {TIMES_MAX} at most"),
                };
                let times: u32 = data.parse().map_err(|_| wrong())?;
                if times > TIMES_MAX {
                    return Err(wrong());
                }
                with((1..=times).map(|time| time.to_string()).collect())
            }
            Kind::ForReadLine => {
                let text = surroundings.read(data).map_err(|error| Cause::Unreadable {
                    name: data.to_owned(),
                    error: error.to_string(),
                    hint: None,
                })?;
                with(text.lines().map(str::to_owned).collect())
            }
            Kind::If(condition, expected) => {
                let (holds, item) = self.look(condition, option, surroundings)?;
                if holds == expected { vec![item] } else { Vec::new() }
            }
        })
    }

    fn look(
        &self,
        condition: Condition,
        option: impl Fn(&str) -> Option<String>,
        surroundings: &dyn Surroundings,
    ) -> Result<(bool, Round), Cause> {
        let data = self.data.as_str();
        let compare = |look_up: &dyn Fn(&str) -> Option<String>| {
            let (name, wanted) =
                data.split_once('=').map_or((data, None), |(name, value)| (name, Some(value)));
            match look_up(name) {
                None => (false, Round::Plain),
                Some(value) => (wanted.is_none_or(|wanted| wanted == value), Round::With(value)),
            }
        };
        let found = surroundings.find(data);
        let holds = match condition {
            Condition::Option => return Ok(compare(&option)),
            Condition::Variable => return Ok(compare(&|name| surroundings.variable(name))),
            Condition::Exists => found.is_some(),
            Condition::File => found == Some(Found::File),
            Condition::Folder => found == Some(Found::Folder),
            Condition::Plugin => false,
            Condition::Host => surroundings.host() == data,
            Condition::HostMatches => regex_lite::Regex::new(data)
                .map_err(|error| Cause::Syntax(format!("{data} is no pattern: {error}")))?
                .is_match(&surroundings.host()),
        };
        Ok((holds, Round::With(data.to_owned())))
    }
}
