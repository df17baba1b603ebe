//! What holds for all bytes: round trips, no panic, and no outcome that depends on the cuts.

use crate::fuzz_every_way;
use cleanslate_proto::error::Error;
use cleanslate_proto::fuzzing;
use cleanslate_proto::limits::Limits;
use cleanslate_proto::response::{Length, check_header, decode_head, encode_head};
use cleanslate_proto::step::Step;
use cleanslate_proto::uwsgi::{Decoder, encode};
use proptest::collection::vec;
use proptest::prelude::*;

type Bytes = Vec<u8>;

/// Feeds `bytes` in reads that end at `cuts`, until something other than "more" is answered.
fn decode_in_reads(bytes: &[u8], cuts: &[prop::sample::Index]) -> (Result<Step, Error>, Decoder) {
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    ends.push(bytes.len());
    ends.sort_unstable();
    let mut decoder = Decoder::new();
    let mut outcome = Ok(Step::NeedMore);
    for end in ends {
        outcome = decoder.handle_input(&bytes[..end], &Limits::default());
        if outcome != Ok(Step::NeedMore) {
            break;
        }
    }
    (outcome, decoder)
}

/// Bytes that are often what a decoder looks for.
fn likely_bytes() -> impl Strategy<Value = Bytes> {
    let piece = prop_oneof![
        vec(any::<u8>(), 0..6),
        Just(b"\x0E\0REQUEST_METHOD\x03\0GET".to_vec()),
        Just(b"\x0E\0CONTENT_LENGTH".to_vec()),
        Just(b"\x01\x003".to_vec()),
        Just(b"\x09\0PATH_INFO\x01\0/".to_vec()),
        Just(b"\x01\0A\0\0".to_vec()),
    ];
    let block = vec(piece, 0..6).prop_map(|pieces| pieces.concat());
    (block, -3_i16..4, any::<bool>()).prop_map(|(block, off, has_head)| {
        let size = i16::try_from(block.len()).unwrap().saturating_add(off).max(0);
        let [low, high] = size.to_le_bytes();
        let head: &[u8] = if has_head { &[0, low, high, 0] } else { &[] };
        [head, &block].concat()
    })
}

fn header_bytes() -> impl Strategy<Value = Bytes> {
    let byte = prop_oneof![
        8 => b' '..=b'~',
        1 => any::<u8>(),
        1 => prop::sample::select(b"\r\n\0\t :".to_vec()),
    ];
    vec(byte, 0..12)
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[!-~]{1,8}",
        4 => "[A-Za-z][A-Za-z0-9_-]{0,8}",
        1 => prop::sample::select(vec!["Status", "Location", "Connection", "Content-Length"])
            .prop_map(String::from),
        1 => any::<String>(),
    ]
}

proptest! {
    #[test]
    fn a_packet_comes_back(
        vars in vec((vec(any::<u8>(), 1..20), vec(any::<u8>(), 0..50)), 0..40),
        body in vec(any::<u8>(), 0..300),
        after in vec(any::<u8>(), 0..30),
        cuts in vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let length = body.len().to_string();
        let ours: [(&[u8], &[u8]); 2] =
            [(b"REQUEST_METHOD", b"POST"), (b"CONTENT_LENGTH", length.as_bytes())];
        let all: Vec<(&[u8], &[u8])> = ours
            .into_iter()
            .chain(vars.iter().map(|(key, value)| (&key[..], &value[..])))
            .collect();
        let mut packet = Vec::new();
        encode(&mut packet, 0, 0, all.iter().copied()).unwrap();
        packet.extend(&body);
        let whole = packet.len();
        packet.extend(after);
        let (outcome, decoder) = decode_in_reads(&packet, &cuts);
        prop_assert_eq!(outcome, Ok(Step::Ready));
        prop_assert!(decoder.vars(&packet).iter().eq(all));
        prop_assert_eq!(&packet[decoder.body()], &body[..]);
        prop_assert_eq!(decoder.wanted(), Some(whole));
    }

    #[test]
    fn cuts_never_change_an_outcome(
        bytes in prop_oneof![likely_bytes(), vec(any::<u8>(), 0..200)],
        cuts in vec(any::<prop::sample::Index>(), 0..10),
    ) {
        let (whole, _) = decode_in_reads(&bytes, &[]);
        let (cut, decoder) = decode_in_reads(&bytes, &cuts);
        prop_assert_eq!(cut, whole);
        let _ = (decoder.handle_end(), decoder.vars(&bytes), decoder.body());
        fuzz_every_way(&bytes, fuzzing::fuzz_uwsgi_decode);
        fuzzing::fuzz_uwsgi_encode(&bytes);
    }

    #[test]
    fn a_head_comes_back(
        status in 100_u16..600,
        headers in vec((name(), header_bytes()), 0..8),
        size in any::<Option<u64>>(),
    ) {
        let headers: Vec<(&str, &[u8])> = headers
            .iter()
            .map(|(name, value)| (&name[..], &value[..]))
            .filter(|(name, value)| check_header(name, value).is_ok())
            .collect();
        let length = size.map_or(Length::UntilClose, Length::Known);
        let mut out = Vec::new();
        encode_head(&mut out, status, headers.iter().copied(), length).unwrap();
        let head = decode_head(&out).unwrap().unwrap();
        let says_length = status >= 200 && status != 204;
        prop_assert_eq!((head.status, head.size), (status, out.len()));
        prop_assert_eq!(head.content_length(), size.filter(|_| says_length));
        let expected = headers.iter().map(|(name, value)| (name.as_bytes(), value.trim_ascii()));
        prop_assert!(head.headers().take(headers.len()).eq(expected));
    }

    #[test]
    fn no_header_ends_a_line(name in name(), value in header_bytes()) {
        let mut out = Vec::new();
        let result = encode_head(&mut out, 200, [(&name[..], &value[..])], Length::NoBody);
        prop_assert_eq!(&result, &check_header(&name, &value));
        let breaks = |bytes: &[u8]| bytes.iter().any(|byte| b"\r\n\0".contains(byte));
        if breaks(name.as_bytes()) || breaks(&value) {
            prop_assert!(result.is_err() && out.is_empty());
        } else if result.is_ok() {
            prop_assert_eq!(out.split(|&byte| byte == b'\n').count(), 4);
        }
    }

    #[test]
    fn any_answer(bytes in prop_oneof![
        vec(any::<u8>(), 0..100),
        vec(header_bytes(), 0..8).prop_map(|lines| lines.join(&b"\r\n"[..])),
    ]) {
        fuzz_every_way(&bytes, fuzzing::fuzz_response_decode);
        fuzz_every_way(&[b"HTTP/1.1 200 ", &bytes[..], b"\r\n\r\n"].concat(), fuzzing::fuzz_response_decode);
        fuzzing::fuzz_response_encode(&bytes);
    }
}
