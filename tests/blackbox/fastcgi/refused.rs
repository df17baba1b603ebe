//! The table of what is refused, and how: with an answer, with an END_REQUEST alone, or with the
//! connection's end.

use cleanslate_proto::fastcgi::{Cut, Kind};

use super::{begin, echo, open, params, record, request};
use crate::harness::Server;

const GET: [(&str, &str); 2] = [("REQUEST_METHOD", "GET"), ("PATH_INFO", "/hello")];

/// What comes back.
enum Expect {
    /// An answer of this status, and then the end.
    Closed(u16),
    /// An answer of this status, and the connection goes on.
    Kept(u16),
    /// Nothing but the end.
    End,
}

fn post(length: &str, body: &[u8]) -> Vec<u8> {
    let vars = [("REQUEST_METHOD", "POST"), ("PATH_INFO", "/echo"), ("CONTENT_LENGTH", length)];
    request(1, true, &vars, body, Cut::default())
}

fn with(vars: &[(&str, &str)]) -> Vec<u8> {
    request(1, true, vars, b"", Cut::default())
}

/// What is sent, by the name of the case.
type Case = (&'static str, Expect, Vec<u8>);

/// Requests whose records are in order, and what is in them isn't.
fn requests() -> Vec<Case> {
    use Expect::{Closed, Kept};
    let bad_pairs = |block: &[u8]| {
        let (begin, params) = (begin(1, 1, 1), record(Kind::PARAMS, 1, block));
        [begin, params, record(Kind::PARAMS, 1, b""), record(Kind::STDIN, 1, b"")].concat()
    };
    let nul = [GET[0], ("PATH_INFO", "/\0")];
    let large = "x".repeat(3_000);
    let large = [GET[0], GET[1], ("A", large.as_str())];
    let cut = Cut { size_max: 9, padding: 9 };
    vec![
        ("a good one", Kept(200), with(&GET)),
        ("no such path", Kept(404), with(&[GET[0], ("PATH_INFO", "/no")])),
        ("another method", Kept(405), with(&[("REQUEST_METHOD", "PUT"), GET[1]])),
        ("no vars", Closed(400), bad_pairs(b"")),
        ("no method", Closed(400), with(&GET[1..])),
        ("an empty name", Closed(400), bad_pairs(b"\0\x01x")),
        ("a name that overruns", Closed(400), bad_pairs(b"\x09\0short")),
        ("a value that overruns", Closed(400), bad_pairs(b"\x05\x02shortx")),
        ("half a size", Closed(400), bad_pairs(b"\x80\0\0")),
        ("a size of 31 bits", Closed(400), bad_pairs(b"\xff\xff\xff\xff\0x")),
        ("a NUL in the path", Closed(400), with(&nul)),
        ("a length that is no number", Closed(400), post("5x", b"12345")),
        ("a body longer than its length", Closed(400), post("4", b"12345")),
        ("a body shorter than its length", Closed(400), post("6", b"12345")),
        ("a body and a length of 0", Closed(400), post("0", b"12345")),
        ("a length above the limit", Closed(413), post("2001", b"")),
        ("a body above the limit without a length", Closed(413), post("", &[b'x'; 2_001])),
        ("vars above the limit", Closed(431), with(&large)),
        ("the same in small records", Closed(431), request(1, true, &large, b"", cut)),
        ("one var too many", Closed(431), with(&[("A", "b"); 11])),
    ]
}

/// Records that are not in order.
fn records() -> Vec<Case> {
    use Expect::{Closed, End, Kept};
    let good = with(&GET);
    let mut version = good.clone();
    version[0] = 2;
    let mut later_version = good.clone();
    later_version[16] = 2;
    let begun = |kind, id| [begin(1, 1, 1), record(kind, id, b"x")].concat();
    let others = record(Kind::STDIN, 5, b"x");
    let between = [
        begin(1, 1, 1),
        others.clone(),
        params(1, &GET),
        record(Kind::DATA, 6, b""),
        record(Kind::STDIN, 1, b""),
    ];
    let seven = record(Kind::BEGIN_REQUEST, 1, &[0, 1, 1, 0, 0, 0, 0]);
    let many = others.repeat(2_000);
    vec![
        ("nothing", End, Vec::new()),
        ("version 2 at the start", End, version),
        ("version 2 after the start", Closed(400), later_version),
        ("a BEGIN_REQUEST of 7 bytes", Closed(400), seven),
        ("a second BEGIN_REQUEST of the same id", Closed(400), begin(1, 1, 1).repeat(2)),
        ("STDIN before the vars are whole", Closed(400), begun(Kind::STDIN, 1)),
        ("DATA, which only a filter gets", Closed(400), begun(Kind::DATA, 1)),
        ("a record that only servers send", Closed(400), begun(Kind::STDOUT, 1)),
        ("PARAMS of an id not in use", Kept(200), [record(Kind::PARAMS, 5, b"x"), good].concat()),
        ("STDIN and DATA of ids not in use", Kept(200), between.concat()),
        ("too many that are nobody's", Closed(400), [begin(1, 1, 1), many.clone()].concat()),
        ("the same before any request", End, many),
    ]
}

#[test]
fn everything_wrong_is_refused_and_said() {
    let options = ["--limit-post", "2000", "--buffer-size", "2500", "--max-vars", "10"];
    let server = Server::by_all(&options);
    for kept_before in [false, true] {
        for (name, expect, bytes) in requests().into_iter().chain(records()) {
            let name = format!("{name}, kept before: {kept_before}");
            let mut connection = open(&server);
            if kept_before {
                assert_eq!(connection.get("/hello").unwrap().status, 200);
            }
            connection.send(&bytes);
            let (status, goes_on) = match expect {
                Expect::End => {
                    connection.client.half_close().unwrap();
                    connection.is_closed().unwrap_or_else(|error| panic!("{name}: {error}"));
                    continue;
                }
                Expect::Closed(status) => (status, false),
                Expect::Kept(status) => (status, true),
            };
            let answer = connection.answer().unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(answer.status, status, "{name}");
            match goes_on {
                true => assert_eq!(connection.get("/hello").unwrap().status, 200, "{name}"),
                false => connection.is_closed().unwrap_or_else(|e| panic!("{name}: {e}")),
            }
        }
    }
    server.stop();
}

/// An error behind a request ends the connection, but only after its answer.
#[test]
fn an_error_behind_a_request_is_answered_after_it() {
    let server = Server::by_all(&[]);
    for uri in ["/hello", "/sleep/100", "/stream/100"] {
        let first = with(&[("REQUEST_METHOD", "GET"), ("PATH_INFO", uri)]);
        let mut connection = open(&server);
        connection.send(&[first, post("4", b"12345"), with(&GET)].concat());
        assert_eq!(connection.answer().unwrap().status, 200, "{uri}");
        assert_eq!(connection.answer().unwrap().status, 400, "{uri}");
        connection.is_closed().unwrap();
    }
    server.stop();
}

/// The end of the peer's bytes in the middle of a request, which is all it will be.
#[test]
fn half_a_request_and_the_end_is_refused() {
    let server = Server::by_all(&[]);
    let whole = echo(1, true, b"12345", Cut { size_max: 30, padding: 2 });
    for size in 16..whole.len() {
        let mut connection = open(&server);
        connection.send(&whole[..size]);
        connection.client.half_close().unwrap();
        assert_eq!(connection.answer().unwrap().status, 400, "after {size} bytes");
        connection.is_closed().unwrap();
    }
    server.stop();
}
