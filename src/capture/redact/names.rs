//! Names that stand for secrets: of variables, headers, parameters and fields. Knows nothing of values.

/// Whose values are not kept.
pub(in crate::capture) struct Names {
    /// The operator's own, in their plain form.
    more: Vec<String>,
}

/// A name that holds one of these is a secret's.
const PARTS: &[&str] = &[
    "accesskey",
    "apikey",
    "authkey",
    "authorization",
    "cookie",
    "credential",
    "csrf",
    "jwt",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "secret",
    "sessionid",
    "signature",
    "token",
    "xsrf",
];

/// Names that are a secret's if they are nothing else.
const WHOLE: &[&str] = &[
    "assertion",
    "auth",
    "key",
    "otp",
    "pass",
    "phpauthdigest",
    "phpauthpw",
    "pin",
    "pwd",
    "samlresponse",
    "session",
    "sid",
    "sig",
    "xauth",
];

impl Names {
    /// Those that are known, and more.
    pub(in crate::capture) fn with(more: &[String]) -> Self {
        Self { more: more.iter().map(|name| plain(name.as_bytes())).collect() }
    }

    /// Whether a value under this name is a secret, whatever is between the name's words.
    pub(super) fn is_secret(&self, name: &[u8]) -> bool {
        is_secret(name) || self.more.contains(&plain(name))
    }
}

/// Whether a value under this name lets somebody in, whoever is asked.
pub(crate) fn is_secret(name: &[u8]) -> bool {
    let name = plain(name);
    PARTS.iter().any(|part| name.contains(part)) || WHOLE.contains(&name.as_str())
}

/// Small letters and digits; a header's variable is as the header.
fn plain(name: &[u8]) -> String {
    let name = name.strip_prefix(b"HTTP_").unwrap_or(name);
    let letters = name.iter().filter(|byte| byte.is_ascii_alphanumeric());
    letters.map(|byte| char::from(byte.to_ascii_lowercase())).collect()
}
