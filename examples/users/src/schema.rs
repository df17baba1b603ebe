//! The tables, made on the first start and filled with people who don't exist. Knows nothing of
//! what becomes of them.

use cleanslate::rusqlite::params;
use cleanslate::{Context, Db, Result};

use crate::clock;
use crate::state::State;

/// Makes and fills what is missing: all of it or, if anything fails, nothing.
pub(crate) fn prepare(ctx: &mut Context) -> Result<()> {
    let now = clock::now();
    ctx.write(|db| {
        // A look at the table, not at its rows: whoever deletes everybody finds it so after a restart.
        let sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'users'";
        if db.query_optional(sql, [], |_| Ok(()))?.is_some() {
            return Ok(());
        }
        db.execute_batch(TABLES)?;
        (0..USERS).try_for_each(|number| add_user(db, number, now))
    })
}

/// AUTOINCREMENT, so that the address of someone who was deleted never leads to someone else.
const TABLES: &str = "
    CREATE TABLE users (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE COLLATE NOCASE,
        state TEXT NOT NULL CHECK (state IN ('active', 'idle', 'away')),
        state_since INTEGER NOT NULL,
        last_seen INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE visits (
        id INTEGER PRIMARY KEY,
        user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX visits_by_time ON visits (at);
    CREATE INDEX visits_by_user ON visits (user_id);";

fn add_user(db: &Db, number: u32, now: i64) -> Result<()> {
    let (last, before) = visits(number);
    let (state, state_since) = State::at(now, now - last);
    db.execute(
        "INSERT INTO users (name, state, state_since, last_seen) VALUES (?1, ?2, ?3, ?4)",
        params![name(number), state, state_since, now - last],
    )?;
    let id = db.last_insert_rowid();
    for ago in [before, last] {
        db.execute("INSERT INTO visits (user_id, at) VALUES (?1, ?2)", params![id, now - ago])?;
    }
    Ok(())
}

fn name(number: u32) -> String {
    let number = number as usize;
    // Six and 25 have no common factor, so that no pair comes twice in a thousand.
    let family = (6 * (number / GIVEN.len()) + 7 * number) % FAMILY.len();
    format!("{} {}", GIVEN[number % GIVEN.len()], FAMILY[family])
}

/// How many seconds ago someone's last two visits were: the times between visits of a crowd where
/// everyone comes by chance. It is what the made-up visits keep up, so that the page looks the same
/// after a minute and after a month.
fn visits(number: u32) -> (i64, i64) {
    // Multiples of the golden ratio spread evenly over 0..1, in any number and without chance.
    let spread = |seed: f64| (seed * 0.618_033_988_75).fract();
    #[allow(clippy::cast_possible_truncation, reason = "a few hours in seconds")]
    let seconds = |share: f64| (-(1.0 - share).ln() * SECONDS_BETWEEN_VISITS) as i64;
    let seed = f64::from(number) + 0.5;
    let last = seconds(spread(seed));
    (last, last + seconds(spread(seed * 7.0)))
}

/// How many users are made up: ids 1 to this.
pub(crate) const USERS: u32 = 1_000;

/// 30 made-up visits a minute, spread over a thousand users.
const SECONDS_BETWEEN_VISITS: f64 = 2_000.0;

const GIVEN: [&str; 40] = [
    "Ada", "Amir", "Anaïs", "Bela", "Bruno", "Chidi", "Clara", "Dalia", "Dmitri", "Elif", "Emil",
    "Farah", "Finn", "Gita", "Hana", "Hugo", "Ines", "Ivo", "Jonas", "Jun", "Kofi", "Lale", "Leon",
    "Lucía", "Malik", "Mira", "Nadia", "Nils", "Olga", "Omar", "Petra", "Quentin", "Rosa", "Samir",
    "Søren", "Tala", "Umut", "Vera", "Wanda", "Yuki",
];
const FAMILY: [&str; 25] = [
    "Abara",
    "Bergström",
    "Costa",
    "Dubois",
    "Eriksen",
    "Fischer",
    "García",
    "Haddad",
    "Ito",
    "Jansen",
    "Kaya",
    "Lindqvist",
    "Moreau",
    "Novák",
    "Okafor",
    "Petrov",
    "Quist",
    "Rossi",
    "Silva",
    "Tanaka",
    "Ueda",
    "Varga",
    "Weber",
    "Yılmaz",
    "Zhang",
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_thousand_names_and_none_twice() {
        let names: HashSet<String> = (0..USERS).map(name).collect();
        assert_eq!(names.len(), 1_000);
    }

    #[test]
    fn all_states_occur_and_visits_are_in_the_past() {
        let count = |wanted| {
            (0..USERS).filter(|number| State::at(0, -visits(*number).0).0 == wanted).count()
        };
        let counts = State::ALL.map(count);
        assert!(counts.iter().all(|count| *count > 100), "{counts:?}");
        assert!((0..USERS).map(visits).all(|(last, before)| 0 <= last && last <= before));
    }
}
