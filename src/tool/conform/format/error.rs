//! What is wrong with a case file, by cause. It must not know how files are read.

use std::io;
use std::path::PathBuf;

use cleanslate::proto::error::Error as VarsError;
use cleanslate::proto::http::RequestError;

use crate::tool::target::Protocol;

/// Why there are no cases.
#[derive(Debug, thiserror::Error)]
pub(in crate::tool::conform) enum CaseError {
    #[error("{path}: {source}", path = path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{path}: no file there ends with .toml", path = .0.display())]
    NoFiles(PathBuf),
    #[error("{file}: {source}")]
    Syntax { file: String, source: Box<toml::de::Error> },
    #[error("{file}: {wrong}")]
    File { file: String, wrong: Wrong },
    #[error("{file}: case {case}: {wrong}")]
    Case { file: String, case: String, wrong: Wrong },
    #[error("{file}: two cases are called {id}")]
    SameId { file: String, id: String },
}

/// A key and what is wrong with it.
#[derive(Debug, thiserror::Error)]
#[error("{key}: {problem}")]
pub(in crate::tool::conform) struct Wrong {
    /// As `steps[1].request.body`, counted from 0.
    pub(super) key: String,
    pub(super) problem: Problem,
}

/// What is wrong with a key.
#[derive(Debug, thiserror::Error)]
pub(in crate::tool::conform) enum Problem {
    #[error("is missing")]
    Missing,
    #[error("is unknown here")]
    Unknown,
    #[error("expected {0}")]
    Expected(&'static str),
    #[error("is of no use with {0}")]
    NotFor(Protocol),
    #[error("{0}")]
    Contradiction(&'static str),
    #[error("can't be encoded: {0}")]
    Vars(#[from] VarsError),
    #[error("can't be encoded: {0}")]
    Http(#[from] RequestError),
}

impl Wrong {
    pub(super) fn new(key: impl Into<String>, problem: impl Into<Problem>) -> Self {
        Self { key: key.into(), problem: problem.into() }
    }

    pub(super) fn expected(key: impl Into<String>, what: &'static str) -> Self {
        Self::new(key, Problem::Expected(what))
    }
}
