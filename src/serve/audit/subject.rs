//! What is audited: a handler, and how it is called. Knows nothing of what is measured.

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use cleanslate_proto::fastcgi::Capacity;
use cleanslate_proto::limits::Limits;
use cleanslate_proto::step::Step;
use cleanslate_proto::uwsgi;

use super::recorded::{self, Asked};
use crate::app::{
    Application, Error, JobName, PacketLimits, Parcel, Protocol, Request, Response, Routed,
};
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
    /// Of its answer, if there is one.
    pub(super) status: Option<u16>,
}

/// Every signal's handler, what these lines ask for (`GET /users/7`, or `POST /users name=Ada`), and
/// captured requests.
///
/// # Errors
/// A request that no route answers, or a file that holds none.
pub(super) fn all(
    surroundings: &Surroundings,
    lines: &[String],
    recorded: &[PathBuf],
) -> Result<Vec<Subject>, String> {
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
        of_request(application, line.clone(), packet)
            .map_err(|why| format!("--request {line}: {why}"))
    });
    let recorded = recorded::all(recorded).map_err(|error| error.to_string())?.into_iter();
    let recorded = recorded.map(|Asked { name, packet }| {
        of_request(application, name.clone(), packet)
            .map_err(|why| format!("--recorded {name}: {why}"))
    });
    signals.map(Ok).chain(routes).chain(recorded).collect()
}

/// The subject that a packet leads to.
fn of_request(application: &Application, name: String, packet: Vec<u8>) -> Result<Subject, String> {
    let mut request = request(application, &packet)?;
    match application.router.route(&mut request) {
        Routed::Handler { job, .. } => Ok(Subject { job, name, kind: Kind::Request(packet) }),
        _ => Err("nothing is routed there".to_owned()),
    }
}

impl Subject {
    /// Runs it once, on a context as the pool's threads have them.
    pub(super) fn run(&self, surroundings: &Surroundings, keeper: &mut Keeper) -> Run {
        let application = &surroundings.application;
        let started = now();
        let mut answer = Discard { out: io::sink(), status: None };
        let ended = match &self.kind {
            Kind::Signal(place) => {
                let signal = &application.signals[*place];
                let call = Call::Background { job: signal.job, handler: &signal.handler };
                Some(Context::run(keeper, &call, &mut NoAnswer))
            }
            Kind::Request(packet) => request(application, packet).ok().and_then(|mut request| {
                let Routed::Handler { job, handler } = application.router.route(&mut request)
                else {
                    return None;
                };
                let processors = &application.processors;
                let call = Call::Request { job, request: &request, processors, handler };
                Some(Context::run(keeper, &call, &mut answer))
            }),
        };
        let is_done = ended.is_some_and(|Ran { ended, .. }| ended == Ended::Done);
        Run { is_done, took: took(started), status: answer.status }
    }
}

fn took(started: Instant) -> Duration {
    now().saturating_duration_since(started)
}

/// An answer that nobody reads; its steps are run as if someone did.
struct Discard {
    out: io::Sink,
    status: Option<u16>,
}

impl Deliver for Discard {
    fn whole(&mut self, response: Response) -> bool {
        self.status = Some(response.code());
        true
    }

    fn begin(&mut self, response: &Response) -> Begun<'_> {
        self.status = Some(response.code());
        Begun::Steps(&mut self.out)
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

fn request(application: &Application, packet: &[u8]) -> Result<Request, String> {
    let limits = PacketLimits {
        wire: Limits::default(),
        memory: usize::MAX,
        modifiers: application.modifiers(false),
        capacity: Capacity { connections: 1, requests: 1 },
    };
    let mut received = Parcel::new(Protocol::Uwsgi, &limits);
    match received.receive(packet, &limits).0 {
        Ok(Step::Ready) => Ok(Request::new(received)),
        Ok(Step::NeedMore) => Err("a request is cut short".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
