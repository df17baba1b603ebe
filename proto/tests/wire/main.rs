//! The wire formats, tested from outside: one binary, one module a subject. It must not know
//! sockets either.
#![allow(clippy::unwrap_used, reason = "a test's helpers may end it as well as a test may")]

mod corpus;
mod error;
mod fastcgi;
mod fastcgi_driver;
mod fastcgi_encode;
mod fastcgi_records;
mod fastcgi_refused;
mod fastcgi_requests;
mod http;
mod http_bodies;
mod http_chunked;
mod http_encode;
mod http_refused;
mod http_vars;
mod properties;
mod request;
mod response_decode;
mod response_encode;
mod scgi;
mod uwsgi_decode;
mod uwsgi_encode;
mod uwsgi_modifier;
mod vars;

/// A var as tests write it down.
type Var<'a> = (&'a [u8], &'a [u8]);

/// The least a request has.
const GET: Var<'_> = (b"REQUEST_METHOD", b"GET");

/// Calls `fuzz`, whose inputs start with a plan, with every kind of plan.
fn fuzz_every_way(bytes: &[u8], fuzz: fn(&[u8])) {
    cleanslate_proto::fuzzing::with_every_plan(bytes).for_each(|input| fuzz(&input));
}

/// A packet for which `uwsgi::encode` is not asked, so that it may be wrong in any way.
fn packet(modifier1: u8, vars_size: usize, rest: &[u8]) -> Vec<u8> {
    let [low, high] = u16::try_from(vars_size).unwrap().to_le_bytes();
    [&[modifier1, low, high, 0], rest].concat()
}

/// A var on the wire.
fn var(key: &[u8], value: &[u8]) -> Vec<u8> {
    let size = |part: &[u8]| u16::try_from(part.len()).unwrap().to_le_bytes();
    [&size(key), key, &size(value), value].concat()
}

/// A block of vars on the wire.
fn block(vars: &[Var<'_>]) -> Vec<u8> {
    vars.iter().flat_map(|(key, value)| var(key, value)).collect()
}

/// A right packet with these vars and this body.
fn request(vars: &[Var<'_>], body: &[u8]) -> Vec<u8> {
    let block = block(vars);
    [packet(0, block.len(), &block), body.to_vec()].concat()
}
