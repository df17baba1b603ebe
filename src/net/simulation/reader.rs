//! What a client reads, in the order in which it must come. Knows no socket and no time, and not how
//! answers are made of bytes.

use std::collections::VecDeque;

use cleanslate_proto::response::decode_head;

use super::answers::NUMBER;
use super::expected::Expected;

/// With these the pool refuses, and nobody else here.
pub(super) const POOLS: [u16; 3] = [503, 504, 500];

/// What came, and what is to come.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) got: Vec<u8>,
    pub(super) expected: VecDeque<Expected>,
    pub(super) eof: bool,
    /// Whether the loop may have refused it with the pool's 503, as it came to a crowd.
    pub(super) may_be_refused: bool,
}

impl Reader {
    /// Takes what is whole.
    pub(super) fn take(&mut self) {
        while let Some(first) = self.expected.front() {
            if first.is_left_out(&self.got) {
                self.expected.pop_front();
                continue;
            }
            let Some(size) = first.whole_in(&self.got) else { break };
            self.got.drain(..size);
            self.expected.pop_front();
        }
    }

    /// Whether all has come, and then the end.
    pub(super) fn is_spent(&self) -> bool {
        self.eof && self.got.is_empty() && self.has_all()
    }

    /// Whether nothing is missing.
    pub(super) fn has_all(&self) -> bool {
        self.expected.iter().all(Expected::is_optional)
    }

    /// What is half here will not be whole any more.
    pub(super) fn forget(&mut self) {
        self.got.clear();
        self.expected.clear();
    }

    /// Nothing may be left over.
    pub(super) fn check(&self) {
        let got = &self.got;
        let is_asked_for = got.is_empty() || !self.expected.is_empty();
        assert!(is_asked_for, "nobody asked for this: {}", got.escape_ascii());
    }

    /// As `take`, for a client that sent what no protocol knows: the pool's answers in order, and
    /// at most one refusal, which is the last.
    pub(super) fn take_wild(&mut self) {
        // All of these are told by their status.
        self.expected.retain(|due| !due.is_optional());
        while !self.got.is_empty() {
            if let Some(Expected::Verbatim(bytes)) = self.expected.front()
                && self.got.starts_with(bytes)
            {
                self.got.drain(..bytes.len());
                self.expected.pop_front();
                continue;
            }
            let Some(head) = decode_head(&self.got).expect("heads are well-formed") else { break };
            let is_refused = self.may_be_refused && self.expected.is_empty() && head.status == 503;
            let is_pools = POOLS.contains(&head.status) && !is_refused;
            if head.status == 100 {
                self.got.drain(..head.size);
            } else if head.header(NUMBER).is_some() || is_pools {
                let first = self.expected.front().expect("the pool has answered");
                let Some(size) = first.whole_in(&self.got) else { break };
                self.got.drain(..size);
                self.expected.pop_front();
            } else {
                let body = self.got.len() - head.size;
                let said = head.content_length().unwrap_or(0);
                assert!(body as u64 <= said, "nothing follows a refusal");
                break;
            }
        }
    }
}
