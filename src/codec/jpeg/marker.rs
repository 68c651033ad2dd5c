//! Markers and the segments behind them (ITU-T T.81 B.1.1).

use super::{Reason, Result};

/// Marker codes (ITU-T T.81 Table B.1), the byte behind 0xFF.
pub(super) mod code {
    pub(in super::super) const SOF0: u8 = 0xC0;
    pub(in super::super) const SOF2: u8 = 0xC2;
    pub(in super::super) const SOF3: u8 = 0xC3;
    pub(in super::super) const DHT: u8 = 0xC4;
    pub(in super::super) const SOF5: u8 = 0xC5;
    pub(in super::super) const SOF7: u8 = 0xC7;
    pub(in super::super) const SOF9: u8 = 0xC9;
    pub(in super::super) const DAC: u8 = 0xCC;
    pub(in super::super) const SOF15: u8 = 0xCF;
    pub(in super::super) const RST0: u8 = 0xD0;
    pub(in super::super) const RST7: u8 = 0xD7;
    pub(in super::super) const SOI: u8 = 0xD8;
    pub(in super::super) const EOI: u8 = 0xD9;
    pub(in super::super) const SOS: u8 = 0xDA;
    pub(in super::super) const DQT: u8 = 0xDB;
    pub(in super::super) const DNL: u8 = 0xDC;
    pub(in super::super) const DRI: u8 = 0xDD;
    pub(in super::super) const DHP: u8 = 0xDE;
    pub(in super::super) const APP0: u8 = 0xE0;
    pub(in super::super) const APP14: u8 = 0xEE;
    /// JPEG-LS (ITU-T T.87).
    pub(in super::super) const SOF55: u8 = 0xF7;
    /// For temporary use in arithmetic coding.
    pub(in super::super) const TEM: u8 = 0x01;
}

/// A marker and the parameters behind it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment<'a> {
    pub(super) code: u8,
    pub(super) parameters: &'a [u8],
}

/// Walks from marker to marker.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segments<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Segments<'a> {
    /// Behind the SOI marker.
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self> {
        match bytes {
            [0xFF, code::SOI, ..] => Ok(Self { bytes, position: 2 }),
            _ => Err(Reason::Borrowed("no SOI marker at the first byte: not JPEG")),
        }
    }

    /// The next segment; `None` where the bytes end. What is no marker is skipped.
    pub(super) fn next(&mut self) -> Result<Option<Segment<'a>>> {
        let Some(code) = self.next_marker() else { return Ok(None) };
        if matches!(code, code::SOI | code::EOI | code::TEM | code::RST0..=code::RST7) {
            return Ok(Some(Segment { code, parameters: &[] }));
        }
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        let (length, rest) = rest.split_first_chunk().ok_or_else(|| cut(code))?;
        let length = usize::from(u16::from_be_bytes(*length)); // of itself, too
        let parameters = length.checked_sub(2).and_then(|length| rest.get(..length));
        self.position += length;
        Ok(Some(Segment { code, parameters: parameters.ok_or_else(|| cut(code))? }))
    }

    /// Bytes from here on.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.position..).unwrap_or_default()
    }

    pub(super) fn skip(&mut self, length: usize) {
        self.position = self.position.saturating_add(length).min(self.bytes.len());
    }

    fn next_marker(&mut self) -> Option<u8> {
        let (skipped, code) = find_marker(self.rest())?;
        self.skip(skipped);
        Some(code)
    }
}

fn cut(code: u8) -> Reason {
    format!("the codestream ends inside the segment of marker FF{code:02X}").into()
}

/// How many bytes there are up to the end of the first marker, and its code. Stuffed zeros and fill bytes are none.
pub(super) fn find_marker(bytes: &[u8]) -> Option<(usize, u8)> {
    let mut bytes_before = 0;
    let mut rest = bytes;
    loop {
        let start = rest.iter().position(|byte| *byte == 0xFF)?;
        let (_, tail) = rest.split_at_checked(start + 1)?;
        bytes_before += start + 1;
        match tail.first()? {
            0 | 0xFF => rest = tail,
            code => return Some((bytes_before + 1, *code)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t81_b_1_1_2_fill_bytes_and_stuffed_zeros_are_no_markers() {
        assert_eq!(find_marker(&[1, 2, 0xFF, 0, 0xFF, 0xFF, 0xD9]), Some((7, 0xD9)));
        assert_eq!(find_marker(&[1, 0xFF, 0xFF]), None);
        assert_eq!(find_marker(&[1, 0xFF, 0]), None);
        assert_eq!(find_marker(&[]), None);
    }

    #[test]
    fn segments_end_where_the_bytes_do() {
        let bytes = [0xFF, 0xD8, 0xFF, 0xDD, 0, 4, 0, 1, 7, 0xFF, 0xD9];
        let mut segments = Segments::new(&bytes).unwrap();
        let segment = segments.next().unwrap().unwrap();
        assert_eq!((segment.code, segment.parameters), (0xDD, &[0, 1][..]));
        assert_eq!(segments.rest(), [7, 0xFF, 0xD9]);
        assert_eq!(segments.next().unwrap().unwrap().code, 0xD9);
        assert!(segments.next().unwrap().is_none());
        let error = Segments::new(&bytes[..7]).unwrap().next().unwrap_err();
        assert_eq!(error, "the codestream ends inside the segment of marker FFDD");
        assert!(Segments::new(&bytes[..1]).is_err());
    }
}
