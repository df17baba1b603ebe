//! What the tables of FastCGI connections share: records that may be wrong in any way, and checks
//! that decode whole, byte by byte, cut at every point and with bytes after, gaps closed or left.

use crate::fuzz_every_way;
use crate::{GET, Var};
use cleanslate_proto::error::Error;
use cleanslate_proto::fastcgi::{Capacity, Decoder};
use cleanslate_proto::fuzzing;
use cleanslate_proto::limits::Limits;
use cleanslate_proto::step::{End, Step};

pub(crate) const BEGIN: u8 = 1;
pub(crate) const ABORT: u8 = 2;
pub(crate) const PARAMS: u8 = 4;
pub(crate) const STDIN: u8 = 5;
pub(crate) const STDOUT: u8 = 6;
pub(crate) const DATA: u8 = 8;
pub(crate) const GET_VALUES: u8 = 9;

/// A record for which no encoder is asked, so that it may be wrong in any way.
pub(crate) fn record(kind: u8, id: u16, content: &[u8], padding: u8) -> Vec<u8> {
    let [id_high, id_low] = id.to_be_bytes();
    let [size_high, size_low] = u16::try_from(content.len()).unwrap().to_be_bytes();
    let header = [1, kind, id_high, id_low, size_high, size_low, padding, 0xEE];
    [&header, content, &vec![0xEE; usize::from(padding)]].concat()
}

pub(crate) fn begin(id: u16, role: u8, flags: u8) -> Vec<u8> {
    record(BEGIN, id, &[0, role, flags, 0, 0, 0, 0, 0], 0)
}

/// Vars on the wire, with sizes of one byte where they fit.
pub(crate) fn pairs(vars: &[Var<'_>]) -> Vec<u8> {
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

pub(crate) fn stream(kind: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = bytes.chunks(65_535).flat_map(|part| record(kind, 1, part, 0)).collect();
    out.extend(record(kind, 1, b"", 0));
    out
}

/// A request of id 1 that is not kept, as nginx sends it.
pub(crate) fn request(vars: &[Var<'_>], body: &[u8]) -> Vec<u8> {
    [begin(1, 1, 0), stream(PARAMS, &pairs(vars)), stream(STDIN, body)].concat()
}

/// What a driver has in the end.
#[derive(Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) step: Result<Step, Error>,
    pub(crate) vars: Vec<(Vec<u8>, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
    pub(crate) id: u16,
    pub(crate) keeps: bool,
    pub(crate) closes: bool,
    pub(crate) after: Vec<u8>,
    pub(crate) replies: Vec<u8>,
}

pub(crate) fn seen(vars: &[Var<'_>], body: &[u8]) -> Seen {
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
pub(crate) fn nothing(replies: &[&[u8]], closes: bool) -> Seen {
    let step = Ok(Step::NeedMore);
    Seen { step, id: 0, closes, replies: replies.concat(), ..seen(&[], b"") }
}

pub(crate) fn decode(reads: &[&[u8]], limits: &Limits, closes_gaps: bool) -> Seen {
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
pub(crate) fn check(bytes: &[u8], expected: &Seen) {
    check_within(&Limits::default(), bytes, expected);
}

#[track_caller]
pub(crate) fn check_within(limits: &Limits, bytes: &[u8], expected: &Seen) {
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
pub(crate) fn check_error(bytes: &[u8], decided: usize, error: Error) {
    check_error_within(&Limits::default(), bytes, decided, error);
}

#[track_caller]
pub(crate) fn check_error_within(limits: &Limits, bytes: &[u8], decided: usize, error: Error) {
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
pub(crate) fn check_params(content: &[u8], error: Error) {
    let bytes = [begin(1, 1, 0), stream(PARAMS, content)].concat();
    check_error(&bytes, bytes.len(), error);
}

pub(crate) const FIVE: Var<'_> = (b"CONTENT_LENGTH", b"5");
