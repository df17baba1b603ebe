//! What fuzzers call: each function takes any bytes and panics when an invariant is broken. It must
//! not know which fuzzer calls; `cargo test` calls the same functions with the stored corpus.

mod fastcgi;
mod http;
mod scgi;

pub use fastcgi::{fuzz_fastcgi_answer, fuzz_fastcgi_decode, fuzz_fastcgi_encode};
pub use http::{fuzz_http_decode, fuzz_http_encode};
pub use scgi::{fuzz_scgi_decode, fuzz_scgi_encode};

use crate::error::Error;
use crate::limits::Limits;
use crate::response::{self, Length};
use crate::step::{End, Step};
use crate::{request, uwsgi};
use alloc::vec::Vec;

/// Any bytes as a packet: the outcome is the same whole, byte by byte and cut in two; a packet that
/// is whole encodes back to the same bytes.
pub fn fuzz_uwsgi_decode(data: &[u8]) {
    let small = Limits { buffer_size: 96, max_vars: 4, limit_post: 24 };
    for limits in [Limits::default(), small] {
        let mut whole = uwsgi::Decoder::new();
        let outcome = whole.handle_input(data, &limits);
        same_outcome_by_bytes(data, &limits, outcome);
        match outcome {
            Ok(Step::NeedMore) => {
                let is_short = matches!(whole.handle_end(), End::Short(Error::Short { .. }));
                assert_eq!(is_short, !data.is_empty());
                assert!(whole.wanted().is_none_or(|wanted| wanted > data.len()));
            }
            Ok(Step::Ready) => {
                assert_eq!(whole.handle_end(), End::Whole);
                encodes_back(data, &whole);
            }
            Err(error) => {
                assert_eq!(whole.handle_end(), End::Short(error));
                assert!((400..600).contains(&error.status()));
            }
        }
    }
}

/// Any bytes as vars, split at 0xFF: what is encoded decodes to the same, or is refused for what
/// the vars say, never for how they were written.
pub fn fuzz_uwsgi_encode(data: &[u8]) {
    let mut parts = data.split(|&byte| byte == 0xFF);
    let mut vars: Vec<(&[u8], &[u8])> = Vec::new();
    while let (Some(key), Some(value)) = (parts.next(), parts.next()) {
        vars.push((key, value));
    }
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
        Err(error) => assert!(
            matches!(
                error,
                Error::NoMethod
                    | Error::NulInPath { .. }
                    | Error::ContentLengthByte { .. }
                    | Error::ContentLengthOverflow { .. }
                    | Error::ContentLengthsDiffer { .. }
                    | Error::BodyTooLarge { .. }
            ),
            "{error}"
        ),
    }
}

/// Any bytes as an answer: a head is there from its last byte on and no sooner, and none of its
/// headers holds what ends a line.
pub fn fuzz_response_decode(data: &[u8]) {
    let whole = response::decode_head(data);
    // Each prefix is decoded from its start, which is quadratic.
    let data = &data[..data.len().min(2_000)];
    for end in 0..data.len() {
        let part = response::decode_head(&data[..end]);
        match (part, whole) {
            (Ok(None), Ok(Some(head))) => assert!(end < head.size),
            (Ok(None), Ok(None) | Err(_)) => {}
            (Ok(Some(part)), Ok(Some(head))) => {
                assert!(end >= head.size && part.headers().eq(head.headers()));
            }
            (Err(part), Err(error)) => assert_eq!(part, error),
            (Ok(Some(_)) | Err(_), _) => panic!("the outcome changed after {end} bytes"),
        }
    }
    if let Ok(Some(head)) = whole {
        assert!((100..=999).contains(&head.status));
        for (name, value) in head.headers() {
            assert!(!name.is_empty() && is_one_line(name) && is_one_line(value));
        }
    }
}

/// Any bytes as status, length and headers (split at 0xFF) of an answer: what is encoded decodes to
/// the same, with not one line more.
pub fn fuzz_response_encode(data: &[u8]) {
    let Some((&[high, low, kind], data)) = data.split_first_chunk() else {
        return;
    };
    let status = u16::from_be_bytes([high, low]) % 1_000;
    let length = match kind % 3 {
        0 => Length::Known(u64::from(kind)),
        1 => Length::UntilClose,
        _ => Length::NoBody,
    };
    let mut parts = data.split(|&byte| byte == 0xFF);
    let mut headers: Vec<(&str, &[u8])> = Vec::new();
    while let (Some(name), Some(value)) = (parts.next(), parts.next()) {
        if let Ok(name) = str::from_utf8(name) {
            headers.push((name, value));
        }
    }
    let mut out = b"before".to_vec();
    let result = response::encode_head(&mut out, status, headers.iter().copied(), length);
    let bytes = out.strip_prefix(b"before").unwrap_or(&[]);
    if result.is_err() {
        assert!(bytes.is_empty(), "an error leaves out as it was");
        return;
    }
    let Ok(Some(head)) = response::decode_head(bytes) else {
        // The encoder has no limit on a head, the decoder has.
        assert!(bytes.len() > response::HEAD_SIZE_MAX);
        return;
    };
    let has_length = head.content_length().is_some();
    let ours = headers.iter().map(|(name, value)| (name.as_bytes(), value.trim_ascii()));
    assert!(head.headers().take(headers.len()).eq(ours));
    assert_eq!((head.status, head.size), (status, bytes.len()));
    assert_eq!(head.headers().count(), headers.len() + usize::from(has_length));
    let ends = bytes.iter().filter(|&&byte| byte == b'\n' || byte == b'\r').count();
    assert_eq!(ends, 2 * (1 + head.headers().count() + 1));
    assert!(!bytes.contains(&0));
}

fn same_outcome_by_bytes(data: &[u8], limits: &Limits, outcome: Result<Step, Error>) {
    let mut decoder = uwsgi::Decoder::new();
    let mut last = Ok(Step::NeedMore);
    for end in 0..=data.len() {
        let step = decoder.handle_input(&data[..end], limits);
        assert!(last == Ok(Step::NeedMore) || step == last, "an outcome stays");
        last = step;
    }
    assert_eq!(last, outcome);
    // A decoder that served another packet before is as good as a new one.
    let cut = data.iter().map(|&byte| usize::from(byte)).sum::<usize>() % (data.len() + 1);
    decoder.reset();
    let first = decoder.handle_input(&data[..cut], limits);
    assert!(first == Ok(Step::NeedMore) || first == outcome);
    assert_eq!(decoder.handle_input(data, limits), outcome);
}

fn encodes_back(data: &[u8], decoder: &uwsgi::Decoder) {
    let (vars, body) = (decoder.vars(data), decoder.body());
    assert_eq!(decoder.wanted(), Some(body.end));
    assert!(data.get(body.clone()).is_some() && decoder.has_vars());
    let mut again = Vec::new();
    let modifier2 = decoder.head().map_or(0, |head| head.modifier2);
    assert_eq!(uwsgi::encode(&mut again, 0, modifier2, vars.iter()), Ok(()));
    assert!(again == data[..body.start] && vars.iter().count() == vars.len());
    for (key, _) in vars.iter() {
        let last = vars.iter().rfind(|var| var.0 == key);
        assert_eq!(vars.get(key), last.map(|var| var.1));
    }
    assert!(!request::method(vars).is_empty() && !request::path(vars).is_empty());
    assert!(!request::path(vars).contains(&0));
    let _ = request::query(vars);
}

fn is_one_line(text: &[u8]) -> bool {
    !text.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0))
}
