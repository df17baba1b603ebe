//! How the bytes of a case are cut into writes. It must not know what they are.

use std::collections::BTreeSet;
use std::fmt;

use crate::tool::conform::format::{Action, Case};
use crate::tool::conform::options::Cuts;

/// One way to send a case.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Way {
    Whole,
    ByteByByte,
    /// In two pieces, the first of so many bytes, counted over the whole case.
    CutAt(usize),
}

/// Every point up to here is tried by `--cuts some`.
const FIRST: usize = 32;
/// And so many over all bytes.
const SPREAD: usize = 16;
/// What `--cuts all` sends of a case in all: every point is tried where that is enough, as for
/// 2 KiB; else as many as that allows, at the start, at the end and between.
const ALL_BYTES: usize = 4 << 20;
/// But no fewer than `--cuts some` tries.
const ALL_LEAST: usize = FIRST + SPREAD;
/// What is sent byte by byte; of more than that the rest goes in larger pieces.
const SINGLE_BYTES: usize = 4_096;
const PIECE: usize = 1_000;

impl Way {
    /// Every way that a case is run in. One that waits for a time-out is run once.
    pub(super) fn all(case: &Case, cuts: Cuts) -> Vec<Self> {
        let sent = |action: &Action| match action {
            Action::Send(bytes) => bytes.len(),
            Action::Await(_)
            | Action::HalfClose
            | Action::Pause
            | Action::Reset
            | Action::Stall => 0,
        };
        let size: usize = case.actions.iter().map(sent).sum();
        let spread = |count: usize| (1..count).map(move |number| size * number / count);
        let points: BTreeSet<usize> = match cuts {
            _ if case.is_slow() => return vec![Self::Whole],
            Cuts::None => return vec![Self::Whole],
            Cuts::Some => (1..FIRST).chain(spread(SPREAD)).collect(),
            Cuts::All => {
                let part = (ALL_BYTES / size.max(1)).max(ALL_LEAST).div_ceil(3);
                match size <= 3 * part {
                    true => (1..size).collect(),
                    false => (1..part).chain(size - part..size).chain(spread(part)).collect(),
                }
            }
        };
        let points = points.into_iter().filter(|point| (1..size).contains(point));
        [Self::Whole, Self::ByteByByte].into_iter().chain(points.map(Self::CutAt)).collect()
    }

    /// The pieces of `bytes`, which come after `before` others.
    pub(super) fn pieces(self, bytes: &[u8], before: usize) -> Vec<&[u8]> {
        match self {
            Self::Whole => vec![bytes],
            Self::ByteByByte => {
                let (single, rest) = bytes.split_at(bytes.len().min(SINGLE_BYTES));
                single.chunks(1).chain(rest.chunks(PIECE)).collect()
            }
            Self::CutAt(point) => {
                let split = point.checked_sub(before).filter(|at| (1..bytes.len()).contains(at));
                match split.map(|at| bytes.split_at(at)) {
                    Some((first, rest)) => vec![first, rest],
                    None => vec![bytes],
                }
            }
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => write!(f, "whole"),
            Self::ByteByByte => write!(f, "byte by byte"),
            Self::CutAt(point) => write!(f, "cut at {point}"),
        }
    }
}
