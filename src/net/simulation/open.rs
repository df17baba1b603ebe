//! How a simulation's loop is made, cheaply, and its clock. Knows no clients.

use std::cell::{Cell, RefCell};
use std::hash::{BuildHasher, RandomState};
use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;
use std::time::Instant;

use cleanslate_proto::limits::Limits;
use cleanslate_proto::uwsgi::Modifiers;

use super::{CAPACITY, KEEPALIVE, MEMORY, PROTOCOLS, TIMEOUT};
use crate::app::PacketLimits;
use crate::config::{Parsed, Settings, parse};
use crate::net::{EventLoop, Inbox, Listener, Shared, Traffic};

thread_local! {
    static NOW: Cell<Option<Instant>> = const { Cell::new(None) };
    /// The same for all worlds of a thread, as it is dear to read a command line.
    static SETTINGS: RefCell<Option<Settings>> = const { RefCell::new(None) };
    /// How often listeners were bound, and what tells them from those of other threads.
    static NAMES: Cell<(u64, u64)> = Cell::new((0, RandomState::new().hash_one(0)));
    /// The listeners, and the name that theirs start with, while no world has them: they serve one
    /// after the other, as they are dear to bind.
    static LISTENERS: RefCell<Option<(String, Vec<Listener>)>> = const { RefCell::new(None) };
}

pub(super) fn clock() -> Instant {
    NOW.get().expect("the time is set first")
}

pub(super) fn set(now: Instant) {
    NOW.set(Some(now));
}

/// Sees to it that there are listeners for the next world.
pub(super) fn prepare() {
    LISTENERS.with_borrow_mut(|listeners| {
        listeners.get_or_insert_with(bind);
    });
}

/// Listeners for each protocol. They are abstract: nothing is left in the file system.
fn bind() -> (String, Vec<Listener>) {
    let (count, thread) = NAMES.get();
    NAMES.set((count + 1, thread));
    let name = format!("simulation-{thread:x}-{count}");
    let listeners = SETTINGS.with_borrow_mut(|settings| {
        let settings = settings.get_or_insert_with(settings_by_default);
        let bind = |protocol| Listener::bind(protocol, &format!("@{name}-{protocol}"), settings);
        PROTOCOLS.map(|protocol| bind(protocol).expect("nobody has this name"))
    });
    (name, listeners.into())
}

/// A loop that listens for each protocol, and the name that its sockets' names start with.
pub(super) fn open(connections_max: usize) -> (EventLoop, Inbox, String) {
    set(crate::clock::now());
    let (name, listeners) = LISTENERS.take().unwrap_or_else(bind);
    let shared = Shared {
        listeners,
        for_stats: Vec::new(),
        limits: PacketLimits {
            wire: Limits::default(),
            memory: MEMORY,
            modifiers: Modifiers::REQUESTS,
            capacity: CAPACITY,
        },
        socket_timeout: TIMEOUT,
        keepalive: KEEPALIVE,
        connections_max,
        clock,
        traffic: Traffic::default(),
    };
    let (event_loop, inbox) = EventLoop::new(0, Arc::new(shared)).expect("there are descriptors");
    (event_loop, inbox, name)
}

/// Takes a loop apart of which nothing is left, but for its listeners if they still listen.
pub(super) fn close(event_loop: EventLoop, name: String, listens: bool) {
    let shared = Arc::clone(&event_loop.shared);
    drop(event_loop);
    let shared = Arc::into_inner(shared).expect("nobody else has what loops share");
    for listener in &shared.listeners {
        assert!(listener.accept().is_err(), "nobody waits to be accepted");
    }
    if listens {
        LISTENERS.set(Some((name, shared.listeners)));
    }
}

fn settings_by_default() -> Settings {
    let line = ["app", "--socket", "@not-bound"].map(Into::into);
    let Parsed::Serve(options) = parse("app", &[], line) else { panic!("it is a right line") };
    Settings::resolve(&options, None).expect("it is a right line")
}

/// How many descriptors an epoll has: also those that nobody holds any more, but were not closed.
pub(super) fn registered(epoll: RawFd) -> usize {
    let path = format!("/proc/self/fdinfo/{epoll}");
    let text = std::fs::read_to_string(path).expect("the kernel tells");
    text.lines().filter(|line| line.starts_with("tfd:")).count()
}

/// The lowest descriptor that is free: one that is left behind takes its place.
pub(super) fn free_descriptor() -> RawFd {
    rustix::io::dup(std::io::stderr()).expect("there are descriptors").as_raw_fd()
}
