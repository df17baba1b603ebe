//! The schedule under a simulated clock: years in moments, stalls, clocks that are set, daylight
//! saving both ways. What it must do is said here once more, in other words.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::{CronRule, EntryKey, Now, Plan, Schedule, When, Zone};
use crate::app::{Misfire, Overlap, Policy};
use crate::pool::Ticks;

/// Two clocks that only the test moves.
struct Clocks {
    start: Instant,
    now: Now,
}

impl Clocks {
    fn at(wall: &str) -> Self {
        let start = crate::clock::now();
        Self { start, now: Now { monotonic: start, wall: wall.parse().unwrap() } }
    }

    fn pass(&mut self, time: Duration) -> Now {
        self.now.monotonic += time;
        self.now.wall = self.now.wall.checked_add(time).unwrap();
        self.now
    }

    fn set(&mut self, by: SignedDuration) -> Now {
        self.now.wall = self.now.wall.checked_add(by).unwrap();
        self.now
    }

    fn passed(&self) -> Duration {
        self.now.monotonic - self.start
    }
}

fn plan(when: When, misfire: Misfire) -> Plan {
    let ticks = Arc::new(Ticks::new(&Policy::default()));
    let jitter = Duration::ZERO;
    Plan { signal: 0, when, misfire, jitter, iterations: None, ticks, name: None, is_kept: false }
}

fn rule(text: &str, zone: &str) -> When {
    When::At(Box::new(CronRule::parse(text, &Zone::parse(zone).unwrap()).unwrap()))
}

/// Everything that is due: how many ticks each, and at which time on the wall.
fn due(schedule: &mut Schedule, now: Now) -> Vec<(u64, Timestamp)> {
    let mut all = Vec::new();
    while let Some(firing) = schedule.poll_due(now) {
        assert!(firing.due_at <= now.monotonic);
        all.push((firing.count, firing.wall));
    }
    all
}

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);

#[test]
fn timers_neither_drift_nor_come_early() {
    let mut clocks = Clocks::at("2026-01-01T00:00:00Z");
    let mut schedule = Schedule::new(clocks.now, 1);
    schedule.add(plan(When::Every(SECOND), Misfire::Once), clocks.now, None).unwrap();
    let mut ran = 0;
    for step in 1..=10_000_u64 {
        // The clock is looked at late, each time by another amount.
        let now = clocks.pass(Duration::from_millis(97 + step % 7));
        ran += due(&mut schedule, now).len() as u64;
        assert_eq!(ran, clocks.passed().as_secs());
        assert!(schedule.wait(now).unwrap() <= SECOND);
    }
}

#[test]
fn what_a_stall_leaves_out_is_the_policys() {
    for (misfire, expected, missed) in [
        (Misfire::Once, vec![1], 9),
        (Misfire::Skip, vec![], 10),
        (Misfire::All(4), vec![4], 6),
        (Misfire::All(100), vec![10], 0),
    ] {
        for when in [When::Every(SECOND), rule("* * * * * *", "UTC")] {
            let mut clocks = Clocks::at("2026-01-01T00:00:00Z");
            let mut schedule = Schedule::new(clocks.now, 1);
            let plan = plan(when, misfire);
            let ticks = Arc::clone(&plan.ticks);
            schedule.add(plan, clocks.now, None).unwrap();
            let now = clocks.pass(Duration::from_millis(10_500));
            let counts: Vec<u64> =
                due(&mut schedule, now).iter().map(|(count, _)| *count).collect();
            assert_eq!((counts, ticks.counts().missed), (expected.clone(), missed), "{misfire:?}");
            // And from there it goes on as ever.
            let now = clocks.pass(Duration::from_millis(500));
            assert_eq!(due(&mut schedule, now).len(), 1, "{misfire:?}");
        }
    }
}

