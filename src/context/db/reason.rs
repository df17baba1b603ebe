//! Why a connection wasn't clean after a job. It knows nothing of SQLite.

use std::fmt;

/// Something that a job left behind on its connection.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[repr(u8)]
pub(crate) enum Reason {
    /// A transaction or a savepoint was left open. It is rolled back; alone it costs no connection.
    Transaction,
    /// A statement was left in the middle of its rows, and with it a view of the database that
    /// keeps the WAL from being reset.
    BusyStatement,
    /// A temporary table, index, view or trigger was made.
    TempObject,
    /// A file was attached or detached. VACUUM attaches one too, for itself.
    Attached,
    /// A pragma was set.
    Pragma,
    /// SQLite was asked for something that this server has no name for.
    Unknown,
    /// The handler panicked, so nothing it did can be relied on.
    Panic,
}

impl Reason {
    /// All reasons, each at its own [`index`](Self::index).
    pub(crate) const ALL: [Self; 7] = [
        Self::Transaction,
        Self::BusyStatement,
        Self::TempObject,
        Self::Attached,
        Self::Pragma,
        Self::Unknown,
        Self::Panic,
    ];

    /// The place of this reason in an array with one counter for each.
    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Transaction => {
                "a transaction left open: it was rolled back (ctx.write commits by itself)"
            }
            Self::BusyStatement => "a statement left in the middle of its rows",
            Self::TempObject => "a temporary table, index, view or trigger",
            Self::Attached => "a file attached or detached (VACUUM does so too)",
            Self::Pragma => "a pragma set",
            Self::Unknown => "an unknown kind of statement",
            Self::Panic => "a panic",
        })
    }
}

/// A set of reasons.
#[derive(Clone, Copy, Default, Eq, PartialEq)]
pub(crate) struct Reasons(u8);

impl Reasons {
    pub(crate) const NONE: Self = Self(0);

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) const fn contains(self, reason: Reason) -> bool {
        self.0 & Self::of(reason).0 != 0
    }

    pub(crate) const fn of(reason: Reason) -> Self {
        Self(1 << reason.index())
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Reason> {
        Reason::ALL.into_iter().filter(move |&reason| self.contains(reason))
    }

    pub(super) const fn bits(self) -> u8 {
        self.0
    }

    pub(super) const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }
}

impl fmt::Display for Reasons {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, reason) in self.iter().enumerate() {
            let comma = if nth == 0 { "" } else { ", " };
            write!(out, "{comma}{reason}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Reasons {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_its_own_place_and_words() {
        for (place, reason) in Reason::ALL.into_iter().enumerate() {
            assert_eq!(reason.index(), place);
            assert_eq!(Reasons::of(reason).iter().collect::<Vec<_>>(), [reason]);
        }
        let two = Reasons::of(Reason::Pragma).and(Reasons::of(Reason::Transaction));
        assert_eq!(
            two.to_string(),
            "a transaction left open: it was rolled back (ctx.write commits by itself), a pragma set"
        );
        assert_eq!(Reasons::NONE.to_string(), "");
    }
}
