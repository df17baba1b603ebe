//! Which slot each thread of the pool has. A thread that is lost to a handler keeps its own, and who
//! takes its place is given a spare one. Knows nothing of what slots are.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The slots' numbers.
pub(super) struct Seats {
    /// By thread.
    taken: Vec<AtomicUsize>,
    spare: Mutex<Vec<usize>>,
    /// How many threads are lost now.
    lost: AtomicUsize,
}

/// So many threads may be lost at once. Each costs memory, and what its handler does.
const SPARE: usize = 32;

impl Seats {
    pub(super) fn new(threads: usize) -> Self {
        Self {
            taken: (0..threads).map(AtomicUsize::new).collect(),
            spare: Mutex::new((threads..threads + SPARE).rev().collect()),
            lost: AtomicUsize::new(0),
        }
    }

    /// How many slots there must be.
    pub(super) fn slots(threads: usize) -> usize {
        threads + SPARE
    }

    pub(super) fn threads(&self) -> usize {
        self.taken.len()
    }

    /// The slot of each thread.
    pub(super) fn taken(&self) -> impl Iterator<Item = usize> {
        self.taken.iter().map(|seat| seat.load(Ordering::Acquire))
    }

    /// A spare slot for who takes a lost thread's place; none if there are no more.
    pub(super) fn reserve(&self) -> Option<usize> {
        let seat = self.lock().pop()?;
        self.lost.fetch_add(1, Ordering::Relaxed);
        Some(seat)
    }

    /// Has a thread sit there, and leaves the slot it had to who sits in that.
    pub(super) fn replace(&self, thread: usize, seat: usize) {
        self.taken[thread].store(seat, Ordering::Release);
    }

    /// Who was lost has come back, and goes; or a place isn't needed: the slot is spare.
    pub(super) fn give_back(&self, seat: usize) {
        self.lost.fetch_sub(1, Ordering::Relaxed);
        self.lock().push(seat);
    }

    pub(super) fn is_exhausted(&self) -> bool {
        self.lock().is_empty()
    }

    /// How many threads are lost now.
    pub(super) fn lost(&self) -> usize {
        self.lost.load(Ordering::Relaxed)
    }

    /// Nothing is called while it is held, so that nobody waits for long.
    fn lock(&self) -> MutexGuard<'_, Vec<usize>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
