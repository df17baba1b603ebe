//! A pool thread's life: attend the loop, run, hand over. The one place that knows event loop,
//! queue and context. The protocol and its races are in README.md beside this file.

mod answer;
mod attendance;
mod background;
mod bell;
mod counters;
mod crew;
mod delivery;
mod demand;
mod gathering;
#[cfg(feature = "internals")]
mod hand_over;
mod held;
mod keeping;
mod limits;
mod packets;
mod pool;
mod pressure;
mod quiet;
mod roster;
mod run;
mod seats;
mod seen;
mod slot;
mod stand_in;
mod steps;
mod sync;
#[cfg(test)]
mod tests;
mod thread;
mod ticker;
mod vars_seen;
mod warden;
mod whereabouts;

pub(crate) use answer::NoAnswer;
pub(crate) use crew::Crew;
#[cfg(feature = "internals")]
pub use hand_over::HandOver;
pub(crate) use pool::{Phase, Pool};
pub(crate) use seen::RunningJob;
pub(crate) use vars_seen::VarCounts;

/// What the names of all our threads begin with.
pub(crate) const THREAD_PREFIX: &str = "cleanslate";
