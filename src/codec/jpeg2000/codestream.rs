//! What the markers of a JPEG 2000 codestream say (ISO/IEC 15444-1 Annex A), before anything is decoded.

use super::packets::Extent;
use crate::codec::CodestreamColour;
use crate::codec::cells::Component;
use crate::error::WarningKind;
use crate::pixel::ImageDescription;

/// Most components of an image of DICOM.
pub(super) const MAX_COMPONENTS: usize = 4;

const SOC: u16 = 0xFF4F;
const CAP: u16 = 0xFF50;
const SIZ: u16 = 0xFF51;
const COD: u16 = 0xFF52;
const COC: u16 = 0xFF53;
const SOT: u16 = 0xFF90;
const SOD: u16 = 0xFF93;
const EOC: u16 = 0xFFD9;

/// Bytes of SOT with its marker.
const SOT_LENGTH: usize = 12;

/// Where in it the length of the tile-part stands.
const PART_LENGTH: usize = 6;

const CUT: &str = "the codestream ends in its header";

/// Capability 15: high throughput (ISO/IEC 15444-15).
pub(in crate::codec) const HIGH_THROUGHPUT: u32 = 1 << (32 - 15);

/// What SIZ and CAP say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Codestream {
    /// Where on the reference grid the image begins: column and row.
    pub(super) origin: (u32, u32),
    columns: u32,
    rows: u32,
    component_count: u16,
    components: [Component; MAX_COMPONENTS],
    /// Columns and rows of the reference grid from sample to sample.
    pub(super) steps: [(u8, u8); MAX_COMPONENTS],
    tiles: u32,
    /// How often rows and columns can be halved by leaving out decomposition levels.
    pub(super) halvings: u8,
    /// Code blocks are those of ISO/IEC 15444-15.
    pub(super) is_high_throughput: bool,
    /// Bytes that were looked at: what follows them is not for a decoder.
    pub(super) length: usize,
}

/// Reads numbers in big endian.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    /// The next marker and what its segment holds behind the length; `Some(None)` where a tile-part or its data begin.
    fn segment(&mut self) -> Option<Option<(u16, &'a [u8])>> {
        let before = self.0;
        match self.u16()? {
            SOT | SOD => {
                self.0 = before;
                Some(None)
            }
            marker @ 0xFF30..=0xFF3F => Some(Some((marker, &[]))), // without parameters
            marker @ 0xFF01.. => {
                let length = usize::from(self.u16()?).checked_sub(2)?;
                let (content, rest) = self.0.split_at_checked(length)?;
                self.0 = rest;
                Some(Some((marker, content)))
            }
            _ => None,
        }
    }

    fn u8(&mut self) -> Option<u8> {
        let ([byte], rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*byte)
    }

    fn u16(&mut self) -> Option<u16> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u16::from_be_bytes(*bytes))
    }

    fn u32(&mut self) -> Option<u32> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*bytes))
    }
}

impl Codestream {
    /// Reads the main header, compares its sizes with the attributes, and sees that the tiles are there.
    pub(super) fn check(
        bytes: &[u8],
        description: &ImageDescription,
    ) -> Result<(Self, Option<WarningKind>), String> {
        let mut cursor = Cursor(bytes);
        if (cursor.u16(), cursor.u16()) != (Some(SOC), Some(SIZ)) {
            return Err("no JPEG 2000 codestream".to_owned());
        }
        let mut found = Self::read_siz(&mut cursor).ok_or(CUT)??;
        let odd = found.compare(description)?;
        let mut extent = Extent { columns: found.columns, rows: found.rows, layers: 0, levels: u8::MAX };
        extent.check_tiles(found.tiles)?;
        found.read_rest(&mut cursor, &mut extent)?;
        let unread = check_tiles(cursor.0, found.tiles, &mut extent)?;
        found.halvings = extent.levels.min(found.aligned());
        found.length = bytes.len() - unread;
        Ok((found, odd))
    }

