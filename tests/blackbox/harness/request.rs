//! Requests as bytes, as nginx would send them or as nobody should. Knows no socket.

use cleanslate_proto::uwsgi;

/// A packet of these vars and this body, as they are.
pub(crate) fn packet<'a>(vars: &[(&'a str, &'a str)], body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let vars = vars.iter().map(|(key, value)| (key.as_bytes(), value.as_bytes()));
    uwsgi::encode(&mut bytes, 0, 0, vars).expect("vars that fit in a packet");
    bytes.extend_from_slice(body);
    bytes
}

/// A request as nginx sends it, with more vars behind its own.
pub(crate) fn request(method: &str, uri: &str, more: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let length = if body.is_empty() { String::new() } else { body.len().to_string() };
    let mut vars = vec![
        ("REQUEST_METHOD", method),
        ("REQUEST_URI", uri),
        ("PATH_INFO", path),
        ("QUERY_STRING", query),
        ("CONTENT_LENGTH", length.as_str()),
    ];
    vars.extend_from_slice(more);
    packet(&vars, body)
}

pub(crate) fn get(uri: &str) -> Vec<u8> {
    request("GET", uri, &[], &[])
}

pub(crate) fn post(uri: &str, body: &[u8]) -> Vec<u8> {
    request("POST", uri, &[], body)
}
