//! Heads as they go out, byte for byte, and heads that must not go out.

use cleanslate_proto::response::{
    HeadError, Length, check_header, encode_cgi_head, encode_head, has_body, reason,
};

type Header<'a> = (&'a str, &'a [u8]);

#[track_caller]
fn check(status: u16, headers: &[Header<'_>], length: Length, expected: &str) {
    let mut out = b"before".to_vec();
    encode_head(&mut out, status, headers.iter().copied(), length).unwrap();
    assert_eq!(out.escape_ascii().to_string(), format!("before{}", expected.escape_debug()));
}

#[track_caller]
fn check_error(status: u16, headers: &[Header<'_>], error: &HeadError, text: &str) {
    let mut out = b"before".to_vec();
    // A right header before it must not stay behind.
    let headers = [("X", &b"1"[..])].into_iter().chain(headers.iter().copied());
    let result = encode_head(&mut out, status, headers, Length::NoBody);
    assert_eq!(result.as_ref(), Err(error));
    assert_eq!(out, b"before");
    assert_eq!(error.to_string(), text);
}

#[test]
fn lines() {
    check(200, &[], Length::NoBody, "HTTP/1.1 200 OK\r\n\r\n");
    check(404, &[], Length::UntilClose, "HTTP/1.1 404 Not Found\r\n\r\n");
    check(299, &[], Length::NoBody, "HTTP/1.1 299 \r\n\r\n");
    check(100, &[], Length::NoBody, "HTTP/1.1 100 Continue\r\n\r\n");
    check(599, &[], Length::NoBody, "HTTP/1.1 599 \r\n\r\n");
}

#[test]
fn heads_for_fastcgi() {
    let mut out = b"before".to_vec();
    let headers: [Header<'_>; 1] = [("A", b" 1")];
    encode_cgi_head(&mut out, 201, headers, Length::Known(2)).unwrap();
    assert_eq!(out, b"beforeStatus: 201 Created\r\nA: 1\r\nContent-Length: 2\r\n\r\n");
    out.truncate(6);
    let wrong: [Header<'_>; 1] = [("A", b"1\n")];
    assert!(encode_cgi_head(&mut out, 200, wrong, Length::NoBody).is_err());
    assert_eq!(out, b"before");
}

#[test]
fn lengths() {
    let known = |size, digits| {
        let expected = format!("HTTP/1.1 200 OK\r\nContent-Length: {digits}\r\n\r\n");
        check(200, &[], Length::Known(size), &expected);
    };
    known(0, "0");
    known(9, "9");
    known(10, "10");
    known(1_234_567_890, "1234567890");
    known(u64::MAX, "18446744073709551615");
    // RFC 9110, 8.6.
    check(204, &[], Length::Known(0), "HTTP/1.1 204 No Content\r\n\r\n");
    check(101, &[], Length::Known(5), "HTTP/1.1 101 Switching Protocols\r\n\r\n");
    let expected = "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n";
    check(304, &[], Length::Known(5), expected);
}

#[test]
fn headers() {
    let lines = |header: Header<'_>, line: &str| {
        let expected = format!("HTTP/1.1 200 OK\r\n{line}\r\n\r\n");
        check(200, &[header], Length::NoBody, &expected);
    };
    lines(("Set-Cookie", b"a=b; Path=/"), "Set-Cookie: a=b; Path=/");
    lines(("x_1!#$%&'*+-.^`|~", b""), "x_1!#$%&'*+-.^`|~: ");
    lines(("A", b"1\t2"), "A: 1\t2");
    lines(("A", b" \t1 2\t "), "A: 1 2");
    lines(("A", b" \t "), "A: ");
    lines(("Upgrade", b"websocket"), "Upgrade: websocket");
    let twice: [Header<'_>; 2] = [("Set-Cookie", b"a"), ("Set-Cookie", b"b")];
    let expected = "HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 1\r\n\r\n";
    check(200, &twice, Length::Known(1), expected);
    let mut out = Vec::new();
    encode_head(&mut out, 200, [("A", &b"caf\xE9\xFF"[..])], Length::NoBody).unwrap();
    assert!(out.ends_with(b"A: caf\xE9\xFF\r\n\r\n"));
    // Larger than nginx's page: whether it takes it is its operator's to set.
    let large = "x".repeat(5_000);
    lines(("A", large.as_bytes()), &format!("A: {large}"));
}

#[test]
fn statuses_without_meaning() {
    for status in [0, 99, 600, 999, 1_000, u16::MAX] {
        let text = format!("status {status} is not within 100 to 599");
        check_error(status, &[], &HeadError::Status { status }, &text);
    }
}

#[test]
fn names() {
    check_error(200, &[("", b"1")], &HeadError::EmptyName, "a header has an empty name");
    let wrong = |name: &str, shown: &str, byte: u8, shown_byte: &str| {
        let error = HeadError::NameByte { name: shown.into(), byte };
        let text = format!("the name of header \"{shown}\" has \"{shown_byte}\" in it");
        check_error(200, &[(name, b"1")], &error, &text);
    };
    wrong("A B", "A B", b' ', " ");
    wrong("A:", "A:", b':', ":");
    wrong("A\r\nB", r"A\r\nB", b'\r', r"\r");
    wrong("A\0", r"A\0", 0, r"\x00");
    wrong("\u{e9}", "\u{e9}", 0xC3, r"\xc3");
    for byte in b"\"(),/:;<=>?@[\\]{} \t\x7F\n" {
        let name = char::from(*byte).to_string();
        assert!(matches!(check_header(&name, b""), Err(HeadError::NameByte { .. })));
    }
}

#[test]
fn values() {
    let wrong = |value: &[u8], byte: u8, shown: &str| {
        let error = HeadError::ValueByte { name: "A".into(), byte };
        let text = format!("the value of header \"A\" has \"{shown}\" in it");
        check_error(200, &[("A", value)], &error, &text);
    };
    wrong(b"1\r\nSet-Cookie: x", b'\r', r"\r");
    wrong(b"1\nB: 2", b'\n', r"\n");
    wrong(b"1\0", 0, r"\x00");
    wrong(b"1\r", b'\r', r"\r");
    wrong(b"\x1B[31m", 0x1B, r"\x1b");
    wrong(b"\x7F", 0x7F, r"\x7f");
    for byte in 0..=u8::MAX {
        let is_wrong = (byte < b' ' && byte != b'\t') || byte == 0x7F;
        assert_eq!(check_header("A", &[b'x', byte, b'x']).is_err(), is_wrong, "{byte}");
    }
}

#[test]
fn headers_of_the_server() {
    for name in [
        "Content-Length",
        "content-length",
        "Transfer-Encoding",
        "TRANSFER-ENCODING",
        "Connection",
        "Keep-Alive",
    ] {
        let error = HeadError::Framing { name: name.into() };
        let text = format!("header \"{name}\" is the server's own to set");
        check_error(200, &[(name, b"5")], &error, &text);
    }
    assert_eq!(check_header("Content-Length-X", b"5"), Ok(()));
}

#[test]
fn bodies() {
    for (status, expected) in [
        (100, false),
        (199, false),
        (200, true),
        (204, false),
        (205, true),
        (304, false),
        (404, true),
    ] {
        assert_eq!(has_body(status), expected, "{status}");
    }
}

#[test]
fn reasons() {
    let known = (0..=u16::MAX).filter(|&status| !reason(status).is_empty());
    assert_eq!(known.count(), 62);
    for (status, expected) in [
        (101, "Switching Protocols"),
        (308, "Permanent Redirect"),
        (413, "Content Too Large"),
        (422, "Unprocessable Content"),
        (504, "Gateway Timeout"),
        (306, ""),
        (418, ""),
        (700, ""),
    ] {
        assert_eq!(reason(status), expected);
    }
}
