//! Why there is no result. It must not know what goes wrong with single requests: that is part of
//! a result.

use std::process::ExitCode;

use crate::tool::captured::{CapturedError, UNREADABLE};
use crate::tool::curl::CurlError;
use crate::tool::target::TargetError;
use crate::tool::wire::ConnectError;

#[derive(Debug, thiserror::Error)]
pub(super) enum BenchError {
    #[error(transparent)]
    Request(#[from] CurlError),
    #[error("--threads is above --connections: each thread needs one at least")]
    TooManyThreads,
    #[error(transparent)]
    Captured(#[from] CapturedError),
    #[error("--pid {pid}: {source}")]
    Process { pid: u32, source: procfs::ProcError },
    #[error("the load can't be made: {0}")]
    System(#[from] rustix::io::Errno),
}

impl BenchError {
    /// The number that curl has for it.
    pub(super) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Request(error) => return error.exit_code(),
            Self::TooManyThreads | Self::Process { .. } => 2,
            Self::Captured(_) => UNREADABLE,
            Self::System(_) => 7,
        })
    }
}

impl From<TargetError> for BenchError {
    fn from(error: TargetError) -> Self {
        Self::Request(error.into())
    }
}

impl From<ConnectError> for BenchError {
    fn from(error: ConnectError) -> Self {
        Self::Request(error.into())
    }
}
