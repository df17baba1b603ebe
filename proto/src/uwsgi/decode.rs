//! From received bytes to a request: the state of one packet, with all its transitions in one
//! `match`. It must not know sockets or time, and holds no byte of what was received.

use super::{Head, index_vars};
use crate::error::Error;
use crate::limits::Limits;
use crate::request;
use crate::step::{End, Step};
use crate::vars::{VarIndex, Vars};
use core::ops::Range;

/// Decodes one packet, however it is cut into reads.
///
/// The driver owns the buffer. After each read it passes everything received of this packet, from
/// its first byte on, to [`handle_input`](Self::handle_input), until that answers
/// [`Step::Ready`]. Then [`vars`](Self::vars) and [`body`](Self::body) say what lies where in the
/// same bytes. When the peer sends no more, [`handle_end`](Self::handle_end) tells what that meant.
///
/// Head and vars are each looked at once, when they are whole; while a body comes in, a call
/// compares two numbers. A packet ends with its body: what follows is not looked at, since a peer
/// gets one answer on a connection.
#[derive(Debug, Default)]
pub struct Decoder {
    state: State,
    index: VarIndex,
    received: usize,
}

impl Decoder {
    /// A decoder at the start of a packet; allocates with its first var.
    pub fn new() -> Self {
        Self::default()
    }

    /// Back to the start of a packet; the allocation for the vars is kept.
    pub fn reset(&mut self) {
        let Self { state, index, received } = self;
        *state = State::Head;
        index.clear();
        *received = 0;
    }

    /// Takes all that was received of this packet so far, and tells whether it is whole.
    ///
    /// # Errors
    ///
    /// The first of these. Head and vars are judged when they are whole, so the outcome is the same
    /// however the bytes were cut. It stays: each later call answers the same until a reset.
    ///
    /// 1. with the head, [`Error::Modifier`], [`Error::NoVars`], then [`Error::VarsTooLarge`];
    /// 2. with the vars, the first var that is not well-formed ([`Error::TrailingBytes`],
    ///    [`Error::EmptyKey`], [`Error::KeyOverrun`], [`Error::NoValueSize`],
    ///    [`Error::ValueOverrun`]) or is well-formed and one too many ([`Error::TooManyVars`]);
    /// 3. then what [`request::check`] refuses.
    pub fn handle_input(&mut self, received: &[u8], limits: &Limits) -> Result<Step, Error> {
        self.received = received.len();
        loop {
            let next = match (self.state, received) {
                (State::Head, &[modifier1, low, high, modifier2, ..]) => {
                    check_head([modifier1, low, high, modifier2], limits).map(State::Vars)
                }
                (State::Head, _) => return Ok(Step::NeedMore),
                (State::Vars(head), _) => match received.get(block(head)) {
                    None => return Ok(Step::NeedMore),
                    Some(vars) => self.check_vars(head, vars, limits),
                },
                (State::Body(packet), _) if received.len() < packet.whole => {
                    return Ok(Step::NeedMore);
                }
                (State::Body(packet), _) => Ok(State::Whole(packet)),
                (State::Whole(_), _) => return Ok(Step::Ready),
                (State::Failed(error), _) => return Err(error),
            };
            self.state = next.unwrap_or_else(State::Failed);
        }
    }

    /// Tells what it meant that the peer sends no more after what
    /// [`handle_input`](Self::handle_input) has seen.
    pub fn handle_end(&self) -> End {
        match self.state {
            State::Head if self.received == 0 => End::Nothing,
            State::Head | State::Vars(_) | State::Body(_) => {
                End::Short(Error::Short { received: self.received, wanted: self.wanted() })
            }
            State::Whole(_) => End::Whole,
            State::Failed(error) => End::Short(error),
        }
    }

    /// The vars in `received`: none until they are whole. After an error those before it, for a
    /// log to say whose request was refused.
    pub fn vars<'a>(&'a self, received: &'a [u8]) -> Vars<'a> {
        self.index.view(received.get(Head::SIZE..).unwrap_or(&[]))
    }

    /// Where the body lies in what was received; empty until the vars are whole, and after an
    /// error. Before [`Step::Ready`] it may go past what has come.
    pub fn body(&self) -> Range<usize> {
        match self.state {
            State::Body(packet) | State::Whole(packet) => block(packet.head).end..packet.whole,
            State::Head | State::Vars(_) | State::Failed(_) => 0..0,
        }
    }

    /// How many bytes to receive, as far as is known: nothing before the head is whole, then head
    /// and vars, then the whole packet. Nothing after an error.
    pub fn wanted(&self) -> Option<usize> {
        match self.state {
            State::Head | State::Failed(_) => None,
            State::Vars(head) => Some(block(head).end),
            State::Body(packet) | State::Whole(packet) => Some(packet.whole),
        }
    }

    /// The head, once it is whole and accepted; after an error it is in the error if it matters.
    pub fn head(&self) -> Option<Head> {
        match self.state {
            State::Head | State::Failed(_) => None,
            State::Vars(head) => Some(head),
            State::Body(packet) | State::Whole(packet) => Some(packet.head),
        }
    }

    /// Whether the peer has sent anything: before that it is idle, after that it can stall.
    pub fn has_anything(&self) -> bool {
        self.received > 0
    }

    /// Whether the vars are whole and accepted, so that only body can be missing.
    pub fn has_vars(&self) -> bool {
        match self.state {
            State::Body(_) | State::Whole(_) => true,
            State::Head | State::Vars(_) | State::Failed(_) => false,
        }
    }

    fn check_vars(&mut self, head: Head, vars: &[u8], limits: &Limits) -> Result<State, Error> {
        index_vars(vars, limits, &mut self.index)?;
        let length = request::check(self.index.view(vars), limits)?;
        let body_start = block(head).end;
        // Only a limit-post near the size of memory lets this fail.
        let whole = usize::try_from(length)
            .ok()
            .and_then(|length| length.checked_add(body_start))
            .ok_or_else(|| Error::BodyTooLarge {
                size: length,
                limit: (usize::MAX - body_start) as u64,
            })?;
        Ok(State::Body(Packet { head, whole }))
    }
}

/// How far a packet has come.
#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Head,
    Vars(Head),
    Body(Packet),
    Whole(Packet),
    Failed(Error),
}

/// A packet with vars that are whole and checked.
#[derive(Clone, Copy, Debug)]
struct Packet {
    head: Head,
    /// Head, vars and body in bytes.
    whole: usize,
}

fn check_head(bytes: [u8; Head::SIZE], limits: &Limits) -> Result<Head, Error> {
    let head = Head::from_bytes(bytes);
    let size = usize::from(head.vars_size);
    match (head.modifier1, size, limits.buffer_size) {
        (0, 0, _) => Err(Error::NoVars),
        (0, _, limit) if size > limit => Err(Error::VarsTooLarge { size, limit }),
        (0, _, _) => Ok(head),
        (_, _, _) => Err(Error::Modifier { head: bytes }),
    }
}

/// Where the vars of a packet lie in what was received.
fn block(head: Head) -> Range<usize> {
    Head::SIZE..Head::SIZE + usize::from(head.vars_size)
}
