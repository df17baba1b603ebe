//! What must hold of the encoders of requests, whatever they are given: what they write decodes to
//! the same. It must not know which fuzzer calls.

use crate::error::Error;
use crate::http::BodyLength;
use crate::limits::Limits;
use crate::step::{End, Step};
use crate::{fastcgi, http, scgi, uwsgi};
use alloc::vec::Vec;

/// Any bytes as vars, split at 0xFF: what is encoded decodes to the same, or is refused for what
/// the vars say, never for how they were written.
pub fn fuzz_uwsgi_encode(data: &[u8]) {
    let vars = pairs(data.split(|&byte| byte == 0xFF));
    let mut out = b"before".to_vec();
    let result = uwsgi::encode(&mut out, 0, 0, vars.iter().copied());
    let packet = out.strip_prefix(b"before").unwrap_or(&[]);
    if result.is_err() {
        assert!(packet.is_empty(), "an error leaves out as it was");
        return;
    }
    let mut decoder = uwsgi::Decoder::new();
    match decoder.handle_input(packet, &Limits::default()) {
        Ok(_) => assert!(decoder.vars(packet).iter().eq(vars)),
        Err(Error::NoVars) => assert!(vars.is_empty()),
        Err(Error::TooManyVars { limit }) => assert!(vars.len() > limit),
        Err(error) => assert!(is_about_vars(error), "{error}"),
    }
}

/// Any bytes as vars, split at 0xFF: what is encoded decodes to the same, or is refused for what
/// the vars say, never for how they were written.
pub fn fuzz_scgi_encode(data: &[u8]) {
    let vars = pairs(data.split(|&byte| byte == 0xFF));
    let mut out = b"before".to_vec();
    let result = scgi::encode(&mut out, vars.iter().copied(), 7);
    let request = out.strip_prefix(b"before").unwrap_or(&[]);
    if result.is_err() {
        assert!(request.is_empty(), "an error leaves out as it was");
        return;
    }
    let mut decoder = scgi::Decoder::new();
    match decoder.handle_input(request, &Limits::default()) {
        Ok(_) => assert!(decoder.vars(request).iter().skip(2).eq(vars)),
        Err(Error::TooManyVars { limit }) => assert!(vars.len() + 2 > limit),
        Err(error) => assert!(is_about_vars(error) || error == Error::NoScgi, "{error}"),
    }
}

/// Any bytes as how to cut, vars split at 0xFF, and a body: what is encoded decodes to the same, or
/// is refused for what the vars say, never for how they were written.
pub fn fuzz_fastcgi_encode(data: &[u8]) {
    let Some((&[high, low, padding, flags], data)) = data.split_first_chunk() else {
        return;
    };
    let cut = fastcgi::Cut { size_max: u16::from_be_bytes([high, low]), padding };
    let mut parts = data.split(|&byte| byte == 0xFF);
    let body = parts.next().unwrap_or(&[]);
    let mut vars = pairs(parts);
    vars.insert(0, (b"REQUEST_METHOD", b"POST"));
    let mut out = b"before".to_vec();
    let keeps = flags & 1 != 0;
    let result = fastcgi::encode_request(&mut out, 7, keeps, vars.iter().copied(), body, cut);
    let request = out.strip_prefix(b"before").unwrap_or(&[]);
    if result.is_err() {
        assert!(request.is_empty(), "an error leaves out as it was");
        return;
    }
    let (mut decoder, mut received) = (fastcgi::Decoder::new(), request.to_vec());
    match decoder.handle_input(&mut received, &Limits::default()) {
        Ok(step) => {
            assert_eq!((step, decoder.handle_end()), (Step::Ready, End::Whole));
            assert!(decoder.vars(&received).iter().eq(vars) && &received[decoder.body()] == body);
            assert_eq!((decoder.request_id(), decoder.keep_connection()), (7, keeps));
        }
        Err(Error::VarsTooLarge { .. } | Error::TooManyVars { .. } | Error::BodyDiffers { .. }) => {
        }
        Err(error) => assert!(is_about_vars(error), "{error}"),
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
    let result = http::encode_request(&mut chunked, "PUT", "/", headers, BodyLength::Chunked);
    assert_eq!(result, http::encode_request(&mut known, "PUT", "/", headers, length));
    if result.is_err() {
        assert!(chunked.is_empty() && known.is_empty(), "an error leaves out as it was");
        return;
    }
    chunks.for_each(|chunk| http::encode_chunk(&mut chunked, chunk));
    http::encode_last_chunk(&mut chunked);
    known.extend(&body);
    let (mut one, mut other) = (http::Decoder::new(), http::Decoder::new());
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

/// Keys and values in turn; a last key without a value is left out.
fn pairs<'a>(mut parts: impl Iterator<Item = &'a [u8]>) -> Vec<(&'a [u8], &'a [u8])> {
    core::iter::from_fn(|| Some((parts.next()?, parts.next()?))).collect()
}

/// Whether it is for what the vars say that a request is refused.
fn is_about_vars(error: Error) -> bool {
    matches!(
        error,
        Error::NoMethod
            | Error::NulInPath { .. }
            | Error::ContentLengthByte { .. }
            | Error::ContentLengthOverflow { .. }
            | Error::ContentLengthsDiffer { .. }
            | Error::BodyTooLarge { .. }
    )
}
