//! Frames with a DCT: baseline, extended sequential, progressive (ITU-T T.81 Annexes F and G).

use super::bits::BitReader;
use super::header::{Headers, MOST_COMPONENTS, Process, ScanHeader, Tables};
use super::idct::{Block, Sample, transform_flat};
use super::layout::{BLOCK, ComponentLayout, Layout};
use super::output::{Cells, memory};
use super::plane::Plane;
use super::progressive::{BandReader, Coefficients, Progress, check_band};
use super::reduced_idct::{transform_halved, transform_quartered};
use super::scan::{Restarts, ScanPart, ZIGZAG, parts, visit};
use super::sequential::{BlockTables, read_block};
use super::upsample::Upsampler;
use super::{Reason, Result, simd};
use crate::codec::interrupt;
use crate::pixel::ImageDescription;

/// Decodes all scans; the frame header was compared with the description.
///
/// `out` is for a frame at 1/2^`reduce` of its size.
pub(super) fn decode<S: Sample>(
    headers: &mut Headers<'_>,
    description: &ImageDescription,
    reduce: u8,
    out: &mut [u8],
) -> Result<()> {
    let frame = headers.frame()?;
    let process = frame.process;
    let layout = Layout::new(frame, usize::from(description.rows()), reduce)?;
    let scan = headers.next_scan()?.ok_or("the codestream ends without a scan")?;
    let mut image = Image::<S>::new(&layout, description, out)?;
    if process == Process::Sequential && scan.components.len() == layout.components.len() {
        let length = image.decode_at_once(&scan, &headers.tables, headers.segments.rest())?;
        headers.segments.skip(length);
        // Whatever may follow: a DNL segment.
        return headers.next_scan()?.map_or(Ok(()), |_| Err(Reason::Borrowed("a scan too many")));
    }
    let mut stored = Stored::new(&layout, process)?;
    let mut next = Some(scan);
    while let Some(scan) = next {
        let length = stored.decode(&scan, &headers.tables, headers.segments.rest())?;
        headers.segments.skip(length);
        next = headers.next_scan()?;
    }
    if !headers.is_ended && !stored.components.iter().all(|component| component.progress.is_complete()) {
        return Err(Reason::Borrowed("the codestream ends before its last scan"));
    }
    stored.transform(&mut image)
}

/// Decodes what there is of a codestream that ends early: the first rows, or all of them less exactly. Gives how many.
pub(super) fn decode_rows<S: Sample>(
    headers: &mut Headers<'_>,
    description: &ImageDescription,
    out: &mut [u8],
) -> Result<usize> {
    let frame = headers.frame()?;
    let process = frame.process;
    let layout = Layout::new(frame, usize::from(description.rows()), 0)?;
    let scan = headers.next_scan()?.ok_or("the codestream ends without a scan")?;
    let mut image = Image::<S>::new(&layout, description, out)?;
    if process == Process::Sequential {
        // Of several scans each has a component: no pixel is whole before the last one.
        if scan.components.len() == layout.components.len() {
            let _ = image.decode_at_once(&scan, &headers.tables, headers.segments.rest());
        }
        return Ok(image.written);
    }
    let mut stored = Stored::new(&layout, process)?;
    let mut next = Some(scan);
    while let Some(scan) = next {
        let has_dc = stored.components.iter().all(|component| component.progress.has_dc());
        match stored.decode(&scan, &headers.tables, headers.segments.rest()) {
            Ok(length) => headers.segments.skip(length),
            Err(_) if has_dc => break,
            Err(reason) => return Err(reason),
        }
        next = headers.next_scan().unwrap_or_default();
    }
    stored.transform(&mut image)?;
    Ok(image.written)
}

/// Blocks become samples, and samples pixels.
struct Image<'a, S> {
    layout: &'a Layout,
    planes: Vec<Plane<S>>,
    upsamplers: Vec<Upsampler<S>>,
    cells: Cells,
    /// The greatest sample.
    most: i32,
    out: &'a mut [u8],
    /// Rows that are written.
    written: usize,
}

impl<'a, S: Sample> Image<'a, S> {
    fn new(layout: &'a Layout, description: &ImageDescription, out: &'a mut [u8]) -> Result<Self> {
        let components = layout.components.iter();
        Ok(Self {
            layout,
            planes: components.clone().map(Plane::new).collect::<Result<_>>()?,
            upsamplers: components.map(|one| Upsampler::new(layout, one)).collect::<Result<_>>()?,
            cells: Cells { size: description.sample_type().size(), samples: layout.components.len() },
            most: (1 << S::PRECISION) - 1,
            out,
            written: 0,
        })
    }

