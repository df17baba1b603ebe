//! What was seen of a server last, and before that. It must not know how it is shown.

use std::time::Duration;

use crate::tool::statistics::Statistics;

/// The last reading, the one before, and whether the server is still there. Times are since the view
/// began.
#[derive(Default)]
pub(super) struct Seen {
    last: Option<Reading>,
    /// None of another server than the last.
    before: Option<Reading>,
    pub(super) gone: Option<Gone>,
}

struct Reading {
    statistics: Statistics,
    at: Duration,
    /// When it was taken, in seconds since 1970.
    clock: u64,
}

/// A server that doesn't answer.
pub(super) struct Gone {
    pub(super) why: String,
    pub(super) since: Duration,
}

impl Seen {
    /// Takes what came of another look, and when that was, by the clock on the wall as well.
    pub(super) fn take(&mut self, outcome: Result<Statistics, String>, at: Duration, clock: u64) {
        match outcome {
            Ok(statistics) => {
                let before = self.last.take();
                self.before = before.filter(|before| statistics.is_same_as(&before.statistics));
                self.last = Some(Reading { statistics, at, clock });
                self.gone = None;
            }
            Err(why) => {
                let since = self.gone.take().map_or(at, |gone| gone.since);
                self.gone = Some(Gone { why, since });
            }
        }
    }

    pub(super) fn last(&self) -> Option<&Statistics> {
        self.last.as_ref().map(|reading| &reading.statistics)
    }

    /// How long ago something was at the last look that began then, in seconds since 1970.
    pub(super) fn took(&self, began: u64) -> Option<f64> {
        let clock = self.last.as_ref()?.clock;
        (began > 0).then(|| super::format::float(clock.saturating_sub(began)))
    }

    /// How much of it there was a second between the last two readings.
    pub(super) fn rate(&self, value: impl Fn(&Statistics) -> Option<u64>) -> Option<f64> {
        let (last, before) = (self.last.as_ref()?, self.before.as_ref()?);
        let seconds = last.at.saturating_sub(before.at).as_secs_f64();
        let more = value(&last.statistics)?.saturating_sub(value(&before.statistics)?);
        (seconds > 0.0).then(|| super::format::float(more) / seconds)
    }
}
