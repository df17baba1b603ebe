//! The one error of handlers: what the client sees and what the log gets are two texts. Knows
//! nothing of how either is written.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use crate::context::is_interrupted;

/// What handlers return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a job failed: a status and a text for the client, and, apart from them, a text for the log.
///
/// Any other error becomes a 500 by `?`: its text goes to the log and never to the client.
///
/// ```
/// use cleanslate::Error;
///
/// let error = Error::new(404, "no such user").log("user 17 was asked for");
/// assert_eq!((error.status(), error.public()), (404, "no such user"));
/// ```
pub struct Error {
    status: u16,
    public: Cow<'static, str>,
    log: Option<Cow<'static, str>>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An answer of this status whose body is `public`. Below 500 nothing is logged unless
    /// [`Error::log`] adds something.
    pub fn new(status: u16, public: impl Into<Cow<'static, str>>) -> Self {
        Self { status, public: public.into(), log: None, source: None }
    }

    /// A 500 that tells the client nothing and the log everything.
    pub fn internal(log: impl Into<Cow<'static, str>>) -> Self {
        Self::new(500, "Internal Server Error\n").log(log)
    }

    /// A 404.
    pub fn not_found() -> Self {
        Self::new(404, "Not Found\n")
    }

    /// A 400 that says what is wrong with the request.
    pub fn bad_request(public: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, public)
    }

    /// Adds what only the log gets.
    #[must_use]
    pub fn log(mut self, log: impl Into<Cow<'static, str>>) -> Self {
        self.log = Some(log.into());
        self
    }

    /// A 500 from an error that is no `std::error::Error` of its own: a boxed one, or a text.
    pub fn from_boxed(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let mut error = Self::new(500, "Internal Server Error\n");
        error.source = Some(source.into());
        error
    }

    /// The error that this one was made of, to be looked into with `downcast_ref`.
    pub fn source(&self) -> Option<&(dyn StdError + Send + Sync + 'static)> {
        self.source.as_deref()
    }

    /// The status the client gets.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The text the client gets.
    pub fn public(&self) -> &str {
        &self.public
    }

    /// Whether the log gets anything.
    pub(crate) fn is_logged(&self) -> bool {
        self.status >= 500 || self.log.is_some() || self.source.is_some()
    }
}

/// The log's text.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.status, Reason(self))
    }
}

/// The log's text without the status, for errors that no client will see.
pub(crate) struct Reason<'a>(pub(crate) &'a Error);

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(Error { public, log, source, .. }) = self;
        let mut between = "";
        match log {
            Some(log) => write!(f, "{log}")?,
            None if source.is_none() => write!(f, "{}", public.trim_end())?,
            None => {}
        }
        if log.is_some() {
            between = ": ";
        }
        let mut next = source.as_deref().map(|source| source as &dyn StdError);
        while let Some(source) = next {
            write!(f, "{between}{source}")?;
            between = ": ";
            next = source.source();
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Everything else is a 500, but for a query that the job's deadline ended: that is a 504.
///
/// `Error` itself is no `std::error::Error`, as the standard library's conversion to itself would
/// otherwise collide with this one.
impl<E: StdError + Send + Sync + 'static> From<E> for Error {
    fn from(source: E) -> Self {
        let source: Box<dyn StdError + Send + Sync> = Box::new(source);
        let late = source.downcast_ref::<rusqlite::Error>().is_some_and(is_interrupted);
        let (status, public) =
            if late { (504, "Gateway Timeout\n") } else { (500, "Internal Server Error\n") };
        Self { status, public: public.into(), log: None, source: Some(source) }
    }
}
