//! How long something took, run by run: a histogram that one thread writes and anybody may read,
//! in memory that grows with what it has seen. Knows nothing of what took so long.

use std::sync::OnceLock;
use std::time::Duration;

use super::count::Count;

/// Times with a precision of an eighth, from 256 ns to 18 minutes; what is longer counts as that.
///
/// Of the octaves only those that were met have memory, a line of cache each: a full histogram of
/// that range for every name and thread would take more than all else that a server has.
#[derive(Default)]
pub(crate) struct Times {
    octaves: [OnceLock<Box<Octave>>; OCTAVES],
    nanos: Count,
}

/// One octave, in steps of an eighth.
#[derive(Default)]
#[repr(align(64))]
struct Octave([Count; STEPS]);

/// What several histograms come to: without memory until there is something in them, as most names of a
/// large application have hardly run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Distribution {
    /// By octave and step.
    counts: Vec<u64>,
    count: u64,
    /// All times together.
    pub(crate) sum: Duration,
}

const STEPS: usize = 8;
/// As many as 32 bits of [`UNIT`]s have.
const OCTAVES: usize = 30;
/// The smallest time that is told from none, as a power of two of nanoseconds.
const UNIT: u32 = 8;

impl Times {
    /// Counts one. Only one thread may do so.
    pub(crate) fn note(&self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.nanos.add(nanos);
        let (octave, step) = place(nanos);
        self.octaves[octave].get_or_init(Box::default).0[step].add(1);
    }

    /// All times together.
    pub(crate) fn sum(&self) -> Duration {
        Duration::from_nanos(self.nanos.read())
    }

    /// Adds what was counted so far.
    pub(crate) fn add_to(&self, all: &mut Distribution) {
        all.sum += self.sum();
        for (number, octave) in self.octaves.iter().enumerate() {
            if let Some(octave) = octave.get() {
                all.add(number, octave);
            }
        }
    }
}

/// The octave and the step of a time.
fn place(nanos: u64) -> (usize, usize) {
    let units = u32::try_from(nanos >> UNIT).unwrap_or(u32::MAX);
    // Below the first whole octave there is nothing to be finer about.
    let above = units.checked_ilog2().unwrap_or(0).saturating_sub(2);
    let octave = if units < 8 { 0 } else { above as usize };
    let step = if units < 8 { units } else { (units >> (above - 1)) & 7 };
    (octave, step as usize)
}

/// Where the step at this place of a distribution ends.
fn end(place: usize) -> Duration {
    let (octave, step) = (place / STEPS, (place % STEPS) as u64);
    let units = if octave == 0 { step + 1 } else { (STEPS as u64 + step + 1) << (octave - 1) };
    Duration::from_nanos(units << UNIT)
}

impl Distribution {
    fn add(&mut self, octave: usize, own: &Octave) {
        self.counts.resize(OCTAVES * STEPS, 0);
        for (all, own) in self.counts[octave * STEPS..].iter_mut().zip(&own.0) {
            let own = own.read();
            *all += own;
            self.count += own;
        }
    }

    /// How many times there are.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// The times that these shares of all, which must not fall, don't exceed; none without any.
    pub(crate) fn quantiles<const N: usize>(&self, shares: [f64; N]) -> [Option<Duration>; N] {
        let mut steps = self.counts.iter().enumerate();
        let (mut seen, mut place) = (0, 0);
        shares.map(|share| {
            let rank = self.rank(share);
            while seen < rank {
                let (next, own) = steps.next()?;
                (seen, place) = (seen + own, next);
            }
            (self.count > 0).then(|| end(place))
        })
    }

    /// How many of all come up to this share, one at least.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share of a count is one, and its last digit doesn't matter"
    )]
    fn rank(&self, share: f64) -> u64 {
        ((self.count as f64 * share).ceil() as u64).clamp(1, self.count.max(1))
    }

    /// How many are known to have taken no longer than this: those of all steps that end by then.
    pub(crate) fn within(&self, time: Duration) -> u64 {
        let ended = self.counts.iter().enumerate().take_while(|(place, _)| end(*place) <= time);
        ended.map(|(_, count)| count).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_time_is_in_a_step_that_ends_within_an_eighth() {
        for nanos in (0..64).flat_map(|bits| {
            let power = 1_u64 << bits;
            [power - 1, power, power + 1, power + power / 3]
        }) {
            let (octave, step) = place(nanos);
            let end = end(octave * STEPS + step).as_nanos();
            if nanos >> UNIT >= u64::from(u32::MAX) {
                assert_eq!((octave, step), (OCTAVES - 1, STEPS - 1), "{nanos}");
                continue;
            }
            let nanos = u128::from(nanos);
            assert!(nanos < end, "{nanos} is not below {end}");
            assert!(end - nanos <= (nanos / 8).max(256) + 256, "{nanos} is too far below {end}");
        }
    }

    #[test]
    fn quantiles_are_those_of_what_was_noted() {
        let times = Times::default();
        (1..=1_000).for_each(|micros| times.note(Duration::from_micros(micros)));
        let mut all = Distribution::default();
        times.add_to(&mut all);
        assert_eq!(all.count(), 1_000);
        assert_eq!(all.sum, Duration::from_micros(500_500));
        let seen = all.quantiles([0.0, 0.5, 0.5, 0.99, 1.0]);
        for (micros, seen) in [1.0, 500.0, 500.0, 990.0, 1_000.0].into_iter().zip(seen) {
            let seen = seen.unwrap().as_secs_f64() * 1e6;
            assert!((micros..=micros * 1.13 + 0.5).contains(&seen), "{micros}: {seen}");
        }
        let within = all.within(Duration::from_micros(500));
        assert!((430..=500).contains(&within), "{within}");
        assert_eq!(Distribution::default().quantiles([0.5, 1.0]), [None, None]);
    }
}
