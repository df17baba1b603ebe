//! The middle of a few figures, and how far they are apart. It must not know what they are of.

use std::fmt;

/// What is told of the same figure of several rounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    pub(super) median: f64,
    pub(super) least: f64,
    pub(super) most: f64,
}

impl Spread {
    /// `None` of nothing.
    pub(super) fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut figures: Vec<f64> = figures.into_iter().collect();
        figures.sort_by(f64::total_cmp);
        let (least, most) = (*figures.first()?, *figures.last()?);
        let middle = figures.len() / 2;
        let median = if figures.len() % 2 == 1 {
            figures[middle]
        } else {
            (figures[middle - 1] + figures[middle]) / 2.0
        };
        Some(Self { median, least, most })
    }
}

/// `15.6 (15.2–17.3)`, with as many decimals as asked for; alone where there is one figure.
impl fmt::Display for Spread {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = formatter.precision().unwrap_or(0);
        let [median, least, most] =
            [self.median, self.least, self.most].map(|figure| thousands(figure, decimals));
        if least == most {
            formatter.write_str(&median)
        } else {
            write!(formatter, "{median} ({least}–{most})")
        }
    }
}

/// With commas between groups of three digits.
fn thousands(figure: f64, decimals: usize) -> String {
    let plain = format!("{figure:.decimals$}");
    let end = plain.find('.').unwrap_or(plain.len());
    let mut text = String::new();
    for (at, character) in plain.chars().enumerate() {
        if at > 0 && at < end && (end - at) % 3 == 0 && !text.ends_with('-') {
            text.push(',');
        }
        text.push(character);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_between_the_two_in_the_middle() {
        let of = |figures: &[f64]| Spread::of(figures.iter().copied());
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[3.0]), Some(Spread { median: 3.0, least: 3.0, most: 3.0 }));
        assert_eq!(of(&[9.0, 1.0, 2.0]), Some(Spread { median: 2.0, least: 1.0, most: 9.0 }));
        assert_eq!(of(&[4.0, 1.0, 9.0, 2.0]), Some(Spread { median: 3.0, least: 1.0, most: 9.0 }));
    }

    #[test]
    fn figures_are_written_for_people() {
        let told = |figures: &[f64], decimals: usize| {
            format!("{:.decimals$}", Spread::of(figures.iter().copied()).unwrap())
        };
        assert_eq!(told(&[15.6, 15.21, 17.3], 1), "15.6 (15.2–17.3)");
        assert_eq!(told(&[36_568.4, 1_234_567.0, 999.0], 0), "36,568 (999–1,234,567)");
        assert_eq!(told(&[15.61, 15.62], 1), "15.6");
        assert_eq!(told(&[-1_000.0], 0), "-1,000");
        assert_eq!(told(&[-100.0], 0), "-100");
    }
}
