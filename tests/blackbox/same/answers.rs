//! The answers to a table of requests by every protocol, compared field by field.

use super::table::{Ask, ask, table};
use crate::harness::{Answer, Connection, Nginx, Protocol};

/// What came, without what may differ; the ids of rows that were written do.
fn shown(answer: Answer, ask: &Ask) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let mut headers: Vec<(String, String)> = answer
        .headers
        .into_iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
        .filter(|(name, _)| name != "date" && name != "connection")
        .collect();
    headers.sort_unstable();
    let body = if ask.uri == "/write" { Vec::new() } else { answer.body };
    (answer.status, headers, body)
}

/// Asks nginx, on a new connection if the last answer has ended it.
fn answer(nginx: &Nginx, protocol: Protocol, open: &mut Option<Connection>, ask: &Ask) -> Answer {
    let mut connection = open.take().unwrap_or_else(|| nginx.open(protocol));
    let Ask { method, uri, headers, body } = ask;
    let length = match body.is_empty() {
        true => String::new(),
        false => format!("Content-Length: {}\r\n", body.len()),
    };
    let head = format!("{method} {uri} HTTP/1.1\r\nHost: example.org\r\n{headers}{length}\r\n");
    connection.send(&[head.as_bytes(), body].concat());
    if headers.contains("Expect") {
        assert_eq!(connection.line().unwrap(), "HTTP/1.1 100 Continue");
        assert_eq!(connection.line().unwrap(), "");
    }
    let answer = connection.answer_to(method);
    let answer = answer.unwrap_or_else(|error| panic!("{protocol}: {method} {uri}: {error}"));
    if answer.header("connection") == Some("keep-alive") {
        *open = Some(connection);
    }
    answer
}

#[test]
fn every_answer_is_the_same_by_every_protocol() {
    let nginx = Nginx::by_all(&[]);
    let mut open = [const { None }; 4];
    let mut different = Vec::new();
    for ask in table() {
        let mut answers = Protocol::ALL
            .iter()
            .zip(&mut open)
            .map(|(protocol, open)| (protocol, shown(answer(&nginx, *protocol, open, &ask), &ask)));
        let (_, expected) = answers.next().expect("uwsgi is the first");
        for (protocol, other) in answers {
            if other != expected {
                let brief = |(status, headers, body): &(u16, Vec<(String, String)>, Vec<u8>)| {
                    let body = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
                    format!("{status} {headers:?} {body:?}")
                };
                let (method, uri) = (ask.method, &ask.uri);
                let (by_uwsgi, by_other) = (brief(&expected), brief(&other));
                different.push(format!("{method} {uri}\n  {by_uwsgi}\n  {protocol}: {by_other}"));
            }
        }
    }
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n"));
}

/// nginx passes a target on to HTTP as it came, and to others what it made of it. That shows only
/// where a client sends what it must not.
#[test]
fn a_target_that_is_none_is_refused_by_http_alone() {
    let nginx = Nginx::by_all(&[]);
    for protocol in Protocol::ALL {
        let expected = if protocol == Protocol::Http { 400 } else { 200 };
        let ask = ask("GET", "/user/7?a=b#c", "", b"");
        let answer = answer(&nginx, protocol, &mut None, &ask);
        assert_eq!(answer.status, expected, "{protocol}");
    }
}
