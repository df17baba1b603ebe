//! A connection by any protocol that reads exactly one answer at a time, so that a byte too many
//! or too few shows in what comes next. Knows nothing of what is asked, nor
//! how answers are framed (that is `framed`).

use std::io;
use std::time::Duration;

use cleanslate_proto::fastcgi::EndRequest;

use super::protocol::ID;
use super::{Address, Answer, Client, Protocol};

/// A connection and what has come on it that belongs to no answer yet.
pub(crate) struct Connection {
    pub(crate) client: Client,
    protocol: Protocol,
    pub(super) received: Vec<u8>,
    /// How much of that is taken.
    pub(super) taken: usize,
}

/// How long the end of a connection may take that nothing holds up.
pub(super) const SOON: Duration = Duration::from_secs(20);

impl Connection {
    pub(crate) fn open(protocol: Protocol, address: &Address) -> io::Result<Self> {
        Ok(Self::of(protocol, Client::connect(address)?))
    }

    pub(crate) fn of(protocol: Protocol, client: Client) -> Self {
        Self { client, protocol, received: Vec::new(), taken: 0 }
    }

    pub(crate) fn send(&self, bytes: &[u8]) {
        self.client.send(bytes).expect("the server takes a request");
    }

    /// Asks for one thing and waits for its answer.
    pub(crate) fn ask(&mut self, method: &str, uri: &str, body: &[u8]) -> Result<Answer, String> {
        let request = self.protocol.request(method, uri, body);
        self.client.send(&request).map_err(|error| error.to_string())?;
        self.answer_to(method)
    }

    pub(crate) fn get(&mut self, uri: &str) -> Result<Answer, String> {
        self.ask("GET", uri, b"")
    }

    /// The next answer.
    pub(crate) fn answer(&mut self) -> Result<Answer, String> {
        self.answer_to("GET")
    }

    /// The next answer, which is to a request of this method.
    pub(crate) fn answer_to(&mut self, method: &str) -> Result<Answer, String> {
        let head_only = method == "HEAD";
        match self.protocol {
            Protocol::Uwsgi | Protocol::Scgi => {
                let answer = Answer::parse(&self.client.read_to_end(SOON)?, head_only)?;
                answer.ok_or_else(|| "closed without an answer".to_owned())
            }
            Protocol::FastCgi => {
                let (answer, end) = self.records(ID, head_only)?;
                match end {
                    EndRequest { app_status: 0, protocol_status: 0 } => Ok(answer),
                    other => Err(format!("{other:?}")),
                }
            }
            Protocol::Http => self.http(head_only),
        }
    }

    /// The text up to the next line end, which is taken as well.
    pub(crate) fn line(&mut self) -> Result<String, String> {
        loop {
            let came = &self.received[self.taken..];
            if let Some(size) = came.windows(2).position(|two| two == b"\r\n") {
                let line = String::from_utf8_lossy(&came[..size]).into_owned();
                self.taken += size + 2;
                return Ok(line);
            }
            self.more()?;
        }
    }

    /// So many bytes, as they are.
    pub(crate) fn take(&mut self, size: usize) -> Result<Vec<u8>, String> {
        while self.received.len() - self.taken < size {
            self.more()?;
        }
        let bytes = self.received[self.taken..self.taken + size].to_vec();
        self.taken += size;
        Ok(bytes)
    }

    /// Reads what comes next; the end is an error.
    pub(super) fn more(&mut self) -> Result<(), String> {
        self.received.drain(..self.taken);
        self.taken = 0;
        let came = self.client.read_some(256 * 1024)?;
        if came.is_empty() {
            let count = self.received.len();
            return Err(format!("closed with {count} bytes of an answer"));
        }
        self.received.extend(came);
        Ok(())
    }

    /// Whether neither a byte nor the end comes within a time.
    pub(crate) fn is_silent_for(&self, time: Duration) -> bool {
        self.taken == self.received.len() && self.client.is_silent_for(time)
    }

    /// Whether the end comes, and nothing before it.
    pub(crate) fn is_closed_within(&self, limit: Duration) -> Result<(), String> {
        let left = self.received[self.taken..].to_vec();
        let rest = [left, self.client.read_to_end(limit)?].concat();
        match rest.is_empty() {
            true => Ok(()),
            false => Err(format!("before the end: {}", String::from_utf8_lossy(&rest))),
        }
    }

    pub(crate) fn is_closed(&self) -> Result<(), String> {
        self.is_closed_within(SOON)
    }
}
