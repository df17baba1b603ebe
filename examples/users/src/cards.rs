//! What the page says of each timer. Knows nothing of what the timers do but their logs.

use cleanslate::{Options, Result};
use serde::Serialize;

use crate::runs::{Log, Runs};
use crate::state::{ACTIVE_SECONDS, IDLE_SECONDS};
use crate::{ticks, words};

/// One timer, in words.
#[derive(Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Card {
    title: &'static str,
    what: String,
    signal: u8,
    each: String,
    last: String,
    did: String,
    next: String,
    in_all: String,
}

/// What is known of a timer before it runs.
struct Timer {
    title: &'static str,
    what: String,
    signal: u8,
    seconds: f64,
    /// What its runs are counted in.
    noun: &'static str,
}

/// The cards of all timers that have something to do.
pub(crate) fn all(options: &Options, runs: &Runs, now_ms: i64) -> Result<Vec<Card>> {
    let kept: u32 = options.parsed("visits-kept")?;
    let states = Timer {
        title: "States",
        what: format!(
            "Active: seen within {}; idle: within {}; else away.",
            words::lasting(ACTIVE_SECONDS),
            words::lasting(IDLE_SECONDS)
        ),
        signal: 99,
        seconds: ticks::states_seconds(options)?,
        noun: "change",
    };
    let visits = Timer {
        title: "Old visits",
        what: format!("Removes visits older than {}.", words::lasting(kept.into())),
        signal: 98,
        seconds: ticks::purge_seconds(options)?,
        noun: "visit",
    };
    let made_up = ticks::made_up_seconds(options)?.map(|seconds| Timer {
        title: "Made-up visits",
        what: "Stands in for people: somebody is seen.".to_owned(),
        signal: 97,
        seconds,
        noun: "visit",
    });
    let timers =
        [(Some(states), &runs.states), (Some(visits), &runs.visits), (made_up, &runs.made_up)];
    let card =
        |(timer, log): (Option<Timer>, &Log)| Some(timer?.card(log, runs.started_ms, now_ms));
    Ok(timers.into_iter().filter_map(card).collect())
}

impl Timer {
    fn card(self, log: &Log, started_ms: i64, now_ms: i64) -> Card {
        let Self { title, what, signal, seconds, noun } = self;
        let run = log.last();
        let since_ms = run.as_ref().map_or(started_ms, |run| run.began_ms);
        #[allow(clippy::cast_possible_truncation, reason = "`as` stops at the largest value")]
        let next_ms = since_ms.saturating_add((seconds * 1_000.0) as i64);
        let (last, did, in_all) = match run {
            None => ("not yet".to_owned(), "nothing yet".to_owned(), "nothing yet".to_owned()),
            Some(run) => (
                words::ago((now_ms - run.began_ms) / 1_000),
                format!("{} in {}", words::counted(run.did, noun), words::took(run.took_us)),
                format!(
                    "{}, {}",
                    words::counted(run.number, "run"),
                    words::counted(run.did_in_all, noun)
                ),
            ),
        };
        let next = words::ahead(next_ms.saturating_sub(now_ms));
        Card { title, what, signal, each: words::each(seconds), last, did, next, in_all }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_tells_of_the_last_run_and_the_next() {
        let timer = || Timer {
            title: "Test",
            what: String::new(),
            signal: 1,
            seconds: 5.0,
            noun: "change",
        };
        let log = Log::default();
        let card = timer().card(&log, 10_000, 12_000);
        assert_eq!((&*card.last, &*card.next), ("not yet", "in 3 seconds"));

        log.record(15_000, || Ok(1)).unwrap();
        log.record(20_000, || Ok(1_200)).unwrap();
        let card = timer().card(&log, 10_000, 21_500);
        assert_eq!((&*card.last, &*card.next), ("1 second ago", "in 3 seconds"));
        assert!(card.did.starts_with("1,200 changes in "), "{}", card.did);
        assert_eq!(card.in_all, "2 runs, 1,201 changes");
        assert_eq!(timer().card(&log, 10_000, 26_000).next, "due now");
    }
}
