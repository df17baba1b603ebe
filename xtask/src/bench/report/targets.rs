//! The ratios that matter: what they should be, and what they are. It must not know how they were
//! measured.

use std::fmt::Write;

use super::super::plan::{CONNECTIONS, Case, Path, RATE, Route};
use super::super::results::Run;
use super::super::statistics::Spread;
use super::tables;

/// One of our figures over the least of the others' in the same round and case.
struct Target {
    name: &'static str,
    figure: Figure,
    case: Case,
    ours: &'static str,
    theirs: &'static [&'static str],
    /// The ratio that is wanted. Of memory: 4 MB at rest and 8 under load where axum has 1.5 and 4.8.
    at_most: f64,
}

#[derive(Clone, Copy)]
enum Figure {
    Cpu,
    /// The reverse of requests per second.
    Time,
    P50,
    P99,
    MemoryAtRest,
    MemoryUnderLoad,
}

const fn case(path: Path, route: Route) -> Case {
    Case { path, route, connections: CONNECTIONS, rate: None }
}

const NGINX_HELLO: Case = case(Path::Nginx, Route::Hello);
const NGINX_USER: Case = case(Path::Nginx, Route::User);
const HELLO: Case = case(Path::Direct, Route::Hello);
const ONE_AT_A_TIME: Case = Case { connections: 1, ..HELLO };
const AT_A_RATE: Case = Case { rate: Some(RATE), ..HELLO };

const UWSGI: &str = "cleanslate-uwsgi";
const FASTCGI: &str = "cleanslate-fastcgi";
const HTTP: &str = "cleanslate-http";
const UWSGI_C: &[&str] = &["uwsgi-c"];
const UWSGI_PYTHON: &[&str] = &["uwsgi-python"];
const AXUM: &[&str] = &["axum"];
const FLOOR: &[&str] = &["floor"];
const HAND_OVER: &[&str] = &["floor-hand-over"];
const FRESH: &[&str] = &["uwsgi-c", "uwsgi-python", "php-fpm"];

const TARGETS: &[Target] = &[
    target(
        "CPU, uwsgi through nginx, /hello: the floor",
        Figure::Cpu,
        NGINX_HELLO,
        UWSGI,
        FLOOR,
        1.25,
    ),
    target(
        "CPU, uwsgi through nginx, /hello: uWSGI in C",
        Figure::Cpu,
        NGINX_HELLO,
        UWSGI,
        UWSGI_C,
        0.4,
    ),
    target(
        "time for each request, uwsgi through nginx, /hello: uWSGI in C",
        Figure::Time,
        NGINX_HELLO,
        UWSGI,
        UWSGI_C,
        0.5,
    ),
    target(
        "CPU, uwsgi directly, /hello: a floor that hands over to 2 threads",
        Figure::Cpu,
        HELLO,
        UWSGI,
        HAND_OVER,
        1.15,
    ),
    target("CPU, uwsgi directly, /hello: uWSGI in C", Figure::Cpu, HELLO, UWSGI, UWSGI_C, 1.0),
    target(
        "CPU, FastCGI through nginx, /hello: axum",
        Figure::Cpu,
        NGINX_HELLO,
        FASTCGI,
        AXUM,
        0.8,
    ),
    target(
        "time for each request, FastCGI through nginx, /hello: axum",
        Figure::Time,
        NGINX_HELLO,
        FASTCGI,
        AXUM,
        1.0,
    ),
    target("CPU, HTTP through nginx, /hello: axum", Figure::Cpu, NGINX_HELLO, HTTP, AXUM, 0.9),
    target("CPU, FastCGI directly, /hello: axum", Figure::Cpu, HELLO, FASTCGI, AXUM, 1.0),
    target("CPU, HTTP directly, /hello: axum", Figure::Cpu, HELLO, HTTP, AXUM, 1.0),
    target("CPU, FastCGI through nginx, /user: axum", Figure::Cpu, NGINX_USER, FASTCGI, AXUM, 0.5),
    target(
        "CPU, uwsgi through nginx, /user: uWSGI with Python",
        Figure::Cpu,
        NGINX_USER,
        UWSGI,
        UWSGI_PYTHON,
        0.35,
    ),
    target(
        "p50, uwsgi directly, one at a time: uWSGI in C",
        Figure::P50,
        ONE_AT_A_TIME,
        UWSGI,
        UWSGI_C,
        1.1,
    ),
    target(
        "p99, uwsgi directly, 4,000 a second: the best whose connections are fresh",
        Figure::P99,
        AT_A_RATE,
        UWSGI,
        FRESH,
        1.0,
    ),
    target(
        "p99, FastCGI directly, 4,000 a second: axum",
        Figure::P99,
        AT_A_RATE,
        FASTCGI,
        AXUM,
        1.0,
    ),
    target("p99, HTTP directly, 4,000 a second: axum", Figure::P99, AT_A_RATE, HTTP, AXUM, 1.0),
    target("memory at rest: axum", Figure::MemoryAtRest, HELLO, HTTP, AXUM, 2.67),
    target("memory under load: axum", Figure::MemoryUnderLoad, HELLO, HTTP, AXUM, 1.67),
];

