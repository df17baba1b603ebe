//! Bytes of text, looked at eight at a time. It must not know what a text is part of.

/// How many bytes there are, at least, before the first that is a control; fewer than eight before it, or
/// before the end, may be left to be looked at one by one.
pub(crate) fn printable(bytes: &[u8]) -> usize {
    let (eights, _) = bytes.as_chunks::<8>();
    let mut count = 0;
    for eight in eights {
        match controls(u64::from_le_bytes(*eight)) {
            0 => count += 8,
            found => return count + found.trailing_zeros() as usize / 8,
        }
    }
    count
}

/// The highest bit of each byte that is below a space or DEL; of those behind the first such byte a carry
/// may set others.
fn controls(eight: u64) -> u64 {
    const EACH: u64 = u64::from_le_bytes([1; 8]);
    let below_space = eight.wrapping_sub(EACH * 0x20);
    let is_del = (eight ^ (EACH * 0x7F)).wrapping_sub(EACH);
    (below_space | is_del) & !eight & (EACH * 0x80)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_are_found_wherever_they_are_among_any_others() {
        for (byte, other) in
            (0..=u8::MAX).flat_map(|byte| [b' ', b'~', 0x80, 0xFF].map(|other| (byte, other)))
        {
            let is_control = byte < b' ' || byte == 0x7F;
            for at in 0..24 {
                let mut bytes = [other; 24];
                bytes[at] = byte;
                let expected = if is_control { at } else { 24 };
                assert_eq!(printable(&bytes), expected, "{byte:#x} at {at} among {other:#x}");
            }
            assert_eq!(printable(&[byte; 7]), 0, "the rest is looked at one by one");
        }
    }
}
