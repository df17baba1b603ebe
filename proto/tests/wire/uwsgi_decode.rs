//! A table of packets, each decoded whole, byte by byte, cut at every point and with bytes after
//! it; and left by its peer at every byte.

use crate::{GET, Var, block, packet, request, var};
use cleanslate_proto::error::Error;
use cleanslate_proto::limits::Limits;
use cleanslate_proto::step::{End, Step};
use cleanslate_proto::uwsgi::Decoder;

/// A packet that must decode to these vars, in this order, and this body.
#[track_caller]
fn check_whole(vars: &[Var<'_>], body: &[u8]) {
    check_whole_within(&Limits::default(), vars, body);
}

#[track_caller]
fn check_whole_within(limits: &Limits, vars: &[Var<'_>], body: &[u8]) {
    let packet = request(vars, body);
    let vars_end = packet.len() - body.len();
    let verify = |decoder: &Decoder, received: &[u8]| {
        assert!(decoder.vars(received).iter().eq(vars.iter().copied()));
        assert_eq!(&received[decoder.body()], body);
        assert_eq!(decoder.wanted(), Some(packet.len()));
        assert_eq!(decoder.handle_end(), End::Whole);
        assert!(decoder.has_vars() && decoder.has_anything());
    };

    let mut decoder = Decoder::new();
    assert_eq!(decoder.handle_input(&packet, limits), Ok(Step::Ready));
    verify(&decoder, &packet);

    // Byte by byte, with the peer leaving at each.
    decoder.reset();
    assert_eq!(decoder.handle_end(), End::Nothing);
    for received in 0..packet.len() {
        let step = decoder.handle_input(&packet[..received], limits);
        assert_eq!(step, Ok(Step::NeedMore), "after {received} bytes");
        let wanted = match received {
            0..4 => None,
            _ if received < vars_end => Some(vars_end),
            _ => Some(packet.len()),
        };
        assert_eq!(decoder.wanted(), wanted, "after {received} bytes");
        assert_eq!(decoder.head().is_some(), received >= 4);
        assert_eq!(decoder.has_vars(), received >= vars_end);
        assert_eq!(decoder.has_anything(), received > 0);
        let end = match received {
            0 => End::Nothing,
            _ => End::Short(Error::Short { received, wanted }),
        };
        assert_eq!(decoder.handle_end(), end, "after {received} bytes");
    }
    assert_eq!(decoder.handle_input(&packet, limits), Ok(Step::Ready));
    verify(&decoder, &packet);

    for cut in cuts(&packet) {
        decoder.reset();
        let step = decoder.handle_input(&packet[..cut], limits);
        assert_eq!(step, Ok(Step::NeedMore), "cut at {cut}");
        assert_eq!(decoder.handle_input(&packet, limits), Ok(Step::Ready));
    }
    verify(&decoder, &packet);

    // With bytes after it, at once and later.
    for after in [&b"\0"[..], b"GET / HTTP/1.1\r\n\r\n", &packet] {
        let more = [&packet, after].concat();
        decoder.reset();
        assert_eq!(decoder.handle_input(&more, limits), Ok(Step::Ready));
        verify(&decoder, &more);
        decoder.reset();
        assert_eq!(decoder.handle_input(&packet, limits), Ok(Step::Ready));
        assert_eq!(decoder.handle_input(&more, limits), Ok(Step::Ready));
        verify(&decoder, &more);
    }
}

/// Bytes that must be refused with this error once `decided` of them are there, not sooner.
#[track_caller]
fn check_error(packet: &[u8], decided: usize, error: Error) {
    check_error_within(&Limits::default(), packet, decided, error);
}

#[track_caller]
fn check_error_within(limits: &Limits, packet: &[u8], decided: usize, error: Error) {
    let mut decoder = Decoder::new();
    assert_eq!(decoder.handle_input(packet, limits), Err(error));
    assert_eq!(decoder.handle_input(packet, limits), Err(error), "it stays");
    assert_eq!(decoder.handle_end(), End::Short(error));
    assert_eq!((decoder.body(), decoder.wanted()), (0..0, None));
    assert!(!decoder.has_vars());

    decoder.reset();
    for received in 0..=packet.len() {
        let expected = match received < decided {
            true => Ok(Step::NeedMore),
            false => Err(error),
        };
        let step = decoder.handle_input(&packet[..received], limits);
        assert_eq!(step, expected, "after {received} bytes");
    }
    for cut in cuts(packet) {
        decoder.reset();
        let first = decoder.handle_input(&packet[..cut], limits);
        assert_eq!(first.is_err(), cut >= decided, "cut at {cut}");
        assert_eq!(decoder.handle_input(packet, limits), Err(error));
    }
    decoder.reset();
    let more = [packet, &request(&[GET], b"")].concat();
    assert_eq!(decoder.handle_input(&more, limits), Err(error));
}

/// Every point to cut a packet at; of a large one some, as each costs a whole decoding.
fn cuts(packet: &[u8]) -> impl Iterator<Item = usize> {
    (0..packet.len()).step_by(1 + packet.len() / 2_000)
}

/// A block of vars that must be refused when it is whole.
#[track_caller]
fn check_block(block: &[u8], error: Error) {
    let packet = packet(0, block.len(), block);
    check_error(&packet, packet.len(), error);
    let with_body = [&packet[..], b"body"].concat();
    check_error(&with_body, packet.len(), error);
}

#[test]
fn requests_without_body() {
    check_whole(&[GET], b"");
    check_whole(&[(b"REQUEST_METHOD", b"get lower")], b"");
    check_whole(&[GET, (b"PATH_INFO", b"/"), (b"QUERY_STRING", b"")], b"");
    check_whole(&[GET, (b"CONTENT_TYPE", b""), (b"CONTENT_LENGTH", b"")], b"");
    check_whole(&[GET, (b"CONTENT_LENGTH", b"0")], b"");
}

#[test]
fn a_value_may_end_exactly_with_the_vars() {
    check_whole(&[GET, (b"A", b"1")], b"");
    check_whole(&[GET, (b"A", b"")], b"");
}

#[test]
fn bytes_of_any_kind() {
    check_whole(&[GET, (b"HTTP_X", b"\xFF\xFE\0caf\xE9")], b"");
    check_whole(&[GET, (b"\xE9\0=", b"1"), (b"HTTP_X_\r\n", b"\r\n")], b"");
    check_whole(&[GET, (b"PATH_INFO", "/caf\u{e9}/%00".as_bytes())], b"");
}

#[test]
fn repeated_keys_are_all_kept() {
    check_whole(&[(b"A", b"1"), GET, (b"A", b"2"), (b"A", b"")], b"");
    check_whole(&[(b"REQUEST_METHOD", b""), GET], b"");
}

#[test]
fn bodies() {
    check_whole(&[GET, (b"CONTENT_LENGTH", b"1")], b"x");
    check_whole(&[(b"CONTENT_LENGTH", b"5"), GET], b"hello");
    check_whole(&[GET, (b"CONTENT_LENGTH", b"0005")], b"\0\0\0\0\0");
    check_whole(&[GET, (b"CONTENT_LENGTH", b"300")], &[0xFF; 300]);
    // Twice the same is no contradiction.
    check_whole(&[GET, (b"CONTENT_LENGTH", b"2"), (b"CONTENT_LENGTH", b"02")], b"ok");
    check_whole(&[GET, (b"CONTENT_LENGTH", b""), (b"CONTENT_LENGTH", b"0")], b"");
}

#[test]
fn what_a_client_told_nginx_is_not_acted_on() {
    check_whole(&[GET, (b"HTTP_TRANSFER_ENCODING", b"chunked")], b"");
    check_whole(&[GET, (b"HTTP_CONTENT_LENGTH", b"12abc"), (b"HTTP_EXPECT", b"100-continue")], b"");
    let unchunked: [Var<'_>; 4] = [
        GET,
        (b"HTTP_TRANSFER_ENCODING", b"chunked"),
        (b"HTTP_CONTENT_LENGTH", b"9"),
        (b"CONTENT_LENGTH", b"3"),
    ];
    check_whole(&unchunked, b"abc");
    check_whole(&[GET, (b"UWSGI_POSTFILE", b"/etc/passwd"), (b"UWSGI_FILE", b"/x.py")], b"");
}

#[test]
fn many_vars() {
    // uWSGI refuses the 129th; we have our own limit.
    for count in [128, 129, 1_000] {
        let mut vars = vec![GET; count];
        vars[count / 2] = (b"CONTENT_LENGTH", b"2");
        check_whole(&vars, b"ok");
    }
    let two = Limits { max_vars: 2, ..Limits::default() };
    check_whole_within(&two, &[GET, GET], b"");
    let three = block(&[GET; 3]);
    let error = Error::TooManyVars { limit: 2 };
    check_error_within(&two, &packet(0, three.len(), &three), 4 + three.len(), error);
    let all = block(&[GET; 1_001]);
    check_block(&all, Error::TooManyVars { limit: 1_000 });
}

#[test]
fn large_vars() {
    let room = 65_535 - block(&[GET, (b"X", b"")]).len();
    check_whole(&[GET, (b"X", &vec![b'x'; room])], b"");
    let limits = Limits { buffer_size: 40, ..Limits::default() };
    let room = 40 - block(&[GET, (b"X", b"")]).len();
    check_whole_within(&limits, &[GET, (b"X", &vec![b'x'; room])], b"");
    let error = Error::VarsTooLarge { size: 41, limit: 40 };
    check_error_within(&limits, &packet(0, 41, &[0; 41]), 4, error);
    let error = Error::VarsTooLarge { size: 65_535, limit: 40 };
    check_error_within(&limits, &packet(0, 65_535, b""), 4, error);
}

#[test]
fn heads() {
    check_error(&packet(0, 0, b""), 4, Error::NoVars);
    for modifier1 in [1, 5, 17, 30, 100, 110, 111, 173, 255] {
        let head = [modifier1, 0x2A, 0, 0];
        check_error(&packet(modifier1, 0x2A, &[0; 60]), 4, Error::Modifier { head });
    }
    // What it is for comes before how large it is.
    check_error(b"GET / HTTP/1.1\r\n\r\n", 4, Error::Modifier { head: *b"GET " });
    let tiny = Limits { buffer_size: 1, ..Limits::default() };
    check_error_within(&tiny, b"\x64\0\0\0", 4, Error::Modifier { head: [100, 0, 0, 0] });
}

#[test]
fn modifier2_says_nothing() {
    let vars = var(b"REQUEST_METHOD", b"GET");
    let mut packet = packet(0, vars.len(), &vars);
    packet[3] = 7;
    let mut decoder = Decoder::new();
    let step = decoder.handle_input(&packet, &Limits::default());
    assert_eq!(step, Ok(Step::Ready));
    let head = decoder.head().unwrap();
    assert_eq!((head.modifier1, head.modifier2), (0, 7));
    assert_eq!(usize::from(head.vars_size), vars.len());
}

#[test]
fn vars_that_are_not_well_formed() {
    let get = var(b"REQUEST_METHOD", b"GET");
    let at = get.len();
    let check = |rest: &[u8], error| check_block(&[&get, rest].concat(), error);
    check(b"\0", Error::TrailingBytes { at, count: 1 });
    check(b"\x01\0", Error::TrailingBytes { at, count: 2 });
    check(b"\0\0", Error::TrailingBytes { at, count: 2 });
    check(b"\0\0\0\0", Error::EmptyKey { at });
    check(b"\0\0\x01\0x", Error::EmptyKey { at });
    // uWSGI goes on inside the key and takes its bytes for sizes.
    check(b"\x03\0AB", Error::KeyOverrun { at, size: 3, left: 2 });
    check(b"\xFF\xFFAB\x01\0C", Error::KeyOverrun { at, size: 65_535, left: 5 });
    check(b"\x02\0AB", Error::NoValueSize { at });
    check(b"\x02\0AB\0", Error::NoValueSize { at });
    check(b"\x02\0AB\x01\0", Error::ValueOverrun { at, size: 1, left: 0 });
    check(b"\x02\0AB\0\x01CD", Error::ValueOverrun { at, size: 256, left: 2 });
    // At the very start as well, and before the rules for requests.
    check_block(b"\x01", Error::TrailingBytes { at: 0, count: 1 });
    check_block(b"\0\0\0\0", Error::EmptyKey { at: 0 });
    let wrong = [&var(b"CONTENT_LENGTH", b"x")[..], b"\x01"].concat();
    check_block(&wrong, Error::TrailingBytes { at: wrong.len() - 1, count: 1 });
}

#[test]
fn a_value_never_reaches_into_the_body() {
    let vars = [&var(b"REQUEST_METHOD", b"GET")[..], b"\x01\0A\x02\0b"].concat();
    let at = vars.len() - 6;
    check_block(&vars, Error::ValueOverrun { at, size: 2, left: 1 });
}

#[test]
fn rules_for_requests() {
    let check = |vars: &[Var<'_>], error| check_block(&block(vars), error);
    check(&[(b"PATH_INFO", b"/")], Error::NoMethod);
    check(&[GET, (b"PATH_INFO", b"/\0")], Error::NulInPath { var: "PATH_INFO", at: 1 });
    let plus = Error::ContentLengthByte { byte: b'+' };
    check(&[GET, (b"CONTENT_LENGTH", b"+5")], plus);
    let (size, limit) = (67_108_865, 67_108_864);
    let error = Error::BodyTooLarge { size, limit };
    check(&[GET, (b"CONTENT_LENGTH", b"67108865")], error);
}

#[test]
fn a_body_larger_than_memory_can_be() {
    let limits = Limits { limit_post: u64::MAX, ..Limits::default() };
    let vars = block(&[GET, (b"CONTENT_LENGTH", b"18446744073709551615")]);
    let packet = packet(0, vars.len(), &vars);
    let limit = (usize::MAX - packet.len()) as u64;
    let error = Error::BodyTooLarge { size: u64::MAX, limit };
    check_error_within(&limits, &packet, packet.len(), error);
}

#[test]
fn after_an_error_a_log_can_say_whose_request_it_was() {
    let vars = block(&[(b"PATH_INFO", b"/big"), GET, (b"CONTENT_LENGTH", b"99999999999")]);
    let packet = packet(0, vars.len(), &vars);
    let mut decoder = Decoder::new();
    assert!(decoder.handle_input(&packet, &Limits::default()).is_err());
    assert_eq!(decoder.vars(&packet).get(b"PATH_INFO"), Some(&b"/big"[..]));
    decoder.reset();
    assert!(decoder.vars(&packet).is_empty());
}
