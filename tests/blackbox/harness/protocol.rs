//! The protocols that a server speaks, and one request in each of them. Knows no socket.

use std::fmt;

use cleanslate_proto::fastcgi::{self, Cut};
use cleanslate_proto::scgi;

use super::request;

/// What a socket speaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Protocol {
    Uwsgi,
    FastCgi,
    Scgi,
    Http,
}

/// The id of every FastCGI request that isn't about ids.
pub(crate) const ID: u16 = 1;

impl Protocol {
    pub(crate) const ALL: [Self; 4] = [Self::Uwsgi, Self::FastCgi, Self::Scgi, Self::Http];
    /// Those whose connections go on after an answer.
    pub(crate) const KEPT: [Self; 2] = [Self::FastCgi, Self::Http];

    /// The option that opens a socket for it.
    pub(crate) fn option(self) -> &'static str {
        match self {
            Self::Uwsgi => "--socket",
            Self::FastCgi => "--fastcgi-socket",
            Self::Scgi => "--scgi-socket",
            Self::Http => "--http-socket",
        }
    }

    /// A request whose connection goes on after it, where the protocol has such a thing.
    pub(crate) fn request(self, method: &str, uri: &str, body: &[u8]) -> Vec<u8> {
        self.encode(method, uri, body, true)
    }

    pub(crate) fn get(self, uri: &str) -> Vec<u8> {
        self.request("GET", uri, b"")
    }

    /// A request whose connection ends with its answer.
    pub(crate) fn last(self, method: &str, uri: &str, body: &[u8]) -> Vec<u8> {
        self.encode(method, uri, body, false)
    }

    fn encode(self, method: &str, uri: &str, body: &[u8], keeps: bool) -> Vec<u8> {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let length = body.len().to_string();
        let vars = [
            ("REQUEST_METHOD", method),
            ("REQUEST_URI", uri),
            ("PATH_INFO", path),
            ("QUERY_STRING", query),
        ];
        let vars = vars.into_iter().map(|(key, value)| (key.as_bytes(), value.as_bytes()));
        let mut bytes = Vec::new();
        match self {
            Self::Uwsgi => return request(method, uri, &[], body),
            Self::Scgi => scgi::encode(&mut bytes, vars, body.len() as u64).expect("good vars"),
            Self::FastCgi => {
                let vars = vars.chain([(&b"CONTENT_LENGTH"[..], length.as_bytes())]);
                fastcgi::encode_request(&mut bytes, ID, keeps, vars, body, Cut::default())
                    .expect("good vars");
                return bytes;
            }
            Self::Http => {
                let connection = if keeps { "" } else { "Connection: close\r\n" };
                let length = match (method, body) {
                    ("GET" | "HEAD", []) => String::new(),
                    _ => format!("Content-Length: {length}\r\n"),
                };
                let head =
                    format!("{method} {uri} HTTP/1.1\r\nHost: x\r\n{connection}{length}\r\n");
                bytes.extend_from_slice(head.as_bytes());
            }
        }
        bytes.extend_from_slice(body);
        bytes
    }
}

impl fmt::Display for Protocol {
    /// As sockets and options are named.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, _) = self.option()[2..].split_once("-socket").unwrap_or(("uwsgi", ""));
        f.write_str(name)
    }
}
