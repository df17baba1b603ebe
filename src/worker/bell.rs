//! What the warden sleeps by, and is woken by as a job starts. Knows nothing of what it guards.

use std::sync::OnceLock;
use std::time::Duration;

use super::sync::{AtomicBool, Ordering, Thread, current, fence, park, park_timeout};

/// The warden's bell.
pub(super) struct Bell {
    asleep: AtomicBool,
    thread: OnceLock<Thread>,
}

impl Bell {
    pub(super) fn new() -> Self {
        Self { asleep: AtomicBool::new(false), thread: OnceLock::new() }
    }

    /// The warden says who it is.
    pub(super) fn enrol(&self) {
        // Once: a bell has one warden.
        let _ = self.thread.set(current());
    }

    /// Wakes the warden if it sleeps. Called as each job starts, after its thread has left its
    /// loop; it costs one load while the warden is awake.
    pub(super) fn ring_if_asleep(&self) {
        fence(Ordering::SeqCst);
        if self.asleep.load(Ordering::SeqCst) && self.asleep.swap(false, Ordering::SeqCst) {
            self.ring();
        }
    }

    pub(super) fn ring(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }

    /// Sleeps until the bell rings or the time that `until` names is over, unless `needed` finds
    /// something to look after. `until` is asked last, so that it sees all that has begun.
    pub(super) fn sleep(
        &self,
        needed: impl FnOnce() -> bool,
        until: impl FnOnce() -> Option<Duration>,
    ) {
        self.asleep.store(true, Ordering::SeqCst);
        // A thread leaves its loop first and rings after; here it is the other way round, so that
        // one of the two sees the other.
        fence(Ordering::SeqCst);
        if !needed() {
            match until() {
                Some(time) => park_timeout(time),
                None => park(),
            }
        }
        self.asleep.store(false, Ordering::SeqCst);
    }
}