const fn target(
    name: &'static str,
    figure: Figure,
    case: Case,
    ours: &'static str,
    theirs: &'static [&'static str],
    at_most: f64,
) -> Target {
    Target { name, figure, case, ours, theirs, at_most }
}

/// All of them, with what was measured, whether it is.
pub(super) fn table(runs: &[Run]) -> String {
    let mut text =
        "### Targets\n\nWhat ours is of theirs in the same round: median (least–most).\n\n\
                    The last column is the same of the floor of that protocol, at /hello where the row is of /user \
                    too: about what the kernel alone comes to.\n\n\
                    | figure: over whose | wanted, at most | measured | | the floor's |\n\
                    |---|--:|--:|---|--:|\n"
            .to_owned();
    for target in TARGETS {
        let (measured, verdict) = match target.measured(runs) {
            None => (String::new(), "not measured"),
            Some(spread) if spread.median <= target.at_most => (format!("{spread:.2}"), "met"),
            Some(spread) => (format!("{spread:.2}"), "not met"),
        };
        let floor = target.of_floor(runs).map(|spread| format!("{:.2}", spread.median));
        let (Target { name, at_most, .. }, floor) = (target, floor.unwrap_or_default());
        let _ = writeln!(text, "| {name} | {at_most:.2} | {measured} | {verdict} | {floor} |");
    }
    text.push('\n');
    text
}

impl Target {
    fn measured(&self, runs: &[Run]) -> Option<Spread> {
        self.over_theirs(runs, self.ours, self.case)
    }

    /// The same of the floor of this protocol; none where it says nothing, as of memory.
    fn of_floor(&self, runs: &[Run]) -> Option<Spread> {
        let floor = match self.ours {
            UWSGI => "floor",
            FASTCGI => "floor-fastcgi",
            _ => "floor-http",
        };
        let is_memory = matches!(self.figure, Figure::MemoryAtRest | Figure::MemoryUnderLoad);
        if is_memory || [FLOOR, HAND_OVER].contains(&self.theirs) {
            return None;
        }
        self.over_theirs(runs, floor, Case { route: Route::Hello, ..self.case })
    }

    /// The figure of `ours` in a case over theirs.
    fn over_theirs(&self, runs: &[Run], ours: &str, case: Case) -> Option<Spread> {
        let ratio = |ours: &Run| {
            let of =
                |peer: &&str| tables::ratio(runs, ours, peer, self.case, |run| self.figure.of(run));
            // The best of the others is the one that ours is most of.
            self.theirs.iter().filter_map(of).max_by(f64::total_cmp)
        };
        Spread::of(tables::of(runs, ours, case).filter_map(ratio))
    }
}

impl Figure {
    fn of(self, run: &Run) -> Option<f64> {
        match self {
            Self::Cpu => tables::cpu(run),
            Self::Time => Some(1.0 / run.measured.per_second),
            Self::P50 => Some(run.measured.latency_micros.p50),
            Self::P99 => Some(run.measured.latency_micros.p99),
            Self::MemoryAtRest => Some(run.pss_at_rest_bytes as f64),
            Self::MemoryUnderLoad => Some(run.measured.server?.pss_bytes? as f64),
        }
    }
}
