//! What stands inside `%( )`: one name, or names and whole numbers with + - * / ++ --, from left to
//! right. Knows nothing of where names get their values.

use super::super::mistake::Cause;

/// The value of what stands there; none for one name that nobody knows. In sums such a name is nothing,
/// and one that is no number counts as far as it begins with one.
///
/// # Errors
/// Those of `look_up`.
pub(super) fn value(
    inside: &str,
    mut look_up: impl FnMut(&str) -> Result<Option<String>, Cause>,
) -> Result<Option<String>, Cause> {
    if !inside.contains(' ') {
        return look_up(inside);
    }
    let mut so_far: Option<String> = None;
    let mut sign = Sign::Join;
    for word in inside.split(' ').filter(|word| !word.is_empty()) {
        sign = match (word, sign) {
            ("+", _) => Sign::Plus,
            ("-", _) => Sign::Minus,
            ("*", _) => Sign::Times,
            ("/", _) => Sign::Over,
            ("++" | "--", _) => {
                let step = if word == "++" { 1 } else { -1 };
                so_far = so_far.map(|text| number(&text).wrapping_add(step).to_string());
                Sign::Join
            }
            (word, sign) => {
                let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
                let found = if is_number { Some(word.to_owned()) } else { look_up(word)? };
                so_far = Some(sign.apply(so_far.unwrap_or_default(), &found.unwrap_or_default()));
                Sign::Join
            }
        };
    }
    Ok(so_far)
}

/// What is done with the next value.
#[derive(Clone, Copy)]
enum Sign {
    Join,
    Plus,
    Minus,
    Times,
    Over,
}

impl Sign {
    fn apply(self, left: String, right: &str) -> String {
        let numbers = (number(&left), number(right));
        let result = match (self, numbers) {
            (Self::Join, _) => return left + right,
            (Self::Plus, (left, right)) => left.wrapping_add(right),
            (Self::Minus, (left, right)) => left.wrapping_sub(right),
            (Self::Times, (left, right)) => left.wrapping_mul(right),
            (Self::Over, (_, 0)) => 0,
            (Self::Over, (left, right)) => left.wrapping_div(right),
        };
        result.to_string()
    }
}

/// The number that a text begins with, 0 if none.
fn number(text: &str) -> i64 {
    let text = text.trim_start();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    let end = text.len() - digits.len() + length;
    let most = if text.starts_with('-') { i64::MIN } else { i64::MAX };
    text[..end].parse().unwrap_or(if length == 0 { 0 } else { most })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(inside: &str, expected: Option<&str>) {
        let known = |name: &str| {
            Ok(match name {
                "a" => Some("17".to_owned()),
                "b" => Some("3 men".to_owned()),
                _ => None,
            })
        };
        assert_eq!(value(inside, known).unwrap().as_deref(), expected, "{inside}");
    }

    #[test]
    fn it_goes_from_left_to_right() {
        check("a", Some("17"));
        check("c", None);
        check("a b", Some("173 men"));
        check("a + b * 2", Some("40"));
        check("a - 20", Some("-3"));
        check("a / 5", Some("3"));
        check("a / c", Some("0"));
        check("a ++", Some("18"));
        check("a --", Some("16"));
        check("c + 1", Some("1"));
        check("a c", Some("17"));
        check("+ 4", Some("4"));
    }
}
