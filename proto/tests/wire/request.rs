//! The rules for a request's vars, codec or not: length of the body, method, path, query.

use crate::{GET, Var};
use cleanslate_proto::error::Error;
use cleanslate_proto::limits::Limits;
use cleanslate_proto::request;
use cleanslate_proto::uwsgi::Decoder;
use cleanslate_proto::vars::Vars;

/// Calls `read` with these vars, as a decoder indexed them, whatever it thinks of them.
fn with_vars<T>(vars: &[Var<'_>], read: impl FnOnce(Vars<'_>) -> T) -> T {
    let packet = crate::request(vars, b"");
    let mut decoder = Decoder::new();
    let _ = decoder.handle_input(&packet, &Limits::default());
    let seen = decoder.vars(&packet);
    assert_eq!(seen.len(), vars.len());
    read(seen)
}

#[track_caller]
fn check_rules(vars: &[Var<'_>], expected: Result<u64, Error>) {
    let limits = Limits { limit_post: 100, ..Limits::default() };
    assert_eq!(with_vars(vars, |vars| request::check(vars, &limits)), expected);
}

#[track_caller]
fn check_lengths(values: &[&[u8]], expected: Result<u64, Error>) {
    let mut vars: Vec<Var<'_>> = vec![GET];
    vars.extend(values.iter().map(|&value| (&b"CONTENT_LENGTH"[..], value)));
    check_rules(&vars, expected);
    vars.rotate_left(1);
    check_rules(&vars, expected);
}

#[test]
fn lengths() {
    let byte = |byte| Err(Error::ContentLengthByte { byte });
    check_lengths(&[], Ok(0));
    check_lengths(&[b""], Ok(0));
    check_lengths(&[b"0"], Ok(0));
    check_lengths(&[b"100"], Ok(100));
    check_lengths(&[b"0000000000000000000000000000042"], Ok(42));
    check_lengths(&[b"101"], Err(Error::BodyTooLarge { size: 101, limit: 100 }));
    check_lengths(&[b"+5"], byte(b'+'));
    check_lengths(&[b"-5"], byte(b'-'));
    check_lengths(&[b"12abc"], byte(b'a'));
    check_lengths(&[b" 5"], byte(b' '));
    check_lengths(&[b"5 "], byte(b' '));
    check_lengths(&[b"5, 5"], byte(b','));
    check_lengths(&[b"0x5"], byte(b'x'));
    check_lengths(&[b"5\0"], byte(0));
    check_lengths(&["\u{0665}".as_bytes()], byte(0xD9));
    let (size, limit) = (u64::MAX, 100);
    check_lengths(&[b"18446744073709551615"], Err(Error::BodyTooLarge { size, limit }));
    let overflow = |digits| Err(Error::ContentLengthOverflow { digits });
    check_lengths(&[b"18446744073709551616"], overflow(20));
    check_lengths(&[b"99999999999999999999999"], overflow(23));
}

#[test]
fn repeated_lengths() {
    let differ = |first, other| Err(Error::ContentLengthsDiffer { first, other });
    check_lengths(&[b"5", b"5"], Ok(5));
    check_lengths(&[b"5", b"05", b"005"], Ok(5));
    check_lengths(&[b"", b""], Ok(0));
    check_lengths(&[b"5", b"6"], differ(5, 6));
    check_lengths(&[b"5", b"5", b"0"], differ(5, 0));
    // An empty one is 0: "none" beside 5 is a contradiction.
    check_lengths(&[b"5", b""], differ(5, 0));
    check_lengths(&[b"", b"5"], differ(0, 5));
    check_lengths(&[b"0", b""], Ok(0));
    // Above the limit and contradicting: malformed comes first.
    check_lengths(&[b"500", b"600"], differ(500, 600));
    check_lengths(&[b"5", b"x"], Err(Error::ContentLengthByte { byte: b'x' }));
}

#[test]
fn methods() {
    let method = |value: &'static [u8]| (&b"REQUEST_METHOD"[..], value);
    check_rules(&[], Err(Error::NoMethod));
    check_rules(&[method(b"")], Err(Error::NoMethod));
    check_rules(&[GET, method(b"")], Err(Error::NoMethod));
    check_rules(&[method(b""), GET], Ok(0));
    // A method that is none of ours is for the application to answer.
    check_rules(&[method(b"brew")], Ok(0));
    with_vars(&[GET, method(b"PUT")], |vars| assert_eq!(request::method(vars), b"PUT"));
    with_vars(&[(b"A", b"")], |vars| assert_eq!(request::method(vars), b""));
}

#[test]
fn nul_in_a_path() {
    for var in ["PATH_INFO", "DOCUMENT_URI", "REQUEST_URI"] {
        let error = Err(Error::NulInPath { var, at: 2 });
        check_rules(&[GET, (var.as_bytes(), b"/a\0b")], error);
        // Not only where it counts: another program may look at it.
        check_rules(&[(var.as_bytes(), b"/a\0"), (var.as_bytes(), b"/"), GET], error);
    }
    check_rules(&[GET, (b"QUERY_STRING", b"\0"), (b"HTTP_X", b"\0")], Ok(0));
    check_rules(&[GET, (b"PATH_INFO", b"/%00")], Ok(0));
}

#[test]
fn which_error_wins() {
    let nul: Var<'_> = (b"PATH_INFO", b"\0");
    let letter: Var<'_> = (b"CONTENT_LENGTH", b"x");
    let large: Var<'_> = (b"CONTENT_LENGTH", b"101");
    let in_path = Err(Error::NulInPath { var: "PATH_INFO", at: 0 });
    let in_length = Err(Error::ContentLengthByte { byte: b'x' });
    check_rules(&[nul, letter], in_path);
    check_rules(&[letter, nul], in_length);
    check_rules(&[large, nul], in_path);
    check_rules(&[large], Err(Error::NoMethod));
    check_rules(&[large, GET], Err(Error::BodyTooLarge { size: 101, limit: 100 }));
}

#[track_caller]
fn check_path(vars: &[Var<'_>], expected: &[u8]) {
    with_vars(vars, |vars| assert_eq!(request::path(vars), expected));
}

#[test]
fn paths() {
    let path: Var<'_> = (b"PATH_INFO", b"/path");
    let document: Var<'_> = (b"DOCUMENT_URI", b"/document");
    let uri: Var<'_> = (b"REQUEST_URI", b"/uri?a=/b?c");
    check_path(&[uri, document, path], b"/path");
    check_path(&[uri, document], b"/document");
    check_path(&[uri], b"/uri");
    check_path(&[GET], b"/");
    check_path(&[(b"PATH_INFO", b""), document], b"/document");
    check_path(&[(b"PATH_INFO", b""), (b"DOCUMENT_URI", b""), uri], b"/uri");
    check_path(&[path, (b"PATH_INFO", b""), uri], b"/uri");
    check_path(&[(b"REQUEST_URI", b"")], b"/");
    check_path(&[(b"REQUEST_URI", b"?a=b")], b"/");
    check_path(&[(b"PATH_INFO", b"/a?b")], b"/a?b");
    check_path(&[path, (b"SCRIPT_NAME", b"/mount")], b"/path");
    check_path(&[(b"PATH_INFO", b"/old"), path], b"/path");
}

#[track_caller]
fn check_query(vars: &[Var<'_>], expected: &[u8]) {
    with_vars(vars, |vars| assert_eq!(request::query(vars), expected));
}

#[test]
fn queries() {
    let uri: Var<'_> = (b"REQUEST_URI", b"/uri?a=/b?c");
    check_query(&[uri, (b"QUERY_STRING", b"x=1")], b"x=1");
    check_query(&[uri], b"a=/b?c");
    // nginx dropped it in a rewrite.
    check_query(&[uri, (b"QUERY_STRING", b"")], b"");
    check_query(&[(b"REQUEST_URI", b"/uri")], b"");
    check_query(&[(b"REQUEST_URI", b"/uri?")], b"");
    check_query(&[GET], b"");
}
