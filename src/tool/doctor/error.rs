//! What can keep the doctor from an answer. It must not know how.

use std::io;

use crate::tool::statistics::StatisticsError;

#[derive(Debug, thiserror::Error)]
pub(super) enum DoctorError {
    #[error(transparent)]
    Statistics(#[from] StatisticsError),
    #[error("`{0}` is no finding: --list has them all")]
    NoSuchRule(String),
    #[error("the output can't be written: {0}")]
    Write(#[source] io::Error),
}

impl DoctorError {
    /// The number that curl has for it.
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::Statistics(error) => error.exit_code(),
            Self::NoSuchRule(_) => 2,
            Self::Write(_) => 23,
        }
    }
}
