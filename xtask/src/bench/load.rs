//! One run of the load generator, `cleanslate bench`. It must not know more of it than its command
//! line and its JSON.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::plan::Case;
use super::server::Target;
use crate::release_binary;

/// What is to be loaded, for how long, and whose use of the machine counts.
#[derive(Clone, Copy)]
pub(super) struct Load<'a> {
    pub(super) target: &'a Target,
    pub(super) case: Case,
    pub(super) amount: Amount,
    /// The first process of the server, if its use of the machine is to be told.
    pub(super) pid: Option<u32>,
}

/// How much of it.
#[derive(Clone, Copy)]
pub(super) enum Amount {
    /// For so long, after doing the same for a while of which nothing is counted.
    Time {
        time: Duration,
        warm_up: Duration,
    },
    Requests(u64),
}

/// What the generator says of a run; the rest of what it says is not used here.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Measured {
    pub(super) requests: u64,
    pub(super) errors: BTreeMap<String, u64>,
    pub(super) per_second: f64,
    pub(super) latency_micros: Latency,
    /// Missing where the system doesn't tell.
    pub(super) server: Option<ServerUse>,
    pub(super) generator: GeneratorUse,
}

/// From when a request was due, in microseconds.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Latency {
    pub(super) p50: f64,
    pub(super) p99: f64,
    pub(super) p999: f64,
}

/// Of all processes of the server together.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct ServerUse {
    pub(super) user_micros_per_request: f64,
    pub(super) system_micros_per_request: f64,
    pub(super) cpu_micros_per_request: f64,
    pub(super) switches_per_request: f64,
    pub(super) pss_bytes: Option<u64>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct GeneratorUse {
    pub(super) cpu_micros_per_request: f64,
    /// Latency and rate are then the generator's and not the server's.
    pub(super) is_bottleneck: bool,
}

impl Load<'_> {
    /// Runs it to its end; `None` if the person has asked to stop.
    pub(super) fn run(&self, stop: &AtomicBool) -> Result<Option<Measured>, String> {
        let mut command = Command::new(release_binary("cleanslate")?);
        command
            .arg("bench")
            .args(self.arguments())
            .args([&self.target.address, self.case.route.url()]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let failed = |error: io::Error| format!("the load generator: {error}");
        let mut generator = Generator(command.spawn().map_err(failed)?);
        let status = loop {
            if let Some(status) = generator.0.try_wait().map_err(failed)? {
                break status;
            }
            if stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
            thread::sleep(Duration::from_millis(10));
        };
        let (said, errors) = generator.said().map_err(failed)?;
        // It fails as well when some requests did, which the result tells.
        let measured = serde_json::from_str(&said);
        measured
            .map(Some)
            .map_err(|error| format!("the load generator: {status}, {error}\n{said}{errors}"))
    }

    fn arguments(&self) -> Vec<String> {
        let Case { connections, rate, .. } = self.case;
        let mut arguments = vec!["--json".to_owned(), format!("--connections={connections}")];
        match self.amount {
            Amount::Time { time, warm_up } => arguments.extend([
                format!("--duration={}", time.as_secs_f64()),
                format!("--warm-up={}", warm_up.as_secs_f64()),
            ]),
            Amount::Requests(requests) => arguments.push(format!("--requests={requests}")),
        }
        arguments.extend(self.target.keep.then(|| "--keep".to_owned()));
        let vars = self.target.vars.iter();
        arguments.extend(vars.map(|(name, value)| format!("--var={name}={value}")));
        arguments.extend(rate.map(|rate| format!("--rate={rate}")));
        arguments.extend(self.pid.map(|pid| format!("--pid={pid}")));
        arguments
    }
}

/// Killed when dropped, if it still runs.
struct Generator(Child);

impl Generator {
    fn said(&mut self) -> io::Result<(String, String)> {
        let (mut said, mut errors) = (String::new(), String::new());
        if let Some(pipe) = &mut self.0.stdout {
            pipe.read_to_string(&mut said)?;
        }
        if let Some(pipe) = &mut self.0.stderr {
            pipe.read_to_string(&mut errors)?;
        }
        Ok((said, errors))
    }
}

impl Drop for Generator {
    fn drop(&mut self) {
        // Both fail once it has been waited for, and that is fine.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
