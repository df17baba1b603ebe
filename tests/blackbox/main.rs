//! Black-box tests: the programs of this repository as processes, driven over their sockets. They
//! know nothing of the server's insides.
//!
//! Each module has one subject and says what it guards. Times are deadlines and measurements;
//! nothing sleeps in the hope that something has happened by then.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what is wanted")]
#![allow(clippy::print_stdout, reason = "shown beside a failure, and left out otherwise")]

mod abuse;
mod capture;
mod configuration;
mod deadline;
mod durability;
mod fastcgi;
mod front;
mod harness;
mod idle;
mod kept;
mod leaving;
mod limits;
mod mixture;
mod modifiers;
mod nothing_grows;
mod operating;
mod options;
mod packets;
mod protocols;
mod request_log;
mod same;
mod saturation;
mod schedule;
mod slow_readers;
mod sockets;
mod stalls;
mod stopping;
mod tool;
mod volume;
mod watching;
