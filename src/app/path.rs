//! A route's path and its own deadline, as an application says them. Knows no clock and no handler.

use std::time::Duration;

/// A path that a handler answers, and how long it may take there: [`route`].
#[derive(Clone, Debug)]
pub struct Route {
    pub(super) path: String,
    pub(super) limit: Option<Limit>,
}

/// How long the requests of a route may take, where it isn't what `--harakiri` says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Limit {
    Own(Duration),
    /// As long as they like.
    None,
}

/// A path with a deadline of its own. Where a path needs none, a text alone will do.
///
/// ```
/// use std::time::Duration;
/// use cleanslate::{App, Context, Request, Response, Result, route};
///
/// fn report(ctx: &mut Context, _: &Request) -> Result<Response> {
///     Ok(Response::text(format!("{:?} left\n", ctx.time_left())))
/// }
///
/// let app = App::new("reports")
///     .get("/summary", report)
///     .get(route("/report/{year}").deadline(Duration::from_secs(300)), report)
///     .get(route("/price").deadline(Duration::from_millis(200)), report)
///     .post(route("/import").no_deadline(), report);
/// # let _ = app;
/// ```
pub fn route(path: impl Into<String>) -> Route {
    Route { path: path.into(), limit: None }
}

impl Route {
    /// How long a request may take from the moment it is whole, its wait for a thread included: then
    /// it is answered with 504, its queries end, and it commits nothing more. Longer or shorter than
    /// `--harakiri`, which doesn't count for it any more. Zero is a mistake.
    ///
    /// nginx gives up by itself after `uwsgi_read_timeout`, 60 s unless it is set.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.limit = Some(Limit::Own(deadline));
        self
    }

    /// A request may take as long as it likes, whatever `--harakiri` says.
    #[must_use]
    pub fn no_deadline(mut self) -> Self {
        self.limit = Some(Limit::None);
        self
    }
}

impl<T: Into<String>> From<T> for Route {
    fn from(path: T) -> Self {
        route(path)
    }
}
