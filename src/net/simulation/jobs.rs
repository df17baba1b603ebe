//! What the pool does with its jobs, as it is decided. Knows nothing of what must come of it.

use std::sync::atomic::Ordering;

use socket2::SockRef;

use super::answers::{self, Fate, Plan, Steps};
use super::expected::{Answer, Expected};
use super::model::Phase;
use super::note;
use super::reader::POOLS;
use super::script::pattern;
use super::source::Source;
use super::world::{Job, Work, World};
use crate::net::{OutgoingError, Returned, Room};
use crate::pool::{RequestJob, Stream};

/// How large answers and their steps are.
const SIZES: [usize; 8] = [0, 5, 300, 4_000, 8_192, 8_193, 30_000, 70_000];
/// How much of an answer may wait.
const ROOMS: [Room; 3] = [
    Room { memory: 1 << 20, file: 1 << 30 },
    Room { memory: 2_000, file: 1 << 30 },
    Room { memory: 2_000, file: 50_000 },
];

impl World {
    /// The pool goes on with one of its jobs.
    pub(super) fn work(&mut self, source: &mut Source<'_>) {
        if self.jobs.is_empty() {
            return;
        }
        self.settled = false;
        let place = source.below(self.jobs.len());
        let Job { client, work } = self.jobs.swap_remove(place);
        match work {
            Work::Request(request) => self.answer(client, *request, source),
            Work::Steps(steps) => self.go_on_with(client, *steps, source),
        }
    }

    fn answer(&mut self, client: usize, job: RequestJob, source: &mut Source<'_>) {
        let RequestJob { peer, packet, .. } = job;
        // As it is: whoever takes it makes it ready.
        self.spare.push(packet);
        if self.spare.len() > 2 {
            self.spare.remove(0);
        }
        let how = source.below(8);
        let size = source.one_of(&SIZES);
        let status = source.one_of(&[200, 200, 200, 404, 204, 304]);
        if source.once_in(3)
            && let Stream::Unix(stream) = &peer.stream
        {
            // The kernel takes so little that larger answers have to wait.
            SockRef::from(stream).set_send_buffer_size(1).expect("it can be set");
            self.clients[client].small = true;
        }
        let plan = Plan { number: client, status, is_last: self.closed };
        let status = source.one_of(&POOLS);
        note(|| format!("{client} is answered in manner {how}, size {size}"));
        let (fate, answer) = match how {
            0 => answers::refuse(peer, Plan { status, ..plan }),
            1..=3 if !peer.head_only => {
                let plan = Plan { status: 200, ..plan };
                let (steps, answer) = Steps::begin(peer, plan, source.one_of(&ROOMS));
                self.expect(client, answer);
                self.jobs.push(Job { client, work: Work::Steps(Box::new(steps)) });
                return;
            }
            _ => answers::whole(peer, plan, pattern(client, size)),
        };
        let keeps = answer.framing.keeps();
        self.expect(client, answer);
        self.see_out(client, fate, keeps, source);
    }

    /// Writes one more step, or ends an answer: well, or half-way.
    fn go_on_with(&mut self, client: usize, mut steps: Steps, source: &mut Source<'_>) {
        let (how, keeps) = (source.below(8), steps.keeps());
        if how == 0 {
            note(|| format!("{client}'s answer ends"));
            self.last_answer(client, |answer| answer.done = true);
            return self.see_out(client, steps.end(), keeps, source);
        }
        let bytes = pattern(client, source.one_of(&SIZES));
        note(|| format!("{client}'s answer goes on by {}", bytes.len()));
        self.last_answer(client, |answer| answer.body.extend(&bytes));
        match steps.step(&bytes) {
            Ok(()) if how < 7 || !source.once_in(4) => {
                self.jobs.push(Job { client, work: Work::Steps(Box::new(steps)) });
            }
            // It fails half-way, or there is no room.
            Ok(()) | Err(OutgoingError::Full { .. }) => {
                note(|| format!("{client}'s answer is cut"));
                self.last_answer(client, |answer| (answer.done, answer.cut) = (true, true));
                self.see_out(client, Fate::Closed, false, source);
            }
            Err(_) => self.see_out(client, Fate::Closed, false, source),
        }
    }

    fn expect(&mut self, client: usize, answer: Answer) {
        self.clients[client].reader.expected.push_back(Expected::Answer(answer));
    }

    fn last_answer(&mut self, client: usize, change: impl FnOnce(&mut Answer)) {
        if let Some(Expected::Answer(answer)) = self.clients[client].reader.expected.back_mut() {
            change(answer);
        }
    }

    /// The answer is made: the connection goes back as the pool gives it back.
    fn see_out(&mut self, client: usize, fate: Fate, keeps: bool, source: &mut Source<'_>) {
        let now = self.now();
        self.clients[client].drained_at = now;
        let fate = self.find_room(client, fate);
        let phase = match fate {
            Fate::Closed => Phase::Ending,
            Fate::Kept(peer)
                if source.once_in(2) && (peer.has_place() || !self.event_loop.shared.is_full()) =>
            {
                self.give_back(Returned::idle(peer));
                Phase::Back { since: None }
            }
            Fate::Kept(peer) => {
                let is_full = self.event_loop.shared.is_full() && !peer.has_place();
                let makes_room = is_full && peer.ahead.is_empty();
                self.event_loop.take_back(peer, now);
                if makes_room { Phase::Ending } else { Phase::Back { since: Some(now) } }
            }
            Fate::Rest(returned) => {
                let is_out = returned.outgoing.is_empty();
                // What the kernel has of it leaves no room for more either.
                self.clients[client].small |= !is_out;
                self.give_back(returned);
                if is_out { Phase::Ending } else { Phase::Writing { keeps, place: None } }
            }
        };
        self.clients[client].model.phase = phase;
    }

    /// Where too many wait, what still has to be written is given up.
    fn find_room(&mut self, client: usize, fate: Fate) -> Fate {
        let Fate::Rest(Returned { peer, .. }) = &fate else { return fate };
        if !self.event_loop.shared.is_full() || peer.has_place() {
            return fate;
        }
        self.last_answer(client, |answer| answer.cut = true);
        Fate::Closed
    }

    /// By the inbox, as from another thread.
    fn give_back(&mut self, returned: Returned) {
        if !returned.peer.has_place() {
            self.event_loop.shared.traffic.waiting.fetch_add(1, Ordering::Relaxed);
        }
        self.inbox.give_back(returned);
    }
}
