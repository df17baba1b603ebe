//! What is seen in received bytes, and the cuts. Knows no socket.

use super::seen::{End, Seen};
use super::way::Way;
use super::{Cuts, check};
use crate::tool::conform::format::{Case, Setting, read};
use crate::tool::conform::library::CaseFile;

/// A case of this protocol, with these steps and expectations.
fn case(protocol: &str, rest: &str) -> Case {
    let text =
        format!("protocol = '{protocol}'\n[[case]]\nid = 'a'\nchecks = 'x'\nsource = 'x'\n{rest}");
    let file = CaseFile { name: "x.toml".to_owned(), text };
    read(&[file], &Setting::default()).unwrap().pop().unwrap()
}

/// What is seen when these bytes come by themselves, one at a time.
fn seen(case: &Case, bytes: &[u8], end: End) -> Seen {
    let mut seen = Seen::new(case.protocol, case.heads.clone());
    for byte in bytes {
        seen.received.push(*byte);
        seen.look();
    }
    seen.finish(end);
    seen
}

#[test]
fn what_a_server_did_is_told_in_a_word() {
    let steps = "steps = [{ send = 'x' }]\nexpect = [{ closed = true }]";
    let head = "steps = [{ request = { method = 'HEAD' } }]\nexpect = [{ closed = true }]";
    let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
    let end = "\u{1}\u{3}\0\u{1}\0\u{8}\0\0\0\0\0\0\0\0\0\0";
    let stdout = "\u{1}\u{6}\0\u{1}\0\u{f}\u{1}\0Status: 404\r\n\r\n ";
    for (protocol, rest, bytes, ending, expected) in [
        ("http", steps, String::new(), End::Closed, "closed"),
        ("http", steps, String::new(), End::Kept, "silent"),
        ("http", steps, String::new(), End::Stalled, "stalled"),
        ("http", steps, format!("{ok}hi{ok}hi"), End::Kept, "200 then 200 then kept"),
        ("http", head, ok.to_owned(), End::Closed, "200 then closed"),
        ("http", steps, format!("{ok}h"), End::Closed, "200 cut short then closed"),
        ("http", steps, format!("{ok}hi!"), End::Closed, "200 then garbage then closed"),
        (
            "http",
            steps,
            format!("HTTP/1.1 100 C\r\n\r\n{ok}hi"),
            End::Kept,
            "100 then 200 then kept",
        ),
        ("uwsgi", steps, format!("{ok}hi"), End::Closed, "200"),
        ("uwsgi", steps, format!("{ok}hi!"), End::Closed, "200 then garbage"),
        ("uwsgi", steps, "d\0\0\u{1}".to_owned(), End::Closed, "packet 100"),
        ("scgi", steps, "Status: 404 x\r\n\r\n".to_owned(), End::Closed, "404"),
        ("scgi", steps, format!("{ok}hi"), End::Stalled, "200 then stalled"),
        ("fastcgi", steps, format!("{stdout}{end}"), End::Kept, "404 then kept"),
        ("fastcgi", steps, stdout.to_owned(), End::Closed, "404 cut short then closed"),
        ("fastcgi", steps, end.to_owned(), End::Closed, "END_REQUEST 0 then closed"),
        ("fastcgi", steps, end[..9].to_owned(), End::Closed, "garbage then closed"),
    ] {
        let case = case(protocol, rest);
        assert_eq!(seen(&case, bytes.as_bytes(), ending).word(&case), expected, "{bytes:?}");
    }
}

#[test]
fn what_is_otherwise_is_told() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nX: y\r\n\r\n{\"A\":\"b\"}";
    for (expected, told) in [
        ("answer = { status = ['2xx', 404], body_length = 9 }", None),
        ("answer = { status = 200, headers = { x = 'y', Z = false }, env = { A = 'b' } }", None),
        ("answer = { status = 404 }", Some("expected 404, got 200")),
        ("answer = { status = 200, headers = { X = 'z' } }", Some("header X to be `z`, it is `y`")),
        ("answer = { status = 200, headers = { Z = true } }", Some("expected a header Z")),
        ("answer = { status = 200, env = { A = false } }", Some("expected no var A, it is `b`")),
        ("answer = { status = 200, body_contains = 'B' }", Some("expected `B` in the body")),
        ("packet = { modifier1 = 1 }", Some("expected a packet 1, got 200")),
        ("closed = true", Some("expected no more, got 200")),
    ] {
        let case =
            case("uwsgi", &format!("steps = [{{ send = 'x' }}]\nexpect = [{{ {expected} }}]"));
        let result = check::check(&case, &seen(&case, answer, End::Closed));
        match told {
            None => assert_eq!(result, Ok(()), "{expected}"),
            Some(told) => assert!(result.as_ref().unwrap_err().contains(told), "{result:?}"),
        }
    }
}

#[test]
fn every_way_sends_the_same_bytes() {
    for size in [0, 1, 2, 40, 2_048, 2_049, 70_000] {
        let expect = "expect = [{ closed = true }]";
        let fill = format!("{{ repeat = 'x', times = {size} }}");
        let case = case("http", &format!("steps = [{{ send = {fill} }}]\n{expect}"));
        let bytes = vec![b'x'; size];
        for (cuts, least) in
            [(Cuts::None, 1), (Cuts::Some, size.min(32)), (Cuts::All, size.min(48))]
        {
            let ways = Way::all(&case, cuts);
            let every_point = cuts == Cuts::All && size <= 2_048;
            let least = if every_point { size } else { least };
            assert!(ways.len() >= least, "{cuts:?} of {size}: {}", ways.len());
            for way in ways {
                assert_eq!(way.pieces(&bytes, 0).concat(), bytes, "{way} of {size}");
            }
        }
    }
    assert_eq!(Way::CutAt(5).pieces(b"abcd", 3), [&b"ab"[..], b"cd"]);
    assert_eq!(Way::CutAt(3).pieces(b"abcd", 3), [b"abcd"]);
}
