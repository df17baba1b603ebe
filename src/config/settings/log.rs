//! What the options come to for the log. Touches nothing of the system.

use std::path::PathBuf;
use std::time::Duration;

use super::super::mistake::{Cause, Mistake};
use super::reader::Reader;
use crate::log::Format;

/// The log.
#[derive(Clone, Debug)]
pub(crate) struct LogSettings {
    pub(crate) file: Option<PathBuf>,
    /// Bytes.
    pub(crate) max_size: Option<u64>,
    /// How many files that were put aside are kept.
    pub(crate) keep: usize,
    pub(crate) backup_name: Option<PathBuf>,
    pub(crate) truncate: bool,
    /// Each request has a line.
    pub(crate) requests: bool,
    /// How that line looks, with uWSGI's names in it.
    pub(crate) format: Format,
    pub(crate) json: bool,
    /// Requests that take so long have a line, even if others have none.
    pub(crate) slow: Option<Duration>,
}

impl LogSettings {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let max_size = reader.bytes("log-maxsize", 0..=u64::MAX, "a number of bytes");
        let slow: u32 = reader.number("log-slow", 0..=u32::MAX, "a number of milliseconds");
        Self {
            file: reader.path("daemonize").or_else(|| reader.path("logto")),
            max_size: Some(max_size).filter(|size| *size > 0),
            keep: reader.number("log-keep", 1..=100_000, "1 to 100000"),
            backup_name: reader.path("log-backupname"),
            truncate: reader.is_set("log-truncate"),
            requests: reader.is_set("log-requests") && !reader.is_set("disable-logging"),
            format: format(reader),
            json: reader.is_set("log-json"),
            slow: Some(Duration::from_millis(slow.into())).filter(|time| !time.is_zero()),
        }
    }
}

/// uWSGI's own unless set; it stands in for one that can't be read.
fn format(reader: &mut Reader<'_>) -> Format {
    const OPTION: &str = "log-format";
    let Some(text) = reader.options.text(OPTION) else {
        return Format::default();
    };
    Format::parse(text).unwrap_or_else(|error| {
        let cause = Cause::Syntax(error.to_string());
        let place = reader.options.place(OPTION);
        reader.mistakes.push(Mistake { place, key: OPTION.to_owned(), cause });
        Format::default()
    })
}
