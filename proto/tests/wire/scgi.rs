//! A table of SCGI requests, each decoded whole, byte by byte, cut at every point and with bytes
//! after it; what a client sends; and what holds for all bytes.

use crate::fuzz_every_way;
use crate::{GET, Var};
use cleanslate_proto::error::Error;
use cleanslate_proto::fuzzing;
use cleanslate_proto::limits::Limits;
use cleanslate_proto::scgi::{Decoder, encode};
use cleanslate_proto::step::{End, Step};
use proptest::collection::vec;
use proptest::prelude::*;

const SCGI: Var<'_> = (b"SCGI", b"1");
const NO_BODY: Var<'_> = (b"CONTENT_LENGTH", b"0");

/// A netstring for which `scgi::encode` is not asked, so that it may be wrong in any way.
fn netstring(block: &[u8]) -> Vec<u8> {
    [format!("{}:", block.len()).as_bytes(), block, b","].concat()
}

fn block(vars: &[Var<'_>]) -> Vec<u8> {
    vars.iter().flat_map(|(key, value)| [key, &b"\0"[..], value, b"\0"].concat()).collect()
}

/// A request that must decode to these vars, in this order, and this body.
#[track_caller]
fn check_whole(vars: &[Var<'_>], body: &[u8]) {
    let limits = Limits::default();
    let head = netstring(&block(vars));
    let request = [&head, body].concat();
    let size_end = head.iter().position(|&byte| byte == b':').unwrap() + 1;
    let verify = |decoder: &Decoder, received: &[u8]| {
        assert!(decoder.vars(received).iter().eq(vars.iter().copied()));
        assert_eq!(&received[decoder.body()], body);
        assert_eq!(decoder.wanted(), Some(request.len()));
        assert_eq!(decoder.handle_end(), End::Whole);
        assert!(decoder.has_vars() && decoder.has_anything());
    };
    let mut decoder = Decoder::new();
    assert_eq!(decoder.handle_input(&request, &limits), Ok(Step::Ready));
    verify(&decoder, &request);

    decoder.reset();
    for received in 0..request.len() {
        let step = decoder.handle_input(&request[..received], &limits);
        assert_eq!(step, Ok(Step::NeedMore), "after {received} bytes");
        let wanted = match received {
            _ if received < size_end => None,
            _ if received < head.len() => Some(head.len()),
            _ => Some(request.len()),
        };
        let end = match received {
            0 => End::Nothing,
            _ => End::Short(Error::Short { received, wanted }),
        };
        assert_eq!((decoder.wanted(), decoder.handle_end()), (wanted, end), "at {received}");
        assert_eq!(decoder.has_vars(), received >= head.len());
        assert_eq!(decoder.has_anything(), received > 0);
    }
    for cut in 0..request.len() {
        decoder.reset();
        let step = decoder.handle_input(&request[..cut], &limits);
        assert_eq!(step, Ok(Step::NeedMore), "cut at {cut}");
        assert_eq!(decoder.handle_input(&request, &limits), Ok(Step::Ready));
    }
    let more = [&request[..], b"\0more"].concat();
    assert_eq!(decoder.handle_input(&more, &limits), Ok(Step::Ready));
    verify(&decoder, &more);
    decoder.reset();
    assert_eq!(decoder.handle_input(&more, &limits), Ok(Step::Ready));
    verify(&decoder, &more);
}

/// Bytes that must be refused with this error once `decided` of them are there, not sooner.
#[track_caller]
fn check_error_within(limits: &Limits, request: &[u8], decided: usize, error: Error) {
    let mut decoder = Decoder::new();
    assert_eq!(decoder.handle_input(request, limits), Err(error));
    assert_eq!(decoder.handle_input(request, limits), Err(error), "it stays");
    assert_eq!(decoder.handle_end(), End::Short(error));
    assert_eq!((decoder.body(), decoder.wanted()), (0..0, None));
    decoder.reset();
    for received in 0..=request.len() {
        let expected = if received < decided { Ok(Step::NeedMore) } else { Err(error) };
        let step = decoder.handle_input(&request[..received], limits);
        assert_eq!(step, expected, "after {received} bytes");
    }
    let more = [request, b"12:more"].concat();
    decoder.reset();
    assert_eq!(decoder.handle_input(&more, limits), Err(error));
}

#[track_caller]
fn check_error(request: &[u8], decided: usize, error: Error) {
    check_error_within(&Limits::default(), request, decided, error);
}

/// Vars that must be refused when they and the comma are there.
#[track_caller]
fn check_block(block: &[u8], error: Error) {
    let request = netstring(block);
    check_error(&request, request.len(), error);
}

#[test]
fn requests() {
    check_whole(&[NO_BODY, SCGI, GET], b"");
    check_whole(&[NO_BODY, GET, (b"PATH_INFO", b"/"), (b"A", b""), SCGI], b"");
    check_whole(&[(b"CONTENT_LENGTH", b""), SCGI, GET], b"");
    check_whole(&[(b"CONTENT_LENGTH", b"4"), SCGI, GET], b"a\0,b");
    check_whole(&[(b"CONTENT_LENGTH", b"10"), GET, SCGI, (b"A", b"\xFF\r\n,:")], b"0123456789");
    check_whole(&[NO_BODY, GET, (b"SCGI", b"2"), SCGI], b"");
}

#[test]
fn sizes() {
    let byte = |byte| Error::NetstringSize { byte };
    check_error(b":", 1, byte(b':'));
    check_error(b"GET / HTTP/1.1\r\n", 1, byte(b'G'));
    check_error(b"+5:", 1, byte(b'+'));
    check_error(b" 5:", 1, byte(b' '));
    check_error(b"5 :", 2, byte(b' '));
    check_error(b"12,:", 3, byte(b','));
    check_error(b"07:", 2, byte(b'7'));
    check_error(b"00:", 2, byte(b'0'));
    check_error(b"0:,", 2, Error::NoVars);
    let limit = 65_535;
    check_error(b"65536:", 5, Error::VarsTooLarge { size: 65_536, limit });
    check_error(b"100000", 6, Error::VarsTooLarge { size: 100_000, limit });
    let limits = Limits { buffer_size: usize::MAX, ..Limits::default() };
    check_error_within(&limits, b"99999:", 5, Error::VarsTooLarge { size: 99_999, limit });
    let limits = Limits { buffer_size: 50, ..limits };
    let error = Error::VarsTooLarge { size: 51, limit: 50 };
    check_error_within(&limits, b"51:CONTENT_LENGTH", 2, error);
}

#[test]
fn largest() {
    let small = block(&[NO_BODY, SCGI, GET, (b"A", b"")]).len();
    let value = vec![b'x'; 65_535 - small];
    let request = netstring(&block(&[NO_BODY, SCGI, GET, (b"A", &value)]));
    let mut decoder = Decoder::new();
    assert_eq!(decoder.handle_input(&request, &Limits::default()), Ok(Step::Ready));
    assert_eq!(decoder.vars(&request).get(b"A"), Some(&value[..]));
    let limits = Limits { max_vars: 4, ..Limits::default() };
    decoder.reset();
    assert_eq!(decoder.handle_input(&request, &limits), Ok(Step::Ready));
    let request = netstring(&block(&[NO_BODY, SCGI, GET, (b"A", b""), (b"B", b"")]));
    check_error_within(&limits, &request, request.len(), Error::TooManyVars { limit: 4 });
}

#[test]
fn blocks() {
    let request = netstring(&block(&[NO_BODY, SCGI, GET]));
    let end = request.len();
    let wrong = [&request[..end - 1], b";"].concat();
    check_error(&wrong, end, Error::NetstringEnd { byte: b';' });
    check_block(b"CONTENT_LENGTH", Error::NoTerminator { at: 0 });
    check_block(b"CONTENT_LENGTH\0", Error::NoValue { at: 0 });
    check_block(b"CONTENT_LENGTH\x000", Error::NoTerminator { at: 15 });
    check_block(b"CONTENT_LENGTH\x000\0SCGI\0", Error::NoValue { at: 17 });
    check_block(b"CONTENT_LENGTH\x000\0SCGI", Error::NoTerminator { at: 17 });
    check_block(b"CONTENT_LENGTH\x000\0\x001\0", Error::EmptyKey { at: 17 });
    check_block(b"\0\0", Error::EmptyKey { at: 0 });
}

#[test]
fn rules() {
    check_block(&block(&[SCGI, NO_BODY, GET]), Error::ContentLengthNotFirst);
    check_block(&block(&[(b"content_length", b"0"), SCGI, GET]), Error::ContentLengthNotFirst);
    check_block(&block(&[NO_BODY, GET]), Error::NoScgi);
    check_block(&block(&[NO_BODY, (b"SCGI", b"2"), GET]), Error::NoScgi);
    check_block(&block(&[NO_BODY, SCGI]), Error::NoMethod);
    let length = |value| block(&[(b"CONTENT_LENGTH", value), SCGI, GET]);
    check_block(&length(b"+1"), Error::ContentLengthByte { byte: b'+' });
    let (size, limit) = (67_108_865, 67_108_864);
    check_block(&length(b"67108865"), Error::BodyTooLarge { size, limit });
    let (first, other) = (0, 1);
    let differ = block(&[NO_BODY, SCGI, GET, (b"CONTENT_LENGTH", b"1")]);
    check_block(&differ, Error::ContentLengthsDiffer { first, other });
    let nul_free = [NO_BODY, SCGI, GET, (b"PATH_INFO", b"/%00")];
    check_whole(&nul_free, b"");
}

#[test]
fn after_an_error_a_log_can_say_whose_request_it_was() {
    let request = netstring(&block(&[NO_BODY, SCGI, (b"PATH_INFO", b"/x")]));
    let mut decoder = Decoder::new();
    assert!(decoder.handle_input(&request, &Limits::default()).is_err());
    assert_eq!(decoder.vars(&request).get(b"PATH_INFO"), Some(&b"/x"[..]));
    decoder.reset();
    assert!(decoder.vars(&request).is_empty());
}

#[test]
fn statuses_and_texts() {
    let check = |error: Error, text| assert_eq!((error.status(), &*error.to_string()), (400, text));
    let at = 7;
    let byte = b'\n';
    check(Error::NetstringSize { byte }, r#"the netstring's size has "\n" in it"#);
    check(Error::NetstringEnd { byte }, r#"the vars end with "\n", not with a comma"#);
    check(Error::NoTerminator { at }, "the string at byte 7 has no NUL at its end");
    check(Error::NoValue { at }, "the last key, at byte 7, has no value");
    check(Error::NulInVar { at }, "the var at byte 7 has a NUL in it");
    check(Error::ContentLengthNotFirst, "CONTENT_LENGTH is not the first var");
    check(Error::NoScgi, "there is no SCGI var that is 1");
}

#[test]
fn what_cannot_be_sent() {
    let check = |vars: &[Var<'_>], error| {
        let mut out = b"before".to_vec();
        assert_eq!(encode(&mut out, vars.iter().copied(), 3), Err(error));
        assert_eq!(out, b"before");
    };
    check(&[(b"", b"1")], Error::EmptyKey { at: 24 });
    check(&[(b"A", b"1\0")], Error::NulInVar { at: 24 });
    check(&[(b"A", b""), (b"B\0", b"")], Error::NulInVar { at: 27 });
    let large = vec![b'x'; 65_535 - 24 - 2];
    check(&[(b"A", &large)], Error::VarsTooLarge { size: 65_536, limit: 65_535 });
    assert_eq!(encode(&mut Vec::new(), [(&b"A"[..], &large[1..])], 3), Ok(()));
}

proptest! {
    #[test]
    fn a_request_comes_back(
        vars in vec((vec(1..=255_u8, 1..20), vec(1..=255_u8, 0..50)), 0..40),
        body in vec(any::<u8>(), 0..300),
        after in vec(any::<u8>(), 0..30),
        cut in any::<prop::sample::Index>(),
    ) {
        let all: Vec<Var<'_>> =
            [GET].into_iter().chain(vars.iter().map(|(key, value)| (&key[..], &value[..]))).collect();
        let mut request = Vec::new();
        encode(&mut request, all.iter().copied(), body.len() as u64).unwrap();
        request.extend(&body);
        request.extend(after);
        let mut decoder = Decoder::new();
        let _ = decoder.handle_input(&request[..cut.index(request.len())], &Limits::default());
        prop_assert_eq!(decoder.handle_input(&request, &Limits::default()), Ok(Step::Ready));
        prop_assert!(decoder.vars(&request).iter().skip(2).eq(all));
        prop_assert_eq!(&request[decoder.body()], &body[..]);
    }

    #[test]
    fn any_bytes(pieces in vec(prop_oneof![
        vec(any::<u8>(), 0..6),
        Just(b"CONTENT_LENGTH\x001\0SCGI\x001\0".to_vec()),
        Just(b"REQUEST_METHOD\0GET\0".to_vec()),
        Just(b"A\0\0".to_vec()),
    ], 0..6), off in 0..3_usize) {
        let block = pieces.concat();
        fuzz_every_way(&block, fuzzing::fuzz_scgi_decode);
        fuzzing::fuzz_scgi_encode(&block);
        fuzz_every_way(&[&netstring(&block[off.min(block.len())..]), &b"12"[..]].concat(), fuzzing::fuzz_scgi_decode);
    }
}
