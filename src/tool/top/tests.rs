//! The screen of small readings, and what keys do to it. Knows no server and no terminal.

use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use serde_json::{Value, json};

use super::screen::{Screen, text_of};
use super::seen::Seen;
use super::tables::Kind;
use super::view::{View, Wish};

const SECOND: Duration = Duration::from_secs(1);
/// The clock on the wall at the second look.
const CLOCK: u64 = 1_700_000_040;

fn ours(requests: u64) -> Value {
    let core = |id: u64, requests: u64| json!({"id": id, "requests": requests, "in_request": 0});
    json!({
        "version": "0.1.0", "pid": 7,
        "sockets": [{"name": "a", "queue": 3, "max_queue": 1024}],
        "workers": [
            {"id": 1, "pid": 7, "requests": requests, "exceptions": 2, "status": "busy",
             "rss": 20 << 20, "avg_rt": 1500, "tx": requests * 100,
             "cores": [core(0, requests - 10), core(1, 10)]},
            {"id": 2, "pid": 7, "requests": 5, "status": "idle", "rss": 20 << 20,
             "cores": [core(0, 5), core(1, 0)]},
        ],
        "cleanslate": {
            "application": "probe", "started": 1.0, "uptime": 123.0,
            "memory": {"resident": 40 << 20}, "threads": {"all": 4, "busy": 1, "lost": 1},
            "queue": {"requests": 2, "requests_max": 1024, "signals_max": 1024},
            "connections": 12, "open_descriptors": 40, "limits": {"descriptors": 20_000},
            "running": [{"worker": 1, "thread": 2, "job": "GET /sleep/{ms}", "took": 2.5, "expired": false}],
            "lost": [{"job": "GET /spin/{ms}", "took": 75.0}],
            "jobs": [
                {"name": "GET /hello", "runs": requests, "whole": {"p50": 0.000_05, "p99": 0.002}, "held": 0},
                {"name": "GET /leak/fd", "runs": 7, "failures": 1, "panics": 1, "deadlines": 3,
                 "whole": {"p50": 0.1, "p99": 1.5}, "held": 1536},
                {"name": "timer 1", "runs": 9, "whole": {}, "failures": 1},
            ],
            "schedule": [
                {"name": "timer 1", "runs": 9, "late": 1, "skipped": 2, "next": 0.5, "last": 0.5},
                {"name": "cron 6", "runs": 1, "next": 90_000.0, "last": 3_700.0},
                {"name": "file 5", "runs": 0},
            ],
            "leaks": [{"job": "GET /leak/fd", "resource": "descriptors", "per_run": 1.0}],
            "database": {"size": 1 << 20, "wal_size": 4 << 20},
        },
    })
}

fn uwsgi() -> Value {
    let vars = ["REQUEST_METHOD=GET", "REQUEST_URI=/slow?password=secret", ""];
    json!({
        "version": "2.0.31", "pid": 7, "listen_queue": 1,
        "sockets": [{"name": "a", "queue": 0, "max_queue": 100}],
        "workers": [{
            "id": 1, "pid": 8, "requests": 20, "exceptions": 1, "harakiri_count": 2, "status": "busy",
            "rss": 1 << 20, "avg_rt": 800, "last_spawn": CLOCK - 100, "cores": [
                {"id": 0, "requests": 20, "in_request": 1, "vars": vars,
                 "req_info": {"request_start": CLOCK - 30}},
                {"id": 1, "requests": 0, "in_request": 0, "vars": [], "req_info": {}},
            ],
        }],
    })
}

/// Two looks, two seconds apart.
fn seen(first: Value, second: Value) -> Seen {
    let mut seen = Seen::default();
    seen.take(Ok(serde_json::from_value(first).unwrap()), SECOND, CLOCK - 2);
    seen.take(Ok(serde_json::from_value(second).unwrap()), 3 * SECOND, CLOCK);
    seen
}

/// The screen of this size, as a terminal would have it.
fn draw(seen: &Seen, view: &View, (width, height): (u16, u16)) -> String {
    let screen = Screen { address: "/stats", seen, view, now: 8 * SECOND };
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| screen.draw(frame)).unwrap();
    text_of(terminal.backend().buffer())
}

fn press(view: &mut View, keys: &str) -> Wish {
    let mut wish = Wish::Nothing;
    for key in keys.chars() {
        let code = match key {
            '>' => KeyCode::Right,
            '<' => KeyCode::Left,
            'v' => KeyCode::Down,
            '^' => KeyCode::Up,
            key => KeyCode::Char(key),
        };
        wish = view.press(KeyEvent::new(code, KeyModifiers::NONE));
    }
    wish
}

