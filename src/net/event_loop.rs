//! A worker's event loop: waits, and acts on what has happened. Knows nothing of pools, contexts
//! or who calls [`EventLoop::turn`].

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, unbounded};
use mio::{Events, Poll, Token, Waker};

use super::connections::Connections;
use super::shared::{Acts, News};
use super::timeouts::Timeouts;
use super::{Inbox, Shared};
use crate::app::Parcel;
use crate::pool::{Home, RequestJob};
use crate::throttle::Throttle;

/// An event loop and the connections that wait in it.
pub(crate) struct EventLoop {
    pub(super) index: usize,
    pub(super) poll: Poll,
    events: Events,
    /// What polls have told and nobody has acted on yet, in its order.
    pub(super) told: VecDeque<Told>,
    /// When it was last polled.
    polled_at: Instant,
    /// A time at which it was polled, and how much of what was told until then has not been acted
    /// on: whose time was up then is given up when nothing is left of it.
    unsettled: Option<(Instant, usize)>,
    pub(super) connections: Connections,
    /// Those that are idle after an answer, the longest first, by key and wait; and some that were.
    pub(super) idle: VecDeque<(usize, u32)>,
    pub(super) timeouts: Timeouts,
    pub(super) news: Receiver<News>,
    /// Where connections say that are gone from their places.
    pub(super) home: Arc<dyn Home>,
    pub(super) shared: Arc<Shared>,
    acts: Arc<Acts>,
    pub(super) throttle: Throttle,
    pub(super) listening: bool,
    /// Whether another process accepts in its place.
    pub(super) retired: bool,
    /// Whether it has stopped listening for good.
    pub(super) closed: bool,
    /// Until when nothing is accepted, as the process has no descriptors left.
    pub(super) paused_until: Option<Instant>,
}

/// Something that a poll has told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Told {
    pub(super) token: Token,
    /// Whether the peer has ended its side, which no later poll tells again.
    pub(super) ended: bool,
}

impl Told {
    pub(super) fn of(key: usize) -> Self {
        Self { token: Token(key), ended: false }
    }
}

/// How much one turn takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Take {
    /// Stops at so many whole requests; nearly always at the first, which its caller runs. Whoever
    /// attends next goes on from there, so that a request is read just before it is run.
    UpTo(usize),
    /// Takes all there is.
    All,
}

impl Take {
    /// Whether so many are enough.
    pub(super) fn is_enough(self, arrivals: usize) -> bool {
        matches!(self, Self::UpTo(most) if arrivals >= most)
    }
}

/// While there is much to act on it is polled as often, so that nobody is left out.
const POLL_EVERY: Duration = Duration::from_millis(1);
const WAKE: Token = Token(usize::MAX);
/// Listener tokens count down from here; connection keys stay far below.
pub(super) const LISTENER: usize = usize::MAX - 1;