#[test]
fn so_many_times_and_no_more() {
    let mut clocks = Clocks::at("2026-01-01T00:00:00Z");
    let mut schedule = Schedule::new(clocks.now, 1);
    let mut limited = plan(When::Every(SECOND), Misfire::Once);
    limited.iterations = Some(3);
    schedule.add(limited, clocks.now, None).unwrap();
    let ran: usize = (0..10).map(|_| due(&mut schedule, clocks.pass(SECOND)).len()).sum();
    assert_eq!(ran, 3);
    assert_eq!(schedule.wait(clocks.now), None);
}

#[test]
fn a_timer_that_is_removed_never_ticks_nor_does_another_in_its_place() {
    let mut clocks = Clocks::at("2026-01-01T00:00:00Z");
    let mut schedule = Schedule::new(clocks.now, 1);
    let every = |time| plan(When::Every(time), Misfire::Once);
    let first: EntryKey = schedule.add(every(SECOND), clocks.now, None).unwrap();
    assert!(schedule.remove(first) && !schedule.remove(first));
    let second = schedule.add(every(HOUR), clocks.now, None).unwrap();
    assert_ne!(first, second);
    assert!(due(&mut schedule, clocks.pass(SECOND * 2)).is_empty());
    assert!(!schedule.remove(first), "its key is not the other's");
    assert_eq!(due(&mut schedule, clocks.pass(HOUR)).len(), 1);
}

#[test]
fn jitter_puts_ticks_off_and_moves_none() {
    let mut clocks = Clocks::at("2026-01-01T00:00:00Z");
    let mut schedule = Schedule::new(clocks.now, 7);
    let mut plan = plan(When::Every(HOUR), Misfire::Once);
    plan.jitter = HOUR / 2;
    schedule.add(plan, clocks.now, None).unwrap();
    let mut delays = Vec::new();
    for _ in 0..200 {
        let now = clocks.pass(schedule.wait(clocks.now).unwrap());
        let Some(_) = schedule.poll_due(now) else { continue };
        let past = clocks.passed().as_secs_f64() % 3_600.0;
        assert!(past <= 1_800.0, "{past}");
        delays.push(past);
    }
    let mean = delays.iter().sum::<f64>() / delays.len() as f64;
    assert!((700.0..1_100.0).contains(&mean), "they are spread: {mean}");
}

/// Two years of a daily cron by the clock of a zone with daylight saving: each day has one run.
#[test]
fn a_daily_run_is_daily_in_every_week_of_the_year() {
    for zone in ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"] {
        for text in ["30 2 * * *", "0 0 * * *", "@daily", "15 3 * * *", "30 1 * * *"] {
            let mut clocks = Clocks::at("2026-01-01T12:00:00Z");
            let mut schedule = Schedule::new(clocks.now, 1);
            schedule.add(plan(rule(text, zone), Misfire::Once), clocks.now, None).unwrap();
            let mut runs: HashMap<String, u32> = HashMap::new();
            for step in 0..2 * 365 * 24 * 4_u64 {
                let now = clocks.pass(Duration::from_secs(900) + Duration::from_millis(step % 50));
                for (_, wall) in due(&mut schedule, now) {
                    let day = wall.in_tz(zone).unwrap().date();
                    *runs.entry(day.to_string()).or_default() += 1;
                }
            }
            assert!(runs.len() >= 729, "{zone} {text}: {} days", runs.len());
            let twice: Vec<_> = runs.iter().filter(|(_, runs)| **runs != 1).collect();
            assert!(twice.is_empty(), "{zone} {text}: {twice:?}");
        }
    }
}

