//! The whole report of a fixed set of runs.

use super::super::peers::{self, Peer};
use super::super::plan::{Case, Route};
use super::super::results::Run;
use super::super::results::tests::{CASE, run};
use super::{counting, plots, text};

fn peers() -> Vec<Peer> {
    peers::all().unwrap()
}

/// Three rounds behind nginx, in the last of which the machine was slow; the second has no floor.
fn runs() -> Vec<Run> {
    let user = Case { route: Route::User, ..CASE };
    let mut runs = vec![
        run("floor", CASE, 0, 10.0),
        run("floor", CASE, 2, 20.0),
        run("floor-again", CASE, 0, 11.0),
        run("floor-again", CASE, 2, 19.0),
        run("cleanslate-uwsgi", CASE, 0, 12.0),
        run("cleanslate-uwsgi", CASE, 1, 12.5),
        run("cleanslate-uwsgi", CASE, 2, 26.0),
        run("uwsgi-c", CASE, 1, 50.0),
        run("uwsgi-c", CASE, 2, 104.0),
        run("cleanslate-uwsgi", user, 0, 16.0),
    ];
    runs[7].measured.errors = [("timeout".to_owned(), 3)].into();
    runs[9].measured.generator.is_bottleneck = true;
    runs[9].others_percent = 9.0;
    // It was disturbed, and done again.
    let mut disturbed = run("floor", CASE, 0, 100.0);
    disturbed.counts = false;
    runs.push(disturbed);
    runs
}

const EXPECTED: &str = "\
### Targets

What ours is of theirs in the same round: median (least–most).

The last column is the same of the floor of that protocol, at /hello where the row is of /user too: about what the kernel alone comes to.

| figure: over whose | wanted, at most | measured | | the floor's |
|---|--:|--:|---|--:|
| CPU, uwsgi through nginx, /hello: the floor | 1.25 | 1.25 (1.20–1.30) | met |  |
| CPU, uwsgi through nginx, /hello: uWSGI in C | 0.40 | 0.25 | met | 0.19 |
| time for each request, uwsgi through nginx, /hello: uWSGI in C | 0.50 | 0.25 | met | 0.19 |
| CPU, uwsgi directly, /hello: a floor that hands over to 2 threads | 1.15 |  | not measured |  |
| CPU, uwsgi directly, /hello: uWSGI in C | 1.00 |  | not measured |  |
| CPU, FastCGI through nginx, /hello: axum | 0.80 |  | not measured |  |
| time for each request, FastCGI through nginx, /hello: axum | 1.00 |  | not measured |  |
| CPU, HTTP through nginx, /hello: axum | 0.90 |  | not measured |  |
| CPU, FastCGI directly, /hello: axum | 1.00 |  | not measured |  |
| CPU, HTTP directly, /hello: axum | 1.00 |  | not measured |  |
| CPU, FastCGI through nginx, /user: axum | 0.50 |  | not measured |  |
| CPU, uwsgi through nginx, /user: uWSGI with Python | 0.35 |  | not measured |  |
| p50, uwsgi directly, one at a time: uWSGI in C | 1.10 |  | not measured |  |
| p99, uwsgi directly, 4,000 a second: the best whose connections are fresh | 1.00 |  | not measured |  |
| p99, FastCGI directly, 4,000 a second: axum | 1.00 |  | not measured |  |
| p99, HTTP directly, 4,000 a second: axum | 1.00 |  | not measured |  |
| memory at rest: axum | 2.67 |  | not measured |  |
| memory under load: axum | 1.67 |  | not measured |  |

### /hello through nginx, 64 at a time

| server | CPU µs a request | × floor | of it in the kernel | context switches a request | requests a second | p50 µs | p99 µs | p99.9 µs | errors | nginx's CPU µs |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
| floor | 15.0 (10.0–20.0) |  | 11.2 (7.5–15.0) | 0.50 | 75,000 (50,000–100,000) | 150 (100–200) | 300 (200–400) | 750 (500–1,000) | 0 | 20.0 |
| floor-again | 15.0 (11.0–19.0) | 1.02 (0.95–1.10) | 11.2 (8.2–14.2) | 0.50 | 71,770 (52,632–90,909) | 150 (110–190) | 300 (220–380) | 750 (550–950) | 0 | 20.0 |
| cleanslate-uwsgi | 12.5 (12.0–26.0) | 1.25 (1.20–1.30) | 9.4 (9.0–19.5) | 0.50 | 80,000 (38,462–83,333) | 125 (120–260) | 250 (240–520) | 625 (600–1,300) | 0 | 20.0 |
| uwsgi-c | 77.0 (50.0–104.0) | 5.20 | 57.8 (37.5–78.0) | 0.50 | 14,808 (9,615–20,000) | 770 (500–1,040) | 1,540 (1,000–2,080) | 3,850 (2,500–5,200) | 3 | 20.0 |

CPU time, ours over theirs in the same round:

| server | uwsgi-c |
|---|--:|
| cleanslate-uwsgi | 0.25 |

### /user through nginx, 64 at a time

| server | CPU µs a request | × floor | of it in the kernel | context switches a request | requests a second | p50 µs | p99 µs | p99.9 µs | errors | nginx's CPU µs |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
| cleanslate-uwsgi | 16.0 | 1.60 | 12.0 | 0.50 | 62,500 ¹ | 160 | 320 | 800 | 0 | 20.0 |

### Memory, in MB (proportional set size)

| server | at rest | under load, at most |
|---|--:|--:|
| floor | 4.0 | 8.0 |
| floor-again | 4.0 | 8.0 |
| cleanslate-uwsgi | 4.0 | 8.0 |
| uwsgi-c | 4.0 | 8.0 |

### Noise

- /hello through nginx, 64 at a time: CPU of floor-again over floor's 1.02 (0.95–1.10)
- other processes used 0.5 (0.5–9.0) % of the machine in 10 runs; 1 more were disturbed and don't count
- ¹ the load generator was the bottleneck: rate and latency are its own
";

#[test]
fn a_report_has_tables_and_ratios_of_the_same_round() {
    assert_eq!(text(&runs(), &peers()), EXPECTED);
}

#[test]
fn every_case_has_its_plots() {
    let folder = tempfile::tempdir().unwrap();
    let files = plots::draw(folder.path(), &counting(&runs()), &peers()).unwrap();
    let names: Vec<_> = files.iter().map(|file| file.file_name().unwrap().to_owned()).collect();
    assert_eq!(
        names,
        [
            "nginx-hello-64-cpu.svg",
            "nginx-hello-64-latency.svg",
            "nginx-user-64-cpu.svg",
            "nginx-user-64-latency.svg",
        ]
    );
    let svg = std::fs::read_to_string(&files[0]).unwrap();
    for expected in ["<svg", "floor-again", "15.0 (10.0–20.0)"] {
        assert!(svg.contains(expected), "{expected}: {svg}");
    }
}

#[test]
fn without_runs_nothing_is_measured() {
    let text = text(&[], &peers());
    assert!(text.contains("| not measured |"));
    assert!(!text.contains("| met |"));
}
