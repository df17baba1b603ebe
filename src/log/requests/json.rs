//! A request as a JSON object, escaped by a serializer. Knows nothing of where lines go.

use std::borrow::Cow;

use jiff::Zoned;
use serde::Serialize;

use super::Line;

#[derive(Serialize)]
struct Object<'a> {
    time: String,
    id: &'a str,
    job: Option<&'a str>,
    method: Cow<'a, str>,
    uri: Cow<'a, str>,
    protocol: Cow<'a, str>,
    host: Cow<'a, str>,
    address: Cow<'a, str>,
    user: Cow<'a, str>,
    referer: Cow<'a, str>,
    agent: Cow<'a, str>,
    status: u16,
    request_bytes: u64,
    head_bytes: usize,
    body_bytes: u64,
    micros: u64,
    worker: usize,
    thread: usize,
}

pub(super) fn write(out: &mut Vec<u8>, line: &Line<'_>, time: &Zoned) {
    let vars = line.request.vars();
    let text = |name: &str| String::from_utf8_lossy(vars.get(name.as_bytes()).unwrap_or_default());
    let object = Object {
        time: time.timestamp().to_string(),
        id: line.request.id(),
        job: line.job,
        method: text("REQUEST_METHOD"),
        uri: text("REQUEST_URI"),
        protocol: text("SERVER_PROTOCOL"),
        host: text("HTTP_HOST"),
        address: text("REMOTE_ADDR"),
        user: text("REMOTE_USER"),
        referer: text("HTTP_REFERER"),
        agent: text("HTTP_USER_AGENT"),
        status: line.sent.status,
        request_bytes: text("CONTENT_LENGTH").parse().unwrap_or_default(),
        head_bytes: line.sent.head,
        body_bytes: line.sent.body,
        micros: u64::try_from(line.took.as_micros()).unwrap_or(u64::MAX),
        worker: line.worker,
        thread: line.thread,
    };
    // Texts and numbers can always be written.
    let _ = serde_json::to_writer(out, &object);
}
