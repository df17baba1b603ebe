//! A table of HTTP requests, each decoded whole, byte by byte, cut at every point and with another
//! one after it.

use crate::Var;
use cleanslate_proto::error::Error;
use cleanslate_proto::http::Decoder;
use cleanslate_proto::limits::Limits;
use cleanslate_proto::step::{End, Step};

const NEXT: &[u8] = b"GET /next HTTP/1.1\r\nHost: next\r\n\r\n";

/// A request that must have these vars, and maybe others, and this body.
#[track_caller]
pub(crate) fn check_whole(request: &[u8], vars: &[Var<'_>], body: &[u8]) {
    let limits = Limits::default();
    let verify = |decoder: &Decoder, buffer: &[u8]| {
        for (key, value) in vars {
            let (key_text, seen) = (key.escape_ascii(), decoder.vars().get(key));
            let seen = seen.map(|value| value.escape_ascii().to_string());
            assert_eq!(seen, Some(value.escape_ascii().to_string()), "{key_text}");
        }
        assert_eq!(&buffer[decoder.body()], body);
        assert_eq!(decoder.handle_end(), End::Whole);
        assert!(decoder.has_vars() && decoder.has_anything() && !decoder.expects_continue());
    };
    let mut decoder = Decoder::new();
    for cut in 0..request.len() {
        decoder.reset();
        let mut buffer = request[..cut].to_vec();
        let step = decoder.handle_input(&mut buffer, &limits);
        assert_eq!(step, Ok(Step::NeedMore), "cut at {cut}");
        assert_eq!(decoder.consumed(), 0);
        buffer.extend(&request[cut..]);
        assert_eq!(decoder.handle_input(&mut buffer, &limits), Ok(Step::Ready), "cut at {cut}");
        assert_eq!((decoder.consumed(), decoder.wanted()), (request.len(), Some(request.len())));
        verify(&decoder, &buffer);
    }
    for compacts in [false, true] {
        decoder.reset();
        assert_eq!(decoder.handle_end(), End::Nothing);
        let mut buffer = Vec::new();
        for (at, byte) in request.iter().enumerate() {
            assert_eq!(decoder.handle_input(&mut buffer, &limits), Ok(Step::NeedMore), "at {at}");
            if compacts {
                decoder.compact(&mut buffer);
            }
            buffer.push(*byte);
        }
        assert_eq!(decoder.handle_input(&mut buffer, &limits), Ok(Step::Ready));
        verify(&decoder, &buffer);
        decoder.compact(&mut buffer);
        assert_eq!(decoder.consumed(), buffer.len());
        assert_eq!(decoder.body().end, buffer.len());
        verify(&decoder, &buffer);
    }
    // With the next one right after it, as pipelined.
    let mut buffer = [request, NEXT].concat();
    decoder.reset();
    assert_eq!(decoder.handle_input(&mut buffer, &limits), Ok(Step::Ready));
    verify(&decoder, &buffer);
    buffer.drain(..decoder.consumed());
    assert_eq!(buffer, NEXT);
    decoder.reset();
    assert_eq!(decoder.handle_input(&mut buffer, &limits), Ok(Step::Ready));
    assert_eq!(decoder.vars().get(b"PATH_INFO"), Some(&b"/next"[..]));
}

/// Bytes that must be refused with this error once `decided` of them are there, not sooner.
#[track_caller]
pub(crate) fn check_error_within(limits: &Limits, request: &[u8], decided: usize, error: Error) {
    let mut decoder = Decoder::new();
    for cut in 0..=request.len() {
        decoder.reset();
        let mut buffer = request[..cut].to_vec();
        let expected = if cut < decided { Ok(Step::NeedMore) } else { Err(error) };
        assert_eq!(decoder.handle_input(&mut buffer, limits), expected, "cut at {cut}");
        buffer.extend(&request[cut..]);
        assert_eq!(decoder.handle_input(&mut buffer, limits), Err(error), "cut at {cut}");
        assert_eq!(decoder.handle_input(&mut buffer, limits), Err(error), "it stays");
        assert_eq!(decoder.handle_end(), End::Short(error));
        assert_eq!((decoder.body(), decoder.wanted()), (0..0, None));
        assert!(!decoder.keep_alive() && !decoder.has_vars() && !decoder.expects_continue());
    }
    let mut buffer = [request, NEXT].concat();
    decoder.reset();
    assert_eq!(decoder.handle_input(&mut buffer, limits), Err(error));
}

#[test]
fn requests() {
    let vars: [Var<'_>; 8] = [
        (b"REQUEST_METHOD", b"GET"),
        (b"REQUEST_URI", b"/a%20b?c=%20"),
        (b"PATH_INFO", b"/a b"),
        (b"QUERY_STRING", b"c=%20"),
        (b"SERVER_PROTOCOL", b"HTTP/1.1"),
        (b"REQUEST_SCHEME", b"http"),
        (b"HTTP_HOST", b"a:80"),
        (b"SERVER_NAME", b"a"),
    ];
    check_whole(b"GET /a%20b?c=%20 HTTP/1.1\r\nHost: a:80\r\n\r\n", &vars, b"");
    check_whole(b"\r\n\r\nGET / HTTP/1.0\r\n\r\n", &[(b"SERVER_PROTOCOL", b"HTTP/1.0")], b"");
    let post =
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-LENGTH: 005 \r\nContent-Type:b\r\n\r\n12\r\n5";
    let vars: [Var<'_>; 2] = [(b"CONTENT_LENGTH", b"005"), (b"CONTENT_TYPE", b"b")];
    check_whole(post, &vars, b"12\r\n5");
    check_whole(b"GET / HTTP/1.1\r\nHost:\r\n\r\n", &[(b"HTTP_HOST", b"")], b"");
    check_whole("GET /\u{e9} HTTP/1.1\r\nHost: a\r\nX: \u{e9}\r\n\r\n".as_bytes(), &[], b"");
}

#[test]
fn headers() {
    let request = b"GET / HTTP/1.1\r\nX-One: 1\r\nCookie: a=1\r\nx-oNE:\t2 \r\nHost: a\r\n\
        Cookie: b=2\r\nTransfer_Encoding: chunked\r\nX_One: 3\r\nX.One: 4\r\nContent_Length: 9\r\n\
        Proxy: evil\r\nContent-Type: t\r\nX-Empty:\r\nX-ONE: 1\r\n\r\n";
    let vars: [Var<'_>; 5] = [
        (b"HTTP_X_ONE", b"1, 2, 1"),
        (b"HTTP_COOKIE", b"a=1; b=2"),
        (b"HTTP_X_EMPTY", b""),
        (b"HTTP_HOST", b"a"),
        (b"CONTENT_TYPE", b"t"),
    ];
    check_whole(request, &vars, b"");
    let mut decoder = Decoder::new();
    decoder.handle_input(&mut request.to_vec(), &Limits::default()).unwrap();
    // Five vars of the request line, the scheme, the server's name, and those above.
    assert_eq!(decoder.vars().len(), 7 + vars.len());
}

#[test]
fn paths() {
    let check = |target: &str, path: &str| {
        let request = format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
        let vars: [Var<'_>; 2] =
            [(b"PATH_INFO", path.as_bytes()), (b"REQUEST_URI", target.as_bytes())];
        check_whole(request.as_bytes(), &vars, b"");
    };
    check("/", "/");
    check("/a/b/", "/a/b/");
    check("/a+b&c", "/a+b&c");
    check("//", "/");
    check("/a//b", "/a/b");
    check("/a%2F%2fb", "/a/b");
    check("/.", "/");
    check("/a/.", "/a/");
    check("/a/./b", "/a/b");
    check("/a/..", "/");
    check("/a/b/../c", "/a/c");
    check("/a//../c", "/c");
    check("/a/%2E%2e/c", "/c");
    check("/a/..b/...", "/a/..b/...");
    check("/.a", "/.a");
    check("/%25%3f%23%2B", "/%?#+");
    check("/%252e%252e/a", "/%2e%2e/a");
    check("/a?b/../..", "/a");
    check("/?", "/");
}

#[test]
fn absolute_targets() {
    let check = |target: &str, host: &str, path: &str, query: &str| {
        let request = format!("GET {target} HTTP/1.1\r\nHost: other\r\n\r\n");
        let vars: [Var<'_>; 4] = [
            (b"HTTP_HOST", host.as_bytes()),
            (b"PATH_INFO", path.as_bytes()),
            (b"QUERY_STRING", query.as_bytes()),
            (b"REQUEST_URI", target.as_bytes()),
        ];
        check_whole(request.as_bytes(), &vars, b"");
    };
    check("http://a:80/b/../c?d", "a:80", "/c", "d");
    check("HTTPS://[::1]", "[::1]", "/", "");
    check("http://a?b/c", "a", "/", "b/c");
}

#[test]
fn persistence() {
    let check = |version: &str, headers: &str, keep_alive| {
        let mut head = format!("GET / HTTP/{version}\r\nHost: a\r\n{headers}\r\n").into_bytes();
        let mut decoder = Decoder::new();
        assert_eq!(decoder.handle_input(&mut head, &Limits::default()), Ok(Step::Ready));
        assert_eq!(decoder.keep_alive(), keep_alive, "{version} {headers}");
        assert_eq!(decoder.is_http_1_0(), version == "1.0");
    };
    check("1.1", "", true);
    check("1.1", "Connection: Close\r\n", false);
    check("1.1", "Connection: upgrade,\tclose\r\n", false);
    check("1.1", "Connection: keep-alive\r\nConnection: close\r\n", false);
    check("1.1", "Connection: closed\r\n", true);
    check("1.0", "", false);
    check("1.0", "Connection: Keep-Alive\r\n", true);
    check("1.0", "Connection: keep-alive, close\r\n", false);
}

#[test]
fn continues() {
    let check = |version: &str, headers: &str, body: &str, expects| {
        let head = format!("PUT / HTTP/{version}\r\nHost: a\r\n{headers}\r\n{body}");
        let mut decoder = Decoder::new();
        decoder.handle_input(&mut head.into_bytes(), &Limits::default()).unwrap();
        assert_eq!(decoder.expects_continue(), expects, "{version} {headers} {body}");
    };
    let length = "Expect: 100-Continue\r\nContent-Length: 2\r\n";
    check("1.1", length, "", true);
    check("1.1", length, "a", false);
    check("1.1", length, "ab", false);
    check("1.0", length, "", false);
    check("1.1", "Expect: 100-continue\r\nContent-Length: 0\r\n", "", false);
    check("1.1", "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n", "", true);
    check("1.1", "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n", "1", false);
    check("1.1", "Expect: something\r\nContent-Length: 2\r\n", "", false);
}

#[test]
fn ends() {
    let mut decoder = Decoder::new();
    let mut buffer = b"\r\n".to_vec();
    assert_eq!(decoder.handle_input(&mut buffer, &Limits::default()), Ok(Step::NeedMore));
    assert_eq!((decoder.has_anything(), decoder.handle_end()), (false, End::Nothing));
    buffer.extend(b"GET");
    assert_eq!(decoder.handle_input(&mut buffer, &Limits::default()), Ok(Step::NeedMore));
    let (received, wanted) = (5, None);
    assert_eq!(decoder.handle_end(), End::Short(Error::Short { received, wanted }));
}
