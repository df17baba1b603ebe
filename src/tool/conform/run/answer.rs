//! An answer against what is accepted of it. It must not know what else came.

use sha2::{Digest, Sha256};

use super::seen::{Answer, Ended};
use crate::tool::conform::format::{AnswerExpected, HeaderExpected};

/// What of an answer is not as expected; the first such thing.
pub(super) fn check_answer(expected: &AnswerExpected, answer: &Answer) -> Result<(), String> {
    let AnswerExpected {
        status,
        headers,
        body,
        body_contains,
        body_sha256,
        body_length,
        env,
        app_status: _,
        id: _,
        stdout_ends: _,
    } = expected;
    let got = &answer.body;
    if !status.iter().any(|status| status.accepts(answer.status)) {
        return Err(format!("expected {}, got {}", name_of_answer(expected), answer.status));
    }
    if !answer.is_whole {
        return Err(format!("the answer {} is cut short or too long", answer.status));
    }
    if let Some(ended) = &answer.ended {
        check_ended(expected, ended)?;
    }
    for (name, expected) in headers {
        let mut found = answer.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        check_named("header", name, expected, found.next().map(|(_, value)| value.as_slice()))?;
    }
    if let Some(body) = body.as_ref().filter(|body| *body != got) {
        return Err(format!("expected the body {}, got {}", shown(body), shown(got)));
    }
    if let Some(part) = body_contains
        && !part.is_empty()
        && !got.windows(part.len()).any(|window| window == part)
    {
        return Err(format!("expected {} in the body, got {}", shown(part), shown(got)));
    }
    if let Some(length) = body_length.filter(|length| *length != got.len()) {
        return Err(format!("expected {length} bytes of body, got {}", got.len()));
    }
    let digest = || format!("{:x}", Sha256::digest(got));
    if body_sha256.as_ref().is_some_and(|expected| *expected != digest()) {
        return Err(format!("the body's SHA-256 is {} ({} bytes)", digest(), got.len()));
    }
    check_env(env, got)
}

/// How a FastCGI request ended.
fn check_ended(expected: &AnswerExpected, ended: &Ended) -> Result<(), String> {
    let Ended { id, app_status, protocol_status, stdout_ends } = *ended;
    if protocol_status != 0 {
        return Err(format!("the protocol status is {protocol_status}"));
    }
    if expected.app_status.is_some_and(|expected| expected != app_status) {
        return Err(format!("the app status is {app_status}"));
    }
    if expected.id.is_some_and(|expected| expected != id) {
        return Err(format!("the answer is of the id {id}"));
    }
    if expected.stdout_ends.is_some_and(|expected| expected != stdout_ends) {
        return Err(format!("{stdout_ends} records end STDOUT"));
    }
    Ok(())
}

/// The body as a JSON object of vars, each byte a character.
fn check_env(env: &[(String, HeaderExpected)], body: &[u8]) -> Result<(), String> {
    if env.is_empty() {
        return Ok(());
    }
    let vars: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(body)
        .map_err(|error| format!("the body is no object of vars: {error}: {}", shown(body)))?;
    for (name, expected) in env {
        let text = vars.get(name).and_then(serde_json::Value::as_str);
        // A character above 255 stands for no byte, so it equals none.
        let byte = |character: char| u8::try_from(character).unwrap_or(b'?');
        let found: Option<Vec<u8>> = text.map(|text| text.chars().map(byte).collect());
        check_named("var", name, expected, found.as_deref())?;
    }
    Ok(())
}

/// Whether a value is there, and as expected.
pub(super) fn check_named(
    what: &str,
    name: &str,
    expected: &HeaderExpected,
    found: Option<&[u8]>,
) -> Result<(), String> {
    match (expected, found) {
        (HeaderExpected::Is(expected), Some(found)) if expected == found => Ok(()),
        (HeaderExpected::IsThere, Some(_)) | (HeaderExpected::IsNotThere, None) => Ok(()),
        (HeaderExpected::Is(expected), Some(found)) => Err(format!(
            "expected the {what} {name} to be {}, it is {}",
            shown(expected),
            shown(found)
        )),
        (HeaderExpected::IsNotThere, Some(found)) => {
            Err(format!("expected no {what} {name}, it is {}", shown(found)))
        }
        (HeaderExpected::Is(_) | HeaderExpected::IsThere, None) => {
            Err(format!("expected a {what} {name}, there is none"))
        }
    }
}

/// An answer for a message: its statuses.
pub(super) fn name_of_answer(expected: &AnswerExpected) -> String {
    let all: Vec<String> = expected.status.iter().map(ToString::to_string).collect();
    all.join(" or ")
}

/// Bytes for a message: the first of them, readable.
pub(super) fn shown(bytes: &[u8]) -> String {
    const MOST: usize = 200;
    let start = bytes[..bytes.len().min(MOST)].escape_ascii();
    match bytes.len() {
        ..=MOST => format!("`{start}`"),
        size => format!("`{start}`… ({size} bytes)"),
    }
}