    /// What SIZ and the COD of the main header say of colour; `None` where there is no COD.
    pub(super) fn colour(bytes: &[u8]) -> Option<CodestreamColour> {
        let mut cursor = Cursor(bytes);
        let (SOC, SIZ) = (cursor.u16()?, cursor.u16()?) else { return None };
        let sizes = Self::read_siz(&mut cursor)?.ok()?;
        while let Some((marker, content)) = cursor.segment()? {
            // Coding style, progression, layers, the transform.
            if let (COD, [_, _, _, _, transform, ..]) = (marker, content) {
                return Some(match transform {
                    0 if sizes.is_full() => CodestreamColour::Untransformed,
                    0 => CodestreamColour::PerhapsYbr,
                    _ => CodestreamColour::Inverted,
                });
            }
        }
        None
    }

    /// A codestream that is cut, with the last tile-part as long as what is left of it; `None` for any other one.
    pub(super) fn mended(bytes: &[u8]) -> Option<Vec<u8>> {
        let mut header = Cursor(bytes.get(2..)?); // behind SOC
        while header.segment()?.is_some() {}
        let mut rest = header.0;
        loop {
            let mut part = Cursor(rest);
            let is_part = part.u16()? == SOT;
            let (_, _) = (part.u16()?, part.u16()?);
            let length = usize::try_from(part.u32()?).unwrap_or(usize::MAX);
            if !is_part || length < SOT_LENGTH {
                return None;
            }
            let Some((_, behind)) = rest.split_at_checked(length) else { break };
            rest = behind;
        }
        let mut mended = bytes.to_vec();
        let place = mended.get_mut(bytes.len() - rest.len()..)?.get_mut(PART_LENGTH..)?.first_chunk_mut()?;
        *place = u32::try_from(rest.len()).ok()?.to_be_bytes();
        Some(mended)
    }

    /// The components there are.
    pub(super) fn components(&self) -> &[Component] {
        self.components.get(..usize::from(self.component_count)).unwrap_or_default()
    }

    /// True when each component has a sample for every pixel.
    pub(super) fn is_full(&self) -> bool {
        self.steps.iter().take(self.component_count.into()).all(|step| *step == (1, 1))
    }

    /// How often the reference grid can be halved so that the image still begins on it.
    fn aligned(&self) -> u8 {
        u8::try_from((self.origin.0 | self.origin.1).trailing_zeros()).unwrap_or_default()
    }

    fn read_siz(cursor: &mut Cursor<'_>) -> Option<Result<Self, String>> {
        let length = cursor.u16()?;
        let _capabilities = cursor.u16()?;
        let (right, bottom) = (cursor.u32()?, cursor.u32()?);
        let origin = (cursor.u32()?, cursor.u32()?);
        let tile = (cursor.u32()?, cursor.u32()?);
        let tile_origin = (cursor.u32()?, cursor.u32()?);
        let component_count = cursor.u16()?;
        let mut components = [Component::default(); MAX_COMPONENTS];
        let mut steps = [(0, 0); MAX_COMPONENTS];
        for number in 0..component_count {
            let (depth, step) = (cursor.u8()?, (cursor.u8()?, cursor.u8()?));
            let place = components.get_mut(usize::from(number)).zip(steps.get_mut(usize::from(number)));
            if let Some((component, steps)) = place {
                *component = Component { precision: (depth & 0x7F) + 1, is_signed: depth & 0x80 != 0 };
                *steps = step;
            }
        }
        let tiles = tile_count((right, bottom), origin, tile, tile_origin);
        let has_steps = steps.iter().take(component_count.into()).all(|(x, y)| *x > 0 && *y > 0);
        let (Some(tiles), true) =
            (tiles, has_steps && u32::from(length) == 38 + 3 * u32::from(component_count))
        else {
            return Some(Err("the sizes in the codestream contradict each other".to_owned()));
        };
        Some(Ok(Self {
            origin,
            columns: right - origin.0,
            rows: bottom - origin.1,
            component_count,
            components,
            steps,
            tiles,
            halvings: 0,
            is_high_throughput: false,
            length: 0,
        }))
    }

