//! The letters that stand for something before anything else is looked at: `%d` is the file's folder.
//! Knows nothing of keys.

use super::super::surroundings::Surroundings;

/// What the letters of one file stand for.
#[derive(Clone, Debug, Default)]
pub(super) struct Magic {
    /// Of this file: the letters o p d s n e c x i j, and digits.
    own: Vec<(char, String)>,
}

impl Magic {
    /// Of a file as it was named, with its section.
    pub(super) fn of_file(name: &str, surroundings: &dyn Surroundings) -> Self {
        let (path, section) = split_section(name);
        let full = surroundings.full_path(path);
        let (folder, file) = full.rsplit_once('/').unwrap_or(("", &full));
        let (stem, extension) = file.rsplit_once('.').unwrap_or((file, ""));
        let parent = folder.rsplit_once('/').map_or("", |(_, parent)| parent);
        let mut own = vec![
            ('o', name.to_owned()),
            ('p', full.clone()),
            ('d', format!("{folder}/")),
            ('s', file.to_owned()),
            ('n', stem.to_owned()),
            ('e', extension.to_owned()),
            ('c', parent.to_owned()),
            ('x', section.to_owned()),
            ('j', hash(&full)),
        ];
        own.extend(surroundings.inode(&full).map(|inode| ('i', inode.to_string())));
        let parts = folder.split('/').filter(|part| !part.is_empty());
        own.extend(('0'..='9').zip(parts.map(str::to_owned)));
        Self { own }
    }

    /// The same for another section of the same file.
    pub(super) fn with_section(&self, section: &str) -> Self {
        let mut own = self.own.clone();
        own.retain(|(letter, _)| *letter != 'x');
        own.push(('x', section.to_owned()));
        Self { own }
    }

    fn get(&self, letter: char) -> Option<&str> {
        self.own.iter().find(|(known, _)| *known == letter).map(|(_, value)| value.as_str())
    }
}

/// A file's path and the section that is asked for, empty if none is.
pub(super) fn split_section(name: &str) -> (&str, &str) {
    name.rsplit_once(':').unwrap_or((name, ""))
}

/// A text with its letters replaced, and those that stand for nothing and have vanished.
pub(super) fn replace(
    text: &str,
    file: &Magic,
    first: &Magic,
    surroundings: &dyn Surroundings,
) -> (String, Vec<char>) {
    let mut out = String::with_capacity(text.len());
    let mut vanished = Vec::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            out.push(character);
            continue;
        }
        match characters.next() {
            None | Some('%') => out.push('%'),
            Some('(') => out.push_str("%("),
            Some(letter) if letter.is_ascii_lowercase() && file.get(letter).is_some() => {
                out.push_str(file.get(letter).unwrap_or_default());
            }
            Some(letter) => match other(letter, file, first, surroundings) {
                Some(value) => out.push_str(&value),
                None => vanished.push(letter),
            },
        }
    }
    (out, vanished)
}

/// The letters that are the same in all files, those of the first file, and digits.
fn other(
    letter: char,
    file: &Magic,
    first: &Magic,
    surroundings: &dyn Surroundings,
) -> Option<String> {
    let named = |(number, name): (u32, Option<String>)| name.unwrap_or_else(|| number.to_string());
    Some(match letter {
        '0'..='9' => file.get(letter).unwrap_or_default().to_owned(),
        'O' | 'P' | 'D' | 'S' | 'N' | 'E' | 'C' | 'X' | 'I' | 'J' => {
            first.get(letter.to_ascii_lowercase()).unwrap_or_default().to_owned()
        }
        'v' => surroundings.folder(),
        'h' => surroundings.host(),
        't' => (surroundings.time() / 1_000_000).to_string(),
        'T' => surroundings.time().to_string(),
        'V' => env!("CARGO_PKG_VERSION").to_owned(),
        'k' => surroundings.processors().to_string(),
        'b' => surroundings.program(),
        'u' => surroundings.user().0.to_string(),
        'U' => named(surroundings.user()),
        'g' => surroundings.group().0.to_string(),
        'G' => named(surroundings.group()),
        '[' => "\u{1b}".to_owned(),
        _ => return None,
    })
}

/// The hash that uWSGI makes of a path: 33 times and xor, its bytes from the lowest.
fn hash(path: &str) -> String {
    let hash = path.bytes().fold(5_381_u32, |hash, byte| hash.wrapping_mul(33) ^ u32::from(byte));
    hash.to_le_bytes().map(|byte| format!("{byte:02X}")).concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_uwsgis() {
        assert_eq!(hash("/tmp/hh/a.ini"), "E28B1419");
    }
}
