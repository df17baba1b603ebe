//! `cleanslate`: the command line tool for servers that speak uwsgi, SCGI, FastCGI or HTTP. It must
//! not know what a subcommand does.

mod tool;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Talks to application servers as nginx does: uwsgi, SCGI, FastCGI and HTTP
#[derive(Debug, Parser)]
#[command(name = "cleanslate", version)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Bench(tool::bench::Options),
    Curl(tool::curl::Options),
    Conform(tool::conform::Options),
    Doctor(tool::doctor::Options),
    Replay(tool::replay::Options),
    Signal(tool::signal::Options),
    Top(tool::top::Options),
}

fn main() -> ExitCode {
    match CommandLine::parse().command {
        Command::Bench(options) => tool::bench::run(&options),
        Command::Curl(options) => tool::curl::run(&options),
        Command::Conform(options) => tool::conform::run(&options),
        Command::Doctor(options) => tool::doctor::run(&options),
        Command::Replay(options) => tool::replay::run(&options),
        Command::Signal(options) => tool::signal::run(&options),
        Command::Top(options) => tool::top::run(&options),
    }
}
