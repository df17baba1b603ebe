//! Who is idle, and how each is woken: a parked thread by unpark, one that attends an event loop
//! by the loop's waker. Knows nothing of what they will do.

use std::sync::PoisonError;

use super::sync::{AtomicU64, Mutex, Ordering, Thread, current, fence, park};

/// A bit for each thread of the pool, set while it is idle. Whoever clears a bit has claimed that
/// thread and must wake it, so that two jobs never count on the same one.
pub(super) struct Roster<W> {
    parked: Word,
    attending: Word,
    threads: Vec<Mutex<Option<Thread>>>,
    loops: Vec<W>,
    threads_per_worker: usize,
}

/// A word of its own cache line: idle threads write it, busy ones read it.
#[repr(align(128))]
struct Word(AtomicU64);

/// What ends a wait in an event loop.
pub(super) trait Wake {
    fn wake(&self);
}

impl<W: Wake> Roster<W> {
    pub(super) fn new(loops: Vec<W>, threads_per_worker: usize) -> Self {
        let threads = loops.len() * threads_per_worker;
        Self {
            parked: Word(AtomicU64::new(0)),
            attending: Word(AtomicU64::new(0)),
            threads: (0..threads).map(|_| Mutex::new(None)).collect(),
            loops,
            threads_per_worker,
        }
    }

    /// Each thread says who it is before it lives on; one that takes another's place as well.
    pub(super) fn enrol(&self, thread: usize) {
        *self.threads[thread].lock().unwrap_or_else(PoisonError::into_inner) = Some(current());
    }

    /// Sleeps until woken, unless `busy` finds something to do once the bit is set.
    pub(super) fn park(&self, thread: usize, busy: impl FnOnce() -> bool) {
        let bit = 1 << thread;
        self.parked.0.fetch_or(bit, Ordering::SeqCst);
        // A job is pushed first and looked for here last, so that one of the two sees the other.
        fence(Ordering::SeqCst);
        if busy() {
            self.parked.0.fetch_and(!bit, Ordering::SeqCst);
            return;
        }
        while self.parked.0.load(Ordering::SeqCst) & bit != 0 {
            park();
        }
    }

    /// Says that a thread is about to wait in its loop; false if `busy` finds something to do.
    pub(super) fn attend(&self, thread: usize, busy: impl FnOnce() -> bool) -> bool {
        self.attending.0.fetch_or(1 << thread, Ordering::SeqCst);
        fence(Ordering::SeqCst);
        if busy() {
            self.leave(thread);
            return false;
        }
        true
    }

    /// The wait in the loop is over; false when somebody has claimed this thread for a job.
    pub(super) fn leave(&self, thread: usize) -> bool {
        let bit = 1 << thread;
        self.attending.0.fetch_and(!bit, Ordering::SeqCst) & bit != 0
    }

    /// Wakes one idle thread for a job that has been pushed; a parked one if there is any, since
    /// it leaves no loop alone.
    pub(super) fn wake_one(&self) {
        if !self.unpark_one(u64::MAX) {
            self.wake_attending();
        }
    }

    /// How many threads sleep.
    pub(super) fn parked(&self) -> usize {
        self.parked.0.load(Ordering::Relaxed).count_ones() as usize
    }

    /// How many threads wait in their loops.
    pub(super) fn attending(&self) -> usize {
        self.attending.0.load(Ordering::SeqCst).count_ones() as usize
    }

    /// How many threads sleep or wait.
    pub(super) fn idle(&self) -> usize {
        // A thread is never both.
        let attending = self.attending.0.load(Ordering::SeqCst);
        (self.parked.0.load(Ordering::SeqCst) | attending).count_ones() as usize
    }

    /// Whether a thread of this worker sleeps or waits.
    pub(super) fn has_idle(&self, worker: usize) -> bool {
        let idle = self.parked.0.load(Ordering::Relaxed) | self.attending.0.load(Ordering::Relaxed);
        idle & self.threads_of(worker) != 0
    }

    /// Wakes a parked thread of this worker, to attend its loop; false when there is none.
    pub(super) fn wake_sibling(&self, worker: usize) -> bool {
        self.unpark_one(self.threads_of(worker))
    }

    /// Wakes an idle thread of this worker for a job that only its threads may run. Where none is
    /// idle, each looks for it before it is.
    pub(super) fn wake_one_of(&self, worker: usize) {
        let allowed = self.threads_of(worker);
        if !self.unpark_one(allowed) && claim(&self.attending.0, allowed).is_some() {
            self.loops[worker].wake();
        }
    }

    /// Wakes a parked thread whose loop nobody attends, to listen; false when there is none.
    pub(super) fn wake_listener(&self) -> bool {
        let attending = self.attending.0.load(Ordering::SeqCst);
        let alone = (0..self.loops.len())
            .map(|worker| self.threads_of(worker))
            .filter(|threads| attending & threads == 0)
            .fold(0, |all, threads| all | threads);
        self.unpark_one(alone)
    }

    /// Wakes a thread that attends, to see whether it still should.
    pub(super) fn wake_attending(&self) {
        if let Some(thread) = claim(&self.attending.0, u64::MAX) {
            self.loops[thread / self.threads_per_worker].wake();
        }
    }

    fn unpark_one(&self, allowed: u64) -> bool {
        fence(Ordering::SeqCst);
        let claimed = claim(&self.parked.0, allowed);
        if let Some(thread) = claimed {
            self.unpark(thread);
        }
        claimed.is_some()
    }

    /// The bits of a worker's threads.
    fn threads_of(&self, worker: usize) -> u64 {
        // At most 64 threads in all, so that the shifts stay in range.
        let first = worker * self.threads_per_worker;
        (u64::MAX >> (64 - self.threads_per_worker)) << first
    }

    /// Wakes everyone who sleeps now, to look at what has changed; who falls asleep later has seen it.
    pub(super) fn wake_all(&self) {
        // Taken at once: one by one, threads that find nothing and park again would be met again.
        let mut parked = self.parked.0.swap(0, Ordering::SeqCst);
        while parked != 0 {
            self.unpark(parked.trailing_zeros() as usize);
            parked &= parked - 1;
        }
        for each in &self.loops {
            each.wake();
        }
    }

    fn unpark(&self, thread: usize) {
        let thread = self.threads[thread].lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = &*thread {
            thread.unpark();
        }
    }
}

/// Clears the lowest bit that is set and allowed.
fn claim(word: &AtomicU64, allowed: u64) -> Option<usize> {
    loop {
        let bits = word.load(Ordering::SeqCst) & allowed;
        if bits == 0 {
            return None;
        }
        let bit = bits & bits.wrapping_neg();
        if word.fetch_and(!bit, Ordering::SeqCst) & bit != 0 {
            return Some(bit.trailing_zeros() as usize);
        }
    }
}
