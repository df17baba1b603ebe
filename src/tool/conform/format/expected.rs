//! What a case accepts: a row of what the server sends, and how the connection is after it. It must
//! not know how it is written, nor what a server did.

use std::fmt;

use cleanslate::proto::fastcgi::Kind;
use toml::Value;

/// One row of what may come.
#[derive(Debug)]
pub(in crate::tool::conform) struct Row {
    pub(in crate::tool::conform) events: Vec<Expected>,
    /// None if either is right.
    pub(in crate::tool::conform) ending: Option<Ending>,
}

/// How a connection is after everything that was expected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::tool::conform) enum Ending {
    Closed,
    /// Open, and nothing comes on it.
    Kept,
}

/// One thing that a server sends.
#[derive(Debug)]
pub(in crate::tool::conform) enum Expected {
    Answer(Box<AnswerExpected>),
    Continue,
    Record(RecordExpected),
    /// A uwsgi packet.
    Packet {
        modifier1: u8,
        modifier2: Option<u8>,
        content: Option<Vec<u8>>,
    },
}

/// What is checked of an answer.
#[derive(Debug, Default)]
pub(in crate::tool::conform) struct AnswerExpected {
    pub(in crate::tool::conform) status: Vec<StatusExpected>,
    pub(in crate::tool::conform) headers: Vec<(String, HeaderExpected)>,
    pub(in crate::tool::conform) body: Option<Vec<u8>>,
    pub(in crate::tool::conform) body_contains: Option<Vec<u8>>,
    pub(in crate::tool::conform) body_sha256: Option<String>,
    pub(in crate::tool::conform) body_length: Option<usize>,
    /// Of the JSON object in the body.
    pub(in crate::tool::conform) env: Vec<(String, HeaderExpected)>,
    pub(in crate::tool::conform) app_status: Option<u32>,
    /// Of FastCGI: the request that is answered, and how many records end STDOUT.
    pub(in crate::tool::conform) id: Option<u16>,
    pub(in crate::tool::conform) stdout_ends: Option<usize>,
}

/// A status, or all that start with a digit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::tool::conform) enum StatusExpected {
    Exactly(u16),
    Class(u16),
}

/// What is checked of a header or a var.
#[derive(Debug)]
pub(in crate::tool::conform) enum HeaderExpected {
    Is(Vec<u8>),
    IsThere,
    IsNotThere,
}

/// A record that is no part of an answer.
#[derive(Debug)]
pub(in crate::tool::conform) struct RecordExpected {
    pub(in crate::tool::conform) kind: Kind,
    pub(in crate::tool::conform) id: Option<u16>,
    pub(in crate::tool::conform) content: Option<Vec<u8>>,
    /// Of an END_REQUEST.
    pub(in crate::tool::conform) protocol_status: Option<u8>,
    /// Of a GET_VALUES_RESULT.
    pub(in crate::tool::conform) values: Vec<(String, HeaderExpected)>,
}

impl Expected {
    /// Leaves only the first status of an answer.
    pub(super) fn be_strict(&mut self) {
        match self {
            Self::Answer(answer) => answer.status.truncate(1),
            Self::Continue | Self::Record(_) | Self::Packet { .. } => {}
        }
    }
}

impl StatusExpected {
    /// A number, or a text as `4xx`.
    pub(super) fn read(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => {
                let class = text.strip_suffix("xx")?.parse().ok()?;
                (1..=5).contains(&class).then_some(Self::Class(class))
            }
            value => {
                let status = u16::try_from(value.as_integer()?).ok()?;
                (100..=599).contains(&status).then_some(Self::Exactly(status))
            }
        }
    }

    pub(in crate::tool::conform) fn accepts(self, status: u16) -> bool {
        match self {
            Self::Exactly(expected) => status == expected,
            Self::Class(class) => status / 100 == class,
        }
    }
}

impl fmt::Display for StatusExpected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(status) => write!(f, "{status}"),
            Self::Class(class) => write!(f, "{class}xx"),
        }
    }
}
