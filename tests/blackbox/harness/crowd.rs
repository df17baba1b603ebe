//! Many clients at once. Knows nothing of what they ask for.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::{Address, Answer, Client};

/// Sends `count` requests from `threads` clients, each on a connection of its own, and checks each
/// answer. The first thing that goes wrong ends it.
pub(crate) fn crowd(
    address: &Address,
    threads: usize,
    count: usize,
    request: impl Fn(usize) -> Vec<u8> + Sync,
    check: impl Fn(usize, &Answer) -> bool + Sync,
) -> Result<(), String> {
    let next = AtomicUsize::new(0);
    let results = in_parallel(threads, |_| {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return Ok(());
            }
            let one = || {
                let client = Client::connect(address).map_err(|error| error.to_string())?;
                client.send(&request(number)).map_err(|error| error.to_string())?;
                let answer = client.answer()?.ok_or("closed without an answer")?;
                match check(number, &answer) {
                    true => Ok(()),
                    false => Err(format!("unexpected: {} {}", answer.status, answer.text())),
                }
            };
            if let Err(error) = one() {
                next.store(count, Ordering::Relaxed);
                return Err(format!("request {number}: {error}"));
            }
        }
    });
    results.into_iter().collect()
}

/// Runs `work` on so many threads and waits for all of them.
pub(crate) fn in_parallel<T: Send>(threads: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let work = &work;
    thread::scope(|scope| {
        let all: Vec<_> = (0..threads).map(|number| scope.spawn(move || work(number))).collect();
        all.into_iter().map(|one| one.join().expect("a client thread that didn't panic")).collect()
    })
}
