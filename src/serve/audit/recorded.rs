//! Captured requests as subjects: the packet that each would come in. Knows nothing of how it is run.

use std::path::{Path, PathBuf};

use cleanslate_proto::uwsgi;

use crate::capture::{FileError, Recorded, files};

/// A captured request as a uwsgi packet.
pub(super) struct Asked {
    /// What is asked for, and the file.
    pub(super) name: String,
    pub(super) packet: Vec<u8>,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub(super) enum RecordedError {
    #[error("--recorded {0}")]
    File(#[from] FileError),
    #[error("--recorded {folder}: there is no captured request in this folder", folder = folder.display())]
    Empty { folder: PathBuf },
    #[error("--recorded {file}: the request can't be written as a packet: {source}", file = file.display())]
    Packet { file: PathBuf, source: cleanslate_proto::error::Error },
}

/// All requests of these files and folders.
///
/// # Errors
/// The first that can't be used.
pub(super) fn all(paths: &[PathBuf]) -> Result<Vec<Asked>, RecordedError> {
    let mut all = Vec::new();
    for path in paths {
        let files = files(path)?;
        if files.is_empty() {
            return Err(RecordedError::Empty { folder: path.clone() });
        }
        for file in files {
            all.push(read(&file)?);
        }
    }
    Ok(all)
}

fn read(path: &Path) -> Result<Asked, RecordedError> {
    let Recorded { modifiers, mut vars, body } = Recorded::read(path)?;
    // What is kept of a body may be less than there was, or have other words in it.
    let length = body.len().to_string().into_bytes();
    let has_length = |name: &[u8], value: &[u8]| name == b"CONTENT_LENGTH" && !value.is_empty();
    for (_, value) in vars.iter_mut().filter(|(name, value)| has_length(name, value)) {
        value.clone_from(&length);
    }
    if !body.is_empty() && !vars.iter().any(|(name, value)| has_length(name, value)) {
        // It came in chunks.
        vars.push((b"CONTENT_LENGTH".to_vec(), length));
    }
    let var = |wanted: &[u8]| {
        let found = vars.iter().rev().find(|(name, _)| name == wanted);
        found.map(|(_, value)| String::from_utf8_lossy(value)).unwrap_or_default()
    };
    let uri = Some(var(b"REQUEST_URI")).filter(|uri| !uri.is_empty());
    let uri = uri.unwrap_or_else(|| var(b"PATH_INFO"));
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let name = format!("{} {uri} ({file})", var(b"REQUEST_METHOD"));
    let mut packet = Vec::new();
    let borrowed = vars.iter().map(|(name, value)| (name.as_slice(), value.as_slice()));
    uwsgi::encode(&mut packet, modifiers.0, modifiers.1, borrowed)
        .map_err(|source| RecordedError::Packet { file: path.to_owned(), source })?;
    packet.extend_from_slice(&body);
    Ok(Asked { name, packet })
}
