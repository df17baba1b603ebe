//! How far a load is, on standard error if that is a terminal. It must not know what is counted.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A line that is drawn again and again, and gone at the end.
#[derive(Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
    /// What the bar measures, in milliseconds or requests.
    measures_time: bool,
    last: (Duration, u64),
}

impl Progress {
    /// Of a load that ends after this time, or else after so many requests.
    pub(super) fn new(duration: Option<Duration>, requests: Option<u64>) -> Self {
        let (measures_time, length) = match (duration, requests) {
            (_, Some(requests)) => (false, requests),
            (duration, None) => (true, millis(duration.unwrap_or_default())),
        };
        let bar = ProgressBar::new(length);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {msg}") {
            bar.set_style(style);
        }
        Self { bar, measures_time, last: (Duration::ZERO, 0) }
    }

    pub(super) fn is_shown(&self) -> bool {
        !self.bar.is_hidden()
    }

    /// Tells of what was answered and of what failed so far, after this time.
    pub(super) fn show(&mut self, time: Duration, answers: u64, failures: u64) {
        if !self.is_shown() {
            return;
        }
        let (before, count) = self.last;
        self.last = (time, answers);
        let since = millis(time.saturating_sub(before)).max(1);
        let per_second = answers.saturating_sub(count) * 1_000 / since;
        self.bar
            .set_message(format!("{answers} requests, {per_second} a second, {failures} errors"));
        self.bar.set_position(if self.measures_time { millis(time) } else { answers + failures });
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