impl EventLoop {
    pub(crate) fn new(index: usize, shared: Arc<Shared>) -> io::Result<(Self, Inbox)> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
        // Bounded by max-connections: what is given back, and what is gone, counts as waiting.
        let (sender, news) = unbounded();
        let registry = Arc::new(poll.registry().try_clone()?);
        let inbox = Inbox { sender, waker, acts: Arc::default(), registry };
        let mut event_loop = Self {
            index,
            poll,
            events: Events::with_capacity(256),
            told: VecDeque::with_capacity(256),
            polled_at: (shared.clock)(),
            unsettled: None,
            connections: Connections::default(),
            idle: VecDeque::new(),
            timeouts: Timeouts::default(),
            news,
            home: Arc::new(inbox.clone()),
            shared,
            acts: Arc::clone(&inbox.acts),
            throttle: Throttle::default(),
            listening: false,
            retired: false,
            closed: false,
            paused_until: None,
        };
        event_loop.listen()?;
        Ok((event_loop, inbox))
    }

    /// Waits up to `wait` (none: as long as it takes) for something to happen and acts on it.
    /// Whole requests are added to `arrivals`; `spare` gives and takes packets.
    ///
    /// # Errors
    /// Only those of the poll itself, which nothing can mend.
    pub(crate) fn turn(
        &mut self,
        wait: Option<Duration>,
        take: Take,
        spare: &mut Vec<Parcel>,
        arrivals: &mut Vec<RequestJob>,
    ) -> io::Result<()> {
        let listens_no_more = self.retired || self.closed;
        if listens_no_more {
            // What is given back is in nobody's count for a moment.
            self.acts.begin();
        }
        self.take_news();
        // Not while it waits, which may be for long.
        self.acts.end();
        let mut now = None;
        if !self.has_told() {
            now = self.poll(wait)?;
        } else if (self.shared.clock)().saturating_duration_since(self.polled_at) > POLL_EVERY {
            now = self.poll(Some(Duration::ZERO))?;
        }
        if listens_no_more {
            self.acts.begin();
        }
        self.act(now, take, spare, arrivals);
        Ok(())
    }

    /// Whether something was told that nobody has acted on yet.
    pub(crate) fn has_told(&self) -> bool {
        !self.told.is_empty()
    }

    /// Takes what epoll tells; the time at which it told, unless a signal ended the wait.
    fn poll(&mut self, wait: Option<Duration>) -> io::Result<Option<Instant>> {
        let wait = self.shorten(wait);
        match self.poll.poll(&mut self.events, wait) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(None),
            other => other?,
        }
        for event in &self.events {
            let (token, ended) = (event.token(), event.is_read_closed());
            // A listener is told of by each poll until there is nothing left to accept.
            if !self.is_listener(token) || !self.is_told_of(token) {
                self.told.push_back(Told { token, ended });
            }
        }
        self.polled_at = (self.shared.clock)();
        // A later poll waits for the earlier to be settled: there is always an end to one.
        self.unsettled.get_or_insert((self.polled_at, self.told.len()));
        self.resume(self.polled_at)?;
        Ok(Some(self.polled_at))
    }

    fn is_listener(&self, Token(token): Token) -> bool {
        token <= LISTENER && token > LISTENER - self.shared.listeners.len()
    }

    fn is_told_of(&self, token: Token) -> bool {
        self.told.iter().any(|told| told.token == token)
    }

    /// Acts on what was told. The clock needn't be asked again where it is known what time it is `now`.
    fn act(
        &mut self,
        mut now: Option<Instant>,
        take: Take,
        spare: &mut Vec<Parcel>,
        arrivals: &mut Vec<RequestJob>,
    ) {
        self.settle_polled();
        while !take.is_enough(arrivals.len()) {
            let Some(Told { token, ended }) = self.told.pop_front() else {
                break;
            };
            let now = now.take().unwrap_or_else(self.shared.clock);
            match token {
                WAKE => {}
                Token(token) if self.is_listener(Token(token)) => {
                    self.accept(LISTENER - token, now, take, spare, arrivals);
                    if take.is_enough(arrivals.len()) && !self.is_told_of(Token(token)) {
                        // More may wait there, behind who was told of before.
                        self.told.push_back(Told::of(token));
                    }
                }
                Token(key) => self.proceed(key, ended, now, spare, arrivals),
            }
            if let Some((_, left)) = &mut self.unsettled {
                *left = left.saturating_sub(1);
            }
            self.settle_polled();
        }
    }

    /// When whoever was heard of by the time of a poll has had its turn, the others' time is up.
    fn settle_polled(&mut self) {
        if let Some((at, 0)) = self.unsettled {
            self.unsettled = None;
            self.expire(at);
            self.timeouts.compact(&self.connections);
        }
    }

    /// How many connections wait here.
    pub(crate) fn waiting(&self) -> usize {
        self.connections.waiting()
    }

    /// No longer than until the next timeout.
    fn shorten(&self, wait: Option<Duration>) -> Option<Duration> {
        let next = [self.timeouts.next(), self.paused_until].into_iter().flatten().min();
        let Some(next) = next else { return wait };
        let until = next.saturating_duration_since((self.shared.clock)());
        Some(wait.map_or(until, |wait| wait.min(until)))
    }
}
