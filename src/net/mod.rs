//! Listeners, event loops and the connections that wait in them. Makes jobs of what has arrived
//! whole; knows nothing of contexts or of who runs a job.

mod accept;
mod address;
mod bind;
mod connection;
mod connections;
mod event_loop;
mod listener;
mod outgoing;
mod proceed;
mod refuse;
mod shared;
#[cfg(any(test, fuzzing))]
pub(crate) mod simulation;
mod socket_file;
mod timeouts;
mod waiting;

pub(crate) use bind::ListenError;
pub(crate) use event_loop::{EventLoop, Take};
pub(crate) use listener::{Listener, STATS, given_address};
pub(crate) use outgoing::{Outgoing, OutgoingError, Progress, Room};
pub(crate) use proceed::retire;
pub(crate) use refuse::{answer_once, refusal};
pub(crate) use shared::{Inbox, Returned, Shared, Traffic};
