//! A user's state, by when they were last seen. Knows no clock: the time is an argument.

use std::str::FromStr;

use cleanslate::rusqlite::Result;
use cleanslate::rusqlite::types::{
    FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef,
};
use serde::Serialize;

/// What a user is, as the timer last found it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    Active,
    Idle,
    Away,
}

impl State {
    pub(crate) const ALL: [Self; 3] = [Self::Active, Self::Idle, Self::Away];

    /// The state at `now` of someone last seen at `last_seen`, and since when it is so. Whoever was
    /// seen later than now (clocks are set back) is active.
    pub(crate) fn at(now: i64, last_seen: i64) -> (Self, i64) {
        match now.saturating_sub(last_seen) {
            ..ACTIVE_SECONDS => (Self::Active, last_seen),
            ACTIVE_SECONDS..IDLE_SECONDS => (Self::Idle, last_seen + ACTIVE_SECONDS),
            IDLE_SECONDS.. => (Self::Away, last_seen + IDLE_SECONDS),
        }
    }

    /// As it is written in the database, in JSON and in addresses.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Idle => "idle",
            Self::Away => "away",
        }
    }
}

impl FromStr for State {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|state| state.word() == word).ok_or(())
    }
}

impl ToSql for State {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(self.word().into())
    }
}

impl FromSql for State {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str()?.parse().map_err(|()| FromSqlError::InvalidType)
    }
}

/// Seen less than five minutes ago: active.
pub(crate) const ACTIVE_SECONDS: i64 = 5 * 60;
/// Seen less than half an hour ago: idle.
pub(crate) const IDLE_SECONDS: i64 = 30 * 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_follows_from_the_time_since_last_seen() {
        let now = 1_800_000_000;
        for (seconds, state, since) in [
            (-10, State::Active, -10),
            (0, State::Active, 0),
            (299, State::Active, 299),
            (300, State::Idle, 0),
            (1_799, State::Idle, 1_499),
            (1_800, State::Away, 0),
            (90_000, State::Away, 88_200),
        ] {
            assert_eq!(State::at(now, now - seconds), (state, now - since), "{seconds} s ago");
        }
    }

    #[test]
    fn words_lead_back_to_their_state() {
        for state in State::ALL {
            assert_eq!(state.word().parse(), Ok(state));
        }
        assert_eq!("Active".parse::<State>(), Err(()));
    }
}
