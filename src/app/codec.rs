//! The protocols that requests come by, behind one face. Knows the codecs, and nothing of sockets.

use std::fmt;
use std::ops::Range;

use cleanslate_proto::error::Error;
use cleanslate_proto::fastcgi::{self, Capacity};
use cleanslate_proto::limits::Limits;
use cleanslate_proto::step::{End, Step};
use cleanslate_proto::uwsgi::{self, Modifiers};
use cleanslate_proto::vars::Vars;
use cleanslate_proto::{http, scgi};

use super::framing::Framing;

/// What a socket speaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Protocol {
    Uwsgi,
    FastCgi,
    Scgi,
    Http,
}

impl Protocol {
    /// All that a socket can speak.
    pub(crate) const ALL: [Self; 4] = [Self::Uwsgi, Self::FastCgi, Self::Scgi, Self::Http];
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Uwsgi => "uwsgi",
            Self::FastCgi => "fastcgi",
            Self::Scgi => "scgi",
            Self::Http => "http",
        })
    }
}

/// The decoder of one request.
pub(crate) enum Codec {
    Uwsgi(uwsgi::Decoder),
    Scgi(scgi::Decoder),
    /// Boxed like the next, as they are larger than the others.
    FastCgi(Box<fastcgi::Decoder>),
    Http(Box<http::Decoder>),
}

/// Calls a method of whichever decoder it is.
macro_rules! each {
    ($codec:expr, $decoder:ident => $call:expr) => {
        match $codec {
            Codec::Uwsgi($decoder) => $call,
            Codec::FastCgi($decoder) => $call,
            Codec::Scgi($decoder) => $call,
            Codec::Http($decoder) => $call,
        }
    };
}

impl Codec {
    /// `modifiers` are the kinds of uwsgi packet that are served.
    pub(crate) fn new(protocol: Protocol, modifiers: Modifiers) -> Self {
        match protocol {
            Protocol::Uwsgi => Self::Uwsgi(uwsgi::Decoder::accepting(modifiers)),
            Protocol::FastCgi => Self::FastCgi(Box::default()),
            Protocol::Scgi => Self::Scgi(scgi::Decoder::new()),
            Protocol::Http => Self::Http(Box::default()),
        }
    }

    pub(crate) fn protocol(&self) -> Protocol {
        match self {
            Self::Uwsgi(_) => Protocol::Uwsgi,
            Self::FastCgi(_) => Protocol::FastCgi,
            Self::Scgi(_) => Protocol::Scgi,
            Self::Http(_) => Protocol::Http,
        }
    }

    /// What kind of uwsgi packet it is: modifier1 and modifier2.
    pub(crate) fn modifiers(&self) -> Option<(u8, u8)> {
        match self {
            Self::Uwsgi(decoder) => decoder.modifier1().zip(decoder.modifier2()),
            _ => None,
        }
    }

    pub(crate) fn reset(&mut self) {
        each!(self, decoder => decoder.reset());
    }

    /// Takes what was received of this request so far. Those whose bodies come in pieces move them
    /// together in place.
    pub(crate) fn handle_input(
        &mut self,
        received: &mut [u8],
        limits: &Limits,
    ) -> Result<Step, Error> {
        match self {
            Self::Uwsgi(decoder) => decoder.handle_input(received, limits),
            Self::Scgi(decoder) => decoder.handle_input(received, limits),
            Self::FastCgi(decoder) => decoder.handle_input(received, limits),
            Self::Http(decoder) => decoder.handle_input(received, limits),
        }
    }

    /// Drops what is spent of what was received, which ends at `filled`; where it ends then.
    pub(crate) fn compact(&mut self, received: &mut Vec<u8>, filled: usize) -> usize {
        match self {
            Self::Uwsgi(_) | Self::Scgi(_) => filled,
            Self::FastCgi(decoder) => decoder.compact(&mut received[..filled]),
            // Nothing is between the bytes of a body whose length is known.
            Self::Http(decoder) if decoder.announced().is_some() => filled,
            Self::Http(decoder) => {
                received.truncate(filled);
                decoder.compact(received);
                received.len()
            }
        }
    }

    /// The same, and drops what has come of the body, which is elsewhere.
    pub(crate) fn compact_without_body(&mut self, received: &mut Vec<u8>, filled: usize) -> usize {
        match self {
            Self::Uwsgi(_) | Self::Scgi(_) => filled,
            Self::FastCgi(decoder) => decoder.compact_without_body(&mut received[..filled]),
            Self::Http(decoder) => {
                received.truncate(filled);
                decoder.compact_without_body(received);
                received.len()
            }
        }
    }

