//! What a request's vars answer, also over bytes they do not belong to.

use crate::{GET, Var, request};
use cleanslate_proto::limits::Limits;
use cleanslate_proto::uwsgi::Decoder;
use cleanslate_proto::vars::VarIndex;

const VARS: [Var<'_>; 6] = [
    GET,
    (b"A", b"first"),
    (b"EMPTY", b""),
    (b"A", b"last"),
    (b"AB", b"longer key"),
    (b"HTTP_COOKIE", b"secret"),
];

#[track_caller]
fn check(key: &[u8], expected: Option<&[u8]>) {
    let packet = request(&VARS, b"");
    let mut decoder = Decoder::new();
    decoder.handle_input(&packet, &Limits::default()).unwrap();
    assert_eq!(decoder.vars(&packet).get(key), expected);
}

#[test]
fn the_last_of_a_key_counts() {
    check(b"A", Some(b"last"));
    check(b"AB", Some(b"longer key"));
    check(b"EMPTY", Some(b""));
    check(b"REQUEST_METHOD", Some(b"GET"));
    check(b"a", None);
    check(b"", None);
    check(b"ABC", None);
}

#[test]
fn order_and_count() {
    let packet = request(&VARS, b"");
    let mut decoder = Decoder::new();
    decoder.handle_input(&packet, &Limits::default()).unwrap();
    let vars = decoder.vars(&packet);
    assert!(vars.iter().eq(VARS) && vars.iter().rev().eq(VARS.into_iter().rev()));
    assert_eq!((vars.len(), vars.is_empty()), (6, false));
}

#[test]
fn other_bytes_than_those_indexed_do_not_panic() {
    let packet = request(&VARS, b"");
    let mut decoder = Decoder::new();
    decoder.handle_input(&packet, &Limits::default()).unwrap();
    for end in 0..packet.len() {
        let vars = decoder.vars(&packet[..end]);
        assert!(vars.iter().count() < vars.len());
        let _ = (vars.get(b"A"), vars.get(b"HTTP_COOKIE"));
    }
}

#[test]
fn an_index_starts_empty() {
    let index = VarIndex::new();
    assert!(index.is_empty() && index.view(b"abc").is_empty());
}

#[test]
fn a_log_sees_keys_and_no_values() {
    let packet = request(&VARS, b"");
    let mut decoder = Decoder::new();
    decoder.handle_input(&packet, &Limits::default()).unwrap();
    let text = format!("{:?}", decoder.vars(&packet));
    assert_eq!(text, "Vars{REQUEST_METHOD, A, EMPTY, A, AB, HTTP_COOKIE}");
    assert!(!format!("{decoder:?}").contains("secret"));
}
