//! Two readings of one server, and how they are compared. It must not know what is looked for.

use std::fmt;
use std::time::Duration;

use crate::tool::statistics::{Own, Statistics};

/// What a server told at two moments.
pub(super) struct Readings {
    /// Nothing at all, if another server has taken its place since.
    pub(super) before: Statistics,
    pub(super) after: Statistics,
    /// Between the two.
    pub(super) seconds: f64,
    /// When the second was taken, since 1970.
    pub(super) at: Duration,
    pub(super) is_replaced: bool,
}

/// How often something happened among how much: since the server's start, and between the readings.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Share {
    pub(super) count: u64,
    pub(super) of: u64,
    recent: u64,
    recent_of: u64,
    seconds: f64,
}

impl Readings {
    pub(super) fn new(before: Statistics, after: Statistics, seconds: f64, at: Duration) -> Self {
        let is_replaced = !after.is_same_as(&before);
        let before = if is_replaced { Statistics::default() } else { before };
        Self { before, after, seconds, at, is_replaced }
    }

    /// What only our servers tell.
    pub(super) fn own(&self) -> Option<&Own> {
        self.after.cleanslate.as_ref()
    }

    pub(super) fn own_before(&self) -> Option<&Own> {
        self.before.cleanslate.as_ref()
    }

    /// A count among others; `value` gives both of one reading.
    pub(super) fn share(&self, value: impl Fn(&Statistics) -> (u64, u64)) -> Share {
        self.share_of(value(&self.after), value(&self.before))
    }

    /// The same of one of our own fields.
    pub(super) fn own_share(&self, value: impl Fn(&Own) -> (u64, u64)) -> Share {
        let of = |own: Option<&Own>| own.map_or((0, 0), &value);
        self.share_of(of(self.own()), of(self.own_before()))
    }

    pub(super) fn share_of(&self, (count, of): (u64, u64), before: (u64, u64)) -> Share {
        Share {
            count,
            of,
            recent: count.saturating_sub(before.0),
            recent_of: of.saturating_sub(before.1),
            seconds: self.seconds,
        }
    }
}

impl Share {
    /// Whether it is that much of the whole, since the start or between the readings.
    pub(super) fn is_at_least(&self, share: f64) -> bool {
        let is_that_much =
            |count: u64, of: u64| count > 0 && float(count) >= share * float(of.max(count));
        is_that_much(self.count, self.of) || is_that_much(self.recent, self.recent_of)
    }

    /// The same, or whether any came between the readings.
    pub(super) fn is_going_on_or_at_least(&self, share: f64) -> bool {
        self.recent > 0 || self.is_at_least(share)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, of, recent, recent_of: _, seconds } = *self;
        let percent = 100.0 * float(count) / float(of.max(count).max(1));
        write!(f, "{count} of {of} ({percent:.2} %) since the start")?;
        write!(f, ", {recent} in the last {seconds:.1} s")
    }
}

#[allow(clippy::cast_precision_loss, reason = "15 digits are enough for a share")]
pub(super) fn float(count: u64) -> f64 {
    count as f64
}
