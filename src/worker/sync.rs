//! What the hand-over synchronises with: the standard library's, or, in unit tests, stand-ins
//! that a seeded scheduler steps through.

#[cfg(not(test))]
pub(super) use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering, fence};
#[cfg(not(test))]
pub(super) use std::sync::{Mutex, MutexGuard};
#[cfg(not(test))]
pub(super) use std::thread::{Thread, current, park, park_timeout, yield_now};

#[cfg(test)]
pub(super) use shuttle::sync::atomic::{
    AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering, fence,
};
#[cfg(test)]
pub(super) use shuttle::sync::{Mutex, MutexGuard};
#[cfg(test)]
pub(super) use shuttle::thread::{Thread, current, park, park_timeout, yield_now};
