//! The whole connection machine under a simulated clock: what clients and the pool do, and when, is
//! decided by bytes, a fuzzer's or a seed's, which replay. Only for tests and fuzzers, where a broken
//! expectation is to panic.

mod actions;
mod answers;
mod client;
mod expected;
mod jobs;
mod look;
mod model;
mod open;
mod reader;
mod script;
mod source;
#[cfg(test)]
mod tests;
mod world;

use std::cell::RefCell;
use std::time::Duration;

use cleanslate_proto::fastcgi::Capacity;

use self::source::Source;
use self::world::World;
use crate::app::Protocol;

const TIMEOUT: Duration = Duration::from_secs(10);
const KEEPALIVE: Duration = Duration::from_secs(30);
/// What of a body is kept in memory.
const MEMORY: usize = 500;
const CAPACITY: Capacity = Capacity { connections: 7, requests: 9 };
const PROTOCOLS: [Protocol; 4] =
    [Protocol::Uwsgi, Protocol::FastCgi, Protocol::Scgi, Protocol::Http];

thread_local! {
    /// What has happened, for whoever wants to know why it broke.
    static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Does what the bytes decide, and then lets everybody go.
pub(crate) fn run(bytes: &[u8]) -> usize {
    LOG.with_borrow_mut(Vec::clear);
    open::prepare();
    // Tests beside this one have descriptors too, a fuzzer's process has these alone.
    let free = || if cfg!(test) { 0 } else { open::free_descriptor() };
    let (before, mut steps) = (free(), 0);
    let mut source = Source::new(bytes);
    let mut world = World::new(source.one_of(&[1_000, 1_000, 4, 2]));
    while let Some(byte) = source.next() {
        world.act(byte, &mut source);
        steps += 1;
    }
    world.end();
    world.close();
    open::prepare();
    assert_eq!(free(), before, "descriptors are left");
    steps
}

fn note(text: impl FnOnce() -> String) {
    if !cfg!(test) {
        return;
    }
    LOG.with_borrow_mut(|log| log.push(text()));
}
