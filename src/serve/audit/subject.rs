//! What is audited: a handler, and how it is called. Knows nothing of what is measured.

use std::io;
use std::time::{Duration, Instant};

use cleanslate_proto::fastcgi::Capacity;
use cleanslate_proto::limits::Limits;
use cleanslate_proto::step::Step;
use cleanslate_proto::uwsgi::{self, Modifiers};

use crate::app::{Error, JobName, Packet, PacketLimits, Protocol, Request, Response, Routed};
use crate::clock::now;
use crate::context::{Begun, Call, Context, Deliver, Ended, Keeper, Ran, Surroundings};
use crate::worker::NoAnswer;

/// A handler and what it is called with.
pub(super) struct Subject {
    pub(super) job: JobName,
    pub(super) name: String,
    kind: Kind,
}

enum Kind {
    /// The place of a signal among the application's.
    Signal(usize),
    /// A request's packet.
    Request(Vec<u8>),
}

/// How one run went.
#[derive(Clone, Copy)]
pub(super) struct Run {
    pub(super) is_done: bool,
    pub(super) took: Duration,
}

/// Every signal's handler, and what these lines ask for: `GET /users/7`, or `POST /users name=Ada`.
///
/// # Errors
/// A line that no route answers.
pub(super) fn all(surroundings: &Surroundings, lines: &[String]) -> Result<Vec<Subject>, String> {
    let application = &surroundings.application;
    let signals = application.signals.iter().enumerate().map(|(place, signal)| Subject {
        job: signal.job,
        name: application.job_name(signal.job).to_owned(),
        kind: Kind::Signal(place),
    });
    let routes = lines.iter().map(|line| {
        let packet = encode(line).ok_or_else(|| {
            format!("--request {line}: give a method and a path, as in --request 'GET /users/7'")
        })?;
        let mut request = request(&packet)?;
        match application.router.route(&mut request) {
            Routed::Handler { job, .. } => {
                Ok(Subject { job, name: line.clone(), kind: Kind::Request(packet) })
            }
            _ => Err(format!("--request {line}: nothing is routed there")),
        }
    });
    signals.map(Ok).chain(routes).collect()
}

impl Subject {
    /// Runs it once, on a context as the pool's threads have them.
    pub(super) fn run(&self, surroundings: &Surroundings, keeper: &mut Keeper) -> Run {
        let application = &surroundings.application;
        let started = now();
        let ended = match &self.kind {
            Kind::Signal(place) => {
                let signal = &application.signals[*place];
                let call = Call::Background { job: signal.job, handler: &signal.handler };
                Some(Context::run(keeper, &call, &mut NoAnswer))
            }
            Kind::Request(packet) => request(packet).ok().and_then(|mut request| {
                let Routed::Handler { job, handler } = application.router.route(&mut request)
                else {
                    return None;
                };
                let processors = &application.processors;
                let call = Call::Request { job, request: &request, processors, handler };
                Some(Context::run(keeper, &call, &mut Discard(io::sink())))
            }),
        };
        let is_done = ended.is_some_and(|Ran { ended, .. }| ended == Ended::Done);
        Run { is_done, took: took(started) }
    }
}

fn took(started: Instant) -> Duration {
    now().saturating_duration_since(started)
}

/// An answer that nobody reads; its steps are run as if someone did.
struct Discard(io::Sink);

impl Deliver for Discard {
    fn whole(&mut self, _: Response) -> bool {
        true
    }

    fn begin(&mut self, _: &Response) -> Begun<'_> {
        Begun::Steps(&mut self.0)
    }

    fn is_gone(&self) -> bool {
        false
    }

    fn end(&mut self, _: Option<Error>) {}
}

/// The packet that nginx would send for a line.
fn encode(line: &str) -> Option<Vec<u8>> {
    let mut words = line.splitn(3, ' ');
    let (method, uri) = (words.next()?, words.next()?);
    let body = words.next().unwrap_or_default();
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    if !path.starts_with('/') {
        return None;
    }
    let length = body.len().to_string();
    let vars = [
        ("REQUEST_METHOD", method),
        ("REQUEST_URI", uri),
        ("PATH_INFO", path),
        ("QUERY_STRING", query),
        ("CONTENT_TYPE", if body.is_empty() { "" } else { "application/x-www-form-urlencoded" }),
        ("CONTENT_LENGTH", &length),
        ("SERVER_PROTOCOL", "HTTP/1.1"),
        ("HTTP_HOST", "localhost"),
        ("REMOTE_ADDR", "127.0.0.1"),
    ];
    let vars = vars.map(|(name, value)| (name.as_bytes(), value.as_bytes()));
    let mut packet = Vec::new();
    uwsgi::encode(&mut packet, 0, 0, vars).ok()?;
    packet.extend_from_slice(body.as_bytes());
    Some(packet)
}

fn request(packet: &[u8]) -> Result<Request, String> {
    let limits = PacketLimits {
        wire: Limits::default(),
        memory: usize::MAX,
        modifiers: Modifiers::REQUESTS,
        capacity: Capacity { connections: 1, requests: 1 },
    };
    let mut received = Packet::new(Protocol::Uwsgi, &limits);
    match received.receive(packet, &limits).0 {
        Ok(Step::Ready) => Ok(Request::new(received)),
        Ok(Step::NeedMore) => Err("a request is cut short".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
