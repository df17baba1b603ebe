//! When a thread's requests start: each as soon as another has ended, or at a fixed rate. It must
//! not know the clock: time is an argument.

use std::time::{Duration, Instant};

/// The schedule of one thread.
#[derive(Debug)]
pub(super) struct Pace {
    rate: Option<Rate>,
    end: Option<Instant>,
    requests_max: Option<u64>,
    started: u64,
}

/// Requests that are due whether others have ended or not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    /// When the first is due.
    pub(super) first: Instant,
    /// The time between two, in seconds.
    pub(super) interval: f64,
}

/// How long after the end requests are sent that were due before it: a stall shows wherever it is,
/// and a server that is too slow for the rate doesn't hold up the end for long.
const GRACE: Duration = Duration::from_secs(1);

/// Whether a request may start.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Start {
    /// Yes; it was due then, from when on its latency counts.
    Now(Instant),
    /// Not before that time.
    At(Instant),
    /// No more will.
    Never,
}

impl Pace {
    pub(super) fn new(rate: Option<Rate>, end: Option<Instant>, requests_max: Option<u64>) -> Self {
        Self { rate, end, requests_max, started: 0 }
    }

    /// Takes the next request, if it is due.
    pub(super) fn poll_start(&mut self, now: Instant) -> Start {
        let grace = if self.rate.is_some() { GRACE } else { Duration::ZERO };
        let is_over = self.end.is_some_and(|end| now >= end + grace)
            || self.requests_max.is_some_and(|most| self.started >= most);
        if is_over {
            return Start::Never;
        }
        let due = match self.rate {
            None => now,
            Some(rate) => rate.due(self.started),
        };
        if self.end.is_some_and(|end| due >= end) {
            return Start::Never;
        }
        if due > now {
            return Start::At(due);
        }
        self.started += 1;
        Start::Now(due)
    }

    /// Requests that were due before the end and were never started, as there was no connection
    /// free for them.
    pub(super) fn unsent(&self) -> u64 {
        let (Some(rate), Some(end)) = (self.rate, self.end) else { return 0 };
        let all = (self.started..).take_while(|&number| rate.due(number) < end);
        let left = self.requests_max.map_or(u64::MAX, |most| most - self.started);
        (all.count() as u64).min(left)
    }
}

impl Rate {
    /// When the request of this number is due, from 0. Counted from the first, so that nothing
    /// drifts.
    fn due(&self, number: u64) -> Instant {
        #[expect(clippy::cast_precision_loss, reason = "2^52 requests are more than anyone sends")]
        let seconds = number as f64 * self.interval;
        self.first + Duration::from_secs_f64(seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// All that start when asked at these times after the start, in milliseconds.
    fn starts(pace: &mut Pace, zero: Instant, asked: &[u64]) -> Vec<u128> {
        let mut all = Vec::new();
        for &at in asked {
            while let Start::Now(due) = pace.poll_start(zero + Duration::from_millis(at)) {
                all.push(due.duration_since(zero).as_millis());
                if pace.rate.is_none() {
                    break;
                }
            }
        }
        all
    }

    #[test]
    fn a_closed_loop_starts_whenever_it_may() {
        let zero = crate::tool::clock::now();
        let mut pace = Pace::new(None, Some(zero + SECOND), None);
        assert_eq!(starts(&mut pace, zero, &[0, 3, 999, 1_000, 1_001]), [0, 3, 999]);
        let mut pace = Pace::new(None, None, Some(2));
        assert_eq!(starts(&mut pace, zero, &[0, 3, 4_000]), [0, 3]);
        assert_eq!((pace.poll_start(zero), pace.unsent()), (Start::Never, 0));
    }

    #[test]
    fn a_fixed_rate_forgives_no_stall() {
        let zero = crate::tool::clock::now();
        let rate = Some(Rate { first: zero, interval: 0.1 });
        let mut pace = Pace::new(rate, Some(zero + SECOND), None);
        assert_eq!(starts(&mut pace, zero, &[0, 50, 100, 450]), [0, 100, 200, 300, 400]);
        let next = pace.poll_start(zero + SECOND / 2 - Duration::from_millis(1));
        assert_eq!(next, Start::At(zero + SECOND / 2));
        assert_eq!(pace.unsent(), 5);
        assert_eq!(starts(&mut pace, zero, &[990]), [500, 600, 700, 800, 900]);
        assert_eq!((pace.poll_start(zero + SECOND / 2), pace.unsent()), (Start::Never, 0));
        let mut pace = Pace::new(rate, Some(zero + SECOND), None);
        assert_eq!(
            starts(&mut pace, zero, &[1_999]).len(),
            10,
            "those that were due before the end"
        );
        let mut pace = Pace::new(rate, Some(zero + SECOND), None);
        assert_eq!((starts(&mut pace, zero, &[2_000]).len(), pace.unsent()), (0, 10));
    }

    #[test]
    fn requests_that_were_never_sent_are_counted() {
        let zero = crate::tool::clock::now();
        let rate = Some(Rate { first: zero, interval: 0.001 });
        let mut pace = Pace::new(rate, Some(zero + SECOND), Some(700));
        assert_eq!(starts(&mut pace, zero, &[99]).len(), 100);
        assert_eq!(pace.poll_start(zero + SECOND * 2), Start::Never);
        assert_eq!(pace.unsent(), 600);
    }
}
