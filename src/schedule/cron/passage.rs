//! When a zone's wall clock shows a time. Knows nothing of rules: they are asked for their next time
//! on a clock that is never set.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// A gap as long as this is no daylight saving: the zone has moved across the date line.
const LEFT_OUT_DAY: SignedDuration = SignedDuration::from_hours(24);
/// The least time there is.
const MOMENT: SignedDuration = SignedDuration::from_nanos(1);

/// The first moment after `at` when the clock shows one of the times, as often as it does; if
/// `makes_up`, the end of a gap that leaves out some of them is one too.
pub(super) fn next_shown(
    zone: &TimeZone,
    at: Timestamp,
    makes_up: bool,
    next_on_wall: impl Fn(DateTime, bool) -> Option<DateTime>,
) -> Option<Timestamp> {
    let mut changes = zone.following(at);
    let (mut start, mut inclusive) = (at, false);
    loop {
        // Between two changes the wall clock is a clock like any other.
        let offset = zone.to_offset(start);
        let next = next_on_wall(offset.to_datetime(start), inclusive)?;
        let moment = offset.to_timestamp(next).ok()?;
        match changes.next() {
            Some(change) if change.timestamp() <= moment => start = change.timestamp(),
            _ => return Some(moment),
        }
        let after = zone.to_offset(start);
        let is_gap = after.duration_since(offset) < LEFT_OUT_DAY;
        if makes_up && is_gap && next < after.to_datetime(start) {
            return Some(start);
        }
        inclusive = true;
    }
}

/// The first moment after `at` when the clock has reached one of the times for the first time.
pub(super) fn next_fixed(
    zone: &TimeZone,
    at: Timestamp,
    next_on_wall: impl Fn(DateTime, bool) -> Option<DateTime>,
) -> Option<Timestamp> {
    let (mut from, mut inclusive) = unreached(zone, at);
    loop {
        let next = next_on_wall(from, inclusive)?;
        match zone.to_ambiguous_timestamp(next).offset() {
            AmbiguousOffset::Unambiguous { offset } => return offset.to_timestamp(next).ok(),
            AmbiguousOffset::Fold { before, .. } => return before.to_timestamp(next).ok(),
            AmbiguousOffset::Gap { before, after } => {
                // By the new offset, a time in the gap lies before the change.
                let change = zone.following(after.to_timestamp(next).ok()?).next()?.timestamp();
                if after.duration_since(before) < LEFT_OUT_DAY {
                    return Some(change);
                }
                (from, inclusive) = (after.to_datetime(change), true);
            }
        }
    }
}

/// The first time that the clock has not shown up to and at `at`, and whether it is one to run at:
/// where the clock was set back, that is not until it has made up for it.
fn unreached(zone: &TimeZone, at: Timestamp) -> (DateTime, bool) {
    let now = zone.to_datetime(at);
    let set_back_from = || {
        let change = zone.preceding(at.checked_add(MOMENT).ok()?).next()?.timestamp();
        let before = zone.to_offset(change.checked_sub(MOMENT).ok()?);
        Some(before.to_datetime(change))
    };
    match set_back_from() {
        Some(reached) if now < reached => (reached, true),
        _ => (now, false),
    }
}
