//! What there is to be found, as a list, an explanation, or the page docs/doctor.md. It must not know
//! any server.

use std::fmt::Write;

use super::report::fold;
use super::rules::{RULES, Rule};

/// A line for each finding.
pub(super) fn list() -> String {
    let rules = RULES.iter().flat_map(|rules| *rules);
    rules
        .map(|Rule { id, name, severity, .. }| format!("{id} {:<8} {name}\n", severity.word()))
        .collect()
}

/// All that is known of a finding.
pub(super) fn explanation(rule: &Rule) -> String {
    let mut text = format!("{} {} ({})\n", rule.id, rule.name, rule.severity.word());
    for (heading, paragraph) in
        [("What it means", rule.means), ("When it is told", rule.told), ("What to do", rule.advice)]
    {
        // A String takes all that is written to it.
        let _ = writeln!(text, "\n{heading}:");
        fold(&mut text, paragraph);
    }
    text
}

#[cfg(test)]
pub(super) fn page() -> String {
    const INTRODUCTION: &str = "\
# What the doctor finds

`cleanslate doctor ADDRESS` reads a server's statistics twice, some seconds apart (`--watch`), and says in
plain words what is wrong, worst first, and what to do. It ends with 0 if nothing was found, with 1 if
something was. `--severity warning` and `--ignore ID` leave out what isn't wanted.

`--json` is for scripts: an object with `server` (`application`, `version`, `pid`, `uptime`), `watched` in seconds,
and `findings`, each with its `id`, `name`, `severity`, `details` (a line for each job, socket or other thing
that has it) and `advice`.

Each finding has an id, which stays the same. With uWSGI, which tells less, the doctor finds less:
CS003, CS004, CS008, CS009, CS010, CS013 and CS025.

An **error** is what users see, or will soon. A **warning** will go wrong, or goes wrong for some. A **notice**
is something missing that would help one day.
";
    let mut page = INTRODUCTION.to_owned();
    page.push_str("\n| id | name | |\n|---|---|---|\n");
    for Rule { id, name, severity, .. } in RULES.iter().flat_map(|rules| *rules) {
        let link = format!("#{}-{name}", id.to_lowercase());
        let _ = writeln!(page, "| [{id}]({link}) | {name} | {} |", severity.word());
    }
    for Rule { id, name, severity, means, told, advice, .. } in
        RULES.iter().flat_map(|rules| *rules)
    {
        let _ = write!(
            page,
            "\n## {id} {name}\n\n*{}.* {means}\n\n**Told when:** {told}\n\n**What to do:** {advice}\n",
            severity.word()
        );
    }
    page
}
