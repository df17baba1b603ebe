//! Signals of the system as messages, so that none interrupts a job. Knows nothing of what comes of
//! them, but that whoever asks for an end for the third time gets it.

use std::io;

use crossbeam_channel::{Receiver, unbounded};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::Signals;

pub(super) fn is_stop(signal: i32) -> bool {
    matches!(signal, SIGTERM | SIGQUIT | SIGINT)
}

/// Hands signals over from here on; of children that have ended only to a master.
///
/// # Errors
/// The system's.
pub(super) fn listen(is_master: bool) -> io::Result<Receiver<i32>> {
    let mut wanted = vec![SIGTERM, SIGQUIT, SIGINT, SIGHUP, SIGUSR1, SIGUSR2];
    wanted.extend(is_master.then_some(SIGCHLD));
    let mut signals = Signals::new(wanted)?;
    // Bounded by how often a person sends signals to a process that is about to end.
    let (sender, receiver) = unbounded();
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let mut stops = 0;
        for signal in signals.forever() {
            stops += u32::from(is_stop(signal));
            if stops > 2 || sender.send(signal).is_err() {
                std::process::exit(70);
            }
        }
    })?;
    Ok(receiver)
}
