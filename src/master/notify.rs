//! How servers tell that they are ready: a datagram to a socket whose name they are given, as systemd
//! has it. Knows nothing of servers.

use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use crossbeam_channel::Sender;

use super::Event;

/// The socket.
pub(super) struct Notify {
    address: String,
}

impl Notify {
    /// Listens until the master ends.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn listen(events: Sender<Event>) -> io::Result<Self> {
        let name = format!("cleanslate-{}-{:x}", std::process::id(), crate::clock::seed());
        let socket = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name)?)?;
        let life = move || {
            let mut text = [0; 4_096];
            while let Ok(size) = socket.recv(&mut text) {
                let process = ready(&text[..size]);
                if let Some(process) = process
                    && events.send(Event::Ready { process }).is_err()
                {
                    return;
                }
            }
        };
        std::thread::Builder::new().name("notify".to_owned()).spawn(life)?;
        Ok(Self { address: format!("@{name}") })
    }

    /// As `NOTIFY_SOCKET` has it.
    pub(super) fn address(&self) -> &str {
        &self.address
    }
}

/// The number of the process that says it is ready, if one does.
fn ready(text: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(text).ok()?;
    let value =
        |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    if value("READY")? != "1" {
        return None;
    }
    value("MAINPID")?.parse().ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_who_is_ready_is_heard() {
        for (text, expected) in [
            ("READY=1\nMAINPID=17", Some(17)),
            ("MAINPID=17\nSTATUS=fine\nREADY=1\n", Some(17)),
            ("READY=1", None),
            ("READY=0\nMAINPID=17", None),
            ("WATCHDOG=1", None),
            ("", None),
        ] {
            assert_eq!(super::ready(text.as_bytes()), expected, "{text:?}");
        }
    }
}
