//! The command line tool: what its subcommands share, and the subcommands. It must not know the
//! server: of this package it uses the wire formats alone.
//!
//! | module | what |
//! |---|---|
//! | `bench` | loads a server, and tells how fast it answers |
//! | `curl` | one request, or several on one connection, and what came back |
//! | `conform` | the conformance suite against any server |
//! | `doctor` | what is wrong with a server, and what to do |
//! | `replay` | captured requests once more |
//! | `signal` | raises a signal |
//! | `top` | what a server does now, as `top` shows it |
//! | `target` | how a server's address is written |
//! | `vars` | the vars of a request, as nginx makes them |
//! | `wire` | a connection, with deadlines |
//! | `statistics` | what a server tells of itself |
//! | `captured` | requests that a server has kept |
//! | `chunked` | the body of an answer in chunks |
//! | `clock`, `console` | the time; standard output and standard error |

pub(crate) mod bench;
mod captured;
mod chunked;
mod clock;
pub(crate) mod conform;
mod console;
pub(crate) mod curl;
pub(crate) mod doctor;
pub(crate) mod replay;
pub(crate) mod signal;
mod statistics;
mod target;
pub(crate) mod top;
mod vars;
mod wire;
