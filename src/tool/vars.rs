//! The vars of a request, as nginx makes them from what a client sent. It must not know how a
//! protocol writes them.

use std::net::SocketAddr;

use percent_encoding::percent_decode_str;

/// What a client asks for.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    /// Path and query.
    pub(super) uri: &'a str,
    /// As in `Host`.
    pub(super) host: &'a str,
    pub(super) headers: &'a [(String, Vec<u8>)],
    /// The length of the body in bytes, if there is one.
    pub(super) length: Option<u64>,
    /// The client's own address; none over a unix socket.
    pub(super) local: Option<SocketAddr>,
}

/// A name and a value.
pub(super) type Var = (Vec<u8>, Vec<u8>);

/// The vars in the order of nginx's `uwsgi_params`, then the headers.
pub(super) fn vars(asked: &Asked<'_>) -> Vec<Var> {
    let Asked { method, uri, host, headers, length, local } = asked;
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let path: Vec<u8> = percent_decode_str(path).collect();
    let (name, port) = split_host(host);
    let media_type = header(headers, "content-type").unwrap_or_default();
    let length = length.map_or_else(String::new, |length| length.to_string());
    let (address, client_port) = match local {
        Some(local) => (local.ip().to_string(), local.port().to_string()),
        // As nginx says of a client that came by a unix socket.
        None => ("unix:".to_owned(), String::new()),
    };
    let plain: [(&str, &[u8]); 14] = [
        ("QUERY_STRING", query.as_bytes()),
        ("REQUEST_METHOD", method.as_bytes()),
        ("CONTENT_TYPE", media_type),
        ("CONTENT_LENGTH", length.as_bytes()),
        ("REQUEST_URI", uri.as_bytes()),
        ("PATH_INFO", &path),
        ("DOCUMENT_URI", &path),
        ("DOCUMENT_ROOT", b"/usr/share/nginx/html"),
        ("SERVER_PROTOCOL", b"HTTP/1.1"),
        ("REQUEST_SCHEME", b"http"),
        ("REMOTE_ADDR", address.as_bytes()),
        ("REMOTE_PORT", client_port.as_bytes()),
        ("SERVER_PORT", port.as_bytes()),
        ("SERVER_NAME", name.as_bytes()),
    ];
    let mut vars: Vec<Var> =
        plain.map(|(key, value)| (key.as_bytes().to_vec(), value.to_vec())).into();
    if header(headers, "host").is_none() {
        vars.push((b"HTTP_HOST".to_vec(), host.as_bytes().to_vec()));
    }
    let is_var_of_its_own = |name: &str| {
        name.eq_ignore_ascii_case("content-type") || name.eq_ignore_ascii_case("content-length")
    };
    for (name, value) in headers.iter().filter(|(name, _)| !is_var_of_its_own(name)) {
        let name = name.to_ascii_uppercase().replace('-', "_");
        vars.push((format!("HTTP_{name}").into_bytes(), value.clone()));
    }
    vars
}

/// Puts `value` in the place of every var of that name, or behind all if there is none.
pub(super) fn replace(vars: &mut Vec<Var>, name: &[u8], value: &[u8]) {
    let mut found = false;
    for (_, old) in vars.iter_mut().filter(|(key, _)| key == name) {
        (*old, found) = (value.to_vec(), true);
    }
    if !found {
        vars.push((name.to_vec(), value.to_vec()));
    }
}

/// The vars as the encoders take them.
pub(super) fn borrowed(vars: &[Var]) -> impl Iterator<Item = (&[u8], &[u8])> {
    vars.iter().map(|(key, value)| (key.as_slice(), value.as_slice()))
}

/// The value of the first header of that name.
pub(super) fn header<'a>(headers: &'a [(String, Vec<u8>)], name: &str) -> Option<&'a [u8]> {
    let found = headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_slice())
}

/// The name and the port in `Host`.
fn split_host(host: &str) -> (&str, &str) {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, port),
        Some(_) | None => (host, "80"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vars_are_those_of_nginx() {
        let headers = [
            ("Content-Type".to_owned(), b"text/x".to_vec()),
            ("X-Some-Thing".to_owned(), b"y".to_vec()),
        ];
        let mut found = vars(&Asked {
            method: "PUT",
            uri: "/a%20b?c=%20",
            host: "[::1]:8080",
            headers: &headers,
            length: Some(7),
            local: None,
        });
        replace(&mut found, b"REMOTE_ADDR", b"192.0.2.1");
        replace(&mut found, b"NEW", b"1");
        for (name, value) in [
            ("PATH_INFO", "/a b"),
            ("REQUEST_URI", "/a%20b?c=%20"),
            ("QUERY_STRING", "c=%20"),
            ("CONTENT_TYPE", "text/x"),
            ("CONTENT_LENGTH", "7"),
            ("HTTP_X_SOME_THING", "y"),
            ("SERVER_NAME", "[::1]"),
            ("SERVER_PORT", "8080"),
            ("REMOTE_ADDR", "192.0.2.1"),
            ("NEW", "1"),
        ] {
            let all: Vec<_> = borrowed(&found).filter(|(key, _)| *key == name.as_bytes()).collect();
            assert_eq!(all, [(name.as_bytes(), value.as_bytes())]);
        }
        assert!(!borrowed(&found).any(|(key, _)| key == b"HTTP_CONTENT_TYPE"));
    }
}
