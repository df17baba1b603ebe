//! What all event loops share: the listeners, the limits, the counters, and the way back into a
//! loop. Knows nothing of how a loop works.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use mio::event::Source;
use mio::{Registry, Waker};

use super::{Listener, Outgoing};
use crate::app::PacketLimits;
use crate::pool::{Home, Peer};

/// What all loops share.
pub(crate) struct Shared {
    pub(crate) listeners: Vec<Listener>,
    /// Those that the statistics are asked for on, which no loop has.
    pub(crate) for_stats: Vec<Listener>,
    pub(crate) limits: PacketLimits,
    pub(crate) socket_timeout: Duration,
    /// How long a connection that has had an answer may be idle.
    pub(crate) keepalive: Duration,
    pub(crate) connections_max: usize,
    pub(crate) clock: fn() -> Instant,
    pub(crate) traffic: Traffic,
}

impl Shared {
    /// Whether as many connections wait as may.
    pub(crate) fn is_full(&self) -> bool {
        self.traffic.waiting.load(Ordering::Relaxed) >= self.connections_max
    }

    /// Whether no more than half as many wait.
    pub(crate) fn is_half_empty(&self) -> bool {
        self.traffic.waiting.load(Ordering::Relaxed) <= self.connections_max / 2
    }

    /// The master is gone: its sockets are this process's to close.
    pub(crate) fn inherit(&self) {
        self.listeners.iter().chain(&self.for_stats).for_each(Listener::inherit);
    }
}

/// What happened on the connections, counted.
#[derive(Default)]
pub(crate) struct Traffic {
    /// Connections that have a place in a loop now: they wait there, or are kept and their request is
    /// at work.
    pub(crate) waiting: AtomicUsize,
    /// Requests refused for what they are: 400, 413, 431, 501.
    pub(crate) bad: AtomicU64,
    /// Peers too slow to send: 408, or closed when they had sent nothing.
    pub(crate) stalled: AtomicU64,
    /// Peers too slow to read.
    pub(crate) unread: AtomicU64,
    /// Jobs and waiting requests whose deadline came: 504.
    pub(crate) expired: AtomicU64,
    /// Requests shed with 503.
    pub(crate) shed: AtomicU64,
    /// Peers that left before their answer was out.
    pub(crate) left: AtomicU64,
}

/// Where threads give back connections that still have to be written to or drained.
#[derive(Clone)]
pub(crate) struct Inbox {
    pub(super) sender: Sender<News>,
    pub(super) waker: Arc<Waker>,
    pub(super) acts: Arc<Acts>,
    pub(super) registry: Arc<Registry>,
}

/// What other threads have for a loop.
pub(super) enum News {
    Returned(Returned),
    /// A connection that was kept is gone, and its place is free.
    Gone(usize),
}

/// Whether a loop that listens no more acts on something: then a connection may be in nobody's count,
/// as it has left the loop and is not a job yet.
#[derive(Default)]
pub(crate) struct Acts(AtomicU64);

impl Acts {
    /// It begins. The count is odd while it does.
    pub(super) fn begin(&self) {
        self.0.fetch_or(1, Ordering::SeqCst);
    }

    /// What came of it is where others see it.
    pub(super) fn end(&self) {
        // Nobody else counts while the loop is held.
        if self.0.load(Ordering::Relaxed) & 1 == 1 {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// A connection that has its answer, but for what the peer hasn't taken; or one that goes on.
pub(crate) struct Returned {
    pub(crate) peer: Peer,
    pub(crate) outgoing: Outgoing,
}

impl Returned {
    /// One whose answer is out, and which goes on.
    pub(crate) fn idle(peer: Peer) -> Self {
        Self { peer, outgoing: Outgoing::of(Vec::new(), 0) }
    }
}

impl Inbox {
    pub(crate) fn give_back(&self, returned: Returned) {
        // The loop lives as long as the server: a send fails only after its end.
        if self.sender.send(News::Returned(returned)).is_ok() {
            self.wake();
        }
    }

    /// Lets a connection that is away go for good, so that another loop may have it.
    ///
    /// # Errors
    /// The system's: it is the loop's as before.
    pub(crate) fn part_with(&self, peer: &mut Peer) -> io::Result<()> {
        if peer.registered.is_some() {
            peer.stream.deregister(&self.registry)?;
            peer.registered = None;
        }
        peer.place = None;
        Ok(())
    }

    /// What came of the last turn is where others see it. To be called after each turn.
    pub(crate) fn rest(&self) {
        self.acts.end();
    }

    /// How often it has acted; none while it does.
    pub(crate) fn acts(&self) -> Option<u64> {
        Some(self.acts.0.load(Ordering::SeqCst)).filter(|acts| acts % 2 == 0)
    }

    /// Whether nothing has been given back that the loop doesn't know yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.sender.is_empty()
    }

    /// Ends the loop's wait.
    pub(crate) fn wake(&self) {
        if let Err(error) = self.waker.wake() {
            tracing::error!(%error, "an event loop can't be woken");
        }
    }
}

impl Home for Inbox {
    /// A loop that drains may have nothing else to wait for.
    fn free(&self, key: usize) {
        if self.sender.send(News::Gone(key)).is_ok() {
            self.wake();
        }
    }
}
