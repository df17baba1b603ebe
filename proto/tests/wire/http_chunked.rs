//! Chunked bodies: what they decode to, and all that they may not be.

use crate::fuzz_every_way;
use crate::http::{check_error_within, check_whole};
use cleanslate_proto::error::Error;
use cleanslate_proto::fuzzing;
use cleanslate_proto::http::{
    BodyLength, Decoder, encode_chunk, encode_last_chunk, encode_request,
};
use cleanslate_proto::limits::Limits;
use cleanslate_proto::step::Step;
use proptest::collection::vec;
use proptest::prelude::*;

const HEAD: &str = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n";

#[track_caller]
fn check(chunks: &str, body: &str) {
    let length = body.len().to_string();
    let request = format!("{HEAD}{chunks}");
    check_whole(request.as_bytes(), &[(b"CONTENT_LENGTH", length.as_bytes())], body.as_bytes());
}

/// Chunks that must be refused with this error when their last byte is there.
#[track_caller]
fn check_error(chunks: &str, error: Error) {
    let limits = Limits { buffer_size: 100, max_vars: 2, limit_post: 20 };
    let request = format!("{HEAD}{chunks}");
    check_error_within(&limits, request.as_bytes(), request.len(), error);
}

#[test]
fn bodies() {
    check("0\r\n\r\n", "");
    check("4\r\nbody\r\n0\r\n\r\n", "body");
    check("4\r\nbody\r\nA\r\n0123456789\r\n00\r\n\r\n", "body0123456789");
    check("000000000000000f\r\n0123456789abcde\r\n0\r\n\r\n", "0123456789abcde");
    check("2;a=\"b\";c \r\n\r\n\r\n0;x\r\n\r\n", "\r\n");
    check("1\r\na\r\n0\r\nA: b\r\nLong-Name:\r\n\r\n", "a");
    check("9\r\n0\r\n\r\nGET \r\n0\r\n\r\n", "0\r\n\r\nGET ");
}

#[test]
fn sizes() {
    let byte = |byte| Error::ChunkSize { byte };
    check_error("\r", byte(b'\r'));
    check_error(";", byte(b';'));
    check_error("x", byte(b'x'));
    check_error("+", byte(b'+'));
    check_error("-", byte(b'-'));
    check_error(" ", byte(b' '));
    check_error("0x", byte(b'x'));
    check_error("1 ", byte(b' '));
    check_error("1\n", byte(b'\n'));
    check_error("1;\n", byte(b'\n'));
    check_error("1;\0", byte(0));
    check_error("00000000000000001", byte(b'1'));
    check_error("1\rx", Error::ChunkEnd { byte: b'x' });
    check_error("1\r\nab", Error::ChunkEnd { byte: b'b' });
    check_error("1\r\na\n", Error::ChunkEnd { byte: b'\n' });
    check_error("1\r\na\r\r", Error::ChunkEnd { byte: b'\r' });
    check_error("1\r\na\r\n\r", byte(b'\r'));
}

#[test]
fn limits() {
    let limit = 20;
    check_error("15\r\n", Error::BodyTooLarge { size: 21, limit });
    check_error("14\r\n01234567890123456789\r\n1\r\n", Error::BodyTooLarge { size: 21, limit });
    check_error("ffffffffffffffff\r\n", Error::BodyTooLarge { size: u64::MAX, limit });
    let error = Error::BodyTooLarge { size: u64::MAX, limit };
    check_error("1\r\na\r\nffffffffffffffff\r\n", error);
    let limit = 100;
    check_error(&format!("1;{}", "x".repeat(101)), Error::ChunkExtensions { limit });
    let half = "x".repeat(50);
    let twice = format!("1;{half}\r\na\r\n1;{half}\r\nb\r\n0;x");
    check_error(&twice, Error::ChunkExtensions { limit });
    check_error(&format!("0\r\nA:{}", "x".repeat(99)), Error::TrailersTooLarge { limit });
    let lines = "A:b\r\n".repeat(20);
    check_error(&format!("0\r\n{lines}A"), Error::TrailersTooLarge { limit });
}

