//! Whether a listening thread can't keep up, so that another should listen beside it. Knows
//! nothing of what arrives.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

/// A thread's own view of its load.
pub(super) struct Pressure {
    /// When its last job ended.
    ended: Instant,
    /// When the stretch began that is looked at, and what the thread had had of processors by then.
    began: Instant,
    before: Option<Share>,
    /// How many jobs it has run in it, and whether it waited for one.
    jobs: u32,
    waited: bool,
    schedstat: Option<File>,
    /// The last request that arrived, and until when others should run what it reads.
    arrived: Instant,
    helped_until: Instant,
    /// For how many stretches on end it would have had fewer connections, and whether it should part with one.
    busy_stretches: u32,
    parts: bool,
    /// Whether there is a processor beside its own and that of its peer.
    has_spare: bool,
}

/// What a thread has had of processors in its life.
#[derive(Clone, Copy, Default)]
struct Share {
    ran: Duration,
    /// How long it has waited for one though it had work.
    delayed: Duration,
}

/// What a thread that can't keep up would be helped by.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Wants {
    /// One more that listens, for connections that are new.
    listener: bool,
    /// Others that run some of what it reads, from connections that are kept.
    help: bool,
    /// Fewer connections that are kept.
    fewer: bool,
}

/// A thread that waits so long for work keeps up.
const LONG_WAIT: Duration = Duration::from_micros(100);
/// One that takes no longer was none, if what is new is at hand when it is asked for.
const NO_WAIT: Duration = Duration::from_micros(4);
/// How long a stretch without such a wait is looked at.
const STRETCH: Duration = Duration::from_millis(2);
/// A connection is parted with only after so many of them without a rest: one may be a burst, while others need the
/// processor next.
const BUSY_STRETCHES: u32 = 8;
/// A request that takes less is quick.
const QUICK: Duration = Duration::from_micros(8);
/// A request that takes more of a processor, with all that the server does for it, is worth handing to a thread
/// that sleeps: to wake one costs as much as some requests that take less.
const WORTH_A_HAND: Duration = Duration::from_micros(20);

impl Pressure {
    /// Of a thread in a process that may have so many processors.
    pub(super) fn new(now: Instant, processors: usize) -> Self {
        let schedstat = File::open("/proc/thread-self/schedstat").ok();
        Self {
            ended: now,
            began: now,
            before: None,
            jobs: 0,
            waited: false,
            schedstat,
            arrived: now,
            helped_until: now,
            busy_stretches: 0,
            parts: false,
            has_spare: processors > 2,
        }
    }

    pub(super) fn ended(&mut self, at: Instant) {
        self.ended = at;
        self.jobs += 1;
    }

    /// When its last job ended.
    pub(super) fn last_ended(&self) -> Instant {
        self.ended
    }

    /// A request arrived that this thread waited for in its loop; true when another should listen as well.
    pub(super) fn arrived(&mut self, at: Instant) -> bool {
        let schedstat = self.schedstat.take();
        let wants_listener = self.note(at, || schedstat.as_ref().and_then(share));
        self.schedstat = schedstat;
        wants_listener
    }

    fn note(&mut self, at: Instant, share: impl FnOnce() -> Option<Share>) -> bool {
        let wants = self.judge(at, share);
        self.arrived = at;
        if wants.help {
            self.helped_until = at + 2 * STRETCH;
        }
        self.parts = wants.fewer && self.busy_stretches >= BUSY_STRETCHES;
        wants.listener
    }

    /// Whether others should run some of what it reads.
    pub(super) fn wants_help(&self) -> bool {
        self.arrived < self.helped_until
    }

    /// Whether it should part with a connection, for once: then so much less is its own.
    pub(super) fn parts(&mut self) -> bool {
        std::mem::take(&mut self.parts)
    }

    /// A thread that hardly slept over a stretch can't keep up. If it was also kept from running, all
    /// processors may be taken: another that listens would be one more that waits.
    fn judge(&mut self, at: Instant, share: impl FnOnce() -> Option<Share>) -> Wants {
        if at.saturating_duration_since(self.ended) > LONG_WAIT {
            self.begin(at);
            self.before = None;
            self.busy_stretches = 0;
            return Wants::default();
        }
        self.waited |= at.saturating_duration_since(self.ended) > NO_WAIT;
        let stretch = at.saturating_duration_since(self.began);
        if stretch < STRETCH {
            return Wants::default();
        }
        let waited = self.waited;
        let jobs = self.jobs.max(1);
        self.begin(at);
        let now = share();
        let before = std::mem::replace(&mut self.before, now);
        let (Some(now), Some(before)) = (now, before) else {
            return Wants::default();
        };
        let delayed = now.delayed.saturating_sub(before.delayed);
        let ran = now.ran.saturating_sub(before.ran);
        let is_busy = stretch.saturating_sub(ran + delayed) < stretch / 16;
        // For a quick request the peer needs about as much: of two processors the other is the peer's.
        let has_processor = self.has_spare || ran >= QUICK * jobs;
        let wants = Wants {
            listener: is_busy && !waited && delayed < stretch / 8,
            fewer: is_busy && has_processor && delayed < stretch / 8,
            // What wakes a peer on this very processor delays it as well, while others are idle.
            help: is_busy && delayed < stretch / 4 && ran >= WORTH_A_HAND * jobs,
        };
        self.busy_stretches = if wants.fewer { self.busy_stretches + 1 } else { 0 };
        wants
    }

