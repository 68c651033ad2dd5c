//! Marker segments (T.87 §C.2, T.81 §B.2).

use super::parameters::{Interleave, Presets};

/// Marker codes, without the byte of ones before them.
pub(super) mod code {
    pub(in super::super) const SOI: u8 = 0xD8;
    pub(in super::super) const EOI: u8 = 0xD9;
    pub(in super::super) const SOS: u8 = 0xDA;
    pub(in super::super) const DRI: u8 = 0xDD;
    /// The first of eight that follow each other.
    pub(in super::super) const RST: u8 = 0xD0;
    pub(in super::super) const APP8: u8 = 0xE8;
    /// Frame header of JPEG-LS.
    pub(in super::super) const SOF55: u8 = 0xF7;
    pub(in super::super) const LSE: u8 = 0xF8;
}

/// A component of the frame header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Component {
    pub(super) identifier: u8,
    /// Horizontal and vertical, four bits each.
    sampling: u8,
}

/// SOF55, checked in itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FrameHeader {
    pub(super) precision: u8,
    /// Zero when another segment tells it.
    pub(super) rows: u32,
    pub(super) columns: u32,
    pub(super) components: Vec<Component>,
}

impl FrameHeader {
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(segment: &[u8]) -> Result<Self, String> {
        let cut = || format!("a frame header of {} bytes", segment.len());
        let ([precision, y1, y2, x1, x2, count], rest) = segment.split_first_chunk().ok_or_else(cut)?;
        let (parts, over) = rest.as_chunks();
        if parts.len() != usize::from(*count) || !over.is_empty() {
            return Err(format!("{}, with {count} components", cut()));
        }
        let component =
            |[identifier, sampling, _]: &[u8; 3]| Component { identifier: *identifier, sampling: *sampling };
        let components: Vec<Component> = parts.iter().map(component).collect();
        // One component is what it is, whatever it is sampled by.
        if components.len() > 1 && components.iter().any(|component| component.sampling != 0x11) {
            return Err("components of different sizes are not supported".to_owned());
        }
        Ok(Self {
            precision: *precision,
            rows: u16::from_be_bytes([*y1, *y2]).into(),
            columns: u16::from_be_bytes([*x1, *x2]).into(),
            components,
        })
    }
}

/// SOS (T.87 §C.2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ScanHeader {
    /// Component identifiers.
    pub(super) components: Vec<u8>,
    pub(super) near: u8,
    pub(super) interleave: Interleave,
}

impl ScanHeader {
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(segment: &[u8]) -> Result<Self, String> {
        let cut = || format!("a scan header of {} bytes", segment.len());
        let (count, rest) = segment.split_first().ok_or_else(cut)?;
        let (rest, [near, interleave, transform]) = rest.split_last_chunk().ok_or_else(cut)?;
        let (components, over) = rest.as_chunks();
        if components.len() != usize::from(*count) || !over.is_empty() || components.is_empty() {
            return Err(format!("{}, with {count} components", cut()));
        }
        if components.iter().any(|[_, table]| *table != 0) {
            return Err("mapping tables are not supported".to_owned());
        }
        if transform & 0xF != 0 {
            return Err(format!("a point transform of {} bits is not supported", transform & 0xF));
        }
        let interleave = match interleave {
            // A component alone takes no turns.
            0..=2 if components.len() == 1 => Interleave::None,
            1 => Interleave::Line,
            2 => Interleave::Sample,
            0 => return Err(format!("{count} components in a scan that is not interleaved")),
            other => return Err(format!("interleave mode {other}")),
        };
        let components = components.iter().map(|[identifier, _]| *identifier).collect();
        Ok(Self { components, near: *near, interleave })
    }
}

/// What an LSE segment tells (T.87 §C.2.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extension {
    Presets(Presets),
    /// Of an image with more rows or columns than a frame header has room for.
    Size {
        rows: u32,
        columns: u32,
    },
    /// Mapping tables: a scan names those that it uses.
    Table,
}

impl Extension {
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(segment: &[u8]) -> Result<Self, String> {
        let fault = || format!("preset parameters of {} bytes", segment.len());
        match segment {
            [1, values @ ..] => {
                let (values, over) = values.as_chunks();
                let [maximum, t1, t2, t3, reset] = values else { return Err(fault()) };
                if !over.is_empty() {
                    return Err(fault());
                }
                Ok(Self::Presets(Presets {
                    maximum: u16::from_be_bytes(*maximum),
                    thresholds: [t1, t2, t3].map(|value| u16::from_be_bytes(*value)),
                    reset: u16::from_be_bytes(*reset),
                }))
            }
            [2 | 3, ..] => Ok(Self::Table),
            [4, width @ 2..=4, sizes @ ..] if sizes.len() == 2 * usize::from(*width) => {
                let (rows, columns) = sizes.split_at(usize::from(*width));
                Ok(Self::Size { rows: number(rows), columns: number(columns) })
            }
            [5..=255, ..] => Err("preset parameters of JPEG-LS extensions are not supported".to_owned()),
            _ => Err(fault()),
        }
    }
}

/// The restart interval in lines: 2 to 4 bytes (T.87 §C.2.5).
///
/// # Errors
/// What is wrong with it.
pub(super) fn restart_interval(segment: &[u8]) -> Result<u32, String> {
    match segment.len() {
        2..=4 => Ok(number(segment)),
        length => Err(format!("a restart interval of {length} bytes")),
    }
}

/// Big endian, at most four bytes.
fn number(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |all, byte| all << 8 | u32::from(*byte))
}

/// Goes from marker to marker.
#[derive(Default)]
pub(super) struct Markers<'a> {
    rest: &'a [u8],
}

impl<'a> Markers<'a> {
    /// # Errors
    /// Where the bytes are no codestream.
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, String> {
        match bytes {
            [0xFF, code::SOI, rest @ ..] => Ok(Self { rest }),
            _ => Err("no JPEG codestream: it does not begin with SOI".to_owned()),
        }
    }

    /// The code of the next marker. What is before it is no segment, and passed over: writers pad scans.
    pub(super) fn next(&mut self) -> Option<u8> {
        while let Some(at) = self.rest.iter().position(|byte| *byte == 0xFF) {
            self.rest = self.rest.get(at + 1..).unwrap_or_default();
            if let [code @ 0x80..=0xFE, rest @ ..] = self.rest {
                self.rest = rest;
                return Some(*code);
            }
        }
        None
    }

    /// The bytes of the segment of the marker that was read.
    ///
    /// # Errors
    /// When its length is not that of a segment.
    pub(super) fn segment(&mut self, code: u8) -> Result<&'a [u8], String> {
        let bad = || format!("the segment of marker FF{code:02X} is longer than the codestream");
        let (length, rest) = self.rest.split_first_chunk().ok_or_else(bad)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (segment, rest) =
            length.checked_sub(2).and_then(|length| rest.split_at_checked(length)).ok_or_else(bad)?;
        self.rest = rest;
        Ok(segment)
    }

    /// What follows the last marker or segment.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Goes on behind a scan.
    pub(super) fn resume(&mut self, rest: &'a [u8]) {
        self.rest = rest;
    }
}
