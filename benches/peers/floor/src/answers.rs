//! The canned answers, one for each way to wrap them. It must not know who asks.

use clap::ValueEnum;

/// What a client expects around the answer.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Protocol {
    Uwsgi,
    Fastcgi,
    Http,
}

const FIELDS: &str = "Content-Type: text/plain\r\nContent-Length: 13\r\n\r\nhello, world\n";

impl Protocol {
    pub(crate) fn answer(self) -> Vec<u8> {
        match self {
            Self::Uwsgi | Self::Http => format!("HTTP/1.1 200 OK\r\n{FIELDS}").into_bytes(),
            Self::Fastcgi => fastcgi(FIELDS),
        }
    }
}

/// The answer to request 1, which is the only one that nginx has on a connection at a time.
fn fastcgi(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).expect("the text is short");
    // FastCGI 1.0, 3.3: version, type, request (2), length (2), padding, reserved.
    let mut bytes = vec![0x01, 0x06, 0x00, 0x01, 0x00, length, 0x00, 0x00];
    bytes.extend(text.as_bytes());
    // 5.5: FCGI_END_REQUEST, with a status of 0 and FCGI_REQUEST_COMPLETE.
    bytes.extend([0x01, 0x03, 0x00, 0x01, 0x00, 0x08, 0x00, 0x00]);
    bytes.extend([0; 8]);
    bytes
}