    fn compare(&self, description: &ImageDescription) -> Result<Option<WarningKind>, String> {
        let (rows, columns) = (u32::from(description.rows()), u32::from(description.columns()));
        let samples = u16::from(description.samples_per_pixel());
        if (self.rows, self.columns, self.component_count) != (rows, columns, samples) {
            return Err(format!(
                "the codestream has {} rows, {} columns, {} components, the attributes say {rows}, {columns}, {samples}",
                self.rows, self.columns, self.component_count
            ));
        }
        let checked = self.components().iter().map(|component| component.check(description));
        checked.reduce(|first, next| Ok(first?.or(next?))).unwrap_or(Ok(None))
    }

    /// Up to the first tile-part.
    fn read_rest(&mut self, cursor: &mut Cursor<'_>, extent: &mut Extent) -> Result<(), String> {
        while let Some((marker, content)) = cursor.segment().ok_or(CUT)? {
            if let (CAP, Some((capabilities, _))) = (marker, content.split_first_chunk()) {
                self.is_high_throughput = u32::from_be_bytes(*capabilities) & HIGH_THROUGHPUT != 0;
            }
            check_coding(marker, content, extent)?;
        }
        Ok(())
    }
}

fn check_coding(marker: u16, content: &[u8], extent: &mut Extent) -> Result<(), String> {
    match marker {
        COD => extent.check_default(content),
        COC => extent.check_component(content),
        // A decoder might take the second one.
        SIZ => Err("a second SIZ".to_owned()),
        _ => Ok(()),
    }
}

/// Tiles of an image (B-5); `None` where sizes cannot be, or there are more than a tile-part can name.
fn tile_count(end: (u32, u32), start: (u32, u32), tile: (u32, u32), tile_start: (u32, u32)) -> Option<u32> {
    let along = |end: u32, start: u32, tile: u32, tile_start: u32| {
        let is_sound = start < end
            && tile > 0
            && tile_start <= start
            && u64::from(tile_start) + u64::from(tile) > start.into();
        is_sound.then(|| (end - tile_start).div_ceil(tile))
    };
    let across = along(end.0, start.0, tile.0, tile_start.0)?;
    let down = along(end.1, start.1, tile.1, tile_start.1)?;
    across.checked_mul(down).filter(|tiles| *tiles <= u16::MAX.into())
}

/// Walks the tile-parts: each ends in the codestream, and every tile has one.
///
/// Decoders leave out what is not there, and an image with a hole looks like one without. Gives how many bytes follow.
fn check_tiles(mut bytes: &[u8], tiles: u32, extent: &mut Extent) -> Result<usize, String> {
    let mut is_there = vec![false; usize::try_from(tiles).unwrap_or_default()];
    loop {
        let mut cursor = Cursor(bytes);
        if cursor.u16() != Some(SOT) {
            break;
        }
        let cut = || "the codestream ends in the header of a tile-part".to_owned();
        let _length = cursor.u16().ok_or_else(cut)?;
        let tile = cursor.u16().ok_or_else(cut)?;
        let length = usize::try_from(cursor.u32().ok_or_else(cut)?).unwrap_or(usize::MAX);
        let place = is_there.get_mut(usize::from(tile));
        *place.ok_or_else(|| format!("a tile-part of tile {tile}, there are {tiles} tiles"))? = true;
        // The last one may leave its length open.
        let length = if length == 0 { bytes.len() } else { length };
        if length < SOT_LENGTH || length > bytes.len() {
            return Err(format!("a tile-part of {length} bytes in the {} that are left", bytes.len()));
        }
        let (part, rest) = bytes.split_at_checked(length).unwrap_or((bytes, &[]));
        let mut header = Cursor(part.get(SOT_LENGTH..).unwrap_or_default());
        let mut own = *extent;
        while let Some((marker, content)) = header.segment().ok_or_else(cut)? {
            check_coding(marker, content, &mut own)?;
        }
        extent.levels = own.levels;
        bytes = rest;
    }
    match is_there.iter().position(|is_there| !is_there) {
        None => Ok(bytes.strip_prefix(&EOC.to_be_bytes()).unwrap_or(bytes).len()),
        Some(missing) => Err(format!("tile {missing} of {tiles} is missing")),
    }
}
