//! A table of FastCGI records that are not the request's own: between its records, instead of it,
//! and at its end.

use crate::GET;
use crate::fastcgi::{
    ABORT, BEGIN, DATA, FIVE, GET_VALUES, PARAMS, STDIN, Seen, begin, check, check_error, decode,
    nothing, pairs, record, request, seen, stream,
};
use cleanslate_proto::error::Error;
use cleanslate_proto::fastcgi::STRAY_RECORDS_MAX;
use cleanslate_proto::limits::Limits;
use cleanslate_proto::step::Step;

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
