//! What must hold of uwsgi packets and SCGI requests, whatever the bytes. It must not know which
//! fuzzer calls.

use super::plan::Plan;
use crate::error::Error;
use crate::limits::Limits;
use crate::step::{End, Step};
use crate::vars::Vars;
use crate::{request, scgi, uwsgi};
use alloc::vec::Vec;
use core::ops::Range;

/// Any plan and bytes as a packet: the outcome is the same at once and as planned; a packet that is
/// whole encodes back to the same bytes.
pub fn fuzz_uwsgi_decode(input: &[u8]) {
    let (plan, data) = Plan::split(input);
    let accepted = match plan.kind() {
        0 => uwsgi::Modifiers::default(),
        _ => uwsgi::Modifiers::REQUESTS.with(uwsgi::PING).with(uwsgi::SIGNAL).with(255),
    };
    let decoder = same_as_planned(&plan, data, || uwsgi::Decoder::accepting(accepted));
    let head = decoder.head();
    if let (End::Whole, Some(uwsgi::Head { modifier1, modifier2, .. })) =
        (decoder.handle_end(), head)
    {
        assert!(accepted.contains(modifier1));
        let vars = decoder.vars(data);
        let mut again = Vec::new();
        assert_eq!(uwsgi::encode(&mut again, modifier1, modifier2, vars.iter()), Ok(()));
        assert!(again == data[..decoder.body().start]);
        if modifier1 == uwsgi::REQUEST {
            check_request(vars);
        }
    }
}

/// Any plan and bytes as a request: the outcome is the same at once and as planned; what is whole
/// encodes back to the same vars if the first two are where the encoder puts them.
pub fn fuzz_scgi_decode(input: &[u8]) {
    let (plan, data) = Plan::split(input);
    let decoder = same_as_planned(&plan, data, scgi::Decoder::new);
    if decoder.handle_end() != End::Whole {
        return;
    }
    let vars = decoder.vars(data);
    check_request(vars);
    let mut own = vars.iter();
    let length = own.next().and_then(|(_, value)| str::from_utf8(value).ok()?.parse().ok());
    if let (Some(length), Some((b"SCGI", b"1"))) = (length, own.next()) {
        let mut again = Vec::new();
        assert_eq!(scgi::encode(&mut again, own, length), Ok(()));
        // The length's leading zeros are lost, so that it is the vars that are compared.
        let mut decoder = scgi::Decoder::new();
        let _ = decoder.handle_input(&again, &Limits::default());
        assert!(decoder.vars(&again).iter().skip(1).eq(vars.iter().skip(1)));
    }
}

/// What the two decoders have in common.
trait Decoder {
    fn reset(&mut self);
    fn handle_input(&mut self, received: &[u8], limits: &Limits) -> Result<Step, Error>;
    fn handle_end(&self) -> End;
    fn wanted(&self) -> Option<usize>;
    fn vars<'a>(&'a self, received: &'a [u8]) -> Vars<'a>;
    fn body(&self) -> Range<usize>;
    fn has_vars(&self) -> bool;
}

macro_rules! impl_decoder {
    ($decoder:ty) => {
        impl Decoder for $decoder {
            fn reset(&mut self) {
                self.reset();
            }
            fn handle_input(&mut self, received: &[u8], limits: &Limits) -> Result<Step, Error> {
                self.handle_input(received, limits)
            }
            fn handle_end(&self) -> End {
                self.handle_end()
            }
            fn wanted(&self) -> Option<usize> {
                self.wanted()
            }
            fn vars<'a>(&'a self, received: &'a [u8]) -> Vars<'a> {
                self.vars(received)
            }
            fn body(&self) -> Range<usize> {
                self.body()
            }
            fn has_vars(&self) -> bool {
                self.has_vars()
            }
        }
    };
}

impl_decoder!(uwsgi::Decoder);
impl_decoder!(scgi::Decoder);

/// Decodes `data` at once and as planned, with a decoder that served another request before, and
/// gives the first.
fn same_as_planned<D: Decoder>(plan: &Plan, data: &[u8], new: impl Fn() -> D) -> D {
    let limits = plan.limits();
    let (mut whole, mut decoder) = (new(), new());
    let outcome = whole.handle_input(data, &limits);
    let _ = decoder.handle_input(data.get(1..).unwrap_or(&[]), &limits);
    decoder.reset();
    assert_eq!(decoder.handle_end(), End::Nothing);
    let mut last = Ok(Step::NeedMore);
    for end in plan.ends(data.len(), 4_096) {
        let step = decoder.handle_input(&data[..end], &limits);
        assert!(last == Ok(Step::NeedMore) || step == last, "an outcome stays");
        let is_known = |wanted| step == Ok(Step::Ready) || wanted > end;
        assert!(decoder.wanted().is_none_or(is_known));
        last = step;
    }
    assert_eq!((last, decoder.handle_end()), (outcome, whole.handle_end()));
    assert!(decoder.vars(data).iter().eq(whole.vars(data).iter()));
    assert_eq!((decoder.body(), decoder.wanted()), (whole.body(), whole.wanted()));
    match (outcome, whole.handle_end()) {
        (Ok(Step::NeedMore), End::Nothing) => assert!(data.is_empty()),
        (Ok(Step::NeedMore), End::Short(Error::Short { .. })) => {}
        (Ok(Step::Ready), End::Whole) => {
            assert!(data.get(whole.body()).is_some() && whole.has_vars());
            assert_eq!(whole.wanted(), Some(whole.body().end));
        }
        (Err(error), End::Short(end)) => {
            assert!(error == end && (400..600).contains(&error.status()) && !whole.has_vars());
        }
        (outcome, end) => panic!("{outcome:?} and {end:?} don't go together"),
    }
    whole
}

/// The rules for vars hold of those that were accepted.
fn check_request(vars: Vars<'_>) {
    for (key, _) in vars.iter() {
        let last = vars.iter().rfind(|var| var.0 == key);
        assert_eq!(vars.get(key), last.map(|var| var.1));
    }
    assert!(vars.iter().count() == vars.len() && !request::method(vars).is_empty());
    assert!(!request::path(vars).is_empty() && !request::path(vars).contains(&0));
    let _ = request::query(vars);
}
