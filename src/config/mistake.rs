//! What is wrong with a configuration, each mistake with its place. Knows nothing of who finds it.

use std::fmt;

use super::place::Place;

/// One mistake.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Mistake {
    pub(crate) place: Place,
    pub(crate) key: String,
    pub(crate) cause: Cause,
}

/// Why it can't be taken.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum Cause {
    #[error("there is no such option{}", did_you_mean(.0.as_deref()))]
    Unknown(Option<String>),
    #[error("give {expected}, not {value}")]
    Value { value: String, expected: String },
    #[error("it is missing: give {0}")]
    Missing(&'static str),
    #[error("it is refused: {0}")]
    Refused(&'static str),
    #[error("{name} can't be read: {error}{}", because(.hint.as_deref()))]
    Unreadable { name: String, error: String, hint: Option<String> },
    #[error("{0} is being read already: it includes itself")]
    IncludesItself(String),
    #[error("more than {0} files include each other")]
    TooDeep(usize),
    #[error("%({name}) has no value{}", did_you_mean(.suggestion.as_deref()))]
    UnknownPlaceholder { name: String, suggestion: Option<String> },
    #[error("it refers to itself: {}", .0.join(" > "))]
    RefersToItself(Vec<String>),
    #[error("its placeholders never end")]
    Endless,
    #[error("@({0}): only files are read")]
    OnlyFiles(String),
    #[error("it stands inside {0}, and neither can stand in another: close that first with end")]
    Nested(String),
    #[error("give NAME=VALUE, not {0}")]
    Pair(String),
    #[error("{0} is an option, and can't be a placeholder")]
    IsAnOption(String),
    #[error("{0}")]
    Syntax(String),
}

fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion.map_or_else(String::new, |name| format!("; did you mean {name}?"))
}

fn because(hint: Option<&str>) -> String {
    hint.map_or_else(String::new, |hint| format!(" ({hint})"))
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, key, cause } = self;
        match (place, cause) {
            (Place::CommandLine, Cause::Value { value, expected }) => {
                write!(f, "--{key} {value}: give {expected}")
            }
            (Place::Default, Cause::Missing(expected)) => {
                write!(f, "--{key} is missing: give {expected}")
            }
            (Place::CommandLine, _) => write!(f, "--{key}: {cause}"),
            _ => write!(f, "{place}: {key}: {cause}"),
        }
    }
}

/// All of them, at least one: first those of no file as they were found, then each file's by its lines.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Mistakes(pub(crate) Vec<Mistake>);

impl Mistakes {
    /// None if there is no mistake.
    pub(super) fn of(mut mistakes: Vec<Mistake>) -> Option<Self> {
        mistakes.sort_by(|left, right| line(&left.place).cmp(&line(&right.place)));
        (!mistakes.is_empty()).then_some(Self(mistakes))
    }
}

fn line(place: &Place) -> (&str, usize) {
    match place {
        Place::File { name, line } => (name, *line),
        Place::Default | Place::CommandLine | Place::Environment(_) => ("", 0),
    }
}

impl std::error::Error for Mistakes {}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.0.iter().enumerate() {
            let end = if index == 0 { "" } else { "\n" };
            write!(f, "{end}{mistake}")?;
        }
        Ok(())
    }
}