    fn begin(&mut self, at: Instant) {
        self.began = at;
        self.jobs = 0;
        self.waited = false;
    }
}

/// What the thread that asks has had of processors: how long it ran, exact to the moment, and how
/// long it waited for one, as the scheduler counts it.
fn share(schedstat: &File) -> Option<Share> {
    let mut text = [0; 96];
    let count = schedstat.read_at(&mut text, 0).ok()?;
    let text = std::str::from_utf8(&text[..count]).ok()?;
    let delayed = text.split_whitespace().nth(1)?.parse().ok().map(Duration::from_nanos)?;
    // The file's own figure is that of the last timer interrupt.
    let ran = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Some(Share { ran: ran.try_into().ok()?, delayed })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Jobs of so many microseconds with `wait` between them, for 20 ms; of each millisecond, `delayed` is
    /// spent waiting for a processor, and of each wait `slept` asleep. What it wants more than once.
    fn check(job: u64, wait: u64, slept: u64, delayed: u64) -> Wants {
        let micros = Duration::from_micros;
        let start = crate::clock::now();
        let mut pressure = Pressure::new(start, 2);
        let (mut now, mut ran) = (start, Duration::ZERO);
        let (mut listener, mut help, mut fewer) = (0, 0, 0);
        while now < start + Duration::from_millis(20) {
            now += micros(wait);
            ran += micros(wait - slept);
            let delayed = (now - start).mul_f64(micros(delayed).as_secs_f64() * 1e3);
            let share = Share { ran: ran.saturating_sub(delayed), delayed };
            let wants = pressure.judge(now, || Some(share));
            listener += u32::from(wants.listener);
            help += u32::from(wants.help);
            fewer += u32::from(wants.fewer);
            now += micros(job);
            ran += micros(job);
            pressure.ended(now);
        }
        Wants { listener: listener > 5, help: help > 5, fewer: fewer > 5 }
    }

    #[test]
    fn only_a_thread_that_has_a_processor_and_never_sleeps_wants_another() {
        let nothing = Wants::default();
        let listener = Wants { listener: true, help: false, fewer: true };
        let both = Wants { listener: true, help: true, fewer: true };
        for (job, wait, slept, delayed, wants) in [
            (10, 1, 0, 0, listener),
            (10, 1, 0, 50, listener),
            // What it reads is worth waking somebody for.
            (30, 1, 0, 0, both),
            // It asks for long what is new, of many connections that are kept, and doesn't sleep.
            (10, 20, 0, 0, Wants { listener: false, help: true, fewer: true }),
            // It takes no longer than its peer.
            (4, 1, 0, 0, Wants { listener: true, help: false, fewer: false }),
            // It waits for a processor.
            (10, 1, 0, 200, nothing),
            (30, 1, 0, 200, Wants { listener: false, help: true, fewer: false }),
            (30, 1, 0, 400, nothing),
            // It sleeps between its jobs, for a short while or a long one.
            (10, 8, 4, 0, nothing),
            (30, 200, 200, 0, nothing),
        ] {
            let found = check(job, wait, slept, delayed);
            assert_eq!(found, wants, "{job} µs, {wait} between, {slept} asleep, {delayed} late");
        }
    }

    /// A burst is no reason, and a rest begins the count anew.
    #[test]
    fn a_thread_that_stays_busy_parts_with_a_connection_every_stretch() {
        let start = crate::clock::now();
        let mut pressure = Pressure::new(start, 2);
        let mut now = start;
        let mut run = |pressure: &mut Pressure, rest: u64, millis: u64| {
            now += Duration::from_millis(rest);
            pressure.note(now, || unreachable!("a rest ends what is looked at"));
            let until = now + Duration::from_millis(millis);
            let mut parted = 0;
            while now < until {
                pressure.ended(now);
                now += Duration::from_micros(10);
                let share = Share { ran: now - start, delayed: Duration::ZERO };
                pressure.note(now, || Some(share));
                parted += u32::from(pressure.parts());
            }
            parted
        };
        // Of the first stretch nothing is known, as it began with a rest.
        assert_eq!(run(&mut pressure, 1, 17), 0);
        assert_eq!(run(&mut pressure, 1, 17), 0, "it has rested");
        assert_eq!(run(&mut pressure, 1, 37), 10, "every 2 ms from the eighth on");
        assert!(!pressure.parts(), "it is said once");
    }

    #[test]
    fn the_scheduler_says_how_long_a_thread_ran_and_waited() {
        let schedstat = File::open("/proc/thread-self/schedstat").unwrap();
        let first = share(&schedstat).unwrap();
        let second = share(&schedstat).unwrap();
        assert!(second.ran > first.ran && second.delayed >= first.delayed);
    }
}
