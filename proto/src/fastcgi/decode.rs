//! From received records to a request: what a driver calls. It must not know sockets or time, and
//! holds no byte of what was received; what a record does is in `transition`.

use super::Header;
use super::layout::Layout;
use super::replies::{Capacity, Reply};
use super::transition::State;
use crate::error::Error;
use crate::limits::Limits;
use crate::step::{End, Step};
use crate::vars::{VarIndex, Vars};
use alloc::vec::Vec;
use core::ops::Range;

/// Records that are not the request's own, from one whole request to the next; above it: 400.
///
/// nginx sends none. Some come from a peer that asks for values or tries a second request at once;
/// without an end to them a connection could be kept busy, and owed replies, for ever.
pub const STRAY_RECORDS_MAX: usize = 1_024;

/// Decodes one request in the role of a responder, however it is cut into records and reads.
///
/// The driver owns the buffer. After each read it passes all it has of this request to
/// [`handle_input`](Self::handle_input), until that answers [`Step::Ready`], and writes what
/// [`poll_replies`](Self::poll_replies) gives. The vars and the body are moved together at the
/// front of that buffer as they come, each byte once, so that both are slices of it at the end. What
/// else was there is a gap behind them: [`compact`](Self::compact) closes it and tells the new size.
/// A driver that does this after each read holds no more than vars, body and one record of 64 KiB.
/// To keep a large body elsewhere, it copies [`body`](Self::body) there after each read, to the
/// offset [`body_dropped`](Self::body_dropped), and calls
/// [`compact_without_body`](Self::compact_without_body).
///
/// Records of other ids are ignored, and another request that begins before this one has ended is
/// refused. After [`Step::Ready`] nothing is looked at: the next request starts at
/// [`consumed`](Self::consumed), for this decoder after a [`reset`](Self::reset).
#[derive(Debug, Default)]
pub struct Decoder {
    pub(super) state: State,
    pub(super) id: u16,
    pub(super) keeps: bool,
    pub(super) index: VarIndex,
    pub(super) layout: Layout,
    pub(super) strays: usize,
    pub(super) replies: Vec<Reply>,
}

impl Decoder {
    /// A decoder at the start of a connection; allocates with its first var.
    pub fn new() -> Self {
        Self::default()
    }

    /// Back to the start of a request; the allocations are kept, replies not yet polled are not.
    pub fn reset(&mut self) {
        let Self { state, id, keeps, index, layout, strays, replies } = self;
        *state = State::Idle;
        *id = 0;
        *keeps = false;
        index.clear();
        *layout = Layout::default();
        *strays = 0;
        replies.clear();
    }

    /// Takes all there is of this request so far, and tells whether it is whole. Bytes that an
    /// earlier call had may have been moved; only new ones are looked at.
    ///
    /// # Errors
    ///
    /// The first of these in the order of the records, each judged by its header before its content
    /// comes, so the outcome is the same however the bytes were cut. It stays: each later call
    /// answers the same until a reset.
    ///
    /// 1. [`Error::RecordVersion`], [`Error::StrayRecords`], [`Error::BeginSize`],
    ///    [`Error::UnexpectedRecord`];
    /// 2. [`Error::VarsTooLarge`] with the record that passes the limit;
    /// 3. with the end of the vars, [`Error::NoVars`], then the first var that is not well-formed
    ///    ([`Error::TrailingBytes`], [`Error::EmptyKey`], [`Error::KeyOverrun`],
    ///    [`Error::ValueOverrun`]) or one too many ([`Error::TooManyVars`]), then what
    ///    [`crate::request::check`] refuses;
    /// 4. [`Error::BodyDiffers`] from what `CONTENT_LENGTH` announced; without one,
    ///    [`Error::BodyTooLarge`].
    pub fn handle_input(&mut self, received: &mut [u8], limits: &Limits) -> Result<Step, Error> {
        loop {
            if !self.layout.finish_record(received) {
                return Ok(Step::NeedMore);
            }
            match self.state {
                State::Idle | State::Params | State::Body(_) => {}
                State::Whole => return Ok(Step::Ready),
                State::Failed(error) => return Err(error),
                State::Closing => {
                    self.layout.skip_all();
                    return Ok(Step::NeedMore);
                }
            }
            let Some(header) = self.layout.header(received) else {
                return Ok(Step::NeedMore);
            };
            match self.handle_record(header, received, limits) {
                Ok(Some((state, fate))) => {
                    self.state = state;
                    self.layout.start_record(header, fate);
                }
                Ok(None) => return Ok(Step::NeedMore),
                Err(error) => self.state = State::Failed(error),
            }
        }
    }

