//! How an answer is framed on its connection: what goes before, between and behind its bytes. Knows
//! no socket, and nothing of who makes answers.

use std::borrow::Cow;

use cleanslate_proto::fastcgi::{self, CONTENT_SIZE_MAX, Kind, ProtocolStatus};
use cleanslate_proto::http::{self, BodyLength, Persistence};
use cleanslate_proto::response::{self, HeadError, encode_cgi_head, encode_head};

/// How the answer to one request is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Framing {
    /// A head and a body, to the connection's end: uwsgi and SCGI.
    Plain,
    /// Records of a request's id. Of id 0 there is none, and nobody who could be answered.
    FastCgi { id: u16, keeps: bool },
    /// A head that says where the body ends. HTTP/1.0 knows no chunks.
    Http { knows_chunks: bool, keeps: bool },
}

/// What is known of a body before it is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Length {
    Known(u64),
    /// It is written piece by piece, to an end that nobody knows yet.
    Open,
    /// The status allows no body.
    NoBody,
}

/// Where a record begins that is not sealed yet.
#[must_use]
pub(crate) struct Opened(usize);

impl Framing {
    /// Whether the connection goes on after the answer.
    pub(crate) fn keeps(self) -> bool {
        match self {
            Self::Plain => false,
            Self::FastCgi { keeps, .. } | Self::Http { keeps, .. } => keeps,
        }
    }

    /// The same for the last answer of its connection.
    pub(crate) fn closing(self) -> Self {
        match self {
            Self::Plain => Self::Plain,
            Self::FastCgi { id, .. } => Self::FastCgi { id, keeps: false },
            Self::Http { knows_chunks, .. } => Self::Http { knows_chunks, keeps: false },
        }
    }

    /// The same for a body of this length: where only the connection's end can end it, it does.
    pub(crate) fn with(self, length: Length) -> Self {
        match (self, length) {
            (Self::Http { knows_chunks: false, .. }, Length::Open) => self.closing(),
            _ => self,
        }
    }

    /// Whether there is nobody who could be answered.
    pub(crate) fn is_mute(self) -> bool {
        matches!(self, Self::FastCgi { id: 0, .. })
    }

    /// Begins what [`Framing::seal`] ends: head and body go between the two.
    pub(crate) fn open(self, out: &mut Vec<u8>) -> Opened {
        let at = out.len();
        if let Self::FastCgi { .. } = self {
            out.extend([0; fastcgi::Header::SIZE]);
        }
        Opened(at)
    }

