//! Secrets in JSON, found by their names without a parser, so that what is cut off or not quite JSON
//! hides none. Knows nothing of where it was found.

use super::{INSTEAD, Redactor};

impl Redactor<'_> {
    /// JSON without the values of secrets; the rest stays as it is, byte for byte.
    pub(super) fn json(&mut self, text: &[u8]) -> Vec<u8> {
        let mut kept = Vec::with_capacity(text.len());
        let mut at = 0;
        while at < text.len() {
            if text[at] != b'"' {
                kept.push(text[at]);
                at += 1;
                continue;
            }
            let end = end_of_text(text, at);
            kept.extend_from_slice(&text[at..end]);
            let name = &text[at + 1..end.saturating_sub(1).max(at + 1)];
            at = end;
            let Some(value) = start_of_value(text, end) else { continue };
            if self.names.is_secret(&unescaped(name)) && value < text.len() {
                self.note("body ", name);
                kept.extend_from_slice(&text[end..value]);
                kept.push(b'"');
                kept.extend_from_slice(INSTEAD.as_bytes());
                kept.push(b'"');
                at = end_of_value(text, value);
            }
        }
        kept
    }
}

/// Where the value begins of a name that ends at `at`; none if it is no name.
fn start_of_value(text: &[u8], at: usize) -> Option<usize> {
    let colon = after_blanks(text, at);
    (text.get(colon) == Some(&b':')).then(|| after_blanks(text, colon + 1))
}

fn after_blanks(text: &[u8], at: usize) -> usize {
    let is_blank = |byte: &&u8| byte.is_ascii_whitespace();
    at + text[at..].iter().take_while(is_blank).count()
}

/// Behind the quote that ends a text, or the end of all.
fn end_of_text(text: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

/// Behind a text, a number or a word, or all that is in brackets.
fn end_of_value(text: &[u8], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0_usize);
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => {
                at = end_of_text(text, at);
                if depth == 0 {
                    return at;
                }
                continue;
            }
            b'[' | b'{' => depth += 1,
            b']' | b'}' if depth <= 1 => return if depth == 0 { at } else { at + 1 },
            b']' | b'}' => depth -= 1,
            b',' if depth == 0 => return at,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

/// A name with its escapes read, as `p\u0061ssword`; as it is where it can't be.
fn unescaped(name: &[u8]) -> Vec<u8> {
    if !name.contains(&b'\\') {
        return name.to_vec();
    }
    let quoted = [b"\"", name, b"\""].concat();
    serde_json::from_slice(&quoted).map_or_else(|_| name.to_vec(), String::into_bytes)
}
