//! The table of what is refused: bytes that are no packet, vars that make no request, and requests
//! that nobody serves.

use super::Case;
use crate::harness::{get, packet, post, request};

/// Blocks of vars that are not well formed, and vars that contradict each other.
pub(super) fn malformed() -> Vec<Case> {
    let bad = |name, bytes| Case::status(name, 400, bytes);
    let mut short = post("/echo", b"12345");
    short.pop();
    let twice = |value| request("POST", "/echo", &[("CONTENT_LENGTH", value)], b"12345");
    let mut cases = vec![
        bad("no vars", vec![0, 0, 0, 0]),
        bad("no method", packet(&[("PATH_INFO", "/hello")], b"")),
        bad("an empty method", request("", "/hello", &[], b"")),
        bad("an empty key", block(b"\x00\x00\x01\x00x")),
        bad("a key that overruns", block(b"\x09\x00short\x00\x00")),
        bad("a key that overruns by far", block(b"\xff\xffshort\x00\x00")),
        bad("a key and no value", block(b"\x05\x00short")),
        bad("half the size of a value", block(b"\x05\x00short\x01")),
        bad("a value that overruns", block(b"\x05\x00short\x02\x00x")),
        bad("one byte behind the vars", trailing(1)),
        bad("two bytes behind the vars", trailing(2)),
        bad("a NUL in the path", get("/hello\0.html")),
        bad("a NUL in REQUEST_URI", request("GET", "/hello", &[("REQUEST_URI", "/\0")], b"")),
        bad("two lengths", twice("6")),
        bad("a length and an empty one", twice("")),
        bad("the end inside the head", vec![0, 5]).then_end(),
        bad("the end inside the vars", get("/hello")[..40].to_vec()).then_end(),
        bad("the end inside the body", short).then_end(),
        Case::nothing("nothing and then the end").then_end(),
    ];
    for value in ["+5", " 5", "5 ", "-5", "12abc", "abc", "0x5", "5,5", "1e1", "\u{665}"] {
        cases.push(bad("a length that is no number", length(value)));
    }
    for value in ["18446744073709551616", "99999999999999999999999"] {
        cases.push(bad("a length that overflows", length(value)));
    }
    cases
}

/// What is understood and not served.
pub(super) fn not_served() -> Vec<Case> {
    let with_method = |method, path| request(method, path, &[], b"");
    let mut cases = vec![
        Case::status("no such path", 404, get("/no")),
        Case::status("a path with another method", 405, post("/hello", b"")),
        Case::status("a method in lower case", 405, with_method("get", "/hello")),
        Case::status("a method in mixed case", 405, with_method("Get", "/hello")),
        Case::status("the same where every method is routed", 405, with_method("Get", "/echo")),
        Case::status("the same where nothing is routed", 405, with_method("get", "/no")),
        Case::status("a body one byte too large", 413, length("101")),
        Case::status("a length of 2^64 - 1", 413, length("18446744073709551615")),
        Case::status("one var too many", 431, request("GET", "/hello", &[("A", "b"); 8], b"")),
        Case::status("vars one byte too large", 431, packet(&[("A", &"b".repeat(396))], b"")),
    ];
    for modifier in [1, 5, 30, 99, 101, 110, 111, 173, 200, 224, 255] {
        let mut bytes = get("/hello");
        bytes[0] = modifier;
        cases.push(Case::status("another modifier1", 501, bytes));
    }
    for other in [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "\x16\x03\x01\x02\x00",
        "\x01\x01\x00\x01\x00\x08\x00\x00",
    ] {
        cases.push(Case::status("another protocol", 501, other.into()));
    }
    cases
}

/// A packet whose vars are these bytes.
fn block(vars: &[u8]) -> Vec<u8> {
    let [low, high] = u16::try_from(vars.len()).unwrap().to_le_bytes();
    [&[0, low, high, 0], vars].concat()
}

/// A good request with so many bytes behind its last var.
fn trailing(count: usize) -> Vec<u8> {
    let mut vars = get("/hello")[4..].to_vec();
    vars.resize(vars.len() + count, 0);
    block(&vars)
}

fn length(value: &str) -> Vec<u8> {
    packet(&[("REQUEST_METHOD", "POST"), ("PATH_INFO", "/echo"), ("CONTENT_LENGTH", value)], b"")
}
