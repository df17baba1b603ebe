//! What is told of a request while it runs: its variables, without what lets somebody in or is private.
//! Knows nothing of where they come from.

use cleanslate_proto::vars::Vars;

use crate::capture::is_secret;

/// Longer values are cut: this is for people to look at.
const VALUE_MAX: usize = 256;

/// Each variable as `NAME=value`. Cookies, passwords and the like are left out, and of a query the values:
/// its names stay.
pub(super) fn told(vars: Vars<'_>) -> Vec<String> {
    vars.iter().filter_map(|(name, value)| told_var(name, value)).collect()
}

fn told_var(name: &[u8], value: &[u8]) -> Option<String> {
    if value.is_empty() || is_secret(name) {
        return None;
    }
    let value = match (name, value.iter().position(|byte| *byte == b'?')) {
        (b"QUERY_STRING", _) => names_of(value),
        // Of REQUEST_URI, a referer and whatever else holds an address.
        (_, Some(at)) => [&value[..=at], &names_of(&value[at + 1..])].concat(),
        (_, None) => value.to_vec(),
    };
    let (name, value) = (String::from_utf8_lossy(name), String::from_utf8_lossy(&value));
    let is_cut = value.chars().count() > VALUE_MAX;
    let shown: String = value.chars().take(VALUE_MAX).collect();
    Some(format!("{name}={shown}{}", if is_cut { "…" } else { "" }))
}

/// `a=1&b=2` without its values: `a=&b=`. What has no name is a value as well.
fn names_of(query: &[u8]) -> Vec<u8> {
    let named = query.split(|byte| matches!(byte, b'&' | b';')).map(|part| {
        let at = part.iter().position(|byte| *byte == b'=');
        at.map_or(&b""[..], |at| &part[..=at])
    });
    named.collect::<Vec<_>>().join(&b'&')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lets_somebody_in_and_values_of_queries_are_not_told() {
        for (name, value, told) in [
            ("REQUEST_METHOD", "GET", Some("GET")),
            ("PATH_INFO", "/users/7", Some("/users/7")),
            ("QUERY_STRING", "name=ada&token=abc;page=2&plain", Some("name=&token=&page=&")),
            ("REQUEST_URI", "/users?name=ada&x", Some("/users?name=&")),
            ("HTTP_REFERER", "https://a/b?code=1", Some("https://a/b?code=")),
            ("HTTP_COOKIE", "session=abc", None),
            ("HTTP_AUTHORIZATION", "Basic abc", None),
            ("HTTP_X_API_KEY", "abc", None),
            ("CONTENT_LENGTH", "", None),
            ("HTTP_USER_AGENT", "\u{1b}[2Jx", Some("\u{1b}[2Jx")),
        ] {
            let expected = told.map(|value| format!("{name}={value}"));
            assert_eq!(told_var(name.as_bytes(), value.as_bytes()), expected, "{name}={value}");
        }
        let long = told_var(b"HTTP_X_LONG", &[b'x'; 300]).unwrap();
        assert!(long.ends_with("xxx…") && long.chars().count() == 12 + 256 + 1, "{long}");
    }
}
