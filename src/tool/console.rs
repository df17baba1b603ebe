//! Standard output and standard error. It must not know what is written.

use std::fmt;
use std::io::{self, Write};

/// Writes a line to standard error. If that is closed there is nobody left to tell.
pub(super) fn complain(text: impl fmt::Display) {
    writeln!(io::stderr().lock(), "cleanslate: {text}").ok();
}

/// Whether a write failed because the reader left, as `head` does: no reason to complain.
pub(super) fn is_reader_gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}
