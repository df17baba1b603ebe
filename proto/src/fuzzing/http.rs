//! What must hold of HTTP requests, whatever the bytes. It must not know which fuzzer calls.

use crate::error::Error;
use crate::http::{BodyLength, Decoder, encode_chunk, encode_last_chunk, encode_request};
use crate::limits::Limits;
use crate::request;
use crate::step::{End, Step};
use alloc::vec::Vec;

/// Any bytes as a request: the outcome, the vars and the body are the same whole, byte by byte and
/// with spent bytes dropped, and what follows the request stays as it was.
pub fn fuzz_http_decode(data: &[u8]) {
    let small = Limits { buffer_size: 96, max_vars: 3, limit_post: 24 };
    for limits in [Limits::default(), small] {
        let (mut whole, mut buffer) = (Decoder::new(), data.to_vec());
        let outcome = whole.handle_input(&mut buffer, &limits);
        check_outcome(data, &whole, outcome);
        for compacts in [false, true] {
            by_bytes(data, &limits, compacts, &whole, &buffer, outcome);
        }
        let consumed = whole.consumed();
        let is_whole = outcome == Ok(Step::Ready);
        assert!(
            !is_whole || buffer.get(consumed..) == data.get(consumed..),
            "what follows stays as it was"
        );
    }
}

/// Any bytes as a body in chunks, split at 0xFF, of a request with any header: it decodes to the
/// same as with a known length.
pub fn fuzz_http_encode(data: &[u8]) {
    let mut chunks = data.split(|&byte| byte == 0xFF);
    let value = chunks.next().unwrap_or(&[]);
    let headers = [("Host", &b"a"[..]), ("X-Value", value)];
    let (mut chunked, mut known) = (Vec::new(), Vec::new());
    let body: Vec<u8> = chunks.clone().flatten().copied().collect();
    let length = BodyLength::Known(body.len() as u64);
    let result = encode_request(&mut chunked, "PUT", "/", headers, BodyLength::Chunked);
    assert_eq!(result, encode_request(&mut known, "PUT", "/", headers, length));
    if result.is_err() {
        assert!(chunked.is_empty() && known.is_empty(), "an error leaves out as it was");
        return;
    }
    chunks.for_each(|chunk| encode_chunk(&mut chunked, chunk));
    encode_last_chunk(&mut chunked);
    known.extend(&body);
    let (mut one, mut other) = (Decoder::new(), Decoder::new());
    let outcome = one.handle_input(&mut chunked, &Limits::default());
    assert_eq!(outcome, other.handle_input(&mut known, &Limits::default()));
    if outcome.is_ok() {
        assert_eq!((outcome, &chunked[one.body()]), (Ok(Step::Ready), &body[..]));
        assert_eq!(known[other.body()], body);
        assert_eq!((one.consumed(), other.consumed()), (chunked.len(), known.len()));
        for key in [&b"CONTENT_LENGTH"[..], b"HTTP_X_VALUE", b"PATH_INFO"] {
            assert_eq!(one.vars().get(key), other.vars().get(key));
        }
        assert_eq!(one.vars().get(b"HTTP_X_VALUE"), Some(value.trim_ascii()));
    }
}

fn check_outcome(data: &[u8], decoder: &Decoder, outcome: Result<Step, Error>) {
    match outcome {
        Ok(Step::NeedMore) => {
            let is_short = matches!(decoder.handle_end(), End::Short(Error::Short { .. }));
            assert_eq!(is_short, decoder.has_anything());
            assert!(decoder.wanted().is_none_or(|wanted| wanted > data.len()));
            assert_eq!(decoder.consumed(), 0);
        }
        Ok(Step::Ready) => {
            assert_eq!(decoder.handle_end(), End::Whole);
            assert!(decoder.body().end <= decoder.consumed() && decoder.consumed() <= data.len());
            let vars = decoder.vars();
            assert!(vars.get(b"CONTENT_LENGTH").is_some() || decoder.body().is_empty());
            assert!(request::path(vars).starts_with(b"/") && !request::path(vars).contains(&0));
            for (key, value) in vars.iter() {
                let is_plain = |byte: &u8| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_');
                assert!(key.iter().all(is_plain));
                let is_path = key == b"PATH_INFO";
                assert!(is_path || !value.iter().any(|byte| b"\r\n\0".contains(byte)));
            }
        }
        Err(error) => {
            assert_eq!(decoder.handle_end(), End::Short(error));
            assert!((400..600).contains(&error.status()) && !decoder.keep_alive());
        }
    }
}

fn by_bytes(
    data: &[u8],
    limits: &Limits,
    compacts: bool,
    whole: &Decoder,
    decoded: &[u8],
    outcome: Result<Step, Error>,
) {
    let (mut decoder, mut buffer) = (Decoder::new(), Vec::new());
    let mut last = decoder.handle_input(&mut buffer, limits);
    for &byte in data {
        buffer.push(byte);
        let step = decoder.handle_input(&mut buffer, limits);
        assert!(last == Ok(Step::NeedMore) || step == last, "an outcome stays");
        last = step;
        if compacts {
            decoder.compact(&mut buffer);
        }
    }
    assert_eq!(last, outcome);
    assert!(decoder.vars().iter().eq(whole.vars().iter()));
    if outcome == Ok(Step::Ready) {
        assert_eq!(buffer[decoder.body()], decoded[whole.body()]);
        assert_eq!(buffer[decoder.consumed()..], decoded[whole.consumed()..]);
        assert_eq!(decoder.keep_alive(), whole.keep_alive());
    }
}
