//! The simulation by seeds, and what a fuzzer kept. Knows nothing of what is checked.

use super::source::seeded;
use super::{LOG, run};

/// How much is told of what happened before something broke.
const LINES: usize = 60;

/// Replays it; how many steps it had.
fn replay(name: &str, bytes: &[u8]) -> usize {
    match std::panic::catch_unwind(|| run(bytes)) {
        Ok(steps) => steps,
        Err(_) => {
            let log = LOG.with_borrow(|log| log[log.len().saturating_sub(LINES)..].join("\n"));
            panic!("{name} fails; what happened last:\n{log}");
        }
    }
}

#[test]
fn every_client_gets_what_the_model_says() {
    let seeds = match std::env::var("SIMULATION_SEED") {
        Ok(seed) => seed.parse().map(|seed| seed..seed + 1).unwrap(),
        // More by hand: SIMULATION_SEED=7 is that one alone.
        Err(_) => 0..400,
    };
    for seed in seeds {
        let steps = replay(&format!("seed {seed}"), &seeded(seed, 1_600));
        assert!(steps >= 200, "{steps} steps");
    }
}

#[test]
fn what_a_fuzzer_kept_holds() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/connections");
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        replay(&path.display().to_string(), &std::fs::read(&path).unwrap());
    }
}
