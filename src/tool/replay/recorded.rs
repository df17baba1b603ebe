//! A file with a captured request, as docs/capture.md says it is. It must not know who wrote it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::error::ReplayError;
use crate::tool::vars::Var;

/// A captured request.
pub(super) struct Recorded {
    pub(super) path: PathBuf,
    pub(super) about: About,
    /// The names whose values are not there.
    pub(super) redacted: Vec<String>,
    pub(super) vars: Vec<Var>,
    pub(super) body: Vec<u8>,
}

/// What is known of it.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(super) struct About {
    pub(super) application: String,
    pub(super) job: String,
    pub(super) why: String,
    pub(super) status: u16,
    pub(super) at: String,
    pub(super) request_id: String,
    pub(super) micros: Micros,
    pub(super) protocol: String,
    pub(super) modifiers: (u8, u8),
    pub(super) body_size: u64,
    pub(super) body_is_cut: bool,
}

/// How long it took, and where.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub(super) struct Micros {
    pub(super) queued: u64,
    pub(super) handled: u64,
    pub(super) database: u64,
    pub(super) written: u64,
}

#[derive(Deserialize)]
struct File {
    format: u32,
    #[serde(flatten)]
    about: About,
    #[serde(default)]
    redacted: Vec<String>,
    vars: Vec<(String, String)>,
    #[serde(default)]
    body: String,
}

/// Methods that change nothing.
const SAFE: [&[u8]; 3] = [b"GET", b"HEAD", b"OPTIONS"];
const FORMAT: u32 = 1;

impl Recorded {
    pub(super) fn read(path: &Path) -> Result<Self, ReplayError> {
        let owned = || path.to_owned();
        let text = fs::read(path).map_err(|source| ReplayError::Read { file: owned(), source })?;
        let file: File = serde_json::from_slice(&text)
            .map_err(|source| ReplayError::Syntax { file: owned(), source })?;
        let File { format, about, redacted, vars, body } = file;
        if format != FORMAT {
            return Err(ReplayError::Format { file: owned(), format });
        }
        let var = |(name, value): &(String, String)| Some((bytes(name)?, bytes(value)?));
        let vars: Option<Vec<Var>> = vars.iter().map(var).collect();
        let content = vars.zip(STANDARD.decode(&body).ok());
        let (vars, body) = content.ok_or_else(|| ReplayError::Bytes { file: owned() })?;
        Ok(Self { path: owned(), about, redacted, vars, body })
    }

    /// The value of a var, of a repeated one the last; empty if there is none.
    pub(super) fn var(&self, name: &str) -> &[u8] {
        let found = self.vars.iter().rev().find(|(key, _)| key == name.as_bytes());
        found.map_or(&[], |(_, value)| value.as_slice())
    }

    pub(super) fn method(&self) -> String {
        String::from_utf8_lossy(self.var("REQUEST_METHOD")).into_owned()
    }

    /// Path and query, as they were sent.
    pub(super) fn uri(&self) -> &[u8] {
        let uri = self.var("REQUEST_URI");
        if uri.is_empty() { self.var("PATH_INFO") } else { uri }
    }

    /// Whether it may be sent again without a second thought.
    pub(super) fn is_safe(&self) -> bool {
        SAFE.contains(&self.var("REQUEST_METHOD"))
    }

    pub(super) fn file_name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// How long it took when it was captured.
    pub(super) fn took(&self) -> Duration {
        let Micros { queued, handled, written, .. } = self.about.micros;
        Duration::from_micros(queued.saturating_add(handled).saturating_add(written))
    }
}

/// All files: those that are given, and of folders those in them, in the order of their names.
pub(super) fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, ReplayError> {
    let mut all = Vec::new();
    for path in paths {
        if !path.is_dir() {
            all.push(path.clone());
            continue;
        }
        let before = all.len();
        let read = |source| ReplayError::Read { file: path.clone(), source };
        for entry in fs::read_dir(path).map_err(read)? {
            let entry = entry.map_err(read)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(".json") && !name.starts_with('.') {
                all.push(entry.path());
            }
        }
        if all.len() == before {
            return Err(ReplayError::Empty { folder: path.clone() });
        }
        all[before..].sort_unstable();
    }
    Ok(all)
}

/// Characters up to 255 as the bytes of that number.
fn bytes(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|char| u8::try_from(u32::from(char)).ok()).collect()
}
