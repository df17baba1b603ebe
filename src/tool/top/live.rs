//! The view in a terminal: keys, a clock, and a thread that asks the server, so that a slow one doesn't
//! hold up a key. It must not know what is on the screen.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyEventKind};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::error::TopError;
use super::options::Options;
use super::screen::Screen;
use super::seen::Seen;
use super::view::{View, Wish};
use crate::tool::clock;
use crate::tool::statistics::{Source, Statistics};

/// How long nothing may be done without a look at whether to end.
const LOOK: Duration = Duration::from_millis(500);
/// The same while an answer is awaited.
const LOOK_FOR_ANSWER: Duration = Duration::from_millis(20);

/// What came of a look, and when.
type Told = (Result<Statistics, String>, Instant);

struct Live {
    address: String,
    seen: Seen,
    view: View,
    started: Instant,
    asks: SyncSender<()>,
    told: Receiver<Told>,
    is_asking: bool,
    due: Instant,
    /// Whether a signal has asked for the end.
    ending: Arc<AtomicBool>,
}

/// Shows it until it is ended; the terminal is as before then, whatever ended it.
pub(super) fn run(
    options: &Options,
    source: Source,
    seen: Seen,
    started: Instant,
) -> Result<(), TopError> {
    let ending = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&ending)).map_err(TopError::Terminal)?;
    }
    let address = source.to_string();
    let (asks, told) = ask(source, options.max_time).map_err(TopError::Terminal)?;
    let live = Live {
        address,
        seen,
        view: View::new(options.interval),
        started,
        asks,
        told,
        is_asking: false,
        due: clock::now() + options.interval,
        ending,
    };
    // A panic's hook puts the terminal back as well.
    let terminal = ratatui::try_init().map_err(TopError::Terminal)?;
    let outcome = live.live(terminal);
    ratatui::restore();
    outcome.map_err(TopError::Terminal)
}

/// Starts the thread that asks whenever it is told to.
fn ask(mut source: Source, max_time: Duration) -> io::Result<(SyncSender<()>, Receiver<Told>)> {
    let (asks, asked) = sync_channel(1);
    let (tell, told) = sync_channel(1);
    let life = move || {
        for () in asked {
            let outcome = source.fetch(clock::now() + max_time).map_err(|error| error.to_string());
            if tell.send((outcome, clock::now())).is_err() {
                return;
            }
        }
    };
    std::thread::Builder::new().name("ask".to_owned()).spawn(life)?;
    Ok((asks, told))
}

impl Live {
    fn live(mut self, mut terminal: DefaultTerminal) -> io::Result<()> {
        while !self.ending.load(Ordering::Relaxed) {
            self.look()?;
            let Self { address, seen, view, started, .. } = &self;
            let screen = Screen { address, seen, view, now: started.elapsed() };
            terminal.draw(|frame| screen.draw(frame))?;
            if self.wait()? == Wish::End {
                break;
            }
        }
        Ok(())
    }

    /// Takes an answer that has come, and asks again when it is time to.
    fn look(&mut self) -> io::Result<()> {
        match self.told.try_recv() {
            Ok((outcome, at)) => {
                self.is_asking = false;
                // One that was under way when the view was told to stand still comes too late.
                if !self.view.is_paused {
                    let at = at.saturating_duration_since(self.started);
                    self.seen.take(outcome, at, clock::since_1970().as_secs());
                }
            }
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => {
                return Err(io::Error::other("nobody asks any more"));
            }
        }
        if !self.is_asking && !self.view.is_paused && clock::left(self.due).is_zero() {
            self.due = clock::now() + self.view.interval;
            self.is_asking = self.asks.try_send(()).is_ok();
        }
        Ok(())
    }

    /// Until a key, a new size, an answer or the next look.
    fn wait(&mut self) -> io::Result<Wish> {
        let longest = if self.is_asking { LOOK_FOR_ANSWER } else { LOOK };
        let left = if self.view.is_paused { longest } else { clock::left(self.due) };
        if !is_told(left.min(longest))? {
            return Ok(Wish::Nothing);
        }
        match event::read()? {
            Event::Key(key) if key.kind != KeyEventKind::Release => {
                let interval = self.view.interval;
                let wish = self.view.press(key);
                let rows = self.view.kind.rows(&self.seen, self.view.order(self.view.kind));
                self.view.stay_within(rows.map_or(0, |rows| rows.len()));
                if self.view.interval != interval {
                    self.due = self.due.min(clock::now() + self.view.interval);
                }
                Ok(wish)
            }
            // The next draw sees the new size.
            _ => Ok(Wish::Nothing),
        }
    }
}

/// Whether the terminal has something within this time. It is asked itself first: of one that is gone
/// crossterm would read the end for ever.
fn is_told(within: Duration) -> io::Result<bool> {
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        return event::poll(within);
    }
    let mut polled = [PollFd::new(&stdin, PollFlags::IN)];
    let time = Timespec::try_from(within).map_err(io::Error::other)?;
    match poll(&mut polled, Some(&time)) {
        Ok(0) | Err(rustix::io::Errno::INTR) => Ok(false),
        Ok(_) if polled[0].revents().intersects(PollFlags::HUP | PollFlags::ERR) => {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
        Ok(_) => event::poll(Duration::ZERO),
        Err(error) => Err(error.into()),
    }
}
