//! Who holds how many bytes, counted by each thread for itself. Knows nothing of memory.

use std::cell::Cell;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::app::JobName;

/// Bytes by owner. Of one thread it may be below zero, as it frees what others made.
type Tally = [AtomicI64; OWNERS];

/// So many names have a place of their own; those above share the last.
const OWNERS: usize = 512;
/// What is made outside of jobs is the server's own.
const SERVER: u16 = 0;

/// Of all threads that have no tally of their own.
static SHARED: Tally = [const { AtomicI64::new(0) }; OWNERS];
/// Those of the pool's threads, which are never given back: the next thread goes on with one.
static OWN: Mutex<Tallies> = Mutex::new(Tallies { all: Vec::new(), free: Vec::new() });

struct Tallies {
    all: Vec<&'static Tally>,
    free: Vec<&'static Tally>,
}

struct Here {
    owner: Cell<u16>,
    tally: Cell<Option<&'static Tally>>,
}

thread_local! {
    // Neither is made at first use nor has a destructor: the allocator may ask at any time.
    static HERE: Here = const { Here { owner: Cell::new(SERVER), tally: Cell::new(None) } };
}

/// While it lives, what this thread allocates is a job's.
pub(crate) struct Owner(());

/// A thread's own tally, for as long as it lives.
pub(crate) struct Claim(&'static Tally);

impl Owner {
    pub(crate) fn enter(job: JobName) -> Self {
        HERE.with(|here| here.owner.set(owner_of(job)));
        Self(())
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        HERE.with(|here| here.owner.set(SERVER));
    }
}

fn owner_of(job: JobName) -> u16 {
    let last = OWNERS - 1;
    u16::try_from((job.0 + 1).min(last)).unwrap_or(SERVER)
}

impl Claim {
    /// Gives this thread a tally that no other writes, so that counting costs next to nothing.
    pub(crate) fn new() -> Self {
        let free = lock().free.pop();
        let tally = free.unwrap_or_else(|| {
            let tally: &'static Tally = Box::leak(Box::new([const { AtomicI64::new(0) }; OWNERS]));
            lock().all.push(tally);
            tally
        });
        HERE.with(|here| here.tally.set(Some(tally)));
        Self(tally)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        HERE.with(|here| here.tally.set(None));
        lock().free.push(self.0);
    }
}

fn lock() -> std::sync::MutexGuard<'static, Tallies> {
    OWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whose job runs on this thread.
#[inline]
pub(super) fn owner() -> u16 {
    HERE.with(|here| here.owner.get())
}

/// An owner has so many bytes more, or fewer.
#[inline]
pub(super) fn count(owner: u16, change: i64) {
    let place = usize::from(owner).min(OWNERS - 1);
    HERE.with(|here| match here.tally.get() {
        // Nobody else writes it.
        Some(own) => {
            let bytes = &own[place];
            bytes.store(bytes.load(Ordering::Relaxed) + change, Ordering::Relaxed);
        }
        None => {
            SHARED[place].fetch_add(change, Ordering::Relaxed);
        }
    });
}

/// Whether this program's allocator counts.
pub(crate) fn is_counted() -> bool {
    // No program gets here without an allocation.
    SHARED[usize::from(SERVER)].load(Ordering::Relaxed) != 0
}

/// How many bytes are held now: what the first so many job names hold, and the server itself.
pub(crate) fn live(jobs: usize) -> (Vec<i64>, i64) {
    let own = lock().all.clone();
    let read = |place: usize| -> i64 {
        let tallies = own.iter().copied().chain([&SHARED]);
        tallies.map(|tally| tally[place].load(Ordering::Relaxed)).sum()
    };
    let jobs = (0..jobs).map(|job| read(usize::from(owner_of(JobName(job)))));
    (jobs.collect(), read(usize::from(SERVER)))
}
