//! From the parts of a request to its bytes, in each protocol. It must not know how cases change
//! them.

use cleanslate::proto::fastcgi::Cut;
use cleanslate::proto::http::{BodyLength, encode_chunk, encode_last_chunk, encode_request};
use cleanslate::proto::{fastcgi, scgi, uwsgi};

use super::Surroundings;
use super::bytes;
use super::error::{Problem, Wrong};
use super::fields::Fields;
use super::request::Parts;
use crate::tool::vars::{Var, borrowed};

/// A packet.
pub(super) fn uwsgi(fields: &mut Fields, parts: &Parts) -> Result<Vec<u8>, Wrong> {
    let what = "a number up to 255";
    let modifier1 = fields.number("modifier1", what)?.unwrap_or(0);
    let modifier2 = fields.number("modifier2", what)?.unwrap_or(0);
    let mut out = Vec::new();
    uwsgi::encode(&mut out, modifier1, modifier2, borrowed(&parts.vars))
        .map_err(|error| Wrong::new(fields.key("add"), error))?;
    out.extend(&parts.body);
    Ok(out)
}

/// A netstring and its body.
pub(super) fn scgi(fields: &Fields, mut vars: Vec<Var>, body: &[u8]) -> Result<Vec<u8>, Wrong> {
    // The encoder writes the length itself; whoever wants another writes a netstring.
    let mut lengths = vars.iter().filter(|(key, _)| key == b"CONTENT_LENGTH");
    let plain = body.len().to_string();
    if !lengths.all(|(_, value)| value.is_empty() || *value == plain.as_bytes()) {
        let problem = Problem::Contradiction("CONTENT_LENGTH can't be changed: send a netstring");
        return Err(Wrong::new(fields.key("replace"), problem));
    }
    vars.retain(|(key, _)| key != b"CONTENT_LENGTH");
    let mut out = Vec::new();
    scgi::encode(&mut out, borrowed(&vars), body.len() as u64)
        .map_err(|error| Wrong::new(fields.key("add"), error))?;
    out.extend(body);
    Ok(out)
}

/// Records.
pub(super) fn fastcgi(fields: &mut Fields, parts: &Parts) -> Result<Vec<u8>, Wrong> {
    let id = fields.number("id", "a number up to 65535")?.unwrap_or(1);
    let keeps = fields.flag("keep")?;
    let usual = Cut::default();
    let size_max = fields.number("record_size", "a number up to 65535")?;
    let padding = fields.number("padding", "a number up to 255")?;
    let cut = Cut {
        size_max: size_max.unwrap_or(usual.size_max),
        padding: padding.unwrap_or(usual.padding),
    };
    let mut out = Vec::new();
    fastcgi::encode_request(&mut out, id, keeps, borrowed(&parts.vars), &parts.body, cut)
        .map_err(|error| Wrong::new(fields.key("add"), error))?;
    Ok(out)
}

/// A request line, headers and a body.
pub(super) fn http(
    fields: &mut Fields,
    parts: &Parts,
    around: Surroundings<'_>,
) -> Result<Vec<u8>, Wrong> {
    let mut headers = vec![("Host".to_owned(), around.setting.host.clone().into_bytes())];
    if !fields.flag("keep")? {
        headers.push(("Connection".to_owned(), b"close".to_vec()));
    }
    for name in fields.texts("remove")? {
        headers.retain(|(other, _)| !other.eq_ignore_ascii_case(&name));
    }
    headers.extend(parts.headers.iter().cloned());
    let is_chunked = fields.has("chunks");
    let length = match (is_chunked, parts.has_body) {
        (true, true) => {
            let problem = Problem::Contradiction("a body is either whole or in chunks");
            return Err(Wrong::new(fields.key("chunks"), problem));
        }
        (true, false) => BodyLength::Chunked,
        (false, true) => BodyLength::Known(parts.body.len() as u64),
        (false, false) => BodyLength::Unsaid,
    };
    let mut out = Vec::new();
    let given = headers.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
    encode_request(&mut out, &parts.method, &parts.uri, given, length)
        .map_err(|error| Wrong::new(fields.key("headers"), error))?;
    out.extend(&parts.body);
    for (at, chunk) in fields.rows("chunks")? {
        encode_chunk(&mut out, &bytes::bytes(chunk, &at, around)?);
    }
    if is_chunked {
        encode_last_chunk(&mut out);
    }
    Ok(out)
}
