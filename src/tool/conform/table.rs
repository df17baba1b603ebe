//! What several servers did, side by side, out of what `--json` told of each. It must not know how
//! that came about.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::{fmt, fs};

use serde::Deserialize;

use super::format::Case;

/// What one server did, by the ids of the cases.
#[derive(Debug)]
pub(super) struct Column {
    name: String,
    cells: BTreeMap<String, Cell>,
}

/// What is needed of a line that was saved.
#[derive(Debug, Deserialize)]
struct Cell {
    id: String,
    result: String,
    /// Not there if the case was skipped.
    observed: Option<String>,
}

/// Why there is no table.
#[derive(Debug, thiserror::Error)]
pub(super) enum TableError {
    #[error("--table `{0}`: expected NAME=FILE")]
    Name(String),
    #[error("{file}: {source}")]
    Read { file: String, source: io::Error },
    #[error("{file}, line {line}: {source}")]
    Line { file: String, line: usize, source: serde_json::Error },
}

/// The columns that `NAME=FILE` stand for, in their order; of one name there may be several files.
pub(super) fn read(all: &[String]) -> Result<Vec<Column>, TableError> {
    let mut columns: Vec<Column> = Vec::new();
    for given in all {
        let (name, file) = given.split_once('=').ok_or_else(|| TableError::Name(given.clone()))?;
        let cells = read_file(file)?;
        match columns.iter_mut().find(|column| column.name == name) {
            Some(column) => column.cells.extend(cells),
            None => columns.push(Column { name: name.to_owned(), cells: cells.collect() }),
        }
    }
    Ok(columns)
}

fn read_file(file: &str) -> Result<impl Iterator<Item = (String, Cell)> + use<>, TableError> {
    let owned = || file.to_owned();
    let text =
        fs::read_to_string(file).map_err(|source| TableError::Read { file: owned(), source })?;
    let cell = |(line, text): (usize, &str)| {
        serde_json::from_str(text).map_err(|source| TableError::Line {
            file: owned(),
            line,
            source,
        })
    };
    let cells: Vec<Cell> = (1..).zip(text.lines()).map(cell).collect::<Result<_, _>>()?;
    Ok(cells.into_iter().map(|cell| (cell.id.clone(), cell)))
}

/// A table in Markdown for each protocol, with those servers that were asked in it.
pub(super) fn write(out: &mut impl Write, cases: &[Case], columns: &[Column]) -> io::Result<()> {
    for group in cases.chunk_by(|one, other| one.protocol == other.protocol) {
        let was_asked =
            |column: &&Column| group.iter().any(|case| column.cells.contains_key(&case.id));
        let columns: Vec<&Column> = columns.iter().filter(was_asked).collect();
        let Some(first) = group.first().filter(|_| !columns.is_empty()) else { continue };
        let names: String = columns.iter().map(|column| format!(" {} |", column.name)).collect();
        writeln!(out, "\n### {}\n\n| case | what it checks |{names}", first.protocol)?;
        writeln!(out, "|---|---|{}", "---|".repeat(columns.len()))?;
        for case in group {
            let cell = |column: &&Column| match column.cells.get(&case.id) {
                Some(cell) => format!(" {cell} |"),
                None => " |".to_owned(),
            };
            let cells: String = columns.iter().map(cell).collect();
            writeln!(out, "| `{}` | {} |{cells}", case.id, plain(&case.checks))?;
        }
    }
    Ok(())
}

/// Bold where it is none of what the case accepts.
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.observed, self.result.as_str()) {
            (None, _) => write!(f, "–"),
            (Some(observed), "failed") => write!(f, "**{}**", plain(observed)),
            (Some(observed), _) => write!(f, "{}", plain(observed)),
        }
    }
}

/// Text that a cell can hold.
pub(super) fn plain(text: &str) -> String {
    text.replace('|', "\\|").replace('*', "\\*").replace('_', "\\_")
}
