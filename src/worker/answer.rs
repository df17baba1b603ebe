//! How a job's answer gets to its socket, by the thread that ran the handler. Knows nothing of
//! handlers.

use std::borrow::Cow;
use std::io;

use cleanslate_proto::http::{self, BodyLength, Persistence};
use cleanslate_proto::response::{Length, encode_head, has_body};

use super::pool::Pool;
use super::steps::Steps;
use crate::app::{Body, Error, Protocol, Request, Response};
use crate::context::{Begun, Deliver};
use crate::pool::Peer;

/// The answer of one request.
pub(super) struct Answer<'a> {
    pool: &'a Pool,
    thread: usize,
    protocol: Protocol,
    head_only: bool,
    head: &'a mut Vec<u8>,
    steps: Option<Steps<'a>>,
}

/// A background job has nobody to answer.
pub(crate) struct NoAnswer;

/// Up to here body and head are joined and written at once: a copy is cheaper than a second slice.
const JOINED_MAX: usize = 8 * 1024;

impl<'a> Answer<'a> {
    pub(super) fn new(
        pool: &'a Pool,
        thread: usize,
        request: &Request,
        head: &'a mut Vec<u8>,
    ) -> Self {
        let (protocol, head_only) = (request.protocol(), request.method() == "HEAD");
        Self { pool, thread, protocol, head_only, head, steps: None }
    }

    /// Sends an answer that is whole to a socket that is claimed; false when it can't be sent as it
    /// is, and a 500 went out instead.
    pub(super) fn send(&mut self, peer: Peer, response: Response) -> bool {
        let length = match response.body() {
            Body::Static(bytes) => Length::Known(bytes.len() as u64),
            Body::Bytes(bytes) => Length::Known(bytes.len() as u64),
            Body::Steps(_) => Length::UntilClose,
        };
        let no_body = self.head_only || !has_body(response.code());
        if !self.encode(&response, length) {
            self.pool.refuse(peer, 500);
            return false;
        }
        let body = match response.into_body() {
            Body::Static(bytes) if !no_body => Cow::Borrowed(bytes),
            Body::Bytes(bytes) if !no_body => Cow::Owned(bytes),
            _ => Cow::Borrowed(&[][..]),
        };
        if body.len() <= JOINED_MAX {
            self.head.extend_from_slice(&body);
            self.pool.send(peer, self.head, Cow::Borrowed(&[]));
        } else {
            self.pool.send(peer, self.head, body);
        }
        true
    }

    /// Writes the head; false when the handler's status or headers can't be sent.
    fn encode(&mut self, response: &Response, length: Length) -> bool {
        self.head.clear();
        let status = response.code();
        let length = if has_body(status) { length } else { Length::NoBody };
        let job = || self.pool.job_name(self.thread);
        if !(200..=599).contains(&status) {
            // An interim answer would leave the client waiting for the final one.
            tracing::error!(job = job(), status, "no final status: 500 instead");
            return false;
        }
        let encoded = match self.protocol {
            Protocol::Http => {
                let length = match length {
                    Length::Known(size) => BodyLength::Known(size),
                    Length::UntilClose | Length::NoBody => BodyLength::Unsaid,
                };
                let persistence = Persistence::Close;
                http::encode_head(self.head, status, response.headers(), length, persistence)
            }
            Protocol::Uwsgi | Protocol::Scgi => {
                encode_head(self.head, status, response.headers(), length)
            }
        };
        match encoded {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(job = job(), %error, "an answer can't be sent as it is: 500 instead");
                false
            }
        }
    }

    fn claim(&self) -> Option<Peer> {
        let peer = self.pool.slots[self.thread].claim();
        if peer.is_none() {
            // The deadline has answered already.
            self.pool.counters[self.thread].late.add();
        }
        peer
    }
}

impl Deliver for Answer<'_> {
    fn whole(&mut self, response: Response) -> bool {
        self.claim().is_none_or(|peer| self.send(peer, response))
    }

    fn begin(&mut self, response: &Response) -> Begun<'_> {
        if !self.encode(response, Length::UntilClose) {
            if let Some(peer) = self.claim() {
                self.pool.refuse(peer, 500);
            }
            return Begun::Refused;
        }
        if self.head_only || !has_body(response.code()) {
            if let Some(peer) = self.claim() {
                self.pool.send(peer, self.head, Cow::Borrowed(&[]));
            }
            return Begun::NoBody;
        }
        let steps = Steps::new(self.pool, self.thread, std::mem::take(self.head));
        Begun::Steps(self.steps.insert(steps))
    }

    fn is_gone(&self) -> bool {
        self.steps.as_ref().is_some_and(Steps::is_gone)
    }

    fn end(&mut self, failure: Option<Error>) {
        let Some(mut steps) = self.steps.take() else {
            return;
        };
        if !steps.is_unclaimed() {
            steps.end(failure.is_some());
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
                steps.end(false);
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