#[test]
fn nothing_is_too_large_to_count() {
    let limits = Limits { limit_post: u64::MAX, ..Limits::default() };
    let mut request = format!("{HEAD}1\r\na\r\nffffffffffffffff\r\n").into_bytes();
    let mut decoder = Decoder::new();
    let outcome = decoder.handle_input(&mut request, &limits);
    assert!(matches!(outcome, Err(Error::BodyTooLarge { .. })), "{outcome:?}");
}

#[test]
fn trailers() {
    let byte = |byte| Error::Trailer { byte };
    check_error("0\r\n\n", byte(b'\n'));
    check_error("0\r\n:", byte(b':'));
    check_error("0\r\n ", byte(b' '));
    check_error("0\r\nA ", byte(b' '));
    check_error("0\r\nA\r", byte(b'\r'));
    check_error("0\r\nA:\n", byte(b'\n'));
    check_error("0\r\nA:\0", byte(0));
    check_error("0\r\nA:\rb", byte(b'b'));
    check_error("0\r\n\rA", byte(b'A'));
}

#[test]
fn wanted() {
    let limits = Limits::default();
    let mut decoder = Decoder::new();
    let mut buffer = HEAD.as_bytes().to_vec();
    decoder.handle_input(&mut buffer, &limits).unwrap();
    assert_eq!((decoder.wanted(), decoder.has_vars()), (None, true));
    buffer.extend(b"4\r\nb");
    decoder.handle_input(&mut buffer, &limits).unwrap();
    // Three of the chunk, its CRLF and `0 CRLF CRLF`.
    assert_eq!(decoder.wanted(), Some(buffer.len() + 3 + 2 + 5));
    decoder.compact(&mut buffer);
    assert_eq!(buffer, format!("{HEAD}b").into_bytes());
    assert_eq!(decoder.wanted(), Some(buffer.len() + 3 + 2 + 5));
}

proptest! {
    #[test]
    fn chunks_equal_a_length(
        chunks in vec(vec(any::<u8>(), 0..40), 0..12),
        cuts in vec(any::<prop::sample::Index>(), 0..12),
        after in vec(any::<u8>(), 0..20),
    ) {
        let body = chunks.concat();
        let mut chunked = Vec::new();
        let host = [("Host", &b"a"[..])];
        encode_request(&mut chunked, "PUT", "/", host, BodyLength::Chunked).unwrap();
        chunks.iter().for_each(|chunk| encode_chunk(&mut chunked, chunk));
        encode_last_chunk(&mut chunked);
        let size = chunked.len();
        chunked.extend(&after);
        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(size)).collect();
        ends.sort_unstable();
        let (mut decoder, mut buffer, mut at) = (Decoder::new(), Vec::new(), 0);
        for end in ends {
            buffer.extend(&chunked[at..end]);
            at = end;
            let step = decoder.handle_input(&mut buffer, &Limits::default());
            prop_assert_eq!(step, Ok(Step::NeedMore));
            if end % 2 == 0 {
                decoder.compact(&mut buffer);
            }
        }
        buffer.extend(&chunked[at..]);
        let step = decoder.handle_input(&mut buffer, &Limits::default());
        prop_assert_eq!(step, Ok(Step::Ready));
        prop_assert_eq!(&buffer[decoder.body()], &body[..]);
        prop_assert_eq!(&buffer[decoder.consumed()..], &after[..]);
        let length = body.len().to_string();
        prop_assert_eq!(decoder.vars().get(b"CONTENT_LENGTH"), Some(length.as_bytes()));
    }

    #[test]
    fn any_bytes(pieces in vec(prop_oneof![
        vec(any::<u8>(), 0..6),
        Just(b"GET / HTTP/1.1\r\nHost: a\r\n".to_vec()),
        Just(HEAD.as_bytes().to_vec()),
        Just(b"Content-Length: 3\r\n".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"3\r\nabc\r\n".to_vec()),
        Just(b"0\r\n\r\n".to_vec()),
        Just(b"GET /%2e%2e/%41//a HTTP/1.0\r\n".to_vec()),
    ], 0..8)) {
        let bytes = pieces.concat();
        fuzz_every_way(&bytes, fuzzing::fuzz_http_decode);
        fuzzing::fuzz_http_encode(&bytes);
    }
}
