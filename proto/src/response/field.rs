//! What a header's name and value may be made of. It must not know in which direction they go.

use crate::text::printable;

/// The first byte of `name` that no name may hold. RFC 9110, 5.6.2: tchar.
pub(crate) fn wrong_in_name(name: &[u8]) -> Option<u8> {
    // Nearly all are right, which is seen sooner without a look for the first that isn't.
    let is_right = name.iter().fold(true, |right, &byte| right & IS_NAME_BYTE[usize::from(byte)]);
    if is_right { None } else { name.iter().copied().find(|&byte| !is_name_byte(byte)) }
}

/// The first byte of `value` that no value may hold. RFC 9110, 5.5: a CR, LF or NUL there is
/// dangerous; the other controls have no use and no common meaning, so they are wrong as well.
pub(crate) fn wrong_in_value(value: &[u8]) -> Option<u8> {
    let mut rest = value;
    while let Some((&byte, after)) = rest[printable(rest)..].split_first() {
        if !is_value_byte(byte) {
            return Some(byte);
        }
        rest = after;
    }
    None
}

/// `value` without the blanks around it, which are no part of it. RFC 9110, 5.5.
pub(crate) fn trim(value: &[u8]) -> &[u8] {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = value.iter().position(|byte| !is_blank(byte));
    let end = value.iter().rposition(|byte| !is_blank(byte));
    match (start, end) {
        (Some(start), Some(end)) => &value[start..=end],
        (None, _) | (_, None) => &[],
    }
}

/// For each byte whether a name may hold it.
const IS_NAME_BYTE: [bool; 256] = {
    let mut all = [false; 256];
    // No header's name goes beyond ASCII.
    let mut byte = 0_u8;
    while byte < 0x80 {
        all[byte as usize] = is_name_byte(byte);
        byte += 1;
    }
    all
};

/// Whether a name may hold it. RFC 9110, 5.6.2.
pub(crate) const fn is_name_byte(byte: u8) -> bool {
    matches!(
        byte,
        b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'0'..=b'9' | b'A'..=b'Z'
            | b'^'..=b'z' | b'|' | b'~'
    )
}

/// Whether a value may hold it. RFC 9110, 5.5.
pub(crate) fn is_value_byte(byte: u8) -> bool {
    matches!(byte, b'\t' | b' '..=b'~' | 0x80..)
}