const HEADER: &str = "\
probe 0.1.0  process 7  up 2m03s  /stats
requests 125  50.0/s  failed 0.0/s  late 0.0/s  shed 0.0/s  sent 4.9K/s
threads 4: 1 busy, 3 idle, 1 lost  queue 2/1024  signals 0  backlog 3/1024
memory 40.0M  leaks 1  connections 12  files 40/20000  database 1.0M + 4.0M log
";

#[test]
fn each_table_is_shown() {
    let seen = seen(ours(20), ours(120));
    let shows = |keys: &str, expected: &str| {
        let mut view = View::new(SECOND);
        press(&mut view, keys);
        let screen = draw(&seen, &view, (80, 16));
        let expected = format!("{HEADER}{expected}");
        let lines = expected.lines().count();
        let shown: Vec<&str> = screen.lines().take(lines).collect();
        assert_eq!(format!("{}\n", shown.join("\n")), expected, "{keys}");
        let last = screen.lines().last().unwrap();
        assert!(last.starts_with("q end  w workers") && last.ends_with("? help"), "{last}");
    };
    shows(
        "w",
        "\
workers by ID  every 1.0s
ID    STATE      FOR    REQ  REQ/S   EXC  HARA    AVG     RSS DOES
1     busy              120   50.0     2     0 1.50ms   20.0M process 7
1.1   idle              110   50.0
1.2   busy      2.5s     10    0.0                            GET /sleep/{ms}
2     idle                5    0.0     0     0    0us   20.0M process 7
2.1   idle                5    0.0
2.2   idle                0    0.0
~     lost     75.0s                                          GET /spin/{ms}
",
    );
    shows(
        "j",
        "\
jobs by RUNS/S  every 1.0s
JOB                        RUNS RUNS/S    P50    P99  FAIL  LATE    HELD LEAK
GET /hello                  120   50.0   50us 2.00ms     0     0       0
GET /leak/fd                  7    0.0  100ms   1.5s     2     3    1.5K files
timer 1                       9    0.0      -      -     1     0       -
",
    );
    shows(
        "t",
        "\
timers by TIMER  every 1.0s
TIMER                   NEXT    LAST   RUNS  LATE  SKIP  COAL  MISS  FAIL    P99
cron 6                 1d01h   1h01m      1     0     0     0     0     0      -
file 5                     -       -      0     0     0     0     0     0      -
timer 1                 0.5s    0.5s      9     1     2     0     0     1      -
",
    );
    shows("ws>rp", "workers by FOR, turned round  every 1.0s  PAUSED\n");
}

