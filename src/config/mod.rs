//! Options: the table of them, where their values come from (the environment, the command line, ini and
//! TOML files), and what they come to. Knows nothing of what uses them.
//!
//! `environment` and `command_line` give words, `ini` makes keys with values of them and of the files that
//! they name, `gather` finds the options among these (`table`, `foreign`), and `settings` checks what they
//! come to. Everything keeps its `place`, so that all mistakes are told at once, each with its line.

mod audit;
mod command_line;
mod environment;
mod flags;
mod foreign;
mod gather;
mod ini;
mod mistake;
mod options;
mod pages;
mod place;
mod settings;
mod show;
mod span;
mod suggest;
mod surroundings;
mod table;

pub(crate) use table::is_taken;

pub(crate) use audit::AuditText;
pub(crate) use command_line::{Parsed, parse};
pub(crate) use options::AppOption;
pub use options::Options;
pub(crate) use place::Note;
pub(crate) use settings::{CaptureSettings, CronCommand, LogSettings, RecycleSettings, Settings};
pub(crate) use span::SpanText;
