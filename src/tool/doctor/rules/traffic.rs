//! What is wrong with what comes in: it is shed, waits, is broken, or its peers are slow. It must not
//! know how findings are shown.

use super::super::readings::{Readings, float};
use super::{Rule, Severity, line};
use crate::tool::statistics::{Own, Statistics};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "CS011",
        name: "shed-requests",
        severity: Severity::Error,
        means: "The pool and its queue were full, and requests were answered 503 without having been run.",
        told: "A request was shed while it was watched, or one in 1,000 since the start.",
        advice: "Find what the threads are in (`cleanslate top`). More `threads` help if jobs wait for \
                 something; a longer `queue` only if the load comes in short bursts.",
        find: |readings| {
            let share = readings.own_share(|own| (own.traffic.shed, runs(own) + own.traffic.shed));
            line(share.is_going_on_or_at_least(0.001), || {
                format!("requests shed with 503: {share}")
            })
        },
    },
    Rule {
        id: "CS012",
        name: "queue-filling",
        severity: Severity::Warning,
        means: "Many whole requests, or raised signals, wait for a thread. Once the queue is full, requests \
                are shed and signals refused.",
        told: "At the second look a queue was at least half full.",
        advice: "Find what the threads are in (`cleanslate top`), and make that faster or give the pool \
                 more threads.",
        find: queues,
    },
    Rule {
        id: "CS013",
        name: "backlog-nearly-full",
        severity: Severity::Error,
        means: "Connections wait in the kernel to be accepted, nearly as many as may. nginx gets an error \
                for those that have no room, and its client 502.",
        told: "At the second look the backlog of a socket was four fifths full.",
        advice: "The server can't keep up: see all-threads-busy. A longer backlog (`listen`, and \
                 net.core.somaxconn) bridges a burst, no more.",
        find: backlog,
    },
    Rule {
        id: "CS014",
        name: "backlog-cut",
        severity: Severity::Warning,
        means: "The kernel allows a shorter backlog than the settings ask for, so a burst is refused \
                earlier than it should be.",
        told: "`listen` is above net.core.somaxconn, as it was when the server started.",
        advice: "`sysctl net.core.somaxconn=N`, in /etc/sysctl.d to keep it, and restart; or set `listen` \
                 to what there is.",
        find: cut,
    },
    Rule {
        id: "CS015",
        name: "bad-packets",
        severity: Severity::Warning,
        means: "Requests are refused for what they are: broken, too large, or of a kind that isn't served \
                (400, 413, 431, 501).",
        told: "One in 100, since the start or while it was watched.",
        advice: "The log says what was wrong. Often nginx speaks another protocol than the socket \
                 (uwsgi_pass to a fastcgi-socket), or client_max_body_size is above limit-post.",
        find: |readings| of_traffic(readings, 0.01, "requests refused", |own| own.traffic.bad),
    },
    Rule {
        id: "CS016",
        name: "stalled-peers",
        severity: Severity::Warning,
        means: "Peers are too slow to send their request (408). Behind nginx there should be none, as it \
                reads requests itself.",
        told: "One in 100, since the start or while it was watched.",
        advice: "Put nginx in front, with uwsgi_request_buffering on. If it is there, raise \
                 socket-timeout, or look for a health check that connects and says nothing.",
        find: |readings| of_traffic(readings, 0.01, "requests stalled", |own| own.traffic.stalled),
    },
    Rule {
        id: "CS017",
        name: "unread-answers",
        severity: Severity::Warning,
        means: "Peers are too slow to read their answer, which was cut short.",
        told: "One in 100, since the start or while it was watched.",
        advice: "With uwsgi_buffering on nginx takes answers as fast as they come; see that \
                 uwsgi_max_temp_file_size has room for the largest.",
        find: |readings| of_traffic(readings, 0.01, "answers unread", |own| own.traffic.unread),
    },
    Rule {
        id: "CS018",
        name: "peers-leave",
        severity: Severity::Notice,
        means: "Peers leave before they have their answer, as people do who have waited long enough (499 in \
                nginx's log).",
        told: "One in 20, since the start or while it was watched.",
        advice: "See which jobs are slow (`cleanslate top`, by p99), and that uwsgi_read_timeout is above \
                 harakiri.",
        find: |readings| of_traffic(readings, 0.05, "peers left", |own| own.traffic.left),
    },
];

fn runs(own: &Own) -> u64 {
    own.jobs.iter().map(|job| job.runs).sum()
}

fn of_traffic(readings: &Readings, least: f64, what: &str, count: fn(&Own) -> u64) -> Vec<String> {
    let value = |reading: &Statistics| {
        let count = reading.cleanslate.as_ref().map_or(0, count);
        (count, reading.requests() + count)
    };
    let share = readings.share(value);
    line(share.is_at_least(least), || format!("{what}: {share}"))
}

fn queues(readings: &Readings) -> Vec<String> {
    let Some(own) = readings.own() else { return Vec::new() };
    let queue = &own.queue;
    [
        ("requests", "queue", queue.requests, queue.requests_max),
        ("raised signals", "signal-queue", queue.signals, queue.signals_max),
    ]
    .into_iter()
    .filter(|(_, _, waiting, most)| *most > 0 && waiting * 2 >= *most)
    .map(|(what, option, waiting, most)| format!("{waiting} {what} wait; {option} is {most}"))
    .collect()
}

fn backlog(readings: &Readings) -> Vec<String> {
    let mut sockets: Vec<(&str, u64, u64)> = readings
        .after
        .sockets
        .iter()
        .map(|socket| (socket.name.as_str(), socket.queue, socket.max_queue))
        .collect();
    // uWSGI has the longest of all beside them; with us that is another queue.
    if readings.own().is_none() {
        let longest = sockets.iter().map(|(_, _, most)| *most).max().unwrap_or(0);
        sockets.push(("the server", readings.after.listen_queue, longest));
    }
    let full = sockets.into_iter().filter(|(_, waiting, most)| {
        *most > 0 && *waiting > 0 && float(*waiting) >= 0.8 * float(*most)
    });
    full.map(|(name, waiting, most)| {
        format!("{name}: {waiting} connections wait, of at most {most}")
    })
    .collect()
}

fn cut(readings: &Readings) -> Vec<String> {
    let limits = readings.own().and_then(|own| own.limits.as_ref());
    let Some((listen, most)) = limits.and_then(|limits| Some((limits.listen, limits.somaxconn?)))
    else {
        return Vec::new();
    };
    line(listen > most, || format!("listen is {listen}, net.core.somaxconn {most}"))
}
