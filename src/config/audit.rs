//! What an audit is asked for, as it is given. Knows nothing of how it is done.

use std::path::PathBuf;

/// What the command line says.
#[derive(Debug)]
pub(crate) struct AuditText {
    pub(super) runs: String,
    /// `GET /users/7`, each.
    pub(crate) requests: Vec<String>,
    /// Files with captured requests, and folders of them.
    pub(crate) recorded: Vec<PathBuf>,
    /// On the database itself and not on a copy.
    pub(crate) is_live: bool,
    pub(crate) is_json: bool,
}

impl AuditText {
    /// How often each handler is run, or what is wrong with that.
    pub(crate) fn runs(&self) -> Result<usize, String> {
        let runs = self.runs.parse().ok().filter(|runs| (10..=1_000_000).contains(runs));
        runs.ok_or_else(|| format!("--runs {}: give a number from 10 on", self.runs))
    }
}
