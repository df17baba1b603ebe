//! Keeps a flood of equal events from becoming a flood of log lines. Knows nothing of the events.

use std::fmt::Display;
use std::time::{Duration, Instant};

/// Lets a few through in each second and counts the rest.
#[derive(Default)]
pub(crate) struct Throttle {
    second: Option<Instant>,
    passed: u32,
    left_out: u64,
}

/// Lines in a second.
const MOST: u32 = 10;

impl Throttle {
    /// Logs an event as a warning, if it is one of the few.
    pub(crate) fn warn(&mut self, now: Instant, what: &'static str, reason: &dyn Display) {
        if let Some(left_out) = self.pass(now) {
            tracing::warn!(%reason, left_out, "{what}");
        }
    }

    /// Whether this event is logged; with it, how many before it were not, if any.
    pub(crate) fn pass(&mut self, now: Instant) -> Option<Option<u64>> {
        let fresh = self.second.is_none_or(|at| now.duration_since(at) >= Duration::from_secs(1));
        if fresh {
            self.second = Some(now);
            self.passed = 0;
        }
        if self.passed >= MOST {
            self.left_out += 1;
            return None;
        }
        self.passed += 1;
        let left_out = std::mem::take(&mut self.left_out);
        Some((left_out > 0).then_some(left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_a_second_pass_and_the_rest_is_told() {
        #[allow(clippy::disallowed_methods, reason = "any instant will do to count from")]
        let start = Instant::now();
        let mut throttle = Throttle::default();
        let passed = (0..25).filter(|_| throttle.pass(start).is_some()).count();
        assert_eq!(passed, 10);
        assert_eq!(throttle.pass(start + Duration::from_secs(1)), Some(Some(15)));
        assert_eq!(throttle.pass(start + Duration::from_secs(1)), Some(None));
    }
}
