//! What must become of a connection, in a few lines a rule: the documents' words, not the loop's
//! code. Knows no socket; time is an argument.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::answers::refused;
use super::expected::{Answer, CONTINUE, Expected};
use super::script::{Mark, Script, Sent, Status};
use super::{KEEPALIVE, TIMEOUT};
use crate::app::{Framing, Protocol};

/// How long a connection that asks for nothing is waited for when the server stops.
pub(super) const SOON: Duration = Duration::from_millis(500);

/// How far a connection is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Phase {
    /// The loop waits for its next request.
    Reading,
    /// The pool has its request.
    Running,
    /// It goes on; since when the loop knows, if it does.
    Back { since: Option<Instant> },
    /// The loop writes what the client hasn't taken; the place it has there.
    Writing { keeps: bool, place: Option<u32> },
    /// The server has said its last, or will have.
    Ending,
}

pub(super) struct Model {
    pub(super) phase: Phase,
    pub(super) status: Status,
    /// Whether the loop was told of it.
    pub(super) accepted: bool,
    /// Whether it has had an answer, or the end of a request that it gave up.
    kept: bool,
    deadline: Instant,
    /// How many of the client's bytes were looked at, and of its marks.
    seen: usize,
    passed: usize,
    /// Whether a reply beside answers was owed in the last look.
    pub(super) owed: bool,
    pub(super) wild: bool,
}

/// What the loop can know of a client.
pub(super) struct Told<'a> {
    pub(super) script: &'a Script,
    pub(super) sent: usize,
    /// Whether it sends no more.
    pub(super) fin: bool,
    pub(super) now: Instant,
    /// Whether the server stops.
    pub(super) closed: bool,
}

impl Model {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            phase: Phase::Reading,
            status: Status::Idle,
            accepted: false,
            kept: false,
            deadline: now,
            seen: 0,
            passed: 0,
            owed: false,
            wild: false,
        }
    }

    /// The loop has looked at all that has happened: the request that must have arrived.
    pub(super) fn look(
        &mut self,
        told: &Told<'_>,
        expected: &mut VecDeque<Expected>,
    ) -> Option<Sent> {
        if !std::mem::replace(&mut self.accepted, true) {
            self.deadline = told.now + TIMEOUT;
        }
        if let Phase::Back { since } = self.phase {
            self.go_on(since.unwrap_or(told.now), told.closed);
        }
        self.owed = false;
        if self.phase != Phase::Reading || self.wild {
            return None;
        }
        let (before, has_news) = (self.status, told.sent > self.seen);
        let arrived = self.pass_marks(told, expected);
        if self.phase != Phase::Reading || self.wild {
            return arrived;
        }
        if told.fin {
            self.give_up(400, told.script.protocol, expected);
            return None;
        }
        if has_news {
            self.extend_time(before, told);
        }
        if told.closed && self.status == Status::Idle {
            self.deadline = self.deadline.min(told.now + SOON);
        }
        if self.deadline <= told.now {
            self.give_up(408, told.script.protocol, expected);
        }
        None
    }

    fn pass_marks(&mut self, told: &Told<'_>, expected: &mut VecDeque<Expected>) -> Option<Sent> {
        while let Some((at, mark)) = told.script.marks.get(self.passed)
            && *at <= told.sent
        {
            self.passed += 1;
            match mark {
                Mark::Is(status) => self.status = *status,
                Mark::Owed(reply) => {
                    self.owed = true;
                    expected.push_back(Expected::Verbatim(reply.clone()));
                }
                // Who sends on without waiting need not be told, and is when the rest is not read yet.
                Mark::Waits if *at < told.sent => {
                    self.owed = true;
                    expected.push_back(Expected::Optional(CONTINUE));
                }
                Mark::Waits => {
                    self.owed = true;
                    expected.push_back(Expected::Verbatim(CONTINUE.to_vec()));
                }
                Mark::Whole(sent) => {
                    (self.phase, self.status, self.seen) = (Phase::Running, Status::Idle, *at);
                    return Some(sent.clone());
                }
                Mark::Closing => {
                    self.phase = Phase::Ending;
                    return None;
                }
                Mark::Wild => {
                    self.wild = true;
                    return None;
                }
            }
        }
        self.seen = told.sent;
        None
    }

    /// The head has one time for all of it, a body one for each stall.
    fn extend_time(&mut self, before: Status, told: &Told<'_>) {
        let begins = before == Status::Idle && self.status != Status::Idle;
        let in_body = matches!(self.status, Status::Begun { in_body: true, .. });
        if in_body || (begins && self.kept) {
            self.deadline = told.now + TIMEOUT;
        }
        // It was ended as its client wished: the connection is idle as after an answer. An empty
        // line, or a record that is part of no request, changes nothing.
        let is_request = matches!(before, Status::Begun { id, .. } if id != 0);
        if is_request && self.status == Status::Idle {
            (self.kept, self.deadline) = (true, told.now + KEEPALIVE);
        }
    }

    /// The connection ends before its request is whole: who has begun one is told why.
    fn give_up(&mut self, code: u16, by: Protocol, expected: &mut VecDeque<Expected>) {
        self.phase = Phase::Ending;
        if self.status != Status::Idle {
            expected.extend(self.refusal(code, by).map(Expected::Answer));
        }
    }

    /// What the client is told instead of an answer, if it can be told.
    pub(super) fn refusal(&self, code: u16, by: Protocol) -> Option<Answer> {
        let (id, head_only) = match self.status {
            Status::Begun { id, head_only, .. } => (id, head_only),
            Status::Idle | Status::Mute => (0, false),
        };
        let framing = match by {
            Protocol::Uwsgi | Protocol::Scgi => Framing::Plain,
            Protocol::FastCgi if id == 0 => return None,
            Protocol::FastCgi => Framing::FastCgi { id, keeps: false },
            Protocol::Http => Framing::Http { knows_chunks: true, keeps: false },
        };
        Some(refused(framing, head_only, code))
    }

    /// The answer is out, and the loop knows it: what comes next has its time from here.
    pub(super) fn go_on(&mut self, now: Instant, closed: bool) {
        self.kept = true;
        self.deadline = now + if closed { SOON } else { KEEPALIVE };
        self.phase = Phase::Reading;
    }

    /// Whether it asks for nothing after an answer: then it may have to make room for others.
    pub(super) fn is_idle(&self) -> bool {
        let waits = self.kept && self.phase == Phase::Reading && self.status == Status::Idle;
        waits || matches!(self.phase, Phase::Back { .. })
    }
}
