//! What a socket option names: a path, an abstract name, or a host and port. Opens nothing.

use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;

/// Where to listen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Address {
    /// A file in the file system.
    Path(PathBuf),
    /// A name in Linux's abstract namespace, written `@name`.
    Abstract(String),
    Tcp(SocketAddr),
}

impl Address {
    /// Reads uWSGI's forms: `/path`, `@name`, `host:port`, `:port`, `[v6]:port`. What has a
    /// slash, or no colon, is a path.
    pub(crate) fn parse(text: &str) -> io::Result<Self> {
        if let Some(name) = text.strip_prefix('@').or_else(|| text.strip_prefix("\\0")) {
            return match name.is_empty() {
                true => Err(io::Error::new(io::ErrorKind::InvalidInput, "the name is empty")),
                false => Ok(Self::Abstract(name.to_owned())),
            };
        }
        let path = text.strip_prefix("unix:").unwrap_or(text);
        let no_port = path.parse::<std::net::IpAddr>().is_ok();
        if no_port || path.bytes().all(|byte| byte.is_ascii_digit()) {
            let hint = "a TCP address is host:port or :port; a file of that name is ./name";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, hint));
        }
        if path.contains('/') || !path.contains(':') {
            return Ok(Self::Path(PathBuf::from(path)));
        }
        let everywhere = path.strip_prefix(':').map(|port| format!("0.0.0.0:{port}"));
        let host = everywhere.as_deref().unwrap_or(path);
        host.to_socket_addrs()?
            .next()
            .map(Self::Tcp)
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no address of that name"))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "{}", path.display()),
            Self::Abstract(name) => write!(f, "@{name}"),
            Self::Tcp(address) => write!(f, "{address}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read() {
        let path = |text: &str| Address::Path(text.into());
        let tcp = |text: &str| Address::Tcp(text.parse().unwrap());
        for (text, expected) in [
            ("/run/app.sock", path("/run/app.sock")),
            ("app.sock", path("app.sock")),
            ("./a:b", path("./a:b")),
            ("unix:/run/app.sock", path("/run/app.sock")),
            ("@app", Address::Abstract("app".to_owned())),
            ("\\0app", Address::Abstract("app".to_owned())),
            ("127.0.0.1:3031", tcp("127.0.0.1:3031")),
            (":3031", tcp("0.0.0.0:3031")),
            ("[::1]:3031", tcp("[::1]:3031")),
        ] {
            assert_eq!(Address::parse(text).unwrap(), expected, "{text}");
        }
        for text in ["127.0.0.1:port", "@", "\\0", "3031", "127.0.0.1", "::1", ""] {
            assert!(Address::parse(text).is_err(), "{text}");
        }
    }
}
