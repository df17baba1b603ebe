//! The status page in a real browser. Guards that it shows what happens, by itself, on any screen.

use serde_json::json;

use super::{LIMIT, job, stats_over_http};
use crate::harness::{Address, Browser, Build, Server, alone, crowd, fresh_folder, get, wait_for};

/// A server whose page is at a TCP address.
fn server(options: &[&str]) -> Server {
    let own = ["--stats", "127.0.0.1:0", "--stats-http", "true"];
    Server::start("probe", &[&own, options].concat())
}

fn address(server: &Server) -> String {
    match server.tcp() {
        Address::Tcp(at) => at.to_string(),
        other => panic!("{other} is no TCP address"),
    }
}

fn open(server: &Server) -> (Browser, String) {
    let url = format!("http://{}/", address(server));
    let browser = Browser::start();
    browser.open(&url);
    wait_for("the page to be live", LIMIT, || (browser.text("#state") == "live").then_some(()));
    (browser, url)
}

/// The cells of a job's line.
fn line(browser: &Browser, name: &str) -> Option<Vec<String>> {
    let script = format!(
        "const line = [...document.querySelectorAll('#jobs tbody tr')]
             .find((line) => line.cells[0].textContent === {name:?});
         return line ? [...line.cells].map((cell) => cell.textContent) : null"
    );
    serde_json::from_value(browser.run(&script)).unwrap()
}

#[test]
fn it_shows_what_happens_and_marks_a_leak() {
    let _alone = alone();
    let server = server(&["--tick", "0.2"]);
    let (browser, _) = open(&server);
    assert_eq!(browser.text("#application"), "probe");
    assert_eq!(line(&browser, "GET /hello"), None, "what never ran isn't shown");
    let ask = |uri: &str| {
        crowd(&server.address, 4, 500, |_| get(uri), |_, answer| answer.status == 200).unwrap()
    };
    ask("/hello");
    let runs = |name: &str| line(&browser, name).map(|cells| cells[2].clone());
    wait_for("requests to be shown", LIMIT, || {
        (runs("GET /hello").as_deref() == Some("500")).then_some(())
    });
    ask("/hello");
    wait_for("more of them to be shown", LIMIT, || {
        (runs("GET /hello").as_deref() == Some("1000")).then_some(())
    });
    wait_for("ticks to be shown", LIMIT, || {
        let schedule = browser.text("#schedule");
        schedule.contains("timer 1").then_some(())
    });
    assert_eq!(browser.run("return document.querySelector('#leaks').hidden"), true);
    wait_for("a leak to be marked", LIMIT, || {
        ask("/leak/heap/1000");
        let marked = browser.text("tr.leaks td:first-child");
        (marked == "GET /leak/heap/{bytes}").then_some(())
    });
    assert!(
        browser
            .text("#leak-list")
            .contains("GET /leak/heap/{bytes} keeps 1.00 kB of heap in each run")
    );
    let lines = browser.run("return document.querySelectorAll('#plot-held canvas').length");
    assert_eq!(lines, 1, "it is drawn");
    assert_eq!(browser.complaints(), [""; 0]);
    let foreign = browser.run(
        "return performance.getEntriesByType('resource').map((entry) => entry.name)
             .filter((name) => !name.startsWith(location.origin))",
    );
    assert_eq!(foreign, json!([]), "nobody else is asked");
    assert_eq!(job(&stats_over_http(&server), "GET /hello")["runs"], 1_000);
}

#[test]
fn it_fits_a_phone_and_the_dark_and_needs_no_mouse() {
    let server = server(&["--tick", "0.2"]);
    let (browser, _) = open(&server);
    ["/hello", "/user/1", "/dirty/tx"].iter().for_each(|uri| drop(server.get(uri)));
    wait_for("jobs to be shown", LIMIT, || line(&browser, "GET /dirty/{how}"));
    let ground = || browser.run("return getComputedStyle(document.body).backgroundColor");
    let light = ground();
    let dark = json!({ "features": [{ "name": "prefers-color-scheme", "value": "dark" }] });
    browser.emulate("setEmulatedMedia", &dark);
    assert_ne!(ground(), light);
    let phone = json!({ "width": 375, "height": 740, "deviceScaleFactor": 2, "mobile": true });
    browser.emulate("setDeviceMetricsOverride", &phone);
    wait_for("plots to be made smaller", LIMIT, || {
        let width = browser.run("return document.documentElement.scrollWidth");
        (width == 375).then_some(())
    });
    // The skip link, then the switch: Tab, Tab and a space show what never ran.
    let hidden = line(&browser, "GET /panic");
    assert_eq!(hidden, None);
    const TAB: &str = "\u{e004}";
    browser.run("document.body.focus(); window.scrollTo(0, 0)");
    browser.press(&[TAB, TAB, " "]);
    wait_for("what never ran to be shown", LIMIT, || line(&browser, "GET /panic"));
    // The next is the table, then its first heading: a key sorts by name.
    browser.press(&[TAB, TAB, "\u{e007}"]);
    let order = "return document.querySelector('#jobs th').ariaSort";
    assert_eq!(browser.run(order), "ascending");
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn it_goes_on_with_the_next_server() {
    let folder = fresh_folder();
    let start = |address: &str| {
        let options = ["--stats", address, "--stats-http", "true"];
        Server::start_in(&folder, Build::Clean, "probe", &options)
    };
    let first = start("127.0.0.1:0");
    let (browser, url) = open(&first);
    let address = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let process = browser.text("#process");
    first.stop();
    wait_for("the page to miss its server", LIMIT, || {
        browser.text("#state").contains("doesn't answer").then_some(())
    });
    let _second = start(&address);
    wait_for("the page to find the next", LIMIT, || {
        (browser.text("#state") == "live" && browser.text("#process") != process).then_some(())
    });
}
