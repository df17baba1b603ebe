//! What can end the view of a server. It must not know how.

use std::io;

use crate::tool::statistics::StatisticsError;

#[derive(Debug, thiserror::Error)]
pub(super) enum TopError {
    #[error(transparent)]
    Statistics(#[from] StatisticsError),
    #[error("the terminal can't be used: {0}")]
    Terminal(#[source] io::Error),
    #[error("the output can't be written: {0}")]
    Write(#[source] io::Error),
}

impl TopError {
    /// The number that curl has for it.
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::Statistics(error) => error.exit_code(),
            Self::Terminal(_) => 2,
            Self::Write(_) => 23,
        }
    }
}
