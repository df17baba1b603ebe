//! The shapes of what an application hands over: handlers and processors. Knows nothing of who
//! calls them.

use std::sync::Arc;

use super::{Request, Response, Result};
use crate::context::Context;

/// Answers a request.
pub(crate) type RequestHandler =
    Arc<dyn Fn(&mut Context, &Request) -> Result<Response> + Send + Sync>;

/// Does a tick's work, or a hook's.
pub(crate) type BackgroundHandler = Arc<dyn Fn(&mut Context) -> Result<()> + Send + Sync>;

/// Wraps every request handler.
pub(crate) type Processor =
    Arc<dyn Fn(&mut Context, &Request, Next<'_>) -> Result<Response> + Send + Sync>;

/// What is left to run inside a processor: the processors after it, then the handler.
///
/// A processor that never calls [`Next::run`] answers in the handler's place.
pub struct Next<'a> {
    rest: &'a [Processor],
    handler: &'a RequestHandler,
}

impl<'a> Next<'a> {
    pub(crate) fn new(rest: &'a [Processor], handler: &'a RequestHandler) -> Self {
        Self { rest, handler }
    }

    /// Runs the rest and gives back its answer.
    ///
    /// # Errors
    /// Whatever the handler, or a processor after this one, returns.
    pub fn run(self, ctx: &mut Context, request: &Request) -> Result<Response> {
        match self.rest.split_first() {
            Some((first, rest)) => first(ctx, request, Self { rest, handler: self.handler }),
            None => (self.handler)(ctx, request),
        }
    }
}
