//! Where a simulation's decisions come from: bytes, which a fuzzer gives or a seed. Knows nothing of
//! what is decided.

/// Bytes, each a decision. At their end every decision is the first choice.
pub(super) struct Source<'a>(&'a [u8]);

impl<'a> Source<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// None when all is decided.
    pub(super) fn next(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    /// A number below `sides`.
    pub(super) fn below(&mut self, sides: usize) -> usize {
        usize::from(self.next().unwrap_or(0)) % sides.max(1)
    }

    /// True once in `sides` times.
    pub(super) fn once_in(&mut self, sides: usize) -> bool {
        self.below(sides) == sides - 1
    }

    pub(super) fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

/// Bytes that are the same for each use of a seed. The generator is xorshift.
#[cfg(test)]
pub(super) fn seeded(seed: u64, count: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_be_bytes()[1]
    };
    (0..count).map(|_| next()).collect()
}
