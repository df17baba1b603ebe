//! What the timers do and how often. Knows nothing of requests.

use cleanslate::{Context, Interval, Options, Result, every, never};

use crate::clock;
use crate::runs::Runs;
use crate::schema;
use crate::state::State;
use crate::users::User;
use crate::visits;

/// Signal 99: sets every user's state by when they were last seen. Each row becomes an object, and
/// the objects that change are written back, in one transaction.
pub(crate) fn set_states(ctx: &mut Context) -> Result<()> {
    let now_ms = clock::now_ms();
    ctx.state::<Runs>()?.states.record(now_ms, || {
        ctx.write(|db| {
            let mut changed = 0;
            for mut user in User::all(db)? {
                let (state, _) = State::at(now_ms / 1_000, user.last_seen);
                if user.state != state {
                    user.state = state;
                    user.state_since = now_ms / 1_000;
                    user.update(db)?;
                    changed += 1;
                }
            }
            Ok(changed)
        })
    })
}

/// Signal 98: removes visits that are older than is wanted; never a user.
pub(crate) fn purge_visits(ctx: &mut Context) -> Result<()> {
    let now_ms = clock::now_ms();
    let kept: u32 = ctx.options().parsed("visits-kept")?;
    let oldest = now_ms / 1_000 - i64::from(kept);
    ctx.state::<Runs>()?.visits.record(now_ms, || ctx.write(|db| visits::purge(db, oldest)))
}

/// Signal 97: one of the people who don't exist comes by. Whom somebody has added is left alone,
/// so that one can watch them turn idle.
pub(crate) fn make_up_visit(ctx: &mut Context) -> Result<()> {
    let now_ms = clock::now_ms();
    ctx.state::<Runs>()?.made_up.record(now_ms, || {
        ctx.write(|db| {
            // A query of its own for the chance, so that it is asked once and not for each row.
            let sql = "SELECT id FROM users
                 WHERE id BETWEEN (SELECT 1 + (random() & 0xffffffff) % ?1) AND ?1
                 ORDER BY id LIMIT 1";
            match db.query_optional(sql, [schema::USERS], |row| row.get(0))? {
                // Those with the highest ids were deleted.
                None => Ok(0),
                Some(id) => {
                    visits::record(db, &mut User::find(db, id)?, now_ms / 1_000).map(|()| 1)
                }
            }
        })
    })
}

pub(crate) fn states_interval(options: &Options) -> Result<Interval> {
    states_seconds(options).map(every)
}

pub(crate) fn states_seconds(options: &Options) -> Result<f64> {
    options.parsed("users-interval")
}

/// Computed at the start from how long visits are kept.
pub(crate) fn purge_interval(options: &Options) -> Result<Interval> {
    purge_seconds(options).map(every)
}

pub(crate) fn purge_seconds(options: &Options) -> Result<f64> {
    options.parsed("visits-kept").map(a_tenth)
}

/// A tenth of the time that visits are kept, so that none stays much longer: but not more than once
/// a second, nor less than once an hour.
fn a_tenth(kept: u32) -> f64 {
    (f64::from(kept) / 10.0).clamp(1.0, 3_600.0)
}

pub(crate) fn made_up_interval(options: &Options) -> Result<Interval> {
    Ok(made_up_seconds(options)?.map_or_else(never, every))
}

/// None when no visits are to be made up.
pub(crate) fn made_up_seconds(options: &Options) -> Result<Option<f64>> {
    options.parsed("made-up-visits").map(between)
}

/// The seconds between so many visits a minute.
fn between(visits: u32) -> Option<f64> {
    (visits > 0).then(|| (60.0 / f64::from(visits)).max(0.01))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_purge_runs_ten_times_as_often_within_bounds() {
        let cases = [(0, 1.0), (5, 1.0), (25, 2.5), (3_600, 360.0), (u32::MAX, 3_600.0)];
        for (kept, seconds) in cases {
            assert_eq!(a_tenth(kept), seconds, "{kept}");
        }
    }

    #[test]
    fn made_up_visits_have_a_pace_or_none() {
        let cases = [(0, None), (1, Some(60.0)), (30, Some(2.0)), (u32::MAX, Some(0.01))];
        for (visits, seconds) in cases {
            assert_eq!(between(visits), seconds, "{visits}");
        }
    }
}
