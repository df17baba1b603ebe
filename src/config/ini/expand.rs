//! Finds `$(name)`, `@(name)` and `%(name)` in a value, the innermost first, and puts something in
//! their places. Knows nothing of what the names stand for.

use super::super::mistake::Cause;

/// So often something may be replaced in one value, which may grow to so many bytes.
const REPLACED_MAX: usize = 1_000;
const BYTES_MAX: usize = 1 << 20;

/// The value with all replaced that `look_up` knows. What it doesn't know stays as it is.
///
/// # Errors
/// Those of `look_up`, and [`Cause::Endless`].
pub(super) fn expand(
    text: &str,
    symbol: u8,
    mut look_up: impl FnMut(&str) -> Result<Option<String>, Cause>,
) -> Result<String, Cause> {
    let mut text = text.to_owned();
    let mut from = 0;
    let mut replaced = 0;
    while let Some((start, end)) = next(text.as_bytes(), symbol, from) {
        match look_up(&text[start + 2..end - 1])? {
            None => from = end,
            Some(value) => {
                replaced += 1;
                if replaced > REPLACED_MAX || text.len() + value.len() > BYTES_MAX {
                    return Err(Cause::Endless);
                }
                text.replace_range(start..end, &value);
                // What is put in may be part of another name.
                from = 0;
            }
        }
    }
    Ok(text)
}

/// Where the next one is, whole: a name may have parentheses of its own, in pairs, and is not empty.
fn next(text: &[u8], symbol: u8, from: usize) -> Option<(usize, usize)> {
    let mut start = None;
    let mut depth = 0_usize;
    for (at, byte) in text.iter().copied().enumerate().skip(from) {
        let follows_symbol = at > from && text[at - 1] == symbol;
        match (byte, start) {
            (b'(', _) if follows_symbol => {
                start = Some(at - 1);
                depth = 0;
            }
            (_, _) if byte == symbol => start = None,
            (b'(', Some(_)) => depth += 1,
            (b')', Some(_)) if depth > 0 => depth -= 1,
            (b')', Some(begun)) if at > begun + 2 => return Some((begun, at + 1)),
            (b')', Some(_)) => start = None,
            _ => {}
        }
    }
    None
}

/// The names of placeholders that a value uses, in sums too.
pub(in crate::config) fn names(value: &str) -> Vec<String> {
    let mut names = Vec::new();
    // Nothing is put in, so that it can't fail.
    let _ = expand(value, b'%', |inside| {
        names.extend(inside.split(' ').filter(|name| !name.is_empty()).map(str::to_owned));
        Ok(None)
    });
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let known = |name: &str| match name {
            "a" => Ok(Some("1".to_owned())),
            "x1" => Ok(Some("deep".to_owned())),
            "loop" => Ok(Some("%(loop)".to_owned())),
            "f(y)" => Ok(Some("call".to_owned())),
            _ => Ok(None),
        };
        let expanded = expand(text, b'%', known).unwrap_or_else(|cause| cause.to_string());
        assert_eq!(expanded, expected, "{text}");
    }

    #[test]
    fn what_is_known_is_put_in() {
        check("", "");
        check("%(a)", "1");
        check("-%(a)%(a)-%(b)", "-11-%(b)");
        check("%(x%(a))", "deep");
        check("%(f(y))!", "call!");
        check("%()%(", "%()%(");
        check("%%(a) (a) %a", "%1 (a) %a");
        check("é%(a)é", "é1é");
        check("%(loop)", "its placeholders never end");
    }

    #[test]
    fn names_are_found_in_sums() {
        assert_eq!(names("%(a + b)/%(c)"), ["a", "+", "b", "c"]);
    }
}
