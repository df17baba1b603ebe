//! A request that was captured in front of a server. It must not know who captured it.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;

use super::error::{BenchError, CapturedError};
use super::request::{Request, close};
use crate::tool::curl::{encode_http, encode_vars, replace_all};
use crate::tool::target::Protocol;
use crate::tool::vars::{Asked, Var};

/// A request as it came.
#[derive(Debug)]
pub(super) struct Captured {
    vars: Vec<Var>,
    body: Vec<u8>,
}

/// The file; other fields are ignored.
#[derive(Debug, Deserialize)]
struct File {
    /// Bytes as latin-1.
    vars: Vec<(String, String)>,
    /// In base64.
    #[serde(default)]
    body: String,
}

impl Captured {
    /// Reads a file, with some vars replaced.
    pub(super) fn read(path: &Path, replaced: &[String]) -> Result<Self, BenchError> {
        let wrong = |source| BenchError::Captured { path: path.to_owned(), source };
        let text = fs::read(path).map_err(|error| wrong(error.into()))?;
        let mut captured = Self::parse(&text).map_err(wrong)?;
        replace_all(&mut captured.vars, replaced)?;
        captured.check_length().map_err(wrong)?;
        Ok(captured)
    }

    fn parse(text: &[u8]) -> Result<Self, CapturedError> {
        let File { vars, body } = serde_json::from_slice(text)?;
        let vars = vars.iter().map(|(key, value)| Ok((latin_1(key)?, latin_1(value)?)));
        let body = BASE64_STANDARD.decode(body)?;
        Ok(Self { vars: vars.collect::<Result<_, CapturedError>>()?, body })
    }

    /// A server would wait for a body that does not come.
    fn check_length(&self) -> Result<(), CapturedError> {
        let length = String::from_utf8_lossy(self.var("CONTENT_LENGTH").unwrap_or_default());
        let size = self.body.len();
        if length == size.to_string() || (length.is_empty() && size == 0) {
            return Ok(());
        }
        Err(CapturedError::Length { length: length.into_owned(), size })
    }

    pub(super) fn encode(self, protocol: Protocol, keep: bool) -> Result<Request, CapturedError> {
        if protocol == Protocol::Http {
            return self.http(keep);
        }
        let is_head = self.is_head();
        let Self { mut vars, body } = self;
        let bytes = encode_vars(protocol, (0, 0), keep, &mut vars, &body)?;
        Ok(Request { bytes, is_head })
    }

    /// The request that nginx has made these vars of, as far as they tell.
    fn http(&self, keep: bool) -> Result<Request, CapturedError> {
        let text = |name| {
            let value = self.var(name).ok_or(CapturedError::Missing(name))?;
            Ok::<_, CapturedError>(String::from_utf8_lossy(value))
        };
        let (method, uri) = (text("REQUEST_METHOD")?, text("REQUEST_URI")?);
        let mut headers: Vec<(String, Vec<u8>)> = Vec::new();
        for (key, value) in &self.vars {
            let name = match &*String::from_utf8_lossy(key) {
                "CONTENT_TYPE" if !value.is_empty() => "Content-Type".to_owned(),
                // These are about the connection that it came on.
                "HTTP_CONNECTION" | "HTTP_CONTENT_LENGTH" | "HTTP_TRANSFER_ENCODING" => continue,
                key => match key.strip_prefix("HTTP_") {
                    Some(name) => name.replace('_', "-"),
                    None => continue,
                },
            };
            headers.push((name, value.clone()));
        }
        if !keep {
            headers.push(close());
        }
        let length = (!self.body.is_empty()).then_some(self.body.len() as u64);
        let (method, uri) = (&*method, &*uri);
        let host = "localhost";
        let asked = Asked { method, uri, host, headers: &headers, length, local: None };
        let mut bytes = encode_http(&asked)?;
        bytes.extend(&self.body);
        Ok(Request { bytes, is_head: self.is_head() })
    }

    fn is_head(&self) -> bool {
        self.var("REQUEST_METHOD") == Some(b"HEAD")
    }

    fn var(&self, name: &str) -> Option<&[u8]> {
        let found = self.vars.iter().rfind(|(key, _)| key == name.as_bytes());
        found.map(|(_, value)| value.as_slice())
    }
}

fn latin_1(text: &str) -> Result<Vec<u8>, CapturedError> {
    text.chars().map(|one| u8::try_from(one).map_err(|_| CapturedError::NoByte(one))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const POST: &str = r#"{"at": 1, "vars": [["REQUEST_METHOD", "POST"], ["REQUEST_URI", "/a?b"],
        ["CONTENT_LENGTH", "3"], ["CONTENT_TYPE", "text/plain"], ["HTTP_X_NAME", "caf\u00e9"],
        ["HTTP_CONNECTION", "upgrade"]], "body": "aGkh"}"#;

    #[test]
    fn a_captured_request_is_sent_as_it_came() {
        let captured = Captured::parse(POST.as_bytes()).unwrap();
        assert_eq!(captured.var("HTTP_X_NAME"), Some(&b"caf\xe9"[..]));
        captured.check_length().unwrap();
        let http = captured.http(false).unwrap();
        let expected = b"POST /a?b HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n\
            X-NAME: caf\xe9\r\nConnection: close\r\nContent-Length: 3\r\n\r\nhi!";
        assert_eq!(http.bytes, expected, "{}", String::from_utf8_lossy(&http.bytes));
        let uwsgi = captured.encode(Protocol::Uwsgi, false).unwrap();
        assert!(uwsgi.bytes.ends_with(b"hi!"));
    }

    #[test]
    fn what_is_no_captured_request_is_told() {
        let parsed = |text: &str| {
            Captured::parse(text.as_bytes()).and_then(|captured| captured.check_length())
        };
        for (text, expected) in [
            ("[]", "no captured request"),
            (r#"{"vars": [], "body": "="}"#, "base64"),
            (r#"{"vars": [["A", "\u0100"]]}"#, "above 255"),
            (r#"{"vars": [["CONTENT_LENGTH", "3"]]}"#, "the body has 0 bytes"),
        ] {
            let error = parsed(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
