//! Load, as wrk makes it. Knows nothing of what is behind the address.

use super::nginx::tool;

/// Runs wrk over 64 connections until that many requests are answered; an error says which were
/// not answered well.
pub(crate) fn wrk(url: &str, requests: u64) -> Result<u64, String> {
    let mut done = 0;
    // A round takes two seconds; far more rounds than the slowest machine needs.
    for _ in 0..120 {
        let output = tool("wrk")
            .args(["--connections", "64", "--threads", "2", "--duration", "2s", url])
            .output()
            .expect("wrk isn't installed: run `cargo xtask test`, or `apt-get install wrk`");
        let text = String::from_utf8_lossy(&output.stdout);
        if ["Socket errors", "Non-2xx"].iter().any(|bad| text.contains(bad)) {
            return Err(format!("after {done} requests: {text}"));
        }
        let count = text.lines().find_map(|line| line.trim().split_once(" requests in "));
        done +=
            count.and_then(|(count, _)| count.parse::<u64>().ok()).ok_or_else(|| text.clone())?;
        if done >= requests {
            return Ok(done);
        }
    }
    Err(format!("only {done} requests were answered"))
}
