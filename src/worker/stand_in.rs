//! A stuck handler never costs the server: another thread takes the place of the one it holds. Knows
//! nothing of what a thread does.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use super::crew::spawn;
use super::pool::{Phase, Pool};
use super::slot::Lost;
use super::thread::PoolThread;

/// Threads that were started in others' places.
#[derive(Default)]
pub(super) struct StandIns(Mutex<Vec<JoinHandle<()>>>);

impl StandIns {
    pub(super) fn take(&self) -> Vec<JoinHandle<()>> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, thread: JoinHandle<()>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(thread);
    }
}

/// Replaces the threads whose jobs go on long after their deadlines.
pub(super) fn replace_lost(pool: &Arc<Pool>, now: Instant) {
    let is_suspect = |(_, seat): &(usize, usize)| pool.slots[*seat].deadline.expired();
    let suspects: Vec<_> = pool.seats.taken().enumerate().filter(is_suspect).collect();
    if pool.phase() == Phase::Stopped {
        return;
    }
    for (thread, seat) in suspects {
        replace(pool, thread, seat, now);
    }
}

fn replace(pool: &Arc<Pool>, thread: usize, lost: usize, now: Instant) {
    // First, as what is lost must not wait for a place: it may come back at any time.
    let Some(seat) = pool.seats.reserve() else {
        return;
    };
    let Some(Lost { job, is_request, took }) = pool.slots[lost].lose(now) else {
        pool.seats.give_back(seat);
        return;
    };
    pool.seats.replace(thread, seat);
    if !is_request {
        pool.lanes.background_done();
    }
    let job = pool.surroundings.application.job_name(job);
    let (took, lost) = (took.as_secs_f64(), pool.seats.lost());
    tracing::error!(job, took, lost, "a handler doesn't return: another thread takes over");
    let own = Arc::clone(pool);
    let life = move || PoolThread::new(&own, thread, seat).live();
    match spawn(&pool.thread_name(thread), Box::new(life)) {
        Ok(thread) => pool.stand_ins.add(thread),
        Err(error) => tracing::error!(%error, "no thread can be started in its place"),
    }
}
