//! `cleanslate bench`: loads a server and tells how fast it answers. It must not know how one
//! request is sent.
//!
//! | module | what |
//! |---|---|
//! | `options`, `error` | the command line; why there is no result |
//! | `request`, `captured` | the bytes of the one request that is sent again and again |
//! | `head`, `answer`, `records` | when an answer is whole |
//! | `failure` | what can go wrong with one request |
//! | `plan`, `pace` | what all threads do alike; when requests start |
//! | `connection`, `load` | one connection; one thread's loop over all of its connections |
//! | `unwatched` | connections that are looked at all together |
//! | `tally` | what a thread counts |
//! | `watch`, `processes` | what the server's processes use |
//! | `generator` | what the load itself uses |
//! | `run` | all threads, from the warm-up to the end |
//! | `result`, `report`, `json`, `progress` | figures, and how they are shown |

mod answer;
mod connection;
mod error;
mod failure;
mod generator;
mod head;
mod json;
mod load;
mod options;
mod pace;
mod plan;
mod processes;
mod progress;
mod records;
mod report;
mod request;
mod result;
mod run;
mod tally;
mod unwatched;
mod watch;

pub(crate) use options::Options;

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use rustix::net::SocketAddrUnix;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use self::connection::Server;
use self::error::BenchError;
use self::json::Setting;
use self::plan::Plan;
use self::request::Request;
use self::result::Result as Figures;
use super::curl::CurlError;
use super::target::{Address, Target};
use super::wire::Wire;
use super::{clock, console};

pub(crate) fn run(options: &Options) -> ExitCode {
    match bench(options) {
        Ok(code) => code,
        Err(error) => {
            let gone = |source| console::is_reader_gone(source);
            if !matches!(&error, BenchError::Request(CurlError::Write(source)) if gone(source)) {
                console::complain(&error);
            }
            error.exit_code()
        }
    }
}

fn bench(options: &Options) -> Result<ExitCode, BenchError> {
    let target = options.request.target()?;
    options.check(&target)?;
    let request = Request::new(options, &target)?;
    let plan = Plan {
        server: locate(&target.address, options.max_time)?,
        protocol: target.protocol,
        request: request.bytes,
        asks_with_head: request.is_head,
        keep: options.keep,
        expected: options.expected(),
        max_time: options.max_time,
    };
    // If it can't be raised, a connection that finds no descriptor says so.
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).ok();
    let result = run::run(options, &plan)?;
    show(options, &target, &result).map_err(CurlError::Write)?;
    let most = result.tally.failures.iter().max_by_key(|&(_, count)| count);
    Ok(most.map_or(ExitCode::SUCCESS, |(kind, _)| ExitCode::from(kind.exit_code())))
}

/// Where the server is: one connection is made and left, as it fails with the reason that
/// `cleanslate curl` would give.
fn locate(address: &Address, max_time: Duration) -> Result<Server, BenchError> {
    let wire = Wire::connect(address, clock::now() + max_time)?;
    let server = match (address, wire.peer()) {
        (Address::Unix(path), _) => Server::Unix(SocketAddrUnix::new(path)?),
        (Address::Abstract(name), _) => {
            Server::Unix(SocketAddrUnix::new_abstract_name(name.as_bytes())?)
        }
        (Address::Tcp { .. }, Some(peer)) => Server::Tcp(peer),
        // It has left already.
        (Address::Tcp { .. }, None) => return Err(rustix::io::Errno::NOTCONN.into()),
    };
    Ok(server)
}

fn show(options: &Options, target: &Target, result: &Figures) -> io::Result<()> {
    let protocol = target.protocol.to_string();
    let path = if options.captured.is_some() { "" } else { target.path.as_deref().unwrap_or("/") };
    let shown = match &target.address {
        Address::Tcp { host, port } => format!("{protocol}://{host}:{port}{path}"),
        Address::Unix(socket) => format!("{protocol}://{} {path}", socket.display()),
        Address::Abstract(name) => format!("{protocol}://@{name}{path}"),
    };
    let setting = Setting {
        target: shown.trim_end(),
        protocol: &protocol,
        keep: options.keep,
        connections: options.connections,
        threads: options.threads,
        rate: options.rate,
    };
    let mut out = io::stdout().lock();
    if options.json {
        writeln!(out, "{}", json::object(&setting, result)?)
    } else {
        report::write(&mut out, &setting, result)
    }
}
