//! What a request asks for: the forms of a target, and the path as nginx understands it. It must
//! not know vars.

use crate::error::Error;
use alloc::vec::Vec;

/// A target taken apart.
pub(super) struct Target<'a> {
    /// Of the absolute form only; counts instead of `Host`. RFC 9112, 3.2.2.
    pub(super) authority: Option<&'a [u8]>,
    /// Starts with `/`; as it was sent.
    pub(super) path: &'a [u8],
    /// Without its `?`; as it was sent.
    pub(super) query: &'a [u8],
}

/// `/path?query` or `http://authority/path?query`.
pub(super) fn split_target(target: &[u8]) -> Result<Target<'_>, Error> {
    if target.contains(&b'#') {
        return Err(Error::Target);
    }
    let (authority, local) = match target {
        [b'/', ..] => (None, target),
        _ => {
            let rest = strip_scheme(target).ok_or(Error::Target)?;
            let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?'));
            let (authority, local) = rest.split_at(end.unwrap_or(rest.len()));
            if authority.is_empty() {
                return Err(Error::Target);
            }
            (Some(authority), local)
        }
    };
    let mut parts = local.splitn(2, |&byte| byte == b'?');
    let path = parts.next().filter(|path| !path.is_empty()).unwrap_or(b"/");
    Ok(Target { authority, path, query: parts.next().unwrap_or(b"") })
}

/// A host and a port, as far as bytes tell: no user, path or list, which others would cut
/// elsewhere. RFC 3986, 3.2.2.
pub(super) fn check_host(host: &[u8]) -> Result<(), Error> {
    let is_right = |byte: &u8| {
        byte.is_ascii_alphanumeric() || b"-._~!$&'()*+;=:[]%".contains(byte) || *byte >= 0x80
    };
    match host.iter().copied().find(|byte| !is_right(byte)) {
        Some(byte) => Err(Error::HostByte { byte }),
        None => Ok(()),
    }
}

/// A host without its port; an IPv6 address keeps its brackets. RFC 3875, 4.1.14.
pub(super) fn server_name(host: &[u8]) -> &[u8] {
    match host.iter().rposition(|byte| matches!(byte, b':' | b']')) {
        Some(at) if host[at] == b':' => &host[..at],
        Some(_) | None => host,
    }
}

/// Appends `path`, which starts with `/`, without `%`, empty segments, `.` and `..`.
///
/// As in nginx, a byte that was written with `%` counts like one that was not, so that no spelling
/// gets past a rule for `/admin/`; slashes are merged, as nginx does unless told otherwise.
pub(super) fn append_path(out: &mut Vec<u8>, path: &[u8]) -> Result<(), Error> {
    let is_odd = |pair: &[u8]| matches!(pair, [b'/', b'/' | b'.']);
    if !path.contains(&b'%') && !path.windows(2).any(is_odd) {
        out.extend(path);
        return Ok(());
    }
    let decoded = decode(path)?;
    let root = out.len();
    let mut is_folder = false;
    for segment in decoded.split(|&byte| byte == b'/').skip(1) {
        is_folder = matches!(segment, b"" | b"." | b"..");
        match segment {
            b"" | b"." => {}
            b".." => {
                let parent = out[root..].iter().rposition(|&byte| byte == b'/');
                out.truncate(root + parent.ok_or(Error::AboveRoot)?);
            }
            _ => {
                out.push(b'/');
                out.extend(segment);
            }
        }
    }
    if is_folder {
        out.push(b'/');
    }
    Ok(())
}

fn strip_scheme(target: &[u8]) -> Option<&[u8]> {
    [&b"http://"[..], b"https://"].into_iter().find_map(|scheme| {
        let (start, rest) = target.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    })
}

/// `path` with each `%` and two hexadecimal digits as the byte they mean.
fn decode(path: &[u8]) -> Result<Vec<u8>, Error> {
    let mut out = Vec::with_capacity(path.len());
    let mut rest = path;
    while let [byte, after @ ..] = rest {
        rest = after;
        if *byte != b'%' {
            out.push(*byte);
            continue;
        }
        let at = path.len() - after.len() - 1;
        let [high, low, after @ ..] = after else {
            return Err(Error::PercentEncoding { at });
        };
        let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|n| u8::try_from(n).ok());
        let (Some(high), Some(low)) = (digit(high), digit(low)) else {
            return Err(Error::PercentEncoding { at });
        };
        out.push(high * 16 + low);
        rest = after;
    }
    Ok(out)
}
