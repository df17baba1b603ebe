//! What of a request is not kept: values that let somebody in. Knows nothing of how a request is kept.
//!
//! `names` says which names stand for secrets, `parameters` and `json` find them inside of queries and
//! bodies.

mod json;
mod names;
mod parameters;

pub(super) use self::names::Names;
pub(crate) use self::names::is_secret;

/// What stands in a secret's place.
const INSTEAD: &str = "redacted";

/// How many names are told.
const NAMES_MAX: usize = 64;

/// Goes through one request.
pub(super) struct Redactor<'n> {
    names: &'n Names,
    found: Vec<String>,
}

impl<'n> Redactor<'n> {
    pub(super) fn new(names: &'n Names) -> Self {
        Self { names, found: Vec::new() }
    }

    /// A variable's value as it may be kept.
    pub(super) fn var(&mut self, name: &[u8], value: &[u8]) -> Vec<u8> {
        // nginx sends what a request doesn't have as nothing.
        if value.is_empty() {
            return Vec::new();
        }
        if self.names.is_secret(name) {
            self.note("", name);
            return INSTEAD.into();
        }
        if name == b"QUERY_STRING" {
            return self.parameters("?", value);
        }
        // REQUEST_URI, Referer, and whatever else holds an address.
        match value.iter().position(|byte| matches!(byte, b'?' | b'#')) {
            None => value.to_vec(),
            Some(at) => {
                let (before, query) = value.split_at(at + 1);
                [before, &self.parameters("?", query)].concat()
            }
        }
    }

    /// A body, or the start of one, as it may be kept: forms and JSON are looked into, others are not.
    pub(super) fn body(&mut self, media_type: &str, body: Vec<u8>) -> Vec<u8> {
        let is = |wanted: &str| media_type.eq_ignore_ascii_case(wanted);
        if is("application/x-www-form-urlencoded") {
            self.parameters("body ", &body)
        } else if is("application/json") || media_type.to_ascii_lowercase().ends_with("+json") {
            self.json(&body)
        } else {
            body
        }
    }

    /// The names whose values were left out: a variable's own, `?token` of a parameter, `body token` of
    /// a body's field.
    pub(super) fn into_names(self) -> Vec<String> {
        self.found
    }

