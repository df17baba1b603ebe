//! How an application says what answers which path and method. Knows nothing of how one is found.

use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use super::App;
use crate::app::path::{Limit, Route};
use crate::app::route::is_method;
use crate::app::{Request, RequestHandler, Response, Result};
use crate::context::Context;

impl App {
    /// Answers GET, and HEAD, on a path: `/users/{id}`, `/files/{*path}`; or on a
    /// [`route`](crate::route()) with a deadline of its own.
    #[must_use]
    #[track_caller]
    pub fn get<H>(self, path: impl Into<Route>, handler: H) -> Self
    where
        H: Fn(&mut Context, &Request) -> Result<Response> + Send + Sync + 'static,
    {
        self.route(Some("GET"), path.into(), handler)
    }

    /// Answers POST on a path.
    #[must_use]
    #[track_caller]
    pub fn post<H>(self, path: impl Into<Route>, handler: H) -> Self
    where
        H: Fn(&mut Context, &Request) -> Result<Response> + Send + Sync + 'static,
    {
        self.route(Some("POST"), path.into(), handler)
    }

    /// Answers PUT on a path.
    #[must_use]
    #[track_caller]
    pub fn put<H>(self, path: impl Into<Route>, handler: H) -> Self
    where
        H: Fn(&mut Context, &Request) -> Result<Response> + Send + Sync + 'static,
    {
        self.route(Some("PUT"), path.into(), handler)
    }

    /// Answers DELETE on a path.
    #[must_use]
    #[track_caller]
    pub fn delete<H>(self, path: impl Into<Route>, handler: H) -> Self
    where
        H: Fn(&mut Context, &Request) -> Result<Response> + Send + Sync + 'static,
    {
        self.route(Some("DELETE"), path.into(), handler)
    }

    /// Answers any other method by its name, in upper case.
    #[must_use]
    #[track_caller]
    pub fn method<H>(self, method: &'static str, path: impl Into<Route>, handler: H) -> Self
    where
        H: Fn(&mut Context, &Request) -> Result<Response> + Send + Sync + 'static,
    {
        self.route(Some(method), path.into(), handler)
    }

    /// Answers every method on a path that has no handler of its own.
    #[must_use]
    #[track_caller]
    pub fn any<H>(self, path: impl Into<Route>, handler: H) -> Self
    where
        H: Fn(&mut Context, &Request) -> Result<Response> + Send + Sync + 'static,
    {
        self.route(None, path.into(), handler)
    }

    #[track_caller]
    fn route<H>(mut self, method: Option<&'static str>, route: Route, handler: H) -> Self
    where
        H: Fn(&mut Context, &Request) -> Result<Response> + Send + Sync + 'static,
    {
        let Route { path, limit } = route;
        if !path.starts_with('/') {
            self.mistakes.push(format!("the path {path} doesn't begin with a slash"));
        }
        if path.split('/').any(|part| part.starts_with([':', '<'])) {
            self.mistakes
                .push(format!("the path {path} has a parameter that is not in braces: {{id}}"));
        }
        if method.is_some_and(|method| !is_method(method)) {
            self.mistakes.push(format!("the method of {path} is not in upper case"));
        }
        let name = format!("{} {path}", method.unwrap_or("*"));
        if limit == Some(Limit::Own(Duration::ZERO)) {
            let place = Location::caller();
            self.mistakes
                .push(format!("{name} at {place}: a deadline of 0 s (no_deadline is none)"));
        }
        let job = self.job(name);
        self.limits.extend(limit.map(|limit| (job, limit)));
        let handler: RequestHandler = Arc::new(handler);
        if let Err(mistake) = self.router.add(method, &path, job, handler) {
            self.mistakes.push(mistake.to_string());
        }
        self
    }

    /// Answers uwsgi packets of another kind than requests, as nginx sends them with
    /// `uwsgi_modifier1 n`. The answer is HTTP, as uWSGI's plugins give it. Packets of a kind that
    /// nobody registers are refused with 501; 100 (ping) and 110 (signal) are the server's own.
    #[must_use]
    pub fn modifier<H>(mut self, modifier1: u8, handler: H) -> Self
    where
        H: Fn(&mut Context, &Request) -> Result<Response> + Send + Sync + 'static,
    {
        let job = self.job(format!("modifier {modifier1}"));
        if let Err(mistake) = self.router.add_modifier(modifier1, job, Arc::new(handler)) {
            self.mistakes.push(mistake.to_string());
        }
        self
    }
}
