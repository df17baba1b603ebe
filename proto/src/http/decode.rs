//! From received bytes to a request: the state of one request, with all its transitions in one
//! `match`. It must not know sockets or time; where a body lies is in `body`.

use super::block::Block;
use super::chunked::Chunked;
use super::head::{Framing, Head, read_head};
use super::head_end::HeadEnd;
use crate::error::Error;
use crate::limits::Limits;
use crate::step::{End, Step};
use crate::vars::Vars;
use core::ops::Range;

/// Decodes one request, however it is cut into reads.
///
/// The driver owns the buffer. After each read it passes everything received from the request's
/// first byte on to [`handle_input`](Self::handle_input), until that answers [`Step::Ready`]. Unlike
/// the other codecs this one writes: the contents of chunks are moved together in place, so that
/// [`body`](Self::body) is one slice, and the same bytes must come back with the next call. After
/// `Ready` the driver drops [`consumed`](Self::consumed) bytes, resets, and passes what is left, as
/// that is the next request.
///
/// To keep a large body elsewhere, the driver copies [`received_body`](Self::received_body) there
/// after each read, to the offset [`body_dropped`](Self::body_dropped), and calls
/// [`compact_without_body`](Self::compact_without_body); after `Ready` once more for what is left.
///
/// Vars lie in a block of the decoder's own. `CONTENT_LENGTH` of a chunked body is among them when
/// the request is whole.
#[derive(Debug, Default)]
pub struct Decoder {
    pub(super) state: State,
    block: Block,
    pub(super) head: Option<Head>,
    pub(super) received: usize,
    /// Bytes of this request that are no longer in what was received.
    pub(super) removed: usize,
    pub(super) body_dropped: u64,
}

impl Decoder {
    /// A decoder at the start of a request; allocates with its first head.
    pub fn new() -> Self {
        Self::default()
    }

    /// Back to the start of a request; the allocations for the vars are kept.
    pub fn reset(&mut self) {
        let Self { state, block, head, received, removed, body_dropped } = self;
        *state = State::default();
        block.clear();
        *head = None;
        *received = 0;
        *removed = 0;
        *body_dropped = 0;
    }

    /// Takes all that was received of this request so far, and tells whether it is whole.
    ///
    /// # Errors
    ///
    /// The first of these, the same however the bytes were cut. It stays until a reset.
    ///
    /// 1. byte by byte, [`Error::LineEnd`], [`Error::HeadByte`], [`Error::Folded`];
    ///    [`Error::HeadTooLarge`] once `buffer_size` bytes are there without an end;
    /// 2. with the head, [`Error::TooManyVars`] (counting headers); [`Error::RequestLine`],
    ///    [`Error::Version`], [`Error::Header`]; [`Error::Connect`], then what is wrong with the
    ///    body's length ([`Error::Repeated`], [`Error::LengthAndEncoding`],
    ///    [`Error::EncodingInHttp10`], [`Error::Encoding`], [`Error::EmptyContentLength`]), the host
    ///    ([`Error::Hosts`], [`Error::HostByte`]), the target ([`Error::Target`],
    ///    [`Error::PercentEncoding`], [`Error::AboveRoot`]); [`Error::VarsTooLarge`] when the vars
    ///    are above 65,535 bytes; then what [`request::check`](crate::request::check) refuses;
    /// 3. in a chunked body, byte by byte, [`Error::ChunkSize`], [`Error::ChunkEnd`],
    ///    [`Error::ChunkExtensions`], [`Error::BodyTooLarge`] with the size of the chunk that goes
    ///    above `limit_post`, [`Error::Trailer`], [`Error::TrailersTooLarge`].
    pub fn handle_input(&mut self, received: &mut [u8], limits: &Limits) -> Result<Step, Error> {
        self.received = received.len();
        loop {
            let next = match &mut self.state {
                State::Head(end) => match end.find(received, limits.buffer_size) {
                    Ok(None) => return Ok(Step::NeedMore),
                    Ok(Some(size)) => {
                        let (start, count) = (end.blank(), end.headers());
                        let head = received.get(start..size).unwrap_or(&[]);
                        self.read_head(head, count, size, limits)
                    }
                    Err(error) => Err(error),
                },
                State::Body(body) if received.len() < body.end => return Ok(Step::NeedMore),
                State::Body(body) => Ok(State::Whole { body: body.clone(), consumed: body.end }),
                State::Chunks(chunks) => match chunks.handle_input(received, limits) {
                    Ok(Step::NeedMore) => return Ok(Step::NeedMore),
                    Ok(Step::Ready) => {
                        let (body, consumed) = (chunks.body(), chunks.read());
                        let length = self.block.push_length(chunks.size());
                        length.map(|()| State::Whole { body, consumed })
                    }
                    Err(error) => Err(error),
                },
                State::Whole { .. } => return Ok(Step::Ready),
                State::Failed(error) => return Err(*error),
            };
            self.state = next.unwrap_or_else(State::Failed);
        }
    }

