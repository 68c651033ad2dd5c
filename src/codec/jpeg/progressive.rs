//! Blocks whose coefficients come over several scans (ITU-T T.81 G.2).

use super::bits::BitReader;
use super::header::ScanHeader;
use super::huffman::{AcLookup, END_OF_BLOCK};
use super::scan::{ScanPart, ZIGZAG};
use super::{Reason, Result};

/// A block of coefficients, not dequantized.
#[derive(Clone, Copy)]
pub(super) struct Coefficients {
    /// In the order of rows.
    pub(super) values: [i16; 64],
    /// Which of them are not zero, in zigzag order from the lowest bit on; of the DC coefficient it does not tell.
    pub(super) not_zero: u64,
}

impl Coefficients {
    pub(super) const ZERO: Self = Self { values: [0; 64], not_zero: 0 };

    /// The coefficient with this number in zigzag order.
    #[inline(always)]
    fn at(&mut self, number: usize) -> Option<&mut i16> {
        self.values.get_mut(usize::from(*ZIGZAG.get(number)?))
    }

    /// Gives an AC coefficient a first value.
    #[inline(always)]
    fn set(&mut self, number: usize, value: i16) {
        if let Some(coefficient) = self.at(number) {
            *coefficient = value;
            self.not_zero |= u64::from(value != 0) << number;
        }
    }
}

/// Which bits of the coefficients of a component have come: each may once.
pub(super) struct Progress([u8; 64]);

impl Progress {
    /// No bit of the coefficient.
    const NOTHING: u8 = 0xFF;
    /// Beyond it a scan says nothing, and decoders differ.
    const MOST_LOW: u8 = 13;

    pub(super) const fn new() -> Self {
        Self([Self::NOTHING; 64])
    }

    /// True when there is a DC coefficient.
    pub(super) fn has_dc(&self) -> bool {
        self.0.first().is_some_and(|low| *low != Self::NOTHING)
    }

    /// True when every bit of every coefficient has come.
    pub(super) fn is_complete(&self) -> bool {
        self.0.iter().all(|low| *low == 0)
    }

    /// Notes what a scan brings.
    pub(super) fn advance(&mut self, scan: &ScanHeader) -> Result<()> {
        let expected = if scan.high == 0 { Self::NOTHING } else { scan.high };
        let is_next = scan.high == 0 && scan.low <= Self::MOST_LOW || scan.high == scan.low + 1;
        let band = self.0.get_mut(usize::from(scan.start)..=usize::from(scan.end)).unwrap_or_default();
        if !is_next || band.is_empty() || band.iter().any(|low| *low != expected) {
            let ScanHeader { start, end, high, low, .. } = scan;
            return Err(format!("a scan of bits {high} to {low} of coefficients {start} to {end}").into());
        }
        band.fill(scan.low);
        Ok(())
    }
}

/// Tells whether the band of a scan is one of the progressive mode (ITU-T T.81 G.1.1.1.1).
pub(super) fn check_band(scan: &ScanHeader) -> Result<()> {
    let is_dc = scan.start == 0 && scan.end == 0;
    let is_ac = (1..=63).contains(&scan.start) && (scan.start..=63).contains(&scan.end);
    if is_dc || is_ac && scan.components.len() == 1 {
        return Ok(());
    }
    Err(Reason::from(format!("a scan of coefficients {} to {}", scan.start, scan.end)))
}

/// Reads the blocks of one scan.
pub(super) struct BandReader {
    start: usize,
    end: usize,
    low: u32,
    is_first: bool,
    /// Blocks that end before the band, this one included.
    ended: u32,
}

impl BandReader {
    pub(super) fn new(scan: &ScanHeader) -> Self {
        Self {
            start: scan.start.into(),
            end: scan.end.into(),
            low: scan.low.into(),
            is_first: scan.high == 0,
            ended: 0,
        }
    }

    pub(super) fn restart(&mut self) {
        self.ended = 0;
    }

