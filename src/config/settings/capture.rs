//! What the options come to for requests that are kept. Touches nothing of the system.

use std::path::PathBuf;
use std::time::Duration;

use super::reader::Reader;

/// Which requests are kept, and what of them.
#[derive(Clone, Debug)]
pub(crate) struct CaptureSettings {
    pub(crate) folder: PathBuf,
    pub(crate) files_max: usize,
    /// Requests that take so long are kept; none: only those that fail.
    pub(crate) slow: Option<Duration>,
    /// Bytes of a body.
    pub(crate) body_max: usize,
    /// Names beside those that are secret anyway.
    pub(crate) redact: Vec<String>,
}

impl CaptureSettings {
    /// None unless a folder is set; the others are looked at all the same.
    pub(super) fn read(reader: &mut Reader<'_>, log_slow: Option<Duration>) -> Option<Self> {
        let slow = match reader.options.text("capture-slow") {
            None => log_slow,
            Some(_) => reader.seconds("capture-slow"),
        };
        let files_max = reader.number("capture-max", 1..=10_000, "1 to 10000");
        let body_max = reader.bytes("capture-size", 0..=64 << 20, "a number of bytes, 64m at most");
        let body_max = usize::try_from(body_max).unwrap_or(usize::MAX);
        let names = reader.options.all("capture-redact").iter().flat_map(|text| text.split(','));
        let redact = names.map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned);
        let (redact, folder) = (redact.collect(), reader.path("capture")?);
        Some(Self { folder, files_max, slow, body_max, redact })
    }
}
