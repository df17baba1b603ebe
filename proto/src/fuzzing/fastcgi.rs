//! What must hold of FastCGI records, whatever the bytes. It must not know which fuzzer calls.

use super::plan::{Keep, Plan};
use crate::error::Error;
use crate::fastcgi::{Answer, Capacity, Cut, Decoder, encode_request};
use crate::limits::Limits;
use crate::step::{End, Step};
use alloc::vec::Vec;
use core::iter;

/// Any plan and bytes as a connection: the outcome is the same at once and as planned, with the
/// gaps closed or left, with the body kept or taken away; a request that is whole encodes to what
/// decodes to the same.
pub fn fuzz_fastcgi_decode(input: &[u8]) {
    let (plan, data) = Plan::split(input);
    let limits = plan.limits();
    let whole = Outcome::new(data, [data.len()], iter::repeat(Keep::All), &limits);
    let planned = Outcome::new(data, plan.ends(data.len(), 1_024), plan.keeps(), &limits);
    assert_eq!(planned, whole);
    if whole.step == Ok(Step::Ready) {
        whole.encodes_back(&limits);
    }
}

/// Any plan and bytes as what a server sends: the outcome is the same at once and as planned.
pub fn fuzz_fastcgi_answer(input: &[u8]) {
    let (plan, data) = Plan::split(input);
    let mut whole = Answer::new(1);
    let outcome = whole.handle_input(data);
    let mut answer = Answer::new(1);
    let (mut consumed, mut start) = (Ok(0), 0);
    for end in plan.ends(data.len(), 4_096) {
        consumed = consumed.and_then(|sum| Ok(sum + answer.handle_input(&data[start..end])?));
        start = end;
    }
    assert_eq!(consumed, outcome);
    assert!(answer.stdout == whole.stdout && answer.stderr == whole.stderr);
    assert_eq!(answer.end, whole.end);
    assert!(outcome.is_err() || whole.end.is_some() || outcome == Ok(data.len()));
}

/// All that a driver can learn, which must not depend on how it does so.
#[derive(Debug, PartialEq)]
struct Outcome {
    step: Result<Step, Error>,
    end: End,
    id: u16,
    keeps: bool,
    is_closing: bool,
    vars: Vec<(Vec<u8>, Vec<u8>)>,
    body: Vec<u8>,
    replies: Vec<u8>,
    /// What follows the request.
    after: Vec<u8>,
}

impl Outcome {
    /// Drives a decoder with reads that end at `ends`, and keeps as told after each.
    fn new(
        data: &[u8],
        ends: impl IntoIterator<Item = usize>,
        keeps: impl Iterator<Item = Keep>,
        limits: &Limits,
    ) -> Self {
        let mut decoder = Decoder::new();
        let mut received = Vec::new();
        let (mut body, mut replies) = (Vec::new(), Vec::new());
        let mut step = Ok(Step::NeedMore);
        let (mut start, mut piles_up) = (0, false);
        for (end, keep) in ends.into_iter().zip(keeps) {
            received.extend(&data[start..end]);
            start = end;
            let now = decoder.handle_input(&mut received, limits);
            assert!(step == Ok(Step::NeedMore) || now == step, "an outcome stays");
            step = now;
            decoder.poll_replies(&mut replies, Capacity { connections: 10, requests: 20 });
            assert!(now.is_err() || received.get(decoder.body()).is_some());
            body.truncate(usize::try_from(decoder.body_dropped()).unwrap_or(0));
            let size = match keep {
                Keep::All => received.len(),
                Keep::Request => decoder.compact(&mut received),
                Keep::Vars => {
                    body.extend(&received[decoder.body()]);
                    decoder.compact_without_body(&mut received)
                }
            };
            received.truncate(size);
            piles_up = keep == Keep::All;
            assert!(now != Ok(Step::NeedMore) || decoder.wanted().is_none_or(|at| at > size));
        }
        body.extend(received.get(decoder.body()).unwrap_or(&[]));
        assert!(step.is_err() || !decoder.has_vars() || body.len() as u64 == decoder.body_size());
        if !piles_up && step == Ok(Step::NeedMore) && !decoder.has_anything() {
            assert!(received.is_empty(), "what is done with does not pile up");
        }
        let own = |(key, value): (&[u8], &[u8])| (key.to_vec(), value.to_vec());
        let outcome = Self {
            step,
            end: decoder.handle_end(),
            id: decoder.request_id(),
            keeps: decoder.keep_connection(),
            is_closing: decoder.is_closing(),
            vars: decoder.vars(&received).iter().map(own).collect(),
            body: if step.is_err() { Vec::new() } else { body },
            replies,
            after: match step {
                Ok(Step::Ready) => received[decoder.consumed()..].to_vec(),
                Ok(Step::NeedMore) | Err(_) => Vec::new(),
            },
        };
        outcome.check(&mut decoder, limits);
        outcome
    }

    fn check(&self, decoder: &mut Decoder, limits: &Limits) {
        match (self.step, self.end) {
            (Ok(Step::Ready), End::Whole) => assert!(self.id != 0 && decoder.has_vars()),
            (Ok(Step::NeedMore), End::Short(Error::Short { .. })) => assert!(self.id != 0),
            (Ok(Step::NeedMore), End::Nothing) => assert_eq!(self.id, 0),
            (Err(error), End::Short(end)) => {
                assert!(error == end && (400..500).contains(&error.status()));
            }
            (step, end) => panic!("{step:?} and {end:?} don't go together"),
        }
        // A decoder that served another request before is as good as a new one.
        decoder.reset();
        assert_eq!(decoder.handle_end(), End::Nothing);
        assert_eq!(decoder.handle_input(&mut [], limits), Ok(Step::NeedMore));
        assert!(!decoder.has_anything() && decoder.vars(&[]).is_empty());
    }

    fn encodes_back(&self, limits: &Limits) {
        let vars = self.vars.iter().map(|(key, value)| (&key[..], &value[..]));
        let mut again = Vec::new();
        let cut = Cut { size_max: 5, padding: 1 };
        let result = encode_request(&mut again, self.id, self.keeps, vars, &self.body, cut);
        assert_eq!(result, Ok(()));
        let outcome = Self::new(&again, [again.len()], iter::repeat(Keep::Request), limits);
        assert_eq!(outcome.step, Ok(Step::Ready));
        assert!(outcome.vars == self.vars && outcome.body == self.body);
        assert_eq!((outcome.id, outcome.keeps), (self.id, self.keeps));
    }
}
