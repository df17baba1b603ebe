//! Options that are given as variables of the environment. Knows nothing of which there are.

use super::place::{Entry, Place};
use super::surroundings::Surroundings;

/// `UWSGI_LOG_LEVEL` and `CLEANSLATE_LOG_LEVEL` are log-level; of both the second counts.
pub(super) fn entries(surroundings: &dyn Surroundings) -> Vec<Entry> {
    /// Variables of these beginnings that are something else.
    const OTHERS: [&str; 9] = [
        "CLEANSLATE_ROLE",
        "UWSGI_RELOADS",
        "UWSGI_VASSALS_DIR",
        "UWSGI_EMPEROR_FD",
        "UWSGI_EMPEROR_FD_CONFIG",
        "UWSGI_EMPEROR_PROXY",
        "UWSGI_BROODLORD_NUM",
        "UWSGI_JAIL_PID",
        "UWSGI_ORIGINAL_PROC_NAME",
    ];
    let variables = surroundings.variables();
    let mut entries = Vec::new();
    for prefix in ["UWSGI_", "CLEANSLATE_"] {
        for (name, value) in &variables {
            let Some(rest) = name.strip_prefix(prefix).filter(|rest| !rest.is_empty()) else {
                continue;
            };
            if !OTHERS.contains(&name.as_str()) {
                let key = rest.to_ascii_lowercase().replace('_', "-");
                let place = Place::Environment(name.clone());
                entries.push(Entry { key, value: value.clone(), place, is_placeholder: false });
            }
        }
    }
    entries
}
