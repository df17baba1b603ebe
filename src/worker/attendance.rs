//! Who attends a worker's event loop: one of its threads, or the warden, or nobody for a while.
//! Knows nothing of what the loop does.

use std::sync::TryLockError;

use super::sync::{AtomicBool, AtomicU64, AtomicUsize, Mutex, MutexGuard, Ordering, yield_now};

/// A worker's loop and who has it.
pub(super) struct Attendance<L> {
    event_loop: Mutex<L>,
    /// Whether one of the worker's threads waits in the loop, or is about to.
    attended: AtomicBool,
    /// How often it was attended: when this stands still and nobody attends, the loop is alone.
    turns: AtomicU64,
    /// How many connections waited in the loop when it was last left.
    waiting: AtomicUsize,
    /// Whether the loop has stopped listening for good.
    closed: AtomicBool,
    /// Whether the warden has it, which is never for long.
    warden: AtomicBool,
}

/// The loop, while one has it.
pub(super) struct Attended<'a, L> {
    pub(super) event_loop: MutexGuard<'a, L>,
    attendance: &'a Attendance<L>,
}

impl<L> Attendance<L> {
    pub(super) fn new(event_loop: L) -> Self {
        Self {
            event_loop: Mutex::new(event_loop),
            attended: AtomicBool::new(false),
            turns: AtomicU64::new(0),
            waiting: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            warden: AtomicBool::new(false),
        }
    }

    /// Takes the loop for a thread of the worker; none when another of its threads attends it.
    pub(super) fn enter(&self) -> Option<Attended<'_, L>> {
        let event_loop = loop {
            match self.event_loop.try_lock() {
                Ok(event_loop) => break event_loop,
                Err(TryLockError::Poisoned(poisoned)) => break poisoned.into_inner(),
                // Not by waiting for the lock: a sibling may have it next, and wait for long.
                Err(TryLockError::WouldBlock) if self.warden.load(Ordering::Acquire) => yield_now(),
                Err(TryLockError::WouldBlock) => return None,
            }
        };
        self.attended.store(true, Ordering::SeqCst);
        Some(Attended { event_loop, attendance: self })
    }

    /// Takes the loop for the warden; none when it isn't alone after all.
    pub(super) fn take_over(&self) -> Option<MutexGuard<'_, L>> {
        let taken = self.event_loop.try_lock().ok()?;
        self.warden.store(true, Ordering::Release);
        Some(taken)
    }

    /// The warden is done; call it just before the guard goes.
    pub(super) fn hand_back(&self) {
        self.warden.store(false, Ordering::Release);
    }

    /// Says how many connections wait in the loop, by whoever has it.
    pub(super) fn set_waiting(&self, connections: usize) {
        self.waiting.store(connections, Ordering::SeqCst);
    }

    /// Whether somebody must attend this loop, since connections wait in it.
    pub(super) fn is_occupied(&self) -> bool {
        self.waiting.load(Ordering::SeqCst) > 0
    }

    pub(super) fn set_closed(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    pub(super) fn is_attended(&self) -> bool {
        self.attended.load(Ordering::SeqCst)
    }

    pub(super) fn turns(&self) -> u64 {
        self.turns.load(Ordering::Relaxed)
    }
}

impl<L> Attended<'_, L> {
    /// The loop is looked at, and not only given something.
    pub(super) fn count_turn(&self) {
        let turns = &self.attendance.turns;
        turns.store(turns.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }
}

impl<L> Drop for Attended<'_, L> {
    fn drop(&mut self) {
        self.attendance.attended.store(false, Ordering::SeqCst);
    }
}
