//! The ini files of tests/ini, and what each comes to: the lines `;= key = value` in it, in order, where
//! {folder} is their folder. Of each, and in the same way, uWSGI itself is asked. Knows nothing of options.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use proptest::strategy::Strategy;

use super::super::surroundings::{Found, Machine, Surroundings};
use super::*;

const VARIABLES: [(&str, &str); 4] =
    [("CORPUS_X", "ex"), ("CORPUS_Y", "why"), ("CORPUS_ONE", "1"), ("CORPUS_REF", "%(k)")];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ini")
}

/// This machine with other variables.
struct Corpus {
    machine: Machine,
    variables: BTreeMap<String, String>,
}

impl Corpus {
    fn new() -> Self {
        let variables = VARIABLES.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self { machine: Machine::seen_from(folder()), variables: variables.into() }
    }
}

impl Surroundings for Corpus {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }
    fn variables(&self) -> Vec<(String, String)> {
        self.variables.clone().into_iter().collect()
    }
    fn read(&self, path: &str) -> std::io::Result<String> {
        self.machine.read(path)
    }
    fn find(&self, path: &str) -> Option<Found> {
        self.machine.find(path)
    }
    fn glob(&self, pattern: &str) -> Vec<String> {
        self.machine.glob(pattern)
    }
    fn full_path(&self, path: &str) -> String {
        self.machine.full_path(path)
    }
    fn inode(&self, path: &str) -> Option<u64> {
        self.machine.inode(path)
    }
    fn folder(&self) -> String {
        self.machine.folder()
    }
    fn host(&self) -> String {
        self.machine.host()
    }
    fn user(&self) -> (u32, Option<String>) {
        self.machine.user()
    }
    fn group(&self) -> (u32, Option<String>) {
        self.machine.group()
    }
    fn processors(&self) -> usize {
        self.machine.processors()
    }
    fn program(&self) -> String {
        self.machine.program()
    }
    fn time(&self) -> u128 {
        self.machine.time()
    }
}

/// One file of the corpus.
struct Case {
    name: String,
    expected: Vec<String>,
}

impl Case {
    fn all() -> Vec<Self> {
        let machine = Machine::seen_from(folder());
        let named = |(number, name): (u32, Option<String>)| (number.to_string(), name);
        let ((uid, user), (gid, group)) = (named(machine.user()), named(machine.group()));
        let stand_for = [
            ("{folder}", machine.folder()),
            ("{host}", machine.host()),
            ("{user}", user.unwrap_or_else(|| uid.clone())),
            ("{group}", group.unwrap_or_else(|| gid.clone())),
            ("{uid}", uid),
            ("{gid}", gid),
            ("{processors}", machine.processors().to_string()),
            ("{version}", env!("CARGO_PKG_VERSION").to_owned()),
        ];
        let fill = |line: &str| {
            let fill = |line: String, (name, value): &(&str, String)| line.replace(name, value);
            stand_for.iter().fold(line.to_owned(), fill)
        };
        let mut cases: Vec<Self> = fs::read_dir(folder())
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
            .filter(|name| name.ends_with(".ini"))
            .map(|name| {
                let text = fs::read_to_string(folder().join(&name)).unwrap();
                let expected = text.lines().filter_map(|line| line.strip_prefix(";= ")).map(fill);
                Self { expected: expected.collect(), name }
            })
            .collect();
        cases.sort_unstable_by(|left, right| left.name.cmp(&right.name));
        cases
    }

    /// uWSGI is known to take it otherwise.
    fn differs(&self) -> bool {
        self.name.starts_with("differs_")
    }
}

/// What a file comes to, with its mistakes.
fn read(name: &str) -> (Vec<String>, Vec<String>) {
    let corpus = Corpus::new();
    let is_option = |name: &str| super::super::table::find(name).is_some();
    let mut collector = Collector::new(&corpus, &is_option);
    collector.add("ini", name, &Place::CommandLine);
    collector.resolve();
    let lines = collector.entries.iter();
    let lines = lines.map(|entry| format!("{} = {}", entry.key, entry.value).trim_end().to_owned());
    (lines.collect(), collector.mistakes.iter().map(ToString::to_string).collect())
}

