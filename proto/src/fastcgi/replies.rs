//! What a server says on a connection beside its answers. It must not know why.

use super::encode::append_end_request;
use super::pairs::{append_pair, names};
use super::{Header, Kind, ProtocolStatus};
use alloc::string::ToString;
use alloc::vec::Vec;

/// What a server tells a peer that asks with GET_VALUES. FastCGI 1.0, 4.1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Capacity {
    /// Connections it takes at once.
    pub connections: usize,
    /// Requests it takes at once.
    pub requests: usize,
}

/// One record to be written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reply {
    /// A GET_VALUES_RESULT with those of [`NAMES`] whose flag is set.
    Values([bool; NAMES.len()]),
    /// An UNKNOWN_TYPE. FastCGI 1.0, 4.2.
    UnknownType(Kind),
    /// An END_REQUEST for a request that gets no answer.
    End(u16, ProtocolStatus),
}

/// The names that have a value here; others are left out of an answer, as 4.1 asks.
const NAMES: [&[u8]; 3] = [b"FCGI_MAX_CONNS", b"FCGI_MAX_REQS", b"FCGI_MPXS_CONNS"];

impl Reply {
    /// The answer to a GET_VALUES with this content.
    pub(super) fn to_values(content: &[u8]) -> Self {
        let mut asked = [false; NAMES.len()];
        for name in names(content) {
            for (asked, known) in asked.iter_mut().zip(NAMES) {
                *asked |= name == known;
            }
        }
        Self::Values(asked)
    }

    pub(super) fn append(self, out: &mut Vec<u8>, capacity: Capacity) {
        let (kind, content) = match self {
            Self::Values(asked) => (Kind::GET_VALUES_RESULT, values(asked, capacity)),
            Self::UnknownType(Kind(kind)) => {
                (Kind::UNKNOWN_TYPE, [kind, 0, 0, 0, 0, 0, 0, 0].to_vec())
            }
            Self::End(id, status) => return append_end_request(out, id, 0, status),
        };
        // Three short pairs at most.
        let size = u16::try_from(content.len()).unwrap_or(0);
        let version = Header::VERSION;
        out.extend(Header { version, kind, id: 0, size, padding: 0 }.to_bytes());
        out.extend(content);
    }
}

fn values(asked: [bool; NAMES.len()], capacity: Capacity) -> Vec<u8> {
    let mut out = Vec::new();
    // A connection carries one request at a time: no multiplexing.
    let values = [capacity.connections, capacity.requests, 0];
    for ((name, value), _) in NAMES.into_iter().zip(values).zip(asked).filter(|&(_, asked)| asked) {
        // Neither the names nor their numbers can be refused.
        let _ = append_pair(&mut out, 0, (name, value.to_string().as_bytes()));
    }
    out
}
