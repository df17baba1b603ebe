//! `cargo xtask test`: every check, the quick ones first, up to the first that fails. Must not
//! know what a check is about: each is a command, and its output is passed on as it is.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::{cargo, install, repository};

pub(crate) fn run(full: bool) -> Result<(), String> {
    let mut done = Vec::new();
    let outcome = run_steps(full, &mut done);
    println!();
    for (name, time) in &done {
        println!("{:>7.1} s  {name}", time.as_secs_f64());
    }
    let total: Duration = done.iter().map(|(_, time)| *time).sum();
    println!("{:>7.1} s  in all", total.as_secs_f64());
    outcome
}

/// Runs the steps and notes each in `done` with its time, the one that failed included.
fn run_steps(full: bool, done: &mut Vec<(String, Duration)>) -> Result<(), String> {
    let mut step = |name: String, work: &mut dyn FnMut() -> Result<(), String>| {
        println!("\n=== {name}");
        let started = Instant::now();
        let outcome = work();
        let result = if outcome.is_ok() { "" } else { " FAILED" };
        done.push((format!("{name}{result}"), started.elapsed()));
        outcome
    };
    step("set-up".to_owned(), &mut || {
        install::install(&[
            install::C_COMPILER,
            install::NGINX,
            install::WRK,
            install::SYSTEMD,
            install::CHROMIUM,
            install::CHROMEDRIVER,
        ])
    })?;
    let mut checks = checks(full);
    if full {
        checks.extend(fuzzing()?);
    }
    for check in &mut checks {
        let shown = shown(check);
        step(shown.clone(), &mut || match check.status() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("{shown}: {status}")),
            Err(error) => Err(format!("{shown} did not start: {error}")),
        })?;
    }
    Ok(())
}

/// In the order that fails fastest. Three builds in all: one that only checks, shared by clippy
/// and rustdoc; one for the tests, with the debug assertions that releases leave out; and the
/// release binaries that the black-box tests drive.
fn checks(full: bool) -> Vec<Command> {
    let mut checks = vec![
        with(&["fmt", "--all", "--check"]),
        with(&[
            "clippy",
            "--workspace",
            "--all-targets",
            // The benches need it.
            "--features",
            "cleanslate/internals",
            "--",
            "-D",
            "warnings",
        ]),
        with(&["doc", "--workspace", "--no-deps"]),
        with(&["build", "--release", "--package", "users", "--package", "probe"]),
        // Last: the lines that count are then the last ones.
        with(&["test", "--workspace"]),
    ];
    checks[2].env("RUSTDOCFLAGS", "-D warnings");
    if full {
        checks[4].env("CLEANSLATE_FULL", "1");
    }
    checks
}

/// A minute of each fuzz target.
fn fuzzing() -> Result<Vec<Command>, String> {
    if !repository().join("fuzz/Cargo.toml").exists() {
        println!("\nnothing is fuzzed: there is no fuzz/Cargo.toml");
        return Ok(Vec::new());
    }
    let list = with(&["fuzz", "list"]).stderr(Stdio::null()).output();
    let list = match list {
        Ok(list) if list.status.success() => String::from_utf8_lossy(&list.stdout).into_owned(),
        _ => {
            println!("\nnothing is fuzzed: install it with `cargo install cargo-fuzz`");
            return Ok(Vec::new());
        }
    };
    let run = |target: &str| {
        // What is found goes to the first folder; the second is the small corpus that is kept.
        let found = format!("target/fuzz/{target}");
        std::fs::create_dir_all(repository().join(&found))
            .map_err(|error| format!("{found}: {error}"))?;
        let kept = format!("fuzz/corpus/{target}");
        let mut run = with(&["fuzz", "run", target, &found, &kept, "--", "-max_total_time=60"]);
        // The sanitizers are in the stable toolchain too, behind flags that it does not allow.
        run.env("RUSTC_BOOTSTRAP", "1");
        Ok(run)
    };
    list.lines().map(run).collect()
}

fn with(arguments: &[&str]) -> Command {
    let mut command = cargo();
    command.args(arguments).stdin(Stdio::null());
    command
}

fn shown(command: &Command) -> String {
    let words = command.get_args().map(|word| format!(" {}", word.to_string_lossy()));
    format!("cargo{}", words.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_full_asks_for_the_long_tests() {
        let asks = |full| {
            let checks = checks(full);
            checks.iter().any(|check| check.get_envs().any(|(key, _)| key == "CLEANSLATE_FULL"))
        };
        assert!(asks(true));
        assert!(!asks(false));
    }
}
