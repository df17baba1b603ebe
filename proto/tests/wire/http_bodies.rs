//! Bodies of HTTP requests that a driver keeps elsewhere as they come, of known length and in
//! chunks. It must not know what chunks may not be.

use cleanslate_proto::error::Error;
use cleanslate_proto::http::{
    BodyLength, Decoder, encode_chunk, encode_last_chunk, encode_request,
};
use cleanslate_proto::limits::Limits;
use cleanslate_proto::step::{End, Step};
use proptest::collection::vec;
use proptest::prelude::*;

const CHUNKED: &str = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
const KNOWN: &str = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n";
const NEXT: &[u8] = b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n";

/// A driver with its buffer, and what it has of the body elsewhere.
#[derive(Default)]
struct Driver {
    decoder: Decoder,
    buffer: Vec<u8>,
    elsewhere: Vec<u8>,
}

/// What a driver does after a read.
#[derive(Clone, Copy, Debug)]
enum After {
    Nothing,
    Compact,
    Elsewhere,
}

impl Driver {
    fn read(&mut self, bytes: &[u8], after: After, limits: &Limits) -> Result<Step, Error> {
        self.buffer.extend(bytes);
        let step = self.decoder.handle_input(&mut self.buffer, limits);
        match after {
            After::Nothing => {}
            After::Compact => self.decoder.compact(&mut self.buffer),
            After::Elsewhere => self.take_body(),
        }
        assert_eq!(self.decoder.body_dropped(), self.elsewhere.len() as u64);
        step
    }

    fn take_body(&mut self) {
        assert_eq!(self.decoder.body_dropped(), self.elsewhere.len() as u64);
        self.elsewhere.extend(&self.buffer[self.decoder.received_body()]);
        let size = self.decoder.body_size();
        self.decoder.compact_without_body(&mut self.buffer);
        assert_eq!((self.decoder.body_size(), size), (self.elsewhere.len() as u64, size));
        assert!(self.decoder.received_body().is_empty());
    }
}

/// Reads of a request whose body is `0123456789`: it grows as told, and nothing of it stays.
#[track_caller]
fn check(head: &str, reads: &[(&str, u64)], announced: Option<u64>) {
    let limits = Limits { limit_post: 10, ..Limits::default() };
    let mut driver = Driver::default();
    assert_eq!((driver.decoder.announced(), driver.decoder.body_size()), (None, 0));
    driver.read(head.as_bytes(), After::Elsewhere, &limits).unwrap();
    for (at, (read, size)) in reads.iter().enumerate() {
        let is_last = at + 1 == reads.len();
        let next = if is_last { NEXT } else { b"" };
        let bytes = [read.as_bytes(), next].concat();
        let step = driver.read(&bytes, After::Elsewhere, &limits);
        assert_eq!(step, Ok(if is_last { Step::Ready } else { Step::NeedMore }), "{read}");
        assert_eq!(driver.decoder.body_size(), *size, "{read}");
        assert_eq!(driver.decoder.announced(), announced);
        assert_eq!(driver.buffer, [head.as_bytes(), next].concat(), "{read}");
    }
    assert_eq!(driver.elsewhere, b"0123456789");
    assert_eq!(driver.decoder.vars().get(b"CONTENT_LENGTH"), Some(&b"10"[..]));
    assert_eq!(driver.decoder.body(), head.len()..head.len());
    assert_eq!(driver.decoder.consumed(), head.len());
    assert_eq!(driver.decoder.handle_end(), End::Whole);
}

#[test]
fn known_lengths() {
    check(KNOWN, &[("0123456789", 10)], Some(10));
    check(KNOWN, &[("", 0), ("0", 1), ("12345678", 9), ("9", 10)], Some(10));
}

#[test]
fn chunks() {
    check(CHUNKED, &[("A\r\n0123456789\r\n0\r\n\r\n", 10)], None);
    check(
        CHUNKED,
        &[("3", 0), ("\r\n0", 1), ("12\r", 3), ("\n7\r\n3456789\r\n0\r\n\r\n", 10)],
        None,
    );
    check(
        CHUNKED,
        &[("3;x\r\n012\r\n", 3), ("7\r\n3456789", 10), ("\r\n0\r\nA: b\r\n\r\n", 10)],
        None,
    );
}

#[test]
fn what_has_come_of_a_known_length() {
    let mut driver = Driver::default();
    let bytes = [KNOWN, "012"].concat();
    driver.read(bytes.as_bytes(), After::Nothing, &Limits::default()).unwrap();
    let (start, decoder) = (KNOWN.len(), &driver.decoder);
    assert_eq!((decoder.body(), decoder.received_body()), (start..start + 10, start..start + 3));
    assert_eq!((decoder.body_size(), decoder.body_dropped()), (3, 0));
    driver.take_body();
    let decoder = &driver.decoder;
    assert_eq!((decoder.body(), decoder.received_body()), (start..start + 7, start..start));
    assert_eq!(decoder.wanted(), Some(start + 7));
    let short = Error::Short { received: start + 3, wanted: Some(start + 10) };
    assert_eq!(decoder.handle_end(), End::Short(short));
    driver.decoder.reset();
    assert_eq!((driver.decoder.body_dropped(), driver.decoder.handle_end()), (0, End::Nothing));
    let (received, wanted) = (3, None);
    driver.decoder.handle_input(&mut b"GET".to_vec(), &Limits::default()).unwrap();
    assert_eq!(driver.decoder.handle_end(), End::Short(Error::Short { received, wanted }));
}

