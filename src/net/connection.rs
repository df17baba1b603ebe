//! A connection that waits in an event loop: for the rest of its request, to be written to, or to
//! be drained. Knows nothing of the loop.

use std::io;
use std::time::Instant;

use cleanslate_proto::error::Error;
use cleanslate_proto::step::{End, Step};
use mio::Interest;

use super::Outgoing;
use crate::app::{Packet, PacketError, PacketLimits, Parcel};
use crate::pool::{Ends, Peer};

/// A connection that waits in a loop.
pub(crate) struct Connection {
    pub(crate) peer: Peer,
    pub(crate) state: State,
    /// When it is given up; moved on by what it does.
    pub(crate) deadline: Instant,
    /// Which wait this is, of all in its loop.
    pub(crate) wait: u32,
}

/// What a connection waits for.
pub(crate) enum State {
    /// Nothing of a request has come, and no memory is held for one.
    Idle,
    Reading(Parcel),
    Writing(Outgoing),
    /// Its answer is out; so many bytes more are read and dropped before it is closed.
    Draining(usize),
}

impl State {
    /// What the loop is to be told of.
    pub(crate) fn interest(&self) -> Interest {
        match self {
            Self::Writing(_) => Interest::WRITABLE,
            Self::Idle | Self::Reading(_) | Self::Draining(_) => Interest::READABLE,
        }
    }
}

/// How reading a request went.
pub(crate) enum Read {
    Whole,
    /// Nothing more has come yet.
    Waiting,
    /// There is more, but others have their turn first.
    More,
    /// It can't become a request.
    Bad(PacketError),
    /// The peer has given its request up, and the connection with it.
    Closing,
    /// The peer left, or failed, before it had sent anything that asks for an answer.
    Gone,
}

/// What a client that sent `Expect: 100-continue` waits for. RFC 9110, 10.1.1.
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// How much is read from one peer before others have their turn.
const SHARE: usize = 1 << 20;

/// Reads until the request is whole or nothing more is there. With `once`, a read that leaves room
/// in the buffer is the last: what comes after it is told by the registration that follows.
pub(crate) fn read(
    packet: &mut Packet,
    peer: &mut Peer,
    limits: &PacketLimits,
    once: bool,
) -> Read {
    let mut share = SHARE;
    loop {
        let room = packet.room();
        let size = room.len();
        let count = match peer.stream.read(room) {
            Ok(0) => {
                return match packet.end() {
                    End::Short(error) => {
                        peer.expect(packet);
                        Read::Bad(PacketError::Wire(error))
                    }
                    End::Nothing | End::Whole => Read::Gone,
                };
            }
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Read::Waiting,
            Err(_) => return Read::Gone,
        };
        // A full buffer may have left something behind.
        peer.unread = count == size;
        let step = packet.advance(count, limits);
        if let Some(outcome) = judge(packet, peer, step, limits) {
            if matches!(outcome, Read::Whole) && peer.framing.keeps() {
                peer.ahead.push(packet.ahead());
            }
            return outcome;
        }
        if once && count < size {
            return Read::Waiting;
        }
        if share <= count {
            return Read::More;
        }
        share -= count;
    }
}

/// Reads on: first what came behind the connection's last request, then what its socket has.
pub(crate) fn read_on(packet: &mut Packet, peer: &mut Peer, limits: &PacketLimits) -> Read {
    if !peer.ahead.is_empty()
        && let Some(outcome) = read_ahead(packet, peer, limits)
    {
        return outcome;
    }
    read(packet, peer, limits, false)
}

fn read_ahead(packet: &mut Packet, peer: &mut Peer, limits: &PacketLimits) -> Option<Read> {
    let (step, received) = packet.receive(peer.ahead.bytes(), limits);
    let is_whole = matches!(step, Ok(Step::Ready));
    // What is behind this request stays where it is.
    let behind = if is_whole { packet.ahead().len() } else { 0 };
    peer.ahead.take(received - behind);
    judge(packet, peer, step, limits)
}

/// What a step comes to, its debts to the peer paid; none when there is more to read.
fn judge(
    packet: &mut Packet,
    peer: &mut Peer,
    step: Result<Step, PacketError>,
    limits: &PacketLimits,
) -> Option<Read> {
    if packet.expects_continue() && !say(peer, CONTINUE, true) {
        return Some(Read::Gone);
    }
    let mut owed = Vec::new();
    if packet.poll_replies(&mut owed, limits.capacity) && !say(peer, &owed, false) {
        return Some(Read::Gone);
    }
    match step {
        Ok(Step::Ready) => {
            if let Some(ends) = &peer.ends
                && let Err(error) = tell(packet, ends)
            {
                peer.expect(packet);
                return Some(Read::Bad(PacketError::Wire(error)));
            }
            peer.expect(packet);
            Some(Read::Whole)
        }
        Ok(Step::NeedMore) if packet.is_closing() => Some(Read::Closing),
        Ok(Step::NeedMore) => None,
        Err(error) => {
            peer.expect(packet);
            Some(Read::Bad(error))
        }
    }
}

/// Writes something small beside an answer. Half of it would spoil what follows: a peer that takes
/// no more than that, as it doesn't read what it has got, is given up. What `may_be_left_out` is if
/// it takes nothing at all.
fn say(peer: &Peer, bytes: &[u8], may_be_left_out: bool) -> bool {
    match peer.stream.write(bytes) {
        Ok(count) => count == bytes.len(),
        Err(error) => may_be_left_out && error.kind() == io::ErrorKind::WouldBlock,
    }
}

/// Adds what only the socket knows to a request's vars.
fn tell(packet: &mut Packet, Ends(vars): &Ends) -> Result<(), Error> {
    vars.iter().try_for_each(|(name, value)| packet.push_var(name, value))
}

/// Reads and drops; true when it is over: at the end, at an error, or at the bound.
pub(crate) fn drain(peer: &Peer, left: &mut usize) -> bool {
    let mut room = [0; 16 * 1024];
    loop {
        match peer.stream.read(&mut room) {
            Ok(0) => return true,
            Ok(count) if count >= *left => return true,
            Ok(count) => *left -= count,
            Err(error) => return error.kind() != io::ErrorKind::WouldBlock,
        }
    }
}
