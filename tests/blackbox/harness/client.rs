//! A uwsgi client, one connection each: it sends bytes as it is told and reads to the end. Knows
//! nothing of what is sent.

use std::fmt;
use std::io::{self, Read, Write};
use std::mem::MaybeUninit;
use std::net::{Shutdown, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use socket2::{Domain, SockAddr, Socket, Type};

use super::{Answer, now};

/// Where a server listens.
#[derive(Clone, Debug)]
pub(crate) enum Address {
    Unix(PathBuf),
    Abstract(String),
    Tcp(SocketAddr),
}

/// A connection to a server.
pub(crate) struct Client {
    socket: Socket,
}

/// How long an answer may take that nothing holds up. Generous: machines are shared.
const SOON: Duration = Duration::from_secs(20);

impl Client {
    pub(crate) fn connect(address: &Address) -> io::Result<Self> {
        let (domain, to) = match address {
            Address::Unix(path) => (Domain::UNIX, SockAddr::unix(path)?),
            Address::Abstract(name) => (Domain::UNIX, SockAddr::unix(format!("\0{name}"))?),
            Address::Tcp(to) => (Domain::for_address(*to), SockAddr::from(*to)),
        };
        let socket = Socket::new(domain, Type::STREAM, None)?;
        socket.connect(&to)?;
        if let Address::Tcp(_) = address {
            // Pieces that are sent apart are to arrive apart.
            socket.set_tcp_nodelay(true)?;
        }
        // A server that reads no more must not hold up a test for ever.
        socket.set_write_timeout(Some(SOON))?;
        Ok(Self { socket })
    }

    pub(crate) fn send(&self, bytes: &[u8]) -> io::Result<()> {
        (&self.socket).write_all(bytes)
    }

    /// The same connection once more, for another thread.
    pub(crate) fn another(&self) -> io::Result<Self> {
        Ok(Self { socket: self.socket.try_clone()? })
    }

    /// Tells the server that no more will be sent.
    pub(crate) fn half_close(&self) -> io::Result<()> {
        self.socket.shutdown(Shutdown::Write)
    }

    /// The one answer that is there at the end; none if the connection is closed without one.
    pub(crate) fn answer(&self) -> Result<Option<Answer>, String> {
        self.answer_within(SOON)
    }

    /// The same with a time of one's own.
    pub(crate) fn answer_within(&self, limit: Duration) -> Result<Option<Answer>, String> {
        Answer::parse(&self.read_to_end(limit)?, false)
    }

    /// The same for a request whose method was HEAD.
    pub(crate) fn answer_to_head(&self) -> Result<Option<Answer>, String> {
        Answer::parse(&self.read_to_end(SOON)?, true)
    }

    /// All bytes up to the end of the connection.
    pub(crate) fn read_to_end(&self, limit: Duration) -> Result<Vec<u8>, String> {
        let until = now() + limit;
        let mut received = Vec::new();
        let mut room = [0; 64 * 1024];
        loop {
            let left = until.saturating_duration_since(now()).max(Duration::from_millis(1));
            self.socket.set_read_timeout(Some(left)).map_err(|error| error.to_string())?;
            match (&self.socket).read(&mut room) {
                Ok(0) => return Ok(received),
                Ok(count) => received.extend_from_slice(&room[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let count = received.len();
                    return Err(format!("no end after {count} bytes within {limit:?}: {error}"));
                }
            }
        }
    }

    /// Reads some bytes, which must come.
    pub(crate) fn read_some(&self, most: usize) -> Result<Vec<u8>, String> {
        let mut room = vec![0; most];
        self.socket.set_read_timeout(Some(SOON)).map_err(|error| error.to_string())?;
        let count = (&self.socket).read(&mut room).map_err(|error| error.to_string())?;
        room.truncate(count);
        Ok(room)
    }

    /// Whether neither a byte nor the end comes within a time.
    pub(crate) fn is_silent_for(&self, time: Duration) -> bool {
        self.socket.set_read_timeout(Some(time)).expect("a timeout can be set");
        let peeked = self.socket.peek(&mut [MaybeUninit::uninit()]);
        peeked.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }
}

impl fmt::Display for Address {
    /// As the option `socket` takes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "{}", path.display()),
            Self::Abstract(name) => write!(f, "@{name}"),
            Self::Tcp(address) => write!(f, "{address}"),
        }
    }
}
