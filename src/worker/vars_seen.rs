//! Which of the vars that nginx's own files of parameters send are missing from requests, or come
//! twice. Knows names alone, never a value.
//!
//! A request is looked at now and then, so that nothing has to be shared with each.

use std::sync::atomic::{AtomicU64, Ordering};

use cleanslate_proto::vars::Vars;

use crate::app::{Packet, Protocol};

/// What `uwsgi_params`, `fastcgi_params` and `scgi_params` have in common.
const NAMES: [&str; 11] = [
    "QUERY_STRING",
    "REQUEST_METHOD",
    "CONTENT_TYPE",
    "CONTENT_LENGTH",
    "REQUEST_URI",
    "DOCUMENT_URI",
    "SERVER_PROTOCOL",
    "REQUEST_SCHEME",
    "REMOTE_ADDR",
    "SERVER_PORT",
    "SERVER_NAME",
];
/// It does as well as DOCUMENT_URI: the first that is there says the path.
const PATH_INFO: &str = "PATH_INFO";
const DOCUMENT_URI: u16 = 1 << 5;
/// Of a thread's requests the first is looked at, and then one of so many.
const EVERY: u64 = 1_024;

/// The counts, which all threads share, since they seldom count.
#[derive(Default)]
pub(crate) struct VarsSeen {
    looked: AtomicU64,
    missing: [AtomicU64; NAMES.len()],
    doubled: [AtomicU64; NAMES.len()],
}

/// What has been counted.
pub(crate) struct VarCounts {
    /// How many requests were looked at.
    pub(crate) looked: u64,
    /// In how many of them each name was missing, or came twice.
    pub(crate) missing: [(&'static str, u64); NAMES.len()],
    pub(crate) doubled: [(&'static str, u64); NAMES.len()],
}

/// Whether a thread looks at its request of this number, the first being 1.
pub(super) fn is_due(number: u64) -> bool {
    number % EVERY == 1
}

impl VarsSeen {
    /// Looks at a request that came through a web server. Over HTTP the vars are our own, and
    /// another kind of packet has others.
    pub(super) fn look(&self, packet: &Packet) {
        if packet.protocol() == Protocol::Http || packet.modifiers().unwrap_or_default() != (0, 0) {
            return;
        }
        let (missing, doubled) = compare(packet.vars());
        self.looked.fetch_add(1, Ordering::Relaxed);
        for (counts, found) in [(&self.missing, missing), (&self.doubled, doubled)] {
            for (place, count) in counts.iter().enumerate() {
                if found & (1 << place) != 0 {
                    count.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    }

    pub(crate) fn counts(&self) -> VarCounts {
        let read = |counts: &[AtomicU64; NAMES.len()]| {
            let mut all = NAMES.map(|name| (name, 0));
            all.iter_mut()
                .zip(counts)
                .for_each(|(own, count)| own.1 = count.load(Ordering::Relaxed));
            all
        };
        VarCounts {
            looked: self.looked.load(Ordering::Relaxed),
            missing: read(&self.missing),
            doubled: read(&self.doubled),
        }
    }
}

/// A bit for each name that is missing, and for each that is there twice.
fn compare(vars: Vars<'_>) -> (u16, u16) {
    let (mut seen, mut doubled, mut has_path) = (0_u16, 0_u16, false);
    for (key, _) in vars.iter() {
        if let Some(place) = NAMES.iter().position(|name| name.as_bytes() == key) {
            doubled |= seen & (1 << place);
            seen |= 1 << place;
        }
        has_path |= key == PATH_INFO.as_bytes();
    }
    if has_path {
        seen |= DOCUMENT_URI;
    }
    (!seen & ((1 << NAMES.len()) - 1), doubled)
}

#[cfg(test)]
mod tests {
    use cleanslate_proto::uwsgi;

    use super::*;

    #[test]
    fn what_is_missing_or_doubled_is_named() {
        let named = |found: u16| -> Vec<&str> {
            let places = (0..NAMES.len()).filter(|place| found & (1 << place) != 0);
            places.map(|place| NAMES[place]).collect()
        };
        let all = NAMES.to_vec();
        let without = |name: &str| -> Vec<&str> {
            all.iter().copied().filter(|other| *other != name).collect()
        };
        let path = [without("DOCUMENT_URI"), vec![PATH_INFO]].concat();
        let twice = [all.clone(), vec!["SERVER_NAME", "HTTP_A", "HTTP_A"]].concat();
        for (sent, missing, doubled) in [
            (all.clone(), vec![], vec![]),
            (path, vec![], vec![]),
            (without("DOCUMENT_URI"), vec!["DOCUMENT_URI"], vec![]),
            (without("REMOTE_ADDR"), vec!["REMOTE_ADDR"], vec![]),
            (twice, vec![], vec!["SERVER_NAME"]),
            (vec![], all.clone(), vec![]),
        ] {
            let mut bytes = Vec::new();
            let vars = sent.iter().map(|name| (name.as_bytes(), &b"x"[..]));
            uwsgi::encode(&mut bytes, 0, 0, vars).unwrap();
            let mut decoder = uwsgi::Decoder::new();
            let limits = cleanslate_proto::limits::Limits::default();
            let _ = decoder.handle_input(&bytes, &limits);
            let found = compare(decoder.vars(&bytes));
            assert_eq!((named(found.0), named(found.1)), (missing, doubled), "{sent:?}");
        }
    }
}
