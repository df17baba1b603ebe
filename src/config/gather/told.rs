//! What is said of a key or a value that can't be taken as it is. Knows nothing of what becomes of the others.

use super::Gathering;
use crate::config::foreign::{self, Fate};
use crate::config::ini::{Dangling, DanglingKind};
use crate::config::mistake::{Cause, Mistake};
use crate::config::place::{Entry, Note, Place};
use crate::config::suggest::nearest;
use crate::config::table::{self, Row, rows};

impl Gathering<'_> {
    pub(super) fn ignore(&mut self, entry: &Entry, why: &'static str) {
        let is_known = |note: &Note| match note {
            Note::NotApplicable { key, .. } => *key == entry.key,
            Note::Warning { .. } => false,
        };
        if !self.options.notes.iter().any(is_known) {
            let (key, place) = (entry.key.clone(), entry.place.clone());
            self.options.notes.push(Note::NotApplicable { key, place, why });
        }
    }

    pub(super) fn unknown(&mut self, entry: &Entry) {
        let known = rows().flat_map(|row| [&row.name].into_iter().chain(row.aliases).copied());
        let own = self.app_options.iter().map(|own| own.name);
        let suggestion = nearest(&entry.key, known.chain(own))
            .or_else(|| nearest(&entry.key, foreign::names().map(|(name, _)| name)))
            .filter(|name| !matches!(foreign::fate(name), Some(Fate::Refused(_))));
        if suggestion.is_none() && self.meant.contains(&entry.key) {
            return;
        }
        if !matches!(entry.place, Place::Environment(_)) {
            return self.wrong(entry, Cause::Unknown(suggestion));
        }
        // Variables may be anybody's, so that only a likely slip is told.
        if let Some(suggestion) = suggestion {
            let what = format!("there is no such option; did you mean {suggestion}?");
            let (key, place) = (entry.key.clone(), entry.place.clone());
            self.options.notes.push(Note::Warning { key, place, what });
        }
    }

    /// A reference that leads nowhere is wrong where its value is used, unless it means something there.
    pub(super) fn dangles(&mut self, entry: &Entry, dangling: Dangling) {
        let Some(row) = table::find(&entry.key).filter(|_| !entry.is_placeholder) else { return };
        // These have placeholders, and a shell's variables, of their own.
        if row.name == "log-format" || row.name.contains("cron") {
            return;
        }
        match dangling.kind {
            DanglingKind::Placeholder => {
                let Dangling { name, suggestion, .. } = dangling;
                self.wrong(entry, Cause::UnknownPlaceholder { name, suggestion });
            }
            DanglingKind::Variable => {
                let what = format!("the environment has no {}: it stays as it is", dangling.name);
                let (key, place) = (entry.key.clone(), entry.place.clone());
                self.options.notes.push(Note::Warning { key, place, what });
            }
        }
    }

    pub(super) fn wrong(&mut self, entry: &Entry, cause: Cause) {
        let (key, place) = (entry.key.clone(), entry.place.clone());
        self.options.mistakes.push(Mistake { place, key, cause });
    }

    /// On the command line an option is called by its own name.
    pub(super) fn wrong_for(&mut self, row: &Row, entry: &Entry, cause: Cause) {
        let key = if entry.place == Place::CommandLine { row.name } else { &entry.key };
        let (key, place) = (key.to_owned(), entry.place.clone());
        self.options.mistakes.push(Mistake { place, key, cause });
    }
}
