//! What a packet may be for beside a request, and how that is answered. It must not know how a
//! packet is cut into reads, nor who may send one.

use super::Head;
use alloc::vec::Vec;

/// The modifier1 of a request.
pub const REQUEST: u8 = 0;
/// The modifier1 of a ping, which asks whether anybody is there: no vars, no body. It is answered
/// with [`encode_ping_answer`].
pub const PING: u8 = 100;
/// The modifier1 of a packet that raises the signal in its modifier2: no vars, no body. It is
/// answered with [`encode_signal_answer`].
pub const SIGNAL: u8 = 110;
/// The modifier1 of an answer that is neither a request's nor a ping's.
pub const ANSWER: u8 = 255;

/// Which values of modifier1 a decoder takes: always [`REQUEST`], and those that were added.
///
/// ```
/// use cleanslate_proto::uwsgi::{Modifiers, PING};
/// const PINGS: Modifiers = Modifiers::REQUESTS.with(PING);
/// assert!(PINGS.contains(0) && PINGS.contains(100) && !PINGS.contains(101));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Modifiers {
    /// Bit `n % 64` of word `n / 64` is modifier1 `n`.
    words: [u64; 4],
}

impl Modifiers {
    /// Requests alone.
    pub const REQUESTS: Self = Self { words: [1, 0, 0, 0] };

    /// These and one more.
    #[must_use]
    pub const fn with(mut self, modifier1: u8) -> Self {
        self.words[modifier1 as usize / 64] |= 1 << (modifier1 % 64);
        self
    }

    /// Whether this one is taken.
    pub const fn contains(self, modifier1: u8) -> bool {
        self.words[modifier1 as usize / 64] & 1 << (modifier1 % 64) != 0
    }
}

impl Default for Modifiers {
    fn default() -> Self {
        Self::REQUESTS
    }
}

/// Appends the answer to a ping: its own head with a modifier2 of 1, and nothing behind it, where
/// uWSGI would send a warning if it had one. Source: uWSGI's `ping_plugin.c`.
///
/// ```
/// let mut out = Vec::new();
/// cleanslate_proto::uwsgi::encode_ping_answer(&mut out);
/// assert_eq!(out, [100, 0, 0, 1]);
/// ```
pub fn encode_ping_answer(out: &mut Vec<u8>) {
    out.extend(Head { modifier1: PING, modifier2: 1, vars_size: 0 }.to_bytes());
}

/// Appends the answer to a signal: whether it was taken, to be handled later. Source: uWSGI's
/// `signal_plugin.c`.
///
/// ```
/// let mut out = Vec::new();
/// cleanslate_proto::uwsgi::encode_signal_answer(&mut out, true);
/// assert_eq!(out, [255, 0, 0, 1]);
/// ```
pub fn encode_signal_answer(out: &mut Vec<u8>, is_taken: bool) {
    let modifier2 = u8::from(is_taken);
    out.extend(Head { modifier1: ANSWER, modifier2, vars_size: 0 }.to_bytes());
}
