//! How a job's answer gets to its socket, by the thread that ran the handler. Knows nothing of
//! handlers.

use std::borrow::Cow;
use std::io;
use std::sync::atomic::Ordering;

use cleanslate_proto::response::has_body;

use super::pool::{Phase, Pool};
use super::steps::Steps;
use crate::app::{Body, Error, Framing, Length, Opened, Response};
use crate::clock::http_date;
use crate::context::{Begun, Deliver};
use crate::log::Sent;
use crate::pool::Peer;

/// The answer of one request.
pub(super) struct Answer<'a> {
    pool: &'a Pool,
    seat: usize,
    framing: Framing,
    head_only: bool,
    head: &'a mut Vec<u8>,
    steps: Option<Steps<'a>>,
    /// The connection, once its answer is out and it goes on.
    kept: Option<Peer>,
    sent: Sent,
}

/// A background job has nobody to answer.
pub(crate) struct NoAnswer;

/// nginx's buffer for a head, unless it is told otherwise: a page, which is 4 KiB where it is least.
const NGINX_HEAD: usize = 4_096;
/// Up to here body and head are joined and written at once: a copy is cheaper than a second slice.
const JOINED_MAX: usize = 8 * 1024;

impl<'a> Answer<'a> {
    pub(super) fn new(pool: &'a Pool, seat: usize, peer: &Peer, head: &'a mut Vec<u8>) -> Self {
        let (framing, head_only) = (peer.framing, peer.head_only);
        Self {
            pool,
            seat,
            framing,
            head_only,
            head,
            steps: None,
            kept: None,
            sent: Sent::default(),
        }
    }

    /// The connection, if its answer is out and it goes on; and what the answer was.
    pub(super) fn into_kept(self) -> (Option<Peer>, Sent) {
        (self.kept, self.sent)
    }

    /// Sends an answer that is whole to a socket that is claimed; false when it can't be sent as it
    /// is, and a 500 went out instead.
    pub(super) fn send(&mut self, mut peer: Peer, response: Response) -> bool {
        let length = match response.body() {
            Body::Static(bytes) => Length::Known(bytes.len() as u64),
            Body::Bytes(bytes) => Length::Known(bytes.len() as u64),
            Body::Steps(_) => Length::Open,
        };
        let no_body = self.head_only || !has_body(response.code());
        let Some(opened) = self.encode(&response, length) else {
            self.refuse(peer, 500);
            return false;
        };
        let body = match response.into_body() {
            Body::Static(bytes) if !no_body => Cow::Borrowed(bytes),
            Body::Bytes(bytes) if !no_body => Cow::Owned(bytes),
            _ => Cow::Borrowed(&[][..]),
        };
        peer.answer_with(self.framing);
        self.sent.body = body.len() as u64;
        let rest = if body.len() <= JOINED_MAX {
            self.head.extend_from_slice(&body);
            self.framing.seal(self.head, opened);
            self.framing.encode_end(self.head, if no_body { Length::NoBody } else { length });
            Cow::Borrowed(&[][..])
        } else {
            self.framing.seal(self.head, opened);
            self.framing.frame(body)
        };
        self.kept = self.pool.send(peer, self.head, rest);
        true
    }

    fn refuse(&mut self, mut peer: Peer, status: u16) {
        peer.answer_with(self.framing);
        self.sent = Sent { status, ..Sent::default() };
        self.kept = self.pool.refuse(peer, status);
    }

