//! What a scan of DCT coefficients needs, and its blocks in order (ITU-T T.81 A.2, F.2, G.2).

use super::Result;
use super::bits::BitReader;
use super::header::{Process, ScanHeader, Tables};
use super::huffman::{AcLookup, DcLookup, HuffmanTable};
use super::layout::Layout;
use crate::codec::interrupt;

/// Where the coefficient with a number stands in its block (ITU-T T.81 Figure A.6).
pub(super) const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39,
    46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// A component of a scan with its tables.
pub(super) struct ScanPart {
    /// Its place in the frame.
    pub(super) index: usize,
    pub(super) dc: Option<DcLookup>,
    pub(super) ac: Option<AcLookup>,
    /// The last DC coefficient.
    pub(super) prediction: i32,
}

/// A block, where it is and whose it is.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The component, by its place in the scan.
    pub(super) part: usize,
    pub(super) row: usize,
    pub(super) column: usize,
}

/// The parts of a scan with the look-ups that it needs.
pub(super) fn parts(header: &ScanHeader, tables: &Tables, process: Process) -> Result<Vec<ScanPart>> {
    let is_sequential = process == Process::Sequential;
    let needs_dc = is_sequential || header.start == 0 && header.high == 0;
    let needs_ac = is_sequential || header.start > 0;
    let mut parts = Vec::with_capacity(header.components.len());
    for component in &header.components {
        // A decoder for motion pictures has tables before it sees any, and cameras count on them.
        let usual =
            |is_dc| HuffmanTable::usual(is_dc, if is_dc { component.dc_table } else { component.ac_table });
        let dc = match needs_dc {
            true => Some(find(&tables.dc, component.dc_table, usual(true))?),
            false => None,
        };
        let ac = match needs_ac {
            true => Some(find(&tables.ac, component.ac_table, usual(false))?),
            false => None,
        };
        parts.push(ScanPart {
            index: component.index,
            dc: dc.map(|table| DcLookup::of_differences(&table, 15)).transpose()?,
            ac: ac.map(|table| AcLookup::of_coefficients(&table)),
            prediction: 0,
        });
    }
    Ok(parts)
}

fn find(tables: &[Option<HuffmanTable>; 4], number: u8, usual: Option<HuffmanTable>) -> Result<HuffmanTable> {
    let table = tables.get(usize::from(number)).cloned().flatten();
    table.or(usual).ok_or_else(|| format!("no Huffman table {number}").into())
}

/// Counts units to the next restart marker.
pub(super) struct Restarts {
    interval: u32,
    left: u32,
    passed: u32,
}

impl Restarts {
    pub(super) fn new(interval: u16) -> Self {
        Self { interval: interval.into(), left: interval.into(), passed: 0 }
    }

    /// Before each MCU: true behind a restart marker.
    #[inline(always)]
    pub(super) fn next(&mut self, reader: &mut BitReader<'_>) -> Result<bool> {
        if self.interval == 0 {
            return Ok(false);
        }
        if self.left > 0 {
            self.left -= 1;
            return Ok(false);
        }
        reader.restart(self.passed)?;
        self.passed = self.passed.wrapping_add(1);
        self.left = self.interval - 1;
        Ok(true)
    }
}

/// Calls `read` with each block of a scan, and `None` at each restart. Gives the length of the data.
pub(super) fn visit(
    layout: &Layout,
    parts: &mut [ScanPart],
    interval: u16,
    data: &[u8],
    mut read: impl FnMut(&mut BitReader<'_>, &mut [ScanPart], Option<Place>),
) -> Result<usize> {
    let mut reader = BitReader::new(data);
    let mut restarts = Restarts::new(interval);
    let single = match &*parts {
        [part] => layout.components.get(part.index),
        _ => None,
    };
    let (rows, columns) = match single {
        Some(component) => (component.block_rows, component.block_columns),
        None => (layout.mcu_rows, layout.mcu_columns),
    };
    for row in 0..rows {
        for column in 0..columns {
            if restarts.next(&mut reader)? {
                parts.iter_mut().for_each(|part| part.prediction = 0);
                read(&mut reader, parts, None);
            }
            if single.is_some() {
                read(&mut reader, parts, Some(Place { part: 0, row, column }));
                continue;
            }
            for part in 0..parts.len() {
                let index = parts.get(part).map_or(0, |part| part.index);
                let factors = layout.components.get(index).map_or((0, 0), |c| (c.horizontal, c.vertical));
                for block in 0..factors.0 * factors.1 {
                    let (down, right) = (block / factors.0, block % factors.0);
                    let place =
                        Place { part, row: row * factors.1 + down, column: column * factors.0 + right };
                    read(&mut reader, parts, Some(place));
                }
            }
        }
        reader.check()?;
        interrupt::check()?;
    }
    Ok(reader.position())
}
