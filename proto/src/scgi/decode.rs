//! From received bytes to a request: what a driver calls. It must not know sockets or time; how
//! far a request has come is in `packet`.

use super::{SIZE_MAX, index_vars};
use crate::error::Error;
use crate::limits::Limits;
use crate::packet::{Format, Packet};
use crate::request;
use crate::step::{End, Step};
use crate::vars::{VarIndex, Vars};
use core::ops::Range;

/// Decodes one request, however it is cut into reads.
///
/// It is driven as [`uwsgi::Decoder`](crate::uwsgi::Decoder) is: everything received of this
/// request, from its first byte on, goes to [`handle_input`](Self::handle_input) until that answers
/// [`Step::Ready`]. What follows the body is not looked at: a peer gets one answer on a connection.
#[derive(Debug, Default)]
pub struct Decoder {
    packet: Packet,
}

impl Decoder {
    /// A decoder at the start of a request; allocates with its first var.
    pub fn new() -> Self {
        Self::default()
    }

    /// Back to the start of a request; the allocation for the vars is kept.
    pub fn reset(&mut self) {
        let Self { packet } = self;
        packet.reset();
    }

    /// Takes all that was received of this request so far, and tells whether it is whole.
    ///
    /// # Errors
    ///
    /// The first of these, the same however the bytes were cut. It stays until a reset.
    ///
    /// 1. with each byte of the size, [`Error::NetstringSize`] (no digit, or one after a leading
    ///    0), [`Error::VarsTooLarge`] (above `buffer_size`, and always above 65,535);
    ///    [`Error::NoVars`];
    /// 2. with the byte after the vars, [`Error::NetstringEnd`];
    /// 3. the first var that is not well-formed ([`Error::NoTerminator`], [`Error::EmptyKey`],
    ///    [`Error::ContentLengthNotFirst`], [`Error::NoValue`]) or is well-formed and one too many
    ///    ([`Error::TooManyVars`]);
    /// 4. [`Error::NoScgi`], then what [`request::check`] refuses.
    pub fn handle_input(&mut self, received: &[u8], limits: &Limits) -> Result<Step, Error> {
        self.packet.handle_input(received, Scgi { limits })
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

    /// How many bytes to receive, as far as is known: nothing before the size is whole, then up to
    /// the end of the vars, then the whole request. Nothing after an error.
    pub fn wanted(&self) -> Option<usize> {
        self.packet.wanted()
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

struct Scgi<'a> {
    limits: &'a Limits,
}

impl Format for Scgi<'_> {
    /// The size at the start of a netstring, judged digit by digit, so that a peer which speaks
    /// something else is told at its first byte and no size is waited for that is too large anyway.
    fn read_head(&mut self, received: &[u8]) -> Result<Option<Range<usize>>, Error> {
        let limit = self.limits.buffer_size.min(SIZE_MAX);
        let mut size = 0;
        for (at, &byte) in received.iter().enumerate() {
            match byte {
                // Netstrings, as their author defines them, have no leading zeros.
                b'0'..=b'9' if at == 1 && size == 0 => return Err(Error::NetstringSize { byte }),
                b'0'..=b'9' => size = size * 10 + usize::from(byte - b'0'),
                b':' if at > 0 && size == 0 => return Err(Error::NoVars),
                // With the comma.
                b':' if at > 0 => return Ok(Some(at + 1..at + 1 + size + 1)),
                _ => return Err(Error::NetstringSize { byte }),
            }
            if size > limit {
                return Err(Error::VarsTooLarge { size, limit });
            }
        }
        Ok(None)
    }

    fn read_block(&mut self, block: &[u8], index: &mut VarIndex) -> Result<u64, Error> {
        let vars = match block {
            [vars @ .., b','] => vars,
            [.., byte] => return Err(Error::NetstringEnd { byte: *byte }),
            [] => &[],
        };
        index_vars(vars, self.limits, index)?;
        let view = index.view(vars);
        if view.get(b"SCGI") != Some(b"1") {
            return Err(Error::NoScgi);
        }
        request::check(view, self.limits)
    }
}
