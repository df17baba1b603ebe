//! One thread's loop over epoll: accepts, reads at once, and registers only connections that have sent
//! nothing yet or are kept. It must not know what the answer is.

use std::os::fd::OwnedFd;

use crossbeam_channel::Sender;
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::io::{Errno, Result};
use rustix::net::{self, RecvFlags, SendFlags, SocketFlags};
use slab::Slab;

/// What becomes of a connection that has sent something.
#[derive(Clone)]
pub(crate) enum Then {
    Close(Vec<u8>),
    Keep(Vec<u8>),
    HandOver(Sender<OwnedFd>),
}

pub(crate) struct EventLoop {
    epoll: OwnedFd,
    then: Then,
    connections: Slab<OwnedFd>,
    buffer: Box<[u8]>,
}

/// What a connection has for us.
enum Read {
    Something,
    NothingYet,
    End,
}

impl EventLoop {
    pub(crate) fn new(listener: &OwnedFd, then: Then) -> Result<Self> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        // Exclusive, so that one connection wakes one loop.
        let flags = EventFlags::IN | EventFlags::EXCLUSIVE;
        epoll::add(&epoll, listener, EventData::new_u64(LISTENER), flags)?;
        let buffer = vec![0; 65_536].into_boxed_slice();
        Ok(Self { epoll, then, connections: Slab::new(), buffer })
    }

    /// Ends with an error alone.
    pub(crate) fn run(&mut self, listener: &OwnedFd) -> Result<()> {
        let mut events: Vec<Event> = Vec::with_capacity(256);
        loop {
            match epoll::wait(&self.epoll, spare_capacity(&mut events), None) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error),
            }
            for event in events.drain(..) {
                match event.data.u64() {
                    LISTENER => self.accept(listener)?,
                    key => self.readable(usize::try_from(key).expect("a place in the slab"))?,
                }
            }
        }
    }

    fn accept(&mut self, listener: &OwnedFd) -> Result<()> {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        loop {
            let connection = match net::accept_with(listener, flags) {
                Ok(connection) => connection,
                Err(Errno::AGAIN) => return Ok(()),
                Err(Errno::INTR | Errno::CONNABORTED) => continue,
                Err(error) => return Err(error),
            };
            if let Then::Keep(_) = self.then {
                self.register(connection)?;
                continue;
            }
            match read(&connection, &mut self.buffer) {
                Read::Something => self.answer(connection),
                Read::NothingYet => self.register(connection)?,
                Read::End => {}
            }
        }
    }

    fn register(&mut self, connection: OwnedFd) -> Result<()> {
        let place = self.connections.vacant_entry();
        let key = EventData::new_u64(place.key() as u64);
        epoll::add(&self.epoll, &connection, key, EventFlags::IN)?;
        place.insert(connection);
        Ok(())
    }

    fn readable(&mut self, key: usize) -> Result<()> {
        let connection = &self.connections[key];
        match read(connection, &mut self.buffer) {
            Read::NothingYet => {}
            Read::End => drop(self.connections.remove(key)),
            Read::Something => {
                if let Then::Keep(answer) = &self.then {
                    send(connection, answer);
                    return Ok(());
                }
                let connection = self.connections.remove(key);
                // Another thread may close it, and until then it would be told of here.
                epoll::delete(&self.epoll, &connection)?;
                self.answer(connection);
            }
        }
        Ok(())
    }

    /// Answers and closes, or has it done.
    fn answer(&self, connection: OwnedFd) {
        match &self.then {
            Then::Close(answer) | Then::Keep(answer) => send(&connection, answer),
            // Without receivers the process is at its end.
            Then::HandOver(sender) => drop(sender.send(connection)),
        }
    }
}

/// A new socket's buffer takes the whole answer; whoever has left doesn't miss it.
pub(crate) fn send(connection: &OwnedFd, answer: &[u8]) {
    let _ = net::send(connection, answer, SendFlags::NOSIGNAL);
}

fn read(connection: &OwnedFd, buffer: &mut [u8]) -> Read {
    match net::recv(connection, buffer, RecvFlags::empty()) {
        Ok((0, _)) => Read::End,
        Ok(_) => Read::Something,
        Err(Errno::AGAIN | Errno::INTR) => Read::NothingYet,
        Err(_) => Read::End,
    }
}

/// Names the listener; connections have their place in the slab.
const LISTENER: u64 = u64::MAX;
