//! What is written around bodies, byte for byte, and what can't be written.

use cleanslate_proto::error::Error;
use cleanslate_proto::http::{
    BodyLength, Persistence, RequestError, encode_chunk, encode_head, encode_last_chunk,
    encode_request,
};
use cleanslate_proto::response::HeadError;

#[test]
fn chunks() {
    let mut out = Vec::new();
    encode_chunk(&mut out, b"0123456789abcdef");
    encode_chunk(&mut out, b"");
    encode_chunk(&mut out, b"\r\n");
    encode_last_chunk(&mut out);
    assert_eq!(out, b"10\r\n0123456789abcdef\r\n2\r\n\r\n\r\n0\r\n\r\n");
}

#[track_caller]
fn check_head(status: u16, length: BodyLength, persistence: Persistence, tail: &str) {
    let mut out = b"before".to_vec();
    encode_head(&mut out, status, [("A", &b"b"[..])], length, persistence).unwrap();
    let out = String::from_utf8(out).unwrap();
    let (line, rest) = out.split_once("\r\n").unwrap();
    assert!(line.starts_with(&format!("beforeHTTP/1.1 {status} ")), "{line}");
    assert_eq!(rest, format!("A: b\r\n{tail}\r\n"));
}

#[test]
fn heads() {
    let chunked = "Transfer-Encoding: chunked\r\n";
    check_head(200, BodyLength::Chunked, Persistence::Unsaid, chunked);
    check_head(204, BodyLength::Chunked, Persistence::Unsaid, "");
    check_head(304, BodyLength::Chunked, Persistence::Unsaid, "");
    check_head(204, BodyLength::Known(0), Persistence::Unsaid, "");
    check_head(200, BodyLength::Known(3), Persistence::Unsaid, "Content-Length: 3\r\n");
    let both = "Content-Length: 3\r\nConnection: keep-alive\r\n";
    check_head(200, BodyLength::Known(3), Persistence::KeepAlive, both);
    check_head(200, BodyLength::Unsaid, Persistence::Close, "Connection: close\r\n");
    let mut out = b"before".to_vec();
    let headers = [("Connection", &b"close"[..])];
    let result = encode_head(&mut out, 200, headers, BodyLength::Unsaid, Persistence::Unsaid);
    assert!(matches!(result, Err(HeadError::Framing { .. })));
    assert_eq!(out, b"before");
}

#[test]
fn requests() {
    let check = |length, tail: &str| {
        let mut out = Vec::new();
        let headers = [("Host", &b"a"[..]), ("Connection", b" close ")];
        encode_request(&mut out, "PUT", "/a?b", headers, length).unwrap();
        let head = format!("PUT /a?b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{tail}\r\n");
        assert_eq!(out, head.as_bytes());
    };
    check(BodyLength::Unsaid, "");
    check(BodyLength::Known(0), "Content-Length: 0\r\n");
    check(BodyLength::Chunked, "Transfer-Encoding: chunked\r\n");
}

#[test]
fn what_cannot_be_sent() {
    let check = |method: &str, target: &str, name: &str, value: &[u8]| {
        let mut out = b"before".to_vec();
        let headers = [(name, value)];
        let error = encode_request(&mut out, method, target, headers, BodyLength::Unsaid);
        assert_eq!(out, b"before");
        error.unwrap_err()
    };
    assert_eq!(check("", "/", "A", b""), RequestError::Method);
    assert_eq!(check("G T", "/", "A", b""), RequestError::Method);
    assert_eq!(check("GET", "", "A", b""), RequestError::Target);
    assert_eq!(check("GET", "/ HTTP/1.1", "A", b""), RequestError::Target);
    assert_eq!(check("GET", "/\r\n", "A", b""), RequestError::Target);
    let is_header = |error| matches!(error, RequestError::Header(_));
    assert!(is_header(check("GET", "/", "Content-Length", b"1")));
    assert!(is_header(check("GET", "/", "Transfer-Encoding", b"chunked")));
    assert!(is_header(check("GET", "/", "A B", b"")));
    assert!(is_header(check("GET", "/", "A", b"b\r\nC: d")));
    assert!(is_header(check("GET", "/", "Connection", b"b\r\nC: d")));
}

#[test]
fn statuses() {
    let check = |error: Error, status: u16, text: &str| {
        assert_eq!((error.status(), &*error.to_string()), (status, text));
    };
    let (at, limit, byte) = (7, 9, b'\r');
    check(Error::LineEnd { at }, 400, "byte 7 of the head is half a line end");
    check(Error::HeadByte { at, byte: 0 }, 400, r#"byte 7 of the head is "\x00""#);
    check(Error::Folded { at }, 400, "the line at byte 7 of the head starts with a blank");
    check(Error::HeadTooLarge { limit }, 431, "the head does not end within buffer-size, 9");
    check(Error::RequestLine, 400, "the request line is malformed");
    check(Error::Version, 505, "the version is neither HTTP/1.0 nor HTTP/1.1");
    check(Error::Header, 400, "a header is malformed");
    check(Error::Connect, 405, "CONNECT is for proxies");
    check(Error::Target, 400, "the target is neither a path nor a http URL");
    check(Error::PercentEncoding { at }, 400, "the % at byte 7 of the path has no two digits");
    check(Error::AboveRoot, 400, "the path leads above the root");
    check(Error::Hosts { count: 2 }, 400, "there are 2 Host headers");
    check(Error::HostByte { byte: b'@' }, 400, r#"the host has "@" in it"#);
    check(Error::Repeated { name: "A" }, 400, "A is there more than once");
    check(Error::EmptyContentLength, 400, "Content-Length is empty");
    check(Error::LengthAndEncoding, 400, "there are Content-Length and Transfer-Encoding");
    check(Error::EncodingInHttp10, 400, "there is Transfer-Encoding in HTTP/1.0");
    check(Error::Encoding, 501, "Transfer-Encoding is not chunked");
    check(Error::ChunkSize { byte }, 400, r#"a chunk's size has "\r" in it"#);
    check(Error::ChunkEnd { byte }, 400, r#"a chunk or its size ends with "\r""#);
    check(Error::ChunkExtensions { limit }, 400, "the chunk extensions are above buffer-size, 9");
    check(Error::Trailer { byte }, 400, r#"a trailer has "\r" in it"#);
    check(Error::TrailersTooLarge { limit }, 431, "the trailers are above buffer-size, 9");
}
