//! Workers and their threads: what each does now, and for how long. It must not know where it is shown.

use super::super::format;
use super::super::seen::Seen;
use super::{Cell, Column, Group, Row, Tone};
use crate::tool::statistics::{Core, Own, Statistics, Worker};

pub(super) const COLUMNS: &[Column] = &[
    Column::text("ID", 5),
    Column::text("STATE", 6),
    Column::number("FOR", 7),
    Column::number("REQ", 6),
    Column::number("REQ/S", 6),
    Column::number("EXC", 5),
    Column::number("HARA", 5),
    Column::number("AVG", 6),
    Column::number("RSS", 7),
    Column::rest("DOES"),
];

pub(super) fn groups(seen: &Seen) -> Vec<Group> {
    let Some(last) = seen.last() else { return Vec::new() };
    let workers = last.workers.iter().enumerate();
    let mut groups: Vec<Group> =
        workers.map(|(place, worker)| group(seen, last, place, worker)).collect();
    let lost = last.cleanslate.iter().flat_map(|own| &own.lost);
    groups.extend(lost.map(|lost| {
        let took = Cell::number(Some(lost.took), format::time(Some(lost.took)));
        vec![row(["~".into(), "lost".into()], took, Numbers::default(), &lost.job, Tone::Bad)]
    }));
    groups
}

/// What stands in the columns of numbers but FOR.
#[derive(Clone, Copy, Default)]
struct Numbers {
    requests: Option<u64>,
    rate: Option<f64>,
    exceptions: Option<u64>,
    harakiri: Option<u64>,
    /// Seconds.
    average: Option<f64>,
    /// Bytes.
    resident: Option<u64>,
}

fn group(seen: &Seen, last: &Statistics, place: usize, worker: &Worker) -> Group {
    let of = |reading: &Statistics| reading.workers.get(place).map(|worker| worker.requests);
    let numbers = Numbers {
        requests: Some(worker.requests),
        rate: seen.rate(of),
        exceptions: Some(worker.exceptions),
        harakiri: Some(worker.harakiri_count),
        average: Some(format::float(worker.avg_rt) / 1e6),
        resident: Some(worker.rss),
    };
    let process = format!("process {}", worker.pid);
    let none = Cell::number(None, String::new());
    let head = [worker.id.to_string(), worker.status.clone()];
    let head = row(head, none, numbers, &process, Tone::Plain);
    let own = last.cleanslate.as_ref();
    let cores = worker.cores.iter().enumerate();
    let threads = cores.map(|(number, core)| thread(seen, own, (place, number), worker, core));
    std::iter::once(head).chain(threads).collect()
}

fn thread(seen: &Seen, own: Option<&Own>, at: (usize, usize), worker: &Worker, core: &Core) -> Row {
    let (place, number) = at;
    let of = |reading: &Statistics| Some(reading.workers.get(place)?.cores.get(number)?.requests);
    let numbers =
        Numbers { requests: Some(core.requests), rate: seen.rate(of), ..Numbers::default() };
    // Ours are counted from 1, as in the log; uWSGI's from 0.
    let id = if own.is_some() { core.id + 1 } else { core.id };
    let mut running = own.into_iter().flat_map(|own| &own.running);
    let running = running.find(|running| (running.worker, running.thread) == (worker.id, id));
    let (state, took, does, tone) = match running {
        Some(running) if running.expired => {
            ("late", Some(running.took), running.job.clone(), Tone::Bad)
        }
        Some(running) => ("busy", Some(running.took), running.job.clone(), Tone::Busy),
        None if own.is_none() && core.in_request > 0 => {
            ("busy", seen.took(core.req_info.request_start), request(core), Tone::Busy)
        }
        None => ("idle", None, String::new(), Tone::Plain),
    };
    let shown = took.map_or_else(String::new, |took| format::time(Some(took)));
    let head = [format!("{}.{id}", worker.id), state.to_owned()];
    row(head, Cell::number(took, shown), numbers, &does, tone)
}

/// Without its query, which may say what is nobody's business.
fn request(core: &Core) -> String {
    let (method, uri) = (core.var("REQUEST_METHOD"), core.var("REQUEST_URI"));
    let uri = uri.map_or("", |uri| uri.split_once('?').map_or(uri, |(path, _)| path));
    format!("{} {uri}", method.unwrap_or_default())
}

fn row(head: [String; 2], took: Cell, numbers: Numbers, does: &str, tone: Tone) -> Row {
    let Numbers { requests, rate, exceptions, harakiri, average, resident } = numbers;
    let [id, state] = head;
    let or_empty = |count: Option<u64>, shown: fn(u64) -> String| {
        Cell::number(count.map(format::float), count.map(shown).unwrap_or_default())
    };
    let is_told = requests.is_some();
    let cells = vec![
        Cell::text(id),
        Cell::text(state),
        took,
        or_empty(requests, format::count),
        if is_told { Cell::rate(rate) } else { Cell::number(None, String::new()) },
        or_empty(exceptions, format::count),
        or_empty(harakiri, format::count),
        Cell::number(
            average,
            average.map_or_else(String::new, |took| format::duration(Some(took))),
        ),
        or_empty(resident, format::bytes),
        Cell::text(does),
    ];
    Row { cells, tone }
}
