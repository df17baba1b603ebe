//! Heads of answers as nginx would read them, each at every length and with a body after it.

use cleanslate_proto::response::{DecodeError, DecodedHead, HEAD_SIZE_MAX, decode_head};

/// A head that must decode, when whole and not sooner; tells it with nothing after it.
#[track_caller]
fn check(bytes: &[u8]) -> DecodedHead<'_> {
    for end in 0..bytes.len() {
        assert!(decode_head(&bytes[..end]).unwrap().is_none(), "after {end} bytes");
    }
    let head = decode_head(bytes).unwrap().unwrap();
    assert_eq!(head.size, bytes.len());
    for after in [&b"\0"[..], b"\r\n\r\n", b"HTTP/1.1 500 No\r\nX: 1\r\n\r\n"] {
        let more = [bytes, after].concat();
        let again = decode_head(&more).unwrap().unwrap();
        assert_eq!((again.size, again.status), (head.size, head.status));
        assert!(again.headers().eq(head.headers()));
    }
    head
}

#[track_caller]
fn check_status(bytes: &[u8], status: u16, reason: &[u8]) {
    let head = check(bytes);
    assert_eq!((head.status, head.reason), (status, reason));
}

#[track_caller]
fn check_error(bytes: &[u8], error: DecodeError) {
    for end in 0..bytes.len() {
        let part = decode_head(&bytes[..end]).map(|head| head.is_some());
        assert!(part == Ok(false) || part == Err(error), "after {end} bytes");
    }
    assert_eq!(decode_head(bytes).unwrap_err(), error);
    let more = [bytes, b"body"].concat();
    assert_eq!(decode_head(&more).unwrap_err(), error);
}

#[test]
fn status_lines() {
    check_status(b"HTTP/1.1 200 OK\r\n\r\n", 200, b"OK");
    check_status(b"HTTP/1.0 404 Not Found\n\n", 404, b"Not Found");
    check_status(b"HTTP/1.1 299 \r\n\r\n", 299, b"");
    check_status(b"HTTP/1.1 299\r\n\r\n", 299, b"");
    check_status(b"HTTP/1.1 999 caf\xE9\r\n\r\n", 999, b"caf\xE9");
    check_status(b"HTTP/10.12  503   Busy \r\nA: 1\n\r\n", 503, b"Busy");
    for line in [
        &b"HTTP/1.1\r\n\r\n"[..],
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 099 OK\r\n\r\n",
        b"HTTP/1.1 +20 OK\r\n\r\n",
        b"HTTP/1.1 2 0 OK\r\n\r\n",
        b"HTTP/1 200 OK\r\n\r\n",
        b"HTTP/x.1 200 OK\r\n\r\n",
        b"HTTP/1. 200 OK\r\n\r\n",
        b"HTTP/1.1200 OK\r\n\r\n",
        b"HTTP/1.1 200 O\rK\r\n\r\n",
        b"HTTP/\r\n\r\n",
    ] {
        check_error(line, DecodeError::StatusLine);
    }
}

#[test]
fn cgi_heads() {
    check_status(b"Status: 404 Not Found\r\nA: 1\r\n\r\n", 404, b"Not Found");
    check_status(b"A: 1\nstatus:201\n\n", 201, b"");
    check_status(b"Location: /x\r\n\r\n", 302, b"");
    check_status(b"Location: /x\nStatus: 201 Created\n\n", 201, b"Created");
    check_status(b"Content-Type: text/plain\r\n\r\n", 200, b"");
    // uWSGI with a SERVER_PROTOCOL of "https": no status line, and no header.
    check_error(b"https 200 OK\r\n\r\n", DecodeError::Field { line: 1 });
    check_error(b"Status: OK\r\n\r\n", DecodeError::Status);
    check_error(b"Status: 20\r\n\r\n", DecodeError::Status);
    check_error(b"\r\n", DecodeError::Empty);
    check_error(b"\n", DecodeError::Empty);
    // Beside a status line it is a header like any other.
    check_status(b"HTTP/1.1 200 OK\r\nStatus: odd\r\n\r\n", 200, b"OK");
}

#[test]
fn headers() {
    let head = check(b"HTTP/1.1 200 OK\r\nA: 1\r\nb_c:\t 2 \t\nA:\r\nD: x:y\r\n\r\n");
    let expected: [(&[u8], &[u8]); 4] = [(b"A", b"1"), (b"b_c", b"2"), (b"A", b""), (b"D", b"x:y")];
    assert!(head.headers().eq(expected));
    assert_eq!(head.header("a"), Some(&b"1"[..]));
    assert_eq!(head.header("B_C"), Some(&b"2"[..]));
    assert_eq!(head.header("E"), None);
    for line in [
        &b"A"[..],
        b": 1",
        b"A : 1",
        b" A: 1",
        b"\tfolded",
        b"A B: 1",
        b"A: 1\r2",
        b"A: 1\0",
        b"A: \x1B",
        b"\xC3\xA9: 1",
        b"\r",
    ] {
        let head = [b"HTTP/1.1 200 OK\r\nX: 1\r\n", line, b"\r\nY: 2\r\n\r\n"].concat();
        check_error(&head, DecodeError::Field { line: 3 });
    }
}

#[test]
fn lengths() {
    let length = |fields: &[u8]| [b"HTTP/1.1 200 OK\r\n", fields, b"\r\n\r\n"].concat();
    let known = |fields: &[u8], expected| {
        assert_eq!(check(&length(fields)).content_length(), expected);
    };
    known(b"A: 1", None);
    known(b"Content-Length: 0", Some(0));
    known(b"content-length:18446744073709551615 ", Some(u64::MAX));
    known(b"Transfer-Encoding: chunked", None);
    for value in ["", "+5", "-1", "5x", "5 5", "5, 5", "18446744073709551616"] {
        let fields = format!("Content-Length: {value}");
        check_error(&length(fields.as_bytes()), DecodeError::ContentLength);
    }
    for fields in [
        &b"Content-Length: 5\r\nContent-Length: 5"[..],
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5",
    ] {
        check_error(&length(fields), DecodeError::Framing);
    }
}

#[test]
fn largest() {
    let start = b"HTTP/1.1 200 OK\r\nA: ";
    let head = |size: usize| {
        let value = vec![b'x'; size - start.len() - 4];
        [&start[..], &value, b"\r\n\r\n"].concat()
    };
    let largest = head(HEAD_SIZE_MAX);
    assert_eq!(decode_head(&largest).unwrap().unwrap().size, HEAD_SIZE_MAX);
    assert!(decode_head(&largest[..HEAD_SIZE_MAX - 1]).unwrap().is_none());
    let larger = head(HEAD_SIZE_MAX + 1);
    for end in [HEAD_SIZE_MAX, HEAD_SIZE_MAX + 1] {
        assert_eq!(decode_head(&larger[..end]).unwrap_err(), DecodeError::TooLarge);
    }
}

#[test]
fn texts() {
    for (error, text) in [
        (DecodeError::TooLarge, "no blank line within 65536 bytes"),
        (DecodeError::Empty, "the head is empty"),
        (DecodeError::StatusLine, "the status line is not like HTTP/1.1 200"),
        (DecodeError::Status, "Status does not start with three digits"),
        (DecodeError::Field { line: 3 }, "line 3 is no header"),
        (DecodeError::ContentLength, "Content-Length is no number"),
        (DecodeError::Framing, "more than one header says how long the body is"),
    ] {
        assert_eq!(error.to_string(), text);
    }
}
