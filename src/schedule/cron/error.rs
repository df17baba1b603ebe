//! Why a rule or a time zone makes no sense. Knows nothing of how either is read.

/// Why a rule or a time zone makes no sense.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CronError {
    #[error("{text:?} has {count} fields, not five, or six with seconds first")]
    Count { text: String, count: usize },
    #[error(
        "{text:?} is not one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly"
    )]
    Nickname { text: String },
    #[error("the {field} {value} is not {range}")]
    Value { field: &'static str, value: String, range: &'static str },
    #[error("the {field}s {value} end before they begin")]
    Range { field: &'static str, value: String },
    #[error("the step of the {field}s {value} is not 1 to {most}")]
    Step { field: &'static str, value: String, most: u16 },
    #[error("{text:?} is no rule of a cron: {reason}")]
    Rule { text: String, reason: croner::errors::CronError },
    #[error("there is no time zone {name:?}: {reason}")]
    Zone { name: String, reason: jiff::Error },
    #[error("TZ or /etc/localtime is no time zone: {reason}")]
    Local { reason: jiff::Error },
}
