//! How a fuzzer's input is to be read, which its first bytes say. It must not know any codec.

use crate::limits::Limits;
use alloc::vec::Vec;

/// The three bytes; each is right, whatever it is.
pub(super) struct Plan {
    /// Up to 127 the default ones, from there on ever larger small ones.
    limits: u8,
    /// Two bits for what to cut (nothing, equal parts, bytes, drawn parts), two for what to keep
    /// (see [`Keep`]; a different one after each read), two for what a codec makes of them.
    how: u8,
    /// Where to cut and what to draw.
    at: u8,
}

/// What a driver keeps after a read.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Keep {
    /// Everything, gaps too.
    All,
    Request,
    /// The body goes elsewhere.
    Vars,
}

impl Plan {
    /// The plan at the front of the input, and the rest.
    pub(super) fn split(input: &[u8]) -> (Self, &[u8]) {
        match *input {
            [limits, how, at, ref rest @ ..] => (Self { limits, how, at }, rest),
            _ => (Self { limits: 0, how: 0, at: 0 }, &[]),
        }
    }

    /// The default ones for half of the plans, else small ones.
    pub(super) fn limits(&self) -> Limits {
        let Some(number) = self.limits.checked_sub(128) else {
            return Limits::default();
        };
        Limits {
            buffer_size: 8 * (usize::from(number) + 1),
            max_vars: usize::from(number % 16),
            limit_post: u64::from(number % 32),
        }
    }

    /// Where reads end, the last at `size`: at most as many as `most`, however large it is.
    pub(super) fn ends(&self, size: usize, most: usize) -> impl Iterator<Item = usize> + use<> {
        let least = size / most + 1;
        let longest = match self.how % 4 {
            0 => size,
            1 => size * usize::from(self.at) / 256,
            2 => 1,
            _ => 0,
        };
        let (mut numbers, mut end) = (Numbers(u64::from(self.at)), 0);
        let mut ends = Vec::new();
        while end < size && ends.len() < most {
            let step = if longest == 0 { numbers.below(64) } else { longest };
            end += step.max(least);
            ends.extend((end < size).then_some(end));
        }
        ends.into_iter().chain([size])
    }

    /// What to keep after each read: always the same, or each time something else.
    pub(super) fn keeps(&self) -> impl Iterator<Item = Keep> + use<> {
        let kind = usize::from(self.how / 4 % 4);
        let mut numbers = Numbers(u64::from(self.at));
        core::iter::repeat_with(move || {
            let number = if kind == 3 { numbers.below(3) } else { kind };
            [Keep::All, Keep::Request, Keep::Vars][number]
        })
    }

    /// One of four kinds, for a codec to use as it likes.
    pub(super) fn kind(&self) -> u8 {
        self.how / 16 % 4
    }
}

/// `data` with each kind of plan before it, for tests to try them all.
pub fn with_every_plan(data: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    let at = data.iter().fold(0, |sum: u8, &byte| sum.wrapping_add(byte));
    [0, 128 + 11].into_iter().flat_map(move |limits| {
        (0..32).map(move |how| {
            let mut input: Vec<u8> = [limits, how, at].to_vec();
            input.extend(data);
            input
        })
    })
}

/// Numbers that look drawn. Source: Knuth's MMIX generator, whose high bits are the good ones.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u32) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % u64::from(limit)).unwrap_or(0)
    }
}
