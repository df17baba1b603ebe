//! Secrets in a query or a form: `name=value`, parted by `&`. Knows nothing of where it was found.

use percent_encoding::percent_decode;

use super::{INSTEAD, Names, Redactor};

/// How deep an address in a parameter of an address is looked into.
const DEPTH_MAX: usize = 4;

impl Redactor<'_> {
    /// A query without the values of secrets; the rest stays as it is, byte for byte.
    pub(super) fn parameters(&mut self, before: &str, query: &[u8]) -> Vec<u8> {
        let mut kept = Vec::with_capacity(query.len());
        for piece in query.split_inclusive(|byte| matches!(byte, b'&' | b';' | b'#')) {
            let (pair, end) = match piece.split_last() {
                Some((end @ (b'&' | b';' | b'#'), pair)) => (pair, Some(*end)),
                _ => (piece, None),
            };
            match split(pair) {
                Some((name, value)) if is_secret(self.names, name, value, 0) => {
                    self.note(before, name);
                    kept.extend_from_slice(name);
                    kept.push(b'=');
                    kept.extend_from_slice(INSTEAD.as_bytes());
                }
                _ => kept.extend_from_slice(pair),
            }
            kept.extend(end);
        }
        kept
    }
}

/// Whether a parameter is a secret, or an address with one in it.
fn is_secret(names: &Names, name: &[u8], value: &[u8], depth: usize) -> bool {
    if value.is_empty() {
        return false;
    }
    let decoded: Vec<u8> = percent_decode(name).collect();
    if names.is_secret(&decoded) {
        return true;
    }
    if depth >= DEPTH_MAX {
        return false;
    }
    let value: Vec<u8> = percent_decode(value).collect();
    let Some(at) = value.iter().position(|byte| matches!(byte, b'?' | b'#')) else {
        return false;
    };
    let mut pairs = value[at + 1..].split(|byte| matches!(byte, b'&' | b';' | b'#' | b'?'));
    pairs.any(|pair| {
        split(pair).is_some_and(|(name, value)| is_secret(names, name, value, depth + 1))
    })
}

fn split(pair: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = pair.iter().position(|byte| *byte == b'=')?;
    Some((&pair[..at], &pair[at + 1..]))
}
