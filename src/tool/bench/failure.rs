//! What can go wrong with one request, by kind. It must not know where it happens.

use std::fmt;

use serde::Serialize;

/// Why a request has no answer, or not the one that is expected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Failure {
    /// There was no connection.
    Refused(rustix::io::Errno),
    /// The kernel has no room for another connection that waits to be accepted.
    BacklogFull,
    /// The connection was reset.
    Reset,
    /// The connection was closed before the answer was whole.
    CutShort,
    /// What came is no answer.
    Broken(&'static str),
    Status(u16),
    TimedOut,
}

/// A failure without its details.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    ConnectRefused,
    BacklogFull,
    Reset,
    CutShort,
    Broken,
    Status,
    TimedOut,
}

impl Failure {
    pub(super) fn kind(self) -> Kind {
        match self {
            Self::Refused(_) => Kind::ConnectRefused,
            Self::BacklogFull => Kind::BacklogFull,
            Self::Reset => Kind::Reset,
            Self::CutShort => Kind::CutShort,
            Self::Broken(_) => Kind::Broken,
            Self::Status(_) => Kind::Status,
            Self::TimedOut => Kind::TimedOut,
        }
    }
}

impl Kind {
    /// The number that curl has for it.
    pub(super) fn exit_code(self) -> u8 {
        match self {
            Self::ConnectRefused | Self::BacklogFull => 7,
            Self::Reset | Self::CutShort | Self::Broken => 56,
            Self::Status => 22,
            Self::TimedOut => 28,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => write!(f, "no connection: {error}"),
            Self::BacklogFull => f.write_str("the server's backlog of connections is full"),
            Self::Reset => f.write_str("the server reset the connection"),
            Self::CutShort => f.write_str("the connection was closed before the answer was whole"),
            Self::Broken(why) => write!(f, "what came is no answer: {why}"),
            Self::Status(status) => write!(f, "the server answered {status}"),
            Self::TimedOut => f.write_str("there was no answer within --max-time"),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ConnectRefused => "connect refused",
            Self::BacklogFull => "backlog full",
            Self::Reset => "reset",
            Self::CutShort => "cut short",
            Self::Broken => "broken",
            Self::Status => "status",
            Self::TimedOut => "timed out",
        })
    }
}
