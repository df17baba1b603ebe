//! What is wrong with how a server was set up, and how nginx talks to it. It must not know how findings
//! are shown.

use super::super::readings::Readings;
use super::{Rule, Severity, line};
use crate::tool::statistics::{Own, Var};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "CS029",
        name: "nginx-params-missing",
        severity: Severity::Warning,
        means: "nginx doesn't send what its own file of parameters has, so handlers don't learn it: who \
                the client is, say, or the query.",
        told: "Half of the requests that were looked at lacked one. Each thread looks at its first, and \
               then at one in 1,024. DOCUMENT_URI is not missed where PATH_INFO is sent.",
        advice: "`include uwsgi_params;` (fastcgi_params, scgi_params) beside uwsgi_pass. A location that \
                 has a uwsgi_param of its own takes over none of those around it: put the include there \
                 as well.",
        find: |readings| vars(readings, "is missing", |own| &own.vars.missing),
    },
    Rule {
        id: "CS030",
        name: "nginx-params-doubled",
        severity: Severity::Warning,
        means: "nginx sends a parameter twice. The last counts here, which may not be the one that was meant.",
        told: "Half of the requests that were looked at had one twice. Each thread looks at its first, and \
               then at one in 1,024.",
        advice: "Remove either the include of uwsgi_params or the uwsgi_param beside it.",
        find: |readings| vars(readings, "comes twice", |own| &own.vars.doubled),
    },
    Rule {
        id: "CS031",
        name: "no-master",
        severity: Severity::Notice,
        means: "Nobody supervises the server: it isn't replaced when it dies, outgrows a limit or loses \
                threads, and can't be reloaded without losing requests.",
        told: "The server says that it has no master.",
        advice: "`master = true`. Under systemd with Restart=always it can be left out: --ignore CS031.",
        find: |readings| {
            let is_alone = readings.own().is_some_and(|own| own.master == Some(false));
            line(is_alone, || "the server runs without a master".to_owned())
        },
    },
    Rule {
        id: "CS032",
        name: "no-deadline",
        severity: Severity::Notice,
        means: "Requests may take for ever. nginx gives up after uwsgi_read_timeout, and the server works \
                on for nobody.",
        told: "The server says that harakiri is 0.",
        advice: "`harakiri = 60`, or what nginx waits for. A route that needs more has a deadline of its \
                 own.",
        find: |readings| {
            let limits = readings.own().and_then(|own| own.limits.as_ref());
            line(limits.is_some_and(|limits| limits.harakiri.is_none()), || {
                "harakiri is 0".to_owned()
            })
        },
    },
    Rule {
        id: "CS033",
        name: "heap-not-counted",
        severity: Severity::Notice,
        means: "Nobody knows which job holds which memory, so that a handler that leaks heap can't be named.",
        told: "The program's allocator doesn't count.",
        advice: "Put `cleanslate::count_heap!();` into main.rs; docs/performance.md says what it costs.",
        find: |readings| {
            let is_uncounted = readings.own().is_some_and(|own| own.heap_is_counted == Some(false));
            line(is_uncounted, || "the heap isn't counted by job".to_owned())
        },
    },
];

fn vars(readings: &Readings, what: &str, of: fn(&Own) -> &Vec<Var>) -> Vec<String> {
    let Some(own) = readings.own() else { return Vec::new() };
    let looked = own.vars.looked;
    let often = of(own).iter().filter(|var| looked > 0 && var.count * 2 >= looked);
    often
        .map(|var| {
            format!("{} {what} in {} of {looked} requests that were looked at", var.name, var.count)
        })
        .collect()
}
