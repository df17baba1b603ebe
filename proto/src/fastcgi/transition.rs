//! What each record does to a request: all transitions in one `match`, and the checks on the way.
//! It must not know where the bytes of a record lie (that is `layout`).

use super::decode::{Decoder, STRAY_RECORDS_MAX};
use super::layout::Fate;
use super::pairs::index_pairs;
use super::replies::Reply;
use super::{BODY_SIZE, FLAG_KEEP_CONN, Header, Kind, ProtocolStatus, ROLE_RESPONDER};
use crate::error::Error;
use crate::limits::Limits;
use crate::request;

/// How far a request has come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum State {
    /// No request has begun.
    #[default]
    Idle,
    Params,
    /// With the length of the body, if announced.
    Body(Option<u64>),
    Whole,
    Closing,
    Failed(Error),
}

impl Decoder {
    /// All transitions: the state after this record and what becomes of its content. `None` if the
    /// content must be there first.
    pub(super) fn handle_record(
        &mut self,
        header: Header,
        received: &[u8],
        limits: &Limits,
    ) -> Result<Option<(State, Fate)>, Error> {
        let Header { version, kind, id, size, .. } = header;
        if version != Header::VERSION {
            let head = received.get(self.layout.scanned()..).and_then(|rest| rest.first_chunk());
            return Err(Error::RecordVersion { head: head.copied().unwrap_or_default() });
        }
        let whose = match id {
            0 => Whose::Connections,
            _ if id == self.id => Whose::Ours,
            _ => Whose::Others,
        };
        let next = match (self.state, whose, kind) {
            (State::Params, Whose::Ours, Kind::PARAMS) if size > 0 => {
                self.check_params_size(size, limits)?;
                (State::Params, Fate::Params)
            }
            (State::Params, Whose::Ours, Kind::PARAMS) => {
                (State::Body(self.check_vars(received, limits)?), Fate::Skip)
            }
            (State::Body(announced), Whose::Ours, Kind::STDIN) => {
                match self.check_body_size(size, announced, limits)? {
                    true => (State::Whole, Fate::Skip),
                    false => (State::Body(announced), Fate::Body),
                }
            }
            (_, Whose::Ours, Kind::ABORT_REQUEST) => {
                self.stray(Some(Reply::End(id, ProtocolStatus::RequestComplete)))?;
                (self.give_up(), Fate::Skip)
            }
            (_, Whose::Ours, Kind(kind)) => return Err(Error::UnexpectedRecord { kind }),
            (State::Idle, Whose::Others, Kind::BEGIN_REQUEST) => {
                self.id = id;
                if size != BODY_SIZE {
                    return Err(Error::BeginSize { size });
                }
                self.id = 0;
                match self.layout.content(received, header) {
                    None => return Ok(None),
                    Some(content) => (self.begin(id, content)?, Fate::Skip),
                }
            }
            (state, Whose::Others, Kind::BEGIN_REQUEST) => {
                self.stray(Some(Reply::End(id, ProtocolStatus::CantMultiplex)))?;
                (state, Fate::Skip)
            }
            (state, Whose::Connections, Kind::GET_VALUES) => {
                match self.layout.content(received, header) {
                    None => return Ok(None),
                    Some(content) => self.stray(Some(Reply::to_values(content)))?,
                }
                (state, Fate::Skip)
            }
            // Two servers would go on telling each other that they don't know these.
            (state, Whose::Connections, Kind::GET_VALUES_RESULT | Kind::UNKNOWN_TYPE)
            // FastCGI 1.0, 3.3: records of an id that is not in use are ignored.
            | (state, Whose::Others, _) => {
                self.stray(None)?;
                (state, Fate::Skip)
            }
            (state, Whose::Connections, _) => {
                self.stray(Some(Reply::UnknownType(kind)))?;
                (state, Fate::Skip)
            }
        };
        Ok(Some(next))
    }

    /// Counts a record that brings the request no further, and takes note of what it is owed.
    fn stray(&mut self, reply: Option<Reply>) -> Result<(), Error> {
        if self.strays >= STRAY_RECORDS_MAX {
            return Err(Error::StrayRecords { limit: STRAY_RECORDS_MAX });
        }
        self.strays += 1;
        self.replies.extend(reply);
        Ok(())
    }

    /// FastCGI 1.0, 5.1.
    fn begin(&mut self, id: u16, content: &[u8]) -> Result<State, Error> {
        let &[role_high, role_low, flags, ..] = content else {
            return Err(Error::BeginSize { size: 0 });
        };
        self.keeps = flags & FLAG_KEEP_CONN != 0;
        if u16::from_be_bytes([role_high, role_low]) != ROLE_RESPONDER {
            self.stray(Some(Reply::End(id, ProtocolStatus::UnknownRole)))?;
            return Ok(self.give_up());
        }
        self.id = id;
        Ok(State::Params)
    }

    /// Lets go of a request without an answer. What still comes of it is of an id not in use.
    fn give_up(&mut self) -> State {
        self.id = 0;
        self.index.clear();
        self.layout.forget();
        match core::mem::take(&mut self.keeps) {
            true => State::Idle,
            false => State::Closing,
        }
    }

    fn check_params_size(&self, size: u16, limits: &Limits) -> Result<(), Error> {
        let size = self.layout.params().len() + usize::from(size);
        // The index of the vars counts in 16 bits.
        let limit = limits.buffer_size.min(usize::from(u16::MAX));
        if size > limit {
            return Err(Error::VarsTooLarge { size, limit });
        }
        Ok(())
    }

    /// Checks the vars, now that all are there; the length of the body if one is announced.
    fn check_vars(&mut self, received: &[u8], limits: &Limits) -> Result<Option<u64>, Error> {
        let block = received.get(self.layout.params()).unwrap_or(&[]);
        if block.is_empty() {
            return Err(Error::NoVars);
        }
        index_pairs(block, limits, &mut self.index)?;
        // An empty length says nothing, as nginx sends with a body of unknown length.
        request::check_announced(self.index.view(block), limits)
    }

    /// Checks the body with a record of `size` bytes more, none being its end, which it tells.
    fn check_body_size(
        &self,
        size: u16,
        announced: Option<u64>,
        limits: &Limits,
    ) -> Result<bool, Error> {
        let is_end = size == 0;
        let size = self.layout.body_size().saturating_add(u64::from(size));
        match announced {
            Some(announced) if size > announced || (is_end && size < announced) => {
                Err(Error::BodyDiffers { announced, size })
            }
            None if size > limits.limit_post => {
                Err(Error::BodyTooLarge { size, limit: limits.limit_post })
            }
            Some(_) | None => Ok(is_end),
        }
    }
}

/// Whom a record is about.
#[derive(Clone, Copy)]
enum Whose {
    Connections,
    Ours,
    Others,
}
