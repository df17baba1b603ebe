//! Rows: where more options are. Knows nothing of what they lead to.

use super::{Group, Kind, Row};

pub(super) const GROUP: Group = Group { heading: "Configuration", rows: ROWS };

const ROWS: &[Row] = &[
    Row::new(
        "ini",
        Kind::Text("FILE[:SECTION]"),
        "Read an ini file in uWSGI's dialect, its section [uwsgi] unless another is named; a word that ends in .ini is taken for it",
    )
    .repeated(),
    Row::new("toml", Kind::Path, "Read a TOML file with the same keys; so is a word that ends in .toml")
        .repeated(),
    Row::new(
        "include",
        Kind::Text("FILE[:SECTION]"),
        "Read an ini or a TOML file at this place, by its name's end",
    )
    .repeated(),
    Row::new("set", Kind::Text("KEY=VALUE"), "Set an option, or a value for %(KEY)").repeated().short('S'),
    Row::new("set-placeholder", Kind::Text("KEY=VALUE"), "Set a value for %(KEY) that is no option")
        .also(&["set-ph"])
        .repeated(),
];
