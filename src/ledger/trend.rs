//! Whether what a job name holds grows with its runs: a leak, and not a cache that fills or an answer
//! on its way. Knows nothing of what is held.

/// What one job name held, look by look. Recent looks are all there, of older ones only some: a leak
/// that began a minute ago shows, and so does one of a byte an hour.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trend(Vec<Point>);

#[derive(Clone, Copy, Debug)]
struct Point {
    runs: u64,
    held: i64,
}

/// How many looks are kept.
const POINTS: usize = 64;
/// With fewer it is too early to tell.
const STEPS_LEAST: usize = 8;
/// Less than this is not worth a name.
const GROWTH_LEAST: i64 = 4 * 1024;

impl Trend {
    /// A look: after so many runs, so much is held.
    pub(crate) fn look(&mut self, runs: u64, held: i64) {
        let point = Point { runs, held };
        match self.0.last_mut() {
            // Nothing ran: what was under way has settled.
            Some(last) if last.runs == runs => *last = point,
            _ => self.0.push(point),
        }
        if self.0.len() > POINTS {
            let newest = self.0.len() - 1;
            let mut place = 0;
            self.0.retain(|_| {
                place += 1;
                (place - 1) % 2 == 0 || place - 1 == newest
            });
        }
    }

    /// What each run retains, if runs do. `threads` may each fill something of their own once.
    pub(crate) fn per_run(&self, threads: u64) -> Option<f64> {
        let recent =
            &self.0[self.0.len().saturating_sub((self.0.len() / 2).max(STEPS_LEAST) + 1)..];
        let steps: Vec<Point> = recent
            .windows(2)
            .map(|pair| Point {
                runs: pair[1].runs - pair[0].runs,
                held: pair[1].held - pair[0].held,
            })
            .collect();
        let runs: u64 = steps.iter().map(|step| step.runs).sum();
        let growth: i64 = steps.iter().map(|step| step.held).sum();
        let rising = steps.iter().filter(|step| step.held > 0).count();
        let is_enough = steps.len() >= STEPS_LEAST && runs >= 2 * threads && growth >= GROWTH_LEAST;
        let is_steady = rising * 5 >= steps.len() * 4 && fall(recent) * 8 <= growth;
        let slope = ratio(growth, runs);
        (is_enough && is_steady && without_largest(&steps) * 2.0 >= slope).then_some(slope)
    }
}

/// By how much it fell at most, from any height before: the noise of what is under way.
fn fall(points: &[Point]) -> i64 {
    let mut highest = i64::MIN;
    let falls = points.iter().map(|point| {
        highest = highest.max(point.held);
        highest - point.held
    });
    falls.max().unwrap_or(0)
}

/// What each run retains beside the steepest step, which may be a cache that was filled.
fn without_largest(steps: &[Point]) -> f64 {
    let steepness = |step: &&Point| ratio(step.held, step.runs);
    let largest = steps.iter().max_by(|one, other| steepness(one).total_cmp(&steepness(other)));
    let (runs, held) = largest.map_or((0, 0), |step| (step.runs, step.held));
    let sum = |of: fn(&Point) -> i64| steps.iter().map(of).sum::<i64>();
    let all_runs: u64 = steps.iter().map(|step| step.runs).sum();
    ratio(sum(|step| step.held) - held, all_runs - runs)
}

#[allow(clippy::cast_precision_loss, reason = "15 digits are enough for an average")]
fn ratio(held: i64, runs: u64) -> f64 {
    if runs == 0 { 0.0 } else { held as f64 / runs as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A trend of looks at a name that runs and then holds what `held` says.
    fn trend(looks: u64, runs: u64, held: impl Fn(u64) -> i64) -> Trend {
        let mut trend = Trend::default();
        (0..looks).for_each(|look| trend.look(look * runs, held(look)));
        trend
    }

    fn signed(number: u64) -> i64 {
        i64::try_from(number).unwrap()
    }

    /// Something between 0 and `most` that looks like chance.
    fn noise(look: u64, most: i64) -> i64 {
        signed(look.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33) % most
    }

    #[test]
    fn what_each_run_retains_is_told_to_the_byte() {
        for looks in [12, 64, 65, 1_000] {
            for (runs, bytes) in [(20, 1_000), (1, 5_000), (5_000, 24), (7, 1 << 20)] {
                let leak = trend(looks, runs, |look| 3_000 + signed(look * runs) * bytes);
                let told = leak.per_run(8).map(f64::round);
                #[allow(clippy::cast_precision_loss, reason = "it is small")]
                let bytes = bytes as f64;
                let too_early = looks == 12 && runs == 1;
                assert_eq!(told, (!too_early).then_some(bytes), "{looks} {runs}");
            }
        }
    }

    #[test]
    fn a_leak_shows_through_what_is_under_way() {
        let leak = trend(30, 20, |look| signed(look * 20_000) + noise(look, 4_000));
        let told = leak.per_run(8).unwrap();
        assert!((950.0..=1_050.0).contains(&told), "{told}");
    }

    #[test]
    fn a_leak_that_begins_late_is_found_within_a_minute() {
        let mut late = trend(5_000, 100, |_| 1 << 20);
        let looks = (1..60).find(|look| {
            late.look((5_000 + look) * 100, (1 << 20) + signed(look * 100_000));
            late.per_run(8).is_some()
        });
        assert!(looks.is_some_and(|looks| looks < 60), "{looks:?}");
    }

    #[test]
    fn what_fills_once_is_no_leak() {
        for looks in [6, 12, 40, 500] {
            for full in [1, 2, 5, 30] {
                let cache = trend(looks, 50, |look| if look < full { 0 } else { 10 << 20 });
                assert_eq!(cache.per_run(8), None, "{looks} {full}");
            }
        }
        // Eight threads that each have one of their own, at different times.
        let threads = trend(40, 1, |look| signed((look / 2).min(8)) << 20);
        assert_eq!(threads.per_run(8), None);
    }

    #[test]
    fn what_comes_and_goes_is_no_leak() {
        for seed in 0..200 {
            for looks in [6, 10, 20, 64, 100] {
                let noisy = trend(looks, 50, |look| 50_000 + noise(look + seed * 1_000, 40_000));
                assert_eq!(noisy.per_run(8), None, "{seed} {looks}");
            }
        }
    }
}
