//! A client: its end of a connection, what it sends and what it has read. Knows nothing of the loop
//! at the other end.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Instant;

use socket2::{Domain, SockAddr, Socket, Type};

use super::TIMEOUT;
use super::expected::{CONTINUE, Expected};
use super::model::{Model, Phase};
use super::reader::Reader;
use super::script::Script;

/// With less than this unread there is room for a reply: the kernel has over 200,000 bytes for a
/// socket, of which a short write takes several times its size.
const UNREAD_MAX: u64 = 25_000;

pub(super) struct Client {
    /// None when it has left.
    stream: Option<UnixStream>,
    pub(super) script: Script,
    pub(super) sent: usize,
    pub(super) fin: bool,
    pub(super) model: Model,
    pub(super) reader: Reader,
    /// How much it has read in all.
    pub(super) pulled: usize,
    /// When it had last read all there was.
    pub(super) drained_at: Instant,
    /// Whether the server's side has little room for what it doesn't read.
    pub(super) small: bool,
}

impl Client {
    /// Connects from an address that tells who it is.
    pub(super) fn connect(from: &str, to: &str, script: Script, now: Instant) -> Self {
        let address = |name| SockAddr::unix(format!("\0{name}")).expect("it is short");
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None).expect("there are descriptors");
        socket.bind(&address(from)).expect("nobody has this name");
        socket.connect(&address(to)).expect("it listens");
        socket.set_nonblocking(true).expect("any socket can be");
        Self {
            stream: Some(UnixStream::from(std::os::fd::OwnedFd::from(socket))),
            script,
            sent: 0,
            fin: false,
            model: Model::new(now),
            reader: Reader::default(),
            pulled: 0,
            drained_at: now,
            small: false,
        }
    }

    pub(super) fn has_left(&self) -> bool {
        self.stream.is_none()
    }

    pub(super) fn send(&mut self, count: usize) {
        let end = (self.sent + count).min(self.script.bytes.len());
        if let Some(stream) = &mut self.stream
            && !self.fin
            && end > self.sent
        {
            // Where the server has closed, or has no more room, it is as if nothing was sent.
            self.sent += stream.write(&self.script.bytes[self.sent..end]).unwrap_or(0);
        }
    }

    pub(super) fn finish(&mut self) {
        if let Some(stream) = &self.stream {
            // The server may have closed.
            let _ = stream.shutdown(std::net::Shutdown::Write);
            self.fin = true;
        }
    }

    /// Leaves; what was not read makes it a reset.
    pub(super) fn leave(&mut self, reads: bool) {
        if reads {
            self.pull(usize::MAX, self.drained_at);
        }
        self.stream = None;
    }

    /// Reads up to `count` bytes; how many there were.
    pub(super) fn pull(&mut self, count: usize, now: Instant) -> usize {
        let (before, mut room) = (self.reader.got.len(), [0; 16 * 1024]);
        while let Some(stream) = &mut self.stream
            && !self.reader.eof
        {
            let most = room.len().min(count - (self.reader.got.len() - before));
            if most == 0 {
                break;
            }
            match stream.read(&mut room[..most]) {
                Ok(count) if count > 0 => self.reader.got.extend(&room[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.drained_at = now;
                    break;
                }
                // A close over bytes that were not read is told as a reset.
                Ok(_) | Err(_) => self.reader.eof = true,
            }
        }
        let count = self.reader.got.len() - before;
        self.pulled += count;
        count
    }

    /// Whether it has left so much unread that there may be no room for a reply.
    pub(super) fn is_behind(&self) -> bool {
        let unread = |stream| rustix::io::ioctl_fionread(stream).expect("any socket tells");
        self.small || self.stream.as_ref().map_or(0, unread) >= UNREAD_MAX
    }

    /// Whether it finds the connection closed against the rule, which ends it here: without a word,
    /// or, if it is fresh, with a 503 where anybody can be answered.
    pub(super) fn is_closed(&mut self, is_fresh: bool, now: Instant) -> bool {
        if self.has_left() || self.model.wild {
            return false;
        }
        let is_behind = self.is_behind();
        self.pull(usize::MAX, now);
        let is_refused = is_fresh && self.reader.got.windows(4).any(|four| four == b" 503");
        if is_refused {
            self.reader.expected.retain(|due| !matches!(due, Expected::Answer(_)));
            let refusal = self.model.refusal(503, self.script.protocol);
            self.reader.expected.extend(refusal.map(Expected::Answer));
        }
        self.reader.take();
        let lacks = !self.reader.has_all() || self.model.phase != Phase::Ending;
        assert!(!is_refused || self.reader.is_spent(), "a refused connection is closed");
        let is_closed = self.reader.eof && (lacks || is_refused);
        if is_closed {
            self.reader.forget();
            self.model.phase = Phase::Ending;
        } else if is_behind {
            // Who doesn't read need not be told to go on.
            self.reader.expected.retain(|due| !due.says(CONTINUE));
        }
        is_closed
    }

    /// Whether the answer is whole that the loop writes no more; if not, it must have been cut.
    pub(super) fn has_its_answer(&mut self, now: Instant) -> bool {
        let may_lack = self.may_lack(now);
        self.pull(usize::MAX, now);
        self.reader.take();
        if self.reader.has_all() {
            return true;
        }
        assert!(may_lack && self.reader.eof, "an answer stopped half-way");
        self.reader.forget();
        false
    }

    /// Takes apart what was read.
    pub(super) fn take(&mut self, now: Instant) {
        if self.has_left() {
            return;
        }
        if self.model.wild {
            return match self.script.protocol {
                crate::app::Protocol::FastCgi => self.reader.got.clear(),
                _ => self.reader.take_wild(),
            };
        }
        self.reader.take();
        self.reader.check();
        if self.reader.eof {
            assert_eq!(self.model.phase, Phase::Ending, "closed too early");
            assert!(self.reader.has_all() || self.may_lack(now), "an answer was lost");
            self.reader.forget();
        }
    }

    /// Whether its last answer may lack its end: it was cut, or not read for too long.
    pub(super) fn may_lack(&self, now: Instant) -> bool {
        let cut = |expected: &Expected| matches!(expected, Expected::Answer(answer) if answer.cut);
        self.reader.expected.iter().any(cut)
            || now >= self.drained_at + TIMEOUT
            || (self.small && self.model.owed)
    }

    /// What must hold when it has read all there is.
    pub(super) fn check_drained(&self) {
        let Self { reader, model, .. } = self;
        if model.wild || self.has_left() || !model.accepted {
            return;
        }
        let ends = model.phase == Phase::Ending;
        assert_eq!(reader.eof, ends, "{:?}: closed when the protocol says so", model.phase);
        let waits = |expected: &Expected| matches!(expected, Expected::Answer(a) if a.done);
        assert!(reader.eof || !reader.expected.iter().any(waits), "an answer is missing");
    }
}
