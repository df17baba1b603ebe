//! From options to the bytes of the one request that is sent again and again. It must not send it.

use std::net::{Ipv4Addr, SocketAddr};

use super::error::BenchError;
use super::options::Options;
use crate::tool::captured::Captured;
use crate::tool::curl::{encode_http, encode_vars, headers, replace_all};
use crate::tool::target::{Protocol, Target};
use crate::tool::vars::{self, Asked};

/// What a browser sends, as far as it adds to the size of a request.
const BROWSER: [(&str, &str); 5] = [
    ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
    ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("Accept-Language", "en-US,en;q=0.5"),
    ("Accept-Encoding", "gzip, deflate, br"),
    ("Cookie", "session=0123456789abcdef0123456789abcdef"),
];

/// A client that comes to nginx by TCP, as most do.
const CLIENT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)), 51_234);

/// A request as it is sent.
pub(super) struct Request {
    pub(super) bytes: Vec<u8>,
    pub(super) is_head: bool,
}

impl Request {
    pub(super) fn new(options: &Options, target: &Target) -> Result<Self, BenchError> {
        if let Some(path) = &options.captured {
            let mut captured = Captured::read(path)?;
            replace_all(&mut captured.vars, &options.request.var)?;
            let bytes = captured.encode(target.protocol, &target.host, options.keep)?;
            return Ok(Self { bytes, is_head: captured.method() == "HEAD" });
        }
        let body = options.request.body()?;
        let mut own = BROWSER.to_vec();
        own.extend(options.request.content_type().map(|form| ("Content-Type", form)));
        let mut headers = headers(&own, &options.request.header)?;
        let host = vars::header(&headers, "host").map(String::from_utf8_lossy);
        let host = host.map_or_else(|| target.host.clone(), |host| host.into_owned());
        let is_http = target.protocol == Protocol::Http;
        if is_http && !options.keep {
            headers.push(close());
        }
        let asked = Asked {
            method: options.request.method(),
            uri: target.path.as_deref().unwrap_or("/"),
            host: &host,
            headers: &headers,
            length: body.as_ref().map(|body| body.len() as u64),
            local: Some(CLIENT),
        };
        let body = body.as_deref().unwrap_or_default();
        let bytes = if is_http {
            let mut bytes = encode_http(&asked)?;
            bytes.extend(body);
            bytes
        } else {
            let mut vars = vars::vars(&asked);
            replace_all(&mut vars, &options.request.var)?;
            encode_vars(target.protocol, (0, 0), options.keep, &mut vars, body)?
        };
        Ok(Self { bytes, is_head: options.request.method() == "HEAD" })
    }
}

/// The header that ends a connection with its answer.
pub(super) fn close() -> (String, Vec<u8>) {
    ("Connection".to_owned(), b"close".to_vec())
}
