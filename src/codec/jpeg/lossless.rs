//! The lossless process (ITU-T T.81 Annex H).

use super::bits::BitReader;
use super::header::{Headers, MOST_COMPONENTS, ScanHeader, Tables};
use super::huffman::DifferenceLookup;
use super::output::{Cells, memory};
use super::predictor::{self, Above};
use super::{Reason, Result, simd};
use crate::codec::interrupt;
use crate::pixel::ImageDescription;

/// Decodes all scans; the frame header was compared with the description.
pub(super) fn decode(
    headers: &mut Headers<'_>,
    description: &ImageDescription,
    out: &mut [u8],
) -> Result<()> {
    let frame = headers.frame()?;
    let (precision, count) = (u32::from(frame.precision), frame.components.len());
    let factors = |number: usize| frame.components.get(number).map(|c| (c.horizontal, c.vertical));
    if (1..count).any(|number| factors(number) != factors(0)) {
        return Err(Reason::Borrowed("lossless JPEG with components of different sizes is not supported"));
    }
    let is_single = factors(0) == Some((1, 1));
    let mut is_decoded = [false; MOST_COMPONENTS];
    while let Some(header) = headers.next_scan()? {
        if header.components.len() > 1 && !is_single {
            return Err(Reason::Borrowed("lossless JPEG with several samples in a unit is not supported"));
        }
        for component in &header.components {
            let seen = is_decoded.get_mut(component.index).ok_or("a component too many")?;
            if std::mem::replace(seen, true) {
                return Err(format!("component {} comes twice", component.index).into());
            }
        }
        let scan = Scan::new(&header, &headers.tables, precision, description)?;
        let (data, mut rows) = (headers.segments.rest(), 0);
        let length = match header.components.len() {
            1 => scan.decode::<1>(data, out, &mut rows)?,
            2 => scan.decode::<2>(data, out, &mut rows)?,
            3 => scan.decode::<3>(data, out, &mut rows)?,
            _ => scan.decode::<4>(data, out, &mut rows)?,
        };
        headers.segments.skip(length);
    }
    match is_decoded.iter().take(count).position(|decoded| !decoded) {
        None => Ok(()),
        Some(missing) => Err(format!("the codestream ends without component {missing}").into()),
    }
}

/// Decodes the rows that there are of a codestream that ends early. Gives how many.
pub(super) fn decode_rows(
    headers: &mut Headers<'_>,
    description: &ImageDescription,
    out: &mut [u8],
) -> Result<usize> {
    let frame = headers.frame()?;
    let (precision, count) = (u32::from(frame.precision), frame.components.len());
    let is_single =
        frame.components.iter().all(|component| (component.horizontal, component.vertical) == (1, 1));
    let header = headers.next_scan()?.ok_or("the codestream ends without a scan")?;
    // Of several scans each has a component: no pixel is whole before the last one.
    if header.components.len() != count || count > 1 && !is_single {
        return Ok(0);
    }
    let scan = Scan::new(&header, &headers.tables, precision, description)?;
    let (data, mut rows) = (headers.segments.rest(), 0);
    let _ = match count {
        1 => scan.decode::<1>(data, out, &mut rows),
        2 => scan.decode::<2>(data, out, &mut rows),
        3 => scan.decode::<3>(data, out, &mut rows),
        _ => scan.decode::<4>(data, out, &mut rows),
    };
    Ok(rows)
}

struct Scan {
    lookups: Vec<DifferenceLookup>,
    /// Their places in a pixel.
    indices: Vec<usize>,
    selection: u8,
    point_transform: u32,
    /// The prediction where there is nothing to predict from.
    origin: u16,
    /// Rows of a restart interval.
    interval: usize,
    columns: usize,
    cells: Cells,
}

