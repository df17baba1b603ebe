//! Options: the table of them, the command line, and what they come to. Knows nothing of what
//! uses them.

mod command_line;
mod options;
mod process;
mod settings;
mod span;
mod table;

pub(crate) use table::is_taken;

pub(crate) use command_line::{Parsed, parse};
pub(crate) use options::AppOption;
pub use options::Options;
pub(crate) use process::RecycleSettings;
pub(crate) use settings::Settings;
pub(crate) use span::SpanText;
