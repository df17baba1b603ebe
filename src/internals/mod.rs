//! What benches measure from outside: pieces that no application sees. Knows nothing of how they are
//! measured.

mod entries;
mod handlers;
mod timers;

pub use entries::Entries;
pub use handlers::Handlers;
pub use timers::Timers;

pub use crate::worker::HandOver;
