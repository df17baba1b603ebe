//! What is kept of bodies and vars, byte for byte.

use std::time::Duration;

use serde_json::{Value, json};

use super::{ALL, wait_for_files};
use crate::harness::{Server, let_pass, post, request};

/// Base64 (RFC 4648, 4).
pub(super) fn decode(text: &str) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for letter in text.bytes().filter(|letter| *letter != b'=') {
        let value = LETTERS.iter().position(|known| *known == letter).expect("base64");
        bits = bits << 6 | u32::try_from(value).unwrap();
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xFF).unwrap());
        }
    }
    bytes
}

fn body(kept: &Value) -> Vec<u8> {
    decode(kept["body"].as_str().unwrap())
}

#[test]
fn a_body_is_kept_as_far_as_it_may_be() {
    let size = ["--capture-size", "50000", "--post-buffering", "80000"];
    let server = Server::start("probe", &[ALL, &size].concat());
    let large: Vec<u8> = (0..200_000_u32).map(|at| u8::try_from(at % 251).unwrap()).collect();
    // All of it, the start of one in memory, and of one in a file.
    for (number, length) in [0, 50_000, 60_000, 200_000].into_iter().enumerate() {
        let sent = &large[..length];
        assert_eq!(server.ask(&post("/body", sent)).status, 200);
        let all = wait_for_files(server.folder(), number + 1);
        let kept = &all[number];
        let expected = length.min(50_000);
        assert!(body(kept) == sent[..expected], "{length}");
        assert_eq!(kept["body_size"], length, "{length}");
        assert_eq!(kept["body_kept"], expected, "{length}");
        assert_eq!(kept["body_is_cut"], length > expected, "{length}");
        // Two a second of one kind are kept.
        if number == 1 {
            let_pass(Duration::from_millis(1_050));
        }
    }
    server.stop();
}

#[test]
fn no_body_is_kept_where_none_may_be() {
    let server = Server::start("probe", &[ALL, &["--capture-size", "0"]].concat());
    assert_eq!(server.ask(&post("/body", b"a body")).status, 200);
    let kept = &wait_for_files(server.folder(), 1)[0];
    assert_eq!((&kept["body"], &kept["body_size"]), (&"".into(), &6.into()));
    server.stop();
}

#[test]
fn vars_are_kept_in_their_order_doubled_ones_too() {
    let server = Server::start("probe", ALL);
    let vars = [("HTTP_X", "one"), ("HTTP_Y", "\u{e9}"), ("HTTP_X", "two"), ("HTTP_X", "")];
    assert_eq!(server.ask(&request("GET", "/status/500", &vars, b"")).status, 500);
    let kept = &wait_for_files(server.folder(), 1)[0];
    let found = kept["vars"].as_array().unwrap();
    let expected = [
        json!(["REQUEST_METHOD", "GET"]),
        json!(["REQUEST_URI", "/status/500"]),
        json!(["PATH_INFO", "/status/500"]),
        json!(["QUERY_STRING", ""]),
        json!(["CONTENT_LENGTH", ""]),
        json!(["HTTP_X", "one"]),
        // UTF-8 has two bytes for it, each of which is a character here.
        json!(["HTTP_Y", "\u{c3}\u{a9}"]),
        json!(["HTTP_X", "two"]),
        json!(["HTTP_X", ""]),
    ];
    assert_eq!(found.as_slice(), expected);
    server.stop();
}