    /// Appends the head. `date` is for HTTP alone, as nginx writes one of its own, and for answers
    /// that have none yet.
    ///
    /// # Errors
    /// A status or a header that can't be sent. `out` is then as it was.
    pub(crate) fn encode_head<'a>(
        self,
        out: &mut Vec<u8>,
        status: u16,
        headers: impl Iterator<Item = (&'a str, &'a [u8])> + Clone,
        length: Length,
        date: impl FnOnce() -> [u8; 29],
    ) -> Result<(), HeadError> {
        let to_the_end = match length {
            Length::Known(size) => response::Length::Known(size),
            Length::Open => response::Length::UntilClose,
            Length::NoBody => response::Length::NoBody,
        };
        match self {
            Self::Plain => encode_head(out, status, headers, to_the_end),
            Self::FastCgi { .. } => encode_cgi_head(out, status, headers, to_the_end),
            Self::Http { knows_chunks, keeps } => {
                let length = match length {
                    Length::Known(size) => BodyLength::Known(size),
                    Length::Open if knows_chunks => BodyLength::Chunked,
                    Length::Open | Length::NoBody => BodyLength::Unsaid,
                };
                let persistence = match (keeps, knows_chunks) {
                    (false, _) => Persistence::Close,
                    (true, true) => Persistence::Unsaid,
                    (true, false) => Persistence::KeepAlive,
                };
                let own = headers.clone().any(|(name, _)| name.eq_ignore_ascii_case("date"));
                let date = (!own).then(date);
                let date = date.as_ref().map(|date| ("Date", &date[..]));
                // Both must live equally long: the handler's are lent for less.
                let headers = headers.map(|(name, value): (&str, &[u8])| (name, value));
                let headers = date.into_iter().chain(headers);
                http::encode_head(out, status, headers, length, persistence)
            }
        }
    }

    /// Ends what was opened, whose bytes are then on the wire's terms.
    pub(crate) fn seal(self, out: &mut Vec<u8>, Opened(at): Opened) {
        let Self::FastCgi { id, .. } = self else {
            return;
        };
        let content = at + fastcgi::Header::SIZE;
        match u16::try_from(out.len() - content) {
            Ok(size) => {
                let header = fastcgi::record_header(Kind::STDOUT, id, size, 0);
                out[at..content].copy_from_slice(&header);
            }
            Err(_) => {
                let content = out.split_off(content);
                out.truncate(at);
                fastcgi::encode_stdout(out, id, &content);
            }
        }
    }

    /// Appends a piece of a body whose length is open.
    pub(crate) fn encode_piece(self, out: &mut Vec<u8>, bytes: &[u8]) {
        match self {
            Self::FastCgi { id, .. } => fastcgi::encode_stdout(out, id, bytes),
            Self::Http { knows_chunks: true, .. } => http::encode_chunk(out, bytes),
            Self::Plain | Self::Http { .. } => out.extend_from_slice(bytes),
        }
    }

    /// Appends what tells the peer that the answer is whole.
    pub(crate) fn encode_end(self, out: &mut Vec<u8>, length: Length) {
        match self {
            Self::FastCgi { id, .. } => {
                fastcgi::encode_end(out, id, 0, ProtocolStatus::RequestComplete);
            }
            Self::Http { knows_chunks: true, .. } if length == Length::Open => {
                http::encode_last_chunk(out);
            }
            Self::Plain | Self::Http { .. } => {}
        }
    }

    /// A large body of known length with all that goes between and behind its bytes. Records are
    /// made in place, so that there is never a second copy of it.
    pub(crate) fn frame(self, body: Cow<'static, [u8]>) -> Cow<'static, [u8]> {
        let Self::FastCgi { id, .. } = self else {
            return body;
        };
        const HEADER: usize = fastcgi::Header::SIZE;
        let mut bytes = body.into_owned();
        let size = bytes.len();
        let records = size.div_ceil(usize::from(CONTENT_SIZE_MAX));
        bytes.resize(size + records * HEADER, 0);
        // From the last, each to its place behind all headers up to its own.
        for record in (0..records).rev() {
            let start = record * usize::from(CONTENT_SIZE_MAX);
            let end = size.min(start + usize::from(CONTENT_SIZE_MAX));
            let to = start + (record + 1) * HEADER;
            bytes.copy_within(start..end, to);
            // No record is larger than a u16 says.
            let size = u16::try_from(end - start).unwrap_or(0);
            let header = fastcgi::record_header(Kind::STDOUT, id, size, 0);
            bytes[to - HEADER..to].copy_from_slice(&header);
        }
        self.encode_end(&mut bytes, Length::Known(size as u64));
        Cow::Owned(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: [u8; 29] = *b"Mon, 23 Nov 2026 22:00:00 GMT";

    /// A whole answer with a body of this size, written at once or with its body apart.
    fn answer(framing: Framing, size: usize, apart: bool) -> Vec<u8> {
        let body = vec![b'x'; size];
        let mut out = Vec::new();
        let opened = framing.open(&mut out);
        let length = Length::Known(size as u64);
        framing.encode_head(&mut out, 200, std::iter::empty(), length, || DATE).unwrap();
        if apart {
            framing.seal(&mut out, opened);
            out.extend_from_slice(&framing.frame(Cow::Owned(body)));
        } else {
            out.extend_from_slice(&body);
            framing.seal(&mut out, opened);
            framing.encode_end(&mut out, length);
        }
        out
    }

    #[test]
    fn records_hold_the_answer_and_end_it() {
        let framing = Framing::FastCgi { id: 7, keeps: true };
        for size in [0, 1, 65_000, 65_528, 65_529, 65_535, 131_056, 131_057, 1_000_000] {
            for apart in [false, true] {
                let bytes = answer(framing, size, apart);
                let mut read = fastcgi::Answer::new(7);
                assert_eq!(read.handle_input(&bytes), Ok(bytes.len()), "{size} {apart}");
                assert!(read.end.is_some(), "{size} {apart}");
                let head = format!("Status: 200 OK\r\nContent-Length: {size}\r\n\r\n");
                assert!(read.stdout.starts_with(head.as_bytes()), "{size} {apart}");
                let body = &read.stdout[head.len()..];
                assert!(body.len() == size && body.iter().all(|byte| *byte == b'x'), "{size}");
            }
        }
    }

    #[test]
    fn heads_say_how_the_body_ends_and_whether_the_connection_goes_on() {
        let http = |knows_chunks, keeps| Framing::Http { knows_chunks, keeps };
        for (framing, length, expected) in [
            (http(true, true), Length::Open, "Transfer-Encoding: chunked\r\n"),
            (http(true, false), Length::Known(2), "Content-Length: 2\r\nConnection: close\r\n"),
            (
                http(false, true),
                Length::Known(2),
                "Content-Length: 2\r\nConnection: keep-alive\r\n",
            ),
            (http(false, true), Length::Open, "Connection: close\r\n"),
            (http(true, true), Length::NoBody, ""),
        ] {
            let mut out = Vec::new();
            let framing = framing.with(length);
            framing.encode_head(&mut out, 200, std::iter::empty(), length, || DATE).unwrap();
            let date = std::str::from_utf8(&DATE).unwrap();
            let expected = format!("HTTP/1.1 200 OK\r\nDate: {date}\r\n{expected}\r\n");
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
        let closed = http(false, true).with(Length::Open);
        assert!(!closed.keeps(), "only the connection's end can end such a body");
    }
}
