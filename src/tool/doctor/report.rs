//! What was found, as text or as JSON. It must not know how it is found.

use std::fmt::Write;

use serde::Serialize;

use super::readings::Readings;
use super::rules::{Rule, Severity};
use crate::tool::statistics::Statistics;

/// All that was found, the worst first.
#[derive(Serialize)]
pub(super) struct Report {
    server: Server,
    /// Seconds.
    watched: f64,
    pub(super) findings: Vec<Found>,
}

#[derive(Serialize)]
struct Server {
    application: String,
    version: String,
    pid: u64,
    /// Seconds, if it is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    uptime: Option<f64>,
}

/// One finding, with a line for each job, socket or other thing that has it.
#[derive(Serialize)]
pub(super) struct Found {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) severity: Severity,
    pub(super) details: Vec<String>,
    advice: &'static str,
}

impl Report {
    pub(super) fn new(readings: &Readings, rules: impl Iterator<Item = &'static Rule>) -> Self {
        let found = rules.map(|rule| Found {
            id: rule.id,
            name: rule.name,
            severity: rule.severity,
            details: (rule.find)(readings),
            advice: rule.advice,
        });
        let mut findings: Vec<Found> = found.filter(|found| !found.details.is_empty()).collect();
        findings.sort_by_key(|found| std::cmp::Reverse(found.severity));
        Self { server: Server::of(&readings.after), watched: readings.seconds, findings }
    }

    pub(super) fn json(&self) -> String {
        // Nothing in it can't be written.
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        format!("{text}\n")
    }

    /// For people, who asked for it at this address.
    pub(super) fn text(&self, address: &str) -> String {
        let Server { application, version, pid, uptime } = &self.server;
        let mut text = format!("{application} {version} at {address}, process {pid}");
        // A String takes all that is written to it.
        if let Some(uptime) = uptime {
            let _ = write!(text, ", up for {uptime:.0} s");
        }
        let _ = write!(text, ", watched for {:.1} s: ", self.watched);
        match self.findings.len() {
            0 => text.push_str("nothing found\n"),
            1 => text.push_str("1 finding\n"),
            count => {
                let _ = writeln!(text, "{count} findings");
            }
        }
        for Found { id, name, severity, details, advice } in &self.findings {
            let _ = writeln!(text, "\n{:<8} {id} {name}", severity.word());
            for detail in details {
                let _ = writeln!(text, "  - {detail}");
            }
            fold(&mut text, advice);
        }
        text
    }
}

impl Server {
    fn of(statistics: &Statistics) -> Self {
        Self {
            application: statistics.name().to_owned(),
            version: statistics.version.clone(),
            pid: statistics.pid,
            uptime: statistics.cleanslate.as_ref().map(|own| own.uptime),
        }
    }
}

/// Lines that fit a terminal, each a little to the right.
pub(super) fn fold(text: &mut String, paragraph: &str) {
    const WIDTH: usize = 96;
    let mut width = 0;
    for word in paragraph.split_whitespace() {
        let length = word.chars().count();
        if width == 0 || width + 1 + length > WIDTH {
            text.push_str(if width == 0 { "  " } else { "\n  " });
            width = 2;
        } else {
            text.push(' ');
            width += 1;
        }
        text.push_str(word);
        width += length;
    }
    text.push('\n');
}
