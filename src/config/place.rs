//! Where a value comes from, and what is said of it without refusing it. Knows nothing of options.

use std::fmt;
use std::sync::Arc;

/// Where a value was given.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) enum Place {
    /// Nobody has given it.
    #[default]
    Default,
    CommandLine,
    /// The variable's name.
    Environment(String),
    File {
        name: Arc<str>,
        line: usize,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::CommandLine => f.write_str("command line"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::File { name, line } => write!(f, "{name}:{line}"),
        }
    }
}

/// Something that whoever starts the server should know of, though it starts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Note {
    /// An option of uWSGI that has no meaning here.
    NotApplicable { key: String, place: Place, why: &'static str },
    /// Something that is likely to be a slip.
    Warning { key: String, place: Place, what: String },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotApplicable { key, place, why } => {
                write!(f, "{place}: {key}: does not apply: {why}")
            }
            Self::Warning { key, place, what } => write!(f, "{place}: {key}: {what}"),
        }
    }
}

/// A key with its value as it was given.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) value: String,
    pub(super) place: Place,
    /// It was said to be one, and is no option.
    pub(super) is_placeholder: bool,
}
