//! What is in files, as text. It must not know that it can be sent.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::tool::captured::{Captured, Micros};

/// Shows each file: what is known of its request, its vars, and its body.
pub(super) fn show(all: &[Captured]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for (number, recorded) in all.iter().enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        show_one(&mut out, recorded)?;
    }
    Ok(())
}

fn show_one(out: &mut impl Write, recorded: &Captured) -> io::Result<()> {
    let about = &recorded.about;
    let Micros { queued, handled, database, written } = about.micros;
    writeln!(out, "{} {}", plain(recorded.method().as_bytes()), plain(recorded.uri()))?;
    writeln!(out, "file      {}", recorded.path.display())?;
    writeln!(out, "job       {} of {}", about.job, about.application)?;
    writeln!(
        out,
        "at        {} by {}, id {}",
        about.at,
        about.protocol,
        plain(about.request_id.as_bytes())
    )?;
    writeln!(out, "answered  {} ({})", about.status, about.why)?;
    writeln!(
        out,
        "took      {queued} µs queued, {handled} µs handled, of these {database} µs in the database, {written} µs written"
    )?;
    if !recorded.redacted.is_empty() {
        writeln!(out, "redacted  {}", plain(recorded.redacted.join(", ").as_bytes()))?;
    }
    writeln!(out)?;
    for (name, value) in &recorded.vars {
        writeln!(out, "{}={}", plain(name), plain(value))?;
    }
    let (kept, size) = (recorded.body.len(), about.body_size);
    if size > 0 {
        writeln!(out, "\nbody, {kept} of {size} bytes:\n{}", body(&recorded.body))?;
    }
    Ok(())
}

/// A client's bytes as text on one line, which can't do anything to a terminal.
pub(super) fn plain(bytes: &[u8]) -> String {
    escaped(bytes, |_| false)
}

fn body(bytes: &[u8]) -> String {
    escaped(bytes, |char| char == '\n' || char == '\t')
}

fn escaped(bytes: &[u8], may_stay: impl Fn(char) -> bool) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for char in chunk.valid().chars() {
            if char.is_control() && !may_stay(char) {
                text.extend(char.escape_default());
            } else {
                text.push(char);
            }
        }
        for byte in chunk.invalid() {
            // A String takes all that is written to it.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_a_terminal_but_text() {
        assert_eq!(plain("a ü\n\x1b[31m".as_bytes()), "a ü\\n\\u{1b}[31m");
        assert_eq!(plain(b"a\xff\xc3b"), "a\\xff\\xc3b");
        assert_eq!(body(b"a\n\tb\r"), "a\n\tb\\r");
    }
}
