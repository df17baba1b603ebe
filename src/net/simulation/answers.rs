//! The pool's part: answers made and seen out as its threads do it. Knows neither the loop nor time.

use std::borrow::Cow;

use cleanslate_proto::response::has_body;

use super::expected::Answer;
use crate::app::{Framing, Length};
use crate::net::{Outgoing, OutgoingError, Returned, Room, answer_once, refusal};
use crate::pool::Peer;

/// The header that tells one answer from another.
pub(super) const NUMBER: &str = "X-Number";
/// As in the pool: up to here a body goes along with its head.
const JOINED_MAX: usize = 8 * 1024;
const DATE: [u8; 29] = *b"Mon, 23 Nov 2026 22:00:00 GMT";

/// Where a connection goes after its answer.
pub(super) enum Fate {
    Kept(Peer),
    Rest(Returned),
    Closed,
}

/// How an answer is to be.
#[derive(Clone, Copy)]
pub(super) struct Plan {
    pub(super) number: usize,
    pub(super) status: u16,
    /// Whether the server stops, so that each answer is its connection's last.
    pub(super) is_last: bool,
}

/// Answers at once.
pub(super) fn whole(mut peer: Peer, plan: Plan, body: Vec<u8>) -> (Fate, Answer) {
    let known = Length::Known(body.len() as u64);
    let length = if has_body(plan.status) { known } else { Length::NoBody };
    let framing = settle(&mut peer, plan, length);
    let mut head = Vec::new();
    let opened = framing.open(&mut head);
    write_head(framing, &mut head, plan, length);
    let answer = answer_of(&peer, plan, length, body.clone(), true);
    let is_bodiless = peer.head_only || !has_body(plan.status);
    let body = if is_bodiless { Vec::new() } else { body };
    let rest = if body.len() <= JOINED_MAX {
        head.extend_from_slice(&body);
        framing.seal(&mut head, opened);
        framing.encode_end(&mut head, if is_bodiless { Length::NoBody } else { length });
        Cow::Borrowed(&[][..])
    } else {
        framing.seal(&mut head, opened);
        framing.frame(Cow::Owned(body))
    };
    (send(peer, &mut head, rest), answer)
}

/// Answers without a handler.
pub(super) fn refuse(mut peer: Peer, plan: Plan) -> (Fate, Answer) {
    if plan.is_last {
        peer.answer_with(peer.framing.closing());
    }
    let answer = refused(peer.framing, peer.head_only, plan.status);
    let mut bytes = refusal(peer.framing, peer.head_only, plan.status);
    (send(peer, &mut bytes, Cow::Borrowed(&[])), answer)
}

/// An answer that is written step by step.
pub(super) struct Steps {
    peer: Peer,
    /// The head, until it goes along with the first step.
    frame: Vec<u8>,
    outgoing: Outgoing,
}

impl Steps {
    pub(super) fn begin(mut peer: Peer, plan: Plan, room: Room) -> (Self, Answer) {
        let framing = settle(&mut peer, plan, Length::Open);
        let mut frame = Vec::new();
        let opened = framing.open(&mut frame);
        write_head(framing, &mut frame, plan, Length::Open);
        framing.seal(&mut frame, opened);
        let answer = answer_of(&peer, plan, Length::Open, Vec::new(), false);
        (Self { peer, frame, outgoing: Outgoing::new(room) }, answer)
    }

    pub(super) fn has_place(&self) -> bool {
        self.peer.has_place()
    }

    pub(super) fn keeps(&self) -> bool {
        self.peer.framing.keeps()
    }

    /// # Errors
    /// As the loop's: then there are no more steps.
    pub(super) fn step(&mut self, bytes: &[u8]) -> Result<(), OutgoingError> {
        self.peer.framing.encode_piece(&mut self.frame, bytes);
        let frame = std::mem::take(&mut self.frame);
        self.outgoing.step(&self.peer.stream, &frame)
    }

    pub(super) fn end(mut self) -> Fate {
        self.peer.framing.encode_end(&mut self.frame, Length::Open);
        let is_out = self.frame.is_empty() || self.step(&[]).is_ok();
        if is_out { see_out(self.peer, self.outgoing) } else { Fate::Closed }
    }
}

/// A refusal as it must be read.
pub(super) fn refused(framing: Framing, head_only: bool, status: u16) -> Answer {
    let reason = cleanslate_proto::response::reason(status);
    let body = format!("{status} {reason}\n").into_bytes();
    let length = Length::Known(body.len() as u64);
    Answer { framing, status, number: None, body, length, head_only, done: true, cut: false }
}

fn answer_of(peer: &Peer, plan: Plan, length: Length, body: Vec<u8>, done: bool) -> Answer {
    let Plan { number, status, .. } = plan;
    let (framing, head_only) = (peer.framing, peer.head_only);
    Answer { framing, status, number: Some(number), body, length, head_only, done, cut: false }
}

/// Settles how the answer is framed.
fn settle(peer: &mut Peer, plan: Plan, length: Length) -> Framing {
    let framing = peer.framing;
    peer.answer_with(if plan.is_last { framing.closing() } else { framing.with(length) });
    peer.framing
}

fn write_head(framing: Framing, out: &mut Vec<u8>, plan: Plan, length: Length) {
    let number = plan.number.to_string();
    let headers = [("Content-Type", &b"text/plain"[..]), (NUMBER, number.as_bytes())];
    framing
        .encode_head(out, plan.status, headers.into_iter(), length, || DATE)
        .expect("it can be sent");
}

fn send(peer: Peer, head: &mut Vec<u8>, body: Cow<'static, [u8]>) -> Fate {
    match answer_once(&peer, head, body) {
        Ok(outgoing) => see_out(peer, outgoing),
        Err(_) => Fate::Closed,
    }
}

fn see_out(peer: Peer, outgoing: Outgoing) -> Fate {
    if outgoing.is_empty() && peer.framing.keeps() {
        return Fate::Kept(peer);
    }
    if !outgoing.is_empty() || peer.unread {
        return Fate::Rest(Returned { peer, outgoing });
    }
    Fate::Closed
}
