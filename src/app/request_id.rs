//! What tells a request from others: the id that came with it, or one that is made. Knows nothing of
//! requests.

use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// A longer one is none.
const SIZE_MAX: usize = 128;

/// What was sent as an id, if it is one.
pub(super) fn sent(value: &[u8]) -> Option<&str> {
    let is_id = (1..=SIZE_MAX).contains(&value.len()) && value.iter().all(u8::is_ascii_graphic);
    std::str::from_utf8(value).ok().filter(|_| is_id)
}

/// One that nobody else has: what tells this process from others, and a number.
pub(super) fn fresh() -> Box<str> {
    static PROCESS: OnceLock<u64> = OnceLock::new();
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let process = PROCESS.get_or_init(|| RandomState::new().hash_one(std::process::id()));
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("{process:016x}{number:016x}").into()
}
