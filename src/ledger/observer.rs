//! What job names hold and leak, from looks at the process once in a while. Knows neither the clock nor
//! where what it is shown comes from.

use std::collections::BTreeMap;
use std::fmt;

use super::Descriptors;
use super::blame::Blame;
use super::trend::Trend;
use crate::app::JobName;

/// What there is at one moment.
pub(crate) struct Seen {
    /// By job name: how often it ran.
    pub(crate) runs: Vec<u64>,
    /// By job name: bytes of the heap. None where the allocator doesn't count, and at a look between
    /// those at the heap: what grows there is told by the second.
    pub(crate) heap: Option<Vec<i64>>,
    pub(crate) descriptors: Descriptors,
    /// How many of these are the contexts' own, by what they point to.
    pub(crate) known: BTreeMap<String, usize>,
    /// Threads that the server hasn't started itself.
    pub(crate) threads: usize,
}

/// What was found at a look.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings {
    /// By job name: bytes of the heap that it holds. None where the allocator doesn't count.
    pub(crate) held: Option<Vec<i64>>,
    pub(crate) leaks: Vec<Leak>,
    /// What there are more descriptors of than at first, with how many; most first.
    pub(crate) descriptors: Vec<(String, usize)>,
}

/// A job name that doesn't give back what it takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Leak {
    pub(crate) job: JobName,
    pub(crate) resource: Resource,
    /// Bytes, descriptors or threads that each run retains, on average.
    pub(crate) per_run: f64,
}

/// What can be leaked.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Resource {
    Heap,
    Descriptors,
    Threads,
}

/// What was seen so far.
pub(crate) struct Observer {
    /// How many threads a pool has: each may fill something of its own once.
    pool_threads: u64,
    trends: Vec<Trend>,
    held: Option<Vec<i64>>,
    heap_leaks: Vec<Leak>,
    /// At the last look, and at the one before.
    runs: Vec<u64>,
    runs_before: Vec<u64>,
    descriptors: Descriptors,
    /// At the first look at them that counted; and at the last.
    first: Option<BTreeMap<String, usize>>,
    stayed: usize,
    threads: Option<usize>,
    of_descriptors: Blame,
    of_threads: Blame,
}

impl Observer {
    /// For a pool of so many threads.
    pub(crate) fn new(pool_threads: usize) -> Self {
        Self {
            pool_threads: pool_threads as u64,
            trends: Vec::new(),
            held: None,
            heap_leaks: Vec::new(),
            runs: Vec::new(),
            runs_before: Vec::new(),
            descriptors: Descriptors::default(),
            first: None,
            stayed: 0,
            threads: None,
            of_descriptors: Blame::default(),
            of_threads: Blame::default(),
        }
    }

    /// The descriptors at the last look.
    pub(crate) fn descriptors(&self) -> &Descriptors {
        &self.descriptors
    }

    /// Takes a look; what is known after it.
    pub(crate) fn look(&mut self, seen: Seen) -> Findings {
        let Seen { runs, heap, descriptors, known, threads } = seen;
        if let Some(heap) = heap {
            self.heap_leaks = self.look_at_heap(&runs, &heap);
            self.held = Some(heap);
        }
        let mut leaks = self.heap_leaks.clone();
        let grown = self.look_at_descriptors(descriptors, &known);
        self.look_at_threads(&runs, threads);
        self.runs_before = std::mem::replace(&mut self.runs, runs);
        let blamed = |blame: &Blame, resource| {
            let culprits = blame.culprits().into_iter();
            culprits.map(move |(job, per_run)| Leak { job, resource, per_run })
        };
        leaks.extend(blamed(&self.of_descriptors, Resource::Descriptors));
        leaks.extend(blamed(&self.of_threads, Resource::Threads));
        Findings { held: self.held.clone(), leaks, descriptors: grown }
    }

    /// Whether something grows and it isn't known who makes it: looks that follow closely tell apart
    /// what runs at the same pace.
    pub(crate) fn wants_closer_look(&self) -> bool {
        [&self.of_descriptors, &self.of_threads].iter().any(|blame| blame.is_unsettled())
    }

    fn look_at_heap(&mut self, runs: &[u64], heap: &[i64]) -> Vec<Leak> {
        self.trends.resize(heap.len(), Trend::default());
        let looks = self.trends.iter_mut().zip(runs.iter().zip(heap)).enumerate();
        let leaks = looks.filter_map(|(job, (trend, (runs, held)))| {
            trend.look(*runs, *held);
            let per_run = trend.per_run(self.pool_threads)?;
            Some(Leak { job: JobName(job), resource: Resource::Heap, per_run })
        });
        leaks.collect()
    }

    /// What there are more of than at first.
    fn look_at_descriptors(
        &mut self,
        now: Descriptors,
        known: &BTreeMap<String, usize>,
    ) -> Vec<(String, usize)> {
        let mut stay = now.that_stay(&self.descriptors);
        let is_first_look = self.descriptors == Descriptors::default();
        self.descriptors = now;
        if is_first_look {
            // What stays isn't known yet.
            return Vec::new();
        }
        for (target, known) in known {
            stay.entry(target.clone()).and_modify(|count| *count = count.saturating_sub(*known));
        }
        let all: usize = stay.values().sum();
        let Some(first) = &self.first else {
            self.stayed = all;
            self.first = Some(stay);
            return Vec::new();
        };
        let more = difference(all, self.stayed);
        self.stayed = all;
        let mut grown: Vec<(String, usize)> = stay
            .into_iter()
            .map(|(target, count)| {
                let before = first.get(&target).copied().unwrap_or(0);
                (target, count.saturating_sub(before))
            })
            .filter(|(_, more)| *more > 0)
            .collect();
        grown.sort_by(|(_, one), (_, other)| other.cmp(one));
        // What is seen to stay was opened before the last look.
        self.of_descriptors.look(more, since(&self.runs_before, &self.runs));
        grown
    }

    fn look_at_threads(&mut self, runs: &[u64], threads: usize) {
        if let Some(before) = self.threads.replace(threads) {
            self.of_threads.look(difference(threads, before), since(&self.runs, runs));
        }
    }
}

fn difference(now: usize, before: usize) -> i32 {
    let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    count(now) - count(before)
}

fn since<'a>(before: &'a [u64], now: &'a [u64]) -> impl Iterator<Item = (JobName, u32)> {
    let before = before.iter().copied().chain(std::iter::repeat(0));
    let runs = now.iter().zip(before).enumerate();
    runs.map(|(job, (now, before))| {
        (JobName(job), u32::try_from(now.saturating_sub(before)).unwrap_or(u32::MAX))
    })
}

impl fmt::Display for Resource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Heap => "bytes of the heap",
            Self::Descriptors => "descriptors",
            Self::Threads => "threads",
        })
    }
}
