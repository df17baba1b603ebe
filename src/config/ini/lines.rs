//! The lines of an ini file that count: those with a key, in the section that is asked for. Knows
//! nothing of what keys mean.

/// A key and its value, as they are written.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Line<'a> {
    pub(super) number: usize,
    pub(super) key: &'a str,
    /// Empty for a key alone.
    pub(super) value: &'a str,
}

/// What is cut off both ends; nothing else is a space.
const SPACES: [char; 3] = [' ', '\t', '\r'];

/// All such lines of a section; sections of one name count as one.
pub(super) fn of<'a>(text: &'a str, section: &str) -> Vec<Line<'a>> {
    let mut is_in = false;
    let mut lines = Vec::new();
    for (index, line) in text.split('\n').enumerate() {
        let line = line.trim_matches(SPACES);
        if let Some(name) = line.strip_prefix('[') {
            // The last character is the bracket, or is taken for it.
            let mut name = name.chars();
            name.next_back();
            is_in = name.as_str() == section;
        } else if is_in && !line.is_empty() && !line.starts_with([';', '#']) {
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            let (key, value) = (key.trim_end_matches(SPACES), value.trim_matches(SPACES));
            lines.push(Line { number: index + 1, key, value });
        }
    }
    lines
}

/// The part of a value that was meant as a comment, it seems: nothing after a key is one.
pub(super) fn comment_in(value: &str) -> Option<&str> {
    let starts = [" ;", "\t;", " #", "\t#"];
    let at = starts.iter().filter_map(|start| value.find(start)).min()?;
    Some(value[at..].trim_matches(SPACES))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_one_section_are_found() {
        let text = "no = 1\n[a]\n x=1=2 \n\n; c\n#d\n\tbare\r\n[b]\ny=2\n[a}\nz=";
        let lines: Vec<_> = of(text, "a").iter().map(|l| (l.number, l.key, l.value)).collect();
        assert_eq!(lines, [(3, "x", "1=2"), (7, "bare", ""), (11, "z", "")]);
    }

    #[test]
    fn a_comment_behind_a_value_is_noticed() {
        assert_eq!(comment_in("4 ; four"), Some("; four"));
        assert_eq!(comment_in("4\t# four"), Some("# four"));
        assert_eq!(comment_in("a;b#c"), None);
    }
}
