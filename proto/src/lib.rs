//! The wire formats of Cleanslate, both ways: bytes to requests and answers, and back. It must not
//! know where bytes come from or when: no sockets, clocks, threads or files can be named here.
//!
//! # The map
//!
//! A module names only modules above it in this table.
//!
//! | module | what |
//! |---|---|
//! | [`limits`] | every bound on what a peer may send, with its default and its reason |
//! | [`error`] | what is wrong with a request, by cause, and the one map from there to a status |
//! | [`step`] | the two answers of a decoder, and what the end of input meant |
//! | `text` | where a text has controls; knows no format |
//! | [`vars`] | the vars of a request as an index over the received bytes; knows no codec |
//! | [`request`] | the rules for those vars: method, path, query, length of the body; knows no codec |
//! | `packet` | what uwsgi and SCGI share: a block of vars with the body right behind |
//! | [`uwsgi`] | the uwsgi packet: [`uwsgi::Decoder`] for a server, [`uwsgi::encode`] for a client |
//! | [`scgi`] | the SCGI netstring: [`scgi::Decoder`] for a server, [`scgi::encode`] for a client |
//! | [`fastcgi`] | FastCGI's records: [`fastcgi::Decoder`] for a server, [`fastcgi::encode_request`] for a client |
//! | [`response`] | the head of an answer: [`response::encode_head`], [`response::decode_head`] |
//! | [`http`] | HTTP/1.x: [`http::Decoder`] for a server, [`http::encode_request`] for a client |
//!
//! # Invariants
//!
//! - Peer bytes never panic, whatever they are and however they are cut.
//! - The outcome depends on the bytes alone, never on how they were cut into reads.
//! - Incomplete is not an error; see [`step::Step`].
//! - A decoder borrows what was received and copies none of it; FastCGI's and HTTP's move bodies
//!   together in place, and HTTP's, whose heads have no vars, makes them.
//!
//! # Example
//!
//! ```
//! use cleanslate_proto::{limits::Limits, request, step::Step, uwsgi};
//!
//! let mut packet = Vec::new();
//! let vars: [(&[u8], &[u8]); 2] = [(b"REQUEST_METHOD", b"GET"), (b"PATH_INFO", b"/hello")];
//! uwsgi::encode(&mut packet, 0, 0, vars)?;
//!
//! let (mut decoder, limits) = (uwsgi::Decoder::new(), Limits::default());
//! assert_eq!(decoder.handle_input(&packet[..9], &limits)?, Step::NeedMore);
//! assert_eq!(decoder.handle_input(&packet, &limits)?, Step::Ready);
//! assert_eq!(request::path(decoder.vars(&packet)), b"/hello");
//! # Ok::<(), cleanslate_proto::error::Error>(())
//! ```
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod error;
pub mod fastcgi;
#[doc(hidden)]
pub mod fuzzing;
pub mod http;
pub mod limits;
mod packet;
pub mod request;
pub mod response;
pub mod scgi;
pub mod step;
mod text;
pub mod uwsgi;
pub mod vars;
