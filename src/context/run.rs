//! The one door to handlers: whatever starts one, it passes here. Knows nothing of sockets; the
//! answer goes to a [`Deliver`].

use std::fmt::Display;
use std::io;
use std::time::{Duration, Instant};

use super::db::Reasons;
use super::lease::Lease;
use super::panics::{Panicked, caught};
use super::{Context, Keeper, Reason};
use crate::app::{
    BackgroundHandler, Body, Error, JobName, Next, Processor, Reason as ErrorReason, Request,
    RequestHandler, Response, Result, Writer,
};
use crate::clock::now;
use crate::ledger::heap::Owner;

/// What is to be run.
pub(crate) enum Call<'a> {
    Request {
        job: JobName,
        request: &'a Request,
        processors: &'a [Processor],
        handler: &'a RequestHandler,
    },
    Background {
        job: JobName,
        handler: &'a BackgroundHandler,
    },
}

/// Where an answer goes.
pub(crate) trait Deliver {
    /// Sends an answer whose body is there; false when it can't be sent as it is.
    fn whole(&mut self, response: Response) -> bool;
    /// Starts an answer that is written step by step.
    fn begin(&mut self, response: &Response) -> Begun<'_>;
    /// Whether the peer has left, so that an error in writing is its doing.
    fn is_gone(&self) -> bool;
    /// The last step is written; or, with an error, there will be no more.
    fn end(&mut self, failure: Option<Error>);
}

/// What became of the start of an answer that is written step by step.
pub(crate) enum Begun<'a> {
    Steps(&'a mut dyn io::Write),
    /// Nobody wants its body: it is out.
    NoBody,
    /// It can't be sent as it is, and a 500 went out instead.
    Refused,
}

/// How a job ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Ended {
    Done,
    Failed,
    Panicked,
}

/// What became of a job.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ran {
    pub(crate) ended: Ended,
    /// When its handler returned; what comes after is its answer and its reset.
    pub(crate) handled_at: Instant,
    /// How long it was in its database, if it has asked it.
    pub(crate) database: Option<Duration>,
}

impl Context {
    /// Runs a job on the thread's context, delivers its answer, and cleans up after it.
    pub(crate) fn run(keeper: &mut Keeper, call: &Call<'_>, answer: &mut dyn Deliver) -> Ran {
        let (Call::Request { job, .. } | Call::Background { job, .. }) = *call;
        let _owner = Owner::enter(job);
        let mut lease = keeper.lease(job);
        let outcome = caught(|| call.handle(&mut lease.context));
        let handled_at = now();
        lease.context.look();
        let (response, mut ended) = lease.judge(call, outcome);
        if let Some(response) = response {
            ended = ended.worse(lease.deliver(call, response, answer));
        }
        let database = lease.context.time_in_database();
        let panicked = ended == Ended::Panicked;
        lease.finish(if panicked { Reasons::of(Reason::Panic) } else { Reasons::NONE });
        Ran { ended, handled_at, database }
    }
}

impl Call<'_> {
    /// What tells this request from others, in nginx's log as well.
    fn request_id(&self) -> Option<&str> {
        match self {
            Self::Request { request, .. } => Some(request.id()),
            Self::Background { .. } => None,
        }
    }

    fn handle(&self, context: &mut Context) -> Result<Option<Response>> {
        match self {
            Self::Background { handler, .. } => handler(context).map(|()| None),
            Self::Request { request, processors, handler, .. } => {
                Next::new(processors, handler).run(context, request).map(Some)
            }
        }
    }
}

impl Lease<'_> {
    /// The answer that an outcome calls for, its failure logged.
    fn judge(
        &mut self,
        call: &Call<'_>,
        outcome: Result<Result<Option<Response>>, Panicked>,
    ) -> (Option<Response>, Ended) {
        match outcome {
            Ok(Ok(response)) => (response, Ended::Done),
            // Nobody will be told of it: whatever its status, it is a failure.
            Ok(Err(error)) if matches!(call, Call::Background { .. }) => {
                self.log(call, &ErrorReason(&error));
                (None, Ended::Failed)
            }
            Ok(Err(error)) => {
                if error.is_logged() {
                    self.log(call, &error);
                }
                let ended = if error.status() >= 500 { Ended::Failed } else { Ended::Done };
                (Some(Response::text(error.public().to_owned()).status(error.status())), ended)
            }
            Err(panicked) => {
                self.log_panic(call, &panicked);
                (Some(Response::text("500 Internal Server Error\n").status(500)), Ended::Panicked)
            }
        }
    }

    fn deliver(&mut self, call: &Call<'_>, response: Response, answer: &mut dyn Deliver) -> Ended {
        if !matches!(response.body(), Body::Steps(_)) {
            return if answer.whole(response) { Ended::Done } else { Ended::Failed };
        }
        let out = match answer.begin(&response) {
            Begun::Steps(out) => out,
            Begun::NoBody => return Ended::Done,
            Begun::Refused => return Ended::Failed,
        };
        let Body::Steps(steps) = response.into_body() else {
            return Ended::Done;
        };
        let context = &mut self.context;
        let outcome = caught(|| steps(context, &mut Writer::new(out)));
        self.context.look();
        match outcome {
            Ok(Ok(())) => {
                answer.end(None);
                Ended::Done
            }
            // A peer that leaves is counted where it is noticed; it is no failure of the job.
            Ok(Err(_)) if answer.is_gone() => {
                answer.end(None);
                Ended::Done
            }
            Ok(Err(error)) => {
                self.log(call, &error);
                answer.end(Some(error));
                Ended::Failed
            }
            Err(panicked) => {
                self.log_panic(call, &panicked);
                answer.end(Some(Error::new(500, "500 Internal Server Error\n")));
                Ended::Panicked
            }
        }
    }

    fn log(&mut self, call: &Call<'_>, error: &dyn Display) {
        let sql = self.context.interrupted_sql();
        if let Some(left_out) = self.may_log() {
            let (job, request_id) = (self.context.job_name(), call.request_id());
            tracing::error!(job, %error, sql, request_id, left_out, "a job failed");
        }
    }

    fn log_panic(&mut self, call: &Call<'_>, Panicked { message, place }: &Panicked) {
        if let Some(left_out) = self.may_log() {
            let (job, request_id) = (self.context.job_name(), call.request_id());
            let panic = message;
            tracing::error!(job, place, panic, request_id, left_out, "a handler panicked");
        }
    }
}

impl Ended {
    fn worse(self, other: Self) -> Self {
        match (self, other) {
            (Self::Panicked, _) | (_, Self::Panicked) => Self::Panicked,
            (Self::Failed, _) | (_, Self::Failed) => Self::Failed,
            (Self::Done, Self::Done) => Self::Done,
        }
    }
}
