//! What happens in a simulation, one decision after the other. Knows nothing of what must come of it.

use std::time::Duration;

use super::client::Client;
use super::script::Script;
use super::source::Source;
use super::world::World;
use super::{KEEPALIVE, PROTOCOLS, TIMEOUT, note};

/// Clients at once, and in all.
const CLIENTS_MAX: usize = 60;
const MILLISECOND: Duration = Duration::from_millis(1);
/// How much time may pass at once.
const TIMES: [Duration; 14] = [
    Duration::ZERO,
    MILLISECOND,
    Duration::from_millis(3),
    Duration::from_millis(499),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(5),
    Duration::from_millis(9_999),
    Duration::from_secs(15),
    TIMEOUT,
    Duration::from_millis(29_999),
    KEEPALIVE,
    Duration::from_secs(60),
];

impl World {
    /// Does what the next bytes decide.
    pub(super) fn act(&mut self, byte: u8, source: &mut Source<'_>) {
        let number = match self.clients.len() {
            0 => 0,
            count => count - 1 - source.below(count.min(12)),
        };
        let is_empty = self.clients.is_empty();
        self.settled = false;
        match byte % 32 {
            0..=1 => self.connect(source),
            _ if is_empty => self.connect(source),
            2..=12 => self.send(number, source),
            13..=14 => self.read(number, source),
            15..=16 => self.read_all(number),
            17..=22 => self.work(source),
            23..=24 => self.wait(source),
            25..=26 => self.go_on(number, source),
            27 => {
                note(|| format!("{number} sends no more"));
                self.clients[number].finish();
            }
            28 => self.leave(number, source),
            29 => self.spoil(number, source),
            30 => self.takes = source.next().unwrap_or(0),
            _ => self.stop(source),
        }
        // Now and then more happens before the loop sees it.
        if byte < 208 {
            self.settle_news();
        }
    }

    fn connect(&mut self, source: &mut Source<'_>) {
        let number = self.clients.len();
        if self.closed || number >= CLIENTS_MAX {
            return;
        }
        let protocol = source.one_of(&PROTOCOLS);
        let mut script = Script::new(protocol);
        for place in 0..=source.below(4) {
            script.extend(source, number * 100 + place);
        }
        let (from, to) = (format!("{}-{number}", self.name), format!("{}-{protocol}", self.name));
        let size = script.bytes.len();
        note(|| format!("{number} connects by {protocol}, to send {size}"));
        let now = self.now();
        self.clients.push(Client::connect(&from, &to, script, now));
    }

    /// Sends a few bytes, all there are, or up to about where something comes about.
    fn send(&mut self, number: usize, source: &mut Source<'_>) {
        let client = &mut self.clients[number];
        let sent = client.sent;
        let mut marks = client.script.marks.iter().map(|(at, _)| at - sent.min(*at));
        let next = marks.find(|count| *count > 0).unwrap_or(1);
        let count = match source.below(9) {
            0 => 1,
            1 => source.below(64),
            2 => source.below(256) * 64,
            3 => next,
            4 => next - 1,
            5 => next + 1,
            6 => next / 2,
            _ => usize::MAX / 2,
        };
        client.send(count);
        let (sent, size) = (client.sent - sent, client.script.bytes.len());
        note(|| format!("{number} sends {sent}, {} of {size}", client.sent));
    }

    fn read(&mut self, number: usize, source: &mut Source<'_>) {
        let (count, now) = (source.below(256) * 64 + 1, self.now());
        let client = &mut self.clients[number];
        let count = client.pull(count, now);
        note(|| format!("{number} reads {count}"));
        client.take(now);
    }

    /// Time passes, and often everybody sees what has come of it.
    fn wait(&mut self, source: &mut Source<'_>) {
        let time = source.one_of(&TIMES);
        note(|| format!("{time:?} pass"));
        self.advance(time);
        if source.once_in(2) {
            (0..self.clients.len()).for_each(|number| self.read_all(number));
        }
    }

    /// A client reads until nothing more comes.
    pub(super) fn read_all(&mut self, number: usize) {
        note(|| format!("{number} reads all"));
        let mut before = None;
        while before != Some(self.clients[number].pulled) {
            // Who has read has made room for more.
            self.settled &= before.is_none();
            before = Some(self.clients[number].pulled);
            self.settle_news();
            let now = self.now();
            self.clients[number].pull(usize::MAX, now);
            self.clients[number].take(now);
        }
        self.clients[number].check_drained();
    }

    /// A client has more to send than it had.
    fn go_on(&mut self, number: usize, source: &mut Source<'_>) {
        let client = &mut self.clients[number];
        let place = client.script.marks.len() % 90 + 10;
        if !client.model.wild && client.script.bytes.len() < 200_000 {
            client.script.extend(source, number * 100 + place);
            note(|| format!("{number} has more to send"));
        }
    }

    fn leave(&mut self, number: usize, source: &mut Source<'_>) {
        let reads = source.once_in(2);
        note(|| format!("{number} leaves{}", if reads { "" } else { " as it is" }));
        self.clients[number].leave(reads);
    }

    fn spoil(&mut self, number: usize, source: &mut Source<'_>) {
        let client = &mut self.clients[number];
        let at = client.sent + source.below(100);
        client.script.spoil(at, source.next().unwrap_or(0));
        note(|| format!("{number}'s byte {at} is spoilt"));
    }

    /// The server begins to stop, perhaps as another connects.
    fn stop(&mut self, source: &mut Source<'_>) {
        if self.closed || !source.once_in(8) {
            return;
        }
        self.settle();
        if source.once_in(2) {
            self.connect(source);
            let last = self.clients.len() - 1;
            self.send(last, source);
        }
        note(|| "the server stops".to_owned());
        self.closed = true;
        self.event_loop.close(&mut self.spare, &mut self.arrivals);
        self.settle();
    }
}
