//! What an application is told of a request by each protocol. All of it is the same but for what is
//! listed here.

use std::collections::{BTreeMap, BTreeSet};

use crate::harness::{Nginx, Protocol};

type Vars = BTreeMap<String, String>;

const HEAD: &str = "GET /env?a=%20b&c HTTP/1.1\r\nHost: example.org:81\r\nCookie: a=b\r\n\
    User-Agent: some/1\r\nX-Some-Thing: gr\u{fc}n\r\nAccept: */*\r\nX-Empty:\r\n\
    Content-Type: text/plain\r\nContent-Length: 4\r\nAuthorization: Basic eA==\r\n\
    X-Forwarded-For: 192.0.2.1\r\nProxy: evil\r\nTE: trailers\r\n\r\nbody";

fn vars(nginx: &Nginx, protocol: Protocol) -> Vars {
    let mut connection = nginx.open(protocol);
    connection.send(HEAD.as_bytes());
    let answer = connection.answer().unwrap();
    assert_eq!(answer.status, 200, "{protocol}: {}", answer.text());
    serde_json::from_slice(&answer.body).unwrap()
}

/// A var that differs: its value by uwsgi, and by the other.
type Difference = (&'static str, Option<&'static str>, Option<&'static str>);

/// A length is always said, and the protocol's own mark stands beside it.
const BY_SCGI: &[Difference] = &[("SCGI", None, Some("1"))];

/// A request that came by HTTP has no one to tell more than is in it. What would be told of the
/// connection is nothing here, as nginx is asked and passes on over unix sockets.
const BY_HTTP: &[Difference] = &[
    ("DOCUMENT_ROOT", Some("…/html"), None),
    // CGI has names of their own for these two; nginx tells them twice.
    ("HTTP_CONTENT_LENGTH", Some("4"), None),
    ("HTTP_CONTENT_TYPE", Some("text/plain"), None),
    // Programs take a var of this name for a setting of their own, so the server drops it.
    ("HTTP_PROXY", Some("evil"), None),
    // nginx keeps to itself what is about the client's connection to it.
    ("HTTP_TE", Some("trailers"), None),
    ("REMOTE_PORT", Some(""), None),
    // What nginx calls the server, and what the client called it.
    ("SERVER_NAME", Some("localhost"), Some("example.org")),
    ("SERVER_PORT", Some(""), None),
];

#[test]
fn an_application_is_told_the_same_but_for_what_is_listed() {
    let nginx = Nginx::by_all(&[]);
    let folder = nginx.server.folder().display().to_string();
    let by_uwsgi = vars(&nginx, Protocol::Uwsgi);
    for name in ["REQUEST_METHOD", "REQUEST_URI", "PATH_INFO", "QUERY_STRING", "CONTENT_LENGTH"] {
        assert!(by_uwsgi.get(name).is_some_and(|value| !value.is_empty()), "{name}");
    }
    for (protocol, listed) in
        [(Protocol::FastCgi, &[][..]), (Protocol::Scgi, BY_SCGI), (Protocol::Http, BY_HTTP)]
    {
        let other = vars(&nginx, protocol);
        let names: BTreeSet<&String> = by_uwsgi.keys().chain(other.keys()).collect();
        let value = |vars: &Vars, name| Some(vars.get(name)?.replace(&folder, "…"));
        let different: Vec<_> = names
            .into_iter()
            .map(|name| (name.as_str(), value(&by_uwsgi, name), value(&other, name)))
            .filter(|(_, by_uwsgi, by_other)| by_uwsgi != by_other)
            .collect();
        let owned = |value: Option<&str>| value.map(str::to_owned);
        let listed: Vec<_> =
            listed.iter().map(|(name, one, two)| (*name, owned(*one), owned(*two))).collect();
        assert_eq!(different, listed, "{protocol}");
    }
}
