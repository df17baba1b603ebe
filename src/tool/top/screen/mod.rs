//! The screen, from what was seen and how the view is set, and nothing else. It must not know a terminal.

mod header;
mod help;

use std::time::Duration;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::seen::Seen;
use super::tables::{Column, Kind, Row, Tone};
use super::view::{Order, View};

/// All that the screen is made of.
pub(super) struct Screen<'s> {
    pub(super) address: &'s str,
    pub(super) seen: &'s Seen,
    pub(super) view: &'s View,
    /// Since the view began.
    pub(super) now: Duration,
}

const FOOTER: &str =
    "q end  w workers  j jobs  t timers  s sort  r turn  p pause  +- interval  ? help";
const PLAIN: Style = Style::new();

impl Screen<'_> {
    /// Draws it as large as the terminal is.
    pub(super) fn draw(&self, frame: &mut Frame<'_>) {
        let area = frame.area();
        self.render(area, frame.buffer_mut());
    }

    fn render(&self, area: Rect, buffer: &mut Buffer) {
        let below = self.header(area, buffer);
        let footer = area.bottom().saturating_sub(1);
        let room = footer.saturating_sub(below);
        put(buffer, area, footer, FOOTER, PLAIN.add_modifier(Modifier::DIM));
        let table = Rect { y: below, height: room, ..area };
        if self.view.shows_help {
            for (y, line) in (table.top()..table.bottom()).zip(help::LINES) {
                put(buffer, area, y, line, PLAIN);
            }
            return;
        }
        let (kind, scrolled) = (self.view.kind, self.view.scrolled);
        self.table(kind, scrolled, table, buffer);
    }

    /// Draws what is above the tables; the first line below.
    fn header(&self, area: Rect, buffer: &mut Buffer) -> u16 {
        let bottom = area.bottom().saturating_sub(1);
        let mut y = area.top();
        for (text, style) in header::lines(self) {
            if y < bottom {
                put(buffer, area, y, &text, style);
                y += 1;
            }
        }
        y
    }

    /// Draws a table in its place, from one of its rows on.
    fn table(&self, kind: Kind, scrolled: usize, area: Rect, buffer: &mut Buffer) {
        if area.height == 0 {
            return;
        }
        let order = self.view.order(kind);
        let Some(rows) = kind.rows(self.seen, order) else {
            let name = self.seen.last().map_or("the server", |last| last.name());
            let text = format!("{name} doesn't tell its {}", kind.title());
            return put(buffer, area, area.y, &text, PLAIN);
        };
        let places = places(kind.columns(), area);
        titles(buffer, kind.columns(), &places, area, order);
        let shown = (area.y + 1..area.bottom()).zip(rows.iter().skip(scrolled));
        for (y, row) in shown {
            draw_row(buffer, kind.columns(), &places, y, row);
        }
    }

    /// All tables one below the other, as plain text of this width.
    pub(super) fn text(&self, width: u16) -> String {
        let heights = Kind::ALL.map(|kind| {
            let rows = kind.rows(self.seen, self.view.order(kind)).map_or(0, |rows| rows.len());
            u16::try_from(rows + 1).unwrap_or(u16::MAX / 8)
        });
        let height = header::HEIGHT + heights.iter().map(|height| height + 1).sum::<u16>() + 1;
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        let mut y = self.header(area, &mut buffer);
        for (kind, height) in Kind::ALL.into_iter().zip(heights) {
            self.table(kind, 0, Rect::new(0, y + 1, width, height), &mut buffer);
            y += height + 1;
        }
        text_of(&buffer)
    }
}

/// What is in a buffer, without the spaces behind each line and the empty lines at the end.
pub(super) fn text_of(buffer: &Buffer) -> String {
    let area = buffer.area;
    let line = |y: u16| -> String {
        let cells = (area.left()..area.right()).filter_map(|x| buffer.cell((x, y)));
        cells.map(|cell| cell.symbol()).collect::<String>().trim_end().to_owned()
    };
    let lines: Vec<String> = (area.top()..area.bottom()).map(line).collect();
    format!("{}\n", lines.join("\n").trim_end())
}

fn put(buffer: &mut Buffer, area: Rect, y: u16, text: &str, style: Style) {
    buffer.set_stringn(area.x, y, text, usize::from(area.width), style);
}

/// Where each column begins, and how wide it is.
fn places(columns: &[Column], area: Rect) -> Vec<(u16, u16)> {
    const GAP: u16 = 1;
    let taken: u16 = columns.iter().map(|column| column.width.unwrap_or(0) + GAP).sum();
    let rest = (area.width + GAP).saturating_sub(taken);
    let mut x = area.x;
    let place = |column: &Column| {
        let width = column.width.unwrap_or(rest);
        let place = (x.min(area.right()), width.min(area.right().saturating_sub(x)));
        x += width + GAP;
        place
    };
    columns.iter().map(place).collect()
}

fn titles(
    buffer: &mut Buffer,
    columns: &[Column],
    places: &[(u16, u16)],
    area: Rect,
    order: Order,
) {
    let plain = PLAIN.add_modifier(Modifier::REVERSED);
    buffer.set_style(Rect { height: 1, ..area }, plain);
    for (number, (column, place)) in columns.iter().zip(places).enumerate() {
        let is_sorted = number == order.column;
        let style = if is_sorted { plain.add_modifier(Modifier::BOLD) } else { plain };
        put_cell(buffer, *place, area.y, column.title, style, column.is_number);
    }
}

fn draw_row(buffer: &mut Buffer, columns: &[Column], places: &[(u16, u16)], y: u16, row: &Row) {
    let style = match row.tone {
        Tone::Plain => PLAIN,
        Tone::Busy => PLAIN.fg(Color::Green),
        Tone::Bad => PLAIN.fg(Color::Red),
    };
    for ((column, place), cell) in columns.iter().zip(places).zip(&row.cells) {
        put_cell(buffer, *place, y, &cell.text, style, column.is_number);
    }
}

/// Numbers at the right of their column.
fn put_cell(
    buffer: &mut Buffer,
    (x, width): (u16, u16),
    y: u16,
    text: &str,
    style: Style,
    is_number: bool,
) {
    let length = u16::try_from(text.chars().count()).unwrap_or(width);
    let shift = if is_number { width.saturating_sub(length) } else { 0 };
    buffer.set_stringn(x + shift, y, text, usize::from(width - shift), style);
}
