//! From received bytes to what the server did. It must not know what is accepted.

use std::collections::BTreeMap;
use std::fmt;

use cleanslate::proto::fastcgi::Kind;
use cleanslate::proto::uwsgi;

use super::{http, packet, records};
use crate::tool::conform::format::{Awaited, Case, kind_name};
use crate::tool::target::Protocol;

/// What was seen of a server so far.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) protocol: Protocol,
    /// For each answer in a row, whether it is a head alone.
    pub(super) heads: Vec<bool>,
    /// All that came on this connection.
    pub(super) received: Vec<u8>,
    /// How much of that is in `events`.
    pub(super) at: usize,
    /// What has come of FastCGI answers that have not ended.
    pub(super) streams: BTreeMap<u16, Stdout>,
    pub(super) events: Vec<Event>,
    pub(super) end: Option<End>,
}

/// What has come of a stream STDOUT.
#[derive(Debug, Default)]
pub(super) struct Stdout {
    pub(super) bytes: Vec<u8>,
    /// Records that say it ends.
    pub(super) ends: usize,
}

/// One thing that a server did.
#[derive(Debug)]
pub(super) enum Event {
    Answer(Answer),
    Continue(u16),
    Record {
        kind: Kind,
        id: u16,
        content: Vec<u8>,
    },
    Packet {
        head: uwsgi::Head,
        content: Vec<u8>,
    },
    /// Bytes that are nothing of the protocol.
    Garbage(Vec<u8>),
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, Vec<u8>)>,
    pub(super) body: Vec<u8>,
    /// False if it is shorter than it says.
    pub(super) is_whole: bool,
    /// Of FastCGI.
    pub(super) ended: Option<Ended>,
}

/// How a FastCGI request ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    pub(super) id: u16,
    /// What a program would have exited with.
    pub(super) app_status: u32,
    pub(super) protocol_status: u8,
    /// Records that said that STDOUT ends.
    pub(super) stdout_ends: usize,
}

/// How a connection is after all that.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum End {
    Closed,
    Kept,
    /// Something was due and did not come.
    Stalled,
}

impl Seen {
    /// What a word ends with when the server did not do in time what was due.
    pub(super) const STALLED: &'static str = "stalled";

    pub(super) fn new(protocol: Protocol, heads: Vec<bool>) -> Self {
        let (received, events) = (Vec::new(), Vec::new());
        Self { protocol, heads, received, at: 0, streams: BTreeMap::new(), events, end: None }
    }

    /// Forgets what has come of an answer on a connection that is gone.
    pub(super) fn start_connection(&mut self) {
        self.received.clear();
        self.at = 0;
        self.streams.clear();
    }

    /// Looks at what has come.
    pub(super) fn look(&mut self) {
        self.look_until(false);
    }

    /// Looks a last time, now that nothing more will come.
    pub(super) fn finish(&mut self, end: End) {
        self.look_until(true);
        self.end = Some(end);
    }

    /// Whether bytes have come that are part of something not yet whole.
    pub(super) fn is_in_the_middle(&self) -> bool {
        self.at < self.received.len() || !self.streams.is_empty()
    }

    /// How often that has come.
    pub(super) fn count(&self, what: Awaited) -> usize {
        let is_it = |event: &&Event| match event {
            Event::Answer(_) => what == Awaited::Answer,
            Event::Continue(_) => what == Awaited::Continue,
            Event::Record { .. } => what == Awaited::Reply,
            Event::Packet { .. } => false,
            // Whoever waits for anything else can stop at that.
            Event::Garbage(_) => true,
        };
        self.events.iter().filter(is_it).count()
    }

    /// Whether the next answer is a head alone.
    pub(super) fn is_head(&self) -> bool {
        let is_answer = |event: &&Event| matches!(event, Event::Answer(_));
        let number = self.events.iter().filter(is_answer).count();
        self.heads.get(number).copied().unwrap_or(false)
    }

    /// All that in short, as a table has it.
    pub(super) fn word(&self, case: &Case) -> String {
        let mut words: Vec<String> = self.events.iter().map(Event::to_string).collect();
        // Where an answer ends with its connection, that the connection ends says nothing.
        let says_end = case.protocol.can_keep() || words.is_empty();
        match self.end {
            Some(End::Closed) if says_end => words.push("closed".to_owned()),
            Some(End::Kept) if words.is_empty() => words.push("silent".to_owned()),
            Some(End::Kept) => words.push("kept".to_owned()),
            Some(End::Stalled) => words.push(Self::STALLED.to_owned()),
            Some(End::Closed) | None => {}
        }
        words.join(" then ")
    }

    fn look_until(&mut self, is_end: bool) {
        match self.protocol {
            Protocol::Http => http::look(self, is_end),
            Protocol::Fastcgi => records::look(self, is_end),
            Protocol::Uwsgi | Protocol::Scgi if is_end => packet::look(self),
            // Only the end of the connection ends an answer.
            Protocol::Uwsgi | Protocol::Scgi => {}
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(Answer { status, is_whole: false, .. }) => write!(f, "{status} cut short"),
            Self::Answer(Answer { status, .. }) | Self::Continue(status) => write!(f, "{status}"),
            Self::Record { kind: Kind::END_REQUEST, content, .. } => {
                let status = content.get(4).copied().unwrap_or(0);
                write!(f, "END_REQUEST {status}")
            }
            Self::Record { kind, .. } => match kind_name(*kind) {
                Some(name) => write!(f, "{name}"),
                None => write!(f, "record {}", kind.0),
            },
            Self::Packet { head, .. } => write!(f, "packet {}", head.modifier1),
            Self::Garbage(_) => write!(f, "garbage"),
        }
    }
}
