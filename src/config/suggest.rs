//! The nearest known name to one that nobody knows. Knows nothing of what names are for.

/// Below this likeness a suggestion confuses more than it helps.
const LIKENESS_MIN: f64 = 0.65;

/// The name that is most like this one, if any is.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let name = name.replace('_', "-").to_ascii_lowercase();
    let likeness = |known: &str| {
        let plain = known.replace('_', "-");
        strsim::normalized_damerau_levenshtein(&name, &plain)
    };
    let nearest = known.into_iter().map(|known| (likeness(known), known));
    let nearest = nearest.max_by(|left, right| left.0.total_cmp(&right.0));
    nearest.filter(|(likeness, _)| *likeness >= LIKENESS_MIN).map(|(_, known)| known.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_near_is_suggested() {
        let known = ["socket", "processes", "log-maxsize"];
        assert_eq!(nearest("sokcet", known).as_deref(), Some("socket"));
        assert_eq!(nearest("log_max_size", known).as_deref(), Some("log-maxsize"));
        assert_eq!(nearest("wholly-different", known), None);
    }
}
