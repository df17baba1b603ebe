//! What must hold of the heads of answers, whatever the bytes. It must not know which fuzzer calls.

use super::plan::Plan;
use crate::response::{self, Length};
use alloc::vec::Vec;

/// Any plan and bytes as an answer: a head is there from its last byte on and no sooner, and none
/// of its headers holds what ends a line.
pub fn fuzz_response_decode(input: &[u8]) {
    let (plan, data) = Plan::split(input);
    let whole = response::decode_head(data);
    // Each prefix is decoded from its start, which is quadratic.
    for end in plan.ends(data.len(), 64) {
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

fn is_one_line(text: &[u8]) -> bool {
    !text.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0))
}
