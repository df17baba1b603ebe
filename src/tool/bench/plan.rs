//! What all threads of a load have in common, and what each tells of itself. It must not know how a
//! request is sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use super::connection::Server;
use super::options::Expected;
use crate::tool::target::Protocol;

/// What all threads do alike.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) server: Server,
    pub(super) protocol: Protocol,
    /// As it is sent.
    pub(super) request: Vec<u8>,
    pub(super) asks_with_head: bool,
    pub(super) keep: bool,
    pub(super) expected: Expected,
    pub(super) max_time: Duration,
}

/// What a thread tells while it runs, and is told.
#[derive(Debug)]
pub(super) struct Shared {
    answers: AtomicU64,
    failures: AtomicU64,
    /// No more requests are to start.
    stop: Arc<AtomicBool>,
}

impl Shared {
    pub(super) fn new(stop: Arc<AtomicBool>) -> Self {
        Self { answers: AtomicU64::new(0), failures: AtomicU64::new(0), stop }
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Tells of all that was answered well, and of all that was not.
    pub(super) fn tell(&self, answers: u64, failures: u64) {
        self.answers.store(answers, Ordering::Relaxed);
        self.failures.store(failures, Ordering::Relaxed);
    }

    pub(super) fn answers(&self) -> u64 {
        self.answers.load(Ordering::Relaxed)
    }

    pub(super) fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }
}
