//! Where an answer is written, and what is told beside it. It must not know connections.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use cleanslate::proto::uwsgi;

use super::error::CurlError;
use super::incoming::Head;
use super::options::Options;
use super::request::Request;

/// Where an answer goes.
pub(super) struct Output {
    file: Box<dyn Write>,
    includes_head: bool,
    is_verbose: bool,
}

impl Output {
    pub(super) fn open(options: &Options) -> Result<Self, CurlError> {
        let file: Box<dyn Write> = match &options.output {
            Some(path) => {
                let create = |source| CurlError::Create { path: path.clone(), source };
                Box::new(BufWriter::new(File::create(path).map_err(create)?))
            }
            None => Box::new(io::stdout().lock()),
        };
        let includes_head = options.include || options.head;
        Ok(Self { file, includes_head, is_verbose: options.verbose })
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), CurlError> {
        self.file.write_all(bytes).map_err(CurlError::Write)
    }

    /// What was written may still be on its way before this.
    pub(super) fn finish(&mut self) -> Result<(), CurlError> {
        self.file.flush().map_err(CurlError::Write)
    }

    pub(super) fn show_request(&self, request: &Request) -> Result<(), CurlError> {
        self.tell('>', request.shown.iter().map(String::as_str))
    }

    pub(super) fn show_head(&mut self, head: &Head) -> Result<(), CurlError> {
        let text = String::from_utf8_lossy(&head.bytes);
        self.tell('<', text.lines())?;
        if self.includes_head { self.write(&head.bytes) } else { Ok(()) }
    }

    /// A packet has no head that a client would know, so its numbers are told.
    pub(super) fn show_packet(
        &mut self,
        head: uwsgi::Head,
        content: &[u8],
    ) -> Result<(), CurlError> {
        let uwsgi::Head { modifier1, modifier2, vars_size } = head;
        let line = format!(
            "uwsgi packet: modifier1 {modifier1}, modifier2 {modifier2}, {vars_size} bytes\n"
        );
        self.write(line.as_bytes())?;
        self.write(content)
    }

    fn tell<'a>(&self, mark: char, lines: impl Iterator<Item = &'a str>) -> Result<(), CurlError> {
        let mut stderr = io::stderr().lock();
        for line in lines.filter(|_| self.is_verbose) {
            writeln!(stderr, "{mark} {line}").map_err(CurlError::Write)?;
        }
        Ok(())
    }
}
