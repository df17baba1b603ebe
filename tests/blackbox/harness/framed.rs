//! How an answer ends where its connection goes on: by records, by its length, or by chunks. Knows
//! nothing of how bytes come.

use cleanslate_proto::fastcgi::{self, EndRequest};
use cleanslate_proto::response::{decode_head, has_body};

use super::connection::SOON;
use super::{Answer, Connection};

impl Connection {
    /// The FastCGI answer to the request of this id, and how it ended. Records of others are an
    /// error: none was asked for at the same time.
    pub(crate) fn records(
        &mut self,
        id: u16,
        head_only: bool,
    ) -> Result<(Answer, EndRequest), String> {
        let (stdout, end) = self.stdout(id)?;
        let answer = Answer::parse_cgi(&stdout, head_only)?;
        Ok((answer.ok_or_else(|| format!("no byte of an answer: {end:?}"))?, end))
    }

    /// The same before its bytes are looked at.
    pub(crate) fn stdout(&mut self, id: u16) -> Result<(Vec<u8>, EndRequest), String> {
        let mut answer = fastcgi::Answer::new(id);
        loop {
            let came = &self.received[self.taken..];
            if let [_, _, high, low, ..] = came
                && answer.stdout.is_empty()
                && [*high, *low] != id.to_be_bytes()
            {
                return Err(format!(
                    "a record of another request: {:?}",
                    &came[..8.min(came.len())]
                ));
            }
            self.taken += answer.handle_input(came).map_err(|error| error.to_string())?;
            if let Some(end) = answer.end {
                return match answer.stderr.is_empty() {
                    true => Ok((answer.stdout, end)),
                    false => Err(String::from_utf8_lossy(&answer.stderr).into_owned()),
                };
            }
            self.more()?;
        }
    }

    pub(super) fn http(&mut self, head_only: bool) -> Result<Answer, String> {
        let mut answer = loop {
            match decode_head(&self.received[self.taken..]).map_err(|error| error.to_string())? {
                None => self.more()?,
                Some(head) => {
                    let size = head.size;
                    let answer = Answer::of_head(&head);
                    self.taken += size;
                    break answer;
                }
            }
        };
        let is_chunked = answer.header("transfer-encoding") == Some("chunked");
        answer.body = match answer.header("content-length") {
            _ if head_only || !has_body(answer.status) => Vec::new(),
            Some(_) if is_chunked => return Err("a length and chunks".to_owned()),
            Some(length) => {
                let length = length.parse().map_err(|_| format!("a length of {length}"))?;
                self.take(length)?
            }
            None if is_chunked => self.chunks()?,
            None if answer.header("connection") == Some("close") => {
                let mut body = self.received.split_off(self.taken);
                body.extend(self.client.read_to_end(SOON)?);
                body
            }
            None => return Err(format!("nothing says where it ends: {answer:?}")),
        };
        Ok(answer)
    }

    fn chunks(&mut self) -> Result<Vec<u8>, String> {
        let mut body = Vec::new();
        loop {
            let line = self.line()?;
            let size =
                usize::from_str_radix(&line, 16).map_err(|_| format!("a chunk of {line}"))?;
            body.extend(self.take(size)?);
            match self.line()?.as_str() {
                "" if size == 0 => return Ok(body),
                "" => {}
                other => return Err(format!("{other:?} behind a chunk of {size}")),
            }
        }
    }
}
