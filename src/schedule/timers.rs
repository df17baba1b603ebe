//! Timers: when each ticks next. Pure: the time is an argument, and what is due is an answer.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::pool::{Due, Tick, TickState};

/// All timers. Ticks are due at whole multiples of the interval from the start: however late one
/// is served, the next is not moved.
pub(crate) struct Timers {
    timers: Vec<Timer>,
    next: BinaryHeap<Reverse<(Instant, usize)>>,
}

struct Timer {
    interval: Duration,
    state: Arc<TickState>,
}

impl Timers {
    /// Timers with these intervals, each first due one interval after `start`; what is known of
    /// their ticks is shared with whoever else raises them.
    pub(crate) fn new(
        start: Instant,
        timers: impl IntoIterator<Item = (Duration, Arc<TickState>)>,
    ) -> Self {
        let timers: Vec<Timer> =
            timers.into_iter().map(|(interval, state)| Timer { interval, state }).collect();
        let next = timers
            .iter()
            .enumerate()
            .map(|(number, timer)| Reverse((start + timer.interval, number)))
            .collect();
        Self { timers, next }
    }

    /// When the next tick is due; none without timers.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.next.peek().map(|Reverse((at, _))| *at)
    }

    /// A tick that is due and isn't held up by one before it. After a stall each timer ticks once,
    /// and the ticks that were missed are counted.
    pub(crate) fn poll_due(&mut self, now: Instant) -> Option<Tick> {
        while let Some(mut first) = self.next.peek_mut() {
            let Reverse((due_at, number)) = *first;
            if due_at > now {
                return None;
            }
            let timer = &self.timers[number];
            let missed = whole_intervals(now.duration_since(due_at), timer.interval);
            // Changing the top in place moves it to where it belongs now.
            *first = Reverse((due_at + multiple(timer.interval, missed + 1), number));
            drop(first);
            timer.state.miss(missed);
            if timer.state.come_due() == Due::Queue {
                return Some(Tick { timer: number, due_at, state: Arc::clone(&timer.state) });
            }
        }
        None
    }
}

fn whole_intervals(time: Duration, interval: Duration) -> u64 {
    u64::try_from(time.as_nanos() / interval.as_nanos().max(1)).unwrap_or(u64::MAX - 1)
}

fn multiple(interval: Duration, times: u64) -> Duration {
    let nanos = interval.as_nanos().saturating_mul(u128::from(times));
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use proptest::prelude::*;

    use super::*;

    fn start() -> Instant {
        crate::clock::now()
    }

    /// Timers with these intervals, and what is known of their ticks.
    fn timers(zero: Instant, intervals: &[Duration]) -> (Timers, Vec<Arc<TickState>>) {
        let states: Vec<Arc<TickState>> = intervals.iter().map(|_| Arc::default()).collect();
        let pairs = intervals.iter().copied().zip(states.iter().cloned());
        (Timers::new(zero, pairs), states)
    }

    /// Ticks due up to `now`, each run at once.
    fn run_due(timers: &mut Timers, now: Instant) -> Vec<(usize, Instant)> {
        let mut ran = Vec::new();
        while let Some(tick) = timers.poll_due(now) {
            tick.state.start();
            tick.state.end();
            ran.push((tick.timer, tick.due_at));
        }
        ran
    }

    #[test]
    fn ticks_come_in_order_and_without_drift() {
        let zero = start();
        let ms = Duration::from_millis;
        let (mut timers, _) = timers(zero, &[ms(100), ms(250)]);
        let mut ran = Vec::new();
        for step in 1..=50 {
            // The clock is looked at late, each time by another amount.
            ran.extend(run_due(&mut timers, zero + ms(step * 10) + ms(step % 7)));
        }
        let expected: Vec<(usize, Instant)> =
            [(0, 100), (0, 200), (1, 250), (0, 300), (0, 400), (1, 500), (0, 500)]
                .map(|(timer, at)| (timer, zero + ms(at)))
                .into();
        let mut sorted = ran.clone();
        sorted.sort_by_key(|(timer, at)| (*at, Reverse(*timer)));
        assert_eq!(sorted, expected);
    }

    #[test]
    fn a_stall_is_made_up_once_and_counted() {
        let zero = start();
        let (mut timers, states) = timers(zero, &[Duration::from_secs(1)]);
        assert_eq!(run_due(&mut timers, zero + Duration::from_millis(10_500)).len(), 1);
        assert_eq!(states[0].missed.load(Ordering::Relaxed), 9);
        assert_eq!(timers.next_due(), Some(zero + Duration::from_secs(11)));
    }

    proptest! {
        /// Whatever the intervals and however the clock is looked at: every multiple of an
        /// interval is either run or counted, and the next is never moved.
        #[test]
        fn every_tick_is_run_or_counted(
            intervals in prop::collection::vec(1_u64..5_000_000_000, 1..6),
            looks in prop::collection::vec((1_u64..20_000_000_000, any::<bool>()), 1..60),
        ) {
            let zero = start();
            let intervals: Vec<Duration> = intervals.into_iter().map(Duration::from_nanos).collect();
            let (mut timers, states) = timers(zero, &intervals);
            let mut now = zero;
            let mut waiting = Vec::new();
            for (step, serve) in looks {
                now += Duration::from_nanos(step);
                while let Some(tick) = timers.poll_due(now) {
                    prop_assert!(tick.due_at <= now);
                    waiting.push(tick);
                }
                if serve {
                    for tick in waiting.drain(..) {
                        tick.state.start();
                        tick.state.end();
                    }
                }
            }
            for (number, (interval, state)) in intervals.iter().zip(states).enumerate() {
                let due = (now - zero).as_nanos() / interval.as_nanos();
                let count = |counter: &std::sync::atomic::AtomicU64| u128::from(counter.load(Ordering::Relaxed));
                let queued = waiting.iter().filter(|tick| tick.timer == number).count() as u128;
                let seen = count(&state.runs) + count(&state.coalesced) + count(&state.missed) + count(&state.skipped) + queued;
                prop_assert_eq!(seen, due);
            }
        }
    }
}
