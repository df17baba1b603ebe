//! Where case files come from: out of this program, or out of a folder. It must not know what is
//! in them.

use std::fs;
use std::path::{Path, PathBuf};

use super::format::CaseError;

/// A case file.
#[derive(Debug)]
pub(super) struct CaseFile {
    /// Its path from the folder of all cases, as in `uwsgi/vars.toml`.
    pub(super) name: String,
    pub(super) text: String,
}

/// The files of `conform/` at the root of the repository. A test sees to it that all are here.
macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../conform/", $name)))),*]
    };
}

const BUILT_IN: &[(&str, &str)] = built_in![
    "fastcgi/answers.toml",
    "fastcgi/begin.toml",
    "fastcgi/connection.toml",
    "fastcgi/management.toml",
    "fastcgi/params.toml",
    "fastcgi/records.toml",
    "fastcgi/stdin.toml",
    "http/answers.toml",
    "http/body.toml",
    "http/chunks.toml",
    "http/connection.toml",
    "http/lines.toml",
    "http/request-line.toml",
    "http/smuggling.toml",
    "http/target.toml",
    "scgi/headers.toml",
    "scgi/netstring.toml",
    "scgi/requests.toml",
    "uwsgi/answers.toml",
    "uwsgi/body.toml",
    "uwsgi/length.toml",
    "uwsgi/malformed.toml",
    "uwsgi/modifiers.toml",
    "uwsgi/packet.toml",
    "uwsgi/vars.toml",
];

/// The files of this folder and those below it, in the order of their names; without a folder the
/// built-in ones.
pub(super) fn read(folder: Option<&Path>) -> Result<Vec<CaseFile>, CaseError> {
    let Some(folder) = folder else {
        let owned = |(name, text): &(&str, &str)| CaseFile {
            name: (*name).to_owned(),
            text: (*text).to_owned(),
        };
        return Ok(BUILT_IN.iter().map(owned).collect());
    };
    let mut paths = Vec::new();
    collect(folder, &mut paths)?;
    paths.sort();
    let read = |path: &PathBuf| {
        let text = fs::read_to_string(path)
            .map_err(|source| CaseError::Read { path: path.clone(), source })?;
        let name = path.strip_prefix(folder).unwrap_or(path).to_string_lossy().into_owned();
        Ok(CaseFile { name, text })
    };
    let files: Vec<_> = paths.iter().map(read).collect::<Result<_, _>>()?;
    if files.is_empty() { Err(CaseError::NoFiles(folder.to_owned())) } else { Ok(files) }
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<(), CaseError> {
    let read = |source| CaseError::Read { path: folder.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(read)? {
        let path = entry.map_err(read)?.path();
        if path.is_dir() {
            collect(&path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_built_in() {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/conform"));
        let names = |files: Vec<CaseFile>| -> Vec<String> {
            files.into_iter().map(|file| file.name).collect()
        };
        let (found, mut built_in) = (read(Some(folder)).unwrap(), names(read(None).unwrap()));
        built_in.sort();
        assert_eq!(built_in, names(found), "the list in this file and the files of conform/");
    }
}
