//! Whether a listening thread can't keep up, so that another should listen beside it. Knows
//! nothing of what arrives.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

/// A thread's own view of its load.
pub(super) struct Pressure {
    /// When its last job ended.
    ended: Instant,
    /// Since when it goes from job to job without a wait for one.
    unslept_since: Instant,
    /// How long it had waited for a processor when the stretch that is looked at began.
    delay_before: Option<Duration>,
    schedstat: Option<File>,
    /// The last request that arrived, and until when it counts as unable to keep up.
    arrived: Instant,
    pressed_until: Instant,
}

/// A wait for work that took no longer was none: a sleep takes longer than this to wake from.
const NO_WAIT: Duration = Duration::from_micros(4);
/// How long a stretch without a wait is looked at.
const STRETCH: Duration = Duration::from_millis(2);

impl Pressure {
    pub(super) fn new(now: Instant) -> Self {
        let schedstat = File::open("/proc/thread-self/schedstat").ok();
        Self {
            ended: now,
            unslept_since: now,
            delay_before: None,
            schedstat,
            arrived: now,
            pressed_until: now,
        }
    }

    pub(super) fn ended(&mut self, at: Instant) {
        self.ended = at;
    }

    /// When its last job ended.
    pub(super) fn last_ended(&self) -> Instant {
        self.ended
    }

    /// A request arrived that this thread waited for in its loop; true when it can't keep up.
    pub(super) fn arrived(&mut self, at: Instant) -> bool {
        let delay = self.schedstat.take();
        let pressed = self.judge(at, || delay.as_ref().and_then(run_delay).unwrap_or_default());
        self.schedstat = delay;
        self.arrived = at;
        if pressed {
            self.pressed_until = at + 2 * STRETCH;
        }
        pressed
    }

    /// Whether it couldn't keep up lately.
    pub(super) fn is_pressed(&self) -> bool {
        self.arrived < self.pressed_until
    }

    /// A thread that never waits for work may only be waiting for a processor. Then all processors
    /// are taken, and another listener would be one more that waits. So the first stretch without
    /// a wait is followed by one over which that delay is measured.
    fn judge(&mut self, at: Instant, run_delay: impl FnOnce() -> Duration) -> bool {
        if at.saturating_duration_since(self.ended) > NO_WAIT {
            self.unslept_since = at;
            self.delay_before = None;
            return false;
        }
        let stretch = at.saturating_duration_since(self.unslept_since);
        if stretch < STRETCH {
            return false;
        }
        self.unslept_since = at;
        let delay_now = run_delay();
        match self.delay_before.replace(delay_now) {
            Some(before) => delay_now.saturating_sub(before) < stretch / 8,
            None => false,
        }
    }
}

/// How long this thread has waited for a processor in its life, as the scheduler counts it.
fn run_delay(schedstat: &File) -> Option<Duration> {
    let mut text = [0; 96];
    let count = schedstat.read_at(&mut text, 0).ok()?;
    let text = std::str::from_utf8(&text[..count]).ok()?;
    text.split_whitespace().nth(1)?.parse().ok().map(Duration::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Jobs of 10 µs with `wait` between them, for 20 ms; `delayed` of each ms is spent waiting for
    /// a processor. How often the thread feels pressed.
    fn check(wait: Duration, delayed: Duration) -> usize {
        let start = crate::clock::now();
        let mut pressure = Pressure::new(start);
        let mut now = start;
        let mut pressed = 0;
        while now < start + Duration::from_millis(20) {
            now += wait;
            let delay = (now - start).mul_f64(delayed.as_secs_f64() * 1e3);
            pressed += usize::from(pressure.judge(now, || delay));
            now += Duration::from_micros(10);
            pressure.ended(now);
        }
        pressed
    }

    #[test]
    fn only_a_thread_that_has_a_processor_and_never_waits_is_pressed() {
        let micros = Duration::from_micros;
        assert!(check(micros(1), micros(0)) >= 5);
        assert!(check(micros(1), micros(50)) >= 5);
        assert_eq!(check(micros(1), micros(400)), 0, "it waits for a processor");
        assert_eq!(check(micros(8), micros(0)), 0, "it sleeps between its jobs");
    }

    #[test]
    fn the_scheduler_says_how_long_a_thread_waited() {
        let schedstat = File::open("/proc/thread-self/schedstat").unwrap();
        assert!(run_delay(&schedstat).is_some());
    }
}
