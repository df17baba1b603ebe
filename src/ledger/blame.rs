//! Which job names account for something that the process as a whole has more of, as descriptors.
//! Knows nothing of what it is.

use std::collections::BTreeMap;

use crate::app::JobName;

/// What happened between two looks.
#[derive(Clone, Debug, Default)]
struct Window {
    /// How much more there is.
    more: f64,
    runs: BTreeMap<JobName, f64>,
    /// How many looks it is made of.
    looks: u32,
}

/// What happened look by look. Looks between which nothing changed are kept as one, so that a timer that
/// leaks once an hour is found as well.
#[derive(Clone, Debug, Default)]
pub(crate) struct Blame(Vec<Window>);

/// After so many looks without a change nothing grows any more.
const QUIET: u32 = 100;
/// How many windows are kept.
const WINDOWS: usize = 120;
/// What a name accounts for must be so much, and this share of all.
const LEAST: f64 = 4.0;
const SHARE: f64 = 0.1;
/// With fewer it is too early to tell.
const WINDOWS_LEAST: usize = 6;
/// Runs of a name that accounts for something, at least.
const RUNS_LEAST: f64 = 4.0;

impl Blame {
    /// A look: so much more than at the last, and what ran since.
    pub(crate) fn look(&mut self, more: i32, runs: impl Iterator<Item = (JobName, u32)>) {
        let runs = runs.filter(|(_, runs)| *runs > 0).map(|(job, runs)| (job, f64::from(runs)));
        match self.0.last_mut() {
            Some(last) if last.more == 0.0 && more == 0 => {
                last.looks += 1;
                runs.for_each(|(job, runs)| *last.runs.entry(job).or_default() += runs);
            }
            _ => self.0.push(Window { more: f64::from(more), runs: runs.collect(), looks: 1 }),
        }
        if self.0.len() > WINDOWS {
            self.0.remove(0);
        }
    }

    /// How much there is more of than at the first look.
    pub(crate) fn growth(&self) -> f64 {
        self.0.iter().map(|window| window.more).sum()
    }

    /// Whether there has been a growth of late that nobody is blamed for.
    pub(crate) fn is_unsettled(&self) -> bool {
        let is_late = self.0.last().is_some_and(|last| last.looks < QUIET);
        is_late && self.growth() >= LEAST && self.culprits().is_empty()
    }

    /// The names that account for the growth, with how much each of their runs adds; none as long as
    /// that can't be told.
    ///
    /// What a name is blamed for must have come when it ran, window by window, so that one that always
    /// runs isn't blamed for another. One name that explains all is sought first, as leaks are rare;
    /// only then several.
    pub(crate) fn culprits(&self) -> Vec<(JobName, f64)> {
        if self.growth() < LEAST || self.0.len() < WINDOWS_LEAST {
            return Vec::new();
        }
        let suspects = self.suspects();
        match self.one_culprit(&suspects) {
            Some(culprits) => culprits,
            None if self.0.len() >= WINDOWS_LEAST + 2 * suspects.len() => self.several(suspects),
            None => Vec::new(),
        }
    }

    /// Who ran often enough, and how often.
    fn suspects(&self) -> BTreeMap<JobName, f64> {
        let mut all = BTreeMap::new();
        for (job, runs) in self.0.iter().flat_map(|window| &window.runs) {
            *all.entry(*job).or_default() += *runs;
        }
        all.retain(|_, runs| *runs >= RUNS_LEAST);
        all
    }

    /// The one name that explains the growth far better than any other; or those that can't be told from
    /// it, as they always ran together. None if no single one explains it; nobody if several might.
    fn one_culprit(&self, suspects: &BTreeMap<JobName, f64>) -> Option<Vec<(JobName, f64)>> {
        let mut fits: Vec<(f64, JobName, f64)> = suspects
            .keys()
            .map(|job| {
                let share = self.fit(&[*job])[0];
                (self.unexplained(&[(*job, share)]), *job, share)
            })
            .filter(|(unexplained, ..)| *unexplained <= self.allowed())
            .collect();
        fits.sort_by(|(one, ..), (other, ..)| one.total_cmp(other));
        let (best, first, _) = *fits.first()?;
        let is_near = |unexplained: f64| unexplained <= 4.0 * best + 0.001 * self.growth();
        let near = fits.iter().filter(|(unexplained, ..)| is_near(*unexplained));
        let near: Vec<(JobName, f64)> = near.map(|(_, job, share)| (*job, *share)).collect();
        let runs_of = |job: JobName| self.0.iter().map(move |window| window.runs.get(&job));
        let are_one = near.iter().all(|(job, _)| runs_of(*job).eq(runs_of(first)));
        Some(if are_one { near } else { Vec::new() })
    }

    /// The names that explain the growth together: those that explain little are left out, and the
    /// rest is asked again.
    fn several(&self, mut suspects: BTreeMap<JobName, f64>) -> Vec<(JobName, f64)> {
        loop {
            let names: Vec<JobName> = suspects.keys().copied().collect();
            let fit = names.iter().copied().zip(self.fit(&names));
            let least = LEAST.max(SHARE * self.growth());
            let found: Vec<(JobName, f64)> =
                fit.filter(|(job, share)| share * suspects[job] >= least).collect();
            if found.len() == names.len() {
                let is_explained = self.unexplained(&found) <= self.allowed();
                return if is_explained { found } else { Vec::new() };
            }
            suspects.retain(|job, _| found.iter().any(|(other, _)| other == job));
        }
    }

    /// How much of what came is not where these names would have it: the sum of squares.
    fn unexplained(&self, culprits: &[(JobName, f64)]) -> f64 {
        let explained = |window: &Window| -> f64 {
            culprits.iter().filter_map(|(job, share)| Some(share * window.runs.get(job)?)).sum()
        };
        self.0.iter().map(|window| (window.more - explained(window)).powi(2)).sum()
    }

