//! What can go wrong with a replay as a whole, and the exit codes. It must not know where it happens.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::tool::captured::{CapturedError, UNREADABLE};
use crate::tool::curl::CurlError;
use crate::tool::target::TargetError;

/// Why nothing is replayed, or no more.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReplayError {
    #[error("--against: {0}")]
    Target(#[from] TargetError),
    #[error("--against: `{0}` is of no use: each request has its own path")]
    Path(String),
    #[error("--var `{0}`: expected NAME=VALUE")]
    Var(String),
    #[error(
        "{file}: a {method} does its work again when it is replayed: --all-methods replays it, \
         --only-safe leaves it out",
        file = file.display()
    )]
    Unsafe { file: PathBuf, method: String },
    #[error(transparent)]
    Captured(#[from] CapturedError),
    #[error("the output can't be written: {0}")]
    Write(#[from] io::Error),
    /// There is no server.
    #[error(transparent)]
    Transfer(CurlError),
}

impl ReplayError {
    /// As `cleanslate curl` has them.
    pub(super) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Var(_) | Self::Unsafe { .. } => 2,
            Self::Target(_) | Self::Path(_) => 3,
            Self::Write(_) => 23,
            Self::Captured(_) => UNREADABLE,
            Self::Transfer(error) => return error.exit_code(),
        })
    }
}
