//! Random rules against another implementation: what croniter says is in croniter.txt, whose first
//! line says how it was made.

use jiff::Timestamp;

use super::{rule, times};

#[test]
fn rules_run_when_another_implementation_says() {
    let rows = include_str!("croniter.txt").lines().filter(|line| !line.starts_with("//"));
    let mut differing = Vec::new();
    let mut count = 0;
    for row in rows {
        count += 1;
        let [text, zone, start, expected] = row.split('|').collect::<Vec<_>>()[..] else {
            panic!("{row}");
        };
        let start: Timestamp = start.parse().unwrap();
        // A row without times is a rule that never runs: it is asked for one.
        let asked = expected.split_whitespace().count().max(1);
        let found: Vec<String> =
            times(&rule(text, zone), start).take(asked).map(|at| at.to_string()).collect();
        if found.join(" ") != expected {
            differing.push(format!("{row}\n  found {}", found.join(" ")));
        }
    }
    assert!(differing.is_empty(), "{} of {count}:\n{}", differing.len(), differing.join("\n"));
    assert!(count >= 2_000, "{count}");
}
