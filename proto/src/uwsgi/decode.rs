//! From received bytes to a request: what a driver calls. It must not know sockets or time; how
//! far a packet has come is in `packet`.

use super::{Head, Modifiers, REQUEST, index_vars};
use crate::error::Error;
use crate::limits::Limits;
use crate::packet::{Format, Packet};
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
///
/// It takes requests alone unless [`accepting`](Self::accepting) says otherwise. What else it takes
/// need not have vars, nor a `REQUEST_METHOD` among them, and has a body only if a `CONTENT_LENGTH`
/// says so; whoever drives it looks at [`modifier1`](Self::modifier1) before it takes a packet for
/// a request.
#[derive(Debug, Default)]
pub struct Decoder {
    packet: Packet,
    head: Option<Head>,
    accepted: Modifiers,
}

impl Decoder {
    /// A decoder at the start of a packet; allocates with its first var.
    pub fn new() -> Self {
        Self::default()
    }

    /// As [`new`](Self::new), for packets of these modifiers.
    ///
    /// ```
    /// use cleanslate_proto::{limits::Limits, step::Step, uwsgi};
    /// let accepted = uwsgi::Modifiers::REQUESTS.with(uwsgi::PING);
    /// let mut decoder = uwsgi::Decoder::accepting(accepted);
    /// assert_eq!(decoder.handle_input(&[100, 0, 0, 0], &Limits::default())?, Step::Ready);
    /// assert_eq!(decoder.modifier1(), Some(uwsgi::PING));
    /// # Ok::<(), cleanslate_proto::error::Error>(())
    /// ```
    pub fn accepting(accepted: Modifiers) -> Self {
        Self { accepted, ..Self::default() }
    }

    /// Back to the start of a packet; the allocation for the vars and what is accepted are kept.
    pub fn reset(&mut self) {
        let Self { packet, head, accepted: _ } = self;
        packet.reset();
        *head = None;
    }

    /// Takes all that was received of this packet so far, and tells whether it is whole.
    ///
    /// # Errors
    ///
    /// The first of these. Head and vars are judged when they are whole, so the outcome is the same
    /// however the bytes were cut. It stays: each later call answers the same until a reset.
    ///
    /// 1. with the head, [`Error::Modifier`] if it is not accepted, [`Error::NoVars`] in a request,
    ///    then [`Error::VarsTooLarge`];
    /// 2. with the vars, the first var that is not well-formed ([`Error::TrailingBytes`],
    ///    [`Error::EmptyKey`], [`Error::KeyOverrun`], [`Error::NoValueSize`],
    ///    [`Error::ValueOverrun`]) or is well-formed and one too many ([`Error::TooManyVars`]);
    /// 3. then what [`request::check`] refuses, or [`request::check_body`] if it is no request.
    pub fn handle_input(&mut self, received: &[u8], limits: &Limits) -> Result<Step, Error> {
        let Self { packet, head, accepted } = self;
        packet.handle_input(received, Uwsgi { head, accepted: *accepted, limits })
    }

    /// Tells what it meant that the peer sends no more after what
    /// [`handle_input`](Self::handle_input) has seen.
    pub fn handle_end(&self) -> End {
        self.packet.handle_end()
    }

    /// The vars in `received`: none until they are whole. After an error those before it, for a
    /// log to say whose request was refused.
    pub fn vars<'a>(&'a self, received: &'a [u8]) -> Vars<'a> {
        self.packet.vars(received)
    }

    /// Where the body lies in what was received; empty until the vars are whole, and after an
    /// error. Before [`Step::Ready`] it may go past what has come.
    pub fn body(&self) -> Range<usize> {
        self.packet.body()
    }

    /// How many bytes to receive, as far as is known: nothing before the head is whole, then head
    /// and vars, then the whole packet. Nothing after an error.
    pub fn wanted(&self) -> Option<usize> {
        self.packet.wanted()
    }

    /// The head, once it is whole and accepted; after an error it is in the error if it matters.
    pub fn head(&self) -> Option<Head> {
        self.head.filter(|_| self.wanted().is_some())
    }

    /// What the packet is for, once its head is whole and accepted.
    pub fn modifier1(&self) -> Option<u8> {
        self.head().map(|head| head.modifier1)
    }

    /// The detail of [`modifier1`](Self::modifier1), once the head is whole and accepted.
    pub fn modifier2(&self) -> Option<u8> {
        self.head().map(|head| head.modifier2)
    }

    /// Whether the peer has sent anything: before that it is idle, after that it can stall.
    pub fn has_anything(&self) -> bool {
        self.packet.has_anything()
    }

    /// Whether the vars are whole and accepted, so that only body can be missing.
    pub fn has_vars(&self) -> bool {
        self.packet.has_vars()
    }
}

struct Uwsgi<'a> {
    head: &'a mut Option<Head>,
    accepted: Modifiers,
    limits: &'a Limits,
}

impl Format for Uwsgi<'_> {
    fn read_head(&mut self, received: &[u8]) -> Result<Option<Range<usize>>, Error> {
        let Some(&bytes) = received.first_chunk() else {
            return Ok(None);
        };
        let head = Head::from_bytes(bytes);
        let (size, limit) = (usize::from(head.vars_size), self.limits.buffer_size);
        match head.modifier1 {
            other if !self.accepted.contains(other) => Err(Error::Modifier { head: bytes }),
            REQUEST if size == 0 => Err(Error::NoVars),
            _ if size > limit => Err(Error::VarsTooLarge { size, limit }),
            _ => {
                *self.head = Some(head);
                Ok(Some(Head::SIZE..Head::SIZE + size))
            }
        }
    }

    fn read_block(&mut self, block: &[u8], index: &mut VarIndex) -> Result<u64, Error> {
        index_vars(block, self.limits, index)?;
        match self.head {
            Some(Head { modifier1: REQUEST, .. }) | None => {
                request::check(index.view(block), self.limits)
            }
            Some(_) => request::check_body(index.view(block), self.limits),
        }
    }
}
