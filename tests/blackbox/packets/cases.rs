//! The table of what is answered by a handler, however odd it looks.

use super::Case;
use crate::harness::{get, packet, post, request};

const GET: (&str, &str) = ("REQUEST_METHOD", "GET");

/// Where a body and a packet end.
pub(super) fn framing() -> Vec<Case> {
    let five = || post("/echo", b"12345");
    let length = |value| {
        packet(
            &[("REQUEST_METHOD", "POST"), ("PATH_INFO", "/body"), ("CONTENT_LENGTH", value)],
            b"",
        )
    };
    let nothing = "0 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n";
    let most = "b".repeat(100);
    vec![
        hello("a plain GET", get("/hello")),
        echo("a body", five()),
        echo("zeros before a length", with(&[("CONTENT_LENGTH", "0005")])),
        echo("the same length twice", with(&[("CONTENT_LENGTH", "5")])),
        Case::text("an empty length", length(""), nothing),
        Case::text("a length of 0", length("0"), nothing),
        Case::text("a body as large as it may be", post("/echo", most.as_bytes()), &most),
        echo("bytes after the body", five()).ignoring(b"67"),
        echo("a second packet after the body", five()).ignoring(&get("/hello")),
        hello("a second packet without a body", get("/hello")).ignoring(&get("/hello")),
        echo("a half-close after the request", five()).then_end(),
        echo(
            "headers that speak of a length",
            with(&[("HTTP_CONTENT_LENGTH", "99"), ("HTTP_TRANSFER_ENCODING", "chunked")]),
        ),
        echo("a header that speaks of no body", with(&[("HTTP_CONTENT_LENGTH", "0")])),
    ]
}

/// Which var counts, and which is not acted on.
pub(super) fn vars() -> Vec<Case> {
    let more = |vars: &[(&str, &str)]| request("GET", "/hello", vars, b"");
    let pad = |value| request("GET", "/len", &[("HTTP_X_PAD", value)], b"");
    let mut with_modifier2 = get("/hello");
    with_modifier2[3] = 7;
    vec![
        hello("modifier2, which says nothing here", with_modifier2),
        hello("a path given twice", request("GET", "/no", &[("PATH_INFO", "/hello")], b"")),
        hello("DOCUMENT_URI for a path", packet(&[GET, ("DOCUMENT_URI", "/hello")], b"")),
        hello("REQUEST_URI for a path", packet(&[GET, ("REQUEST_URI", "/hello?a=/no")], b"")),
        hello("SCRIPT_NAME, not put in front", more(&[("SCRIPT_NAME", "/no")])),
        hello("as many vars as there may be", more(&[("A", "b"); 7])),
        Case::text("a value at the very end", pad("seven.."), "7\n"),
        Case::text("an empty value at the very end", pad(""), "0\n"),
        hello(
            "vars that uWSGI would act on",
            more(&[
                ("UWSGI_FILE", "/etc/passwd"),
                ("UWSGI_POSTFILE", "/etc/passwd"),
                ("UWSGI_SETENV", "A=B"),
                ("UWSGI_CHDIR", "/"),
                ("UWSGI_APPID", "x"),
                ("UWSGI_TOUCH_RELOAD", "x"),
            ]),
        ),
    ]
}

fn hello(name: &'static str, bytes: Vec<u8>) -> Case {
    Case::text(name, bytes, "hello, world\n")
}

/// Of a request whose body is `12345`.
fn echo(name: &'static str, bytes: Vec<u8>) -> Case {
    Case::text(name, bytes, "12345")
}

fn with(vars: &[(&str, &str)]) -> Vec<u8> {
    request("POST", "/echo", vars, b"12345")
}
