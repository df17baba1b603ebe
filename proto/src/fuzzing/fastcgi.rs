//! What must hold of FastCGI records, whatever the bytes. It must not know which fuzzer calls.

use crate::error::Error;
use crate::fastcgi::{Answer, Capacity, Cut, Decoder, encode_request};
use crate::limits::Limits;
use crate::step::{End, Step};
use alloc::vec::Vec;

/// Any bytes as a connection: the outcome is the same whole, byte by byte and cut in two, with the
/// gaps closed or left, with the body kept or taken away; a request that is whole encodes to what
/// decodes to the same.
pub fn fuzz_fastcgi_decode(data: &[u8]) {
    let small = Limits { buffer_size: 96, max_vars: 4, limit_post: 24 };
    for limits in [Limits::default(), small] {
        let whole = Outcome::new(data, &[], &limits, Keep::All);
        let bytes: Vec<usize> = (0..data.len()).collect();
        // A decoder looks at the whole of a gap only where it closes it, which is quadratic.
        let bytes = &bytes[..bytes.len().min(4_000)];
        let cut = data.iter().map(|&byte| usize::from(byte)).sum::<usize>() % (data.len() + 1);
        for cuts in [&[][..], &[cut], bytes] {
            for keep in [Keep::All, Keep::Request, Keep::Vars] {
                assert_eq!(Outcome::new(data, cuts, &limits, keep), whole);
            }
        }
        if whole.step == Ok(Step::Ready) {
            whole.encodes_back(&limits);
        }
    }
}

/// Any bytes as how to cut, vars split at 0xFF, and a body: what is encoded decodes to the same, or
/// is refused for what the vars say, never for how they were written.
pub fn fuzz_fastcgi_encode(data: &[u8]) {
    let Some((&[high, low, padding, flags], data)) = data.split_first_chunk() else {
        return;
    };
    let cut = Cut { size_max: u16::from_be_bytes([high, low]), padding };
    let mut parts = data.split(|&byte| byte == 0xFF);
    let body = parts.next().unwrap_or(&[]);
    let mut vars: Vec<(&[u8], &[u8])> = [(&b"REQUEST_METHOD"[..], &b"POST"[..])].to_vec();
    while let (Some(key), Some(value)) = (parts.next(), parts.next()) {
        vars.push((key, value));
    }
    let mut out = b"before".to_vec();
    let keeps = flags & 1 != 0;
    let result = encode_request(&mut out, 7, keeps, vars.iter().copied(), body, cut);
    let request = out.strip_prefix(b"before").unwrap_or(&[]);
    if result.is_err() {
        assert!(request.is_empty(), "an error leaves out as it was");
        return;
    }
    let outcome = Outcome::new(request, &[], &Limits::default(), Keep::All);
    match outcome.step {
        Ok(_) => {
            assert_eq!((outcome.step, outcome.end), (Ok(Step::Ready), End::Whole));
            assert!(outcome.has(&vars) && outcome.body == body);
            assert_eq!((outcome.id, outcome.keeps), (7, keeps));
        }
        Err(Error::VarsTooLarge { .. } | Error::TooManyVars { .. }) => {}
        Err(error) => assert!(
            matches!(
                error,
                Error::NoMethod
                    | Error::NulInPath { .. }
                    | Error::ContentLengthByte { .. }
                    | Error::ContentLengthOverflow { .. }
                    | Error::ContentLengthsDiffer { .. }
                    | Error::BodyTooLarge { .. }
                    | Error::BodyDiffers { .. }
            ),
            "{error}"
        ),
    }
}

/// Any bytes as what a server sends: the outcome is the same whole and byte by byte.
pub fn fuzz_fastcgi_answer(data: &[u8]) {
    let mut whole = Answer::new(1);
    let outcome = whole.handle_input(data);
    let mut answer = Answer::new(1);
    let mut consumed = Ok(0);
    for &byte in data {
        consumed = consumed.and_then(|sum| Ok(sum + answer.handle_input(&[byte])?));
    }
    assert_eq!(consumed, outcome);
    assert!(answer.stdout == whole.stdout && answer.stderr == whole.stderr);
    assert_eq!(answer.end, whole.end);
    assert!(outcome.is_err() || whole.end.is_some() || outcome == Ok(data.len()));
}

/// What a driver keeps of what was received.
#[derive(Clone, Copy, PartialEq)]
enum Keep {
    /// Everything, gaps too.
    All,
    Request,
    /// The body goes elsewhere.
    Vars,
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
    /// Drives a decoder with reads that end at `cuts` and at the end.
    fn new(data: &[u8], cuts: &[usize], limits: &Limits, keep: Keep) -> Self {
        let mut decoder = Decoder::new();
        let mut received = Vec::new();
        let (mut body, mut replies) = (Vec::new(), Vec::new());
        let mut step = Ok(Step::NeedMore);
        let mut start = 0;
        for &end in cuts.iter().chain([&data.len()]) {
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
            assert!(now != Ok(Step::NeedMore) || decoder.wanted().is_none_or(|at| at > size));
        }
        body.extend(received.get(decoder.body()).unwrap_or(&[]));
        assert!(step.is_err() || !decoder.has_vars() || body.len() as u64 == decoder.body_size());
        if keep != Keep::All && step == Ok(Step::NeedMore) && !decoder.has_anything() {
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

    fn has(&self, vars: &[(&[u8], &[u8])]) -> bool {
        self.vars.iter().map(|(key, value)| (&key[..], &value[..])).eq(vars.iter().copied())
    }

    fn encodes_back(&self, limits: &Limits) {
        let vars = self.vars.iter().map(|(key, value)| (&key[..], &value[..]));
        let mut again = Vec::new();
        let cut = Cut { size_max: 5, padding: 1 };
        let result = encode_request(&mut again, self.id, self.keeps, vars, &self.body, cut);
        assert_eq!(result, Ok(()));
        let outcome = Self::new(&again, &[], limits, Keep::Request);
        assert_eq!(outcome.step, Ok(Step::Ready));
        assert!(outcome.vars == self.vars && outcome.body == self.body);
        assert_eq!((outcome.id, outcome.keeps), (self.id, self.keeps));
    }
}
