//! A table of FastCGI requests that are right: vars, bodies, records of every form, limits.

use crate::fastcgi::{
    BEGIN, FIVE, PARAMS, STDIN, Seen, begin, check, check_error, check_error_within, check_within,
    decode, pairs, record, request, seen, stream,
};
use crate::{GET, Var};
use cleanslate_proto::error::Error;
use cleanslate_proto::limits::Limits;

#[test]
fn requests() {
    for (vars, body) in [
        (&[GET][..], &b""[..]),
        (&[GET, (b"CONTENT_LENGTH", b"")], b""),
        (&[GET, (b"CONTENT_LENGTH", b"0")], b""),
        (&[GET, FIVE], b"hello"),
        (&[FIVE, GET, FIVE], b"hello"),
        (&[GET, (b"A", b"1"), (b"A", b""), (b"\xFF\0", b"\r\n")], b""),
        (&[GET, (b"HTTP_CONTENT_LENGTH", b"12abc"), (b"UWSGI_FILE", b"/x")], b""),
    ] {
        check(&request(vars, body), &seen(vars, body));
    }
}

#[test]
fn a_body_of_unknown_length_is_what_comes() {
    check(&request(&[GET], b"hello"), &seen(&[GET], b"hello"));
    let vars = [GET, (b"CONTENT_LENGTH", b"")];
    check(&request(&vars, b"hello"), &seen(&vars, b"hello"));
    let limits = Limits { limit_post: 5, ..Limits::default() };
    check_within(&limits, &request(&[GET], b"hello"), &seen(&[GET], b"hello"));
    let bytes = [
        begin(1, 1, 0),
        stream(PARAMS, &pairs(&[GET])),
        record(STDIN, 1, b"hello", 0),
        record(STDIN, 1, b"!", 0),
    ]
    .concat();
    let error = Error::BodyTooLarge { size: 6, limit: 5 };
    check_error_within(&limits, &bytes, bytes.len() - 1, error);
}

#[test]
fn lengths_of_every_form() {
    for size in [0, 1, 127, 128, 255, 256, 1_000] {
        let (key, value) = (vec![b'K'; size.max(1)], vec![b'v'; size]);
        let vars: [Var<'_>; 3] = [(&key, b"1"), GET, (b"HTTP_X", &value)];
        check(&request(&vars, b""), &seen(&vars, b""));
    }
    // Four bytes where one would do.
    let long = b"\x80\0\0\x01\x80\0\0\x02Kvv";
    let content = [&pairs(&[GET])[..], long, b"\x80\0\0\x01\0K", b"\x01\x80\0\0\0K"].concat();
    let bytes = [begin(1, 1, 0), stream(PARAMS, &content), stream(STDIN, b"")].concat();
    check(&bytes, &seen(&[GET, (b"K", b"vv"), (b"K", b""), (b"K", b"")], b""));
}

#[test]
fn records_of_every_size_and_padding() {
    let large = [b'x'; 200];
    let vars: [Var<'_>; 3] = [GET, FIVE, (b"HTTP_X", &large)];
    let content = pairs(&vars);
    for size in [1, 2, 3, 7, 64, 300] {
        for padding in [0, 1, 7, 255] {
            let mut bytes = begin(1, 1, 0);
            let last: [(u8, &[u8]); 2] = [(PARAMS, &content), (STDIN, b"hello")];
            for (kind, stream) in last {
                for part in stream.chunks(size) {
                    bytes.extend(record(kind, 1, part, padding));
                }
                bytes.extend(record(kind, 1, b"", padding));
            }
            if bytes.len() < 4_000 {
                check(&bytes, &seen(&vars, b"hello"));
            } else {
                assert_eq!(decode(&[&bytes], &Limits::default(), true), seen(&vars, b"hello"));
            }
        }
    }
    let padded = record(BEGIN, 1, &[0, 1, 0, 9, 9, 9, 9, 9], 255);
    let rest = [stream(PARAMS, &pairs(&[GET])), stream(STDIN, b"")].concat();
    check(&[padded, rest].concat(), &seen(&[GET], b""));
}

#[test]
fn ids_and_the_keep_flag() {
    for (id, flags) in [(1, 1), (255, 0), (256, 1), (65_535, 0xFF), (2, 0xFE)] {
        let bytes = [
            begin(id, 1, flags),
            record(PARAMS, id, &pairs(&[GET]), 0),
            record(PARAMS, id, b"", 0),
            record(STDIN, id, b"", 3),
        ]
        .concat();
        check(&bytes, &Seen { id, keeps: flags & 1 == 1, ..seen(&[GET], b"") });
    }
}

#[test]
fn large_requests() {
    let body = vec![b'b'; 200_000];
    let vars = [GET, (b"CONTENT_LENGTH", &b"200000"[..])];
    check(&request(&vars, &body), &seen(&vars, &body));
    let room = 65_535 - pairs(&[GET, (b"X", &[b'x'; 200])]).len() + 200;
    let value = vec![b'x'; room];
    check(&request(&[GET, (b"X", &value)], b""), &seen(&[GET, (b"X", &value)], b""));
    // One more, in a record of its own.
    let value = vec![b'x'; room + 1];
    let vars = pairs(&[GET, (b"X", &value)]);
    let bytes = [begin(1, 1, 0), stream(PARAMS, &vars)].concat();
    let decided = 16 + 8 + 65_535 + 8;
    let error = Error::VarsTooLarge { size: 65_536, limit: 65_535 };
    check_error(&bytes, decided, error);
    // The index has 16 bits, whatever the limit says.
    let limits = Limits { buffer_size: 1_000_000, ..Limits::default() };
    check_error_within(&limits, &bytes, decided, error);
    let limits = Limits { buffer_size: 40, ..Limits::default() };
    let error = Error::VarsTooLarge { size: 65_535, limit: 40 };
    check_error_within(&limits, &bytes, 16 + 8, error);
}

#[test]
fn many_vars() {
    let limits = Limits { max_vars: 2, ..Limits::default() };
    check_within(&limits, &request(&[GET, GET], b""), &seen(&[GET, GET], b""));
    let bytes = [begin(1, 1, 0), stream(PARAMS, &pairs(&[GET; 3]))].concat();
    check_error_within(&limits, &bytes, bytes.len(), Error::TooManyVars { limit: 2 });
}
