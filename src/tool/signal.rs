//! `cleanslate signal`: raises a signal of a server, as `uwsgi --signal` does. It must not know what
//! the signal leads to.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use cleanslate::proto::response::{HEAD_SIZE_MAX, decode_head};
use cleanslate::proto::uwsgi::{self, Head};

use super::curl::seconds;
use super::target::{Address, TargetError};
use super::wire::{ConnectError, TIMED_OUT, Wait, Wire};
use super::{clock, console};

/// Raises a signal of a server that has allow-signals on, and tells whether it was taken
///
/// TARGET is uwsgi://HOST:PORT or uwsgi:///path/of/socket, or an address as uWSGI has it:
/// HOST:PORT, /path/of/socket, or @NAME in Linux's abstract namespace.
#[derive(Args, Debug)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Options {
    /// The server
    target: String,
    /// The number of the signal
    #[arg(value_name = "SIGNAL")]
    number: u8,
    /// Gives up after so many seconds
    #[arg(short, long, value_name = "SECONDS", value_parser = seconds, default_value = "10")]
    max_time: Duration,
}

const EXIT_CODES: &str = "\
Exit codes, which are those of `cleanslate curl`:
  0  the signal was taken          22  it was refused
  2  an option makes no sense      28  --max-time is over
  3  TARGET makes no sense         52  the connection was closed without an answer
  6  HOST has no address           56  the answer is none to a signal
  7  no connection";

/// Why a signal was not taken, or nobody knows whether it was.
#[derive(Debug, thiserror::Error)]
enum SignalError {
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("the time is over")]
    TimedOut,
    #[error("the server closed the connection without an answer")]
    Empty,
    #[error("signal {0} was not taken: the server's log says why")]
    NotTaken(u8),
    #[error("the server answered {0}: signals are taken with allow-signals, on sockets for uwsgi")]
    Status(u16),
    #[error("the answer is none to a signal: is this a socket for uwsgi?")]
    NoAnswer,
}

impl SignalError {
    fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Target(_) => 3,
            Self::Connect(error) => error.exit_code(),
            Self::NotTaken(_) | Self::Status(_) => 22,
            Self::TimedOut => TIMED_OUT,
            Self::Empty => 52,
            Self::NoAnswer => 56,
        })
    }
}

pub(crate) fn run(options: &Options) -> ExitCode {
    match raise(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console::complain(&error);
            error.exit_code()
        }
    }
}

fn raise(options: &Options) -> Result<(), SignalError> {
    let until = clock::now() + options.max_time;
    let wire = Wire::connect(&Address::of_uwsgi(&options.target)?, until)?;
    let head = Head { modifier1: uwsgi::SIGNAL, modifier2: options.number, vars_size: 0 };
    let mut received = Vec::new();
    // Who closes without reading may have answered before; what was received tells.
    let mut outcome = wire.send(&head.to_bytes(), &mut received, until);
    while outcome == Wait::Done && received.len() <= HEAD_SIZE_MAX {
        outcome = wire.read(&mut received, until);
    }
    match outcome {
        Wait::TimedOut => Err(SignalError::TimedOut),
        Wait::Done | Wait::Closed => judge(&received, options.number),
    }
}

/// What the whole answer means.
fn judge(received: &[u8], number: u8) -> Result<(), SignalError> {
    if received.is_empty() {
        return Err(SignalError::Empty);
    }
    let head = <[u8; Head::SIZE]>::try_from(received).ok().map(Head::from_bytes);
    match head {
        Some(Head { modifier1: uwsgi::ANSWER, modifier2: 1, vars_size: 0 }) => Ok(()),
        Some(Head { modifier1: uwsgi::ANSWER, modifier2: 0, vars_size: 0 }) => {
            Err(SignalError::NotTaken(number))
        }
        Some(_) => Err(SignalError::NoAnswer),
        None => match decode_head(received) {
            Ok(Some(head)) => Err(SignalError::Status(head.status)),
            Ok(None) | Err(_) => Err(SignalError::NoAnswer),
        },
    }
}
