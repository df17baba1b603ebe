//! An answer as it came over the wire, and whether it is exactly one. Knows no socket.

use cleanslate_proto::response::{DecodedHead, decode_head, has_body};

/// A whole answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Reads all bytes up to the end of a connection as one answer and nothing beside it; none if
    /// there are no bytes. `head_only` is true of an answer to HEAD.
    pub(crate) fn parse(bytes: &[u8], head_only: bool) -> Result<Option<Self>, String> {
        Self::parse_from(b"HTTP/1.1 ", bytes, head_only)
    }

    /// The same for an answer as CGI programs give it.
    pub(crate) fn parse_cgi(bytes: &[u8], head_only: bool) -> Result<Option<Self>, String> {
        Self::parse_from(b"Status: ", bytes, head_only)
    }

    fn parse_from(start: &[u8], bytes: &[u8], head_only: bool) -> Result<Option<Self>, String> {
        if bytes.is_empty() {
            return Ok(None);
        }
        let shown = || String::from_utf8_lossy(&bytes[..bytes.len().min(400)]).into_owned();
        if !bytes.starts_with(start) {
            return Err(format!("no status line: {}", shown()));
        }
        let head = decode_head(bytes)
            .map_err(|error| format!("{error}: {}", shown()))?
            .ok_or_else(|| format!("the head is cut short: {}", shown()))?;
        let body = &bytes[head.size..];
        let expected = match head.content_length() {
            _ if head_only || !has_body(head.status) => 0,
            Some(length) => usize::try_from(length).map_err(|error| error.to_string())?,
            None => body.len(),
        };
        if body.len() != expected {
            let tail = String::from_utf8_lossy(&body[body.len().min(expected)..]);
            let tail: String = tail.chars().take(200).collect();
            let (status, length) = (head.status, body.len());
            return Err(format!("{status}: {length} bytes of body, not {expected}: …{tail}"));
        }
        Ok(Some(Self { body: body.to_vec(), ..Self::of_head(&head) }))
    }

    /// An answer whose body is still to come.
    pub(crate) fn of_head(head: &DecodedHead<'_>) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let headers = head.headers().map(|(name, value)| (text(name), text(value))).collect();
        Self { status: head.status, headers, body: Vec::new() }
    }

    /// The first header of that name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}