    /// Decodes the only scan, MCU row by MCU row.
    fn decode_at_once(&mut self, scan: &ScanHeader, tables: &Tables, data: &[u8]) -> Result<usize> {
        let mut parts = parts(scan, tables, Process::Sequential)?;
        let quantizations = quantizations(self.layout, tables)?;
        let mut reader = BitReader::new(data);
        let mut restarts = Restarts::new(tables.restart_interval);
        for mcu_row in 0..self.layout.mcu_rows {
            let mut row = McuRow {
                layout: self.layout,
                quantizations: &quantizations,
                number: mcu_row,
                most: self.most,
                planes: &mut self.planes,
            };
            simd::read_mcu_row(&mut row, &mut reader, &mut parts, &mut restarts)?;
            reader.check()?;
            interrupt::check()?;
            self.write(mcu_row);
        }
        Ok(reader.position())
    }

    /// Writes the rows for which there are samples, once this MCU row is there.
    fn write(&mut self, mcu_row: usize) {
        let height = self.layout.vertical * self.layout.side;
        let is_last = mcu_row + 1 == self.layout.mcu_rows;
        // The last rows of an MCU row may need samples of the next.
        let end = if is_last { self.layout.rows } else { (mcu_row + 1) * height - self.layout.vertical };
        let length = self.layout.columns * self.cells.samples * self.cells.size;
        for number in self.written..end {
            let Some(out) = self.out.get_mut(number * length..).and_then(|out| out.get_mut(..length)) else {
                return;
            };
            let mut rows: [&[S]; MOST_COMPONENTS] = [&[]; MOST_COMPONENTS];
            let sources = self.upsamplers.iter_mut().zip(&self.planes);
            for (row, (upsampler, plane)) in rows.iter_mut().zip(sources) {
                *row = upsampler.row(plane, number).get(..self.layout.columns).unwrap_or_default();
            }
            self.cells.write_planes(&rows, out);
        }
        self.written = end;
    }
}

/// An MCU row of a scan with all components.
pub(super) struct McuRow<'a, S> {
    layout: &'a Layout,
    quantizations: &'a [[i32; 64]],
    number: usize,
    most: i32,
    planes: &'a mut [Plane<S>],
}

impl<S: Sample> McuRow<'_, S> {
    #[inline(always)]
    pub(super) fn read(
        &mut self,
        reader: &mut BitReader<'_>,
        parts: &mut [ScanPart],
        restarts: &mut Restarts,
    ) -> Result<()> {
        for mcu_column in 0..self.layout.mcu_columns {
            if restarts.next(reader)? {
                parts.iter_mut().for_each(|part| part.prediction = 0);
            }
            for part in &mut *parts {
                self.read_blocks(reader, part, mcu_column);
            }
        }
        Ok(())
    }

    /// Reads the blocks of one component in an MCU.
    #[inline(always)]
    fn read_blocks(&mut self, outer: &mut BitReader<'_>, part: &mut ScanPart, mcu_column: usize) {
        let (Some(component), Some(plane)) =
            (self.layout.components.get(part.index), self.planes.get_mut(part.index))
        else {
            return;
        };
        let (Some(dc), Some(ac), Some(quantization)) =
            (&part.dc, &part.ac, self.quantizations.get(part.index))
        else {
            return;
        };
        let mut reader = *outer;
        let tables = BlockTables { dc, ac, quantization };
        let stride = plane.stride();
        let (row, column) = (self.number * component.vertical, mcu_column * component.horizontal);
        for down in 0..component.vertical {
            for right in 0..component.horizontal {
                let mut block: Block = [0; 64];
                let has_ac = read_block(&mut reader, tables, &mut part.prediction, &mut block);
                let side = plane.side();
                let out = plane.block(row + down, column + right);
                transform(&block, has_ac, side, self.most, out, stride);
            }
        }
        *outer = reader;
    }
}

/// The quantization tables of the components, in zigzag order.
fn quantizations(layout: &Layout, tables: &Tables) -> Result<Vec<[i32; 64]>> {
    layout.components.iter().map(|component| quantization(component, tables)).collect()
}

fn quantization(component: &ComponentLayout, tables: &Tables) -> Result<[i32; 64]> {
    let number = component.quantization_table;
    let table = tables.quantization.get(usize::from(number)).and_then(Option::as_ref);
    let table = table.ok_or_else(|| format!("no quantization table {number}"))?;
    Ok(table.map(i32::from))
}

/// The coefficients of a whole frame, where they come over several scans.
struct Stored<'a> {
    layout: &'a Layout,
    process: Process,
    components: Vec<StoredComponent>,
}

struct StoredComponent {
    /// Rows of blocks, padded to whole MCUs.
    blocks: Vec<Coefficients>,
    progress: Progress,
    /// That of its first scan.
    quantization: Option<[i32; 64]>,
}

impl<'a> Stored<'a> {
    fn new(layout: &'a Layout, process: Process) -> Result<Self> {
        let components = layout.components.iter().map(|component| {
            let count = component.padded_block_rows * component.padded_block_columns;
            Ok(StoredComponent {
                blocks: memory(count, Coefficients::ZERO)?,
                progress: Progress::new(),
                quantization: None,
            })
        });
        Ok(Self { layout, process, components: components.collect::<Result<_>>()? })
    }

