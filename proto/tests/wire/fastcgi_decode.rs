//! A table of FastCGI connections, each decoded whole, byte by byte, cut at every point and with
//! bytes after it, with the gaps closed or left; and left by its peer at every byte.

use crate::fuzz_every_way;
use crate::{GET, Var};
use cleanslate_proto::error::Error;
use cleanslate_proto::fastcgi::{Capacity, Decoder, STRAY_RECORDS_MAX};
use cleanslate_proto::fuzzing;
use cleanslate_proto::limits::Limits;
use cleanslate_proto::step::{End, Step};

const BEGIN: u8 = 1;
const ABORT: u8 = 2;
const PARAMS: u8 = 4;
const STDIN: u8 = 5;
const STDOUT: u8 = 6;
const DATA: u8 = 8;
const GET_VALUES: u8 = 9;

/// A record for which no encoder is asked, so that it may be wrong in any way.
fn record(kind: u8, id: u16, content: &[u8], padding: u8) -> Vec<u8> {
    let [id_high, id_low] = id.to_be_bytes();
    let [size_high, size_low] = u16::try_from(content.len()).unwrap().to_be_bytes();
    let header = [1, kind, id_high, id_low, size_high, size_low, padding, 0xEE];
    [&header, content, &vec![0xEE; usize::from(padding)]].concat()
}

fn begin(id: u16, role: u8, flags: u8) -> Vec<u8> {
    record(BEGIN, id, &[0, role, flags, 0, 0, 0, 0, 0], 0)
}

