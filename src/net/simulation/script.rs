//! What a client sends, and what each of its bytes means to who reads them in order. Knows no
//! socket and no time.

mod fastcgi;
mod http;

use cleanslate_proto::{scgi, uwsgi};

use super::source::Source;
use crate::app::{Framing, Protocol};

/// A client's bytes, with marks where something has come about by that many of them.
pub(super) struct Script {
    pub(super) protocol: Protocol,
    pub(super) bytes: Vec<u8>,
    /// In the order of their offsets.
    pub(super) marks: Vec<(usize, Mark)>,
}

/// What has come about.
#[derive(Clone)]
pub(super) enum Mark {
    Is(Status),
    /// A reply beside answers is owed.
    Owed(Vec<u8>),
    /// The client waits to be told to go on, if it has sent no more than this.
    Waits,
    Whole(Sent),
    /// The client wants no answer, and the connection's end.
    Closing,
    /// What comes from here on is no protocol's.
    Wild,
}

/// How far the request is that is being sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Status {
    /// Nothing of it has come.
    Idle,
    /// Something, but nobody could be answered yet.
    Mute,
    Begun {
        /// FastCGI's; 0 elsewhere.
        id: u16,
        head_only: bool,
        in_body: bool,
    },
}

/// A whole request, as it must arrive.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) vars: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) body: Vec<u8>,
    pub(super) framing: Framing,
    pub(super) head_only: bool,
}

impl Sent {
    /// Which of all it is, for whoever misses it.
    pub(super) fn name(&self) -> String {
        let path = self.vars.iter().find(|(key, _)| key == b"PATH_INFO");
        format!("{:?} {}", self.framing, path.map_or(&[][..], |(_, path)| path).escape_ascii())
    }
}

/// A request before it is put into a protocol's bytes.
struct Drawn {
    method: &'static str,
    path: String,
    number: String,
    filler: String,
    body: Vec<u8>,
}

impl Drawn {
    fn draw(source: &mut Source<'_>, number: usize) -> Self {
        let method = source.one_of(&["GET", "POST", "HEAD", "PUT"]);
        let size = source.one_of(&[0, 0, 0, 1, 9, 100, 499, 501, 900, 3_000, 20_000, 40_000]);
        let filler = source.one_of(&[0, 0, 0, 20, 130, 700]);
        Self {
            method,
            path: format!("/{number}"),
            number: number.to_string(),
            filler: "f".repeat(filler),
            body: pattern(number, size),
        }
    }

    fn vars(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        owned(&[
            ("REQUEST_METHOD", self.method),
            ("PATH_INFO", &self.path),
            ("X_NUMBER", &self.number),
            ("X_FILLER", &self.filler),
        ])
    }

    fn sent(&self, vars: Vec<(Vec<u8>, Vec<u8>)>, framing: Framing) -> Sent {
        Sent { vars, body: self.body.clone(), framing, head_only: self.method == "HEAD" }
    }
}

impl Script {
    pub(super) fn new(protocol: Protocol) -> Self {
        Self { protocol, bytes: Vec::new(), marks: Vec::new() }
    }

    /// Adds one more thing to be sent, most often a request of this number.
    pub(super) fn extend(&mut self, source: &mut Source<'_>, number: usize) {
        match self.protocol {
            Protocol::Uwsgi | Protocol::Scgi => self.add_packet(source, number),
            Protocol::FastCgi => self.add_records(source, number),
            Protocol::Http => self.add_http(source, number),
        }
    }

    /// Makes something else of a byte that was not sent yet.
    pub(super) fn spoil(&mut self, at: usize, bits: u8) {
        let Some(byte) = self.bytes.get_mut(at) else { return };
        *byte ^= bits.max(1);
        self.marks.retain(|(offset, _)| *offset <= at);
        self.marks.push((at + 1, Mark::Wild));
    }

    fn mark(&mut self, mark: Mark) {
        self.marks.push((self.bytes.len(), mark));
    }

    /// Says that the next byte begins something.
    fn mark_start(&mut self, status: Status) {
        self.marks.push((self.bytes.len() + 1, Mark::Is(status)));
    }

    /// A uwsgi packet or an SCGI request.
    fn add_packet(&mut self, source: &mut Source<'_>, number: usize) {
        let drawn = Drawn::draw(source, number);
        let (length, mut vars) = (drawn.body.len(), drawn.vars());
        let begun = |in_body| Status::Begun {
            id: 0,
            head_only: in_body && drawn.method == "HEAD",
            in_body,
        };
        self.mark_start(begun(false));
        if self.protocol == Protocol::Scgi {
            scgi::encode(&mut self.bytes, borrowed(&vars), length as u64).expect("it can be sent");
            let own = owned(&[("CONTENT_LENGTH", &length.to_string()), ("SCGI", "1")]);
            vars = [own, vars].concat();
        } else {
            if length > 0 || source.once_in(2) {
                vars.extend(owned(&[("CONTENT_LENGTH", &length.to_string())]));
            }
            uwsgi::encode(&mut self.bytes, 0, 0, borrowed(&vars)).expect("it can be sent");
        }
        self.mark(Mark::Is(begun(true)));
        self.bytes.extend(&drawn.body);
        self.mark(Mark::Whole(drawn.sent(vars, Framing::Plain)));
    }
}

/// Bytes that tell one body, and one place in it, from others.
pub(super) fn pattern(number: usize, size: usize) -> Vec<u8> {
    const PERIOD: u8 = 251;
    let once: Vec<u8> = (0..PERIOD).collect();
    let start = number * 31 % once.len();
    let mut bytes = once.repeat((start + size).div_ceil(once.len()));
    bytes.drain(..start);
    bytes.truncate(size);
    bytes
}

fn owned(vars: &[(&str, &str)]) -> Vec<(Vec<u8>, Vec<u8>)> {
    vars.iter().map(|(key, value)| (key.as_bytes().to_vec(), value.as_bytes().to_vec())).collect()
}

fn borrowed(vars: &[(Vec<u8>, Vec<u8>)]) -> impl Iterator<Item = (&[u8], &[u8])> {
    vars.iter().map(|(key, value)| (&key[..], &value[..]))
}
