//! Packets that are for something else than a request: which are taken, what they may hold, and
//! how they are answered.

use crate::{GET, Var, block, packet};
use cleanslate_proto::error::Error;
use cleanslate_proto::limits::Limits;
use cleanslate_proto::step::{End, Step};
use cleanslate_proto::uwsgi::{Decoder, Modifiers, PING, SIGNAL};

const ACCEPTED: Modifiers = Modifiers::REQUESTS.with(PING).with(SIGNAL).with(255).with(63);

/// The outcome of a packet, the same at once and byte by byte.
#[track_caller]
fn outcome(bytes: &[u8], limits: &Limits) -> (Result<Step, Error>, Decoder) {
    let mut decoder = Decoder::accepting(ACCEPTED);
    let mut last = Ok(Step::NeedMore);
    for end in 0..=bytes.len() {
        let step = decoder.handle_input(&bytes[..end], limits);
        assert!(last == Ok(Step::NeedMore) || step == last, "it stays");
        last = step;
    }
    // What is accepted survives a reset.
    decoder.reset();
    assert_eq!(decoder.modifier1(), None);
    assert_eq!(decoder.handle_input(bytes, limits), last);
    (last, decoder)
}

/// A packet that must be taken, with these vars and this body.
#[track_caller]
fn check(modifier1: u8, vars: &[Var<'_>], body: &[u8]) {
    let vars_block = block(vars);
    let mut bytes = packet(modifier1, vars_block.len(), &vars_block);
    bytes.extend(body);
    bytes[3] = 17;
    let (step, decoder) = outcome(&bytes, &Limits::default());
    assert_eq!((step, decoder.handle_end()), (Ok(Step::Ready), End::Whole));
    assert_eq!((decoder.modifier1(), decoder.modifier2()), (Some(modifier1), Some(17)));
    assert!(decoder.vars(&bytes).iter().eq(vars.iter().copied()) && decoder.has_vars());
    assert_eq!(&bytes[decoder.body()], body);
    assert_eq!(decoder.wanted(), Some(bytes.len()));
}

#[track_caller]
fn check_error(modifier1: u8, vars: &[u8], error: Error) {
    let limits = Limits { buffer_size: 60, max_vars: 2, limit_post: 5 };
    let bytes = packet(modifier1, vars.len(), vars);
    let (step, decoder) = outcome(&bytes, &limits);
    assert_eq!((step, decoder.handle_end()), (Err(error), End::Short(error)));
    assert_eq!((decoder.modifier1(), decoder.modifier2()), (None, None));
}

#[test]
fn packets_that_are_no_requests() {
    for modifier1 in [PING, SIGNAL, 255, 63] {
        check(modifier1, &[], b"");
        check(modifier1, &[(b"A", b"1"), (b"A", b"")], b"");
        check(modifier1, &[(b"CONTENT_LENGTH", b"4")], b"body");
        check(modifier1, &[(b"CONTENT_LENGTH", b""), GET], b"");
    }
    check(0, &[GET], b"");
}

#[test]
fn what_they_may_not_be() {
    check_error(PING, b"\x01", Error::TrailingBytes { at: 0, count: 1 });
    check_error(PING, b"\0\0\0\0", Error::EmptyKey { at: 0 });
    check_error(PING, &[1; 61], Error::VarsTooLarge { size: 61, limit: 60 });
    let vars: [Var<'_>; 3] = [(b"A", b""); 3];
    check_error(SIGNAL, &block(&vars), Error::TooManyVars { limit: 2 });
    let six: Var<'_> = (b"CONTENT_LENGTH", b"6");
    check_error(SIGNAL, &block(&[six]), Error::BodyTooLarge { size: 6, limit: 5 });
    let letter: Var<'_> = (b"CONTENT_LENGTH", b"x");
    check_error(SIGNAL, &block(&[letter]), Error::ContentLengthByte { byte: b'x' });
}

#[test]
fn requests_stay_what_they_are() {
    check_error(0, b"", Error::NoVars);
    check_error(0, &block(&[(b"A", b"1")]), Error::NoMethod);
}

#[test]
fn all_others_are_refused() {
    for modifier1 in 0..=255 {
        let is_accepted = [0, 63, 100, 110, 255].contains(&modifier1);
        assert_eq!(ACCEPTED.contains(modifier1), is_accepted, "{modifier1}");
        assert_eq!(Modifiers::default().contains(modifier1), modifier1 == 0);
        let only = Modifiers::REQUESTS.with(modifier1);
        assert!((0..=255).all(|other| only.contains(other) == (other == 0 || other == modifier1)));
        if !is_accepted {
            let head = [modifier1, 0, 0, 0];
            check_error(modifier1, b"", Error::Modifier { head });
        }
    }
}
