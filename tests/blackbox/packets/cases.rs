//! The table: what may arrive on a uwsgi socket, well formed or not, and what it must meet.

use super::Case;
use crate::harness::{get, packet, post, request};

/// Requests that are answered by a handler.
pub(super) fn good() -> Vec<Case> {
    let echo = |more: &[(&str, &str)]| request("POST", "/echo", more, b"12345");
    let nobody = "0 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n";
    let length = |value| [("REQUEST_METHOD", "POST"), ("PATH_INFO", "/body"), ("CONTENT_LENGTH", value)];
    let method = ("REQUEST_METHOD", "GET");
    vec![
        Case::text("a plain GET", get("/hello"), "hello, world\n"),
        Case::text("a body", post("/echo", b"12345"), "12345"),
        Case::text("an empty length", packet(&length(""), b""), nobody),
        Case::text("a length of 0", packet(&length("0"), b""), nobody),
        Case::text("a length with zeros in front", request("POST", "/echo", &[("CONTENT_LENGTH", "0005")], b"12345"), "12345"),
        Case::text("the same length twice", echo(&[("CONTENT_LENGTH", "5")]), "12345"),
        Case::text("bytes after the body", post("/echo", b"12345"), "12345").ignoring(b"67"),
        Case::text("a second packet after the body", post("/echo", b"12345"), "12345").ignoring(&get("/hello")),
        Case::text("a second packet without a body", get("/hello"), "hello, world\n").ignoring(&get("/hello")),
        Case::text("a half-close after the request", post("/echo", b"12345"), "12345").then_end(),
        Case::text("modifier2, which says nothing here", { let mut bytes = get("/hello"); bytes[3] = 7; bytes }, "hello, world\n"),
        Case::text("headers that speak of a length", echo(&[("HTTP_CONTENT_LENGTH", "99"), ("HTTP_TRANSFER_ENCODING", "chunked")]), "12345"),
        Case::text("vars that uWSGI would act on", request("GET", "/hello", &[("UWSGI_FILE", "/etc/passwd"), ("UWSGI_POSTFILE", "/etc/passwd"), ("UWSGI_SETENV", "A=B"), ("UWSGI_CHDIR", "/"), ("UWSGI_APPID", "x"), ("UWSGI_MODULE", "x")], b""), "hello, world\n"),
        Case::text("a path given twice", request("GET", "/no", &[("PATH_INFO", "/hello")], b""), "hello, world\n"),
        Case::text("DOCUMENT_URI for a path", packet(&[method, ("DOCUMENT_URI", "/hello")], b""), "hello, world\n"),
        Case::text("REQUEST_URI for a path", packet(&[method, ("REQUEST_URI", "/hello?a=/no")], b""), "hello, world\n"),
        Case::text("SCRIPT_NAME, not put in front", request("GET", "/hello", &[("SCRIPT_NAME", "/no")], b""), "hello, world\n"),
        Case::text("a value at the very end", request("GET", "/len", &[("HTTP_X_PAD", "seven..")], b""), "7\n"),
        Case::text("an empty value at the very end", request("GET", "/len", &[("HTTP_X_PAD", "")], b""), "0\n"),
        Case::text("a body as large as it may be", post("/echo", &[b'b'; 100]), &"b".repeat(100)),
        Case::text("as many vars as there may be", request("GET", "/hello", &[("A", "b"); 7], b""), "hello, world\n"),
    ]
}

/// Requests that are refused, whole or not.
pub(super) fn bad() -> Vec<Case> {
    let mut cases = vec![
        Case::status("no such path", 404, get("/no")),
        Case::status("a path with another method", 405, post("/hello", b"")),
        Case::status("a method in lower case", 405, request("get", "/hello", &[], b"")),
        Case::status("a method in mixed case", 405, request("Get", "/hello", &[], b"")),
        Case::status("a method in lower case, no such path", 405, request("get", "/no", &[], b"")),
        Case::status("no vars", 400, vec![0, 0, 0, 0]),
        Case::status("no method", 400, packet(&[("PATH_INFO", "/hello")], b"")),
        Case::status("an empty method", 400, request("", "/hello", &[], b"")),
        Case::status("an empty key", 400, block(b"\x00\x00\x01\x00x")),
        Case::status("a key that overruns", 400, block(b"\x09\x00short\x00\x00")),
        Case::status("a key that overruns by far", 400, block(b"\xff\xffshort\x00\x00")),
        Case::status("a key and no value", 400, block(b"\x05\x00short")),
        Case::status("half the size of a value", 400, block(b"\x05\x00short\x01")),
        Case::status("a value that overruns", 400, block(b"\x05\x00short\x02\x00x")),
        Case::status("one byte behind the vars", 400, trailing(1)),
        Case::status("two bytes behind the vars", 400, trailing(2)),
        Case::status("a NUL in the path", 400, get("/hello\0.html")),
        Case::status("a NUL in REQUEST_URI", 400, request("GET", "/hello", &[("REQUEST_URI", "/\0")], b"")),
        Case::status("two lengths", 400, request("POST", "/echo", &[("CONTENT_LENGTH", "6")], b"12345")),
        Case::status("a length and an empty one", 400, request("POST", "/echo", &[("CONTENT_LENGTH", "")], b"12345")),
        Case::status("a body one byte too large", 413, request("POST", "/echo", &[("CONTENT_LENGTH", "101")], b"")).without_length(),
        Case::status("a length of 2^64 - 1", 413, length("18446744073709551615")),
        Case::status("one var too many", 431, request("GET", "/hello", &[("A", "b"); 8], b"")),
        Case::status("vars one byte too large", 431, packet(&[("A", &"b".repeat(396))], b"")),
        Case::status("the end inside the head", 400, vec![0, 5]).then_end(),
        Case::status("the end inside the vars", 400, get("/hello")[..40].to_vec()).then_end(),
        Case::status("the end inside the body", 400, { let mut bytes = post("/echo", b"12345"); bytes.pop(); bytes }).then_end(),
        Case::nothing("nothing and then the end").then_end(),
    ];
    for value in ["+5", " 5", "5 ", "-5", "12abc", "abc", "0x5", "5,5", "1e1", "18446744073709551616", "99999999999999999999999"] {
        cases.push(Case::status("a length that is no number", 400, length(value)));
    }
    for modifier in [1, 5, 30, 100, 101, 110, 111, 173, 200, 224, 255] {
        let mut bytes = get("/hello");
        bytes[0] = modifier;
        cases.push(Case::status("another modifier1", 501, bytes));
    }
    for other in ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\x16\x03\x01\x02\x00", "\x01\x01\x00\x01\x00\x08\x00\x00"] {
        cases.push(Case::status("another protocol", 501, other.into()));
    }
    cases
}

/// A packet whose vars are these bytes.
fn block(vars: &[u8]) -> Vec<u8> {
    let [low, high] = u16::try_from(vars.len()).expect("a small block").to_le_bytes();
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