    /// Writes the head; none when the handler's status or headers can't be sent.
    fn encode(&mut self, response: &Response, length: Length) -> Option<Opened> {
        self.head.clear();
        let status = response.code();
        let length = if has_body(status) { length } else { Length::NoBody };
        let job = || self.pool.job_name(self.seat);
        if !(200..=599).contains(&status) {
            // An interim answer would leave the client waiting for the final one.
            tracing::error!(job = job(), status, "no final status: 500 instead");
            return None;
        }
        self.framing = match self.pool.phase() {
            Phase::Serving => self.framing.with(length),
            // HTTP says so beforehand; FastCGI can't, and its peer may ask again at this moment.
            Phase::Retiring if !matches!(self.framing, Framing::Http { .. }) => {
                self.framing.with(length)
            }
            // The connection ends, and the answer says so.
            Phase::Retiring | Phase::Draining | Phase::Stopped => self.framing.closing(),
        };
        let opened = self.framing.open(self.head);
        let headers = response.headers();
        match self.framing.encode_head(self.head, status, headers, length, http_date) {
            Ok(()) if self.head.len() <= self.pool.answer_head => {
                self.warn_of_large_head();
                let (headers, head) = (response.headers().count(), self.head.len());
                self.sent = Sent { status, headers, head, body: 0 };
                Some(opened)
            }
            Ok(()) => {
                let (size, limit) = (self.head.len(), self.pool.answer_head);
                tracing::error!(
                    job = job(),
                    size,
                    limit,
                    "an answer's head is too large (response-headers-limit): 500 instead"
                );
                None
            }
            Err(error) => {
                tracing::error!(job = job(), %error, "an answer can't be sent as it is: 500 instead");
                None
            }
        }
    }

    /// nginx gives up an answer whose head is larger than its buffer, and says so only in its log.
    fn warn_of_large_head(&self) {
        let size = self.head.len();
        if size > NGINX_HEAD && !matches!(self.framing, Framing::Http { .. }) {
            let job = self.pool.job_name(self.seat);
            if self.pool.large_heads.swap(true, Ordering::Relaxed) {
                return;
            }
            tracing::warn!(
                job,
                size,
                "an answer's head is above 4096 bytes: nginx refuses it (502) unless uwsgi_buffer_size, or its like, is larger; told once"
            );
        }
    }

    fn claim(&mut self) -> Option<Peer> {
        let peer = self.pool.slots[self.seat].claim();
        if peer.is_none() {
            // The deadline has answered already.
            self.pool.counters[self.seat].late.add(1);
            self.sent = Sent { status: 504, ..Sent::default() };
        }
        peer
    }
}

impl Deliver for Answer<'_> {
    fn whole(&mut self, response: Response) -> bool {
        self.claim().is_none_or(|peer| self.send(peer, response))
    }

    fn begin(&mut self, response: &Response) -> Begun<'_> {
        let Some(opened) = self.encode(response, Length::Open) else {
            if let Some(peer) = self.claim() {
                self.refuse(peer, 500);
            }
            return Begun::Refused;
        };
        self.framing.seal(self.head, opened);
        if self.head_only || !has_body(response.code()) {
            if let Some(mut peer) = self.claim() {
                peer.answer_with(self.framing);
                self.framing.encode_end(self.head, Length::NoBody);
                self.kept = self.pool.send(peer, self.head, Cow::Borrowed(&[]));
            }
            return Begun::NoBody;
        }
        let steps = Steps::new(self.pool, self.seat, self.framing, std::mem::take(self.head));
        Begun::Steps(self.steps.insert(steps))
    }

    fn is_gone(&self) -> bool {
        self.steps.as_ref().is_some_and(Steps::is_gone)
    }

    fn end(&mut self, failure: Option<Error>) {
        let Some(mut steps) = self.steps.take() else {
            return;
        };
        if steps.is_late() {
            self.sent = Sent { status: 504, ..Sent::default() };
        } else if !steps.is_unclaimed() {
            self.sent.body = steps.written();
        }
        if !steps.is_unclaimed() {
            self.kept = steps.end(failure.is_some());
            return;
        }
        match failure {
            // Not a byte is out: the failure can still be told.
            Some(error) => {
                let text = error.public().to_owned();
                self.whole(Response::text(text).status(error.status()));
            }
            None => {
                // A peer that has left shows in what the steps note.
                let _ = io::Write::write(&mut steps, &[]);
                self.sent.body = steps.written();
                self.kept = steps.end(false);
            }
        }
    }
}

impl Deliver for NoAnswer {
    fn whole(&mut self, _: Response) -> bool {
        true
    }

    fn begin(&mut self, _: &Response) -> Begun<'_> {
        Begun::NoBody
    }

    fn is_gone(&self) -> bool {
        false
    }

    fn end(&mut self, _: Option<Error>) {}
}