#[test]
fn each_file_comes_to_what_it_says() {
    let cases = Case::all();
    assert!(cases.len() >= 60, "{}", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let (lines, mistakes) = read(&case.name);
        if lines != case.expected || !mistakes.is_empty() {
            let (name, expected) = (&case.name, &case.expected);
            wrong.push(format!("{name}: {lines:#?}, not {expected:#?}; {mistakes:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `UWSGI=/path/to/uwsgi cargo test -p cleanslate --lib -- --ignored uwsgi_takes`
#[test]
#[ignore = "needs uWSGI 2.0, whose path the variable UWSGI names"]
fn uwsgi_takes_each_file_in_the_same_way() {
    let program = std::env::var_os("UWSGI").expect("UWSGI names the program");
    let mut wrong = Vec::new();
    for case in Case::all() {
        let output = Command::new(&program)
            .args(["--ini", &case.name, "--no-server", "--show-config"])
            .current_dir(folder())
            .env_clear()
            .envs(VARIABLES)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let (_, shown) = text.split_once("\n[uwsgi]\n").unwrap_or_default();
        let (shown, _) = shown.split_once(";end of configuration").unwrap_or_default();
        let is_shown = |line: &&str| {
            let key = line.split(" = ").next().unwrap_or_default();
            !line.is_empty() && !is_word(key) && !matches!(key, "no-server" | "show-config")
        };
        let lines: Vec<String> =
            shown.lines().filter(is_shown).map(|line| line.trim_end().to_owned()).collect();
        if (lines == case.expected) == case.differs() {
            wrong.push(format!("{}: {lines:#?}, not {:#?}", case.name, case.expected));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The mistakes of a file with this text, which may include parts of the corpus.
fn mistakes(text: &str) -> Vec<String> {
    let file = tempfile::Builder::new().suffix(".ini").tempfile().unwrap();
    fs::write(file.path(), format!("[uwsgi]\n{text}\n")).unwrap();
    let path = file.path().to_str().unwrap();
    read(path).1.iter().map(|mistake| mistake.replace(path, "FILE")).collect()
}

#[test]
fn what_never_ends_is_a_mistake() {
    for (text, says) in [
        ("a = %(a)", "FILE:2: a: it refers to itself: a > a"),
        ("a = %(b)\nb = x%(c)\nc = %(a + 1)", "FILE:2: a: it refers to itself: a > b > c > a"),
        (
            "ini = parts/circle.ini",
            "parts/circle.ini:2: ini: parts/circle.ini is being read already: it includes itself",
        ),
    ] {
        assert_eq!(mistakes(text), [says], "{text}");
    }
}

#[test]
fn slips_are_told_with_their_line() {
    for (text, says) in [
        ("end =", "FILE:2: end: nothing is open that it could close"),
        ("for = a\nif-env = B\nend =", "FILE:3: if-env: it stands inside for"),
        ("for-times = many\na = 1\nb = 1\nend =", "FILE:2: for-times: give a number"),
        (
            "for-readline = parts/none\na = 1\nend =",
            "FILE:2: for-readline: parts/none can't be read",
        ),
        ("if-hostname-match = (\na = 1\nend =", "FILE:2: if-hostname-match: ( is no pattern"),
        ("ini = parts/none.ini", "FILE:2: ini: parts/none.ini can't be read"),
        ("ini = %(a)/b.ini\na = 1", "files are read before $( ) and %( ) have values"),
        ("a = @(parts/none)", "FILE:2: a: parts/none can't be read"),
        ("a = @(exec://date)", "FILE:2: a: @(exec://date): only files are read"),
        ("set = a", "FILE:2: set: give NAME=VALUE, not a"),
        ("set-placeholder = socket=x", "FILE:2: set-placeholder: socket is an option"),
    ] {
        let found = mistakes(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(found[0].contains(says), "{text}: {found:?}");
    }
}

/// Pieces of which a file may consist in any order.
fn any_file() -> impl Strategy<Value = String> {
    let pieces = [
        "a",
        "b",
        " = ",
        "%(a)",
        "%(b)",
        "%(",
        ")",
        "%(a b)",
        "%(a + 1)",
        "$(CORPUS_REF)",
        "%",
        "%%",
        "%d",
        "\n",
        "\n",
        "\n",
        "for = a b",
        "for-times = 2",
        "if-opt = a",
        "end =",
        "set = a=%(b)",
        "%(_)",
        "include = parts/one.ini",
        "ini = :",
        "[uwsgi]",
        "[",
        "é",
        "@(parts/word.txt)",
        ";",
        "#",
        "=",
        " ",
    ];
    proptest::collection::vec(proptest::sample::select(pieces.to_vec()), 0..40)
        .prop_map(|pieces| pieces.concat())
}

proptest::proptest! {
    #[test]
    fn whatever_a_file_says_it_is_read_to_its_end(text in any_file()) {
        // It neither panics nor hangs; what it finds is its own business.
        mistakes(&text);
    }
}
