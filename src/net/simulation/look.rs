//! What a loop made of all that happened, held against the model, and what holds of it always. Knows
//! nothing of who made it happen.

use std::os::fd::AsRawFd;
use std::os::linux::net::SocketAddrExt;
use std::sync::atomic::Ordering;

use super::client::Client;
use super::model::{Phase, SOON, Told};
use super::script::Sent;
use super::world::{Job, Work, World};
use super::{KEEPALIVE, TIMEOUT, open};
use crate::net::connection::{Connection, State};
use crate::pool::{RequestJob, Stream};

impl World {
    /// Holds what became of a client's connection against what must.
    pub(super) fn look(
        &mut self,
        number: usize,
        arrived: Option<RequestJob>,
        writing: Option<u32>,
    ) {
        if self.is_still_written(number, writing) {
            assert!(arrived.is_none(), "an answer is not out, and the next request arrives");
            return;
        }
        let (now, closed) = (self.now(), self.closed);
        let client = &mut self.clients[number];
        let is_fresh = !client.model.accepted;
        let may_go = is_fresh || client.model.is_idle();
        let Client { script, sent, fin, model, reader, .. } = client;
        let told = Told { script, sent: *sent, fin: *fin, now, closed };
        let due = model.look(&told, &mut reader.expected);
        let has_left = client.has_left();
        // A reply that doesn't fit ends the connection, and so may a crowd. In doubt the client reads.
        let may_be_closed = client.model.owed && client.is_behind();
        let may_make_room = self.crowded && may_go;
        client.reader.may_be_refused |= is_fresh && may_make_room && arrived.is_none();
        if arrived.is_none() && (may_be_closed || may_make_room) && client.is_closed(is_fresh, now)
        {
            return;
        }
        match (&arrived, due) {
            (None, None) => {}
            (Some(job), Some(sent)) => check_request(job, &sent),
            (Some(job), None) => assert!(client.model.wild, "{:?} was not sent", job.packet.vars()),
            (None, Some(sent)) => {
                assert!(has_left, "{} has not arrived", sent.name());
                client.model.phase = Phase::Ending;
            }
        }
        if let Some(job) = arrived {
            self.jobs.push(Job { client: number, work: Work::Request(Box::new(job)) });
        }
    }

    /// Whether an answer still waits for its client. If it doesn't any more, it is out, or cut for
    /// a client that was too slow: so that one reads now, which shows it.
    fn is_still_written(&mut self, number: usize, place: Option<u32>) -> bool {
        let now = self.now();
        let client = &mut self.clients[number];
        let Phase::Writing { keeps, place: known } = client.model.phase else {
            return false;
        };
        if client.model.wild {
            return false;
        }
        if let Some(place) = place
            && known.is_none_or(|known| known == place)
        {
            client.model.phase = Phase::Writing { keeps, place: Some(place) };
            return true;
        }
        client.model.phase = Phase::Ending;
        if !client.has_left() && client.has_its_answer(now) && keeps {
            client.model.go_on(now, self.closed);
        }
        false
    }

    /// For each client whose answer the loop writes the place it has there.
    pub(super) fn writing(&mut self) -> Vec<Option<u32>> {
        let mut places = vec![None; self.clients.len()];
        for (key, connection) in self.event_loop.connections.iter_mut() {
            if matches!(connection.state, State::Writing(_)) {
                places[self.owners.of(key, connection)] = Some(connection.wait);
            }
        }
        places
    }

    /// What holds of the loop whenever it has seen everything.
    pub(super) fn check_loop(&mut self) {
        let (now, traffic) = (self.now(), &self.event_loop.shared.traffic);
        let waiting = traffic.waiting.load(Ordering::Relaxed);
        assert_eq!(self.event_loop.connections.len(), waiting, "who has a place is counted");
        let away = self.jobs.iter().filter(|job| job.work.has_place()).count();
        assert_eq!(self.event_loop.waiting() + away, waiting, "who is away has a request at work");
        for (key, connection) in self.event_loop.connections.iter_mut() {
            let most = match connection.state {
                State::Idle if self.closed => SOON,
                State::Idle if connection.peer.kept => KEEPALIVE,
                State::Reading(_) => KEEPALIVE,
                State::Idle | State::Writing(_) | State::Draining(_) => TIMEOUT,
            };
            let left = connection.deadline.saturating_duration_since(now);
            let number = self.owners.of(key, connection);
            assert!(!left.is_zero() && left <= most, "{number} is given up in time: {left:?}");
            let client = &self.clients[number];
            assert!(!client.has_left(), "a client that has left leaves nothing");
        }
    }

    /// All are gone: nothing may be left of them.
    pub(super) fn check_nothing_left(&self) {
        assert_eq!(self.event_loop.connections.len(), 0, "no connection has a place");
        assert_eq!(self.event_loop.shared.traffic.waiting.load(Ordering::Relaxed), 0);
        assert!(self.jobs.is_empty() && self.inbox.is_empty());
        let registered = open::registered(self.event_loop.poll.as_raw_fd());
        // The waker's, and the listeners'.
        let own = if self.closed { 1 } else { 5 };
        assert_eq!(registered, own, "descriptors that epoll knows");
    }
}

/// Who has which connection, by its generation: the kernel is asked once for each.
#[derive(Default)]
pub(super) struct Owners(Vec<Option<usize>>);

impl Owners {
    fn of(&mut self, key: usize, connection: &Connection) -> usize {
        let place = key >> 32;
        self.0.resize(self.0.len().max(place + 1), None);
        *self.0[place].get_or_insert_with(|| client_of(&connection.peer.stream))
    }
}

/// Whose connection it is: clients are bound to names that end in their number.
pub(super) fn client_of(stream: &Stream) -> usize {
    let Stream::Unix(stream) = stream else { panic!("all clients are local") };
    let address = stream.peer_addr().expect("it is connected");
    let name = address.as_abstract_name().and_then(|name| std::str::from_utf8(name).ok());
    let number = name.and_then(|name| name.rsplit('-').next()?.parse().ok());
    number.expect("clients are named")
}

/// The request arrived as it was sent.
fn check_request(job: &RequestJob, sent: &Sent) {
    let readable = |(key, value): (&[u8], &[u8])| {
        (key.escape_ascii().to_string(), value.escape_ascii().to_string())
    };
    let mut vars: Vec<_> = job.packet.vars().iter().map(readable).collect();
    let mut expected: Vec<_> =
        sent.vars.iter().map(|(key, value)| readable((key, value))).collect();
    vars.sort();
    expected.sort();
    assert_eq!(vars, expected, "its vars");
    let body = job.packet.body().bytes().expect("a body can be read");
    assert!(body == sent.body, "its body: {} of {} bytes", body.len(), sent.body.len());
    assert_eq!((job.peer.framing, job.peer.head_only), (sent.framing, sent.head_only));
}
