//! One case on its connection, in one way. It must not know what is accepted, only for how much it
//! has to wait.

use std::time::{Duration, Instant};

use super::Plan;
use super::seen::{End, Seen};
use super::way::Way;
use crate::tool::clock;
use crate::tool::conform::format::{Action, Awaited, Case};
use crate::tool::wire::{ConnectError, Wait, Wire};

/// Between two pieces, so that a server reads them apart; more often than not that is enough.
const PAUSE: Duration = Duration::from_micros(200);
/// How often the time to settle is cut down where a case was seen to settle before.
const SETTLE_LESS: u32 = 10;
/// A server's time-out is seldom to the second.
const SLOW_MARGIN: Duration = Duration::from_secs(5);

/// A case that is under way.
pub(super) struct Exchange<'a> {
    plan: &'a Plan,
    way: Way,
    wire: Wire,
    seen: Seen,
    until: Instant,
    /// Bytes sent so far.
    sent: usize,
}

impl<'a> Exchange<'a> {
    /// Runs the case; what the server did.
    pub(super) fn run(plan: &'a Plan, case: &Case, way: Way) -> Result<Seen, ConnectError> {
        let until = clock::now() + plan.limit;
        let wire = Wire::connect(&plan.address, until)?;
        let seen = Seen::new(case.protocol, case.heads.clone());
        let mut exchange = Self { plan, way, wire, seen, until, sent: 0 };
        let mut end = None;
        let mut awaited = [0; 3];
        for action in &case.actions {
            // What a closed connection leaves undone goes on with the next one, if there is one.
            if end.is_none() || *action == Action::Reset {
                end = exchange.act(action, &mut awaited)?;
            }
        }
        let end = end.unwrap_or_else(|| exchange.read_on(case));
        exchange.seen.finish(end);
        Ok(exchange.seen)
    }

    /// Does one thing; how the connection ended if that is all there is to see.
    fn act(
        &mut self,
        action: &Action,
        awaited: &mut [usize; 3],
    ) -> Result<Option<End>, ConnectError> {
        match action {
            Action::Send(bytes) => return Ok(self.send(bytes)),
            Action::Await(what) => {
                let count = &mut awaited[match what {
                    Awaited::Answer => 0,
                    Awaited::Continue => 1,
                    Awaited::Reply => 2,
                }];
                *count += 1;
                let count = *count;
                return Ok(self.read_while(|seen| seen.count(*what) < count));
            }
            Action::HalfClose => self.wire.half_close(),
            Action::Pause => clock::pause(self.settle()),
            Action::Reset => {
                let next = Wire::connect(&self.plan.address, self.until)?;
                std::mem::replace(&mut self.wire, next).reset();
                self.seen.start_connection();
            }
            Action::Stall => {
                self.until += self.plan.slow.unwrap_or_default() + SLOW_MARGIN;
            }
        }
        Ok(None)
    }

    fn send(&mut self, bytes: &[u8]) -> Option<End> {
        let pieces = self.way.pieces(bytes, self.sent);
        self.sent += bytes.len();
        for (number, piece) in pieces.iter().enumerate() {
            match self.way {
                Way::CutAt(_) if number > 0 => clock::pause(PAUSE),
                Way::ByteByByte if number > 0 => std::thread::yield_now(),
                Way::CutAt(_) | Way::ByteByByte | Way::Whole => {}
            }
            // The server's time starts with the last byte: on a busy machine many take long to send.
            self.until = clock::now() + self.plan.limit;
            match self.wire.send(piece, &mut self.seen.received, self.until) {
                Wait::Done => {}
                // It has said all it will say, and what that is may still be unread.
                Wait::Closed => return Some(self.drain()),
                Wait::TimedOut => return Some(End::Stalled),
            }
        }
        None
    }

    /// Reads what there is on a connection that takes nothing more.
    fn drain(&mut self) -> End {
        self.read_while(|_| true).unwrap_or(End::Closed)
    }

    /// Reads as long as this is so, or as there is something to read.
    fn read_while(&mut self, is_so: impl Fn(&Seen) -> bool) -> Option<End> {
        self.seen.look();
        while is_so(&self.seen) {
            match self.wire.read(&mut self.seen.received, self.until) {
                Wait::Done => self.seen.look(),
                Wait::Closed => return Some(End::Closed),
                Wait::TimedOut => return Some(End::Stalled),
            }
        }
        None
    }

    /// How long it waits to see that nothing happens.
    fn settle(&self) -> Duration {
        match self.way {
            Way::Whole => self.plan.settle,
            Way::ByteByByte | Way::CutAt(_) => self.plan.settle / SETTLE_LESS,
        }
    }

    /// Reads all that a case can expect, and a little longer to see whether more comes.
    fn read_on(&mut self, case: &Case) -> End {
        let end = self.read_while(|seen| !case.may_rest_after(seen.events.len()));
        if let Some(end) = end {
            return end;
        }
        // A close that may come is worth the whole time: a busy server needs some of it.
        let settle = if case.may_close() { self.plan.settle } else { self.settle() };
        loop {
            let until = clock::now() + settle;
            match self.wire.read(&mut self.seen.received, until) {
                Wait::Done => self.seen.look(),
                Wait::Closed => return End::Closed,
                Wait::TimedOut if !self.seen.is_in_the_middle() => return End::Kept,
                Wait::TimedOut if clock::left(self.until).is_zero() => return End::Stalled,
                Wait::TimedOut => {}
            }
        }
    }
}
