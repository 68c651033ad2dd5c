//! Writes lossless JPEG (ITU-T T.81 Annex H) in all its forms. libjpeg-turbo reads all of them back; Richter's libjpeg
//! does without a point transform, with one it begins with another prediction than that of H.1.2.1.

/// How samples are coded.
#[derive(Clone, Copy, Debug)]
pub struct Lossless {
    pub rows: usize,
    pub columns: usize,
    pub components: usize,
    pub precision: u32,
    pub selection: u8,
    pub point_transform: u32,
    /// Rows of a restart interval, 0 for none.
    pub interval: usize,
    /// One scan for all components, or one for each.
    pub is_interleaved: bool,
    /// The most common differences get the longest codes.
    pub has_long_codes: bool,
}

/// Codes of each length; one is left over, as the code of ones must be.
const COUNTS: [u8; 16] = [0, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1];
const SYMBOLS: [u8; 17] = [1, 2, 0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];

impl Lossless {
    /// `samples` by pixel; what the point transform drops is not coded.
    pub fn encode(&self, samples: &[u16]) -> Vec<u8> {
        let mut bytes = vec![0xFF, 0xD8];
        let size = |number: usize| u16::try_from(number).unwrap().to_be_bytes();
        let count = self.components as u8;
        let mut frame = vec![self.precision as u8];
        frame.extend([size(self.rows), size(self.columns)].concat());
        frame.push(count);
        (1..=count).for_each(|identifier| frame.extend([identifier, 0x11, 0]));
        segment(&mut bytes, 0xC3, &frame);
        segment(&mut bytes, 0xC4, &[&[0][..], &COUNTS, &self.symbols()].concat());
        if self.interval > 0 {
            segment(&mut bytes, 0xDD, &size(self.interval * self.columns));
        }
        let all: Vec<usize> = (0..self.components).collect();
        let scans: Vec<&[usize]> = if self.is_interleaved { vec![&all] } else { all.chunks(1).collect() };
        for scan in scans {
            let mut header = vec![scan.len() as u8];
            scan.iter().for_each(|component| header.extend([*component as u8 + 1, 0]));
            header.extend([self.selection, 0, self.point_transform as u8]);
            segment(&mut bytes, 0xDA, &header);
            self.scan(scan, samples, &mut bytes);
        }
        bytes.extend([0xFF, 0xD9]);
        bytes
    }

    fn symbols(&self) -> Vec<u8> {
        let symbols = SYMBOLS.iter().copied();
        if self.has_long_codes { symbols.rev().collect() } else { symbols.collect() }
    }

    fn scan(&self, components: &[usize], samples: &[u16], bytes: &mut Vec<u8>) {
        let mut bits = Bits::default();
        let sample = |row: usize, column: usize, component: usize| {
            let place = (row * self.columns + column) * self.components + component;
            i32::from(samples[place] >> self.point_transform)
        };
        for row in 0..self.rows {
            let is_first = row == 0 || self.interval > 0 && row % self.interval == 0;
            if row > 0 && is_first {
                bits.end(bytes);
                bytes.extend([0xFF, 0xD0 + ((row / self.interval - 1) % 8) as u8]);
            }
            for column in 0..self.columns {
                for &component in components {
                    let at = |up: usize, left: usize| sample(row - up, column - left, component);
                    let prediction = match (is_first, column) {
                        (true, 0) => 1 << (self.precision - self.point_transform - 1),
                        (true, _) => at(0, 1),
                        (false, 0) => at(1, 0),
                        _ => predict(self.selection, at(0, 1), at(1, 0), at(1, 1)),
                    };
                    self.difference(at(0, 0) - prediction, &mut bits);
                }
            }
        }
        bits.end(bytes);
    }

    fn difference(&self, difference: i32, bits: &mut Bits) {
        let difference = match i32::from(difference as i16) {
            -0x8000 => 0x8000,
            other => other,
        };
        let size = 32 - difference.unsigned_abs().leading_zeros();
        let number = self.symbols().iter().position(|symbol| u32::from(*symbol) == size).unwrap();
        let (mut code, mut left, mut length) = (0u32, number, 0);
        for count in COUNTS {
            code *= 2;
            length += 1;
            if left < usize::from(count) {
                code += left as u32;
                break;
            }
            left -= usize::from(count);
            code += u32::from(count);
        }
        bits.push(code, length);
        if size < 16 {
            let low = if difference < 0 { difference - 1 } else { difference };
            bits.push(low as u32 & ((1 << size) - 1), size);
        }
    }
}

fn predict(selection: u8, a: i32, b: i32, c: i32) -> i32 {
    match selection {
        1 => a,
        2 => b,
        3 => c,
        4 => a + b - c,
        5 => a + ((b - c) >> 1),
        6 => b + ((a - c) >> 1),
        _ => (a + b) >> 1,
    }
}

fn segment(bytes: &mut Vec<u8>, code: u8, parameters: &[u8]) {
    bytes.extend([0xFF, code]);
    bytes.extend(u16::try_from(parameters.len() + 2).unwrap().to_be_bytes());
    bytes.extend(parameters);
}

/// Bits of an entropy-coded segment.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    last: u64,
    count: u32,
}

impl Bits {
    fn push(&mut self, value: u32, length: u32) {
        self.last = self.last << length | u64::from(value);
        self.count += length;
        while self.count >= 8 {
            self.count -= 8;
            let byte = (self.last >> self.count) as u8;
            self.bytes.push(byte);
            if byte == 0xFF {
                self.bytes.push(0);
            }
        }
    }

    fn end(&mut self, bytes: &mut Vec<u8>) {
        if self.count > 0 {
            let filling = 8 - self.count;
            self.push((1 << filling) - 1, filling);
        }
        bytes.append(&mut self.bytes);
    }
}