#[test]
fn rows_are_sorted_by_any_column_and_threads_stay_with_their_worker() {
    let seen = seen(ours(20), ours(120));
    let names = |keys: &str| {
        let mut view = View::new(SECOND);
        press(&mut view, keys);
        let rows = view.kind.rows(&seen, view.order(view.kind)).unwrap();
        rows.iter().map(|row| row.cells[0].text.clone()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names("w"), "1 1.1 1.2 2 2.1 2.2 ~");
    assert_eq!(names("wr"), "~ 2 2.2 2.1 1 1.2 1.1");
    assert_eq!(names("wsss"), "1 1.1 1.2 2 2.1 2.2 ~", "requests: the most first");
    assert_eq!(names("wsssr"), "~ 2 2.2 2.1 1 1.2 1.1");
    assert_eq!(names("wss"), "~ 1 1.2 1.1 2 2.1 2.2", "what runs longest");
    assert_eq!(names("j"), "GET /hello GET /leak/fd timer 1");
    assert_eq!(names("js"), "GET /leak/fd GET /hello timer 1", "by the median; none is last");
    assert_eq!(names("j<<"), "GET /hello GET /leak/fd timer 1", "by name");
    assert_eq!(names("j<<<"), "GET /hello timer 1 GET /leak/fd", "and round again: by what leaks");
    assert_eq!(names("ts"), "timer 1 cron 6 file 5", "the next first");
}

#[test]
fn uwsgi_has_workers_and_nothing_else() {
    let seen = seen(uwsgi(), uwsgi());
    let mut view = View::new(SECOND);
    let screen = draw(&seen, &view, (100, 24));
    assert!(screen.starts_with("uWSGI 2.0.31  process 7  up 1m40s  /stats\n"), "{screen}");
    assert!(screen.contains("threads 2: 1 busy, 1 idle  queue 1  backlog 0/100\n"), "{screen}");
    let rows = "\
1     busy               20    0.0     1     2  800us    1.0M process 8
1.0   busy     30.0s     20    0.0                            GET /slow
1.1   idle                0    0.0
";
    assert!(screen.contains(rows), "{screen}");
    assert!(!screen.contains("secret"), "{screen}");
    press(&mut view, "j");
    assert!(draw(&seen, &view, (80, 24)).contains("\nuWSGI doesn't tell its jobs\n"));
}

#[test]
fn a_server_that_is_gone_keeps_its_last_values_and_comes_back() {
    let mut seen = seen(ours(20), ours(120));
    let view = View::new(SECOND);
    seen.take(Err("refused".to_owned()), 4 * SECOND, CLOCK + 1);
    seen.take(Err("refused".to_owned()), 5 * SECOND, CLOCK + 2);
    let screen = draw(&seen, &view, (80, 16));
    let lines = format!("{HEADER}gone for 4.0s: refused\n");
    assert!(screen.starts_with(&lines), "{screen}");
    assert!(screen.contains("GET /sleep/{ms}"), "{screen}");
    // Another one: its counts are not compared with those of the first.
    let mut other = ours(20);
    other["cleanslate"]["started"] = json!(99.0);
    other["pid"] = json!(8);
    seen.take(Ok(serde_json::from_value(other).unwrap()), 6 * SECOND, CLOCK + 3);
    let screen = draw(&seen, &view, (80, 16));
    assert!(screen.contains("process 8"), "{screen}");
    assert!(screen.contains("requests 25  -/s"), "{screen}");
    assert!(!screen.contains("gone for"), "{screen}");
}

#[test]
fn any_size_will_do() {
    let seen = seen(ours(20), ours(120));
    let mut view = View::new(SECOND);
    for keys in ["w", "j", "t", "?"] {
        press(&mut view, keys);
        for size in [(1, 1), (3, 2), (10, 5), (20, 6), (80, 24), (200, 50), (500, 200)] {
            draw(&seen, &view, size);
        }
    }
    let nothing = Seen::default();
    draw(&nothing, &View::new(SECOND), (80, 24));
    let screen = Screen { address: "/stats", seen: &seen, view: &View::new(SECOND), now: SECOND };
    let text = screen.text(100);
    for expected in ["\nID    STATE", "\nJOB  ", "\nTIMER ", "\ntimer 1 ", "  leaks 1  "] {
        assert!(text.contains(expected), "{expected:?}: {text}");
    }
}

#[test]
fn rows_that_have_no_room_are_scrolled_to() {
    let seen = seen(ours(20), ours(120));
    let mut view = View::new(SECOND);
    let first = |view: &View| {
        let screen = draw(&seen, view, (80, 10));
        screen.lines().nth(6).unwrap_or_default().split(' ').next().unwrap_or_default().to_owned()
    };
    assert_eq!(first(&view), "1");
    press(&mut view, "vv");
    assert_eq!(first(&view), "1.2");
    press(&mut view, "vvvvvvvvvvvvvvvvvvvvvvvvvv");
    view.stay_within(7);
    assert_eq!(first(&view), "~");
    press(&mut view, "^");
    assert_eq!(first(&view), "2.2");
    press(&mut view, "j");
    assert_eq!(view.scrolled, 0, "another table is shown from its start");
}

#[test]
fn each_key_does_what_the_help_says() {
    let mut view = View::new(SECOND);
    let first = view.clone();
    assert_eq!(press(&mut view, "+++-"), Wish::Nothing);
    assert_eq!(view.interval, 5 * SECOND);
    press(&mut view, "----------");
    assert_eq!(view.interval, SECOND / 4);
    press(&mut view, "+++++++++++");
    assert_eq!(view.interval, 60 * SECOND);
    let mut view = first.clone();
    press(&mut view, "p");
    assert!(view.is_paused);
    press(&mut view, " ");
    assert_eq!(view, first);
    press(&mut view, "><");
    assert_eq!(view, first);
    press(&mut view, "jt");
    assert_eq!(view.kind, Kind::Timers);
    press(&mut view, "w?");
    assert!(view.shows_help);
    press(&mut view, "j");
    assert_eq!(view, first, "it only goes back from the help");
    assert_eq!(press(&mut view, "?q"), Wish::End);
    let press = |code, modifiers| View::new(SECOND).press(KeyEvent::new(code, modifiers));
    assert_eq!(press(KeyCode::Char('c'), KeyModifiers::CONTROL), Wish::End);
    assert_eq!(press(KeyCode::Char('c'), KeyModifiers::NONE), Wish::Nothing);
    assert_eq!(press(KeyCode::Esc, KeyModifiers::NONE), Wish::End);
}
