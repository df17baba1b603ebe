//! The files that a log was put aside as: their names, and which are kept. Knows nothing of the log itself.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// The file's name with the time behind it, and a number where that is taken.
pub(super) fn free_name(path: &Path) -> PathBuf {
    let seconds = jiff::Timestamp::now().as_second();
    let name = |number: u32| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{seconds}"));
        if number > 0 {
            name.push(format!(".{number}"));
        }
        PathBuf::from(name)
    };
    (0..u32::MAX).map(name).find(|name| !name.exists()).unwrap_or_else(|| name(0))
}

/// Removes the oldest of those that were put aside.
pub(super) fn prune(path: &Path, keep: usize) {
    let mut aside = put_aside(path).unwrap_or_default();
    aside.sort();
    let superfluous = aside.len().saturating_sub(keep);
    for (_, old) in aside.drain(..superfluous) {
        // One that can't be removed now is tried again with the next.
        let _ = fs::remove_file(old);
    }
}

/// The files that were put aside, by their time and number.
pub(super) fn put_aside(path: &Path) -> io::Result<Vec<(Vec<u64>, PathBuf)>> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let prefix = format!("{}.", path.file_name().unwrap_or_default().to_string_lossy());
    let mut found = Vec::new();
    for entry in fs::read_dir(folder.unwrap_or_else(|| Path::new(".")))? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(behind) = name.to_str().and_then(|name| name.strip_prefix(&prefix)) else {
            continue;
        };
        let numbers: Result<Vec<u64>, _> = behind.split('.').map(str::parse).collect();
        if let Ok(numbers) = numbers
            && numbers.len() <= 2
        {
            found.push((numbers, entry.path()));
        }
    }
    Ok(found)
}
