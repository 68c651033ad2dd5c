//! Bits of a scan, most significant first. After a byte of ones comes a byte of seven bits (T.87 §C.1.1.2.2).

/// A code's value that cannot be: more zeros than any code begins with.
const IMPOSSIBLE: u32 = u32::MAX;

/// Reads the bits of a scan through a register of 64.
///
/// It is small and copied freely: what is rare takes it by value and gives it back, so that it stays in registers.
#[derive(Clone, Copy, Debug)]
pub(super) struct BitReader<'a> {
    data: &'a [u8],
    /// Of the first byte that is not in the register.
    position: usize,
    /// The next bits, from the top. Below `count` there may be bits of the next byte already, never others.
    register: u64,
    count: u32,
    /// Zeros that were put behind the end of the data.
    lent: u64,
}

impl<'a> BitReader<'a> {
    /// Bits that there are after [`BitReader::refill`], at least.
    const ENOUGH: u32 = 49;

    /// Zeros of codes that are read at once: with them, a one and the longest order they take half of the register.
    const SHORT: u32 = 15;

    /// What [`BitReader::leading_ones`] finds at most.
    pub(super) const MOST_ONES: u32 = 32;

    pub(super) fn new(data: &'a [u8]) -> Self {
        Self { data, position: 0, register: 0, count: 0, lent: 0 }
    }

    /// What follows the bits, from before the next marker on.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.data.get(self.position..).unwrap_or_default()
    }

    /// True when more was read than there was.
    pub(super) fn is_overrun(&self) -> bool {
        self.lent > u64::from(self.count)
    }

    /// Fills the register.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        if let Some(bytes) = self.data.get(self.position..).and_then(|rest| rest.first_chunk()) {
            let word = u64::from_be_bytes(*bytes);
            if !has_byte_of_ones(word) {
                self.register |= word.wrapping_shr(self.count);
                let taken = 63_u32.wrapping_sub(self.count) >> 3;
                self.position = self.position.wrapping_add(taken as usize);
                self.count = self.count.wrapping_add(taken << 3);
                return;
            }
        }
        *self = self.refilled_by_byte();
    }

    /// The same where there are bytes of ones, or the data end.
    #[cold]
    #[inline(never)]
    fn refilled_by_byte(mut self) -> Self {
        while self.count < Self::ENOUGH {
            let (bits, byte) = match self.rest() {
                // A marker begins with a byte of ones too: it ends the data.
                [0xFF, next, ..] if *next < 0x80 => {
                    self.position += 2;
                    (15, 0x7F80 | u64::from(*next))
                }
                [] | [0xFF, ..] => {
                    self.lent += 8;
                    (8, 0)
                }
                [byte, ..] => {
                    self.position += 1;
                    (8, u64::from(*byte))
                }
            };
            self.register |= byte << (64 - bits - self.count);
            self.count += bits;
        }
        self
    }

    /// Takes bits that the register holds.
    #[inline(always)]
    pub(super) fn skip(&mut self, bits: u32) {
        self.register = self.register.wrapping_shl(bits);
        self.count = self.count.wrapping_sub(bits);
    }

    /// The next `bits` as a number, at most 32. The register must hold them.
    #[inline(always)]
    pub(super) fn take(&mut self, bits: u32) -> u32 {
        let value = (self.register >> 1).wrapping_shr(63 - bits);
        self.skip(bits);
        low_half(value)
    }

    /// The next `bits` as a number, at most 32.
    #[inline(always)]
    pub(super) fn read(&mut self, bits: u32) -> u32 {
        self.refill();
        self.take(bits)
    }

    /// The ones before the next zero, as far as they are looked for. Nothing is taken.
    #[inline(always)]
    pub(super) fn leading_ones(&mut self) -> u32 {
        self.refill();
        self.register.leading_ones().min(Self::MOST_ONES)
    }

    /// A number in Golomb's code of this `order`, at most 17, of limited length: after `most_zeros` zeros it is written
    /// plainly in `plain_bits` (T.87 §A.5.3). Huge where no such code is there.
    #[inline(always)]
    pub(super) fn golomb(&mut self, order: u32, most_zeros: u32, plain_bits: u32) -> u32 {
        if self.count < Self::MOST_ONES {
            self.refill();
        }
        let zeros = self.register.leading_zeros();
        if zeros < most_zeros.min(Self::SHORT) {
            // The bits behind the first one, moved to the top but one place: an order of zero takes none of them.
            let bits = (self.register.wrapping_shl(zeros) << 1) >> 1;
            let value = zeros.wrapping_shl(order).wrapping_add(low_half(bits.wrapping_shr(63 ^ order)));
            self.skip(zeros.wrapping_add(order).wrapping_add(1));
            return value;
        }
        let value;
        (*self, value) = self.long_golomb(order, most_zeros, plain_bits);
        value
    }

    #[cold]
    #[inline(never)]
    fn long_golomb(mut self, order: u32, most_zeros: u32, plain_bits: u32) -> (Self, u32) {
        // With few bits for plain numbers there may be more zeros than the register is sure to hold.
        self.refill();
        let before = self.register.leading_zeros().min(most_zeros).min(Self::MOST_ONES);
        self.skip(before);
        self.refill();
        let zeros = before + self.register.leading_zeros();
        if zeros > most_zeros {
            return (self, IMPOSSIBLE);
        }
        self.skip(zeros + 1 - before);
        let value =
            if zeros == most_zeros { self.read(plain_bits) + 1 } else { (zeros << order) + self.read(order) };
        (self, value)
    }
}

