//! The tables: which columns they have, and what is in them. They must not know where on a screen they
//! are.

mod jobs;
mod timers;
mod workers;

use std::cmp::Ordering;

use super::seen::Seen;
use super::view::Order;

/// Which table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Workers,
    Jobs,
    Timers,
}

/// A column. One has what the others leave.
pub(super) struct Column {
    pub(super) title: &'static str,
    /// Places; none for the one that has what is left.
    pub(super) width: Option<u16>,
    /// Numbers stand at the right, and are sorted with the largest first.
    pub(super) is_number: bool,
}

/// What stands in a column.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) text: String,
    /// What it is sorted by, if that isn't its text.
    value: Option<f64>,
}

/// How a row is shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Tone {
    Plain,
    /// It does something now.
    Busy,
    /// Something is wrong with it.
    Bad,
}

#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) cells: Vec<Cell>,
    pub(super) tone: Tone,
}

/// A row with those that belong to it: a worker and its threads.
pub(super) type Group = Vec<Row>;

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Workers, Self::Jobs, Self::Timers];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Workers => "workers",
            Self::Jobs => "jobs",
            Self::Timers => "timers",
        }
    }

    pub(super) fn columns(self) -> &'static [Column] {
        match self {
            Self::Workers => workers::COLUMNS,
            Self::Jobs => jobs::COLUMNS,
            Self::Timers => timers::COLUMNS,
        }
    }

    /// The column it is sorted by at first.
    pub(super) fn first_order(self) -> usize {
        match self {
            Self::Workers | Self::Timers => 0,
            Self::Jobs => jobs::RATE,
        }
    }

    /// All rows, sorted; none if the server doesn't tell them.
    pub(super) fn rows(self, seen: &Seen, order: Order) -> Option<Vec<Row>> {
        let mut groups: Vec<Group> = match self {
            Self::Workers => workers::groups(seen),
            Self::Jobs => jobs::groups(seen)?,
            Self::Timers => timers::groups(seen)?,
        };
        let is_number = self.columns()[order.column].is_number;
        let compare = |one: &Row, other: &Row| {
            let ordering = one.cells[order.column].compare(&other.cells[order.column]);
            if is_number != order.is_reversed { ordering.reverse() } else { ordering }
        };
        // The first of a group stands for it.
        groups.sort_by(|one, other| compare(&one[0], &other[0]));
        groups.iter_mut().for_each(|group| group[1..].sort_by(compare));
        Some(groups.into_iter().flatten().collect())
    }
}

impl Column {
    const fn text(title: &'static str, width: u16) -> Self {
        Self { title, width: Some(width), is_number: false }
    }

    const fn rest(title: &'static str) -> Self {
        Self { title, width: None, is_number: false }
    }

    const fn number(title: &'static str, width: u16) -> Self {
        Self { title, width: Some(width), is_number: true }
    }
}

impl Cell {
    fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), value: None }
    }

    /// A number as it is shown; what isn't known comes after all others.
    fn number(value: Option<f64>, text: String) -> Self {
        Self { text, value: Some(value.unwrap_or(f64::NEG_INFINITY)) }
    }

    fn count(count: u64) -> Self {
        Self::number(Some(super::format::float(count)), super::format::count(count))
    }

    fn rate(rate: Option<f64>) -> Self {
        Self::number(rate, super::format::rate(rate))
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self.value, other.value) {
            (Some(one), Some(other)) => one.total_cmp(&other),
            _ => self.text.cmp(&other.text),
        }
    }
}
