//! The rules for the vars of a request, whatever codec brought them. It must not know a codec, nor
//! act on any var but those named here.

use crate::error::Error;
use crate::limits::Limits;
use crate::vars::Vars;

/// Checks the vars of a request and tells the length of its body in bytes.
///
/// Only `CONTENT_LENGTH` says how long a body is: plain digits, or empty, which is 0. More than one
/// must say the same, an empty one too, since peers disagree on which of them counts.
/// `HTTP_CONTENT_LENGTH` and `HTTP_TRANSFER_ENCODING` are what a client told nginx, and `UWSGI_*`
/// what uWSGI would obey: none of them is looked at.
///
/// # Errors
///
/// The first of these, so that the outcome is the same every time:
///
/// 1. in the order of the vars, for each by itself: [`Error::NulInPath`],
///    [`Error::ContentLengthByte`], [`Error::ContentLengthOverflow`],
///    [`Error::ContentLengthsDiffer`];
/// 2. [`Error::NoMethod`];
/// 3. [`Error::BodyTooLarge`], last, because what is malformed is 400 whatever its size.
pub fn check(vars: Vars<'_>, limits: &Limits) -> Result<u64, Error> {
    Ok(check_announced(vars, limits)?.unwrap_or(0))
}

/// As [`check`]; none where no length is said, by an empty `CONTENT_LENGTH` or without one.
pub(crate) fn check_announced(vars: Vars<'_>, limits: &Limits) -> Result<Option<u64>, Error> {
    let found = Found::read(vars)?;
    if !found.has_method {
        return Err(Error::NoMethod);
    }
    let length = found.length_within(limits)?;
    Ok(found.is_announced.then_some(length))
}

/// As [`check`], for vars that need not be a request's: without a method they are as right.
///
/// # Errors
///
/// As [`check`], less [`Error::NoMethod`].
pub fn check_body(vars: Vars<'_>, limits: &Limits) -> Result<u64, Error> {
    Found::read(vars)?.length_within(limits)
}

/// The method as it came; empty if there is none, which [`check`] refuses.
pub fn method<'a>(vars: Vars<'a>) -> &'a [u8] {
    vars.get(b"REQUEST_METHOD").unwrap_or(b"")
}

/// The path a request is routed by, as it came: `PATH_INFO`, else `DOCUMENT_URI`, else
/// `REQUEST_URI` up to its `?`, else `/`. An empty one counts as absent.
///
/// `SCRIPT_NAME` is never put in front: nginx sends none, and who sets it by hand means it to be
/// cut off, not to be routed by.
pub fn path<'a>(vars: Vars<'a>) -> &'a [u8] {
    let filled = |key| vars.get(key).filter(|value| !value.is_empty());
    filled(b"PATH_INFO")
        .or_else(|| filled(b"DOCUMENT_URI"))
        .or_else(|| Some(split_uri(vars)?.0).filter(|path| !path.is_empty()))
        .unwrap_or(b"/")
}

/// The query without its `?`, as it came: `QUERY_STRING`, else what follows `?` in `REQUEST_URI`,
/// else empty.
///
/// A `QUERY_STRING` that is there and empty counts, because a rewrite in nginx that drops the query
/// leaves it in `REQUEST_URI`.
pub fn query<'a>(vars: Vars<'a>) -> &'a [u8] {
    vars.get(b"QUERY_STRING").or_else(|| split_uri(vars)?.1).unwrap_or(b"")
}

/// What the vars say about the whole request.
#[derive(Default)]
struct Found {
    has_method: bool,
    /// Of the body in bytes.
    length: Option<u64>,
    /// Whether a length that isn't empty says so.
    is_announced: bool,
}

impl Found {
    fn read(vars: Vars<'_>) -> Result<Self, Error> {
        let mut found = Self::default();
        for (key, value) in vars.iter() {
            match key {
                b"PATH_INFO" => check_path("PATH_INFO", value)?,
                b"DOCUMENT_URI" => check_path("DOCUMENT_URI", value)?,
                b"REQUEST_URI" => check_path("REQUEST_URI", value)?,
                b"REQUEST_METHOD" => found.has_method = !value.is_empty(),
                b"CONTENT_LENGTH" => {
                    let other = number(value)?;
                    found.is_announced |= !value.is_empty();
                    match found.length {
                        Some(first) if first != other => {
                            return Err(Error::ContentLengthsDiffer { first, other });
                        }
                        Some(_) | None => found.length = Some(other),
                    }
                }
                _ => {}
            }
        }
        Ok(found)
    }

    fn length_within(&self, limits: &Limits) -> Result<u64, Error> {
        let (size, limit) = (self.length.unwrap_or(0), limits.limit_post);
        if size > limit { Err(Error::BodyTooLarge { size, limit }) } else { Ok(size) }
    }
}

/// `REQUEST_URI` before and after its first `?`.
fn split_uri<'a>(vars: Vars<'a>) -> Option<(&'a [u8], Option<&'a [u8]>)> {
    let uri = vars.get(b"REQUEST_URI")?;
    let mut parts = uri.splitn(2, |&byte| byte == b'?');
    Some((parts.next()?, parts.next()))
}

fn check_path(var: &'static str, value: &[u8]) -> Result<(), Error> {
    match value.iter().position(|&byte| byte == 0) {
        Some(at) => Err(Error::NulInPath { var, at }),
        None => Ok(()),
    }
}

/// `value` as a number; empty is 0. `str::parse` would take a `+`.
fn number(value: &[u8]) -> Result<u64, Error> {
    if let Some(&byte) = value.iter().find(|byte| !byte.is_ascii_digit()) {
        return Err(Error::ContentLengthByte { byte });
    }
    value
        .iter()
        .try_fold(0_u64, |number, &digit| {
            number.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
        })
        .ok_or(Error::ContentLengthOverflow { digits: value.len() })
}
