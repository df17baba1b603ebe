//! From a captured request to the bytes of one, by any protocol. It must not send them.

use cleanslate::proto::http::{self, BodyLength};
use percent_encoding::{AsciiSet, CONTROLS, percent_encode};

use super::Captured;
use crate::tool::curl::{CurlError, encode_vars};
use crate::tool::target::Protocol;

/// Headers that speak of a connection, or of how a body was sent: a replay has its own.
const OF_CONNECTIONS: [&[u8]; 9] = [
    b"HTTP_CONNECTION",
    b"HTTP_CONTENT_LENGTH",
    b"HTTP_EXPECT",
    b"HTTP_KEEP_ALIVE",
    b"HTTP_PROXY_CONNECTION",
    b"HTTP_TE",
    b"HTTP_TRAILER",
    b"HTTP_TRANSFER_ENCODING",
    b"HTTP_UPGRADE",
];

/// What can't stand in a request line; no byte above 127 can.
const NOT_IN_TARGETS: &AsciiSet = &CONTROLS.add(b' ');
/// And in a path that was decoded.
const NOT_IN_PATHS: &AsciiSet = &NOT_IN_TARGETS.add(b'?').add(b'#').add(b'%');

impl Captured {
    /// The whole request, by any protocol; HTTP names a `host` where the request has none.
    ///
    /// # Errors
    /// It can't be written down by this protocol.
    pub(in crate::tool) fn encode(
        &self,
        protocol: Protocol,
        host: &str,
        keeps: bool,
    ) -> Result<Vec<u8>, CurlError> {
        let modifiers = self.about.modifiers;
        if modifiers != (0, 0) && protocol != Protocol::Uwsgi {
            return Err(CurlError::Option {
                option: "a request with modifiers",
                protocol,
                reason: "only uwsgi has them",
            });
        }
        if protocol == Protocol::Http {
            return self.http(host, keeps);
        }
        let (mut vars, body) = (self.vars.clone(), &self.body);
        // What is kept of a body may be less than there was, or have other words in it.
        let length = body.len().to_string().into_bytes();
        let mut has_length = false;
        for (_, value) in
            vars.iter_mut().filter(|(name, value)| name == b"CONTENT_LENGTH" && !value.is_empty())
        {
            value.clone_from(&length);
            has_length = true;
        }
        if !has_length && !body.is_empty() {
            // It came in chunks.
            vars.push((b"CONTENT_LENGTH".to_vec(), length));
        }
        encode_vars(protocol, modifiers, keeps, &mut vars, body)
    }

    fn http(&self, host: &str, keeps: bool) -> Result<Vec<u8>, CurlError> {
        let mut headers = Vec::new();
        for (name, value) in &self.vars {
            if let Some(name) = header_name(name) {
                headers.push((name, value.as_slice()));
            }
        }
        if !headers.iter().any(|(name, _)| name == "Host") {
            headers.insert(0, ("Host".to_owned(), host.as_bytes()));
        }
        if !keeps {
            headers.push(("Connection".to_owned(), b"close"));
        }
        let body = &self.body;
        let has_body = !body.is_empty() || !self.var("CONTENT_LENGTH").is_empty();
        let length =
            if has_body { BodyLength::Known(body.len() as u64) } else { BodyLength::Unsaid };
        let mut bytes = Vec::new();
        let borrowed = headers.iter().map(|(name, value)| (name.as_str(), *value));
        http::encode_request(&mut bytes, &self.method(), &self.request_target(), borrowed, length)?;
        bytes.extend(body);
        Ok(bytes)
    }

    /// As it stands in a request line.
    fn request_target(&self) -> String {
        let sent = self.var("REQUEST_URI");
        if !sent.is_empty() {
            return percent_encode(sent, NOT_IN_TARGETS).to_string();
        }
        let path = percent_encode(self.var("PATH_INFO"), NOT_IN_PATHS).to_string();
        match self.var("QUERY_STRING") {
            [] => path,
            query => format!("{path}?{}", percent_encode(query, NOT_IN_TARGETS)),
        }
    }
}

/// What a var was as a header: `HTTP_X_SOME` is `X-Some`; none of what was none.
fn header_name(name: &[u8]) -> Option<String> {
    if OF_CONNECTIONS.contains(&name) {
        return None;
    }
    let words = match name {
        b"CONTENT_TYPE" => name,
        _ => name.strip_prefix(b"HTTP_")?,
    };
    let mut is_first = true;
    let letters = words.iter().map(|byte| {
        let byte = if *byte == b'_' { b'-' } else { *byte };
        let byte = if is_first { byte } else { byte.to_ascii_lowercase() };
        is_first = byte == b'-';
        char::from(byte)
    });
    Some(letters.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vars_become_headers_again() {
        for (var, header) in [
            ("HTTP_X_SOME_THING", Some("X-Some-Thing")),
            ("HTTP_HOST", Some("Host")),
            ("CONTENT_TYPE", Some("Content-Type")),
            ("CONTENT_LENGTH", None),
            ("HTTP_TRANSFER_ENCODING", None),
            ("REMOTE_ADDR", None),
        ] {
            assert_eq!(header_name(var.as_bytes()).as_deref(), header, "{var}");
        }
    }
}
