//! What the view is set to, and what each key changes in it. It must not know what is shown, nor where
//! keys come from.

use std::time::Duration;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::tables::Kind;

/// The settings of the view.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct View {
    pub(super) kind: Kind,
    /// For each kind of table, the column it is sorted by, and whether the other way round.
    orders: [Order; Kind::ALL.len()],
    pub(super) interval: Duration,
    pub(super) is_paused: bool,
    pub(super) shows_help: bool,
    /// How many rows are above those that are shown.
    pub(super) scrolled: usize,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Order {
    pub(super) column: usize,
    pub(super) is_reversed: bool,
}

/// What else a key asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Wish {
    Nothing,
    End,
}

/// What + and - go through.
const INTERVALS: [Duration; 8] = [
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
    Duration::from_secs(30),
    Duration::from_secs(60),
];
/// What page up and page down pass over.
const PAGE: usize = 10;

impl View {
    pub(super) fn new(interval: Duration) -> Self {
        Self {
            kind: Kind::Workers,
            orders: Kind::ALL.map(|kind| Order { column: kind.first_order(), is_reversed: false }),
            interval,
            is_paused: false,
            shows_help: false,
            scrolled: 0,
        }
    }

    pub(super) fn order(&self, kind: Kind) -> Order {
        self.orders[kind as usize]
    }

    /// Does what a key is for. While the help is shown, any key but one that ends it all goes back.
    pub(super) fn press(&mut self, key: KeyEvent) -> Wish {
        let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
        let is_end = matches!(key.code, KeyCode::Char('q'))
            || is_control && matches!(key.code, KeyCode::Char('c'));
        if is_end {
            return Wish::End;
        }
        if std::mem::take(&mut self.shows_help) {
            return Wish::Nothing;
        }
        match key.code {
            KeyCode::Esc => return Wish::End,
            KeyCode::Char('w') => self.show(Kind::Workers),
            KeyCode::Char('j') => self.show(Kind::Jobs),
            KeyCode::Char('t') => self.show(Kind::Timers),
            KeyCode::Tab => self.show(Kind::ALL[(self.kind as usize + 1) % Kind::ALL.len()]),
            KeyCode::Char('s') | KeyCode::Right => self.sort_by_next(1),
            KeyCode::Left => self.sort_by_next(self.kind.columns().len() - 1),
            KeyCode::Char('r') => self.orders[self.kind as usize].is_reversed ^= true,
            KeyCode::Char('p' | ' ') => self.is_paused ^= true,
            KeyCode::Char('+') => {
                let longer = INTERVALS.into_iter().find(|other| *other > self.interval);
                self.interval = longer.unwrap_or(self.interval);
            }
            KeyCode::Char('-') => {
                let shorter = INTERVALS.into_iter().rev().find(|other| *other < self.interval);
                self.interval = shorter.unwrap_or(self.interval);
            }
            KeyCode::Char('?' | 'h') => self.shows_help = true,
            KeyCode::Down => self.scrolled += 1,
            KeyCode::Up => self.scrolled = self.scrolled.saturating_sub(1),
            KeyCode::PageDown => self.scrolled += PAGE,
            KeyCode::PageUp => self.scrolled = self.scrolled.saturating_sub(PAGE),
            KeyCode::Home => self.scrolled = 0,
            _ => {}
        }
        Wish::Nothing
    }

    /// Goes back to the last rows that there are, where it was scrolled beyond them.
    pub(super) fn stay_within(&mut self, rows: usize) {
        self.scrolled = self.scrolled.min(rows.saturating_sub(1));
    }

    fn show(&mut self, kind: Kind) {
        self.kind = kind;
        self.scrolled = 0;
    }

    fn sort_by_next(&mut self, step: usize) {
        let columns = self.kind.columns().len();
        let order = &mut self.orders[self.kind as usize];
        *order = Order { column: (order.column + step) % columns, is_reversed: false };
    }
}
