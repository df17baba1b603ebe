//! Which part of the users someone looks at: a state, or all, and a page. Knows nothing of how it
//! is shown.

use std::borrow::Cow;

use crate::state::State;

/// What an address asks for. What makes no sense in it is as if it weren't there.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct View {
    pub(crate) state: Option<State>,
    /// From 1; there may be fewer pages.
    pub(crate) page: u32,
}

/// Where a page is among all pages.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Pages {
    pub(crate) page: u32,
    pub(crate) last: u32,
    /// The first row of the page, from 0.
    pub(crate) offset: u32,
}

impl View {
    /// Reads the fields of a query or a form.
    pub(crate) fn read<'a>(field: impl Fn(&str) -> Option<Cow<'a, str>>) -> Self {
        Self {
            state: field("state").and_then(|word| word.parse().ok()),
            page: field("page").and_then(|page| page.parse().ok()).unwrap_or(1),
        }
    }

    /// Its address, in the shortest form.
    pub(crate) fn address(self) -> String {
        match (self.state, self.page) {
            (None, ..=1) => "/".to_owned(),
            (None, page) => format!("/?page={page}"),
            (Some(state), ..=1) => format!("/?state={}", state.word()),
            (Some(state), page) => format!("/?state={}&page={page}", state.word()),
        }
    }
}

impl Pages {
    /// The page that is wanted, or the nearest that there is.
    pub(crate) fn of(rows: u32, wanted: u32) -> Self {
        let last = rows.div_ceil(ROWS_MAX).max(1);
        let page = wanted.clamp(1, last);
        Self { page, last, offset: (page - 1) * ROWS_MAX }
    }
}

/// Rows on a page: to be scrolled through on a phone.
pub(crate) const ROWS_MAX: u32 = 25;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_back_to_its_view() {
        for (state, page, address) in [
            (None, 1, "/"),
            (None, 2, "/?page=2"),
            (Some(State::Idle), 1, "/?state=idle"),
            (Some(State::Away), 40, "/?state=away&page=40"),
        ] {
            let view = View { state, page };
            assert_eq!(view.address(), address);
            let query = address.trim_start_matches("/?").split('&');
            let pairs: Vec<_> = query.filter_map(|pair| pair.split_once('=')).collect();
            let field =
                |name: &str| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1.into());
            assert_eq!(View::read(field), view);
        }
    }

    #[test]
    fn what_makes_no_sense_is_left_out() {
        let nonsense = |_: &str| Some("-1".into());
        assert_eq!(View::read(nonsense), View { state: None, page: 1 });
    }

    #[test]
    fn the_nearest_page_is_shown() {
        for (rows, wanted, page, last, offset) in [
            (0, 1, 1, 1, 0),
            (0, 9, 1, 1, 0),
            (25, 2, 1, 1, 0),
            (26, 2, 2, 2, 25),
            (1_000, 0, 1, 40, 0),
            (1_000, u32::MAX, 40, 40, 975),
        ] {
            assert_eq!(Pages::of(rows, wanted), Pages { page, last, offset }, "{rows} {wanted}");
        }
    }
}
