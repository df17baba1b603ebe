//! FastCGI as bytes. Guards that every request gets its own answer however its records are cut,
//! that what is no request is refused as the specification says, and that a connection goes on or
//! ends as it should.

mod aborted;
mod cuts;
mod refused;
mod slow;

use cleanslate_proto::fastcgi::{
    Cut, EndRequest, Kind, encode_request, encode_stream, record_header,
};

use crate::harness::{Connection, Protocol, Server};

/// How a request that was answered ended.
const COMPLETE: EndRequest = EndRequest { app_status: 0, protocol_status: 0 };

/// A request of this id with these vars and no others.
fn request(id: u16, keeps: bool, vars: &[(&str, &str)], body: &[u8], cut: Cut) -> Vec<u8> {
    let vars = vars.iter().map(|(key, value)| (key.as_bytes(), value.as_bytes()));
    let mut bytes = Vec::new();
    encode_request(&mut bytes, id, keeps, vars, body, cut).unwrap();
    bytes
}

/// A request to `/echo`.
fn echo(id: u16, keeps: bool, body: &[u8], cut: Cut) -> Vec<u8> {
    let length = body.len().to_string();
    let vars =
        [("REQUEST_METHOD", "POST"), ("PATH_INFO", "/echo"), ("CONTENT_LENGTH", length.as_str())];
    request(id, keeps, &vars, body, cut)
}

/// One record.
fn record(kind: Kind, id: u16, content: &[u8]) -> Vec<u8> {
    if content.is_empty() {
        return record_header(kind, id, 0, 0).to_vec();
    }
    let mut bytes = Vec::new();
    encode_stream(&mut bytes, kind, id, content, Cut::default());
    bytes
}

/// A BEGIN_REQUEST of this role and these flags.
fn begin(id: u16, role: u8, flags: u8) -> Vec<u8> {
    record(Kind::BEGIN_REQUEST, id, &[0, role, flags, 0, 0, 0, 0, 0])
}

/// The stream PARAMS of a request, with its end.
fn params(id: u16, vars: &[(&str, &str)]) -> Vec<u8> {
    let whole = request(id, true, vars, b"", Cut::default());
    whole[16..whole.len() - 8].to_vec()
}

fn open(server: &Server) -> Connection {
    server.open(Protocol::FastCgi)
}

/// The answer to a request of this id has this body, and ended well.
fn check(connection: &mut Connection, id: u16, body: &[u8], case: &str) {
    let answered = connection.records(id, false);
    let (answer, end) = answered.unwrap_or_else(|error| panic!("{case}: {error}"));
    assert_eq!((answer.status, end), (200, COMPLETE), "{case}: {answer:?}");
    assert!(answer.body == body, "{case}: {}", answer.text());
}
