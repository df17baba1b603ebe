//! Answers that have no body, and vars as an application sees them. Guards that no body follows
//! where HTTP has none, or the next reader would take it for something else.

use crate::harness::{Server, request};

#[test]
fn no_body_where_http_has_none() {
    let server = Server::start("probe", &[]);
    for (status, length) in [(204, None), (304, None), (200, Some("0")), (404, Some("0"))] {
        let answer = server.get(&format!("/status/{status}"));
        assert_eq!((answer.status, answer.header("content-length")), (status, length));
        assert!(answer.body.is_empty());
    }
    server.stop();
}

#[test]
fn head_is_get_without_the_body() {
    let server = Server::start("probe", &[]);
    for (uri, length) in [
        ("/hello", Some("13")),
        ("/bytes/100000", Some("100000")),
        ("/stream/5", None),
        ("/status/204", None),
    ] {
        let client = server.send(&request("HEAD", uri, &[], b""));
        let answer = client.answer_to_head().unwrap().expect("an answer");
        let whole = server.get(uri);
        assert_eq!(answer.status, whole.status, "{uri}");
        assert_eq!(answer.header("content-length"), length, "{uri}");
        assert_eq!(answer.header("content-type"), whole.header("content-type"), "{uri}");
    }
    server.stop();
}

#[test]
fn a_method_that_is_not_routed_is_told_which_are() {
    let server = Server::start("probe", &[]);
    let answer = server.ask(&request("DELETE", "/hello", &[], b""));
    assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD")));
    server.stop();
}

#[test]
fn vars_are_seen_as_they_were_sent() {
    let server = Server::start("probe", &[]);
    let more = [("HTTP_X_A", "first"), ("HTTP_X_A", "last"), ("HTTP_X_EMPTY", ""), ("X", "a\r\nb")];
    let answer = server.ask(&request("GET", "/env?a=b%20c", &more, b""));
    let vars: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    for (key, value) in [
        ("HTTP_X_A", "last"),
        ("HTTP_X_EMPTY", ""),
        ("X", "a\r\nb"),
        ("QUERY_STRING", "a=b%20c"),
        ("CONTENT_LENGTH", ""),
    ] {
        assert_eq!(vars[key], value, "{key}");
    }
    // Bytes that are no UTF-8 are shown as latin-1.
    let mut bytes = request("GET", "/env", &[("HTTP_X_B", "*")], b"");
    *bytes.last_mut().unwrap() = 0xe9;
    let vars: serde_json::Value = serde_json::from_slice(&server.ask(&bytes).body).unwrap();
    assert_eq!(vars["HTTP_X_B"], "\u{e9}");
    server.stop();
}