impl Scan {
    fn new(
        header: &ScanHeader,
        tables: &Tables,
        precision: u32,
        description: &ImageDescription,
    ) -> Result<Self> {
        let (selection, point_transform) = (header.start, u32::from(header.low));
        if !(1..=7).contains(&selection) {
            return Err(format!("predictor {selection} of 1 to 7").into());
        }
        if point_transform >= precision {
            return Err(format!("point transform {point_transform} of samples of {precision} bits").into());
        }
        let columns = usize::from(description.columns());
        let interval = usize::from(tables.restart_interval);
        let pixels = columns * usize::from(description.rows());
        let interval = match interval {
            0 => usize::MAX,
            _ if interval >= pixels => usize::MAX,
            // ITU-T T.81 H.1.1: an integer multiple of the MCUs in a row.
            _ if interval % columns == 0 => interval / columns,
            _ => return Err(format!("a restart interval of {interval} is not one of whole rows").into()),
        };
        let mut lookups = Vec::with_capacity(header.components.len());
        for component in &header.components {
            let table = tables.dc.get(usize::from(component.dc_table)).and_then(Option::as_ref);
            let table = table.ok_or_else(|| format!("no Huffman table {}", component.dc_table))?;
            lookups.push(DifferenceLookup::of_differences(table, 16)?);
        }
        Ok(Self {
            lookups,
            indices: header.components.iter().map(|component| component.index).collect(),
            selection,
            point_transform,
            origin: 1 << (precision - point_transform - 1),
            interval,
            columns,
            cells: Cells {
                size: description.sample_type().size(),
                samples: usize::from(description.samples_per_pixel()),
            },
        })
    }

    /// Gives the length of the entropy-coded data, and the rows that were there even where it fails.
    fn decode<const C: usize>(&self, data: &[u8], out: &mut [u8], rows: &mut usize) -> Result<usize> {
        let lookups: &[DifferenceLookup; C] = self.lookups.first_chunk().ok_or("a component too few")?;
        let mut reader = BitReader::new(data);
        let mut row = memory(self.columns, [0; C])?;
        let mut previous = memory(self.columns, [0; C])?;
        let length = self.columns * self.cells.samples * self.cells.size;
        for (number, out) in out.chunks_exact_mut(length).enumerate() {
            let is_restart = number % self.interval == 0;
            if is_restart && number > 0 {
                let passed = number / self.interval - 1;
                reader.restart(u32::try_from(passed).unwrap_or_default())?;
            }
            simd::read_differences(&mut reader, lookups, &mut row);
            reader.check()?;
            interrupt::check()?;
            let above = if is_restart { Above::Nothing(self.origin) } else { Above::Row(&previous) };
            predictor::undo(self.selection, above, &mut row);
            self.write(&row, out);
            *rows = number + 1;
            std::mem::swap(&mut row, &mut previous);
        }
        Ok(reader.position())
    }

    fn write<const C: usize>(&self, row: &[[u16; C]], out: &mut [u8]) {
        let samples = row.as_flattened();
        if C == self.cells.samples && self.indices.iter().copied().eq(0..C) {
            return self.cells.write_row(samples, self.point_transform, out);
        }
        for (offset, index) in self.indices.iter().enumerate() {
            let samples = samples.get(offset..).unwrap_or_default();
            self.cells.write_component(samples, C, *index, self.point_transform, out);
        }
    }
}

/// Reads the differences of a row.
#[inline(always)]
pub(super) fn read_differences<const C: usize>(
    outer: &mut BitReader<'_>,
    lookups: &[DifferenceLookup; C],
    row: &mut [[u16; C]],
) {
    let mut reader = *outer;
    if let [lookup] = lookups.as_slice() {
        let (groups, rest) = row.as_flattened_mut().as_chunks_mut::<4>();
        for group in groups {
            reader.refill();
            for difference in group {
                *difference = next_difference(&mut reader, lookup);
            }
        }
        for difference in rest {
            reader.refill();
            *difference = next_difference(&mut reader, lookup);
        }
    } else {
        for pixel in row {
            reader.refill();
            for (difference, lookup) in pixel.iter_mut().zip(lookups) {
                *difference = next_difference(&mut reader, lookup);
            }
        }
    }
    *outer = reader;
}

/// Four of them need no more bits than a full reservoir has.
#[inline(always)]
fn next_difference(reader: &mut BitReader<'_>, lookup: &DifferenceLookup) -> u16 {
    let (_, value) = lookup.next(reader);
    let [low, high, ..] = value.to_le_bytes();
    u16::from_le_bytes([low, high])
}
