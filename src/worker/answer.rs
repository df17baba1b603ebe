//! How a job's answer gets to its socket, by the thread that ran the handler. Knows nothing of
//! handlers.

use std::io;
use std::sync::atomic::Ordering;

use cleanslate_proto::response::{Length, encode_head, has_body};

use super::pool::Pool;
use crate::app::{Body, Error, Response};
use crate::context::Deliver;
use crate::net::Outgoing;
use crate::pool::Peer;

/// The answer of one request.
pub(super) struct Answer<'a> {
    pool: &'a Pool,
    thread: usize,
    head_only: bool,
    head: &'a mut Vec<u8>,
    steps: Option<Steps<'a>>,
}

/// An answer that is being written step by step.
struct Steps<'a> {
    pool: &'a Pool,
    thread: usize,
    /// The head, until the first step takes it along.
    head: Vec<u8>,
    /// The socket, claimed at the first step; none before, and none after the peer has left.
    peer: Option<Peer>,
    begun: bool,
    gone: bool,
    outgoing: Outgoing,
}

/// A background job has nobody to answer.
pub(super) struct NoAnswer;

/// Up to here body and head are joined and written at once: a copy is cheaper than a second slice.
const JOINED_MAX: usize = 8 * 1024;

impl<'a> Answer<'a> {
    pub(super) fn new(
        pool: &'a Pool,
        thread: usize,
        head_only: bool,
        head: &'a mut Vec<u8>,
    ) -> Self {
        head.clear();
        Self { pool, thread, head_only, head, steps: None }
    }

    /// Sends an answer that is whole to a socket that is claimed.
    pub(super) fn send(&mut self, peer: Peer, response: Response) {
        if !self.encode(&response) {
            self.pool.refuse(peer, 500);
            return;
        }
        let body = match response.into_body() {
            _ if self.head_only => Body::Static(&[]),
            body => body,
        };
        let bytes = match &body {
            Body::Static(bytes) => bytes,
            Body::Bytes(bytes) => bytes.as_slice(),
            Body::Steps(_) => &[],
        };
        if bytes.len() <= JOINED_MAX {
            self.head.extend_from_slice(bytes);
            self.pool.send(peer, self.head, &[]);
        } else {
            self.pool.send(peer, self.head, bytes);
        }
    }

    /// Writes the head; false when the handler's headers can't be sent.
    fn encode(&mut self, response: &Response) -> bool {
        self.head.clear();
        let status = response.code();
        let length = match response.body() {
            _ if !has_body(status) => Length::NoBody,
            Body::Static(bytes) => Length::Known(bytes.len() as u64),
            Body::Bytes(bytes) => Length::Known(bytes.len() as u64),
            Body::Steps(_) => Length::UntilClose,
        };
        match encode_head(self.head, status, response.headers(), length) {
            Ok(()) => true,
            Err(error) => {
                let job = self.pool.job_name(self.thread);
                tracing::error!(job, %error, "an answer can't be sent as it is: 500 instead");
                false
            }
        }
    }
}

impl Deliver for Answer<'_> {
    fn whole(&mut self, response: Response) {
        match self.pool.slots[self.thread].claim() {
            Some(peer) => self.send(peer, response),
            // The deadline has answered already.
            None => self.pool.counters[self.thread].late.add(),
        }
    }

    fn begin(&mut self, response: &Response) -> Option<&mut dyn io::Write> {
        let encoded = self.encode(response);
        if !encoded || self.head_only || !has_body(response.code()) {
            if let Some(peer) = self.pool.slots[self.thread].claim() {
                match encoded {
                    true => self.pool.send(peer, self.head, &[]),
                    false => self.pool.refuse(peer, 500),
                }
            }
            return None;
        }
        let steps = self.steps.insert(Steps {
            pool: self.pool,
            thread: self.thread,
            head: std::mem::take(self.head),
            peer: None,
            begun: false,
            gone: false,
            outgoing: Outgoing::new(self.pool.answer_memory),
        });
        Some(steps)
    }

    fn is_gone(&self) -> bool {
        self.steps.as_ref().is_some_and(|steps| steps.gone)
    }

    fn end(&mut self, failure: Option<Error>) {
        let Some(mut steps) = self.steps.take() else {
            return;
        };
        if !steps.begun {
            // Not a byte is out: a failure can still be told, and an empty body has a length.
            match failure {
                Some(error) => {
                    let text = error.public().to_owned();
                    self.whole(Response::text(text).status(error.status()));
                    return;
                }
                None => drop(io::Write::write(&mut steps, &[])),
            }
        }
        if let Some(peer) = steps.peer.take() {
            self.pool.see_out(peer, steps.outgoing);
        }
    }
}

impl Steps<'_> {
    fn step(&mut self, bytes: &[u8]) -> io::Result<()> {
        if !self.begun {
            self.begun = true;
            self.peer = self.pool.slots[self.thread].claim();
            self.outgoing.push(&self.head)?;
        }
        let Some(peer) = &self.peer else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        self.outgoing.push(bytes)?;
        self.outgoing.write_to(&peer.stream)?;
        Ok(())
    }
}

impl io::Write for Steps<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(error) = self.step(bytes) {
            // The peer is gone, or the disk is full: what is left of the answer has nowhere to go.
            if self.peer.take().is_some() {
                self.pool.net.traffic.left.fetch_add(1, Ordering::Relaxed);
            }
            return Err(error);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Deliver for NoAnswer {
    fn whole(&mut self, _: Response) {}

    fn begin(&mut self, _: &Response) -> Option<&mut dyn io::Write> {
        None
    }

    fn is_gone(&self) -> bool {
        false
    }

    fn end(&mut self, _: Option<Error>) {}
}
