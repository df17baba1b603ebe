//! What a timer costs, among a thousand of them and among a million: to add, to fire (up to where it
//! would be queued), to remove, to add and remove, and to have.
//! `cargo bench --bench timers --features internals`
#![allow(clippy::print_stdout, reason = "a bench tells its numbers")]

use std::process::Command;
use std::time::{Duration, Instant};

use cleanslate::internals::Timers;

const COUNTS: [u64; 3] = [1_000, 100_000, 1_000_000];

/// Each count is measured in a process of its own, whose memory is its alone.
fn main() {
    if let Some(count) = std::env::args().find_map(|argument| argument.parse().ok()) {
        return measure(count);
    }
    println!(" timers      add     fire   remove     both   bytes each");
    for count in COUNTS {
        let own = std::env::current_exe().expect("a program knows its file");
        let done = Command::new(own).arg(count.to_string()).status();
        assert!(done.is_ok_and(|status| status.success()), "it ended badly");
    }
}

fn measure(count: u64) {
    let before = resident();
    let mut timers = Timers::new(now());
    // No two of them are due at the same time, and none in the order in which it was added.
    let interval = |number: u64| {
        Duration::from_secs(100) + Duration::from_nanos(number * 7_919 % count * 1_000)
    };
    let add = time(count, || (0..count).for_each(|number| timers.add(interval(number))));
    let bytes = resident().saturating_sub(before) / count;
    let mut fired = 0;
    let fire = time(count, || {
        // A second of them at once, as it would be, to where each was due once.
        for _ in 0..102 {
            fired += timers.pass(Duration::from_secs(1)) as u64;
        }
    });
    assert_eq!(fired, count, "each has ticked once");
    let both =
        time(count, || (0..count).for_each(|number| timers.add_and_remove(interval(number))));
    let remove = time(count, || while timers.remove() {});
    println!("{count:>7} {add:>5} ns {fire:>5} ns {remove:>5} ns {both:>5} ns {bytes:>8}");
}

/// Nanoseconds for each of so many.
fn time(count: u64, work: impl FnOnce()) -> u128 {
    let started = now();
    work();
    started.elapsed().as_nanos() / u128::from(count)
}

#[allow(clippy::disallowed_methods, reason = "a bench measures by the clock")]
fn now() -> Instant {
    Instant::now()
}

/// The memory of this process, in bytes.
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = text.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or(0) * 4_096
}