#[test]
fn what_was_missed_while_the_server_was_down_is_made_up_for_once() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    for (when, ran, first_wait) in [
        // The nightly run of two nights was missed: one run, at once.
        (rule("0 3 * * *", "UTC"), "2026-01-08T03:00:00Z", 0),
        (When::Every(HOUR), "2026-01-10T02:00:00Z", 0),
        // Restarted within the minute: it ran already.
        (rule("30 12 * * *", "UTC"), "2026-01-10T12:30:00Z", 86_370),
        (When::Every(HOUR), "2026-01-10T12:10:30Z", 2_400),
    ] {
        let mut clocks = Clocks::at("2026-01-10T12:30:30Z");
        let mut schedule = Schedule::new(clocks.now, 1);
        schedule.add(plan(when.clone(), Misfire::Once), clocks.now, Some(at(ran))).unwrap();
        assert_eq!(schedule.until_due(clocks.now), Some(SECOND * first_wait), "{ran}");
        let now = clocks.pass(SECOND * first_wait);
        let made_up = due(&mut schedule, now);
        assert_eq!(made_up.len(), 1, "{ran}");
        assert!(due(&mut schedule, clocks.pass(SECOND)).is_empty(), "{ran}");
        // What is kept of it says that all of them are made up for, as the next to start reads it.
        let mut next = Schedule::new(clocks.now, 1);
        next.add(plan(when, Misfire::Once), clocks.now, Some(made_up[0].1)).unwrap();
        assert!(due(&mut next, clocks.now).is_empty(), "{ran}");
    }
}

#[test]
fn a_clock_that_was_far_ahead_does_not_silence_a_cron() {
    let mut clocks = Clocks::at("2036-01-01T00:00:30Z");
    let mut schedule = Schedule::new(clocks.now, 1);
    schedule.add(plan(rule("* * * * *", "UTC"), Misfire::Once), clocks.now, None).unwrap();
    assert_eq!(due(&mut schedule, clocks.pass(SECOND * 30)).len(), 1);
    let now = clocks.set(SignedDuration::from_hours(-24 * 3_650));
    assert!(due(&mut schedule, now).is_empty());
    assert_eq!(due(&mut schedule, clocks.pass(SECOND * 60)).len(), 1, "it goes by the new time");
}

