//! The protocols that requests come by, behind one face. Knows the codecs, and nothing of sockets.

use std::fmt;
use std::ops::Range;

use cleanslate_proto::error::Error;
use cleanslate_proto::limits::Limits;
use cleanslate_proto::step::{End, Step};
use cleanslate_proto::vars::Vars;
use cleanslate_proto::{http, scgi, uwsgi};

/// What a socket speaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Protocol {
    Uwsgi,
    Scgi,
    /// One request a connection: for trying an application without nginx.
    Http,
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Uwsgi => "uwsgi",
            Self::Scgi => "scgi",
            Self::Http => "http",
        })
    }
}

/// The decoder of one request.
pub(crate) enum Codec {
    Uwsgi(uwsgi::Decoder),
    Scgi(scgi::Decoder),
    /// Boxed, as it is larger than the others and rare.
    Http(Box<http::Decoder>),
}

/// Calls a method of whichever decoder it is.
macro_rules! each {
    ($codec:expr, $decoder:ident => $call:expr) => {
        match $codec {
            Codec::Uwsgi($decoder) => $call,
            Codec::Scgi($decoder) => $call,
            Codec::Http($decoder) => $call,
        }
    };
}

impl Codec {
    pub(crate) fn new(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Uwsgi => Self::Uwsgi(uwsgi::Decoder::new()),
            Protocol::Scgi => Self::Scgi(scgi::Decoder::new()),
            Protocol::Http => Self::Http(Box::default()),
        }
    }

    pub(crate) fn protocol(&self) -> Protocol {
        match self {
            Self::Uwsgi(_) => Protocol::Uwsgi,
            Self::Scgi(_) => Protocol::Scgi,
            Self::Http(_) => Protocol::Http,
        }
    }

    pub(crate) fn reset(&mut self) {
        each!(self, decoder => decoder.reset());
    }

    /// Takes what was received of this request so far. HTTP's chunks are moved together in place.
    pub(crate) fn handle_input(
        &mut self,
        received: &mut [u8],
        limits: &Limits,
    ) -> Result<Step, Error> {
        match self {
            Self::Uwsgi(decoder) => decoder.handle_input(received, limits),
            Self::Scgi(decoder) => decoder.handle_input(received, limits),
            Self::Http(decoder) => decoder.handle_input(received, limits),
        }
    }

    /// Drops what is spent of what was received.
    pub(crate) fn compact(&mut self, received: &mut Vec<u8>) {
        if let Self::Http(decoder) = self {
            decoder.compact(received);
        }
    }

    /// The length of a body that ends the request and comes as it is, so that it may go to a file
    /// unseen; none before it is known, and for one in chunks.
    pub(crate) fn plain_body(&self) -> Option<Range<usize>> {
        let body = self.body();
        (self.has_vars() && self.wanted() == Some(body.end)).then_some(body)
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
