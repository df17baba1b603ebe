//! How a server's address is written on the command line. It must not open anything.

use std::fmt;
use std::path::{Path, PathBuf};

/// What a server speaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Protocol {
    Uwsgi,
    Scgi,
    Fastcgi,
    Http,
}

/// Where a server listens.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Address {
    Tcp { host: String, port: u16 },
    Unix(PathBuf),
    Abstract(String),
}

/// A server, and what was asked of it in the same breath.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Target {
    pub(crate) protocol: Protocol,
    pub(crate) address: Address,
    /// As a client would write it in `Host`.
    pub(crate) host: String,
    /// Path and query, if given.
    pub(crate) path: Option<String>,
}

/// Why a target is none.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum TargetError {
    #[error(
        "`{0}` has no scheme: expected PROTOCOL://HOST:PORT/PATH or PROTOCOL:///path/of/socket, \
         PROTOCOL being uwsgi, scgi, fastcgi or http"
    )]
    NoScheme(String),
    #[error("`{0}` is no protocol: expected uwsgi, scgi, fastcgi or http")]
    Scheme(String),
    #[error("no port: {protocol} has no usual one, expected {protocol}://{host}:PORT/PATH")]
    NoPort { protocol: Protocol, host: String },
    #[error(
        "`{0}` is of no use here: expected uwsgi://HOST:PORT, uwsgi:///path/of/socket, or either without uwsgi://"
    )]
    NotUwsgi(String),
    #[error(
        "`{0}` is of no use here: expected HOST:PORT, /path/of/socket, @NAME, or http:// before one of them"
    )]
    NotHttp(String),
    #[error("`{0}` is no port: expected a number up to 65535 behind the last colon")]
    Port(String),
    #[error(
        "a socket was given twice: in PROTOCOL:///path/of/socket, and with --unix-socket, \
         beside which expected PROTOCOL://HOST/PATH"
    )]
    TwoSockets,
}

impl Target {
    /// Reads `PROTOCOL://HOST:PORT/PATH`, `PROTOCOL://@NAME/PATH` (a name in Linux's abstract
    /// namespace) or `PROTOCOL:///path/of/socket`. With a socket of its own, HOST is only a name.
    pub(crate) fn parse(text: &str, socket: Option<&Path>) -> Result<Self, TargetError> {
        let (scheme, rest) =
            text.split_once("://").ok_or_else(|| TargetError::NoScheme(text.to_owned()))?;
        let protocol = Protocol::parse(scheme)?;
        let split = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(split);
        let path = Some(path).filter(|path| !path.is_empty()).map(rooted);
        let (address, host) = match (authority, socket) {
            ("", Some(_)) => return Err(TargetError::TwoSockets),
            ("", None) => {
                let address = Address::Unix(PathBuf::from(rest));
                return Ok(Self { protocol, address, host: "localhost".to_owned(), path: None });
            }
            (host, Some(socket)) => (Address::Unix(socket.to_owned()), host.to_owned()),
            (name, None) if name.starts_with('@') => {
                (Address::Abstract(name[1..].to_owned()), "localhost".to_owned())
            }
            (host, None) => (parse_tcp(protocol, host)?, host.to_owned()),
        };
        Ok(Self { protocol, address, host, path })
    }
}

impl Protocol {
    fn parse(scheme: &str) -> Result<Self, TargetError> {
        match scheme.to_ascii_lowercase().as_str() {
            "uwsgi" => Ok(Self::Uwsgi),
            "scgi" => Ok(Self::Scgi),
            "fastcgi" | "fcgi" => Ok(Self::Fastcgi),
            "http" => Ok(Self::Http),
            _ => Err(TargetError::Scheme(scheme.to_owned())),
        }
    }

    /// Whether a connection may carry another request after an answer.
    pub(crate) fn can_keep(self) -> bool {
        matches!(self, Self::Fastcgi | Self::Http)
    }
}

impl Address {
    /// Reads the address of a server that speaks uwsgi: as a target without a path, or as uWSGI has
    /// it, where what has no port is the path of a socket.
    pub(crate) fn of_uwsgi(text: &str) -> Result<Self, TargetError> {
        if text.contains("://") {
            return match Target::parse(text, None)? {
                Target { protocol: Protocol::Uwsgi, address, path: None, .. } => Ok(address),
                Target { .. } => Err(TargetError::NotUwsgi(text.to_owned())),
            };
        }
        Self::without_scheme(text)
    }

