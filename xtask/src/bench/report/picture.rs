//! What a plot is drawn with: a picture that has a row for each server. It must not know what is shown.

use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// An SVG file in the making. Across, a place is a share of the width, from 0 to 1.
pub(super) struct Picture<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
    /// Where the rows end.
    bottom: i32,
}

#[derive(Clone, Copy)]
pub(super) enum Shade {
    Light,
    Dark,
    Black,
}

impl<'a> Picture<'a> {
    /// With a title, a note on it, and the names at the left.
    pub(super) fn new(
        file: &'a Path,
        title: &str,
        note: &str,
        names: &[&str],
    ) -> Result<Self, String> {
        let rows = i32::try_from(names.len()).map_err(|e| format!("so many servers: {e}"))?;
        let bottom = TOP + ROW * rows;
        let size = (WIDTH.unsigned_abs(), (bottom + UNDER).unsigned_abs());
        let picture = Self { area: SVGBackend::new(file, size).into_drawing_area(), bottom };
        picture.area.fill(&WHITE).map_err(|e| e.to_string())?;
        picture.write(title, (10, 18), 16, HPos::Left)?;
        picture.write(note, (10, 38), 12, HPos::Left)?;
        for (row, name) in names.iter().enumerate() {
            picture.write(name, (LEFT - 10, middle(row)), 13, HPos::Right)?;
        }
        Ok(picture)
    }

    pub(super) fn bar(&self, row: usize, to: f64, shade: Shade) -> Result<(), String> {
        let (y, color) = (middle(row), shade.color());
        let bar = Rectangle::new([(LEFT, y - 8), (place(to), y + 8)], color.filled());
        self.area.draw(&bar).map_err(|e| e.to_string())
    }

    pub(super) fn stroke(
        &self,
        row: usize,
        [from, to]: [f64; 2],
        shade: Shade,
    ) -> Result<(), String> {
        let y = middle(row);
        let stroke = PathElement::new(vec![(place(from), y), (place(to), y)], shade.color());
        self.area.draw(&stroke).map_err(|e| e.to_string())
    }

    pub(super) fn point(&self, row: usize, at: f64, shade: Shade) -> Result<(), String> {
        let point = Circle::new((place(at), middle(row)), 5, shade.color().filled());
        self.area.draw(&point).map_err(|e| e.to_string())
    }

    pub(super) fn label(&self, row: usize, at: f64, text: &str) -> Result<(), String> {
        self.write(text, (place(at) + 6, middle(row)), 12, HPos::Left)
    }

    /// A line from the top to the bottom, and under it what it stands for.
    pub(super) fn grid(&self, at: f64, text: &str) -> Result<(), String> {
        let x = place(at);
        let line = PathElement::new(vec![(x, TOP), (x, self.bottom)], GRID);
        self.area.draw(&line).map_err(|e| e.to_string())?;
        self.write(text, (x, self.bottom + 14), 12, HPos::Center)
    }

    pub(super) fn finish(&self) -> Result<(), String> {
        self.area.present().map_err(|e| e.to_string())
    }

    fn write(&self, text: &str, at: (i32, i32), size: u32, side: HPos) -> Result<(), String> {
        let style = ("sans-serif", size).into_text_style(&self.area);
        let style = style.pos(Pos::new(side, VPos::Center));
        self.area.draw(&Text::new(text, at, style)).map_err(|e| e.to_string())
    }
}

impl Shade {
    fn color(self) -> RGBColor {
        match self {
            Self::Light => RGBColor(0x9e, 0xc5, 0xe8),
            Self::Dark => RGBColor(0x2f, 0x6d, 0xa8),
            Self::Black => BLACK,
        }
    }
}

/// The middle of a row.
fn middle(row: usize) -> i32 {
    TOP + ROW / 2 + ROW * i32::try_from(row).unwrap_or(i32::MAX / ROW)
}

#[allow(clippy::cast_possible_truncation, reason = "it is a pixel of the picture")]
fn place(share: f64) -> i32 {
    LEFT + (share.clamp(0.0, 1.0) * f64::from(WIDTH - LEFT - RIGHT)) as i32
}

const GRID: RGBColor = RGBColor(0xdd, 0xdd, 0xdd);

const WIDTH: i32 = 820;
const LEFT: i32 = 160;
/// Room for a figure behind the longest bar.
const RIGHT: i32 = 140;
const TOP: i32 = 54;
const ROW: i32 = 26;
const UNDER: i32 = 30;
