//! The bug this project comes from: what jobs open and don't close piles up. Guards that nothing
//! grows, whatever starts a handler and however it ends; and that these very checks do notice it
//! when contexts are left as their jobs leave them.

mod dirty;
mod ticks;
mod usage;

pub(crate) use usage::Usage;
