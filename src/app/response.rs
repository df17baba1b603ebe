//! An answer as handlers make it. Knows nothing of how it is framed or sent.

use std::borrow::Cow;
use std::io;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;

use super::Result;
use crate::context::Context;

/// An answer: a status, headers and a body.
///
/// The server frames it: `Content-Length`, `Connection` and `Transfer-Encoding` are not for
/// handlers to set, and an answer that does becomes a 500 with a line in the log.
#[derive(Debug)]
pub struct Response {
    status: u16,
    headers: Vec<(Cow<'static, str>, Cow<'static, str>)>,
    body: Body,
}

/// What follows the head.
pub(crate) enum Body {
    Static(&'static [u8]),
    Bytes(Vec<u8>),
    Steps(Steps),
}

/// What would end a path, or mean something else in it.
const NOT_IN_PATH: &AsciiSet = &CONTROLS.add(b' ').add(b'%').add(b'?').add(b'#');

type Steps = Box<dyn FnOnce(&mut Context, &mut Writer<'_>) -> Result<()> + Send>;

impl Response {
    /// An answer of this status without a body.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Body::Static(&[]) }
    }

    /// Bytes of this media type.
    pub fn bytes(media_type: impl Into<Cow<'static, str>>, body: impl Into<Vec<u8>>) -> Self {
        Self::empty(200).header("Content-Type", media_type).with(Body::Bytes(body.into()))
    }

    /// Text that lives as long as the program: nothing is copied.
    pub fn fixed(media_type: &'static str, body: &'static [u8]) -> Self {
        Self::empty(200).header("Content-Type", media_type).with(Body::Static(body))
    }

    /// Plain text in UTF-8.
    pub fn text(body: impl Into<String>) -> Self {
        Self::bytes("text/plain; charset=utf-8", body.into())
    }

    /// HTML in UTF-8.
    pub fn html(body: impl Into<String>) -> Self {
        Self::bytes("text/html; charset=utf-8", body.into())
    }

    /// A value as JSON.
    ///
    /// # Errors
    /// 500 when the value can't be written as JSON (a map whose keys aren't text).
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Self> {
        Ok(Self::bytes("application/json", serde_json::to_vec(value)?))
    }

    /// Lets nginx send a file in this answer's place, from a location of its configuration that is
    /// marked `internal`: `X-Accel-Redirect`. No byte of the file passes through the application.
    ///
    /// `path` is decoded; it is percent-encoded here, since nginx decodes it. Other headers that are
    /// set here are passed on (`Content-Type`, which nginx otherwise chooses by the file's name,
    /// `Content-Disposition`, `Cache-Control`). A client that asks without nginx gets an empty body.
    ///
    /// ```
    /// # use cleanslate::Response;
    /// let response = Response::nginx_file("/files/yearly report.pdf");
    /// # assert_eq!(response.code(), 200);
    /// ```
    pub fn nginx_file(path: &str) -> Self {
        let path = utf8_percent_encode(path, NOT_IN_PATH).to_string();
        Self::empty(200).header("X-Accel-Redirect", path)
    }

    /// Lets the web server send this file in this answer's place: `X-Sendfile`, which Apache
    /// (mod_xsendfile) and lighttpd understand. For nginx it is [`Response::nginx_file`].
    pub fn sendfile(path: impl Into<Cow<'static, str>>) -> Self {
        Self::empty(200).header("X-Sendfile", path)
    }

    /// Sends the client elsewhere, to be fetched with GET (303).
    pub fn redirect(location: impl Into<Cow<'static, str>>) -> Self {
        Self::empty(303).header("Location", location)
    }

    /// A body that is written step by step inside the job, with its context, and whose length
    /// nobody needs to know. What the peer doesn't take at once goes to memory and then to an
    /// unlinked file, so that a slow reader never holds the thread.
    ///
    /// A failure before the first byte is answered as any other. After it the answer can only be cut
    /// short. By FastCGI and HTTP/1.1 the peer can tell, as its end is missing; by the others over TCP
    /// the connection is reset, and over a unix socket it looks whole. A transaction that the handler itself left open is rolled back before
    /// the steps begin.
    ///
    /// ```
    /// use std::io::Write;
    /// use cleanslate::{Context, Request, Response, Result};
    ///
    /// fn export(_ctx: &mut Context, _request: &Request) -> Result<Response> {
    ///     Ok(Response::steps("text/csv", |ctx, out| {
    ///         ctx.db()?.with_statement("SELECT name FROM users", |statement| {
    ///             let mut rows = statement.query([])?;
    ///             while let Some(row) = rows.next()? {
    ///                 writeln!(out, "{}", row.get::<_, String>(0)?)?;
    ///             }
    ///             Ok(())
    ///         })
    ///     }))
    /// }
    /// # let _ = export;
    /// ```
    pub fn steps(
        media_type: impl Into<Cow<'static, str>>,
        steps: impl FnOnce(&mut Context, &mut Writer<'_>) -> Result<()> + Send + 'static,
    ) -> Self {
        Self::empty(200).header("Content-Type", media_type).with(Body::Steps(Box::new(steps)))
    }

    /// The same answer with another status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The same answer with one more header.
    #[must_use]
    pub fn header(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    fn with(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    /// The status.
    pub fn code(&self) -> u16 {
        self.status
    }

    pub(crate) fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> + Clone {
        self.headers.iter().map(|(name, value)| (name.as_ref(), value.as_bytes()))
    }

    pub(crate) fn body(&self) -> &Body {
        &self.body
    }

    pub(crate) fn into_body(self) -> Body {
        self.body
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Static(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Steps(_) => f.write_str("step by step"),
        }
    }
}

/// Where a body that is written step by step goes.
///
/// Its only error is that the peer has left, or that the disk is full: returning it ends the job
/// without another word.
pub struct Writer<'a> {
    out: &'a mut dyn io::Write,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(out: &'a mut dyn io::Write) -> Self {
        Self { out }
    }
}

impl io::Write for Writer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
