//! A request as handlers see it: the same whatever protocol it came by. Knows no socket.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::Range;
use std::str::FromStr;
use std::sync::Arc;

use cleanslate_proto::request;
use cleanslate_proto::vars::Vars;
use percent_encoding::percent_decode;
use serde::de::DeserializeOwned;

use super::{Error, Packet, Parcel, Protocol, RequestBody, Result, request_id};

/// A whole request: its body has arrived before its handler starts.
pub struct Request {
    packet: Parcel,
    param_names: &'static [&'static str],
    /// Where each parameter is in the path.
    params: Vec<Range<usize>>,
    id: OnceCell<Box<str>>,
}

impl Request {
    pub(crate) fn new(packet: Parcel) -> Self {
        Self { packet, param_names: &[], params: Vec::new(), id: OnceCell::new() }
    }

    /// Its packet, for who wants to look at it while it is at work.
    pub(crate) fn shown(&self) -> Arc<Packet> {
        self.packet.shown()
    }

    pub(crate) fn into_packet(self) -> Parcel {
        self.packet
    }

    /// modifier1 and modifier2 of the uwsgi packet that it came in; both are 0 unless nginx is told
    /// otherwise, and by other protocols. See [`App::modifier`](crate::App::modifier).
    pub fn modifiers(&self) -> (u8, u8) {
        self.packet.modifiers().unwrap_or_default()
    }

    /// How it came.
    pub(crate) fn protocol(&self) -> Protocol {
        self.packet.protocol()
    }

    /// How many bytes of vars and body it has.
    pub(crate) fn size(&self) -> u64 {
        self.packet.size()
    }

    pub(crate) fn set_params(&mut self, names: &'static [&'static str], params: Vec<Range<usize>>) {
        self.param_names = names;
        self.params = params;
    }

    /// What tells this request from others in all logs: the header X-Request-Id as nginx sends it
    /// (`uwsgi_param HTTP_X_REQUEST_ID $request_id`) if it is visible ASCII, at most 128 bytes; else
    /// one that is made here, of 32 hexadecimal digits.
    pub fn id(&self) -> &str {
        self.id.get_or_init(|| self.packet.request_id().map_or_else(request_id::fresh, Box::from))
    }

    /// The method as it was sent, `GET` for one.
    pub fn method(&self) -> &str {
        self.var("REQUEST_METHOD").unwrap_or_default()
    }

    /// The decoded path: PATH_INFO, else DOCUMENT_URI, else REQUEST_URI up to its `?`.
    pub fn path(&self) -> &str {
        // A path that isn't UTF-8 matches no route, so that no handler meets one.
        std::str::from_utf8(request::path(self.vars())).unwrap_or_default()
    }

    /// What follows the `?`, not decoded; empty if there is none.
    pub fn query(&self) -> &str {
        std::str::from_utf8(request::query(self.vars())).unwrap_or_default()
    }

    /// The decoded value of a parameter of the query.
    pub fn query_param(&self, name: &str) -> Option<Cow<'_, str>> {
        form_urlencoded::parse(request::query(self.vars()))
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }

    /// A parameter of the route: `id` of `/users/{id}`.
    pub fn param(&self, name: &str) -> Option<&str> {
        let at = self.param_names.iter().position(|known| *known == name)?;
        self.path().get(self.params.get(at)?.clone())
    }

    /// A parameter of the route, parsed.
    ///
    /// # Errors
    /// 404 when it doesn't parse: there is nothing at such a path. 500 when the route has no
    /// parameter of this name.
    pub fn parsed<T: FromStr>(&self, name: &str) -> Result<T> {
        let text = self.param(name);
        let text =
            text.ok_or_else(|| Error::internal(format!("no parameter {name} in the route")))?;
        text.parse().map_err(|_| Error::not_found())
    }

    /// A header by its name, in any case; none if it isn't there or isn't UTF-8.
    pub fn header(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.header_bytes(name)?).ok()
    }

    fn header_bytes(&self, name: &str) -> Option<&[u8]> {
        let name = name.as_bytes();
        // CGI's two names without a prefix. nginx sends them empty where the request has none.
        for (plain, var) in [("content-type", "CONTENT_TYPE"), ("content-length", "CONTENT_LENGTH")]
        {
            if name.eq_ignore_ascii_case(plain.as_bytes()) {
                return self.vars().get(var.as_bytes()).filter(|value| !value.is_empty());
            }
        }
        let same = |sent: &u8, asked: &u8| match asked {
            b'-' => *sent == b'_',
            other => *sent == other.to_ascii_uppercase(),
        };
        let is_it = |key: &[u8]| {
            key.strip_prefix(b"HTTP_").is_some_and(|sent| {
                sent.len() == name.len()
                    && sent.iter().zip(name).all(|(sent, asked)| same(sent, asked))
            })
        };
        self.vars().iter().rev().find(|(key, _)| is_it(key)).map(|(_, value)| value)
    }

    /// A variable as nginx sent it (`REMOTE_ADDR`, `SERVER_NAME`); of a repeated one the last.
    /// None if it isn't there or isn't UTF-8.
    pub fn var(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.vars().get(name.as_bytes())?).ok()
    }

    /// All variables, in the order in which they came.
    pub fn vars(&self) -> Vars<'_> {
        self.packet.vars()
    }

    /// The body.
    pub fn body(&self) -> RequestBody<'_> {
        self.packet.body()
    }

    /// The body, read as JSON.
    ///
    /// # Errors
    /// 400 with the reason when it isn't JSON or isn't a `T`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        let body = self.body().bytes()?;
        serde_json::from_slice(&body).map_err(|reason| {
            Error::bad_request(format!("the body is not as expected: {reason}\n"))
        })
    }

    /// The body, read as a form (`application/x-www-form-urlencoded`).
    ///
    /// # Errors
    /// 415 when the body is of another type.
    pub fn form(&self) -> Result<Form<'_>> {
        let form = self.media_type().eq_ignore_ascii_case("application/x-www-form-urlencoded");
        if !form && !self.body().is_empty() {
            return Err(Error::new(415, "a form was expected\n"));
        }
        Ok(Form { body: self.body().bytes()? })
    }

    /// The media type of the body without its parameters; empty if none was sent.
    pub fn media_type(&self) -> &str {
        self.header("content-type")
            .and_then(|full| full.split(';').next())
            .unwrap_or_default()
            .trim()
    }

    /// The cookie of this name, percent-decoded.
    pub fn cookie(&self, name: &str) -> Option<Cow<'_, str>> {
        let cookies = self.header("cookie")?;
        let value = cookies
            .split(';')
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(key, value)| (key == name).then_some(value))?;
        percent_decode(value.trim_matches('"').as_bytes()).decode_utf8().ok()
    }
}

/// The fields of a form, decoded as they are read.
pub struct Form<'a> {
    body: Cow<'a, [u8]>,
}

impl Form<'_> {
    /// The first field of this name.
    pub fn field(&self, name: &str) -> Option<String> {
        self.fields().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// All fields, in the order in which they were sent.
    pub fn fields(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        form_urlencoded::parse(&self.body)
    }
}
