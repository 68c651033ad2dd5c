//! What kinds of byte a value has: eight bytes at a time, since most values are short.

/// Which bytes that matter are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Survey {
    /// A byte of 80H or above.
    pub high: bool,
    /// An escape character.
    pub escape: bool,
    /// A backslash.
    pub backslash: bool,
}

const LOW_BITS: u64 = 0x0101_0101_0101_0101;
const HIGH_BITS: u64 = LOW_BITS << 7;

/// The high bit of each byte of `word` that equals `byte`; beyond the lowest such byte, bits may be set wrongly.
const fn equal(word: u64, byte: u8) -> u64 {
    let difference = word ^ (LOW_BITS * byte as u64);
    difference.wrapping_sub(LOW_BITS) & !difference & HIGH_BITS
}

/// The words of `bytes`, the last one filled up with zeros.
fn words(bytes: &[u8]) -> impl Iterator<Item = u64> {
    let (words, rest) = bytes.as_chunks::<8>();
    let last = rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
    words.iter().map(|word| u64::from_le_bytes(*word)).chain((!rest.is_empty()).then_some(last))
}

impl Survey {
    /// Looks at all of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        let (mut high, mut escape, mut backslash) = (0, 0, 0);
        for word in words(bytes) {
            high |= word & HIGH_BITS;
            escape |= equal(word, 0x1B);
            backslash |= equal(word, b'\\');
        }
        Self { high: high != 0, escape: escape != 0, backslash: backslash != 0 }
    }

    /// True where all bytes are ASCII and none begins an escape sequence.
    pub const fn is_plain(self) -> bool {
        !self.high && !self.escape
    }
}

/// The place of the first `byte`; the length of `bytes` where there is none.
pub fn find(bytes: &[u8], byte: u8) -> usize {
    let mut start = 0;
    for word in words(bytes) {
        let found = equal(word, byte);
        if found != 0 {
            let place = usize::try_from(found.trailing_zeros() / 8).unwrap_or_default();
            return (start + place).min(bytes.len());
        }
        start += 8;
    }
    bytes.len()
}

/// How often `byte` occurs.
pub fn count(bytes: &[u8], byte: u8) -> usize {
    // At most 255 in one byte of a counter: the inner loop is one of bytes, which compilers make wide.
    let part =
        |part: &[u8]| part.iter().fold(0_u8, |count, other| count.wrapping_add(u8::from(*other == byte)));
    bytes.chunks(255).map(|bytes| usize::from(part(bytes))).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn words_equal_bytes(bytes in proptest::collection::vec(
            prop_oneof![any::<u8>(), Just(b'\\'), Just(0x1B), Just(0x1A), Just(b']'), Just(0)], 0..40
        )) {
            prop_assert_eq!(Survey::of(&bytes), Survey {
                high: !bytes.is_ascii(),
                escape: bytes.contains(&0x1B),
                backslash: bytes.contains(&b'\\'),
            });
            for byte in [b'\\', 0, 0x1B, 0xFF] {
                prop_assert_eq!(find(&bytes, byte), bytes.iter().position(|b| *b == byte).unwrap_or(bytes.len()));
                prop_assert_eq!(count(&bytes, byte), bytes.iter().filter(|b| **b == byte).count());
            }
        }
    }

    #[test]
    fn counts_beyond_one_byte() {
        assert_eq!(count(&[b'\\'; 100_000], b'\\'), 100_000);
        assert_eq!(count(&[b'\\'; 255], b'x'), 0);
    }
}