    /// Tells what it meant that the peer sends no more after what
    /// [`handle_input`](Self::handle_input) has seen.
    pub fn handle_end(&self) -> End {
        match self.state {
            State::Head(_) if !self.has_anything() => End::Nothing,
            State::Head(_) | State::Body(_) | State::Chunks(_) => {
                let wanted = self.wanted().map(|size| size.saturating_add(self.removed));
                End::Short(Error::Short { received: self.came(), wanted })
            }
            State::Whole { .. } => End::Whole,
            State::Failed(error) => End::Short(error),
        }
    }

    /// The vars: none until the head is whole. After an error those before it, for a log to say
    /// whose request was refused.
    pub fn vars(&self) -> Vars<'_> {
        self.block.view()
    }

    /// Adds a var that only the driver knows, as `REMOTE_ADDR`, `REMOTE_PORT`, `SERVER_ADDR` and
    /// `SERVER_PORT`, behind those there are. To call once the request is whole, as a chunked body
    /// needs its room for `CONTENT_LENGTH` until then; a [`reset`](Self::reset) takes it away.
    ///
    /// No client can pose as one of these: its headers become `HTTP_` vars, and the few others are
    /// named in [`http`](crate::http). Of a repeated name the last counts, which is the driver's.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyKey`]; [`Error::VarsTooLarge`] when all vars are then above 65,535 bytes
    /// together. The vars are then as they were.
    pub fn push_var(&mut self, name: &[u8], value: &[u8]) -> Result<(), Error> {
        self.block.push(name, value)
    }

    /// Whether the peer has sent anything but empty lines: before that it is idle, after that it
    /// can stall.
    pub fn has_anything(&self) -> bool {
        match &self.state {
            State::Head(end) => self.received > end.blank(),
            State::Body(_) | State::Chunks(_) | State::Whole { .. } | State::Failed(_) => true,
        }
    }

    /// Whether the head is whole and accepted, so that only body can be missing.
    pub fn has_vars(&self) -> bool {
        match self.state {
            State::Body(_) | State::Chunks(_) | State::Whole { .. } => true,
            State::Head(_) | State::Failed(_) => false,
        }
    }

    /// Whether the peer means to send another request after this one: `Connection`, or else the
    /// version, tells. False without an accepted head, as nobody knows where the next one starts.
    pub fn keep_alive(&self) -> bool {
        self.head.as_ref().is_some_and(|head| head.keep_alive) && self.has_vars()
    }

    /// Whether the peer waits for `100 Continue` before it sends its body, of which nothing has
    /// come. RFC 9110, 10.1.1.
    pub fn expects_continue(&self) -> bool {
        let is_open = matches!(self.state, State::Body(_) | State::Chunks(_));
        let nothing_came = |head: &Head| head.expects_continue && self.came() <= head.size;
        is_open && self.head.as_ref().is_some_and(nothing_came)
    }

    /// Whether the request is HTTP/1.0, so that no chunks may be sent back.
    pub fn is_http_1_0(&self) -> bool {
        self.head.as_ref().is_some_and(|head| head.is_http_1_0)
    }

    /// All bytes that came, removed ones too.
    fn came(&self) -> usize {
        self.received.saturating_add(self.removed)
    }

    fn read_head(
        &mut self,
        bytes: &[u8],
        count: usize,
        size: usize,
        limits: &Limits,
    ) -> Result<State, Error> {
        let head = read_head(bytes, count, size, limits, &mut self.block)?;
        let state = match head.framing {
            Framing::Chunked => State::Chunks(Chunked::new(size)),
            // Only a limit-post near the size of memory lets this fail.
            Framing::Length(length) => usize::try_from(length)
                .ok()
                .and_then(|length| length.checked_add(size))
                .map(|end| State::Body(size..end))
                .ok_or_else(|| Error::BodyTooLarge {
                    size: length,
                    limit: (usize::MAX - size) as u64,
                })?,
        };
        self.head = Some(head);
        Ok(state)
    }
}

/// How far a request has come.
#[derive(Clone, Debug)]
pub(super) enum State {
    Head(HeadEnd),
    Body(Range<usize>),
    Chunks(Chunked),
    Whole { body: Range<usize>, consumed: usize },
    Failed(Error),
}

impl Default for State {
    fn default() -> Self {
        Self::Head(HeadEnd::default())
    }
}