/// True when one of the eight bytes is 0xFF.
#[inline(always)]
fn has_byte_of_ones(word: u64) -> bool {
    const EACH: u64 = 0x0101_0101_0101_0101;
    (!word).wrapping_sub(EACH) & word & (EACH << 7) != 0
}

/// A number that is below 2^32.
#[inline(always)]
fn low_half(value: u64) -> u32 {
    (value & 0xFFFF_FFFF) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn t87_a_5_3_codes_of_limited_length() {
        // Order 2: 01|11 = 7, 1|00 = 0; after four zeros the plain byte 0x81 + 1.
        let mut bits = BitReader::new(&[0b0111_1000, 0b0001_1000, 0b0001_0000]);
        assert_eq!(bits.golomb(2, 4, 8), 7);
        assert_eq!(bits.golomb(2, 4, 8), 0);
        assert_eq!(bits.golomb(2, 4, 8), 0x82);
        assert_eq!(bits.golomb(2, 4, 8), IMPOSSIBLE);
    }

    #[test]
    fn a_byte_after_ones_has_seven_bits() {
        let mut bits = BitReader::new(&[0xFF, 0x7F, 0xFF, 0x00, 0x80, 0xFF, 0xD9]);
        assert_eq!((bits.read(15), bits.read(15), bits.read(8)), (0x7FFF, 0x7F80, 0x80));
        assert!(!bits.is_overrun());
        assert_eq!(bits.rest(), [0xFF, 0xD9]);
        assert_eq!(bits.read(1), 0);
        assert!(bits.is_overrun());
    }

    proptest! {
        #[test]
        fn any_bytes_give_the_bits_that_one_by_one_reading_gives(
            data in prop::collection::vec(prop_oneof![any::<u8>(), Just(0xFF)], 0..60),
            lengths in prop::collection::vec(0u32..33, 1..60),
        ) {
            let mut plain = Vec::new();
            let mut rest = &data[..];
            loop {
                let (width, byte, skip) = match rest {
                    [0xFF, next, ..] if *next < 0x80 => (15, 0x7F80 | u32::from(*next), 2),
                    [] | [0xFF, ..] => break,
                    [byte, ..] => (8, u32::from(*byte), 1),
                };
                plain.extend((0..width).rev().map(|at| byte >> at & 1));
                rest = &rest[skip..];
            }
            let mut bits = BitReader::new(&data);
            let mut at = 0;
            for length in lengths {
                let wanted = (0..length as usize).map(|bit| plain.get(at + bit).copied().unwrap_or(0));
                prop_assert_eq!(bits.read(length), wanted.fold(0, |all, bit| all << 1 | bit));
                at += length as usize;
                prop_assert_eq!(bits.is_overrun(), at > plain.len());
            }
        }
    }
}
