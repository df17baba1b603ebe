//! One event loop, its clients and the jobs in between, under a simulated clock. Lets the loop see
//! all that has happened. Knows not who decides, nor what must come of it.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::answers::Steps;
use super::client::Client;
use super::look::{Owners, client_of};
use super::source::Source;
use super::{KEEPALIVE, note, open};
use crate::app::Parcel;
use crate::net::{EventLoop, Inbox, Take};
use crate::pool::RequestJob;

pub(super) struct World {
    pub(super) event_loop: EventLoop,
    pub(super) inbox: Inbox,
    pub(super) spare: Vec<Parcel>,
    pub(super) name: String,
    pub(super) clients: Vec<Client>,
    pub(super) jobs: Vec<Job>,
    /// What became whole and nobody looked at yet.
    pub(super) arrivals: Vec<RequestJob>,
    /// Whether the server stops.
    pub(super) closed: bool,
    /// Whether so many may have waited since the last look that one had to go.
    pub(super) crowded: bool,
    /// How each turn of the loop is taken, bit by bit.
    pub(super) takes: u8,
    /// Whether the loop has seen all that has happened.
    pub(super) settled: bool,
    /// Whose connections the loop has, by their generations.
    pub(super) owners: Owners,
}

/// A request that the pool has, or the answer to one.
pub(super) struct Job {
    pub(super) client: usize,
    pub(super) work: Work,
}

pub(super) enum Work {
    Request(Box<RequestJob>),
    Steps(Box<Steps>),
}

impl Work {
    /// Whether a place in the loop waits for its connection.
    pub(super) fn has_place(&self) -> bool {
        match self {
            Self::Request(request) => request.peer.has_place(),
            Self::Steps(steps) => steps.has_place(),
        }
    }
}

/// More turns than anything here can need.
const TURNS_MAX: usize = 2_000;

impl World {
    /// One in which so many connections may wait.
    pub(super) fn new(connections_max: usize) -> Self {
        let (event_loop, inbox, name) = open::open(connections_max);
        Self {
            event_loop,
            inbox,
            spare: Vec::new(),
            name,
            clients: Vec::new(),
            jobs: Vec::new(),
            arrivals: Vec::new(),
            closed: false,
            crowded: false,
            takes: 0,
            settled: false,
            owners: Owners::default(),
        }
    }

    pub(super) fn now(&self) -> Instant {
        open::clock()
    }

    pub(super) fn advance(&mut self, time: Duration) {
        self.settled = false;
        open::set(open::clock() + time);
    }

    /// As `settle`, if anything has happened since the last time.
    pub(super) fn settle_news(&mut self) {
        if !self.settled {
            self.settle();
        }
    }

    /// Lets the loop see all that has happened, and looks at what came of it.
    pub(super) fn settle(&mut self) {
        let fresh = self.clients.iter().filter(|client| !client.model.accepted).count();
        let waiting = self.event_loop.shared.traffic.waiting.load(Ordering::Relaxed);
        self.crowded = waiting + fresh >= self.event_loop.shared.connections_max;
        let arrivals = self.turn_until_quiet();
        let (count, pulled) = (self.clients.len(), self.pulled());
        let mut arrived: Vec<_> = std::iter::repeat_with(|| None).take(count).collect();
        for job in arrivals {
            let client = client_of(&job.peer.stream);
            let before = arrived[client].replace(job);
            assert!(before.is_none(), "one request of a client at a time");
        }
        let writing = self.writing();
        for (number, arrived) in arrived.into_iter().enumerate() {
            self.look(number, arrived, writing[number]);
        }
        self.check_loop();
        // A client that looks by reading makes room for more.
        self.settled = self.pulled() == pulled;
    }

    /// How much all have read.
    fn pulled(&self) -> usize {
        self.clients.iter().map(|client| client.pulled).sum()
    }

    /// What arrived, until nothing more happens.
    fn turn_until_quiet(&mut self) -> Vec<RequestJob> {
        let mut arrivals = std::mem::take(&mut self.arrivals);
        for count in 0.. {
            assert!(count < TURNS_MAX, "the loop spins");
            self.takes = self.takes.rotate_left(1);
            let most = usize::from(self.takes >> 1 & 1) + 1;
            let take = if self.takes & 1 == 0 { Take::All } else { Take::UpTo(most) };
            let mut arrived = Vec::new();
            self.event_loop
                .turn(Some(Duration::ZERO), take, &mut self.spare, &mut arrived)
                .expect("a loop can be polled");
            assert!(take == Take::All || arrived.len() <= most, "it takes so many at a time");
            arrivals.extend(arrived);
            if !self.event_loop.has_told() && !self.is_told() {
                break;
            }
        }
        arrivals
    }

    /// Whether the next turn would be told of something.
    fn is_told(&self) -> bool {
        let registry = self.event_loop.poll.registry();
        let mut polled = [PollFd::new(registry, PollFlags::IN)];
        let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut polled, Some(&at_once)).is_ok_and(|count| count > 0)
    }

    /// Everybody reads, is answered, waits until the server closes, and leaves.
    pub(super) fn end(&mut self) {
        loop {
            (0..self.clients.len()).for_each(|number| self.read_all(number));
            if self.jobs.is_empty() {
                break;
            }
            // Nothing is decided any more: each job ends at once.
            self.work(&mut Source::new(&[]));
        }
        note(|| "all wait until they are closed".to_owned());
        for _ in 0..4 {
            self.advance(KEEPALIVE);
            self.settle();
        }
        for number in 0..self.clients.len() {
            self.read_all(number);
            let client = &self.clients[number];
            assert!(client.reader.eof || client.has_left(), "{number} is not closed in time");
        }
        self.clients.iter_mut().for_each(|client| client.leave(true));
        self.settle();
        self.check_nothing_left();
    }

    /// Ends it, when nothing is left in it.
    pub(super) fn close(self) {
        let Self { event_loop, name, closed, .. } = self;
        open::close(event_loop, name, !closed);
    }
}
