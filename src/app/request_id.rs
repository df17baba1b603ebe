//! Ids of requests that came without one. Knows nothing of requests.

use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// One that nobody else has: what tells this process from others, and a number.
pub(super) fn fresh() -> Box<str> {
    static PROCESS: OnceLock<u64> = OnceLock::new();
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let process = PROCESS.get_or_init(|| RandomState::new().hash_one(std::process::id()));
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("{process:016x}{number:016x}").into()
}
