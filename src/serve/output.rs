//! What servers and handlers write by themselves, beside the log: goes into the log file as well. Knows
//! nothing of what it says.

use std::convert::Infallible;
use std::fs::File;
use std::io::{self, BufRead, BufReader, PipeReader, PipeWriter, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::log::Sink;
use crate::master::Outputs;
use crate::master::daemon::redirect_output;

/// Pipes into the log file.
pub(super) struct Output {
    pipes: Outputs,
    /// Whether whoever has started this process still waits, and reads its standard error.
    is_awaited: Arc<AtomicBool>,
    /// Nothing comes; it is disconnected when all is written.
    written: Receiver<Infallible>,
}

/// A longer line is cut, as it is kept in memory until it ends.
const LINE_MAX: u64 = 64 << 10;

impl Output {
    /// Pipes whose lines go to the log, until all their writers are closed.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn into_log(sink: Sink) -> io::Result<Self> {
        let is_awaited = Arc::new(AtomicBool::new(true));
        let (done, written) = bounded(0);
        let errors = pipe(sink.clone(), Some(Arc::clone(&is_awaited)), done.clone())?;
        let pipes = Outputs { output: pipe(sink, None, done)?, errors };
        Ok(Self { pipes, is_awaited, written })
    }

    /// Other writers of the same.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn writers(&self) -> io::Result<Outputs> {
        self.pipes.try_clone()
    }

    pub(super) fn errors(&self) -> &PipeWriter {
        &self.pipes.errors
    }

    /// From here on errors are told in the log alone.
    pub(super) fn has_started(&self) {
        self.is_awaited.store(false, Ordering::SeqCst);
    }

    /// Waits until all that was written is in the log, unless somebody else holds the pipes.
    pub(super) fn end(self) {
        const LONGEST: Duration = Duration::from_secs(1);
        let Self { pipes, is_awaited, written } = self;
        drop(pipes);
        // A daemon's own output is one of their writers, but not before it is let go: until then
        // somebody reads it. Without /dev/null there is nothing to be done.
        if !is_awaited.load(Ordering::SeqCst) {
            let null = File::options().write(true).open("/dev/null");
            let _ = null.and_then(|null| redirect_output(&null));
        }
        let _ = written.recv_timeout(LONGEST);
    }
}

/// A pipe into the log, and to standard error as long as somebody waits there.
fn pipe(
    sink: Sink,
    is_awaited: Option<Arc<AtomicBool>>,
    done: Sender<Infallible>,
) -> io::Result<PipeWriter> {
    let (reader, writer) = io::pipe()?;
    let life = move || {
        copy(reader, sink, is_awaited.as_deref());
        drop(done);
    };
    std::thread::Builder::new().name("output".to_owned()).spawn(life)?;
    Ok(writer)
}

/// Line by line, so that two processes' lines don't mix, and a file is put aside between two.
fn copy(reader: PipeReader, mut sink: Sink, is_awaited: Option<&AtomicBool>) {
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    let mut next = |line: &mut Vec<u8>| (&mut reader).take(LINE_MAX).read_until(b'\n', line);
    while next(&mut line).is_ok_and(|size| size > 0) {
        // A log file counts by itself what it can't take.
        let _ = sink.write_all(&line);
        if is_awaited.is_some_and(|is_awaited| is_awaited.load(Ordering::SeqCst)) {
            // Where nobody listens there is nobody to tell.
            let _ = io::stderr().write_all(&line);
        }
        line.clear();
    }
}
