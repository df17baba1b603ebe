//! A table of FastCGI requests that are refused, with what and where.

use crate::fastcgi::{
    BEGIN, DATA, FIVE, GET_VALUES, PARAMS, STDIN, STDOUT, begin, check_error, check_params, pairs,
    record, stream,
};
use crate::{GET, Var};
use cleanslate_proto::error::Error;
use cleanslate_proto::fastcgi::Decoder;
use cleanslate_proto::limits::Limits;

#[test]
fn vars_that_are_not_well_formed() {
    let get = pairs(&[GET]);
    let at = get.len();
    let check = |rest: &[u8], error| check_params(&[&get, rest].concat(), error);
    check(b"\x01", Error::TrailingBytes { at, count: 1 });
    check(b"\x81\0\0\x01", Error::TrailingBytes { at, count: 4 });
    check(b"\x81\0\0\x01\x80\0\0", Error::TrailingBytes { at, count: 7 });
    check(b"\0\0", Error::EmptyKey { at });
    check(b"\0\x01x", Error::EmptyKey { at });
    check(b"\x80\0\0\0\x01x", Error::EmptyKey { at });
    check(b"\x03\0AB", Error::KeyOverrun { at, size: 3, left: 2 });
    check(b"\xFF\xFF\xFF\xFF\0A", Error::KeyOverrun { at, size: 0x7FFF_FFFF, left: 1 });
    check(b"\x01\x02Ab", Error::ValueOverrun { at, size: 2, left: 1 });
    check(b"\x01\xFF\xFF\xFF\xFFA", Error::ValueOverrun { at, size: 0x7FFF_FFFF, left: 0 });
    check_params(b"", Error::NoVars);
}

#[test]
fn rules_for_requests() {
    let check = |vars: &[Var<'_>], error| check_params(&pairs(vars), error);
    check(&[(b"PATH_INFO", b"/")], Error::NoMethod);
    check(&[GET, (b"PATH_INFO", b"/\0")], Error::NulInPath { var: "PATH_INFO", at: 1 });
    check(&[GET, (b"CONTENT_LENGTH", b"+5")], Error::ContentLengthByte { byte: b'+' });
    let (first, other) = (5, 0);
    let differ = Error::ContentLengthsDiffer { first, other };
    check(&[GET, FIVE, (b"CONTENT_LENGTH", b"")], differ);
    let (size, limit) = (67_108_865, 67_108_864);
    let large = Error::BodyTooLarge { size, limit };
    check(&[GET, (b"CONTENT_LENGTH", b"67108865")], large);
}

#[test]
fn bodies_of_another_length() {
    let head = [begin(1, 1, 0), stream(PARAMS, &pairs(&[GET, FIVE]))].concat();
    let check = |rest: &[&[u8]], decided: usize, size| {
        let bytes = [&head, &rest.concat()[..]].concat();
        check_error(&bytes, head.len() + decided, Error::BodyDiffers { announced: 5, size });
    };
    check(&[&record(STDIN, 1, b"", 0)], 8, 0);
    check(&[&record(STDIN, 1, b"hell", 0), &record(STDIN, 1, b"", 9)], 8 + 4 + 8, 4);
    check(&[&record(STDIN, 1, b"hello!", 0)], 8, 6);
    check(&[&record(STDIN, 1, b"hello", 2), &record(STDIN, 1, b"!", 0)], 8 + 7 + 8, 6);
    let none = [begin(1, 1, 0), stream(PARAMS, &pairs(&[GET, (b"CONTENT_LENGTH", b"0")]))].concat();
    let bytes = [&none, &record(STDIN, 1, b"x", 0)[..]].concat();
    check_error(&bytes, none.len() + 8, Error::BodyDiffers { announced: 0, size: 1 });
}

#[test]
fn records_where_none_may_be() {
    let start = begin(1, 1, 1);
    let check = |before: &[u8], record: &[u8], kind| {
        let bytes = [before, record].concat();
        check_error(&bytes, before.len() + 8, Error::UnexpectedRecord { kind });
    };
    let in_params = [&start[..], &record(PARAMS, 1, b"\x01", 0)].concat();
    let in_body = [&start[..], &stream(PARAMS, &pairs(&[GET]))].concat();
    for before in [&start, &in_params, &in_body] {
        for kind in [BEGIN, 3, STDOUT, 7, DATA, GET_VALUES, 10, 11, 12, 0, 255] {
            check(before, &record(kind, 1, b"12345678", 0), kind);
        }
    }
    check(&start, &record(STDIN, 1, b"", 0), STDIN);
    check(&in_params, &record(STDIN, 1, b"x", 0), STDIN);
    check(&in_body, &record(PARAMS, 1, b"", 0), PARAMS);
    check(&in_body, &record(PARAMS, 1, b"\x01\0A", 0), PARAMS);
}

#[test]
fn beginnings_and_versions() {
    for size in [0, 7, 9] {
        let bytes = record(BEGIN, 1, &vec![0; size], 0);
        let size = u16::try_from(size).unwrap();
        check_error(&bytes, 8, Error::BeginSize { size });
    }
    check_error(b"GET / HTTP/1.1\r\n", 8, Error::RecordVersion { head: *b"GET " });
    let uwsgi = crate::request(&[GET], b"");
    check_error(&uwsgi, 8, Error::RecordVersion { head: [0, 21, 0, 0] });
    let start = begin(1, 1, 0);
    for version in [0, 2, 255] {
        let mut bytes = [&start[..], &stream(PARAMS, b"")].concat();
        bytes[16] = version;
        check_error(&bytes, 16 + 8, Error::RecordVersion { head: [version, PARAMS, 0, 1] });
    }
}

#[test]
fn after_an_error_the_peer_can_be_answered() {
    let mut decoder = Decoder::new();
    let head = pairs(&[(b"PATH_INFO", b"/big"), GET, (b"CONTENT_LENGTH", b"99999999999")]);
    let mut bytes =
        [begin(9, 1, 1), record(PARAMS, 9, &head, 0), record(PARAMS, 9, b"", 0)].concat();
    assert!(decoder.handle_input(&mut bytes, &Limits::default()).is_err());
    assert_eq!(decoder.vars(&bytes).get(b"PATH_INFO"), Some(&b"/big"[..]));
    assert_eq!((decoder.request_id(), decoder.keep_connection()), (9, true));
    decoder.reset();
    assert!(decoder.vars(&bytes).is_empty() && decoder.request_id() == 0);
}
