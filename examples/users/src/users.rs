//! The table `users` as objects. Knows nothing of requests or timers.

use cleanslate::rusqlite::{self, Row, ffi, params};
use cleanslate::{Db, Error, Result};
use serde::Serialize;

use crate::name::Name;
use crate::state::State;

/// One row. Change its fields, then [`User::update`].
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) name: Name,
    /// What they were at the last tick, or when they were made.
    pub(crate) state: State,
    /// Seconds since 1970, as all times here.
    pub(crate) state_since: i64,
    pub(crate) last_seen: i64,
}

impl User {
    /// Makes a user who is seen for the first time.
    pub(crate) fn create(db: &Db, name: Name, now: i64) -> Result<Self> {
        let (state, state_since) = State::at(now, now);
        db.execute(
            "INSERT INTO users (name, state, state_since, last_seen) VALUES (?1, ?2, ?3, ?4)",
            params![name, state, state_since, now],
        )
        .map_err(name_taken)?;
        Ok(Self { id: db.last_insert_rowid(), name, state, state_since, last_seen: now })
    }

    /// Every row, each made into an object.
    pub(crate) fn all(db: &Db) -> Result<Vec<Self>> {
        let sql = "SELECT id, name, state, state_since, last_seen FROM users ORDER BY id";
        Ok(db.query_all(sql, [], Self::read)?)
    }

    /// A part of the users, the newest first, of one state or of all.
    pub(crate) fn some(db: &Db, state: Option<State>, first: u32, most: u32) -> Result<Vec<Self>> {
        let sql = "SELECT id, name, state, state_since, last_seen FROM users
             WHERE ?1 IS NULL OR state = ?1 ORDER BY id DESC LIMIT ?3 OFFSET ?2";
        Ok(db.query_all(sql, params![state, first, most], Self::read)?)
    }

    /// Those whose state has changed last, the latest first.
    pub(crate) fn changed_last(db: &Db, most: u32) -> Result<Vec<Self>> {
        let sql = "SELECT id, name, state, state_since, last_seen FROM users
             ORDER BY state_since DESC, id LIMIT ?1";
        Ok(db.query_all(sql, [most], Self::read)?)
    }

    /// How many users are of this state.
    pub(crate) fn count(db: &Db, state: State) -> Result<u32> {
        let sql = "SELECT count(*) FROM users WHERE state = ?1";
        Ok(db.query_row(sql, [state], |row| row.get(0))?)
    }

    /// The one of this id; 404 when there is none.
    pub(crate) fn find(db: &Db, id: i64) -> Result<Self> {
        let sql = "SELECT id, name, state, state_since, last_seen FROM users WHERE id = ?1";
        db.query_optional(sql, [id], Self::read)?.ok_or_else(no_such_user)
    }

    /// Writes all fields back; 409 when the name is someone else's.
    pub(crate) fn update(&self, db: &Db) -> Result<()> {
        db.execute(
            "UPDATE users SET name = ?2, state = ?3, state_since = ?4, last_seen = ?5 WHERE id = ?1",
            params![self.id, self.name, self.state, self.state_since, self.last_seen],
        )
        .map_err(name_taken)?;
        Ok(())
    }

    /// Removes a user and, through the foreign key, their visits; 404 when there is none.
    pub(crate) fn delete(db: &Db, id: i64) -> Result<()> {
        match db.execute("DELETE FROM users WHERE id = ?1", [id])? {
            0 => Err(no_such_user()),
            _ => Ok(()),
        }
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            state: row.get(2)?,
            state_since: row.get(3)?,
            last_seen: row.get(4)?,
        })
    }
}

fn no_such_user() -> Error {
    Error::new(404, "there is no such user\n")
}

fn name_taken(error: rusqlite::Error) -> Error {
    match error.sqlite_error() {
        Some(reason) if reason.extended_code == ffi::SQLITE_CONSTRAINT_UNIQUE => {
            Error::new(409, "this name is taken\n")
        }
        _ => error.into(),
    }
}