    /// Appends to `out` what is owed to the peer beside an answer, and tells whether that is
    /// anything: values it asked for, refusals, the end of a request it aborted. To be written
    /// between records of an answer, and before [`is_closing`](Self::is_closing) closes.
    pub fn poll_replies(&mut self, out: &mut Vec<u8>, capacity: Capacity) -> bool {
        let before = out.len();
        self.replies.drain(..).for_each(|reply| reply.append(out, capacity));
        out.len() > before
    }

    /// Closes the gap in what [`handle_input`](Self::handle_input) was passed last, and tells how
    /// many bytes of it remain, from its start: the next call gets these and what comes.
    pub fn compact(&mut self, received: &mut [u8]) -> usize {
        self.layout.compact(received, true)
    }

    /// As [`compact`](Self::compact), and drops what has come of the body: the driver has it
    /// elsewhere.
    pub fn compact_without_body(&mut self, received: &mut [u8]) -> usize {
        self.layout.compact(received, false)
    }

    /// Tells what it meant that the peer sends no more. Before a request has begun there is nobody
    /// to answer, so that is [`End::Nothing`] whatever else came.
    pub fn handle_end(&self) -> End {
        match self.state {
            State::Idle | State::Closing => End::Nothing,
            State::Whole if !self.layout.in_record() => End::Whole,
            State::Params | State::Body(_) | State::Whole => {
                // Records say what is in them, not how many there will be.
                End::Short(Error::Short { received: self.layout.total(), wanted: None })
            }
            State::Failed(error) => End::Short(error),
        }
    }

    /// The vars in `received`: none until they are whole. After an error those before it, for a
    /// log to say whose request was refused.
    pub fn vars<'a>(&'a self, received: &'a [u8]) -> Vars<'a> {
        self.index.view(received.get(self.layout.params()).unwrap_or(&[]))
    }

    /// Where in `received` the body lies that has come and was not dropped; empty after an error.
    pub fn body(&self) -> Range<usize> {
        match self.state {
            State::Body(_) | State::Whole => self.layout.body(),
            State::Idle | State::Params | State::Closing | State::Failed(_) => 0..0,
        }
    }

    /// The body in bytes as far as it has come, dropped or not.
    pub fn body_size(&self) -> u64 {
        self.layout.body_size()
    }

    /// The bytes of the body that were dropped, which is where those at [`body`](Self::body) belong.
    /// It goes back to 0 when a peer aborts its request: what was kept elsewhere is then void.
    pub fn body_dropped(&self) -> u64 {
        self.layout.body_dropped()
    }

    /// The body in bytes as `CONTENT_LENGTH` announced it, while it comes: `None` when it did not.
    pub fn announced(&self) -> Option<u64> {
        match self.state {
            State::Body(announced) => announced,
            State::Whole => Some(self.layout.body_size()),
            State::Idle | State::Params | State::Closing | State::Failed(_) => None,
        }
    }

    /// How many bytes there must be at least in `received`, as far as is known: the body that was
    /// announced and the record that ends it. Other records come on top. Always more than there is,
    /// until the request is whole.
    pub fn wanted(&self) -> Option<usize> {
        let least = self.layout.scanned().checked_add(self.layout.rest_of_record())?;
        match self.state {
            State::Body(announced) => usize::try_from(announced?.checked_sub(self.body_size())?)
                .ok()?
                .checked_add(least)?
                .checked_add(Header::SIZE)
                .map(|size| size.max(self.layout.received() + 1)),
            State::Whole => Some(least),
            State::Idle | State::Params | State::Closing | State::Failed(_) => None,
        }
    }

    /// Once the request is whole: where in `received` the next one starts.
    pub fn consumed(&self) -> usize {
        self.layout.scanned()
    }

    /// The id that the answer must carry; 0 before a request has begun, and then nobody can be
    /// answered, not even after an error.
    pub fn request_id(&self) -> u16 {
        self.id
    }

    /// Whether the peer wants the connection to stay open after the answer.
    pub fn keep_connection(&self) -> bool {
        self.keeps
    }

    /// Whether the connection is to be closed without an answer, when the replies are written: the
    /// peer aborted its request, or asked for a role that isn't served, and doesn't keep it.
    pub fn is_closing(&self) -> bool {
        matches!(self.state, State::Closing)
    }

    /// Whether the peer has begun something, a record or a request: before that it is idle, after
    /// that it can stall.
    pub fn has_anything(&self) -> bool {
        self.id != 0 || self.layout.in_record() || self.layout.left() > 0
    }

    /// Whether there is nothing to remember: neither a request has begun, nor has the peer sent
    /// records that are none of one, whose number is limited.
    pub fn is_untouched(&self) -> bool {
        !self.has_anything() && self.strays == 0
    }

    /// Whether the vars are whole and accepted, so that only body can be missing.
    pub fn has_vars(&self) -> bool {
        match self.state {
            State::Body(_) | State::Whole => true,
            State::Idle | State::Params | State::Closing | State::Failed(_) => false,
        }
    }
}
