//! Fresh connections that are looked at all together, and not registered one by one. Where many
//! answers come at once, one look at all costs less than a registration for each, and an answer is
//! noticed just as soon. It must not know what is done with an answer.

use std::os::fd::BorrowedFd;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use super::connection::Connection;

/// Those connections, and whether more should join them.
#[derive(Debug, Default)]
pub(super) struct Unwatched {
    keys: Vec<usize>,
    is_worth_it: bool,
}

/// So many answers at once make it worth while, and fewer than so many no longer.
const WORTH_IT: usize = 16;
const NOT_WORTH_IT: usize = 8;

impl Unwatched {
    /// Whether a fresh connection had better not be registered.
    pub(super) fn is_worth_it(&self) -> bool {
        self.is_worth_it
    }

    pub(super) fn push(&mut self, key: usize) {
        self.keys.push(key);
    }

    /// Leaves out a connection that is no more.
    pub(super) fn forget(&mut self, key: usize) {
        self.keys.retain(|&other| other != key);
    }

    /// Waits until some of them, or what `epoll` watches, have something to tell: moves those to
    /// `ready`, and says whether `epoll` has events. If there are none, nobody waits here.
    pub(super) fn wait(
        &mut self,
        epoll: BorrowedFd<'_>,
        connections: &[Connection],
        ready: &mut Vec<usize>,
    ) -> Result<bool, Errno> {
        let mut polled = Vec::with_capacity(self.keys.len() + 1);
        self.keys.retain(|&key| {
            let socket = connections.get(key).and_then(Connection::socket);
            polled.extend(socket.map(|socket| PollFd::from_borrowed_fd(socket, PollFlags::IN)));
            socket.is_some()
        });
        polled.push(PollFd::from_borrowed_fd(epoll, PollFlags::IN));
        match poll(&mut polled, None) {
            Ok(_) => {}
            Err(Errno::INTR) => return Ok(true),
            Err(error) => return Err(error),
        }
        let mut found = polled.iter().map(|polled| !polled.revents().is_empty());
        self.keys.retain(|&key| {
            let is_ready = found.next() == Some(true);
            if is_ready {
                ready.push(key);
            }
            !is_ready
        });
        Ok(found.next() == Some(true))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Decides by how many answers came at once; those that are to be registered now.
    pub(super) fn handle_count(&mut self, answers: usize) -> Vec<usize> {
        self.is_worth_it = match self.is_worth_it {
            true => answers >= NOT_WORTH_IT,
            false => answers >= WORTH_IT,
        };
        if self.is_worth_it { Vec::new() } else { std::mem::take(&mut self.keys) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_worth_it_while_many_answers_come_at_once() {
        let mut unwatched = Unwatched::default();
        for (answers, expected) in
            [(15, false), (16, true), (9, true), (8, true), (7, false), (8, false)]
        {
            unwatched.push(3);
            let registered = unwatched.handle_count(answers);
            assert_eq!(unwatched.is_worth_it(), expected, "{answers}");
            assert_eq!(registered.is_empty(), expected, "{answers}");
        }
    }
}
