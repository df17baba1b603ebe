//! The body of an answer in chunks, as a client reads it. It must not know where bytes come from.
//! Source: RFC 9112, 7.1.

/// Decodes one body, however it is cut into reads. Lenient where a client may be: a line may end
/// with LF alone, extensions and trailers are passed over.
#[derive(Debug, Default)]
pub(super) struct Chunked {
    at: At,
}

/// The bytes are no chunked body.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the body is not in chunks as its head says")]
pub(super) struct NotChunked;

#[derive(Clone, Copy, Debug)]
enum At {
    Size { size: u64, digits: u8 },
    Extension { size: u64 },
    Content { left: u64 },
    ContentEnd,
    Trailer { is_empty: bool },
    Whole,
}

impl Default for At {
    fn default() -> Self {
        Self::Size { size: 0, digits: 0 }
    }
}

impl Chunked {
    pub(super) fn is_whole(&self) -> bool {
        matches!(self.at, At::Whole)
    }

    /// Takes what came since the last call, appends contents to `body`, and tells how many bytes
    /// belong to this body: all until it is whole.
    pub(super) fn handle_input(
        &mut self,
        received: &[u8],
        body: &mut Vec<u8>,
    ) -> Result<usize, NotChunked> {
        let mut rest = received;
        while let (Some((&byte, after)), false) = (rest.split_first(), self.is_whole()) {
            if let At::Content { left } = self.at {
                let size = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                body.extend(&rest[..size]);
                rest = &rest[size..];
                self.at = match left - size as u64 {
                    0 => At::ContentEnd,
                    left => At::Content { left },
                };
            } else {
                self.at = self.handle_byte(byte)?;
                rest = after;
            }
        }
        Ok(received.len() - rest.len())
    }

    fn handle_byte(&self, byte: u8) -> Result<At, NotChunked> {
        let digit = char::from(byte).to_digit(16).map(u64::from);
        match (self.at, byte) {
            (At::Size { size, digits: digits @ ..16 }, _) if digit.is_some() => {
                Ok(At::Size { size: size << 4 | digit.unwrap_or(0), digits: digits + 1 })
            }
            (At::Size { size: 0, digits: 1.. } | At::Extension { size: 0 }, b'\n') => {
                Ok(At::Trailer { is_empty: true })
            }
            (At::Size { size, digits: 1.. } | At::Extension { size }, b'\n') => {
                Ok(At::Content { left: size })
            }
            (At::Size { size, digits: 1.. }, b';' | b' ' | b'\t' | b'\r')
            | (At::Extension { size }, _) => Ok(At::Extension { size }),
            (At::ContentEnd, b'\r') => Ok(At::ContentEnd),
            (At::ContentEnd, b'\n') => Ok(At::default()),
            (At::Trailer { is_empty: true }, b'\n') => Ok(At::Whole),
            (At::Trailer { is_empty: false }, b'\n') => Ok(At::Trailer { is_empty: true }),
            (At::Trailer { is_empty }, b'\r') => Ok(At::Trailer { is_empty }),
            (At::Trailer { .. }, _) => Ok(At::Trailer { is_empty: false }),
            (At::Size { .. } | At::ContentEnd | At::Content { .. } | At::Whole, _) => {
                Err(NotChunked)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_the_same_in_any_cuts() {
        let bytes = b"5\r\nhello\r\n6;x=\"y\"\r\n, body\r\n0\r\nT: z\r\n\r\nnext";
        for cut in 0..bytes.len() {
            let (mut chunked, mut body, mut taken) = (Chunked::default(), Vec::new(), 0);
            for piece in [&bytes[..cut], &bytes[cut..]] {
                taken += chunked.handle_input(piece, &mut body).unwrap();
            }
            assert_eq!((&body[..], chunked.is_whole()), (&b"hello, body"[..], true), "{cut}");
            assert_eq!(&bytes[taken..], b"next");
        }
    }

    #[test]
    fn what_is_not_in_chunks_is_refused() {
        for bytes in [&b"x\r\n"[..], b"\r\n", b"11111111111111111\r\n", b"1\r\nab"] {
            let outcome = Chunked::default().handle_input(bytes, &mut Vec::new());
            assert_eq!(outcome, Err(NotChunked));
        }
    }
}