    /// How much of it may be left: a quarter of what a steady stream wouldn't explain either, and one in
    /// twenty that is seen a window too late.
    fn allowed(&self) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "it is small")]
        let mean = self.growth() / self.0.len() as f64;
        let spread: f64 = self.0.iter().map(|window| (window.more - mean).powi(2)).sum();
        0.25 * spread + 0.05 * self.growth()
    }

    /// What each run of each suspect adds, none below zero: coordinate descent on the normal equations.
    fn fit(&self, suspects: &[JobName]) -> Vec<f64> {
        let columns: Vec<Vec<f64>> = suspects
            .iter()
            .map(|job| {
                self.0.iter().map(|window| window.runs.get(job).copied().unwrap_or(0.0)).collect()
            })
            .collect();
        let dot = |one: &[f64], other: &[f64]| -> f64 {
            one.iter().zip(other).map(|(one, other)| one * other).sum()
        };
        let more: Vec<f64> = self.0.iter().map(|window| window.more).collect();
        let targets: Vec<f64> = columns.iter().map(|column| dot(column, &more)).collect();
        let products: Vec<Vec<f64>> = columns
            .iter()
            .map(|one| columns.iter().map(|other| dot(one, other)).collect())
            .collect();
        let mut shares = vec![0.0; suspects.len()];
        for _ in 0..ROUNDS {
            for (place, row) in products.iter().enumerate() {
                let gradient = targets[place] - dot(row, &shares);
                shares[place] = f64::max(0.0, shares[place] + gradient / row[place]);
            }
        }
        shares
    }
}

/// Enough for dozens of names that run at similar rates.
const ROUNDS: usize = 2_000;

#[cfg(test)]
mod tests {
    use super::*;

    const LEAK: JobName = JobName(0);
    const BUSY: JobName = JobName(1);
    const OTHER: JobName = JobName(2);
    const TIMER: JobName = JobName(3);

    /// Some number up to `most`, the same for the same `seed`.
    fn dice(seed: &mut u64, most: u32) -> u32 {
        *seed =
            seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(*seed >> 33).unwrap() % (most + 1)
    }

    #[test]
    fn only_the_name_that_leaks_is_blamed() {
        for seed in 1..100 {
            let mut seed = seed;
            let mut blame = Blame::default();
            let mut owed = 0;
            for look in 0..60 {
                let runs = [
                    (LEAK, dice(&mut seed, 40)),
                    (BUSY, 2_000 + dice(&mut seed, 200)),
                    (OTHER, dice(&mut seed, 40)),
                    (TIMER, 1),
                ];
                // A run may be counted one look before what it leaves is seen.
                let late = dice(&mut seed, 1).min(runs[0].1);
                let more = runs[0].1 + owed - late;
                owed = late;
                blame.look(i32::try_from(more).unwrap(), runs.into_iter());
                let culprits = blame.culprits();
                assert!(culprits.iter().all(|(job, _)| *job == LEAK), "{look}: {culprits:?}");
            }
            let culprits = blame.culprits();
            let [(job, share)] = culprits[..] else { panic!("{culprits:?}") };
            assert_eq!(job, LEAK);
            assert!((0.95..=1.05).contains(&share), "{share}");
        }
    }

    #[test]
    fn a_timer_that_leaks_seldom_is_told_from_routes_that_always_run() {
        let mut seed = 5;
        let mut blame = Blame::default();
        for second in 0..3_600 {
            let tick = u32::from(second % 60 == 0);
            let runs = [(BUSY, 1_000 + dice(&mut seed, 300)), (TIMER, tick)];
            blame.look(3 * i32::try_from(tick).unwrap(), runs.into_iter());
        }
        let culprits = blame.culprits();
        assert_eq!(culprits.len(), 1, "{culprits:?}");
        assert_eq!(culprits[0].0, TIMER);
        assert!((2.9..=3.1).contains(&culprits[0].1), "{culprits:?}");
    }

    #[test]
    fn two_that_leak_are_both_blamed() {
        let mut seed = 9;
        let mut blame = Blame::default();
        for _ in 0..100 {
            let (one, two) = (dice(&mut seed, 30), dice(&mut seed, 20));
            let runs = [(LEAK, one), (OTHER, two), (BUSY, 900 + dice(&mut seed, 100)), (TIMER, 1)];
            blame.look(i32::try_from(one + 2 * two).unwrap(), runs.into_iter());
        }
        let culprits = blame.culprits();
        let [(LEAK, one), (OTHER, two)] = culprits[..] else { panic!("{culprits:?}") };
        assert!((0.95..=1.05).contains(&one) && (1.9..=2.1).contains(&two), "{culprits:?}");
    }

    #[test]
    fn those_that_always_run_together_are_told_together() {
        let mut blame = Blame::default();
        for _ in 0..20 {
            blame.look(3, [(TIMER, 1), (OTHER, 1), (BUSY, 10)].into_iter());
            blame.look(3, [(TIMER, 1), (OTHER, 1), (BUSY, 15)].into_iter());
        }
        assert_eq!(blame.culprits(), [(OTHER, 3.0), (TIMER, 3.0)]);
    }

    #[test]
    fn nothing_is_blamed_on_anyone_where_nothing_grows() {
        let mut blame = Blame::default();
        for look in 0..500 {
            let more = [0, 2, 0, -2, 1, 0, -1][look % 7];
            blame.look(more, [(BUSY, 100), (LEAK, 1)].into_iter());
        }
        assert_eq!(blame.culprits(), []);
    }
}