/// Vars on the wire, with sizes of one byte where they fit.
fn pairs(vars: &[Var<'_>]) -> Vec<u8> {
    let size = |part: &[u8]| match part.len() {
        size @ 0..=127 => vec![u8::try_from(size).unwrap()],
        size => (u32::try_from(size).unwrap() | 0x8000_0000).to_be_bytes().to_vec(),
    };
    vars.iter()
        .flat_map(|(key, value)| {
            [&size(key), &size(value), key.to_vec().as_slice(), value].concat()
        })
        .collect()
}

fn stream(kind: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = bytes.chunks(65_535).flat_map(|part| record(kind, 1, part, 0)).collect();
    out.extend(record(kind, 1, b"", 0));
    out
}

/// A request of id 1 that is not kept, as nginx sends it.
fn request(vars: &[Var<'_>], body: &[u8]) -> Vec<u8> {
    [begin(1, 1, 0), stream(PARAMS, &pairs(vars)), stream(STDIN, body)].concat()
}

/// What a driver has in the end.
#[derive(Debug, PartialEq)]
struct Seen {
    step: Result<Step, Error>,
    vars: Vec<(Vec<u8>, Vec<u8>)>,
    body: Vec<u8>,
    id: u16,
    keeps: bool,
    closes: bool,
    after: Vec<u8>,
    replies: Vec<u8>,
}

fn seen(vars: &[Var<'_>], body: &[u8]) -> Seen {
    Seen {
        step: Ok(Step::Ready),
        vars: vars.iter().map(|(key, value)| (key.to_vec(), value.to_vec())).collect(),
        body: body.to_vec(),
        id: 1,
        keeps: false,
        closes: false,
        after: Vec::new(),
        replies: Vec::new(),
    }
}

/// What is left when there is no request any more.
fn nothing(replies: &[&[u8]], closes: bool) -> Seen {
    let step = Ok(Step::NeedMore);
    Seen { step, id: 0, closes, replies: replies.concat(), ..seen(&[], b"") }
}

fn decode(reads: &[&[u8]], limits: &Limits, closes_gaps: bool) -> Seen {
    let mut decoder = Decoder::new();
    let (mut received, mut replies) = (Vec::new(), Vec::new());
    let mut step = Ok(Step::NeedMore);
    for read in reads {
        received.extend(*read);
        step = decoder.handle_input(&mut received, limits);
        decoder.poll_replies(&mut replies, Capacity { connections: 16_384, requests: 1_024 });
        if closes_gaps {
            let size = decoder.compact(&mut received);
            received.truncate(size);
        }
    }
    let is_whole = step == Ok(Step::Ready);
    assert_eq!(is_whole, decoder.handle_end() == End::Whole);
    let own = |(key, value): Var<'_>| (key.to_vec(), value.to_vec());
    Seen {
        step,
        vars: decoder.vars(&received).iter().map(own).collect(),
        body: received[decoder.body()].to_vec(),
        id: decoder.request_id(),
        keeps: decoder.keep_connection(),
        closes: decoder.is_closing(),
        after: if is_whole { received[decoder.consumed()..].to_vec() } else { Vec::new() },
        replies,
    }
}

/// Bytes that must come to this, however they come.
#[track_caller]
fn check(bytes: &[u8], expected: &Seen) {
    check_within(&Limits::default(), bytes, expected);
}

#[track_caller]
fn check_within(limits: &Limits, bytes: &[u8], expected: &Seen) {
    for closes_gaps in [false, true] {
        let decode = |reads: &[&[u8]]| decode(reads, limits, closes_gaps);
        assert_eq!(decode(&[bytes]), *expected);
        let each: Vec<&[u8]> = bytes.chunks(1.max(bytes.len() / 2_000)).collect();
        assert_eq!(decode(&each), *expected, "byte by byte");
        for cut in (0..bytes.len()).step_by(1 + bytes.len() / 500) {
            let (first, second) = bytes.split_at(cut);
            assert_eq!(decode(&[first, second]), *expected, "cut at {cut}");
            if expected.step == Ok(Step::Ready) {
                assert_eq!(decode(&[first]).step, Ok(Step::NeedMore), "after {cut}");
            }
        }
        if expected.step == Ok(Step::Ready) {
            // A second request behind it, at once and later, is left as it is.
            let next = request(&[GET], b"x");
            let more = [bytes, &next].concat();
            let expected = Seen { after: next.clone(), ..decode(&[bytes]) };
            assert_eq!(decode(&[&more]), expected);
            assert_eq!(decode(&[bytes, &next]), expected);
        }
    }
    if bytes.len() < 2_000 {
        fuzz_every_way(bytes, fuzzing::fuzz_fastcgi_decode);
    }
}

/// Bytes that must be refused with this error once `decided` of them are there, not sooner.
#[track_caller]
fn check_error(bytes: &[u8], decided: usize, error: Error) {
    check_error_within(&Limits::default(), bytes, decided, error);
}

#[track_caller]
fn check_error_within(limits: &Limits, bytes: &[u8], decided: usize, error: Error) {
    let mut decoder = Decoder::new();
    let mut received = bytes.to_vec();
    for size in (0..decided).step_by(1 + decided / 500) {
        let step = decoder.handle_input(&mut received[..size], limits);
        assert_eq!(step, Ok(Step::NeedMore), "after {size} bytes");
    }
    for size in [decided - 1, decided, bytes.len(), bytes.len()] {
        let step = decoder.handle_input(&mut received[..size], limits);
        assert_eq!(step, if size < decided { Ok(Step::NeedMore) } else { Err(error) });
    }
    assert_eq!(decoder.handle_end(), End::Short(error));
    assert_eq!((decoder.body(), decoder.wanted(), decoder.announced()), (0..0, None, None));
    assert!(!decoder.has_vars());
    let all = decode(&[bytes, &request(&[GET], b"")], limits, true);
    assert_eq!(all.step, Err(error));
    if bytes.len() < 2_000 {
        fuzz_every_way(bytes, fuzzing::fuzz_fastcgi_decode);
    }
}

/// PARAMS content that must be refused when it is whole.
#[track_caller]
fn check_params(content: &[u8], error: Error) {
    let bytes = [begin(1, 1, 0), stream(PARAMS, content)].concat();
    check_error(&bytes, bytes.len(), error);
}

const FIVE: Var<'_> = (b"CONTENT_LENGTH", b"5");

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

/// Every place between the records of a request.
fn places() -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
    let records = [
        begin(1, 1, 0),
        record(PARAMS, 1, &pairs(&[GET])[..5], 1),
        record(PARAMS, 1, &pairs(&[GET, FIVE])[5..], 0),
        record(PARAMS, 1, b"", 0),
        record(STDIN, 1, b"he", 7),
        record(STDIN, 1, b"llo", 0),
        record(STDIN, 1, b"", 8),
    ];
    (0..records.len()).map(move |at| (records[..at].concat(), records[at..].concat()))
}

#[test]
fn records_of_others_are_ignored() {
    for (before, after) in places() {
        for other in [
            record(STDIN, 2, b"not ours", 3),
            record(PARAMS, 257, b"", 0),
            record(ABORT, 3, b"", 0),
            record(77, 2, b"?", 0),
            record(10, 0, b"\x01\x01a1", 4),
            record(11, 0, b"12345678", 0),
        ] {
            let bytes = [&before[..], &other, &other, &after].concat();
            check(&bytes, &seen(&[GET, FIVE], b"hello"));
        }
    }
}

#[test]
fn a_second_request_at_once_is_refused() {
    for (before, after) in places().skip(1) {
        let others = [begin(7, 1, 1), record(PARAMS, 7, b"\x01\0A", 0), record(STDIN, 7, b"", 0)];
        let bytes = [&before[..], &others.concat(), &after].concat();
        let replies = b"\x01\x03\0\x07\0\x08\0\0\0\0\0\0\x01\0\0\0".to_vec();
        check(&bytes, &Seen { replies, ..seen(&[GET, FIVE], b"hello") });
    }
}

#[test]
fn questions_are_answered() {
    let asked = b"\x0E\0FCGI_MAX_CONNS\x0D\0FCGI_MAX_REQS\x0F\0FCGI_MPXS_CONNS\x05\0OTHER";
    let all: &[u8] = b"\x01\x0A\0\0\0\x3A\0\0\x0E\x05FCGI_MAX_CONNS16384\
        \x0D\x04FCGI_MAX_REQS1024\x0F\x01FCGI_MPXS_CONNS0";
    let one: &[u8] = b"\x01\x0A\0\0\0\x12\0\0\x0F\x01FCGI_MPXS_CONNS0";
    let none: &[u8] = b"\x01\x0A\0\0\0\0\0\0";
    for (before, after) in places() {
        for (content, reply) in [
            (&asked[..], all),
            (b"\x0F\0FCGI_MPXS_CONNS\x0F\0FCGI_MPXS_CONNS", one),
            (b"\x0F\x80\0\0\x01FCGI_MPXS_CONNSx", one),
            (b"\x0F\0FCGI_MPXS_CONNS\x0D\x01FCGI_MAX_REQS", one),
            (b"\x05\0OTHER", none),
            (b"\xFF", none),
            (b"", none),
        ] {
            let bytes = [&before[..], &record(GET_VALUES, 0, content, 5), &after].concat();
            let replies = reply.to_vec();
            check(&bytes, &Seen { replies, ..seen(&[GET, FIVE], b"hello") });
        }
    }
    check(&record(GET_VALUES, 0, asked, 0), &nothing(&[all], false));
}

#[test]
fn kinds_of_the_connection_that_nobody_knows() {
    for kind in [0, BEGIN, ABORT, STDIN, DATA, 12, 255] {
        let (before, after) = places().nth(2).unwrap();
        let bytes = [&before[..], &record(kind, 0, b"12345678", 3), &after].concat();
        let replies = [1, 0x0B, 0, 0, 0, 8, 0, 0, kind, 0, 0, 0, 0, 0, 0, 0].to_vec();
        check(&bytes, &Seen { replies, ..seen(&[GET, FIVE], b"hello") });
    }
}

#[test]
fn aborts() {
    let ended: &[u8] = b"\x01\x03\0\x01\0\x08\0\0\0\0\0\0\0\0\0\0";
    for (before, after) in places().skip(1) {
        let abort = record(ABORT, 1, b"", 2);
        // Not kept: nothing after it is looked at.
        check(&[&before[..], &abort, &after].concat(), &nothing(&[ended], true));
        let mut kept = [&before[..], &abort, &after].concat();
        kept[8 + 2] = 1;
        check(&kept, &nothing(&[ended], false));
        kept.extend(request(&[GET], b"again"));
        let replies = ended.to_vec();
        check(&kept, &Seen { replies, ..seen(&[GET], b"again") });
    }
    check(&record(ABORT, 1, b"", 0), &nothing(&[], false));
}

#[test]
fn roles() {
    for role in [0, 2, 3, 255] {
        let ended: &[u8] = b"\x01\x03\0\x01\0\x08\0\0\0\0\0\0\x03\0\0\0";
        let rest = [stream(PARAMS, &pairs(&[GET])), stream(STDIN, b"x")].concat();
        check(&[&begin(1, role, 0)[..], &rest].concat(), &nothing(&[ended], true));
        let kept = [&begin(1, role, 1)[..], &rest, &request(&[GET], b"")].concat();
        check(&kept, &Seen { replies: ended.to_vec(), ..seen(&[GET], b"") });
    }
    let high = record(BEGIN, 1, &[1, 1, 0, 0, 0, 0, 0, 0], 0);
    assert!(decode(&[&high], &Limits::default(), false).closes);
}

#[test]
fn strays_have_an_end() {
    let stray = record(12, 0, b"", 0);
    let enough = stray.repeat(STRAY_RECORDS_MAX);
    let limit = STRAY_RECORDS_MAX;
    check_error(&[&enough[..], &stray].concat(), enough.len() + 8, Error::StrayRecords { limit });
    let bytes = [&begin(1, 1, 0)[..], &enough, &stray].concat();
    check_error(&bytes, bytes.len(), Error::StrayRecords { limit });
    let last = decode(&[&enough, &request(&[GET], b"")], &Limits::default(), true);
    assert_eq!((last.step, last.replies.len()), (Ok(Step::Ready), 16 * limit));
}

#[test]
fn what_is_done_with_does_not_pile_up() {
    let limits = Limits::default();
    let mut decoder = Decoder::new();
    let mut received = [begin(1, 1, 0), stream(PARAMS, &pairs(&[GET]))].concat();
    assert_eq!(decoder.handle_input(&mut received, &limits), Ok(Step::NeedMore));
    let size = decoder.compact(&mut received);
    assert_eq!(size, pairs(&[GET]).len());
    received.truncate(size);
    let mut body: Vec<u8> = Vec::new();
    for part in 0..100_u8 {
        received.extend(record(STDIN, 1, &[part], 255));
        received.extend(record(STDIN, 2, &[part; 1_000], 0));
        assert_eq!(decoder.handle_input(&mut received, &limits), Ok(Step::NeedMore));
        body.extend(&received[decoder.body()]);
        let rest = decoder.compact_without_body(&mut received);
        received.truncate(rest);
        assert_eq!((rest, decoder.body().len()), (size, 0));
        assert_eq!(decoder.body_size(), u64::from(part) + 1);
    }
    received.extend(record(STDIN, 1, b"", 0));
    assert_eq!(decoder.handle_input(&mut received, &limits), Ok(Step::Ready));
    assert!(body.into_iter().eq(0..100) && decoder.vars(&received).iter().eq([GET]));
    assert_eq!((decoder.announced(), decoder.body_size()), (Some(100), 100));
}

#[test]
fn what_is_known_on_the_way() {
    let mut bytes = request(&[GET, FIVE], b"hello");
    let vars_end = bytes.len() - 8 - 5 - 8;
    let limits = Limits::default();
    let mut decoder = Decoder::new();
    assert_eq!(decoder.handle_end(), End::Nothing);
    for received in 0..bytes.len() {
        let _ = decoder.handle_input(&mut bytes[..received], &limits);
        let end = match received {
            ..16 => End::Nothing,
            _ => End::Short(Error::Short { received, wanted: None }),
        };
        assert_eq!(decoder.handle_end(), end, "after {received} bytes");
        assert_eq!(decoder.has_anything(), received > 0);
        assert_eq!(decoder.has_vars(), received >= vars_end);
        assert_eq!(decoder.announced(), (received >= vars_end).then_some(5));
        let least = match received {
            _ if received < vars_end => None,
            _ if received < vars_end + 8 => Some(vars_end + 5 + 8),
            _ => Some(vars_end + 8 + 5 + 8),
        };
        assert_eq!(decoder.wanted(), least, "after {received} bytes");
    }
    assert_eq!(decoder.handle_input(&mut bytes, &limits), Ok(Step::Ready));
    assert_eq!((decoder.wanted(), decoder.consumed()), (Some(bytes.len()), bytes.len()));
    decoder.reset();
    // Idle again once a question is dealt with.
    let mut asked = record(GET_VALUES, 0, b"", 0);
    assert_eq!(decoder.handle_input(&mut asked, &limits), Ok(Step::NeedMore));
    assert!(!decoder.has_anything());
}

#[test]
fn fewer_bytes_than_before_do_not_panic() {
    let bytes = [request(&[GET, FIVE], b"hello"), begin(2, 1, 0)].concat();
    for size in 0..bytes.len() {
        for less in 0..size {
            let mut decoder = Decoder::new();
            let mut received = bytes.clone();
            let _ = decoder.handle_input(&mut received[..size], &Limits::default());
            let _ = decoder.handle_input(&mut received[..less], &Limits::default());
            let _ = (decoder.wanted(), decoder.vars(&received[..less]).iter().count());
            assert!(decoder.compact(&mut received[..less]) <= less);
        }
    }
}

#[test]
fn a_reset_decoder_is_as_good_as_a_new_one() {
    let limits = Limits::default();
    let mut decoder = Decoder::new();
    let mut strays = record(12, 0, b"", 0).repeat(STRAY_RECORDS_MAX);
    strays.extend(begin(1, 1, 1));
    for _ in 0..2 {
        assert_eq!(decoder.handle_input(&mut strays.clone(), &limits), Ok(Step::NeedMore));
        assert!(decoder.keep_connection() && decoder.request_id() == 1);
        decoder.reset();
        assert!(!decoder.keep_connection() && !decoder.has_anything());
        let capacity = Capacity { connections: 1, requests: 1 };
        assert!(!decoder.poll_replies(&mut Vec::new(), capacity));
    }
}

#[test]
fn after_the_end_of_a_connection_nothing_piles_up() {
    let mut decoder = Decoder::new();
    let mut received = [&begin(1, 1, 0)[..], &record(ABORT, 1, b"", 0), b"anything"].concat();
    assert_eq!(decoder.handle_input(&mut received, &Limits::default()), Ok(Step::NeedMore));
    assert!(decoder.is_closing());
    assert_eq!(decoder.compact(&mut received), 0);
}
