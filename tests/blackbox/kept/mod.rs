//! Connections that go on after an answer. Guards that each request on one gets its own answer, in
//! order and not a byte more; that what goes wrong with one doesn't reach the next; and that they
//! end when and how they should.

mod asking;
mod bodies;
mod failures;
mod gathering;
mod idle;
mod leaving;
mod mixture;
mod pipelined;
mod stopping;
mod turns;

use crate::harness::{Connection, Protocol, Server};

/// Connections that have had an answer each.
fn open(server: &Server, protocol: Protocol, count: usize) -> Vec<Connection> {
    let mut all: Vec<Connection> = (0..count).map(|_| server.open(protocol)).collect();
    for connection in &mut all {
        assert_eq!(connection.get("/hello").unwrap().status, 200);
    }
    all
}
