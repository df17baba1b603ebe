//! Options of uWSGI that this server doesn't have, and what becomes of each: taken without effect, or
//! refused where that would change what is safe or meant. Knows nothing of the server's own options.

mod ignored;
mod refused;

/// Options with one fate.
pub(crate) struct Foreign {
    /// A name that ends in `*` stands for all that begin so.
    pub(crate) names: &'static [&'static str],
    /// It takes no value on a command line.
    pub(crate) is_flag: bool,
    pub(crate) fate: Fate,
}

/// What becomes of an option.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fate {
    /// It is taken, and has no effect: why that is as well.
    Ignored(&'static str),
    /// The server doesn't start: why, or what to use.
    Refused(&'static str),
}

const fn ignored(names: &'static [&'static str], why: &'static str) -> Foreign {
    Foreign { names, is_flag: false, fate: Fate::Ignored(why) }
}

const fn ignored_flags(names: &'static [&'static str], why: &'static str) -> Foreign {
    Foreign { names, is_flag: true, fate: Fate::Ignored(why) }
}

const fn refused(names: &'static [&'static str], why: &'static str) -> Foreign {
    Foreign { names, is_flag: false, fate: Fate::Refused(why) }
}

/// All of them: those of a full name before those of a beginning.
pub(crate) fn all() -> impl Iterator<Item = &'static Foreign> {
    ignored::ROWS.iter().chain(refused::ROWS)
}

/// What becomes of an option of this name, if uWSGI has one.
pub(crate) fn fate(name: &str) -> Option<Fate> {
    let exact = all().find(|foreign| foreign.names.contains(&name));
    let begins = |foreign: &&Foreign| {
        let mut starts = foreign.names.iter().filter_map(|known| known.strip_suffix('*'));
        starts.any(|start| name.starts_with(start))
    };
    exact.or_else(|| all().find(begins)).map(|foreign| foreign.fate)
}

/// Whether uWSGI has an option of just this name, as far as is known.
pub(crate) fn is_named(name: &str) -> bool {
    all().any(|foreign| foreign.names.contains(&name))
}

/// All full names.
pub(crate) fn names() -> impl Iterator<Item = (&'static str, bool)> {
    all().flat_map(|foreign| {
        let full = foreign.names.iter().filter(|name| !name.ends_with('*'));
        full.map(|name| (*name, foreign.is_flag))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::config::table;

    #[test]
    fn no_option_has_two_fates() {
        let mut seen = BTreeSet::new();
        for name in all().flat_map(|foreign| foreign.names) {
            assert!(seen.insert(*name), "{name} is there twice");
            assert!(table::find(name).is_none(), "{name} is the server's own");
        }
    }

    #[test]
    fn a_beginning_stands_for_many() {
        assert!(matches!(fate("cheaper-busyness-max"), Some(Fate::Ignored(_))));
        assert!(matches!(fate("route-uri"), Some(Fate::Refused(_))));
        assert_eq!(fate("app_path"), None);
    }
}
