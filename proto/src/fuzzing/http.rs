//! What must hold of HTTP requests, whatever the bytes. It must not know which fuzzer calls.

use super::plan::{Keep, Plan};
use crate::error::Error;
use crate::http::Decoder;
use crate::limits::Limits;
use crate::request;
use crate::step::{End, Step};
use crate::vars::Vars;
use alloc::vec::Vec;
use core::iter;

/// Any plan and bytes as a request: the outcome is the same at once and as planned, with spent
/// bytes dropped or left, with the body kept or taken away, and what follows stays as it was.
pub fn fuzz_http_decode(input: &[u8]) {
    let (plan, data) = Plan::split(input);
    let limits = plan.limits();
    let whole = Outcome::new(data, [data.len()], iter::repeat(Keep::All), &limits);
    let planned = Outcome::new(data, plan.ends(data.len(), 1_024), plan.keeps(), &limits);
    assert_eq!(planned, whole);
    assert!(data.ends_with(&whole.after), "what follows stays as it was");
}

/// All that a driver can learn, which must not depend on how it does so.
#[derive(Debug, PartialEq)]
struct Outcome {
    step: Result<Step, Error>,
    end: End,
    vars: Vec<(Vec<u8>, Vec<u8>)>,
    body: Vec<u8>,
    announced: Option<u64>,
    keep_alive: bool,
    expects_continue: bool,
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
        let (mut received, mut body, mut start) = (Vec::new(), Vec::new(), 0);
        let mut step = Ok(Step::NeedMore);
        for (end, keep) in ends.into_iter().zip(keeps) {
            received.extend(&data[start..end]);
            start = end;
            let now = decoder.handle_input(&mut received, limits);
            assert!(step == Ok(Step::NeedMore) || now == step, "an outcome stays");
            step = now;
            assert!(decoder.received_body().end <= received.len());
            let size = decoder.body_size();
            match keep {
                Keep::All => {}
                Keep::Request => decoder.compact(&mut received),
                Keep::Vars => {
                    body.extend(&received[decoder.received_body()]);
                    decoder.compact_without_body(&mut received);
                    assert!(now.is_err() || decoder.received_body().is_empty());
                }
            }
            assert!(now.is_err() || decoder.body_size() == size && size <= limits.limit_post);
            assert_eq!(decoder.body_dropped(), body.len() as u64);
            let is_open = now == Ok(Step::NeedMore);
            assert!(!is_open || decoder.wanted().is_none_or(|at| at > received.len()));
            assert!(now == Ok(Step::Ready) || decoder.consumed() == 0);
        }
        body.extend(&received[decoder.received_body()]);
        assert!(step.is_err() || body.len() as u64 == decoder.body_size());
        let outcome = Self {
            step,
            end: decoder.handle_end(),
            vars: decoder.vars().iter().map(|(key, value)| (key.into(), value.into())).collect(),
            body: if step.is_err() { Vec::new() } else { body },
            announced: decoder.announced(),
            keep_alive: decoder.keep_alive(),
            expects_continue: decoder.expects_continue(),
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
            (Ok(Step::NeedMore), End::Nothing) => assert!(!decoder.has_anything()),
            (Ok(Step::NeedMore), End::Short(Error::Short { received, wanted })) => {
                assert!(decoder.has_anything() && wanted.is_none_or(|wanted| wanted > received));
            }
            (Ok(Step::Ready), End::Whole) => {
                let size = self.body.len() as u64;
                assert!(self.announced.is_none_or(|announced| announced == size));
                assert!(decoder.body().end <= decoder.consumed());
                self.check_vars(decoder.vars());
                if decoder.push_var(b"REMOTE_ADDR", b"::1").is_ok() {
                    assert_eq!(decoder.vars().get(b"REMOTE_ADDR"), Some(&b"::1"[..]));
                }
            }
            (Err(error), End::Short(end)) => {
                assert!(error == end && (400..600).contains(&error.status()));
                assert!(!self.keep_alive && !self.expects_continue && self.announced.is_none());
            }
            (step, end) => panic!("{step:?} and {end:?} don't go together"),
        }
        // A decoder that served another request before is as good as a new one.
        decoder.reset();
        assert_eq!((decoder.handle_end(), decoder.body_dropped()), (End::Nothing, 0));
        assert_eq!(decoder.handle_input(&mut [], limits), Ok(Step::NeedMore));
        assert!(!decoder.has_anything() && decoder.vars().is_empty());
    }

    /// The vars of a whole request: no client makes up any that are not its own.
    fn check_vars(&self, vars: Vars<'_>) {
        const OWN: [&[u8]; 9] = [
            b"REQUEST_METHOD",
            b"REQUEST_URI",
            b"PATH_INFO",
            b"QUERY_STRING",
            b"SERVER_PROTOCOL",
            b"REQUEST_SCHEME",
            b"SERVER_NAME",
            b"CONTENT_TYPE",
            b"CONTENT_LENGTH",
        ];
        for (key, value) in vars.iter() {
            let is_plain = |byte: &u8| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_');
            assert!(OWN.contains(&key) || key.starts_with(b"HTTP_") && key.iter().all(is_plain));
            assert!(key != b"HTTP_PROXY" && vars.iter().filter(|var| var.0 == key).count() == 1);
            let is_path = key == b"PATH_INFO";
            assert!(is_path || !value.iter().any(|byte| b"\r\n\0".contains(byte)));
        }
        assert!(request::path(vars).starts_with(b"/") && !request::path(vars).contains(&0));
        let length = vars.get(b"CONTENT_LENGTH").and_then(|value| str::from_utf8(value).ok());
        let length = length.map_or(Ok(0), str::parse);
        assert_eq!(length, Ok(self.body.len()));
    }
}
