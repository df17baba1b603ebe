//! Bodies of all sizes up to the limit, there and back, buffered by nginx or passed on as they come.

use std::time::Duration;

use crate::harness::{Connection, Nginx, Protocol, alone, full, let_pass};

/// The server's limit-post, and nginx's.
const LIMIT: usize = 64 << 20;

/// Bytes that show where one is missing, near or far.
fn pattern(size: usize) -> Vec<u8> {
    let byte = |at: usize| u8::try_from((at % 251) ^ ((at >> 16) % 256)).unwrap();
    (0..size).map(byte).collect()
}

/// Where a body goes: buffered by nginx, or passed on as it comes, which it can't by SCGI.
fn uris(protocol: Protocol) -> &'static [&'static str] {
    if protocol == Protocol::Scgi { &["/echo"] } else { &["/echo", "/unbuffered/echo"] }
}

fn head(uri: &str, size: usize) -> Vec<u8> {
    let lines = format!("POST {uri} HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n");
    lines.into_bytes()
}

fn check(connection: &mut Connection, body: &[u8], case: &str) {
    let answer = connection.answer().unwrap_or_else(|error| panic!("{case}: {error}"));
    assert_eq!((answer.status, answer.body.len()), (200, body.len()), "{case}");
    assert!(answer.body == body, "{case}: other bytes");
}

#[test]
fn bodies_up_to_the_limit_come_back_as_they_went() {
    let _alone = alone();
    let nginx = Nginx::by_all(&[]);
    let sizes = if full() { &[0, 1, 1 << 20, LIMIT][..] } else { &[0, 1, 1 << 20] };
    for protocol in Protocol::ALL {
        for uri in uris(protocol) {
            let mut connection = nginx.open(protocol);
            let at_limit = [LIMIT];
            // The largest takes seconds: by default once for each protocol.
            let largest = if *uri == "/echo" && !full() { &at_limit[..] } else { &[] };
            for size in sizes.iter().chain(largest) {
                let body = pattern(*size);
                connection.send(&head(uri, *size));
                connection.send(&body);
                check(&mut connection, &body, &format!("{protocol}: {size} to {uri}"));
            }
            // One byte more is refused, by nginx, whose limit is the same.
            connection.send(&head(uri, LIMIT + 1));
            assert_eq!(connection.answer().unwrap().status, 413, "{protocol}");
        }
    }
}

/// Uploads that come slowly, with their length or in chunks, many at a time.
#[test]
fn slow_uploads_come_whole() {
    let nginx = Nginx::by_all(&["--post-buffering", "20000"]);
    let body = pattern(60_000);
    let mut all: Vec<(String, Connection, bool)> = Vec::new();
    for protocol in Protocol::ALL {
        for uri in uris(protocol) {
            for chunked in [false, true] {
                let connection = nginx.open(protocol);
                if chunked {
                    let head = format!(
                        "POST {uri} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                    );
                    connection.send(head.as_bytes());
                } else {
                    connection.send(&head(uri, body.len()));
                }
                all.push((format!("{protocol}: {uri}, chunked {chunked}"), connection, chunked));
            }
        }
    }
    for piece in body.chunks(body.len() / 20) {
        for (_, connection, chunked) in &all {
            let mut bytes = Vec::new();
            match chunked {
                true => cleanslate_proto::http::encode_chunk(&mut bytes, piece),
                false => bytes.extend_from_slice(piece),
            }
            connection.send(&bytes);
        }
        let_pass(Duration::from_millis(50));
    }
    for (case, connection, chunked) in &mut all {
        if *chunked {
            connection.send(b"0\r\n\r\n");
        }
        check(connection, &body, case);
    }
}
