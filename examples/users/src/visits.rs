//! The table `visits`: who was seen when. Knows nothing of requests or timers.

use cleanslate::rusqlite::params;
use cleanslate::{Db, Result};

use crate::users::User;

/// Notes that a user was seen. Their state is left to the next tick.
pub(crate) fn record(db: &Db, user: &mut User, now: i64) -> Result<()> {
    user.last_seen = now;
    user.update(db)?;
    db.execute("INSERT INTO visits (user_id, at) VALUES (?1, ?2)", params![user.id, now])?;
    Ok(())
}

/// Removes the visits before `oldest` and says how many they were.
pub(crate) fn purge(db: &Db, oldest: i64) -> Result<usize> {
    Ok(db.execute("DELETE FROM visits WHERE at < ?1", [oldest])?)
}
