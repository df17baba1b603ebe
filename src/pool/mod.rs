//! What a job is and where it waits. Knows nothing of event loops, contexts or who runs it.

mod job;
mod lanes;
mod peer;
mod place;
mod tick;

pub(crate) use job::{Job, RequestJob};
pub(crate) use lanes::Lanes;
pub(crate) use peer::{Ends, Peer, Stream};
pub(crate) use place::{Home, Place};
pub(crate) use tick::{Counts, Tick, Ticks};
