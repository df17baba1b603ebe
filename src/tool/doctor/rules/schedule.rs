//! What is wrong with timers, crons and file monitors. It must not know how findings are shown.

use super::super::readings::Readings;
use super::{Rule, Severity};
use crate::tool::statistics::Scheduled;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "CS019",
        name: "late-ticks",
        severity: Severity::Warning,
        means: "A timer's or cron's runs start over 500 ms after they were due.",
        told: "One run in 100, since the start or while it was watched.",
        advice: "Either all threads that background jobs may use are busy (raise background-threads, or \
                 `threads`), or the machine was stalled. The log says how long each has waited.",
        find: |readings| of_entries(readings, "ran late", |entry| entry.late),
    },
    Rule {
        id: "CS020",
        name: "skipped-ticks",
        severity: Severity::Warning,
        means: "Ticks are left out, as the run before is still running: the job takes longer than its \
                interval.",
        told: "One tick in 100, since the start or while it was watched.",
        advice: "Make the job faster or its interval longer. If each tick has to run, set `overlap` to \
                 queue one or to allow several.",
        find: |readings| of_entries(readings, "was skipped", |entry| entry.skipped),
    },
    Rule {
        id: "CS021",
        name: "coalesced-ticks",
        severity: Severity::Warning,
        means: "Ticks find another of theirs still waiting for a thread, and are run together with it.",
        told: "One tick in 100, since the start or while it was watched.",
        advice: "No thread was free for background jobs for a whole interval: raise background-threads, or \
                 find what holds them (`cleanslate top`).",
        find: |readings| of_entries(readings, "was coalesced", |entry| entry.coalesced),
    },
    Rule {
        id: "CS022",
        name: "missed-ticks",
        severity: Severity::Warning,
        means: "Ticks were due while the process was stalled or suspended, and nobody makes up for them.",
        told: "One tick in 100, since the start or while it was watched.",
        advice: "See what stalls the machine: memory that is swapped, processors that others use. What must \
                 not be missed is given a `misfire` policy.",
        find: |readings| of_entries(readings, "was missed", |entry| entry.missed),
    },
];

fn of_entries(readings: &Readings, what: &str, count: fn(&Scheduled) -> u64) -> Vec<String> {
    let value = |entry: &Scheduled| {
        let Scheduled { runs, coalesced, skipped, missed, .. } = entry;
        (count(entry), runs + coalesced + skipped + missed)
    };
    let mut found = Vec::new();
    for entry in readings.own().into_iter().flat_map(|own| &own.schedule) {
        let before = readings.own_before().and_then(|own| own.scheduled(&entry.name));
        let share = readings.share_of(value(entry), before.map_or((0, 0), value));
        if share.is_at_least(0.01) {
            found.push(format!("{} {what}: {share}", entry.name));
        }
    }
    found
}
