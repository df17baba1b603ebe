//! What fuzzers drive from outside: any bytes, which must not break what is promised. Knows nothing
//! of how that is checked.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Once};

/// Bytes as what clients, the pool and the clock do, against the model of `net::simulation`.
pub fn connections(data: &[u8]) {
    static ONCE: Once = Once::new();
    // A fuzzer's process has no Rust main, which would have seen to it: a peer that has left is an
    // error, not the end.
    ONCE.call_once(|| {
        signal_hook::flag::register(signal_hook::consts::SIGPIPE, Arc::new(AtomicBool::new(false)))
            .expect("any process may");
    });
    crate::net::simulation::run(data);
}
