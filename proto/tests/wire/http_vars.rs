//! The vars of HTTP requests: those that many headers bring, and those that none does, as the server's name
//! and what its driver adds.

use cleanslate_proto::error::Error;
use cleanslate_proto::http::Decoder;
use cleanslate_proto::limits::Limits;
use cleanslate_proto::step::Step;

/// The decoder of a request that is whole, with these headers.
#[track_caller]
fn whole(target: &str, headers: &str) -> Decoder {
    let mut decoder = Decoder::new();
    let mut head = format!("GET {target} HTTP/1.0\r\n{headers}\r\n").into_bytes();
    assert_eq!(decoder.handle_input(&mut head, &Limits::default()), Ok(Step::Ready));
    decoder
}

/// Names that repeat are one var, however many others lie between them, in the order in which they came.
#[test]
fn repeated_headers_among_many() {
    for between in [0, 1, 60, 62, 63, 64, 65, 500] {
        let others = (0..between).map(|n| format!("B{n}: b\r\n")).collect::<String>();
        let decoder = whole("/", &format!("X-A: 1\r\n{others}x-a: 2\r\nZ: 3\r\nX-a: 4\r\n"));
        let vars = decoder.vars();
        assert_eq!(vars.get(b"HTTP_X_A"), Some(&b"1, 2, 4"[..]), "{between}");
        assert_eq!(vars.iter().filter(|(name, _)| *name == b"HTTP_X_A").count(), 1, "{between}");
        assert!((0..between).all(|n| vars.get(format!("HTTP_B{n}").as_bytes()) == Some(b"b")));
        assert_eq!(vars.get(b"HTTP_Z"), Some(&b"3"[..]), "{between}");
    }
}

#[test]
fn server_names() {
    let check = |target: &str, headers: &str, name: Option<&str>| {
        let decoder = whole(target, headers);
        let seen = decoder.vars().get(b"SERVER_NAME").map(|name| str::from_utf8(name).unwrap());
        assert_eq!(seen, name, "{target} {headers}");
        assert_eq!(decoder.vars().get(b"REQUEST_SCHEME"), Some(&b"http"[..]));
    };
    check("/", "", None);
    check("/", "Host:\r\n", Some(""));
    check("/", "Host: a\r\n", Some("a"));
    check("/", "Host: Example.ORG:8080\r\n", Some("example.org"));
    check("/", "Host: a:\r\n", Some("a"));
    check("/", "Host: [::1]\r\n", Some("[::1]"));
    check("/", "Host: [::1]:80\r\n", Some("[::1]"));
    check("/", "Host: :80\r\n", Some(""));
    check("https://b:443/", "Host: a\r\n", Some("b"));
}

#[test]
fn vars_of_the_driver() {
    let names = [&b"REMOTE_ADDR"[..], b"REMOTE_PORT", b"SERVER_ADDR", b"SERVER_PORT"];
    let headers = "Remote-Addr: 6.6.6.6\r\nREMOTE_ADDR: 6.6.6.6\r\nREMOTE.ADDR: 6.6.6.6\r\n\
        Server-Port: 6\r\nHttp-Remote-Addr: 6\r\nServer-Name: evil\r\nHost: a\r\n";
    let mut decoder = whole("/", headers);
    let before = decoder.vars().len();
    assert!(names.iter().all(|name| decoder.vars().get(name).is_none()));
    for name in names {
        decoder.push_var(name, b"127.0.0.1").unwrap();
    }
    assert!(names.iter().all(|name| decoder.vars().get(name) == Some(b"127.0.0.1")));
    assert_eq!(decoder.vars().len(), before + names.len());
    assert_eq!(decoder.vars().get(b"HTTP_REMOTE_ADDR"), Some(&b"6.6.6.6"[..]));
    assert_eq!(decoder.vars().get(b"SERVER_NAME"), Some(&b"a"[..]));
    // The driver's counts, whatever there was.
    decoder.push_var(b"SERVER_NAME", b"").unwrap();
    assert_eq!(decoder.vars().get(b"SERVER_NAME"), Some(&b""[..]));
    decoder.reset();
    assert!(decoder.vars().is_empty());
}

#[test]
fn what_the_driver_cannot_add() {
    let mut decoder = whole("/", "");
    let size: usize = decoder.vars().iter().map(|(key, value)| key.len() + value.len()).sum();
    assert_eq!(decoder.push_var(b"", b"1"), Err(Error::EmptyKey { at: size }));
    let room = 65_535 - size - 2;
    let error = Error::VarsTooLarge { size: 65_536, limit: 65_535 };
    assert_eq!(decoder.push_var(b"A", &vec![b'x'; room + 2]), Err(error));
    assert!(decoder.vars().get(b"A").is_none());
    // What was refused takes no room.
    decoder.push_var(b"A", &vec![b'x'; room]).unwrap();
    decoder.push_var(b"B", b"").unwrap();
    assert_eq!(decoder.push_var(b"C", b""), Err(error));
    assert_eq!(decoder.vars().get(b"A").map(<[u8]>::len), Some(room));
    assert_eq!(decoder.vars().get(b"B"), Some(&b""[..]));
}