    pub(super) fn read(&mut self, reader: &mut BitReader<'_>, part: &mut ScanPart, block: &mut Coefficients) {
        match (self.start, self.is_first, &part.dc, &part.ac) {
            (0, true, Some(lookup), _) => {
                reader.refill();
                let (_, difference) = lookup.next(reader);
                part.prediction = part.prediction.wrapping_add(difference);
                let [dc, ..] = &mut block.values;
                *dc = low_half(part.prediction.wrapping_shl(self.low));
            }
            (0, ..) => {
                reader.require(1);
                let [dc, ..] = &mut block.values;
                *dc |= low_half(reader.take(1).cast_signed() << self.low);
            }
            (_, true, _, Some(lookup)) => self.first(reader, lookup, block),
            (_, false, _, Some(lookup)) => self.refine(reader, lookup, block),
            _ => reader.refuse(), // look-ups are there by the kind of scan
        }
    }

    /// ITU-T T.81 G.1.2.2: the high bits of the coefficients of a band.
    fn first(&mut self, outer: &mut BitReader<'_>, lookup: &AcLookup, block: &mut Coefficients) {
        if self.ended > 0 {
            self.ended -= 1;
            return;
        }
        let mut reader = *outer;
        let mut number = self.start;
        while number <= self.end {
            reader.require(AcLookup::BITS);
            let (run, value) = lookup.next(&mut reader);
            if run >= END_OF_BLOCK {
                self.ended = blocks(&mut reader, run) - 1;
                break;
            }
            number += run;
            if number > self.end {
                reader.refuse();
                break;
            }
            block.set(number, low_half(value.wrapping_shl(self.low)));
            number += 1;
        }
        *outer = reader;
    }

    /// ITU-T T.81 G.1.2.3: one more bit of the coefficients of a band.
    fn refine(&mut self, outer: &mut BitReader<'_>, lookup: &AcLookup, block: &mut Coefficients) {
        let mut reader = *outer;
        let bit = low_half(1 << self.low);
        let mut number = self.start;
        while self.ended == 0 && number <= self.end {
            reader.require(AcLookup::BITS);
            let (run, value) = lookup.next(&mut reader);
            if run >= END_OF_BLOCK {
                self.ended = blocks(&mut reader, run);
                break;
            }
            // A new coefficient is one bit; a value of none ends 16 zeros.
            let new = match value.signum() {
                0 => 0,
                1 => bit,
                _ => bit.wrapping_neg(),
            };
            number = self.pass(&mut reader, block, number, run);
            if number <= self.end {
                block.set(number, new);
            } else if new != 0 {
                reader.refuse();
            }
            number += 1;
        }
        if self.ended > 0 {
            // What is left of the band; a run may have ended behind it.
            let shift = u32::try_from(number).unwrap_or(u64::BITS);
            let behind = u64::MAX.checked_shl(shift).unwrap_or(0) & (u64::MAX >> (63 - self.end));
            let mut left = block.not_zero & behind;
            while left != 0 {
                let number = usize::try_from(left.trailing_zeros()).unwrap_or_default();
                if let Some(coefficient) = block.at(number) {
                    correct(&mut reader, coefficient, bit);
                }
                left &= left - 1;
            }
            self.ended -= 1;
        }
        *outer = reader;
    }

    /// Corrects coefficients up to the zero behind `zeros` of them, or to the end of the band. Gives its number.
    #[inline(always)]
    fn pass(
        &self,
        reader: &mut BitReader<'_>,
        block: &mut Coefficients,
        mut number: usize,
        mut zeros: usize,
    ) -> usize {
        let bit = low_half(1 << self.low);
        while number <= self.end {
            if block.not_zero >> number & 1 == 1 {
                if let Some(coefficient) = block.at(number) {
                    correct(reader, coefficient, bit);
                }
            } else if zeros == 0 {
                break;
            } else {
                zeros -= 1;
            }
            number += 1;
        }
        number
    }
}

/// How many blocks end: the run says by how many bits the number is given.
#[inline(always)]
fn blocks(reader: &mut BitReader<'_>, run: usize) -> u32 {
    let length = u32::try_from(run - END_OF_BLOCK).unwrap_or_default();
    reader.require(16);
    (1 << length) + reader.take(length)
}

/// The next bit of a coefficient that is not zero.
#[inline(always)]
fn correct(reader: &mut BitReader<'_>, coefficient: &mut i16, bit: i16) {
    reader.require(1);
    if reader.take(1) == 1 && *coefficient & bit == 0 {
        *coefficient = coefficient.wrapping_add(if *coefficient > 0 { bit } else { bit.wrapping_neg() });
    }
}

fn low_half(value: i32) -> i16 {
    let [low, high, ..] = value.to_le_bytes();
    i16::from_le_bytes([low, high])
}
