//! A request that is one block of vars with its body right behind, as uwsgi's and SCGI's are: how
//! far it has come, in one `match`. It must not know how a block announces its size or writes vars.

use crate::error::Error;
use crate::step::{End, Step};
use crate::vars::{VarIndex, Vars};
use core::ops::Range;

/// What one codec does with its own part of a packet.
pub(crate) trait Format {
    /// Where the block of vars lies in what was received, with what ends it, once that is known.
    fn read_head(&mut self, received: &[u8]) -> Result<Option<Range<usize>>, Error>;

    /// Checks that block, fills `index` with its vars, and tells the length of the body in bytes.
    fn read_block(&mut self, block: &[u8], index: &mut VarIndex) -> Result<u64, Error>;
}

/// One packet, however it is cut into reads; holds no byte of what was received.
#[derive(Debug, Default)]
pub(crate) struct Packet {
    state: State,
    index: VarIndex,
    /// Where the vars start; kept after an error, for a log to read what is in the index.
    vars_start: usize,
    received: usize,
}

impl Packet {
    /// Back to the start; the allocation for the vars is kept.
    pub(crate) fn reset(&mut self) {
        let Self { state, index, vars_start, received } = self;
        *state = State::Head;
        index.clear();
        *vars_start = 0;
        *received = 0;
    }

    /// Takes all that was received so far. Head and block are each looked at once, when they are
    /// whole; while a body comes in, a call compares two numbers. An error stays until a reset.
    pub(crate) fn handle_input(
        &mut self,
        received: &[u8],
        mut format: impl Format,
    ) -> Result<Step, Error> {
        self.received = received.len();
        loop {
            let next = match &self.state {
                State::Head => match format.read_head(received) {
                    Ok(None) => return Ok(Step::NeedMore),
                    Ok(Some(block)) => {
                        self.vars_start = block.start;
                        Ok(State::Block(block))
                    }
                    Err(error) => Err(error),
                },
                State::Block(block) => match received.get(block.clone()) {
                    None => return Ok(Step::NeedMore),
                    Some(bytes) => {
                        let length = format.read_block(bytes, &mut self.index);
                        length.and_then(|length| body_behind(block.end, length)).map(State::Body)
                    }
                },
                State::Body(body) if received.len() < body.end => return Ok(Step::NeedMore),
                State::Body(body) => Ok(State::Whole(body.clone())),
                State::Whole(_) => return Ok(Step::Ready),
                State::Failed(error) => return Err(*error),
            };
            self.state = next.unwrap_or_else(State::Failed);
        }
    }

    pub(crate) fn handle_end(&self) -> End {
        match self.state {
            State::Head if self.received == 0 => End::Nothing,
            State::Head | State::Block(_) | State::Body(_) => {
                End::Short(Error::Short { received: self.received, wanted: self.wanted() })
            }
            State::Whole(_) => End::Whole,
            State::Failed(error) => End::Short(error),
        }
    }

    /// Those before an error too.
    pub(crate) fn vars<'a>(&'a self, received: &'a [u8]) -> Vars<'a> {
        self.index.view(received.get(self.vars_start..).unwrap_or(&[]))
    }

    /// Empty until the vars are whole, and after an error.
    pub(crate) fn body(&self) -> Range<usize> {
        match &self.state {
            State::Body(body) | State::Whole(body) => body.clone(),
            State::Head | State::Block(_) | State::Failed(_) => 0..0,
        }
    }

    /// The end of what comes next, as far as it is known.
    pub(crate) fn wanted(&self) -> Option<usize> {
        match &self.state {
            State::Head | State::Failed(_) => None,
            State::Block(part) | State::Body(part) | State::Whole(part) => Some(part.end),
        }
    }

    pub(crate) fn has_anything(&self) -> bool {
        self.received > 0
    }

    /// Whether the vars are whole and accepted.
    pub(crate) fn has_vars(&self) -> bool {
        matches!(self.state, State::Body(_) | State::Whole(_))
    }
}

/// How far a packet has come, and where the part lies that comes or came last.
#[derive(Clone, Debug, Default)]
enum State {
    #[default]
    Head,
    Block(Range<usize>),
    Body(Range<usize>),
    Whole(Range<usize>),
    Failed(Error),
}

/// Only a limit-post near the size of memory lets this fail.
fn body_behind(start: usize, length: u64) -> Result<Range<usize>, Error> {
    usize::try_from(length)
        .ok()
        .and_then(|length| length.checked_add(start))
        .map(|end| start..end)
        .ok_or_else(|| Error::BodyTooLarge { size: length, limit: (usize::MAX - start) as u64 })
}
