//! What is measured and in which order: each peer once in every round, forwards and backwards in
//! turns, so that a machine that gets slower by and by is fair to all. It must not measure anything.

use std::time::Duration;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::peers::Peer;

/// Who talks to the peer.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(super) enum Path {
    /// The load generator itself.
    Direct,
    /// nginx, and the load generator to nginx.
    Nginx,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(super) enum Route {
    /// A line of text.
    Hello,
    /// A row of SQLite by its key, as JSON.
    User,
}

/// One kind of load.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub(super) struct Case {
    pub(super) path: Path,
    pub(super) route: Route,
    pub(super) connections: u32,
    /// Requests a second in all; as many as are answered, if there is none.
    pub(super) rate: Option<u32>,
}

/// One peer's cases in one round, for which it is started anew.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    pub(super) round: u32,
    pub(super) peer: &'a Peer,
    pub(super) cases: Vec<Case>,
}

/// So many requests at a time unless told otherwise.
pub(super) const CONNECTIONS: u32 = 64;

/// A rate at which every peer has time to spare.
pub(super) const RATE: u32 = 4_000;

/// All of it: paths and routes, and directly also one request at a time and a fixed rate.
pub(super) fn usual_cases(paths: &[Path], routes: &[Route]) -> Vec<Case> {
    let mut cases = cases(paths, routes, CONNECTIONS, None);
    if paths.contains(&Path::Direct) && routes.contains(&Route::Hello) {
        let hello = Case { path: Path::Direct, route: Route::Hello, connections: 1, rate: None };
        cases.push(hello);
        cases.push(Case { connections: CONNECTIONS, rate: Some(RATE), ..hello });
    }
    cases
}

pub(super) fn cases(
    paths: &[Path],
    routes: &[Route],
    connections: u32,
    rate: Option<u32>,
) -> Vec<Case> {
    let of_path = |path: &Path| {
        let path = *path;
        routes.iter().map(move |route| Case { path, route: *route, connections, rate })
    };
    paths.iter().flat_map(of_path).collect()
}

/// Who is measured when. A peer that has none of the cases has no turn.
pub(super) fn turns<'a>(peers: &'a [Peer], cases: &[Case], rounds: u32) -> Vec<Turn<'a>> {
    let of_round = |round| {
        let mut turns: Vec<Turn<'a>> = peers
            .iter()
            .map(|peer| {
                let has = |case: &&Case| {
                    peer.paths.contains(&case.path) && peer.routes.contains(&case.route)
                };
                Turn { round, peer, cases: cases.iter().filter(has).copied().collect() }
            })
            .filter(|turn| !turn.cases.is_empty())
            .collect();
        if round % 2 == 1 {
            turns.reverse();
        }
        turns
    };
    (0..rounds).flat_map(of_round).collect()
}

/// About how long they take, if none has to be repeated.
pub(super) fn time(turns: &[Turn<'_>], run: Duration) -> Duration {
    turns
        .iter()
        .map(|turn| START + (run + BETWEEN) * u32::try_from(turn.cases.len()).unwrap_or(u32::MAX))
        .sum()
}

/// Until a peer and nginx are up and answer, and until they are down again.
const START: Duration = Duration::from_millis(1_500);

/// Between two runs.
const BETWEEN: Duration = Duration::from_millis(200);

impl Route {
    /// For people.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Hello => "/hello",
            Self::User => "/user",
        }
    }

    /// Always the same row: what differs is the servers.
    pub(super) fn url(self) -> &'static str {
        match self {
            Self::Hello => "/hello",
            Self::User => "/user?id=500",
        }
    }
}

impl Case {
    /// For people.
    pub(super) fn title(self) -> String {
        let Self { path, route, connections, rate } = self;
        let path = match path {
            Path::Direct => "directly",
            Path::Nginx => "through nginx",
        };
        let route = route.word();
        let load = match (connections, rate) {
            (1, None) => "one at a time".to_owned(),
            (_, None) => format!("{connections} at a time"),
            (_, Some(rate)) => format!("{rate} a second on {connections} connections"),
        };
        format!("{route} {path}, {load}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::peers;
    use super::*;

    const HELLO: Case =
        Case { path: Path::Direct, route: Route::Hello, connections: 1, rate: None };
    const USER: Case = Case { route: Route::User, ..HELLO };

    #[test]
    fn turns_go_forwards_and_backwards_and_leave_out_what_a_peer_does_not_have() {
        let names = ["floor", "axum", "uwsgi-c"].map(str::to_owned);
        let peers = peers::chosen(peers::all().unwrap(), &names).unwrap();
        let planned = turns(&peers, &[HELLO, USER], 3);
        let order: Vec<String> = planned
            .iter()
            .map(|turn| format!("{} {} {}", turn.round, turn.peer.name, turn.cases.len()))
            .collect();
        assert_eq!(
            order,
            [
                "0 floor 1",
                "0 uwsgi-c 2",
                "0 axum 2",
                "1 axum 2",
                "1 uwsgi-c 2",
                "1 floor 1",
                "2 floor 1",
                "2 uwsgi-c 2",
                "2 axum 2",
            ]
        );
        assert_eq!(turns(&peers, &[USER], 1).len(), 2);
        // Nine turns with fifteen runs.
        let expected = START * 9 + (Duration::from_secs(3) + BETWEEN) * 15;
        assert_eq!(time(&planned, Duration::from_secs(3)), expected);
    }

    #[test]
    fn the_usual_cases_are_those_of_the_paths_and_routes() {
        let titles = |paths: &[Path], routes: &[Route]| {
            usual_cases(paths, routes).into_iter().map(Case::title).collect::<Vec<_>>()
        };
        assert_eq!(titles(&[Path::Nginx], &[Route::User]), ["/user through nginx, 64 at a time"]);
        assert_eq!(
            titles(&[Path::Direct], &[Route::Hello]),
            [
                "/hello directly, 64 at a time",
                "/hello directly, one at a time",
                "/hello directly, 4000 a second on 64 connections",
            ]
        );
    }
}
