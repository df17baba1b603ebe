//! What must hold of SCGI requests, whatever the bytes. It must not know which fuzzer calls.

use crate::error::Error;
use crate::limits::Limits;
use crate::scgi::{Decoder, encode};
use crate::step::{End, Step};
use alloc::vec::Vec;

/// Any bytes as a request: the outcome is the same whole and byte by byte; what is whole encodes
/// back to the same bytes if its first two vars are where the encoder puts them.
pub fn fuzz_scgi_decode(data: &[u8]) {
    let small = Limits { buffer_size: 96, max_vars: 4, limit_post: 24 };
    for limits in [Limits::default(), small] {
        let mut whole = Decoder::new();
        let outcome = whole.handle_input(data, &limits);
        let mut decoder = Decoder::new();
        let mut last = Ok(Step::NeedMore);
        for end in 0..=data.len() {
            let step = decoder.handle_input(&data[..end], &limits);
            assert!(last == Ok(Step::NeedMore) || step == last, "an outcome stays");
            last = step;
        }
        assert_eq!(last, outcome);
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
pub fn fuzz_scgi_encode(data: &[u8]) {
    let mut parts = data.split(|&byte| byte == 0xFF);
    let mut vars: Vec<(&[u8], &[u8])> = Vec::new();
    while let (Some(key), Some(value)) = (parts.next(), parts.next()) {
        vars.push((key, value));
    }
    let mut out = b"before".to_vec();
    let result = encode(&mut out, vars.iter().copied(), 7);
    let request = out.strip_prefix(b"before").unwrap_or(&[]);
    if result.is_err() {
        assert!(request.is_empty(), "an error leaves out as it was");
        return;
    }
    let mut decoder = Decoder::new();
    match decoder.handle_input(request, &Limits::default()) {
        Ok(_) => assert!(decoder.vars(request).iter().skip(2).eq(vars)),
        Err(Error::TooManyVars { limit }) => assert!(vars.len() + 2 > limit),
        Err(error) => assert!(
            matches!(
                error,
                Error::NoMethod
                    | Error::NoScgi
                    | Error::ContentLengthByte { .. }
                    | Error::ContentLengthOverflow { .. }
                    | Error::ContentLengthsDiffer { .. }
            ),
            "{error}"
        ),
    }
}

fn encodes_back(data: &[u8], decoder: &Decoder) {
    let (vars, body) = (decoder.vars(data), decoder.body());
    assert_eq!(decoder.wanted(), Some(body.end));
    assert!(data.get(body).is_some() && decoder.has_vars());
    let mut own = vars.iter();
    let length = own.next().and_then(|(_, value)| str::from_utf8(value).ok()?.parse().ok());
    if let (Some(length), Some((b"SCGI", b"1"))) = (length, own.next()) {
        let mut again = Vec::new();
        assert_eq!(encode(&mut again, own, length), Ok(()));
        // The length's leading zeros are lost, so that it is the vars that are compared.
        let mut decoder = Decoder::new();
        let _ = decoder.handle_input(&again, &Limits::default());
        assert!(decoder.vars(&again).iter().skip(1).eq(vars.iter().skip(1)));
    }
}
