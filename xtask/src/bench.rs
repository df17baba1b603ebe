//! `cargo xtask bench`: the server side by side with what else one could take, with a server that
//! parses nothing as the floor. Must not know the servers beyond their tables in benches/peers.toml,
//! nor the load generator, `cleanslate bench`, beyond its command line and its JSON.
//!
//! - `options`: the command line
//! - `peers`: who is measured, as benches/peers.toml has it
//! - `plan`: what is measured and in which order
//! - `software`: what has to be installed and built for that
//! - `server`: a peer that runs, with nginx in front
//! - `load`: one run of the load generator
//! - `machine`: what processes use, and what others used meanwhile
//! - `measure`: the turns, one after the other
//! - `syscalls`: what a request asks of the kernel
//! - `instructions`: what it takes of the server's own
//! - `results`: the runs, as they are kept in a file
//! - `report`: tables, ratios and plots from them
//! - `statistics`: the middle of a few figures

mod instructions;
mod load;
mod machine;
mod measure;
mod options;
mod peers;
mod plan;
mod report;
mod results;
mod server;
mod software;
mod statistics;
mod syscalls;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use self::measure::Setting;
pub(crate) use self::options::Options;
use self::peers::{Peer, Places};
use self::plan::{Route, Turn};
use self::results::Results;
use crate::{install, wait};

/// Does what `options` ask for.
pub(crate) fn run(options: &Options) -> Result<(), String> {
    let all = peers::all()?;
    let built = software::folder()?;
    if options.report {
        return report::write(&built, &all);
    }
    let chosen = peers::chosen(all.clone(), &options.peers)?;
    if options.syscalls || options.instructions {
        let places = match options.syscalls {
            true => software::make(&chosen, vec![install::STRACE])?,
            false => software::make_for_callgrind()?,
        };
        let stop = wait::stop_flag()?;
        server::fill_database(&all, &places, &stop)?;
        let counting = Counting { peers: chosen, routes: options.routes(), places, stop };
        let count = if options.syscalls { syscalls::count } else { instructions::count };
        return count(&counting);
    }
    let turns = plan::turns(&chosen, &options.cases(), options.rounds());
    if turns.is_empty() {
        return Err(
            "nothing to measure: none of these peers has that route on that path".to_owned()
        );
    }
    announce(&turns, options);
    let places = software::make(&chosen, Vec::new())?;
    let setting = Setting {
        places,
        run_time: options.run_time(),
        warm_up: WARM_UP,
        others_percent: options.others,
        stop: wait::stop_flag()?,
    };
    server::fill_database(&all, &setting.places, &setting.stop)?;
    let mut results = Results::create(&built, options.add)?;
    measure::measure(&turns, &setting, &mut results)?;
    report::write(&built, &all)
}

/// What is to be counted, in place of being timed.
struct Counting {
    peers: Vec<Peer>,
    routes: Vec<Route>,
    places: Places,
    stop: Arc<AtomicBool>,
}

impl Counting {
    /// What is asked of a peer.
    fn routes_of<'a>(&'a self, peer: &'a Peer) -> impl Iterator<Item = Route> + 'a {
        self.routes.iter().copied().filter(|route| peer.routes.contains(route))
    }
}

/// What is about to be done.
fn announce(turns: &[Turn<'_>], options: &Options) {
    let names: BTreeSet<&str> = turns.iter().map(|turn| turn.peer.name.as_str()).collect();
    println!("servers: {}", names.into_iter().collect::<Vec<_>>().join(", "));
    for case in options.cases() {
        println!("    {}", case.title());
    }
    let runs: usize = turns.iter().map(|turn| turn.cases.len()).sum();
    println!(
        "{runs} runs of {} s in {} rounds, all on this machine: about {} once all is built, \
         and longer where others disturb; stop with Ctrl-C",
        options.run_time().as_secs_f64(),
        options.rounds(),
        minutes(plan::time(turns, options.run_time() + WARM_UP)),
    );
}

/// Before each run, as it would go on.
const WARM_UP: Duration = Duration::from_millis(500);

fn minutes(time: Duration) -> String {
    match time.as_secs() {
        seconds @ ..90 => format!("{seconds} s"),
        seconds => format!("{} minutes", seconds.div_ceil(60)),
    }
}
