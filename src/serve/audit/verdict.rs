//! What the samples of many runs say: what each run keeps. Knows nothing of how they were taken.

use super::sample::Sample;

/// What each run keeps, on average; none of what it doesn't.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Verdict {
    /// Bytes.
    pub(super) heap: Option<f64>,
    pub(super) descriptors: Option<f64>,
    pub(super) threads: Option<f64>,
    /// What the descriptors point to, most first: how many more than at first.
    pub(super) targets: Vec<(String, usize)>,
    /// How many runs failed; and how many left something on their context.
    pub(super) failures: usize,
    pub(super) left_behind: usize,
}

/// Less heap a run is the noise of buffers that grow.
const BYTES_LEAST: f64 = 4.0;
/// A run in so many that keeps a descriptor or a thread is enough.
const COUNT_LEAST: f64 = 0.05;

impl Verdict {
    /// What is in `folder`, where the copy of the database is, is told by its name alone.
    pub(super) fn of(samples: &[Sample], folder: &str) -> Self {
        let heap: Option<Vec<f64>> = samples.iter().map(|sample| sample.heap.map(float)).collect();
        let descriptors: Vec<f64> =
            samples.iter().map(|sample| float_of(sample.descriptor_count())).collect();
        let threads: Vec<f64> = samples.iter().map(|sample| float_of(sample.threads)).collect();
        Self {
            heap: heap.and_then(|heap| per_run(&heap, BYTES_LEAST)),
            descriptors: per_run(&descriptors, COUNT_LEAST),
            threads: per_run(&threads, COUNT_LEAST),
            targets: targets(samples, folder),
            failures: samples.iter().filter(|sample| !sample.is_done).count(),
            left_behind: samples.iter().filter(|sample| sample.left_behind).count(),
        }
    }

    pub(super) fn is_leak(&self) -> bool {
        self.heap.is_some() || self.descriptors.is_some() || self.threads.is_some()
    }
}

/// What each run adds, if runs go on adding it: the second half of them as well as its last half, where a
/// list may have room enough for a while. What is filled once is full by then.
fn per_run(held: &[f64], least: f64) -> Option<f64> {
    let half = held.get(held.len() / 2..)?;
    let slope = |held: &[f64]| match held {
        [first, .., last] => (last - first) / float_of(held.len() - 1),
        _ => 0.0,
    };
    let (all, late) = (slope(half), slope(&half[half.len() / 2..]));
    (all >= least && late >= all / 4.0).then_some(all)
}

/// What there are more of than after the first run.
fn targets(samples: &[Sample], folder: &str) -> Vec<(String, usize)> {
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else { return Vec::new() };
    let mut more: Vec<(String, usize)> = last
        .descriptors
        .iter()
        .map(|(target, count)| {
            let before = first.descriptors.get(target).copied().unwrap_or(0);
            let inside = target.strip_prefix(folder).and_then(|name| name.strip_prefix('/'));
            let name = inside.filter(|_| !folder.is_empty()).unwrap_or(target);
            (name.to_owned(), count.saturating_sub(before))
        })
        .filter(|(_, more)| *more > 0)
        .collect();
    more.sort_by_key(|(_, more)| std::cmp::Reverse(*more));
    more
}

#[allow(clippy::cast_precision_loss, reason = "15 digits are enough for an average")]
fn float(count: i64) -> f64 {
    count as f64
}

fn float_of(count: usize) -> f64 {
    float(i64::try_from(count).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_on_growing_is_kept_and_what_fills_once_is_not() {
        let grows: Vec<f64> = (0..100).map(|run| f64::from(run) * 24.0).collect();
        assert_eq!(per_run(&grows, BYTES_LEAST), Some(24.0));
        let seldom: Vec<f64> = (0..100).map(|run| f64::from(run / 10)).collect();
        assert!(
            per_run(&seldom, COUNT_LEAST).is_some_and(|per_run| (0.08..0.12).contains(&per_run))
        );
        for full in [1, 30, 60] {
            let cache: Vec<f64> = (0..100).map(|run| f64::from(run.min(full)) * 1e6).collect();
            assert_eq!(per_run(&cache, BYTES_LEAST), None, "{full}");
        }
        assert_eq!(per_run(&[5.0; 100], BYTES_LEAST), None);
        assert_eq!(per_run(&[5.0], BYTES_LEAST), None);
    }
}
