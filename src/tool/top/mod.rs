//! `cleanslate top`: what a server does now, again and again, as `top` shows it of a machine. It must not
//! know how statistics are fetched.

mod error;
mod format;
mod live;
mod options;
mod screen;
mod seen;
mod tables;
#[cfg(test)]
mod tests;
mod view;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use self::error::TopError;
pub(crate) use self::options::Options;
use self::screen::Screen;
use self::seen::Seen;
use self::view::View;
use super::statistics::Source;
use super::{clock, console};

pub(crate) fn run(options: &Options) -> ExitCode {
    match watch(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if !matches!(&error, TopError::Write(source) if console::is_reader_gone(source)) {
                console::complain(&error);
            }
            ExitCode::from(error.exit_code())
        }
    }
}

fn watch(options: &Options) -> Result<(), TopError> {
    let mut source = Source::parse(&options.address)?;
    let started = clock::now();
    // Who is not there at all is told at once, and not shown as gone.
    let first = source.fetch(started + options.max_time)?;
    let mut seen = Seen::default();
    seen.take(Ok(first), started.elapsed(), clock::since_1970().as_secs());
    if !options.once && io::stdout().is_terminal() {
        return live::run(options, source, seen, started);
    }
    clock::pause_until(clock::now() + options.interval);
    let second = source.fetch(clock::now() + options.max_time)?;
    seen.take(Ok(second), started.elapsed(), clock::since_1970().as_secs());
    let (address, now) = (source.to_string(), started.elapsed());
    let screen = Screen { address: &address, seen: &seen, view: &View::new(options.interval), now };
    let mut out = io::stdout().lock();
    out.write_all(screen.text(width()).as_bytes())
        .and_then(|()| out.flush())
        .map_err(TopError::Write)
}

/// How wide the text may be: what the terminal has, or what COLUMNS says where there is none.
fn width() -> u16 {
    const USUAL: u16 = 120;
    const LEAST: u16 = 80;
    let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let is_terminal = io::stdout().is_terminal();
    let own = || is_terminal.then(|| ratatui::crossterm::terminal::size().ok()).flatten();
    told.or_else(|| own().map(|(columns, _)| columns)).unwrap_or(USUAL).clamp(LEAST, 500)
}
