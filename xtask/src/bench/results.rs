//! The runs, one line of JSON each, in target/bench/results.jsonl. It must not judge them.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::load::Measured;
use super::plan::Case;

/// One run, with what was noted beside what the generator says.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Run {
    /// When this series of rounds was begun, in seconds since 1970: rounds are numbered in it.
    pub(super) series: u64,
    pub(super) round: u32,
    pub(super) peer: String,
    #[serde(flatten)]
    pub(super) case: Case,
    /// From 1: it is repeated when others used the machine.
    pub(super) attempt: u32,
    /// Whether it is the quietest of its attempts, and counts.
    pub(super) counts: bool,
    pub(super) others_percent: f64,
    pub(super) nginx_micros_per_request: Option<f64>,
    /// Memory before the first load.
    pub(super) pss_at_rest_bytes: u64,
    pub(super) measured: Measured,
}

/// The file that is written.
pub(super) struct Results {
    file: File,
    name: PathBuf,
}

impl Results {
    /// Starts anew, and keeps what was there as results-before.jsonl; or adds to it.
    pub(super) fn create(folder: &Path, add: bool) -> Result<Self, String> {
        let name = folder.join(FILE);
        let failed = |error| format!("{}: {error}", name.display());
        if !add && name.exists() {
            fs::rename(&name, folder.join(BEFORE)).map_err(failed)?;
        }
        let file = File::options().create(true).append(true).open(&name).map_err(failed)?;
        Ok(Self { file, name })
    }

    pub(super) fn add(&mut self, run: &Run) -> Result<(), String> {
        let line = serde_json::to_string(run).map_err(|e| format!("a run as JSON: {e}"))?;
        writeln!(self.file, "{line}").map_err(|e| format!("{}: {e}", self.name.display()))
    }
}

/// All runs that are there.
pub(super) fn read(folder: &Path) -> Result<Vec<Run>, String> {
    let name = folder.join(FILE);
    let text = fs::read_to_string(&name)
        .map_err(|e| format!("{}: {e}; `cargo xtask bench` makes it", name.display()))?;
    parse(&text).map_err(|e| format!("{}:{e}", name.display()))
}

/// An error begins with the number of its line.
fn parse(text: &str) -> Result<Vec<Run>, String> {
    let lines = text.lines().enumerate();
    lines
        .map(|(at, line)| serde_json::from_str(line).map_err(|e| format!("{}: {e}", at + 1)))
        .collect()
}

const FILE: &str = "results.jsonl";
const BEFORE: &str = "results-before.jsonl";

#[cfg(test)]
pub(super) mod tests {
    use super::super::load::{GeneratorUse, Latency, ServerUse};
    use super::super::plan::Route;
    use super::*;

    pub(in super::super) const CASE: Case = Case {
        path: super::super::plan::Path::Nginx,
        route: Route::Hello,
        connections: 64,
        rate: None,
    };

    /// A run in which everything has to do with `micros`.
    pub(in super::super) fn run(peer: &str, case: Case, round: u32, micros: f64) -> Run {
        Run {
            series: 1,
            round,
            peer: peer.to_owned(),
            case,
            attempt: 1,
            counts: true,
            others_percent: 0.5,
            nginx_micros_per_request: Some(20.0),
            pss_at_rest_bytes: 4_000_000,
            measured: Measured {
                requests: 1_000,
                errors: [].into(),
                per_second: 1e6 / micros,
                latency_micros: Latency {
                    p50: micros * 10.0,
                    p99: micros * 20.0,
                    p999: micros * 50.0,
                },
                server: Some(ServerUse {
                    user_micros_per_request: micros / 4.0,
                    system_micros_per_request: micros * 0.75,
                    cpu_micros_per_request: micros,
                    switches_per_request: 0.5,
                    pss_bytes: Some(8_000_000),
                }),
                generator: GeneratorUse { cpu_micros_per_request: 5.0, is_bottleneck: false },
            },
        }
    }

    #[test]
    fn what_is_written_is_read_again_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let runs = [run("floor", CASE, 0, 10.0), run("axum", CASE, 1, 12.5)];
        let add = |run, add| Results::create(folder.path(), add).unwrap().add(run).unwrap();
        add(&runs[1], false);
        add(&runs[0], false);
        add(&runs[1], true);
        assert_eq!(read(folder.path()).unwrap(), runs);
        let before = fs::read_to_string(folder.path().join(BEFORE)).unwrap();
        assert_eq!(parse(&before).unwrap(), runs[1..]);
    }

    #[test]
    fn a_line_that_is_no_run_is_named() {
        let good = serde_json::to_string(&run("floor", CASE, 0, 10.0)).unwrap();
        let error = parse(&format!("{good}\n{{}}\n")).unwrap_err();
        assert!(error.starts_with("2: missing field"), "{error}");
    }
}