#[test]
fn the_limit_holds_for_all_that_came() {
    let limits = Limits { limit_post: 10, ..Limits::default() };
    let mut driver = Driver::default();
    driver.read(CHUNKED.as_bytes(), After::Elsewhere, &limits).unwrap();
    for _ in 0..2 {
        let step = driver.read(b"5\r\nabcde\r\n", After::Elsewhere, &limits);
        assert_eq!(step, Ok(Step::NeedMore));
    }
    let error = Error::BodyTooLarge { size: 11, limit: 10 };
    assert_eq!(driver.read(b"1\r\n", After::Elsewhere, &limits), Err(error));
    assert_eq!((driver.decoder.body(), driver.decoder.announced()), (0..0, None));
}

#[test]
fn a_body_that_has_begun_is_not_waited_for() {
    for (head, part) in [(CHUNKED, "1\r\n"), (CHUNKED, "1\r\na\r\n"), (KNOWN, "a")] {
        for after in [After::Compact, After::Elsewhere] {
            let mut driver = Driver::default();
            let head = head.replacen("\r\n", "\r\nExpect: 100-continue\r\n", 1);
            driver.read(head.as_bytes(), after, &Limits::default()).unwrap();
            assert!(driver.decoder.expects_continue());
            driver.read(part.as_bytes(), after, &Limits::default()).unwrap();
            assert!(!driver.decoder.expects_continue(), "{part} {after:?}");
        }
    }
}

#[test]
fn fewer_bytes_than_before_do_not_panic() {
    for bytes in [[KNOWN, "0123456789GET"].concat(), [CHUNKED, "3\r\nabc\r\n0\r\n\r\nGET"].concat()]
    {
        for (size, less) in
            (0..bytes.len()).flat_map(|size| (0..size).map(move |less| (size, less)))
        {
            let mut decoder = Decoder::new();
            let _ =
                decoder.handle_input(&mut bytes.as_bytes()[..size].to_vec(), &Limits::default());
            let mut received = bytes.as_bytes()[..less].to_vec();
            let _ = decoder.handle_input(&mut received, &Limits::default());
            decoder.compact_without_body(&mut received);
            decoder.compact(&mut received);
            let _ = (decoder.wanted(), decoder.body_size(), decoder.consumed());
        }
    }
}

/// A request with this body, in chunks or of known length.
fn request(chunks: &[Vec<u8>], is_chunked: bool) -> Vec<u8> {
    let (mut out, body) = (Vec::new(), chunks.concat());
    let length = BodyLength::Known(body.len() as u64);
    let length = if is_chunked { BodyLength::Chunked } else { length };
    encode_request(&mut out, "PUT", "/", [("Host", &b"a"[..])], length).unwrap();
    if is_chunked {
        chunks.iter().for_each(|chunk| encode_chunk(&mut out, chunk));
        encode_last_chunk(&mut out);
    } else {
        out.extend(body);
    }
    out
}

proptest! {
    #[test]
    fn nothing_is_lost_on_the_way_elsewhere(
        chunks in vec(vec(any::<u8>(), 0..40), 0..12),
        is_chunked in any::<bool>(),
        reads in vec((any::<prop::sample::Index>(), prop::sample::select(
            vec![After::Nothing, After::Compact, After::Elsewhere],
        )), 0..16),
        last in prop::sample::select(vec![After::Nothing, After::Compact, After::Elsewhere]),
        next in vec(any::<u8>(), 0..20),
    ) {
        let (body, request) = (chunks.concat(), request(&chunks, is_chunked));
        let limits = Limits { limit_post: body.len() as u64, ..Limits::default() };
        let mut reads: Vec<(usize, After)> =
            reads.iter().map(|(cut, after)| (cut.index(request.len()), *after)).collect();
        reads.sort_unstable_by_key(|(end, _)| *end);
        let (mut driver, mut start) = (Driver::default(), 0);
        for (end, after) in reads {
            let step = driver.read(&request[start..end], after, &limits);
            prop_assert_eq!(step, Ok(Step::NeedMore));
            start = end;
        }
        let rest = [&request[start..], &next].concat();
        prop_assert_eq!(driver.read(&rest, last, &limits), Ok(Step::Ready));
        let Driver { decoder, buffer, mut elsewhere } = driver;
        elsewhere.extend(&buffer[decoder.body()]);
        prop_assert!(elsewhere == body && decoder.body_size() == body.len() as u64);
        prop_assert_eq!(&buffer[decoder.consumed()..], &next[..]);
        prop_assert_eq!(decoder.announced(), (!is_chunked).then_some(body.len() as u64));
        let length = body.len().to_string();
        prop_assert_eq!(decoder.vars().get(b"CONTENT_LENGTH"), Some(length.as_bytes()));
    }
}
