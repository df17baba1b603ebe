//! The suite that is built in, and what `docs/conformance.md` says of it. Knows no server.

use std::collections::BTreeSet;

use super::format::{self, Case, Setting};
use super::library;
use crate::tool::target::Protocol;

const DOCUMENT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/conformance.md"));
const PROTOCOLS: [Protocol; 4] =
    [Protocol::Uwsgi, Protocol::Fastcgi, Protocol::Scgi, Protocol::Http];

fn cases() -> Vec<Case> {
    format::read(&library::read(None).unwrap(), &Setting::default()).unwrap()
}

/// All that the document writes as code and that looks like a case of ours.
fn named() -> BTreeSet<&'static str> {
    let is_id = |word: &&str| {
        let parts: Vec<&str> = word.split('/').collect();
        parts.len() == 3 && PROTOCOLS.iter().any(|protocol| protocol.to_string() == parts[0])
    };
    DOCUMENT.split('`').filter(is_id).collect()
}

#[test]
fn the_document_has_every_case_and_no_other() {
    let (cases, named) = (cases(), named());
    let ids: BTreeSet<&str> = cases.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(ids.difference(&named).collect::<Vec<_>>(), Vec::<&&str>::new(), "not there");
    assert_eq!(named.difference(&ids).collect::<Vec<_>>(), Vec::<&&str>::new(), "no such case");
}

#[test]
fn the_document_counts_right() {
    let cases = cases();
    for protocol in PROTOCOLS {
        let count = cases.iter().filter(|case| case.protocol == protocol).count();
        let row = format!("| {protocol} | {count} |");
        assert!(DOCUMENT.contains(&row), "expected the row {row}");
    }
    assert!(DOCUMENT.contains(&format!("{} cases", cases.len())), "{} cases", cases.len());
}

#[test]
fn the_document_says_of_each_case_what_it_checks() {
    for case in cases() {
        let row = format!("| `{}` | {} |", case.id, super::table::plain(&case.checks));
        assert!(DOCUMENT.contains(&row), "expected a row {row}");
    }
}
