//! Which handler answers a path and a method. Knows nothing of what handlers do.

use std::collections::BTreeMap;
use std::ops::Range;

use cleanslate_proto::{request, uwsgi};

use super::{JobName, Packet, Request, RequestHandler, Response};

/// All routes of an application.
#[derive(Default)]
pub(crate) struct Router {
    paths: matchit::Router<usize>,
    entries: Vec<Entry>,
    /// What answers uwsgi packets of other kinds, by modifier1.
    modifiers: BTreeMap<u8, (JobName, RequestHandler)>,
}

/// One path and what answers each method there.
struct Entry {
    pattern: String,
    param_names: &'static [&'static str],
    methods: Vec<Method>,
}

struct Method {
    /// None answers every method that has no handler of its own.
    name: Option<&'static str>,
    job: JobName,
    handler: RequestHandler,
}

/// What a request's path and method lead to.
pub(crate) enum Routed<'r> {
    Handler {
        job: JobName,
        handler: &'r RequestHandler,
    },
    /// 404 or 405, answered without a handler.
    Refused(Response),
    /// Somebody asks whether the pool is alive.
    Ping,
    /// Somebody raises a signal from outside.
    Signal(u8),
}

/// Why a route can't be added.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RouteError {
    #[error("{method} {pattern} is already routed")]
    Twice { method: &'static str, pattern: String },
    #[error("modifier {modifier1} {why}")]
    Modifier { modifier1: u8, why: &'static str },
    #[error("the path {pattern} can't be routed: {reason}")]
    Path { pattern: String, reason: matchit::InsertError },
}

impl Router {
    /// Adds a route; no method means all that have none of their own.
    pub(crate) fn add(
        &mut self,
        name: Option<&'static str>,
        pattern: &str,
        job: JobName,
        handler: RequestHandler,
    ) -> Result<(), RouteError> {
        let at = match self.entries.iter().position(|entry| entry.pattern == pattern) {
            Some(at) => at,
            None => self.insert(pattern)?,
        };
        let methods = &mut self.entries[at].methods;
        if methods.iter().any(|method| method.name == name) {
            let method = name.unwrap_or("any method of");
            return Err(RouteError::Twice { method, pattern: pattern.to_owned() });
        }
        methods.push(Method { name, job, handler });
        Ok(())
    }

    /// Adds a handler for uwsgi packets of another kind than requests.
    pub(crate) fn add_modifier(
        &mut self,
        modifier1: u8,
        job: JobName,
        handler: RequestHandler,
    ) -> Result<(), RouteError> {
        let why = match modifier1 {
            uwsgi::REQUEST => "is that of requests, which have routes",
            uwsgi::PING | uwsgi::SIGNAL => "is the server's own",
            _ if self.modifiers.contains_key(&modifier1) => "has two handlers",
            _ => {
                self.modifiers.insert(modifier1, (job, handler));
                return Ok(());
            }
        };
        Err(RouteError::Modifier { modifier1, why })
    }

    /// Those that have a handler.
    pub(crate) fn modifiers(&self) -> impl Iterator<Item = u8> {
        self.modifiers.keys().copied()
    }

    fn insert(&mut self, pattern: &str) -> Result<usize, RouteError> {
        let at = self.entries.len();
        self.paths
            .insert(pattern, at)
            .map_err(|reason| RouteError::Path { pattern: pattern.to_owned(), reason })?;
        self.entries.push(Entry {
            pattern: pattern.to_owned(),
            param_names: param_names(pattern),
            methods: Vec::new(),
        });
        Ok(at)
    }

    /// What a uwsgi packet leads to that is no request as others are.
    fn route_packet(&self, modifier1: u8, modifier2: u8) -> Routed<'_> {
        match (modifier1, self.modifiers.get(&modifier1)) {
            (uwsgi::PING, _) => Routed::Ping,
            (uwsgi::SIGNAL, _) => Routed::Signal(modifier2),
            (_, Some((job, handler))) => Routed::Handler { job: *job, handler },
            (_, None) => Routed::Refused(text(501, "Not Implemented\n")),
        }
    }

    /// The job that a request leads to which still waits, if it comes to one.
    pub(crate) fn job_of(&self, packet: &Packet) -> Option<JobName> {
        let (modifier1, _) = packet.modifiers().unwrap_or_default();
        if modifier1 != uwsgi::REQUEST {
            return self.modifiers.get(&modifier1).map(|(job, _)| *job);
        }
        let path = std::str::from_utf8(request::path(packet.vars())).ok()?;
        let method = std::str::from_utf8(packet.vars().get(b"REQUEST_METHOD")?).ok()?;
        let entry = &self.entries[*self.paths.at(path).ok()?.value];
        entry.method(method).map(|method| method.job)
    }

    /// Finds the handler and notes the path's parameters in the request.
    pub(crate) fn route(&self, request: &mut Request) -> Routed<'_> {
        let (modifier1, modifier2) = request.modifiers();
        if modifier1 != uwsgi::REQUEST {
            return self.route_packet(modifier1, modifier2);
        }
        // A method that is not upper case is none, on any path.
        let method = request.method();
        if !is_method(method) {
            return Routed::Refused(text(405, "Method Not Allowed\n"));
        }
        let path = request.path();
        let Ok(found) = self.paths.at(path) else {
            return Routed::Refused(text(404, "Not Found\n"));
        };
        let entry = &self.entries[*found.value];
        let params: Vec<Range<usize>> = found
            .params
            .iter()
            .map(|(_, value)| {
                // The value is a part of the path: its place there is all that is kept.
                let start = value.as_ptr() as usize - path.as_ptr() as usize;
                start..start + value.len()
            })
            .collect();
        match entry.method(method) {
            Some(method) => {
                if !params.is_empty() {
                    request.set_params(entry.param_names, params);
                }
                Routed::Handler { job: method.job, handler: &method.handler }
            }
            None => {
                Routed::Refused(text(405, "Method Not Allowed\n").header("Allow", entry.allowed()))
            }
        }
    }
}

impl Entry {
    /// HEAD works wherever GET does.
    fn method(&self, name: &str) -> Option<&Method> {
        let find = |wanted: Option<&str>| self.methods.iter().find(|method| method.name == wanted);
        find(Some(name))
            .or_else(|| if name == "HEAD" { find(Some("GET")) } else { None })
            .or_else(|| find(None))
    }

    fn allowed(&self) -> String {
        let mut names: Vec<&str> = self.methods.iter().filter_map(|method| method.name).collect();
        if names.contains(&"GET") && !names.contains(&"HEAD") {
            names.push("HEAD");
        }
        names.join(", ")
    }
}

/// Whether this is a method as HTTP has them: upper case, perhaps with a hyphen (`M-SEARCH`).
pub(crate) fn is_method(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-')
}

fn text(status: u16, body: &'static str) -> Response {
    Response::fixed("text/plain; charset=utf-8", body.as_bytes()).status(status)
}

/// The names in braces, in order: `{id}` and the rest of a path, `{*rest}`.
///
/// Routes live as long as the program, so their names are never freed: a request that counted
/// references to them would share a cache line with all others.
fn param_names(pattern: &str) -> &'static [&'static str] {
    // Doubled braces are braces.
    let pattern = pattern.replace("{{", "");
    let names = pattern.split('{').skip(1).filter_map(|part| part.split('}').next());
    let names = names.map(|name| &*name.trim_start_matches('*').to_owned().leak());
    names.collect::<Vec<&'static str>>().leak()
}
