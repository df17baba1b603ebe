//! What is wrong with what a server has: memory, descriptors, connections, the database's log, its own
//! log. It must not know how findings are shown.

use super::super::readings::{Readings, float};
use super::{Rule, Severity, bytes, line};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "CS023",
        name: "growing-wal",
        severity: Severity::Warning,
        means: "The database's write-ahead log is large. SQLite starts it over once all readers are done \
                with it; one that never is makes it grow for ever, and every read slower.",
        told: "It has 64 MiB, or 16 MiB and grew while it was watched.",
        advice: "Find who keeps a read transaction open: a long report, a backup, a shell. Another process \
                 counts as well. Then `PRAGMA wal_checkpoint(TRUNCATE)` makes it small again.",
        find: wal,
    },
    Rule {
        id: "CS024",
        name: "memory-near-limit",
        severity: Severity::Warning,
        means: "The server will be replaced soon, as it nearly has the memory that reload-on-rss or \
                reload-on-as allow.",
        told: "At the second look it had nine tenths of it.",
        advice: "If it gets there within minutes, look for a leak (leaking-handler); if its memory is what \
                 it needs, raise the limit.",
        find: memory,
    },
    Rule {
        id: "CS025",
        name: "growing-memory",
        severity: Severity::Warning,
        means: "The memory of the process grows, and no handler is known to leak.",
        told: "It grew by a tenth and by 16 MiB while it was watched, in a server that was a minute old or \
               more.",
        advice: "Watch it for longer (`--watch 600`). `cleanslate top` shows what each job holds; what \
                 none holds is of native code, or of threads of the application's own.",
        find: growth,
    },
    Rule {
        id: "CS026",
        name: "descriptors-near-limit",
        severity: Severity::Error,
        means: "The process has nearly as many files and sockets open as it may. Without one it can't take \
                a connection nor open its database.",
        told: "At the second look it had four fifths of its limit.",
        advice: "If a handler leaks them, mend that (leaking-handler). Else raise the hard limit: \
                 LimitNOFILE in systemd's unit.",
        find: descriptors,
    },
    Rule {
        id: "CS027",
        name: "connections-near-limit",
        severity: Severity::Warning,
        means: "Nearly as many connections wait in the event loops as max-connections allows. Those beyond \
                it are answered 503 or closed.",
        told: "At the second look there were four fifths of them.",
        advice: "See that nginx doesn't keep more idle connections than are of use (`keepalive` in its \
                 upstream); else raise max-connections.",
        find: connections,
    },
    Rule {
        id: "CS028",
        name: "log-lines-dropped",
        severity: Severity::Warning,
        means: "Log lines were thrown away, as 16,384 others were waiting to be written.",
        told: "At least one since the start.",
        advice: "See whether the log's disk is slow or full, or whether whoever reads standard output \
                 stands still. Log less: log-level, log-slow in place of every request.",
        find: log,
    },
];

const MEBIBYTE: u64 = 1 << 20;

fn wal(readings: &Readings) -> Vec<String> {
    let size = |own: &crate::tool::statistics::Own| {
        own.database.as_ref().map_or(0, |files| files.wal_size)
    };
    let Some(own) = readings.own() else { return Vec::new() };
    let now = size(own);
    let grown = now.saturating_sub(readings.own_before().map_or(now, size));
    line(now >= 64 * MEBIBYTE || (now >= 16 * MEBIBYTE && grown > 0), || {
        let database = own.database.as_ref().map_or(0, |files| files.size);
        let seconds = readings.seconds;
        format!(
            "the write-ahead log has {} beside a database of {}; it grew by {} in {seconds:.1} s",
            bytes(now),
            bytes(database),
            bytes(grown)
        )
    })
}

fn memory(readings: &Readings) -> Vec<String> {
    let Some((own, limits)) = readings.own().and_then(|own| Some((own, own.limits.as_ref()?)))
    else {
        return Vec::new();
    };
    [
        ("reload-on-rss", "resident memory is", own.memory.resident, limits.reload_on_rss),
        (
            "reload-on-as",
            "the address space grew by",
            own.memory.address_space_grown,
            limits.reload_on_as,
        ),
    ]
    .into_iter()
    .filter_map(|(option, what, has, limit)| Some((option, what, has, limit?)))
    .filter(|(_, _, has, limit)| float(*has) >= 0.9 * float(*limit))
    .map(|(option, what, has, limit)| {
        format!("{what} {}; {option} is {}", bytes(has), bytes(limit))
    })
    .collect()
}

fn growth(readings: &Readings) -> Vec<String> {
    let (before, after) = (readings.before.resident(), readings.after.resident());
    let grown = after.saturating_sub(before);
    let is_settled = readings.own_before().is_none_or(|own| own.uptime >= 60.0);
    let is_explained = readings.own().is_some_and(|own| !own.leaks.is_empty());
    let is_much = before > 0 && grown >= 16 * MEBIBYTE && grown * 10 >= before;
    line(is_much && is_settled && !is_explained, || {
        format!("from {} to {} in {:.1} s", bytes(before), bytes(after), readings.seconds)
    })
}

fn descriptors(readings: &Readings) -> Vec<String> {
    let Some(own) = readings.own() else { return Vec::new() };
    let limit = own.limits.as_ref().and_then(|limits| limits.descriptors).unwrap_or(0);
    let open = own.open_descriptors;
    line(limit > 0 && float(open) >= 0.8 * float(limit), || format!("{open} are open, of {limit}"))
}

fn connections(readings: &Readings) -> Vec<String> {
    let Some(own) = readings.own() else { return Vec::new() };
    let limit = own.limits.as_ref().map_or(0, |limits| limits.connections);
    let count = own.connections;
    line(limit > 0 && float(count) >= 0.8 * float(limit), || {
        format!("{count} connections wait; max-connections is {limit}")
    })
}

fn log(readings: &Readings) -> Vec<String> {
    let Some(own) = readings.own() else { return Vec::new() };
    let dropped = own.log.dropped;
    let before = readings.own_before().map_or(0, |own| own.log.dropped);
    let recent = dropped.saturating_sub(before);
    line(dropped > 0, || {
        format!("{dropped} since the start, {recent} in the last {:.1} s", readings.seconds)
    })
}
