//! From case files to cases. It must not know connections.
//!
//! | module | what |
//! |---|---|
//! | `error` | what is wrong with a file, by cause |
//! | `fields` | the keys of a table, each taken once |
//! | `bytes` | the ways to write bytes |
//! | `request`, `encode` | a request as nginx would send it, or nearly; its bytes |
//! | `step` | what is done on a connection |
//! | `expected`, `accept` | what is accepted, and how that is written |
//! | `case` | all that together |

mod accept;
mod bytes;
mod case;
mod encode;
mod error;
mod expected;
mod fields;
mod request;
mod step;

pub(super) use case::{Case, read};
pub(super) use error::CaseError;
pub(super) use expected::{AnswerExpected, Ending, Expected, HeaderExpected, RecordExpected, Row};
pub(super) use step::{Action, Awaited, kind_name};

use crate::tool::target::Protocol;
use crate::tool::vars::Var;

/// How the application is reached on the server under test.
#[derive(Debug, Default)]
pub(super) struct Setting {
    /// As in `Host`.
    pub(super) host: String,
    /// What paths start with.
    pub(super) prefix: String,
    /// Vars that each structured request has beside its own.
    pub(super) vars: Vec<Var>,
}

/// What bytes may depend on beside their own text.
#[derive(Clone, Copy)]
struct Surroundings<'a> {
    setting: &'a Setting,
    protocol: Protocol,
}
