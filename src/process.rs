//! What the kernel knows of this process. Knows nothing of what is done with it.

/// What a process has of memory, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Memory {
    pub(crate) address_space: u64,
    pub(crate) resident: u64,
}

impl Memory {
    /// As the kernel counts it; nothing where it doesn't tell.
    pub(crate) fn now() -> Self {
        let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
        let page = rustix::param::page_size() as u64;
        let mut pages = text.split(' ').map(|number| number.parse::<u64>().unwrap_or(0) * page);
        let mut next = || pages.next().unwrap_or(0);
        Self { address_space: next(), resident: next() }
    }
}

/// How many threads the process has; none where the kernel doesn't tell.
pub(crate) fn threads() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("Threads:"));
    line.and_then(|count| count.trim().parse().ok()).unwrap_or(0)
}
