//! A user's name that is allowed to be one. Knows nothing of where it comes from.

use std::fmt;

use cleanslate::rusqlite::Result as SqlResult;
use cleanslate::rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::Serialize;

/// A name: trimmed, 1 to 100 characters, none of them a control character.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Name(String);

/// Why a text is no name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum BadName {
    Empty,
    Long,
    Control,
}

impl Name {
    pub(crate) fn parse(text: &str) -> Result<Self, BadName> {
        let text = text.trim();
        if text.is_empty() {
            return Err(BadName::Empty);
        }
        if text.chars().nth(CHARACTERS_MAX).is_some() {
            return Err(BadName::Long);
        }
        if text.chars().any(char::is_control) {
            return Err(BadName::Control);
        }
        Ok(Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("a name can't be empty"),
            Self::Long => write!(f, "a name has {CHARACTERS_MAX} characters at most"),
            Self::Control => f.write_str("a name can't contain control characters"),
        }
    }
}

impl ToSql for Name {
    fn to_sql(&self) -> SqlResult<ToSqlOutput<'_>> {
        Ok(self.as_str().into())
    }
}

/// What the database holds was checked on its way in.
impl FromSql for Name {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        String::column_result(value).map(Self)
    }
}

/// Longer than any name, shorter than what would spoil the page.
pub(crate) const CHARACTERS_MAX: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_checked() {
        let longest = "ü".repeat(CHARACTERS_MAX);
        for (text, name) in [
            ("Ada", Ok("Ada")),
            ("  Ada Lovelace\n", Ok("Ada Lovelace")),
            ("<b>", Ok("<b>")),
            (&*longest, Ok(&*longest)),
            ("", Err(BadName::Empty)),
            (" \t\u{3000}", Err(BadName::Empty)),
            (&*format!("{longest}x"), Err(BadName::Long)),
            ("Ada\u{0}", Err(BadName::Control)),
            ("Ada\nLovelace", Err(BadName::Control)),
            ("Ada\u{85}L", Err(BadName::Control)),
        ] {
            assert_eq!(
                Name::parse(text).as_ref().map(Name::as_str),
                name.as_ref().copied(),
                "{text:?}"
            );
        }
    }
}
