//! What the kernel knows of this process, and of others. Knows nothing of what is done with it.

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

/// How many descriptors the process has open; none where the kernel doesn't tell.
pub(crate) fn open_descriptors() -> u64 {
    const FOLDER: &str = "/proc/self/fd";
    // Since Linux 6.2 the folder's size is their number.
    let told = std::fs::metadata(FOLDER).map_or(0, |folder| folder.len());
    if told > 0 {
        return told;
    }
    // The one that reads the folder is counted and gone.
    std::fs::read_dir(FOLDER).map_or(0, |all| (all.count() as u64).saturating_sub(1))
}

/// The most connections that the kernel lets wait to be accepted.
pub(crate) fn somaxconn() -> Option<u64> {
    std::fs::read_to_string("/proc/sys/net/core/somaxconn").ok()?.trim().parse().ok()
}

/// When a process was started, in the kernel's ticks since the machine was; none if there is no such process.
/// With its number it tells it from all others.
pub(crate) fn born(process: i32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // Its name, in brackets, may have spaces and brackets itself. proc(5): of what follows it is the 20th.
    let (_, after) = stat.rsplit_once(") ")?;
    after.split(' ').nth(19)?.parse().ok()
}

/// How many threads the process has; none where the kernel doesn't tell.
pub(crate) fn threads() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("Threads:"));
    line.and_then(|count| count.trim().parse().ok()).unwrap_or(0)
}

/// Whether the process or the machine has run out of something; anything else has failed only for what was
/// asked for.
pub(crate) fn is_exhausted(error: &std::io::Error) -> bool {
    use rustix::io::Errno;
    let errno = Errno::from_io_error(error);
    errno.is_some_and(|errno| {
        matches!(errno, Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM)
    })
}
