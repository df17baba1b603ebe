//! All that the head of an HTTP request may not be, and at which byte that is decided.

use crate::http::check_error_within;
use cleanslate_proto::error::Error;
use cleanslate_proto::http::Decoder;
use cleanslate_proto::limits::Limits;
use cleanslate_proto::step::Step;

/// A head that must be refused when it is whole.
#[track_caller]
fn check_head(head: &str, error: Error) {
    check_error_within(&Limits::default(), head.as_bytes(), head.len(), error);
    let with_body = format!("{head}0\r\n\r\nGET");
    check_error_within(&Limits::default(), with_body.as_bytes(), head.len(), error);
}

/// Headers that must be refused beside a right one.
#[track_caller]
fn check_headers(headers: &str, error: Error) {
    check_head(&format!("POST / HTTP/1.1\r\nHost: a\r\n{headers}\r\n"), error);
}

/// A head that must be refused at its byte `at`.
#[track_caller]
fn check_byte(head: &str, decided: usize, error: Error) {
    check_error_within(&Limits::default(), head.as_bytes(), decided, error);
}

#[test]
fn wrong_targets() {
    let check = |target: &str, error| {
        check_head(&format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n"), error);
    };
    check("/..", Error::AboveRoot);
    check("/a/../..", Error::AboveRoot);
    check("/%2e%2e/a", Error::AboveRoot);
    check("//../a", Error::AboveRoot);
    check("/%", Error::PercentEncoding { at: 1 });
    check("/a%4", Error::PercentEncoding { at: 2 });
    check("/%g0", Error::PercentEncoding { at: 1 });
    check("/%+1", Error::PercentEncoding { at: 1 });
    check("/a%00", Error::NulInPath { var: "PATH_INFO", at: 2 });
    check("/a#b", Error::Target);
    check("*", Error::Target);
    check("a", Error::Target);
    check("ftp://a/", Error::Target);
    check("http:///", Error::Target);
    check("http://u@a/", Error::HostByte { byte: b'@' });
    let connect = "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n";
    check_head(connect, Error::Connect);
}

#[test]
fn hosts() {
    check_head("GET / HTTP/1.1\r\n\r\n", Error::Hosts { count: 0 });
    check_headers("Host: a\r\n", Error::Hosts { count: 2 });
    check_head("GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n", Error::Hosts { count: 2 });
    check_head("GET http://a/ HTTP/1.1\r\n\r\n", Error::Hosts { count: 0 });
    for byte in *b"/@?#\\ \",<>" {
        let head = format!("GET / HTTP/1.1\r\nHost: a{}b\r\n\r\n", char::from(byte));
        check_head(&head, Error::HostByte { byte });
    }
}

/// Whatever makes two readers see two different ends is refused.
#[test]
fn smuggling() {
    let name = "Content-Length";
    let both = "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n";
    check_headers(both, Error::LengthAndEncoding);
    let both = "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n";
    check_headers(both, Error::LengthAndEncoding);
    check_headers("Transfer-Encoding: x\r\nContent-Length: 4\r\n", Error::LengthAndEncoding);
    check_headers("Content-Length: 4\r\nContent-Length: 5\r\n", Error::Repeated { name });
    check_headers("Content-Length: 4\r\nContent-Length: 4\r\n", Error::Repeated { name });
    check_headers("Content-Length: 4, 4\r\n", Error::ContentLengthByte { byte: b',' });
    check_headers("Content-Length: +4\r\n", Error::ContentLengthByte { byte: b'+' });
    check_headers("Content-Length: 0x4\r\n", Error::ContentLengthByte { byte: b'x' });
    check_headers("Content-Length: 4 4\r\n", Error::ContentLengthByte { byte: b' ' });
    check_headers("Content-Length: -1\r\n", Error::ContentLengthByte { byte: b'-' });
    check_headers("Content-Length:\r\n", Error::EmptyContentLength);
    let overflow = Error::ContentLengthOverflow { digits: 20 };
    check_headers("Content-Length: 18446744073709551616\r\n", overflow);
    for value in ["xchunked", "gzip, chunked", "chunked, identity", "identity", "", "\"chunked\""] {
        check_headers(&format!("Transfer-Encoding: {value}\r\n"), Error::Encoding);
    }
    let twice = "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n";
    check_headers(twice, Error::Repeated { name: "Transfer-Encoding" });
    check_headers(
        "Content-Type: a\r\ncontent-type: b\r\n",
        Error::Repeated { name: "Content-Type" },
    );
    let old = "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n";
    check_head(old, Error::EncodingInHttp10);
    check_headers("Transfer-Encoding : chunked\r\n", Error::Header);
    check_headers("Content-Length\t: 4\r\n", Error::Header);
    check_headers(": 4\r\n", Error::Header);
    check_headers("Content-Length\r\n", Error::Header);
    check_headers("A(: 4\r\n", Error::Header);
}

#[test]
fn lines() {
    check_byte("GET / HTTP/1.1\nHost: a\n\n", 15, Error::LineEnd { at: 14 });
    check_byte("GET / HTTP/1.1\r\nA: b\nHost: a\r\n\r\n", 21, Error::LineEnd { at: 20 });
    check_byte("GET / HTTP/1.1\r\nA: b\rHost: a\r\n\r\n", 22, Error::LineEnd { at: 20 });
    check_byte("GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", 25, Error::LineEnd { at: 23 });
    check_byte("GET / HTTP/1.1\r\nHost: a\r\n\n", 26, Error::LineEnd { at: 25 });
    check_byte("\nGET / HTTP/1.1\r\n\r\n", 1, Error::LineEnd { at: 0 });
    check_byte("GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 26, Error::Folded { at: 25 });
    check_byte("GET / HTTP/1.1\r\n\tHost: a\r\n\r\n", 17, Error::Folded { at: 16 });
    check_byte("GET /\0 HTTP/1.1\r\n\r\n", 6, Error::HeadByte { at: 5, byte: 0 });
    check_byte("GET / HTTP/1.1\r\nA: \x7F\r\n\r\n", 20, Error::HeadByte { at: 19, byte: 0x7F });
    check_byte("\x16\x03\x01", 1, Error::HeadByte { at: 0, byte: 0x16 });
}

#[test]
fn request_lines() {
    let check = |line: &str, error| check_head(&format!("{line}\r\nHost: a\r\n\r\n"), error);
    check("GET /", Error::RequestLine);
    check("GET", Error::RequestLine);
    check("GET  / HTTP/1.1", Error::RequestLine);
    check("GET / HTTP/1.1 ", Error::RequestLine);
    check("GET /  HTTP/1.1", Error::RequestLine);
    check("GET /a b HTTP/1.1", Error::RequestLine);
    check(" GET / HTTP/1.1", Error::RequestLine);
    check("G(T / HTTP/1.1", Error::RequestLine);
    check("GET / http/1.1", Error::RequestLine);
    check("GET / HTTP/1.10", Error::RequestLine);
    check("GET / HTTP/11", Error::RequestLine);
    check("GET\t/ HTTP/1.1", Error::RequestLine);
    check("GET / HTTP/1.2", Error::Version);
    check("GET / HTTP/0.9", Error::Version);
    check("GET / HTTP/2.0", Error::Version);
    check("PRI * HTTP/2.0", Error::Version);
}

#[test]
fn limits() {
    let head = b"GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n\r\n";
    let limits = |buffer_size, max_vars| Limits { buffer_size, max_vars, limit_post: 10 };
    let mut decoder = Decoder::new();
    let exact = limits(head.len(), 2);
    assert_eq!(decoder.handle_input(&mut head.to_vec(), &exact), Ok(Step::Ready));
    let limit = head.len() - 1;
    check_error_within(&limits(limit, 2), head, limit, Error::HeadTooLarge { limit });
    check_error_within(&limits(100, 1), head, head.len(), Error::TooManyVars { limit: 1 });
    // Empty lines before it are no headers.
    let behind = b"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nA: b\r\n\r\n";
    decoder.reset();
    assert_eq!(decoder.handle_input(&mut behind.to_vec(), &limits(100, 2)), Ok(Step::Ready));
    check_error_within(&limits(100, 1), behind, behind.len(), Error::TooManyVars { limit: 1 });
    let post = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n";
    let error = Error::BodyTooLarge { size: 11, limit: 10 };
    check_error_within(&limits(100, 2), post, post.len(), error);
    let many = "A-Header:\r\n".repeat(999);
    let head = format!("GET / HTTP/1.1\r\nHost: a\r\n{many}\r\n");
    decoder.reset();
    let step = decoder.handle_input(&mut head.into_bytes(), &Limits::default());
    assert_eq!(step, Ok(Step::Ready));
    // Each name grows by the five bytes of HTTP_.
    let names = (0..995).map(|n| format!("A{n:0>60}:\r\n")).collect::<String>();
    let head = format!("GET / HTTP/1.1\r\nHost: a\r\n{names}\r\n");
    decoder.reset();
    let outcome = decoder.handle_input(&mut head.into_bytes(), &Limits::default());
    assert!(matches!(outcome, Err(Error::VarsTooLarge { limit: 65_535, .. })), "{outcome:?}");
}