    /// Reads one scan and gives the length of its data.
    fn decode(&mut self, scan: &ScanHeader, tables: &Tables, data: &[u8]) -> Result<usize> {
        let is_progressive = self.process == Process::Progressive;
        let whole = ScanHeader { start: 0, end: 63, high: 0, low: 0, ..scan.clone() };
        let scan = if is_progressive { scan } else { &whole };
        if is_progressive {
            check_band(scan)?;
        }
        for part in &scan.components {
            let component = self.components.get_mut(part.index).ok_or("a component too many")?;
            component.progress.advance(scan)?;
            if component.quantization.is_none() {
                let layout = self.layout.components.get(part.index).ok_or("a component too many")?;
                component.quantization = Some(quantization(layout, tables)?);
            }
        }
        let mut parts = parts(scan, tables, self.process)?;
        let mut band = BandReader::new(scan);
        let (layout, components) = (self.layout, &mut self.components);
        visit(layout, &mut parts, tables.restart_interval, data, |reader, parts, place| {
            let Some(place) = place else { return band.restart() };
            let Some(part) = parts.get_mut(place.part) else { return };
            let columns = layout.components.get(part.index).map_or(0, |c| c.padded_block_columns);
            let component = components.get_mut(part.index);
            let block = component.and_then(|c| c.blocks.get_mut(place.row * columns + place.column));
            let Some(block) = block else { return };
            // What comes behind the end are zeros, which would mean something.
            if reader.check().is_err() {
                return;
            }
            if is_progressive {
                band.read(reader, part, block);
            } else {
                store_block(reader, part, block);
            }
        })
    }

    /// Makes samples of what was read.
    fn transform<S: Sample>(&self, image: &mut Image<'_, S>) -> Result<()> {
        for (number, component) in self.components.iter().enumerate() {
            if !component.progress.has_dc() {
                return Err(format!("the codestream ends without component {number}").into());
            }
        }
        for mcu_row in 0..self.layout.mcu_rows {
            interrupt::check()?;
            let all = self.components.iter().zip(&self.layout.components).zip(&mut image.planes);
            for ((component, layout), plane) in all {
                let quantization = in_rows(component.quantization.as_ref());
                let columns = layout.padded_block_columns;
                for row in mcu_row * layout.vertical..(mcu_row + 1) * layout.vertical {
                    let blocks = component.blocks.get(row * columns..(row + 1) * columns);
                    simd::transform_row(blocks.unwrap_or_default(), &quantization, image.most, plane, row);
                }
            }
            image.write(mcu_row);
        }
        Ok(())
    }
}

/// From zigzag order.
fn in_rows(quantization: Option<&[i32; 64]>) -> Block {
    let mut rows = [0; 64];
    for (place, value) in ZIGZAG.iter().zip(quantization.unwrap_or(&[0; 64])) {
        if let Some(to) = rows.get_mut(usize::from(*place)) {
            *to = *value;
        }
    }
    rows
}

/// Makes samples of a row of blocks.
#[inline(always)]
pub(super) fn transform_row<S: Sample>(
    blocks: &[Coefficients],
    quantization: &Block,
    most: i32,
    plane: &mut Plane<S>,
    row: usize,
) {
    let (stride, side) = (plane.stride(), plane.side());
    for (column, block) in blocks.iter().enumerate() {
        let out = plane.block(row, column);
        let mut values = *quantization;
        for (value, number) in values.iter_mut().zip(&block.values) {
            *value = value.wrapping_mul((*number).into());
        }
        transform(&values, block.not_zero != 0, side, most, out, stride);
    }
}

/// Makes samples of a block, `side` in a row, by the shortest way.
#[inline(always)]
fn transform<S: Sample>(block: &Block, has_ac: bool, side: usize, most: i32, out: &mut [S], stride: usize) {
    let [dc, ..] = *block;
    match (side, has_ac) {
        (BLOCK, true) => simd::transform(block, most, out, stride),
        (BLOCK, false) => transform_flat::<S, BLOCK>(dc, most, out, stride),
        (4, true) => transform_halved(block, most, out, stride),
        (4, false) => transform_flat::<S, 4>(dc, most, out, stride),
        (2, true) => transform_quartered(block, most, out, stride),
        (2, false) => transform_flat::<S, 2>(dc, most, out, stride),
        _ => transform_flat::<S, 1>(dc, most, out, stride),
    }
}

/// A block of a sequential frame of several scans.
fn store_block(reader: &mut BitReader<'_>, part: &mut ScanPart, block: &mut Coefficients) {
    let (Some(dc), Some(ac)) = (&part.dc, &part.ac) else { return };
    let tables = BlockTables { dc, ac, quantization: &[1; 64] };
    let mut values: Block = [0; 64];
    if read_block(reader, tables, &mut part.prediction, &mut values) {
        block.not_zero = u64::MAX;
    }
    for (to, value) in block.values.iter_mut().zip(values) {
        let [low, high, ..] = value.to_le_bytes();
        *to = i16::from_le_bytes([low, high]);
    }
}
