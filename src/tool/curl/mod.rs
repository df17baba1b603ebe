//! `cleanslate curl`: one request, or several on one connection, and what came back. It must not
//! know how bytes become an answer.

mod error;
mod incoming;
mod options;
mod output;
mod request;
mod request_options;

pub(in crate::tool) use error::CurlError;
pub(in crate::tool) use incoming::Incoming;
pub(crate) use options::Options;
pub(in crate::tool) use options::seconds;
pub(in crate::tool) use request::{encode_http, encode_vars, headers, replace_all};
pub(in crate::tool) use request_options::RequestOptions;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use self::incoming::Head;
use self::output::Output;
use self::request::Request;
use super::target::{Protocol, Target};
use super::wire::{Wait, Wire};
use super::{clock, console};

/// A time so far away that nobody waits for it.
const FOR_EVER: Duration = Duration::from_secs(365 * 24 * 3600);

pub(crate) fn run(options: &Options) -> ExitCode {
    match transfer(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if !matches!(&error, CurlError::Write(source) if console::is_reader_gone(source)) {
                console::complain(&error);
            }
            error.exit_code()
        }
    }
}

/// When something happened.
struct Times {
    start: Instant,
    connected: Instant,
    first_byte: Option<Instant>,
}

fn transfer(options: &Options) -> Result<(), CurlError> {
    let target = options.request.target()?;
    options.check(&target)?;
    let start = clock::now();
    let until = start + options.max_time.unwrap_or(FOR_EVER);
    let body = options.request.body()?;
    let wire = Wire::connect(&target.address, until)?;
    let mut times = Times { start, connected: clock::now(), first_byte: None };
    let request = Request::new(options, &target, body.as_deref(), wire.local())?;
    let mut output = Output::open(options)?;
    let mut incoming = Incoming::new(&wire, target.protocol, until);
    for number in 0..options.keep {
        output.show_request(&request)?;
        let sent = wire.send(&request.bytes, &mut incoming.raw, until);
        if number > 0 && sent == Wait::Closed && incoming.raw.is_empty() {
            return Err(CurlError::NotKept { answers: number });
        }
        incoming.start();
        match answer(options, &target, &mut incoming, &mut output, &mut times) {
            Err(CurlError::Empty) if number > 0 => {
                return Err(CurlError::NotKept { answers: number });
            }
            outcome => outcome?,
        }
    }
    output.finish()?;
    if options.timing {
        show_times(&times);
    }
    Ok(())
}

/// Reads one answer to its end, and writes what was asked for.
fn answer(
    options: &Options,
    target: &Target,
    incoming: &mut Incoming<'_>,
    output: &mut Output,
    times: &mut Times,
) -> Result<(), CurlError> {
    if incoming.raw.is_empty() {
        incoming.more()?;
    }
    times.first_byte.get_or_insert_with(clock::now);
    if target.protocol == Protocol::Uwsgi
        && let Some((head, content)) = incoming.packet()?
    {
        return output.show_packet(head, &content);
    }
    let head = loop {
        let head = incoming.head()?;
        output.show_head(&head)?;
        // What comes before the answer is about the body: 100 says that it is wanted.
        if head.status >= 200 || target.protocol != Protocol::Http {
            break head;
        }
    };
    let Head { status, .. } = head;
    let fails = options.fail && status >= 400;
    let mut framing = head.framing(options.method(), target.protocol);
    let mut piece = Vec::new();
    while incoming.body(&mut framing, &mut piece)? {
        if !fails {
            output.write(&piece)?;
        }
        piece.clear();
    }
    incoming.finish()?;
    if fails { Err(CurlError::Status(status)) } else { Ok(()) }
}

fn show_times(times: &Times) {
    let since = |then: Instant| then.duration_since(times.start).as_secs_f64() * 1_000.0;
    let first_byte = times.first_byte.map_or(0.0, since);
    let (connected, total) = (since(times.connected), since(clock::now()));
    console::complain(format_args!(
        "connect {connected:.3} ms, first byte {first_byte:.3} ms, total {total:.3} ms"
    ));
}
