//! The ways to write bytes in a case file. It must not know what they are for.

use cleanslate::proto::uwsgi;
use toml::Value;

use super::Surroundings;
use super::error::{Problem, Wrong};
use super::fields::{Fields, rows};
use super::request;
use crate::tool::vars::Var;

const WHAT: &str = "a text, a list of bytes, or a table with one of hex, repeat, path, strings, \
                    netstring, uwsgi_vars, packet, pairs, begin, params";
/// So that a slip of the pen doesn't fill memory.
const SIZE_MAX: usize = 1 << 30;

/// The bytes that `value` stands for; see `conform/README.md`.
pub(super) fn bytes(
    value: Value,
    at: &str,
    surroundings: Surroundings<'_>,
) -> Result<Vec<u8>, Wrong> {
    match value {
        Value::String(text) => Ok(text.into_bytes()),
        Value::Array(_) => {
            let parts = rows(value, at)?.into_iter();
            parts
                .map(|(at, part)| bytes(part, &at, surroundings))
                .collect::<Result<Vec<_>, _>>()
                .map(|parts| parts.concat())
        }
        Value::Table(_) => {
            let mut fields = Fields::new(value, at)?;
            let found = form(&mut fields, at, surroundings)?;
            fields.finish()?;
            Ok(found)
        }
        _ => Err(Wrong::expected(at, WHAT)),
    }
}

/// Bytes that are in a field, if they are there.
pub(super) fn take(
    fields: &mut Fields,
    key: &str,
    surroundings: Surroundings<'_>,
) -> Result<Option<Vec<u8>>, Wrong> {
    let at = fields.key(key);
    fields.take(key).map(|value| bytes(value, &at, surroundings)).transpose()
}

/// A list of names and values, each `[name, value]`.
pub(super) fn take_pairs(
    fields: &mut Fields,
    key: &str,
    surroundings: Surroundings<'_>,
) -> Result<Vec<Var>, Wrong> {
    let rows_of_pairs = fields.rows(key)?.into_iter();
    let pair = |(at, value): (String, Value)| {
        let parts: Result<[_; 2], _> = rows(value, &at)?.try_into();
        let [(name_at, name), (value_at, value)] =
            parts.map_err(|_| Wrong::expected(at, "[name, value]"))?;
        Ok((bytes(name, &name_at, surroundings)?, bytes(value, &value_at, surroundings)?))
    };
    rows_of_pairs.map(pair).collect()
}

fn form(fields: &mut Fields, at: &str, around: Surroundings<'_>) -> Result<Vec<u8>, Wrong> {
    if let Some(text) = fields.text("hex")? {
        return from_hex(&text)
            .ok_or_else(|| Wrong::expected(fields.key("hex"), "pairs of digits"));
    }
    if let Some(unit) = take(fields, "repeat", around)? {
        let times = fields.number::<usize>("times", "a number")?;
        let times = times.ok_or_else(|| Wrong::new(fields.key("times"), Problem::Missing))?;
        let fits = unit.len().checked_mul(times).is_some_and(|size| size <= SIZE_MAX);
        return match fits {
            true => Ok(unit.repeat(times)),
            false => Err(Wrong::expected(fields.key("times"), "at most 1 GiB in all")),
        };
    }
    if let Some(path) = fields.text("path")? {
        return Ok(format!("{}{path}", around.setting.prefix).into_bytes());
    }
    if let Some(content) = take(fields, "netstring", around)? {
        return Ok([format!("{}:", content.len()).as_bytes(), &content, b","].concat());
    }
    if fields.has("strings") {
        let all = fields.rows("strings")?.into_iter();
        let string = |(at, value): (String, Value)| {
            bytes(value, &at, around).map(|text| [text, vec![0]].concat())
        };
        return all.map(string).collect::<Result<Vec<_>, _>>().map(|all| all.concat());
    }
    if fields.has("uwsgi_vars") {
        let pairs = take_pairs(fields, "uwsgi_vars", around)?;
        return uwsgi_vars(&pairs)
            .ok_or_else(|| Wrong::expected(fields.key("uwsgi_vars"), "at most 65535 bytes each"));
    }
    if fields.has("pairs") {
        let pairs = take_pairs(fields, "pairs", around)?;
        return Ok(fastcgi_pairs(&pairs, fields.flag("long")?));
    }
    let inner = |key: &str, fields: &mut Fields| {
        let at = fields.key(key);
        fields.take(key).map(|value| Fields::new(value, at)).transpose()
    };
    if let Some(packet) = inner("packet", fields)? {
        return uwsgi_packet(packet, around);
    }
    if let Some(mut begin) = inner("begin", fields)? {
        let role = begin.number::<u16>("role", "a number up to 65535")?.unwrap_or(1);
        let flags = begin.number::<u8>("flags", "a number up to 255")?.unwrap_or(0);
        begin.finish()?;
        return Ok([&role.to_be_bytes()[..], &[flags, 0, 0, 0, 0, 0]].concat());
    }
    if let Some(params) = inner("params", fields)? {
        let vars = request::params(params, around)?;
        return Ok(fastcgi_pairs(&vars, false));
    }
    Err(Wrong::expected(at, WHAT))
}

/// Pairs of digits, with blanks between them as one likes.
fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .filter(|digit| !digit.is_whitespace())
        .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

/// A head and vars, where the head may lie about their size.
fn uwsgi_packet(mut packet: Fields, around: Surroundings<'_>) -> Result<Vec<u8>, Wrong> {
    let what = "a number up to 255";
    let modifier1 = packet.number("modifier1", what)?.unwrap_or(0);
    let modifier2 = packet.number("modifier2", what)?.unwrap_or(0);
    let vars = take(&mut packet, "vars", around)?.unwrap_or_default();
    let size = packet.number::<u16>("size", "a number up to 65535")?;
    let Some(vars_size) = size.or_else(|| u16::try_from(vars.len()).ok()) else {
        return Err(Wrong::expected(packet.key("vars"), "at most 65535 bytes"));
    };
    packet.finish()?;
    Ok([&uwsgi::Head { modifier1, modifier2, vars_size }.to_bytes()[..], &vars].concat())
}

/// The vars of a uwsgi packet, empty names included, which no encoder would write.
fn uwsgi_vars(pairs: &[Var]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for part in pairs.iter().flat_map(|(name, value)| [name, value]) {
        out.extend(u16::try_from(part.len()).ok()?.to_le_bytes());
        out.extend(part);
    }
    Some(out)
}

/// FastCGI 1.0, 3.4. `long` writes every size in four bytes, which is allowed.
fn fastcgi_pairs(pairs: &[Var], long: bool) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, value) in pairs {
        for part in [name, value] {
            match u8::try_from(part.len()) {
                Ok(size @ ..0x80) if !long => out.push(size),
                Ok(_) | Err(_) => {
                    // What is above 1 GiB was refused before.
                    let size = u32::try_from(part.len()).unwrap_or(0);
                    out.extend((size | 0x8000_0000).to_be_bytes());
                }
            }
        }
        out.extend(name);
        out.extend(value);
    }
    out
}
