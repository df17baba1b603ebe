//! Chores, in Rust: `cargo xtask demo`, `test`, `package` and `bench`. Knows the repository's files and
//! commands, and must not know the server's code: it builds and runs it as a stranger would.
//!
//! - `demo`: `users` behind nginx, until told to stop
//! - `test`: every check, in order
//! - `package`: the Debian package of `users`
//! - `bench`: side by side with what else one could take
//! - `install`: what they need on the machine, and how it gets there
//! - `run_folder`: the folder that one running nginx and its application share
//! - `process`: a child process that is stopped when dropped
//! - `wait`: waiting for them, and for the person's Ctrl-C

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "chores are run to be read: printing is the job"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "there is no layer above that could hand in the time, or an event to wait for"
)]

mod bench;
mod demo;
mod install;
mod nginx;
mod package;
mod process;
mod run_folder;
mod test;
mod wait;

use std::path::{Path, PathBuf};
use std::process::{Command as Process, ExitCode};
use std::time::Duration;

use clap::{Arg, ArgAction, Args, Command, FromArgMatches, value_parser};

fn main() -> ExitCode {
    let matches = command_line().get_matches();
    let outcome = match matches.subcommand() {
        Some(("demo", given)) => demo::run(
            given.get_one("port").copied(),
            given.get_one("seconds").copied().map(Duration::from_secs),
        ),
        Some(("test", given)) => test::run(given.get_flag("full")),
        Some(("bench", given)) => bench::Options::from_arg_matches(given)
            .map_err(|error| error.to_string())
            .and_then(|options| bench::run(&options)),
        Some(("package", given)) => package::run(given.get_flag("check")),
        _ => unreachable!("clap asks for one of the subcommands"),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("\nxtask: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn command_line() -> Command {
    let port = Arg::new("port").long("port").value_name("PORT").value_parser(value_parser!(u16));
    let seconds =
        Arg::new("seconds").long("seconds").value_name("N").value_parser(value_parser!(u64));
    Command::new("cargo xtask")
        .bin_name("cargo xtask")
        .about("Chores of this repository")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            Command::new("demo")
                .about("Build `users`, run it behind nginx and print the address")
                .arg(port.help("where nginx listens, on 127.0.0.1 [default: a free port]"))
                .arg(seconds.help("stop after this long [default: at Ctrl-C]")),
        )
        .subcommand(
            Command::new("test").about("Install what the tests need, then run every check").arg(
                Arg::new("full")
                    .long("full")
                    .action(ArgAction::SetTrue)
                    .help("the long tests as well, and a minute of each fuzz target"),
            ),
        )
        .subcommand(
            Command::new("package").about("Make the Debian package of `users`").arg(
                Arg::new("check").long("check").action(ArgAction::SetTrue).help(
                    "then install it, have it answer as under systemd, and purge it (as root)",
                ),
            ),
        )
        .subcommand(
            bench::Options::augment_args(Command::new("bench"))
                .about("Measure the server beside others, one after the other"),
        )
}

/// The cargo that runs this, in the repository's root, with the programs that [`install`] finds.
fn cargo() -> Process {
    let mut cargo = Process::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(repository()).env("PATH", install::search_path());
    cargo
}

/// Runs a command, which must succeed.
fn done(command: &mut Process) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?}: {status}")),
        Err(error) => Err(format!("{command:?} did not start: {error}")),
    }
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask/ lies in the repository's root")
}

/// A binary that `cargo build --release` has made: this one lies beside it, in `debug`, wherever
/// the target folder is.
fn release_binary(name: &str) -> Result<PathBuf, String> {
    Ok(target()?.join("release").join(name))
}

/// The target folder.
fn target() -> Result<PathBuf, String> {
    let this = std::env::current_exe().map_err(|e| format!("cannot tell where xtask lies: {e}"))?;
    match this.ancestors().nth(2) {
        Some(target) => Ok(target.to_owned()),
        None => Err(format!("{} is not in a target folder: run `cargo xtask`", this.display())),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn command_line_is_sound() {
        super::command_line().debug_assert();
    }
}
