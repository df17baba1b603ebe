//! A request as nginx would send it, changed as a case wants it. It must not know how it is sent.

use toml::Value;

use super::Surroundings;
use super::bytes::{self, take_pairs};
use super::encode;
use super::error::{Problem, Wrong};
use super::fields::Fields;
use crate::tool::target::Protocol;
use crate::tool::vars::{self, Asked, Var};

/// The bytes of a request, and whether it asks for a head alone.
pub(super) fn request(
    value: Value,
    at: &str,
    around: Surroundings<'_>,
) -> Result<(Vec<u8>, bool), Wrong> {
    let mut fields = Fields::new(value, at)?;
    let parts = Parts::take(&mut fields, around)?;
    let mut bytes = match around.protocol {
        Protocol::Http => encode::http(&mut fields, &parts, around)?,
        Protocol::Uwsgi => encode::uwsgi(&mut fields, &parts)?,
        Protocol::Scgi => encode::scgi(&fields, parts.vars, &parts.body)?,
        Protocol::Fastcgi => encode::fastcgi(&mut fields, &parts)?,
    };
    change(&mut fields, &mut bytes, around)?;
    fields.finish()?;
    Ok((bytes, parts.method == "HEAD"))
}

/// The vars of a request, to be put into records one by one.
pub(super) fn params(mut fields: Fields, around: Surroundings<'_>) -> Result<Vec<Var>, Wrong> {
    let parts = Parts::take(&mut fields, around)?;
    fields.finish()?;
    Ok(parts.vars)
}

/// What all protocols have.
pub(super) struct Parts {
    pub(super) method: String,
    pub(super) uri: String,
    pub(super) headers: Vec<(String, Vec<u8>)>,
    pub(super) has_body: bool,
    pub(super) body: Vec<u8>,
    pub(super) vars: Vec<Var>,
}

/// The vars that no request can do without.
const NEEDED: [&[u8]; 4] = [b"REQUEST_METHOD", b"REQUEST_URI", b"PATH_INFO", b"CONTENT_LENGTH"];

impl Parts {
    fn take(fields: &mut Fields, around: Surroundings<'_>) -> Result<Self, Wrong> {
        let method = fields.text("method")?.unwrap_or_else(|| "GET".to_owned());
        let path = fields.text("path")?.unwrap_or_else(|| "/hello".to_owned());
        let uri = format!("{}{path}", around.setting.prefix);
        let named = |(name, value): Var| (String::from_utf8_lossy(&name).into_owned(), value);
        let headers: Vec<_> =
            take_pairs(fields, "headers", around)?.into_iter().map(named).collect();
        let body = bytes::take(fields, "body", around)?;
        let length = body.as_ref().map(|body| body.len() as u64);
        let host = &around.setting.host;
        let asked =
            Asked { method: &method, uri: &uri, host, headers: &headers, length, local: None };
        let mut vars = vars::vars(&asked);
        if fields.flag("bare")? && around.protocol != Protocol::Http {
            vars.retain(|(name, value)| NEEDED.contains(&name.as_slice()) && !value.is_empty());
        }
        if around.protocol != Protocol::Http {
            change_vars(fields, &mut vars, around)?;
        }
        let (has_body, body) = (body.is_some(), body.unwrap_or_default());
        Ok(Self { method, uri, headers, has_body, body, vars })
    }
}

/// Vars that the case replaces, removes, then adds, whatever there is of that name.
fn change_vars(
    fields: &mut Fields,
    vars: &mut Vec<Var>,
    around: Surroundings<'_>,
) -> Result<(), Wrong> {
    for (name, value) in &around.setting.vars {
        vars::replace(vars, name, value);
    }
    for (name, value) in take_pairs(fields, "replace", around)? {
        vars::replace(vars, &name, &value);
    }
    for name in fields.texts("remove")? {
        vars.retain(|(key, _)| key != name.as_bytes());
    }
    vars.extend(take_pairs(fields, "add", around)?);
    Ok(())
}

/// Puts other bytes over those at a place, and leaves out some at the end.
fn change(fields: &mut Fields, out: &mut Vec<u8>, around: Surroundings<'_>) -> Result<(), Wrong> {
    for (at, patch) in fields.rows("patch")? {
        let mut patch = Fields::new(patch, at)?;
        let offset = patch.number::<i64>("at", "a number")?;
        let offset = offset.ok_or_else(|| Wrong::new(patch.key("at"), Problem::Missing))?;
        let with = bytes::take(&mut patch, "with", around)?;
        let with = with.ok_or_else(|| Wrong::new(patch.key("with"), Problem::Missing))?;
        let start = match usize::try_from(offset) {
            Ok(start) => Some(start),
            Err(_) => usize::try_from(-offset).ok().and_then(|back| out.len().checked_sub(back)),
        };
        let place = start.and_then(|start| out.get_mut(start..start.checked_add(with.len())?));
        match place {
            Some(place) => place.copy_from_slice(&with),
            None => return Err(Wrong::expected(patch.key("at"), "a place inside of the request")),
        }
        patch.finish()?;
    }
    if let Some(count) = fields.number::<usize>("drop_last", "a number")? {
        out.truncate(out.len().saturating_sub(count));
    }
    Ok(())
}
