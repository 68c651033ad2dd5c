//! Entropy-coded segments as bits (ITU-T T.81 F.2.2.5), taken from a reservoir of 64.

use super::marker::{code, find_marker};
use super::{Reason, Result};

/// A reader that is copied where a loop is: only so its fields stay in registers.
#[derive(Clone, Copy, Debug)]
pub(super) struct BitReader<'a> {
    data: &'a [u8],
    position: usize,
    /// The next bits, the first one on top. Below `count` there may be more of the following byte.
    bits: u64,
    count: u32,
    /// Zeros that were put in behind the end of the segment.
    padding: u64,
    /// Bits were met that mean nothing.
    is_bad: bool,
}

impl<'a> BitReader<'a> {
    /// Bits that are there after [`BitReader::refill`].
    pub(super) const LEAST: u32 = 56;

    pub(super) const fn new(data: &'a [u8]) -> Self {
        Self { data, position: 0, bits: 0, count: 0, padding: 0, is_bad: false }
    }

    /// Bytes that were taken, all before the next marker.
    pub(super) const fn position(&self) -> usize {
        self.position
    }

    /// Makes at least [`BitReader::LEAST`] bits ready. Behind the end of the segment bits are zero.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        if let Some(chunk) = self.data.get(self.position..).and_then(<[u8]>::first_chunk) {
            let word = u64::from_be_bytes(*chunk);
            if !has_ff(word) {
                self.bits |= word.wrapping_shr(self.count);
                self.position = self.position.wrapping_add(bytes(63u32.wrapping_sub(self.count) >> 3));
                self.count |= Self::LEAST;
                return;
            }
        }
        // The address of a copy is handed out, so that the fields stay in registers.
        let mut reader = *self;
        reader.refill_near_marker();
        *self = reader;
    }

    /// Makes at least [`BitReader::LEAST`] bits ready where there are fewer than `needed`.
    #[inline(always)]
    pub(super) fn require(&mut self, needed: u32) {
        if self.count < needed {
            self.refill();
        }
    }

    #[cold]
    #[inline(never)]
    fn refill_near_marker(&mut self) {
        while self.count < Self::LEAST {
            let rest = self.data.get(self.position..).unwrap_or_default();
            let (byte, length) = match *rest {
                [0xFF, 0, ..] => (0xFF, 2),
                [] | [0xFF, ..] => (0, 0),
                [byte, ..] => (byte, 1),
            };
            self.padding += if length == 0 { 8 } else { 0 };
            self.position += length;
            self.bits |= u64::from(byte) << (Self::LEAST - self.count);
            self.count += 8;
        }
    }

    /// The next `count` bits, 1 to 32, as a number.
    #[inline(always)]
    pub(super) fn peek(&self, count: u32) -> u32 {
        low_half(self.bits.wrapping_shr(64u32.wrapping_sub(count)))
    }

    #[inline(always)]
    pub(super) fn consume(&mut self, count: u32) {
        self.bits = self.bits.wrapping_shl(count);
        self.count = self.count.wrapping_sub(count);
    }

    /// The next `count` bits, 0 to 16, as a number.
    #[inline(always)]
    pub(super) fn take(&mut self, count: u32) -> u32 {
        let value = low_half((self.bits >> 1).wrapping_shr(63u32.wrapping_sub(count)));
        self.consume(count);
        value
    }

    /// Notes that bits mean nothing. What is read on does not matter.
    pub(super) const fn refuse(&mut self) {
        self.is_bad = true;
    }

    /// An error when bits meant nothing, or when more were used than there are.
    pub(super) fn check(&self) -> Result<()> {
        if self.is_bad {
            return Err(Reason::Borrowed("bits that are of no Huffman code or beyond a block"));
        }
        if self.padding > u64::from(self.count) {
            return Err(Reason::Borrowed("the entropy-coded segment ends too early"));
        }
        Ok(())
    }

    /// Goes behind the restart marker that ends this interval; `number` counts intervals from zero.
    pub(super) fn restart(&mut self, number: u32) -> Result<()> {
        self.check()?;
        let expected = code::RST0 + u8::try_from(number % 8).unwrap_or_default();
        let rest = self.data.get(self.position..).unwrap_or_default();
        match find_marker(rest) {
            Some((length, found)) if found == expected => {
                *self = Self { position: self.position + length, ..Self::new(self.data) };
                Ok(())
            }
            Some((_, found)) => Err(format!("marker FF{found:02X} where FF{expected:02X} has to be").into()),
            None => Err(format!("the codestream ends where FF{expected:02X} has to be").into()),
        }
    }
}

/// True when a byte of the word is 0xFF.
#[inline(always)]
const fn has_ff(word: u64) -> bool {
    const TOPS: u64 = 0x8080_8080_8080_8080;
    const ONES: u64 = 0x0101_0101_0101_0101;
    // The carry out of 0xFF clears its top; a carry into another byte can only come from there.
    word & !word.wrapping_add(ONES) & TOPS != 0
}

#[inline(always)]
fn bytes(count: u32) -> usize {
    usize::try_from(count).unwrap_or_default()
}

#[inline(always)]
fn low_half(word: u64) -> u32 {
    u32::try_from(word & 0xFFFF_FFFF).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn t81_b_1_1_5_stuffed_zeros_are_dropped_and_markers_end_the_segment() {
        let mut reader = BitReader::new(&[0xFF, 0, 0x80, 0xFF, 0xD9, 0x55]);
        reader.refill();
        assert_eq!(reader.take(16), 0xFF80);
        reader.check().unwrap();
        assert_eq!(reader.take(1), 0);
        assert!(reader.check().is_err());
        assert_eq!(reader.position(), 3);
    }

    #[test]
    fn restart_markers_are_in_order() {
        let mut reader = BitReader::new(&[0x80, 0xFF, 0xD0, 0x40, 0xFF, 0xFF, 0xD1, 7]);
        reader.refill();
        reader.take(2);
        reader.restart(0).unwrap();
        reader.refill();
        assert_eq!(reader.take(8), 0x40);
        assert_eq!(reader.clone().restart(2).unwrap_err(), "marker FFD1 where FFD2 has to be");
        reader.restart(1).unwrap();
        assert!(reader.restart(2).is_err());
    }

    proptest! {
        #[test]
        fn every_bit_comes_once(
            bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(0xFFu8)], 0..80),
            steps in prop::collection::vec(0u32..=16, 0..100),
        ) {
            let stuffed: Vec<u8> =
                bytes.iter().flat_map(|byte| if *byte == 0xFF { vec![0xFF, 0] } else { vec![*byte] }).collect();
            let mut expected = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1));
            let mut reader = BitReader::new(&stuffed);
            let mut used = 0;
            for step in steps {
                reader.require(16);
                let wanted = (0..step).fold(0, |number, _| number << 1 | u32::from(expected.next().unwrap_or(0)));
                prop_assert_eq!(reader.take(step), wanted);
                used += step as usize;
                prop_assert_eq!(reader.check().is_ok(), used <= bytes.len() * 8);
            }
        }
    }
}