    /// Reads an address as uWSGI has it: `HOST:PORT`, `:PORT`, `/path/of/socket` or `@NAME`.
    pub(crate) fn without_scheme(text: &str) -> Result<Self, TargetError> {
        if let Some(name) = text.strip_prefix('@') {
            return Ok(Self::Abstract(name.to_owned()));
        }
        if text.contains('/') || !text.contains(':') {
            return Ok(Self::Unix(PathBuf::from(text)));
        }
        parse_tcp(Protocol::Uwsgi, text)
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Uwsgi => "uwsgi",
            Self::Scgi => "scgi",
            Self::Fastcgi => "fastcgi",
            Self::Http => "http",
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } => write!(f, "{host} port {port}"),
            Self::Unix(path) => write!(f, "{}", path.display()),
            Self::Abstract(name) => write!(f, "@{name}"),
        }
    }
}

/// A path as requests have it, which starts with `/`, though a target may go on with `?`.
pub(crate) fn rooted(path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("/{path}") }
}

fn parse_tcp(protocol: Protocol, authority: &str) -> Result<Address, TargetError> {
    // An IPv6 address has colons of its own, inside of brackets.
    let after_brackets = authority.rfind(']').map_or(0, |at| at + 1);
    let (host, port) = match authority[after_brackets..].rfind(':') {
        Some(colon) => {
            let (host, port) = authority.split_at(after_brackets + colon);
            let port = &port[1..];
            (host, port.parse().map_err(|_| TargetError::Port(port.to_owned()))?)
        }
        None if protocol == Protocol::Http => (authority, 80),
        None => return Err(TargetError::NoPort { protocol, host: authority.to_owned() }),
    };
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let host = if host.is_empty() { "localhost" } else { host };
    Ok(Address::Tcp { host: host.to_owned(), port })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_read_as_it_is_written() {
        let tcp = |host: &str, port| Address::Tcp { host: host.to_owned(), port };
        for (text, protocol, address, path) in [
            ("uwsgi://a:3031", Protocol::Uwsgi, tcp("a", 3031), None),
            ("scgi://a:1/b?c=/d", Protocol::Scgi, tcp("a", 1), Some("/b?c=/d")),
            ("http://a?b", Protocol::Http, tcp("a", 80), Some("/?b")),
            ("http://[::1]/", Protocol::Http, tcp("::1", 80), Some("/")),
            ("fcgi://[::1]:9000", Protocol::Fastcgi, tcp("::1", 9000), None),
            ("uwsgi://:3031", Protocol::Uwsgi, tcp("localhost", 3031), None),
            ("uwsgi://@x/y", Protocol::Uwsgi, Address::Abstract("x".to_owned()), Some("/y")),
            ("uwsgi:///run/a.sock", Protocol::Uwsgi, Address::Unix("/run/a.sock".into()), None),
        ] {
            let target = Target::parse(text, None).unwrap();
            assert_eq!(
                (target.protocol, target.address, target.path.as_deref()),
                (protocol, address, path),
                "{text}"
            );
        }
        let target = Target::parse("uwsgi://example.org/a", Some(Path::new("/s"))).unwrap();
        assert_eq!((target.host.as_str(), target.path.as_deref()), ("example.org", Some("/a")));
        assert_eq!(target.address, Address::Unix("/s".into()));
    }

    #[test]
    fn an_address_of_uwsgi_needs_no_scheme() {
        let tcp = |host: &str, port| Address::Tcp { host: host.to_owned(), port };
        for (text, address) in [
            ("uwsgi://a:3031", tcp("a", 3031)),
            ("a:3031", tcp("a", 3031)),
            (":3031", tcp("localhost", 3031)),
            ("[::1]:3031", tcp("::1", 3031)),
            ("uwsgi:///run/a.sock", Address::Unix("/run/a.sock".into())),
            ("/run/a:1.sock", Address::Unix("/run/a:1.sock".into())),
            ("a.sock", Address::Unix("a.sock".into())),
            ("@a", Address::Abstract("a".to_owned())),
        ] {
            assert_eq!(Address::of_uwsgi(text), Ok(address), "{text}");
        }
        for text in ["http://a", "uwsgi://a:1/b", "a:x"] {
            assert!(Address::of_uwsgi(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_target_is_told() {
        for (text, expected) in [
            ("/run/a.sock", "has no scheme"),
            ("ftp://a", "is no protocol"),
            ("uwsgi://a/b", "expected uwsgi://a:PORT/PATH"),
            ("uwsgi://a:70000", "`70000` is no port"),
        ] {
            let error = Target::parse(text, None).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
        let both = Target::parse("uwsgi:///a", Some(Path::new("/s")));
        assert_eq!(both, Err(TargetError::TwoSockets));
    }
}
