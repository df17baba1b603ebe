//! What an HTTP client sends: requests of both versions, with bodies of a length or in chunks. Knows
//! no socket and no time.

use cleanslate_proto::http::{BodyLength, encode_chunk, encode_last_chunk, encode_request};

use super::{Drawn, Mark, Script, Status, owned};
use crate::app::Framing;
use crate::net::simulation::source::Source;

/// What a request says beside what was drawn for it.
struct Manner {
    is_http_1_0: bool,
    /// What its `Connection` says, if it has one.
    connection: Option<&'static str>,
    /// The longest chunk, if its body is in chunks.
    chunks: Option<usize>,
    expects: bool,
}

impl Manner {
    fn draw(source: &mut Source<'_>) -> Self {
        let is_http_1_0 = source.once_in(6);
        let connection = source.one_of(&[None, None, None, Some("keep-alive"), Some("close")]);
        let chunks = source.one_of(&[None, None, Some(1_000), Some(70)]);
        let chunks = chunks.filter(|_| !is_http_1_0);
        Self { is_http_1_0, connection, chunks, expects: source.once_in(3) }
    }

    fn keeps(&self) -> bool {
        match self.connection {
            Some(connection) => connection == "keep-alive",
            None => !self.is_http_1_0,
        }
    }

    /// The head of a request, which says 1.0 where 1.1 stood if it must.
    fn head(&self, drawn: &Drawn) -> Vec<u8> {
        let mut headers = vec![("Host", "Sim:80"), ("X-Number", &drawn.number)];
        headers.push(("X-Filler", &drawn.filler));
        headers.extend(self.connection.map(|value| ("Connection", value)));
        headers.extend(self.expects.then_some(("Expect", "100-continue")));
        let headers = headers.into_iter().map(|(name, value)| (name, value.as_bytes()));
        let length = match (self.chunks, drawn.body.len()) {
            (Some(_), _) => BodyLength::Chunked,
            (None, 0) => BodyLength::Unsaid,
            (None, size) => BodyLength::Known(size as u64),
        };
        let target = format!("{}?q={}", drawn.path, drawn.number);
        let mut head = Vec::new();
        encode_request(&mut head, drawn.method, &target, headers, length).expect("it can be sent");
        if self.is_http_1_0 {
            let at = head.iter().position(|byte| *byte == b'\r').expect("a head has lines");
            head[at - 1] = b'0';
        }
        head
    }

    /// The vars that this must become.
    fn vars(&self, drawn: &Drawn) -> Vec<(Vec<u8>, Vec<u8>)> {
        let (target, query) =
            (format!("{}?q={}", drawn.path, drawn.number), format!("q={}", drawn.number));
        let protocol = if self.is_http_1_0 { "HTTP/1.0" } else { "HTTP/1.1" };
        let mut vars = owned(&[
            ("REQUEST_METHOD", drawn.method),
            ("REQUEST_URI", &target),
            ("PATH_INFO", &drawn.path),
            ("QUERY_STRING", &query),
            ("SERVER_PROTOCOL", protocol),
            ("REQUEST_SCHEME", "http"),
            ("HTTP_HOST", "Sim:80"),
            ("SERVER_NAME", "sim"),
            ("HTTP_X_NUMBER", &drawn.number),
            ("HTTP_X_FILLER", &drawn.filler),
            ("REMOTE_ADDR", "unix:"),
        ]);
        if let Some(connection) = self.connection {
            vars.extend(owned(&[("HTTP_CONNECTION", connection)]));
        }
        if self.expects {
            vars.extend(owned(&[("HTTP_EXPECT", "100-continue")]));
        }
        if self.chunks.is_some() || !drawn.body.is_empty() {
            vars.extend(owned(&[("CONTENT_LENGTH", &drawn.body.len().to_string())]));
        }
        vars
    }
}

impl Script {
    pub(super) fn add_http(&mut self, source: &mut Source<'_>, number: usize) {
        let (drawn, manner) = (Drawn::draw(source, number), Manner::draw(source));
        let head_only = drawn.method == "HEAD";
        let begun = |in_body| Status::Begun { id: 0, head_only: in_body && head_only, in_body };
        if source.once_in(6) {
            // An empty line before a request is none of it.
            self.mark_start(begun(false));
            self.bytes.extend(b"\r\n");
            self.mark(Mark::Is(Status::Idle));
        }
        self.mark_start(begun(false));
        self.bytes.extend(manner.head(&drawn));
        self.mark(Mark::Is(begun(true)));
        let is_open = manner.chunks.is_some() || !drawn.body.is_empty();
        if manner.expects && is_open && !manner.is_http_1_0 {
            self.mark(Mark::Waits);
        }
        match manner.chunks {
            None => self.bytes.extend(&drawn.body),
            Some(size) => {
                drawn.body.chunks(size).for_each(|chunk| encode_chunk(&mut self.bytes, chunk));
                encode_last_chunk(&mut self.bytes);
            }
        }
        let framing = Framing::Http { knows_chunks: !manner.is_http_1_0, keeps: manner.keeps() };
        self.mark(Mark::Whole(drawn.sent(manner.vars(&drawn), framing)));
    }
}
