//! A server with a socket for each protocol. Knows nothing of what it is asked.

use super::server::LIMIT;
use super::{Address, Build, Connection, Folder, Protocol, Server, fresh_folder, wait_for};

impl Server {
    /// `probe` with a unix and a TCP socket for each protocol.
    pub(crate) fn by_all(options: &[&str]) -> Self {
        Self::by_all_in(&fresh_folder(), options)
    }

    /// The same in a folder that is there.
    pub(crate) fn by_all_in(folder: &Folder, options: &[&str]) -> Self {
        let path = |protocol| folder.path().join(format!("{protocol}.sock")).display().to_string();
        let unix = Protocol::ALL.map(|protocol| (protocol, path(protocol)));
        let mut all = options.to_vec();
        for (protocol, path) in &unix {
            all.extend([protocol.option(), path, protocol.option(), "127.0.0.1:0"]);
        }
        Self::start_in(folder, Build::Clean, "probe", &all)
    }

    /// Its unix socket for that protocol.
    pub(crate) fn at(&self, protocol: Protocol) -> Address {
        Address::Unix(self.folder().join(format!("{protocol}.sock")))
    }

    /// Its TCP socket for that protocol: the log tells the port.
    pub(crate) fn tcp_at(&self, protocol: Protocol) -> Address {
        wait_for("a line with the socket's port", LIMIT, || {
            let log = self.log();
            let marks = format!("\" protocol={protocol} ");
            let line =
                log.lines().find(|line| line.contains(&marks) && line.contains("127.0.0.1"))?;
            let (_, socket) = line.split_once("socket=\"")?;
            Some(Address::Tcp(socket.split('"').next()?.parse().expect("an address")))
        })
    }

    /// A connection to its unix socket for that protocol.
    pub(crate) fn open(&self, protocol: Protocol) -> Connection {
        Connection::open(protocol, &self.at(protocol)).expect("the server takes connections")
    }
}
