//! What lets somebody in is in no file, whatever it came in.

use std::fs;

use super::{ALL, files, wait_for_files};
use crate::harness::{Protocol, Server, request};

/// Is in every place where a secret may be, and nowhere else.
const SECRET: &str = "open-sesame";
/// Is beside them, to show that something is kept.
const KNOWN: &str = "no-secret-at-all";

#[test]
fn secrets_are_nowhere_in_the_folder() {
    let server = Server::by_all(&[ALL, &["--capture-redact", "X-Tenant, ssn"]].concat());
    let form = format!("name={KNOWN}&password={SECRET}&csrf_token={SECRET}");
    let json = format!(r#"{{"name":"{KNOWN}","user":{{"password":"{SECRET}"}},"ssn":"{SECRET}"}}"#);
    let uri = format!("/body?a={KNOWN}&token={SECRET}&next=%2Fx%3Fkey%3D{SECRET}");
    let referer = format!("https://example.org/?a={KNOWN}&code=1&sig={SECRET}");
    let cookie = format!("session={SECRET}");
    for (media_type, body) in
        [("application/x-www-form-urlencoded", &form), ("application/json; charset=utf-8", &json)]
    {
        let vars = [
            ("CONTENT_TYPE", media_type),
            ("HTTP_COOKIE", cookie.as_str()),
            ("HTTP_AUTHORIZATION", SECRET),
            ("HTTP_X_API_KEY", SECRET),
            ("HTTP_X_TENANT", SECRET),
            ("HTTP_REFERER", &referer),
            ("HTTP_X_PLAIN", KNOWN),
        ];
        let answer = server.ask(&request("POST", &uri, &vars, body.as_bytes()));
        assert_eq!(answer.status, 200);
    }
    // HTTP makes vars of headers by itself. Two a second of one job are kept.
    let other = uri.replace("/body", "/env");
    let head = format!(
        "GET {other} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nAuthorization: {SECRET}\r\n\
         X-Plain: {KNOWN}\r\nConnection: close\r\n\r\n"
    );
    let mut connection = server.open(Protocol::Http);
    connection.send(head.as_bytes());
    assert_eq!(connection.answer().unwrap().status, 200);
    let kept = wait_for_files(server.folder(), 3);
    for (kept, file) in kept.iter().zip(files(server.folder())) {
        let text = fs::read_to_string(&file).unwrap();
        assert!(!text.contains(SECRET), "{text}");
        assert!(text.contains(KNOWN), "{text}");
        assert!(!file.to_str().unwrap().contains(SECRET), "{file:?}");
        let redacted = kept["redacted"].as_array().unwrap();
        for name in ["HTTP_COOKIE", "HTTP_AUTHORIZATION", "?token", "?next"] {
            assert!(redacted.contains(&name.into()), "{name}: {redacted:?}");
        }
        let body = base64(kept["body"].as_str().unwrap());
        assert!(!body.contains(SECRET), "{body}");
        assert!(body.is_empty() || body.contains(KNOWN), "{body}");
    }
    assert!(kept[0]["redacted"].as_array().unwrap().contains(&"body password".into()));
    assert!(kept[1]["redacted"].as_array().unwrap().contains(&"body ssn".into()));
    server.stop();
}

/// Decodes it by its own rules (RFC 4648, 4), as no library of the server's should.
fn base64(text: &str) -> String {
    String::from_utf8(super::bodies::decode(text)).unwrap()
}
