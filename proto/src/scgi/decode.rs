//! From received bytes to a request: the state of one request, with all its transitions in one
//! `match`. It must not know sockets or time, and holds no byte of what was received.

use super::{SIZE_MAX, index_vars};
use crate::error::Error;
use crate::limits::Limits;
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
    state: State,
    index: VarIndex,
    /// Where the vars start; kept after an error, for a log to read what is in the index.
    vars_start: usize,
    received: usize,
}

impl Decoder {
    /// A decoder at the start of a request; allocates with its first var.
    pub fn new() -> Self {
        Self::default()
    }

    /// Back to the start of a request; the allocation for the vars is kept.
    pub fn reset(&mut self) {
        let Self { state, index, vars_start, received } = self;
        *state = State::Size;
        index.clear();
        *vars_start = 0;
        *received = 0;
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
        self.received = received.len();
        loop {
            let next = match self.state {
                State::Size => match read_size(received, limits) {
                    Ok(None) => return Ok(Step::NeedMore),
                    Ok(Some(vars)) => {
                        self.vars_start = vars.start;
                        Ok(State::Vars(vars))
                    }
                    Err(error) => Err(error),
                },
                State::Vars(vars) => match received.get(vars.start..=vars.end) {
                    None => return Ok(Step::NeedMore),
                    Some(netstring) => self.check_vars(vars, netstring, limits),
                },
                State::Body(packet) if received.len() < packet.whole => return Ok(Step::NeedMore),
                State::Body(packet) => Ok(State::Whole(packet)),
                State::Whole(_) => return Ok(Step::Ready),
                State::Failed(error) => return Err(error),
            };
            self.state = next.unwrap_or_else(State::Failed);
        }
    }

    /// Tells what it meant that the peer sends no more after what
    /// [`handle_input`](Self::handle_input) has seen.
    pub fn handle_end(&self) -> End {
        match self.state {
            State::Size if self.received == 0 => End::Nothing,
            State::Size | State::Vars(_) | State::Body(_) => {
                End::Short(Error::Short { received: self.received, wanted: self.wanted() })
            }
            State::Whole(_) => End::Whole,
            State::Failed(error) => End::Short(error),
        }
    }

    /// The vars in `received`: none until they are whole. After an error those before it, for a
    /// log to say whose request was refused.
    pub fn vars<'a>(&'a self, received: &'a [u8]) -> Vars<'a> {
        self.index.view(received.get(self.vars_start..).unwrap_or(&[]))
    }

    /// Where the body lies in what was received; empty until the vars are whole, and after an
    /// error. Before [`Step::Ready`] it may go past what has come.
    pub fn body(&self) -> Range<usize> {
        match self.state {
            State::Body(packet) | State::Whole(packet) => packet.body_start..packet.whole,
            State::Size | State::Vars(_) | State::Failed(_) => 0..0,
        }
    }

    /// How many bytes to receive, as far as is known: nothing before the size is whole, then up to
    /// the end of the vars, then the whole request. Nothing after an error.
    pub fn wanted(&self) -> Option<usize> {
        match self.state {
            State::Size | State::Failed(_) => None,
            State::Vars(vars) => Some(vars.end + 1),
            State::Body(packet) | State::Whole(packet) => Some(packet.whole),
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
            State::Size | State::Vars(_) | State::Failed(_) => false,
        }
    }

    /// Checks the vars and the byte after them, the last one of `netstring`.
    fn check_vars(
        &mut self,
        vars: Block,
        netstring: &[u8],
        limits: &Limits,
    ) -> Result<State, Error> {
        let block = match netstring {
            [block @ .., b','] => block,
            [.., byte] => return Err(Error::NetstringEnd { byte: *byte }),
            [] => &[],
        };
        index_vars(block, limits, &mut self.index)?;
        let view = self.index.view(block);
        if view.get(b"SCGI") != Some(b"1") {
            return Err(Error::NoScgi);
        }
        let length = request::check(view, limits)?;
        let body_start = vars.end + 1;
        // Only a limit-post near the size of memory lets this fail.
        let whole = usize::try_from(length)
            .ok()
            .and_then(|length| length.checked_add(body_start))
            .ok_or_else(|| Error::BodyTooLarge {
                size: length,
                limit: (usize::MAX - body_start) as u64,
            })?;
        Ok(State::Body(Packet { body_start, whole }))
    }
}

/// How far a request has come.
#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Size,
    Vars(Block),
    Body(Packet),
    Whole(Packet),
    Failed(Error),
}

/// Where the vars lie in what was received; the comma is at `end`.
#[derive(Clone, Copy, Debug)]
struct Block {
    start: usize,
    end: usize,
}

/// A request with vars that are whole and checked.
#[derive(Clone, Copy, Debug)]
struct Packet {
    body_start: usize,
    /// Netstring and body in bytes.
    whole: usize,
}

/// The size at the start of a netstring, judged digit by digit, so that a peer which speaks
/// something else is told at its first byte and no size is waited for that is too large anyway.
fn read_size(received: &[u8], limits: &Limits) -> Result<Option<Block>, Error> {
    let limit = limits.buffer_size.min(SIZE_MAX);
    let mut size = 0;
    for (at, &byte) in received.iter().enumerate() {
        match byte {
            // Netstrings, as their author defines them, have no leading zeros.
            b'0'..=b'9' if at == 1 && size == 0 => return Err(Error::NetstringSize { byte }),
            b'0'..=b'9' => size = size * 10 + usize::from(byte - b'0'),
            b':' if at > 0 && size == 0 => return Err(Error::NoVars),
            b':' if at > 0 => return Ok(Some(Block { start: at + 1, end: at + 1 + size })),
            _ => return Err(Error::NetstringSize { byte }),
        }
        if size > limit {
            return Err(Error::VarsTooLarge { size, limit });
        }
    }
    Ok(None)
}
