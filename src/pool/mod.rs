//! What a job is and where it waits. Knows nothing of event loops, contexts or who runs it.

mod job;
mod lanes;
mod peer;

pub(crate) use job::{Due, Job, RequestJob, Tick, TickState};
pub(crate) use lanes::Lanes;
pub(crate) use peer::{Ends, Peer, Stream};
