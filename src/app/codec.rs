//! The protocols that requests come by, behind one face. Knows the codecs, and nothing of sockets.

use std::fmt;
use std::ops::Range;

use cleanslate_proto::error::Error;
use cleanslate_proto::limits::Limits;
use cleanslate_proto::step::{End, Step};
use cleanslate_proto::vars::Vars;
use cleanslate_proto::{scgi, uwsgi};

/// What a socket speaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Protocol {
    Uwsgi,
    Scgi,
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Uwsgi => "uwsgi",
            Self::Scgi => "scgi",
        })
    }
}

/// The decoder of one request.
pub(crate) enum Codec {
    Uwsgi(uwsgi::Decoder),
    Scgi(scgi::Decoder),
}

/// Calls a method of whichever decoder it is.
macro_rules! each {
    ($codec:expr, $decoder:ident => $call:expr) => {
        match $codec {
            Codec::Uwsgi($decoder) => $call,
            Codec::Scgi($decoder) => $call,
        }
    };
}

impl Codec {
    pub(crate) fn new(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Uwsgi => Self::Uwsgi(uwsgi::Decoder::new()),
            Protocol::Scgi => Self::Scgi(scgi::Decoder::new()),
        }
    }

    pub(crate) fn protocol(&self) -> Protocol {
        match self {
            Self::Uwsgi(_) => Protocol::Uwsgi,
            Self::Scgi(_) => Protocol::Scgi,
        }
    }

    pub(crate) fn reset(&mut self) {
        each!(self, decoder => decoder.reset());
    }

    pub(crate) fn handle_input(&mut self, received: &[u8], limits: &Limits) -> Result<Step, Error> {
        each!(self, decoder => decoder.handle_input(received, limits))
    }

    pub(crate) fn handle_end(&self) -> End {
        each!(self, decoder => decoder.handle_end())
    }

    pub(crate) fn vars<'a>(&'a self, received: &'a [u8]) -> Vars<'a> {
        each!(self, decoder => decoder.vars(received))
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
