//! Bits of a scan, most significant first; a zero goes behind a byte of ones (T.87 §C.1.1.2.2).

/// Collects the bits of a scan.
#[derive(Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits that are no byte yet, the last ones below.
    waiting: u64,
    count: u32,
}

impl BitWriter {
    /// The lowest `count` bits of `value`, at most 32.
    pub(super) fn write(&mut self, value: u32, count: u32) {
        let mask = (1_u64 << count) - 1;
        self.waiting = self.waiting << count | u64::from(value) & mask;
        self.count += count;
        self.write_bytes();
    }

    fn zeros(&mut self, count: u32) {
        self.write(0, count / 2);
        self.write(0, count - count / 2);
    }

    fn write_bytes(&mut self) {
        loop {
            let width = if self.bytes.last() == Some(&0xFF) { 7 } else { 8 };
            if self.count < width {
                return;
            }
            self.count -= width;
            let byte = (self.waiting >> self.count) & ((1 << width) - 1);
            self.bytes.push((byte & 0xFF) as u8);
        }
    }

    /// A number in Golomb's code of limited length, as [`super::bit_reader::BitReader::golomb`] reads it.
    pub(super) fn golomb(&mut self, value: u32, order: u32, most_zeros: u32, plain_bits: u32) {
        let zeros = value >> order;
        if zeros < most_zeros {
            self.zeros(zeros);
            self.write(1, 1);
            self.write(value, order);
        } else {
            self.zeros(most_zeros);
            self.write(1, 1);
            self.write(value - 1, plain_bits);
        }
    }

    /// The bytes; the last one is filled with zeros.
    pub(super) fn finish(mut self) -> Vec<u8> {
        if self.count > 0 {
            let width = if self.bytes.last() == Some(&0xFF) { 7 } else { 8 };
            self.write(0, width - self.count);
        }
        // No marker may seem to begin here.
        if self.bytes.last() == Some(&0xFF) {
            self.bytes.push(0);
        }
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::super::bit_reader::BitReader;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bits_come_back(values in prop::collection::vec((any::<u32>(), 0u32..33), 0..200)) {
            let mut writer = BitWriter::default();
            values.iter().for_each(|(value, count)| writer.write(*value, *count));
            let bytes = [writer.finish(), vec![0xFF, 0xD9]].concat();
            let mut reader = BitReader::new(&bytes);
            for (value, count) in values {
                prop_assert_eq!(u64::from(reader.read(count)), u64::from(value) & ((1 << count) - 1));
            }
            prop_assert!(!reader.is_overrun());
            prop_assert_eq!(reader.rest(), [0xFF, 0xD9]);
        }

        #[test]
        fn t87_a_5_3_numbers_come_back(
            codes in prop::collection::vec((0u32..65536, 0u32..17), 0..200), most_zeros in 1u32..62,
        ) {
            let mut writer = BitWriter::default();
            codes.iter().for_each(|(value, order)| writer.golomb(value + 1, *order, most_zeros, 16));
            let bytes = writer.finish();
            let mut reader = BitReader::new(&bytes);
            for (value, order) in codes {
                prop_assert_eq!(reader.golomb(order, most_zeros, 16), value + 1);
            }
            prop_assert!(!reader.is_overrun());
        }
    }
}