proptest! {
    /// Whatever the intervals and however the clock is looked at: every multiple of an interval is
    /// either run or counted, and the next is never moved.
    #[test]
    fn every_tick_of_a_timer_is_run_or_counted(
        intervals in prop::collection::vec(1_u64..5_000_000_000, 1..6),
        looks in prop::collection::vec(1_u64..20_000_000_000, 1..60),
        all in any::<bool>(),
    ) {
        let mut clocks = Clocks::at("2026-01-01T00:00:00Z");
        let mut schedule = Schedule::new(clocks.now, 1);
        let misfire = if all { Misfire::All(3) } else { Misfire::Once };
        let ticks: Vec<Arc<Ticks>> = intervals.iter().enumerate().map(|(signal, nanos)| {
            let mut plan = plan(When::Every(Duration::from_nanos(*nanos)), misfire);
            plan.signal = signal;
            let ticks = Arc::clone(&plan.ticks);
            schedule.add(plan, clocks.now, None).unwrap();
            ticks
        }).collect();
        let mut ran = vec![0; intervals.len()];
        for look in looks {
            let now = clocks.pass(Duration::from_nanos(look));
            while let Some(firing) = schedule.poll_due(now) {
                ran[firing.signal] += firing.count;
            }
        }
        for ((nanos, ran), ticks) in intervals.iter().zip(ran).zip(ticks) {
            let due = clocks.passed().as_nanos() / u128::from(*nanos);
            prop_assert_eq!(u128::from(ran + ticks.counts().missed), due);
        }
    }

    /// However the clock on the wall is set, by up to two hours either way: no time of a cron comes
    /// twice, and with the policy that makes up for all, none is lost.
    #[test]
    fn a_clock_that_is_set_neither_doubles_nor_loses_a_run(
        text in prop::sample::select(vec!["*/10 * * * *", "7 * * * *", "30 2 * * *", "0,30 1-5 * * MON-FRI"]),
        steps in prop::collection::vec((1_u64..4_000, -7_200_i64..7_200, 0_u8..4), 1..120),
    ) {
        let mut clocks = Clocks::at("2026-03-28T20:00:00Z");
        let mut schedule = Schedule::new(clocks.now, 1);
        let When::At(by_hand) = rule(text, "Europe/Berlin") else { unreachable!() };
        let start = clocks.now.wall;
        let all = Misfire::All(u64::MAX);
        schedule.add(plan(rule(text, "Europe/Berlin"), all), clocks.now, None).unwrap();
        let mut furthest = start;
        let mut seen: Vec<Timestamp> = Vec::new();
        let mut ran = 0;
        for (pass, set, dice) in steps {
            let mut now = clocks.pass(Duration::from_secs(pass));
            if dice == 0 {
                now = clocks.set(SignedDuration::from_secs(set));
            }
            furthest = furthest.max(now.wall);
            while let Some(firing) = schedule.poll_due(now) {
                ran += firing.count;
                seen.push(firing.wall);
            }
        }
        prop_assert!(seen.is_sorted() && seen.windows(2).all(|pair| pair[0] < pair[1]));
        let mut expected = 0;
        let mut next = by_hand.next_after(start);
        while let Some(at) = next.filter(|at| *at <= furthest) {
            expected += 1;
            next = by_hand.next_after(at);
        }
        prop_assert_eq!(ran, expected);
    }

    /// Slow handlers under every overlap: what is due is run, waits, is owed, or is counted.
    #[test]
    fn slow_handlers_lose_no_tick(
        which in 0..3_usize,
        events in prop::collection::vec(0..4_u8, 1..300),
    ) {
        let overlap = [Overlap::Skip, Overlap::QueueOne, Overlap::Allow(3)][which];
        let ticks = Ticks::new(&Policy { overlap, ..Policy::default() });
        let (mut due, mut queued, mut running) = (0_u64, 0_u64, 0_u64);
        for event in events {
            match event {
                0 | 1 => {
                    due += 1;
                    queued += u64::from(ticks.come_due(1, 1));
                }
                2 if queued > 0 => {
                    queued -= 1;
                    running += 1;
                    ticks.start();
                }
                3 if running > 0 => {
                    running -= 1;
                    queued += u64::from(ticks.end(1));
                }
                _ => {}
            }
            let most = if which == 2 { 3 } else { 1 };
            prop_assert!(running <= most, "{:?}", overlap);
            prop_assert!(queued <= 1);
        }
        // Everything ends: what is owed comes to run.
        while queued + running > 0 {
            if queued > 0 {
                queued -= 1;
                running += 1;
                ticks.start();
            } else {
                running -= 1;
                queued += u64::from(ticks.end(1));
            }
        }
        let counts = ticks.counts();
        prop_assert_eq!(counts.runs + counts.coalesced + counts.skipped, due);
    }
}

#[test]
fn timers_that_are_removed_leave_nothing() {
    let mut clocks = Clocks::at("2026-03-28T12:00:00Z");
    let mut schedule = Schedule::new(clocks.now, 1);
    let hour = || plan(When::Every(Duration::from_secs(3_600)), Misfire::Once);
    let kept = schedule.add(hour(), clocks.now, None).unwrap();
    for _ in 0..10_000 {
        let now = clocks.pass(Duration::from_millis(1));
        let key = schedule.add(hour(), now, None).unwrap();
        assert!(schedule.remove(key) && !schedule.remove(key));
        assert!(schedule.places() < 100, "{} places", schedule.places());
    }
    let first = clocks.start + Duration::from_secs(3_600);
    assert_eq!(schedule.until_due(clocks.now), Some(first - clocks.now.monotonic));
    assert!(schedule.remove(kept));
    (0..100).for_each(|_| {
        let key = schedule.add(hour(), clocks.now, None).unwrap();
        schedule.remove(key);
    });
    assert!(schedule.places() < 100, "{} places", schedule.places());
}
