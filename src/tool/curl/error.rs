//! What can go wrong with a transfer, by cause, and curl's own number for each. It must not know
//! where it happens.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use cleanslate::proto::error::Error as VarsError;
use cleanslate::proto::fastcgi::AnswerError;
use cleanslate::proto::http::RequestError;
use cleanslate::proto::response::DecodeError;

use crate::tool::chunked::NotChunked;
use crate::tool::target::{Protocol, TargetError};
use crate::tool::wire::{ConnectError, TIMED_OUT};

/// Why a transfer failed.
#[derive(Debug, thiserror::Error)]
pub(in crate::tool) enum CurlError {
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error("the path is given twice: in the target, and as `{0}`")]
    TwoPaths(String),
    #[error("{option} is of no use with {protocol}: {reason}")]
    Option { option: &'static str, protocol: Protocol, reason: &'static str },
    #[error("--header `{0}`: expected NAME: VALUE, or NAME: to leave a header out")]
    Header(String),
    #[error("--var `{0}`: expected NAME=VALUE")]
    Var(String),
    #[error("the request can't be written as a row of vars: {0}")]
    Vars(#[from] VarsError),
    #[error("the request can't be written as HTTP: {0}")]
    Http(#[from] RequestError),
    #[error("{path}: {source}", path = path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{path}: {source}", path = path.display())]
    Create { path: PathBuf, source: io::Error },
    #[error("the output can't be written: {0}")]
    Write(#[source] io::Error),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("the time is over")]
    TimedOut,
    #[error("the server closed the connection without an answer")]
    Empty,
    #[error("the server closed the connection after {answers} answers")]
    NotKept { answers: u32 },
    #[error("the answer is cut short: {0}")]
    CutShort(&'static str),
    #[error("the head of the answer is none: {0}")]
    Head(#[from] DecodeError),
    #[error(transparent)]
    Chunks(#[from] NotChunked),
    #[error("the records of the answer are wrong: {0}")]
    Records(#[from] AnswerError),
    #[error("the server refused the request: protocol status {0} ({name})", name = name_of(*.0))]
    Refused(u8),
    #[error("the server answered {0}")]
    Status(u16),
}

impl CurlError {
    /// The number that curl has for it.
    pub(in crate::tool) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::TwoPaths(_)
            | Self::Option { .. }
            | Self::Header(_)
            | Self::Var(_)
            | Self::Vars(_)
            | Self::Http(_) => 2,
            Self::Target(_) => 3,
            Self::Connect(error) => error.exit_code(),
            Self::Status(_) => 22,
            Self::Create { .. } | Self::Write(_) => 23,
            Self::Read { .. } => 26,
            Self::TimedOut => TIMED_OUT,
            Self::Empty => 52,
            Self::NotKept { .. }
            | Self::CutShort(_)
            | Self::Head(_)
            | Self::Chunks(_)
            | Self::Records(_)
            | Self::Refused(_) => 56,
        })
    }
}

/// FastCGI 1.0, 5.5.
fn name_of(protocol_status: u8) -> &'static str {
    match protocol_status {
        1 => "one request a connection",
        2 => "overloaded",
        3 => "unknown role",
        _ => "of no meaning",
    }
}
