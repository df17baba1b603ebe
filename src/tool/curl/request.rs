//! From options to the bytes of a request. It must not send them.

use std::net::SocketAddr;

use cleanslate::proto::fastcgi::Cut;
use cleanslate::proto::http::BodyLength;
use cleanslate::proto::{fastcgi, http, scgi, uwsgi};

use super::error::CurlError;
use super::options::Options;
use crate::tool::target::{Protocol, Target};
use crate::tool::vars::{self, Asked, Var, borrowed};

/// A request as it is sent.
pub(super) struct Request {
    pub(super) bytes: Vec<u8>,
    /// What `--verbose` shows of it: a line each.
    pub(super) shown: Vec<String>,
}

/// The id of the one request on a FastCGI connection.
pub(super) const ID: u16 = 1;

const AGENT: &str = concat!("cleanslate/", env!("CARGO_PKG_VERSION"));

impl Request {
    pub(super) fn new(
        options: &Options,
        target: &Target,
        body: Option<&[u8]>,
        local: Option<SocketAddr>,
    ) -> Result<Self, CurlError> {
        let method = options.method();
        let mut own = vec![("User-Agent", AGENT), ("Accept", "*/*")];
        own.extend(options.request.content_type().map(|form| ("Content-Type", form)));
        let headers = headers(&own, &options.request.header)?;
        let host = vars::header(&headers, "host").map(String::from_utf8_lossy);
        let asked = Asked {
            method,
            uri: target.path.as_deref().unwrap_or("/"),
            host: host.as_deref().unwrap_or(&target.host),
            headers: &headers,
            length: body.map(|body| body.len() as u64),
            local,
        };
        match target.protocol {
            Protocol::Http => http(&asked, body),
            protocol => with_vars(protocol, options, &asked, body.unwrap_or_default()),
        }
    }
}

/// A request of those protocols that have vars.
fn with_vars(
    protocol: Protocol,
    options: &Options,
    asked: &Asked<'_>,
    body: &[u8],
) -> Result<Request, CurlError> {
    // Only a request has vars: a ping is nothing but its head.
    let is_request = options.modifier1 == 0;
    let mut vars = if is_request { vars::vars(asked) } else { Vec::new() };
    replace_all(&mut vars, &options.request.var)?;
    let modifiers = (options.modifier1, options.modifier2);
    let bytes = encode_vars(protocol, modifiers, options.keep > 1, &mut vars, body)?;
    let shown = |(key, value): &Var| {
        format!("{}={}", String::from_utf8_lossy(key), String::from_utf8_lossy(value))
    };
    Ok(Request { bytes, shown: vars.iter().map(shown).collect() })
}

fn http(asked: &Asked<'_>, body: Option<&[u8]>) -> Result<Request, CurlError> {
    let mut bytes = encode_http(asked)?;
    let shown = String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect();
    bytes.extend(body.unwrap_or_default());
    Ok(Request { bytes, shown })
}

/// Adds the vars of `--var`, or puts them in the place of those of their name.
pub(in crate::tool) fn replace_all(vars: &mut Vec<Var>, given: &[String]) -> Result<(), CurlError> {
    for var in given {
        let wrong = || CurlError::Var(var.clone());
        let (name, value) = var.split_once('=').ok_or_else(wrong)?;
        vars::replace(vars, name.as_bytes(), value.as_bytes());
    }
    Ok(())
}

/// A whole request of a protocol that has vars. Those that its encoder writes by itself are taken
/// out of `vars`.
pub(in crate::tool) fn encode_vars(
    protocol: Protocol,
    (modifier1, modifier2): (u8, u8),
    keeps: bool,
    vars: &mut Vec<Var>,
    body: &[u8],
) -> Result<Vec<u8>, CurlError> {
    let mut bytes = Vec::new();
    match protocol {
        Protocol::Scgi => {
            vars.retain(|(key, _)| key != b"CONTENT_LENGTH" && key != b"SCGI");
            scgi::encode(&mut bytes, borrowed(vars), body.len() as u64)?;
            bytes.extend(body);
        }
        Protocol::Fastcgi => {
            let cut = Cut::default();
            fastcgi::encode_request(&mut bytes, ID, keeps, borrowed(vars), body, cut)?;
        }
        Protocol::Uwsgi | Protocol::Http => {
            uwsgi::encode(&mut bytes, modifier1, modifier2, borrowed(vars))?;
            bytes.extend(body);
        }
    }
    Ok(bytes)
}

/// The head of a request by HTTP.
pub(in crate::tool) fn encode_http(asked: &Asked<'_>) -> Result<Vec<u8>, CurlError> {
    let has_host = vars::header(asked.headers, "host").is_some();
    let host = (!has_host).then_some(("Host", asked.host.as_bytes()));
    let others = asked.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
    let length = asked.length.map_or(BodyLength::Unsaid, BodyLength::Known);
    let mut bytes = Vec::new();
    let headers = host.into_iter().chain(others);
    http::encode_request(&mut bytes, asked.method, asked.uri, headers, length)?;
    Ok(bytes)
}

/// The headers that are sent by themselves, but for those that were left out or given otherwise,
/// then those that were given.
pub(in crate::tool) fn headers(
    own: &[(&str, &str)],
    given: &[String],
) -> Result<Vec<(String, Vec<u8>)>, CurlError> {
    let mut all = own.to_vec();
    let mut more = Vec::new();
    for header in given {
        let wrong = || CurlError::Header(header.clone());
        let (name, value) = header.split_once(':').ok_or_else(wrong)?;
        all.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        if !value.trim().is_empty() {
            more.push((name, value.trim()));
        }
    }
    all.extend(more);
    Ok(all.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect())
}