    fn note(&mut self, before: &str, name: &[u8]) {
        let name = format!("{before}{}", String::from_utf8_lossy(name));
        // A client may send thousands; each is replaced, whether it is told or not.
        if self.found.len() < NAMES_MAX && !self.found.contains(&name) {
            self.found.push(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is kept of a variable, and which names were found.
    fn check(name: &str, value: &str, kept: &str, found: &[&str]) {
        let names = Names::with(&["X-Tenant".to_owned(), "ssn".to_owned()]);
        let mut redactor = Redactor::new(&names);
        let text = redactor.var(name.as_bytes(), value.as_bytes());
        assert_eq!(String::from_utf8_lossy(&text), kept, "{name}={value}");
        assert_eq!(redactor.into_names(), found, "{name}={value}");
    }

    #[test]
    fn variables_that_let_somebody_in_are_not_kept() {
        for name in [
            "HTTP_COOKIE",
            "HTTP_AUTHORIZATION",
            "HTTP_PROXY_AUTHORIZATION",
            "HTTP_X_API_KEY",
            "HTTP_X_AUTH_TOKEN",
            "HTTP_X_CSRF_TOKEN",
            "HTTP_X_CSRFTOKEN",
            "HTTP_X_XSRF_TOKEN",
            "HTTP_X_AMZ_SECURITY_TOKEN",
            "HTTP_X_HUB_SIGNATURE_256",
            "HTTP_SET_COOKIE2",
            "PHP_AUTH_PW",
            "SSL_SESSION_ID",
            "HTTP_X_TENANT",
        ] {
            check(name, "a secret", "redacted", &[name]);
            check(name, "", "", &[]);
        }
    }

    #[test]
    fn what_is_no_secret_is_kept_as_it_is() {
        for (name, value) in [
            ("REQUEST_METHOD", "GET"),
            ("PATH_INFO", "/key/7"),
            ("HTTP_USER_AGENT", "curl/8 (a; b=c&d)"),
            ("HTTP_X_REQUEST_ID", "abc"),
            ("HTTP_SEC_WEBSOCKET_KEY", "abc"),
            ("HTTP_ACCEPT", "*/*;q=0.8"),
            ("REMOTE_USER", "ada"),
            ("QUERY_STRING", "a=1&b=2;c=%20&monkey=3&a&&=x&tok=1"),
            ("QUERY_STRING", "keyboard=1&author=2&password="),
            ("REQUEST_URI", "/a?b=c?d=e#f"),
            ("HTTP_REFERER", "https://x/y"),
        ] {
            check(name, value, value, &[]);
        }
    }

    #[test]
    fn parameters_that_let_somebody_in_are_not_kept() {
        for (name, value, kept, found) in [
            ("QUERY_STRING", "token=x", "token=redacted", &["?token"][..]),
            (
                "QUERY_STRING",
                "a=1&Access-Token=x&b",
                "a=1&Access-Token=redacted&b",
                &["?Access-Token"],
            ),
            ("QUERY_STRING", "key=x;pass=y", "key=redacted;pass=redacted", &["?key", "?pass"]),
            (
                "QUERY_STRING",
                "user%5Bpassword%5D=x",
                "user%5Bpassword%5D=redacted",
                &["?user%5Bpassword%5D"],
            ),
            ("QUERY_STRING", "p%61ssword=x", "p%61ssword=redacted", &["?p%61ssword"]),
            (
                "QUERY_STRING",
                "client_secret=x=y&a=b",
                "client_secret=redacted&a=b",
                &["?client_secret"],
            ),
            ("QUERY_STRING", "ssn=1&SSN=2", "ssn=redacted&SSN=redacted", &["?ssn", "?SSN"]),
            ("QUERY_STRING", "x_tenant=1", "x_tenant=redacted", &["?x_tenant"]),
            ("REQUEST_URI", "/a?sig=x&b=c", "/a?sig=redacted&b=c", &["?sig"]),
            ("HTTP_REFERER", "https://x/y?jwt=z", "https://x/y?jwt=redacted", &["?jwt"]),
            (
                "HTTP_REFERER",
                "https://x/y#access_token=z",
                "https://x/y#access_token=redacted",
                &["?access_token"],
            ),
            ("HTTP_X_ORIGINAL_URI", "/?otp=1", "/?otp=redacted", &["?otp"]),
            // An address inside of a parameter, also of one more.
            ("QUERY_STRING", "next=%2Fa%3Ftoken%3Dx&b=c", "next=redacted&b=c", &["?next"]),
            ("QUERY_STRING", "n=%2Fa%3Fm%3D%252Fb%253Ftoken%253Dx", "n=redacted", &["?n"]),
            ("REQUEST_URI", "/a?next=/b?token=x", "/a?next=redacted", &["?next"]),
        ] {
            check(name, value, kept, found);
        }
    }

    #[test]
    fn of_thousands_of_names_all_are_left_out_and_some_are_told() {
        let names = Names::with(&[]);
        let mut redactor = Redactor::new(&names);
        let query: Vec<String> = (0..5_000).map(|number| format!("token{number}=x")).collect();
        let kept = redactor.var(b"QUERY_STRING", query.join("&").as_bytes());
        let kept = String::from_utf8(kept).unwrap();
        assert_eq!(kept.matches("=redacted").count(), 5_000);
        assert_eq!(redactor.into_names().len(), NAMES_MAX);
    }

    #[test]
    fn forms_and_json_are_looked_into() {
        let form = "application/x-www-form-urlencoded";
        for (media_type, body, kept, found) in [
            (form, "name=ada&password=x", "name=ada&password=redacted", &["body password"][..]),
            (form, "password=x", "password=redacted", &["body password"]),
            ("text/plain", "password=x", "password=x", &[]),
            ("application/json", r#"{"a":"token"}"#, r#"{"a":"token"}"#, &[]),
            (
                "application/vnd.api+json",
                r#"{"user":{"password" : "a\"b\\","n":1}}"#,
                r#"{"user":{"password" : "redacted","n":1}}"#,
                &["body password"],
            ),
            (
                "application/json",
                r#"[{"pin":1234,"ok":true},{"token":null,"ssn":"7"}]"#,
                r#"[{"pin":"redacted","ok":true},{"token":"redacted","ssn":"redacted"}]"#,
                &["body pin", "body token", "body ssn"],
            ),
            // Whatever is under such a name.
            (
                "application/json",
                r#"{"tokens":["a",{"b":"]}"}],"c":{"d":1}}"#,
                r#"{"tokens":"redacted","c":{"d":1}}"#,
                &["body tokens"],
            ),
            // Cut off in the middle.
            ("application/json", r#"{"token":"abc"#, r#"{"token":"redacted""#, &["body token"]),
            ("application/json", r#"{"token":["#, r#"{"token":"redacted""#, &["body token"]),
            ("application/json", r#"{"token"#, r#"{"token"#, &[]),
            ("application/json", "not JSON at all: \"", "not JSON at all: \"", &[]),
        ] {
            let names = Names::with(&["ssn".to_owned()]);
            let mut redactor = Redactor::new(&names);
            let text = redactor.body(media_type, body.as_bytes().to_vec());
            assert_eq!(String::from_utf8_lossy(&text), kept, "{media_type} {body}");
            assert_eq!(redactor.into_names(), found, "{media_type} {body}");
        }
    }
}
