//! What is above the tables: the whole server in a few lines. It must not know the tables.

use ratatui::style::{Color, Modifier, Style};

use super::super::format::{bytes, count, rate, time};
use super::Screen;
use crate::tool::statistics::{Own, Statistics};

/// How many lines there are.
pub(super) const HEIGHT: u16 = 5;

/// The lines, with how each is shown.
pub(super) fn lines(screen: &Screen<'_>) -> Vec<(String, Style)> {
    let plain = Style::new();
    let Some(last) = screen.seen.last() else { return vec![(status(screen), plain)] };
    let own = last.cleanslate.as_ref();
    let is_gone = screen.seen.gone.is_some();
    // What it said last is still there to be read, but no longer so.
    let shade = if is_gone { plain.add_modifier(Modifier::DIM) } else { plain };
    let last_line = if is_gone { plain.fg(Color::Red) } else { plain };
    vec![
        (identity(screen, last), shade.add_modifier(Modifier::BOLD)),
        (traffic(screen, last), shade),
        (threads(last, own), shade),
        (memory(last, own), shade),
        (status(screen), last_line),
    ]
}

fn identity(screen: &Screen<'_>, last: &Statistics) -> String {
    let up = match &last.cleanslate {
        Some(own) => Some(own.uptime),
        None => {
            let spawned = last.workers.iter().map(|worker| worker.last_spawn).min().unwrap_or(0);
            screen.seen.took(spawned)
        }
    };
    let (name, version, pid) = (last.name(), &last.version, last.pid);
    format!("{name} {version}  process {pid}  up {}  {}", time(up), screen.address)
}

fn traffic(screen: &Screen<'_>, last: &Statistics) -> String {
    let seen = screen.seen;
    let a_second = |value: fn(&Statistics) -> Option<u64>| rate(seen.rate(value));
    let mut line = format!(
        "requests {}  {}/s  failed {}/s  late {}/s",
        count(last.requests()),
        a_second(|reading| Some(reading.requests())),
        a_second(|reading| Some(reading.sum(|worker| worker.exceptions))),
        a_second(|reading| Some(reading.sum(|worker| worker.harakiri_count))),
    );
    if last.cleanslate.is_some() {
        let shed = a_second(|reading| Some(reading.cleanslate.as_ref()?.traffic.shed));
        line.push_str(&format!("  shed {shed}/s"));
    }
    line.push_str(&format!("  sent {}/s", sent(screen)));
    line
}

/// Bytes a second.
fn sent(screen: &Screen<'_>) -> String {
    let sent = screen.seen.rate(|reading| Some(reading.sum(|worker| worker.tx)));
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is above zero")]
    sent.map_or_else(|| "-".to_owned(), |sent| bytes(sent as u64))
}

fn threads(last: &Statistics, own: Option<&Own>) -> String {
    let (busy, all) = last.busy();
    let idle = all.saturating_sub(busy);
    let mut line = format!("threads {all}: {busy} busy, {idle} idle");
    if let Some(own) = own {
        let queue = &own.queue;
        line.push_str(&format!(
            ", {} lost  queue {}/{}  signals {}",
            own.threads.lost, queue.requests, queue.requests_max, queue.signals
        ));
    } else {
        line.push_str(&format!("  queue {}", last.listen_queue));
    }
    let fullest = last.sockets.iter().max_by_key(|socket| socket.queue);
    if let Some(socket) = fullest {
        line.push_str(&format!("  backlog {}/{}", socket.queue, socket.max_queue));
    }
    line
}

fn memory(last: &Statistics, own: Option<&Own>) -> String {
    // uWSGI tells it with memory-report alone.
    let resident = Some(last.resident()).filter(|resident| *resident > 0);
    let mut line = format!("memory {}", resident.map_or_else(|| "-".to_owned(), bytes));
    let Some(own) = own else { return line };
    line.push_str(&format!("  leaks {}  connections {}", own.leaks.len(), own.connections));
    if let Some(limit) = own.limits.as_ref().and_then(|limits| limits.descriptors) {
        line.push_str(&format!("  files {}/{limit}", own.open_descriptors));
    }
    if let Some(database) = &own.database {
        let (size, log) = (bytes(database.size), bytes(database.wal_size));
        line.push_str(&format!("  database {size} + {log} log"));
    }
    line
}

/// How the view is set; or that the server is gone.
fn status(screen: &Screen<'_>) -> String {
    if let Some(gone) = &screen.seen.gone {
        let since = screen.now.saturating_sub(gone.since).as_secs_f64();
        return format!("gone for {}: {}", time(Some(since)), gone.why);
    }
    let view = screen.view;
    let order = view.order(view.kind);
    let column = view.kind.columns()[order.column].title;
    let turned = if order.is_reversed { ", turned round" } else { "" };
    let paused = if view.is_paused { "  PAUSED" } else { "" };
    let every = time(Some(view.interval.as_secs_f64()));
    format!("{} by {column}{turned}  every {every}{paused}", view.kind.title())
}
