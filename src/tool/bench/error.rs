//! Why there is no result. It must not know what goes wrong with single requests: that is part of
//! a result.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::tool::curl::CurlError;
use crate::tool::target::TargetError;
use crate::tool::wire::ConnectError;

#[derive(Debug, thiserror::Error)]
pub(super) enum BenchError {
    #[error(transparent)]
    Request(#[from] CurlError),
    #[error("--threads is above --connections: each thread needs one at least")]
    TooManyThreads,
    #[error("{path}: {source}", path = path.display())]
    Captured { path: PathBuf, source: CapturedError },
    #[error("--pid {pid}: {source}")]
    Process { pid: u32, source: procfs::ProcError },
    #[error("the load can't be made: {0}")]
    System(#[from] rustix::io::Errno),
}

/// Why a file is no captured request.
#[derive(Debug, thiserror::Error)]
pub(super) enum CapturedError {
    #[error(transparent)]
    Read(#[from] io::Error),
    #[error("it is no captured request: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the body is not in base64: {0}")]
    Base64(#[from] base64::DecodeError),
    #[error("{0:?} in a var is above 255, so no byte")]
    NoByte(char),
    #[error("CONTENT_LENGTH is {length:?}, the body has {size} bytes")]
    Length { length: String, size: usize },
    #[error("it has no {0}, which HTTP needs")]
    Missing(&'static str),
    #[error(transparent)]
    Request(#[from] CurlError),
}

impl BenchError {
    /// The number that curl has for it.
    pub(super) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Request(error) => return error.exit_code(),
            Self::TooManyThreads | Self::Process { .. } => 2,
            Self::Captured { .. } => 26,
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