    /// The length of a body that ends the request and comes as it is, so that it may go to a file
    /// unseen; none before it is known, and for one in pieces.
    pub(crate) fn plain_body(&self) -> Option<Range<usize>> {
        let body = self.body();
        (self.has_vars() && self.wanted() == Some(body.end)).then_some(body)
    }

    /// Whether more may follow a body, or come between its pieces, so that only its decoder can tell
    /// where it is.
    pub(crate) fn is_in_pieces(&self) -> bool {
        matches!(self, Self::FastCgi(_) | Self::Http(_))
    }

    /// Where the body lies that has come and was not dropped.
    pub(crate) fn received_body(&self) -> Range<usize> {
        match self {
            Self::Http(decoder) => decoder.received_body(),
            _ => self.body(),
        }
    }

    /// How large the body will be at least, as far as is known.
    pub(crate) fn body_at_least(&self) -> u64 {
        match self {
            Self::FastCgi(decoder) => decoder.announced().unwrap_or(0).max(decoder.body_size()),
            Self::Http(decoder) => decoder.announced().unwrap_or(0).max(decoder.body_size()),
            _ => self.body().len() as u64,
        }
    }

    /// How much of the body has been dropped, which is elsewhere.
    pub(crate) fn body_dropped(&self) -> u64 {
        match self {
            Self::FastCgi(decoder) => decoder.body_dropped(),
            Self::Http(decoder) => decoder.body_dropped(),
            _ => 0,
        }
    }

    /// Adds a var that only the socket knows; where a web server is in front, it has told.
    pub(crate) fn push_var(&mut self, name: &[u8], value: &[u8]) -> Result<(), Error> {
        match self {
            Self::Http(decoder) => decoder.push_var(name, value),
            _ => Ok(()),
        }
    }

    /// Appends what is owed to the peer beside an answer; whether that is anything.
    pub(crate) fn poll_replies(&mut self, out: &mut Vec<u8>, capacity: Capacity) -> bool {
        match self {
            Self::FastCgi(decoder) => decoder.poll_replies(out, capacity),
            _ => false,
        }
    }

    /// Whether the connection is to be closed without an answer.
    pub(crate) fn is_closing(&self) -> bool {
        matches!(self, Self::FastCgi(decoder) if decoder.is_closing())
    }

    /// How the answer is to be written.
    pub(crate) fn framing(&self) -> Framing {
        match self {
            Self::Uwsgi(_) | Self::Scgi(_) => Framing::Plain,
            Self::FastCgi(decoder) => {
                Framing::FastCgi { id: decoder.request_id(), keeps: decoder.keep_connection() }
            }
            Self::Http(decoder) => {
                Framing::Http { knows_chunks: !decoder.is_http_1_0(), keeps: decoder.keep_alive() }
            }
        }
    }

    /// Whether the peer has begun something: before that it is idle, after that it can stall.
    pub(crate) fn has_begun(&self, filled: usize) -> bool {
        match self {
            Self::Uwsgi(_) | Self::Scgi(_) => filled > 0,
            Self::FastCgi(decoder) => decoder.has_anything(),
            Self::Http(decoder) => decoder.has_anything(),
        }
    }

    /// Whether there is nothing to remember of what has come.
    pub(crate) fn is_untouched(&self, filled: usize) -> bool {
        match self {
            Self::FastCgi(decoder) => filled == 0 && decoder.is_untouched(),
            _ => filled == 0 && !self.has_begun(filled),
        }
    }

    /// Where the next request starts, once this one is whole; none where one is all there may be.
    pub(crate) fn consumed(&self) -> Option<usize> {
        match self {
            Self::Uwsgi(_) | Self::Scgi(_) => None,
            Self::FastCgi(decoder) => Some(decoder.consumed()),
            Self::Http(decoder) => Some(decoder.consumed()),
        }
    }

    /// Whether the peer waits to be told to send its body.
    pub(crate) fn expects_continue(&self) -> bool {
        matches!(self, Self::Http(decoder) if decoder.expects_continue())
    }

    pub(crate) fn handle_end(&self) -> End {
        each!(self, decoder => decoder.handle_end())
    }

    pub(crate) fn vars<'a>(&'a self, received: &'a [u8]) -> Vars<'a> {
        match self {
            Self::Uwsgi(decoder) => decoder.vars(received),
            Self::Scgi(decoder) => decoder.vars(received),
            Self::FastCgi(decoder) => decoder.vars(received),
            Self::Http(decoder) => decoder.vars(),
        }
    }

    pub(crate) fn body(&self) -> Range<usize> {
        each!(self, decoder => decoder.body())
    }

    pub(crate) fn wanted(&self) -> Option<usize> {
        each!(self, decoder => decoder.wanted())
    }

    pub(crate) fn has_vars(&self) -> bool {
        each!(self, decoder => decoder.has_vars())
    }
}
