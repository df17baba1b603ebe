//! The copy of a request that is kept: without secrets, and as large as it may be. Knows nothing of
//! how it is written down.

use std::io::Read;

use jiff::Timestamp;

use super::redact::Redactor;
use super::{Capture, Went, Why};
use crate::app::{Protocol, Request};

/// The copy.
pub(super) struct Record {
    pub(super) job: String,
    pub(super) why: Why,
    pub(super) went: Went,
    /// When its answer was out.
    pub(super) ended_at: Timestamp,
    pub(super) request_id: String,
    pub(super) protocol: Protocol,
    pub(super) modifiers: (u8, u8),
    /// The names whose values are not kept.
    pub(super) redacted: Vec<String>,
    pub(super) method: String,
    pub(super) vars: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) body: Vec<u8>,
    /// Of the whole body, in bytes.
    pub(super) body_size: u64,
    /// Whether `body` is not all of it.
    pub(super) is_cut: bool,
}

impl Record {
    pub(super) fn of(
        request: &Request,
        job: &str,
        went: &Went,
        why: Why,
        ended_at: Timestamp,
        capture: &Capture,
    ) -> Self {
        let mut redactor = Redactor::new(&capture.names);
        let vars = request.vars().iter();
        let vars = vars.map(|(name, value)| (name.to_vec(), redactor.var(name, value))).collect();
        let (kept, body_size) = (body(request, capture.body_max), request.body().len());
        let is_cut = (kept.len() as u64) < body_size;
        let body = redactor.body(request.media_type(), kept);
        Self {
            job: job.to_owned(),
            why,
            went: *went,
            ended_at,
            request_id: request.id().to_owned(),
            protocol: request.protocol(),
            modifiers: request.modifiers(),
            redacted: redactor.into_names(),
            method: request.method().to_owned(),
            vars,
            body,
            body_size,
            is_cut,
        }
    }
}

/// The start of the body. One in a file is read back from there: it was written a moment ago.
fn body(request: &Request, most: usize) -> Vec<u8> {
    let size = request.body().len().min(most as u64);
    let mut body = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    // What can't be read is as if it were cut off.
    let _ = request.body().reader().take(size).read_to_end(&mut body);
    body
}
