//! `users` as the world sees it: through nginx, with the repository's configuration. Guards that
//! what nginx sends is understood, and that what it gets is what a browser can show.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::harness::{Answer, Nginx};

/// Sends an HTTP request to nginx and reads the answer up to its end. HTTP/1.0, so that nginx
/// closes after it and uses no chunks.
fn http(nginx: &Nginx, method: &str, uri: &str, headers: &[&str], body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(("127.0.0.1", nginx.port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut head = format!("{method} {uri} HTTP/1.0\r\nHost: localhost\r\n");
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    if !body.is_empty() {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    head.push_str("\r\n");
    stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
    let mut received = Vec::new();
    stream.read_to_end(&mut received).unwrap();
    let answer = Answer::parse(&received, method == "HEAD").unwrap();
    answer.unwrap_or_else(|| panic!("{method} {uri}: no answer; {}", nginx.log()))
}

#[test]
fn a_user_lives_and_goes() {
    let nginx = Nginx::start("users", &["--users-interval", "0.1"]);
    let json = |answer: &Answer| serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap();

    let page = http(&nginx, "GET", "/", &[], b"");
    assert!(page.status == 200 && page.text().contains("<html"), "{}", page.text());
    let all = json(&http(&nginx, "GET", "/users", &[], b""));
    assert_eq!(all.as_array().map(Vec::len), Some(1_000));

    let kind = "Content-Type: application/json";
    let made = http(&nginx, "POST", "/users", &[kind], r#"{"name": "Zoë Q"}"#.as_bytes());
    assert_eq!(made.status, 201, "{}", made.text());
    let id = json(&made)["id"].as_i64().unwrap();
    let uri = format!("/users/{id}");
    assert_eq!(json(&http(&nginx, "GET", &uri, &[], b""))["name"], "Zoë Q");
    let form = "Content-Type: application/x-www-form-urlencoded";
    assert_eq!(http(&nginx, "POST", "/users", &[form], b"name=").status / 100, 4);
    let renamed = http(&nginx, "PUT", &uri, &[kind], br#"{"name": "Zed"}"#);
    assert_eq!(renamed.status, 200, "{}", renamed.text());
    assert_eq!(json(&http(&nginx, "GET", &uri, &[], b""))["name"], "Zed");
    assert_eq!(http(&nginx, "POST", &format!("{uri}/seen"), &[], b"").status / 100, 2);
    assert_eq!(http(&nginx, "DELETE", &uri, &[], b"").status, 204);
    assert_eq!(http(&nginx, "GET", &uri, &[], b"").status, 404);
    assert_eq!(http(&nginx, "HEAD", "/users", &[], b"").status, 200);
    assert_eq!(nginx.log(), "");
}

/// nginx takes a chunked body apart and says its length; headers that would say otherwise come
/// along with it.
#[test]
fn bodies_and_headers_pass_unchanged() {
    let nginx = Nginx::start("probe", &[]);
    let body: Vec<u8> = (0..3_000_000_u32).map(|at| (at % 251) as u8).collect();
    let answer = http(&nginx, "POST", "/echo", &["Content-Type: a/b"], &body);
    assert!(answer.status == 200 && answer.body == body, "{}", answer.status);
    assert_eq!(answer.header("content-type"), Some("a/b"));

    let mut stream = TcpStream::connect(("127.0.0.1", nginx.port)).unwrap();
    let chunked = "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n\
                   5\r\n12345\r\n3\r\n678\r\n0\r\n\r\n";
    stream.write_all(chunked.as_bytes()).unwrap();
    let mut received = String::new();
    stream.read_to_string(&mut received).unwrap();
    assert!(received.starts_with("HTTP/1.1 200 OK") && received.ends_with("\r\n\r\n12345678"));

    for (uri, size) in [("/bytes/5000000", 5_000_000), ("/stream/5000", 5_000_000)] {
        assert_eq!(http(&nginx, "GET", uri, &[], b"").body.len(), size, "{uri}");
    }
    let pad = format!("X-Pad: {}", "x".repeat(7_000));
    assert_eq!(http(&nginx, "GET", "/len", &[&pad], b"").text(), "7000\n");
    for status in [204, 304, 404, 500] {
        let answer = http(&nginx, "GET", &format!("/status/{status}"), &[], b"");
        assert_eq!(answer.status, status);
    }
    assert_eq!(http(&nginx, "GET", "/panic", &[], b"").status, 500);
    let log = nginx.log();
    let complaints = log.lines().filter(|line| !line.contains("buffered to a temporary file"));
    assert_eq!(complaints.collect::<Vec<_>>(), [""; 0]);
}
