//! What the options come to for when another server takes over. Touches nothing of the system.

use std::time::Duration;

use super::reader::Reader;

/// When another server takes its place.
#[derive(Clone, Debug, Default)]
pub(crate) struct RecycleSettings {
    /// Bytes by which the address space may grow.
    pub(crate) address_space: Option<u64>,
    /// Bytes of resident memory.
    pub(crate) resident: Option<u64>,
    pub(crate) max_requests: Option<u64>,
    pub(crate) min_lifetime: Duration,
    pub(crate) max_lifetime: Option<Duration>,
}

impl RecycleSettings {
    /// Whether nothing is limited.
    pub(crate) fn is_empty(&self) -> bool {
        let Self { address_space, resident, max_requests, max_lifetime, min_lifetime: _ } = self;
        let memory = address_space.is_none() && resident.is_none();
        memory && max_requests.is_none() && max_lifetime.is_none()
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let max_requests = reader.number("max-requests", 0..=u64::MAX, "a number of requests");
        Self {
            address_space: reader.megabytes("reload-on-as"),
            resident: reader.megabytes("reload-on-rss"),
            max_requests: Some(max_requests).filter(|most| *most > 0),
            min_lifetime: reader.seconds("min-worker-lifetime").unwrap_or_default(),
            max_lifetime: reader.seconds("max-worker-lifetime"),
        }
    }
}
