//! What a job is: a whole request, or a run of a background handler. Knows nothing of where it waits.

use std::time::Instant;

use super::{Peer, Tick};
use crate::app::Parcel;

/// Work for a pool thread, run exactly once.
#[allow(clippy::large_enum_variant, reason = "nearly all are requests: a box each would cost more")]
pub(crate) enum Job {
    Request(RequestJob),
    Tick(Tick),
}

/// A request that is whole, and the socket its answer goes to.
pub(crate) struct RequestJob {
    pub(crate) peer: Peer,
    pub(crate) packet: Parcel,
    /// Its deadline and its wait count from here.
    pub(crate) whole_at: Instant,
}
