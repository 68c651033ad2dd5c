//! What a codestream says of the colour space of its samples.

use super::header::{FrameHeader, MOST_COMPONENTS, Process};
use super::marker::{Segments, code};
use crate::codec::CodestreamColour;

/// Marks of the colour space. The codec converts nothing; whoever asks for RGB decides by them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct ColourMarks {
    /// The transform flag of Adobe's APP14 segment: 0 none (RGB or CMYK), 1 YCbCr, 2 YCCK.
    pub adobe_transform: Option<u8>,
    /// There is an APP0 segment of JFIF, by which three components are YCbCr.
    pub is_jfif: bool,
    /// Components of the frame.
    pub components: u8,
    /// Their identifiers, the first [`ColourMarks::components`] of them: 1, 2, 3 for most writers, `RGB` for some.
    pub identifiers: [u8; MOST_COMPONENTS],
    /// There are fewer samples of one component than of another.
    pub is_subsampled: bool,
    /// Samples are coded without a DCT.
    pub is_lossless: bool,
}

impl ColourMarks {
    /// The marks of an encoded frame; `None` where there is no frame header.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let mut segments = Segments::new(bytes).ok()?;
        let mut marks = Self::default();
        while let Some(segment) = segments.next().ok()? {
            match segment.code {
                code::APP0 | code::APP14 => marks.read(segment.code, segment.parameters),
                code::SOF0..=code::SOF3 => {
                    marks.identify(&FrameHeader::parse(segment.code, segment.parameters).ok()?);
                    return Some(marks);
                }
                code::EOI | code::SOS => return None,
                _ => {}
            }
        }
        None
    }

    /// What they say together of three components.
    ///
    /// JFIF is for frames with a DCT; a lossless one loses by the transform, and writers that put APP0 in front of
    /// everything do not make it YCbCr.
    #[must_use]
    pub fn colour(&self) -> Option<CodestreamColour> {
        let [first, second, third, _] = self.identifiers;
        let is_rgb = self.adobe_transform == Some(0) || [first, second, third].eq_ignore_ascii_case(b"RGB");
        let is_ybr = self.adobe_transform == Some(1) || self.is_jfif && !self.is_lossless;
        match (is_rgb, is_ybr) {
            _ if self.components != 3 => None,
            (true, true) => Some(CodestreamColour::Contradictory),
            (true, false) => Some(CodestreamColour::Rgb),
            (false, true) => Some(CodestreamColour::Ybr),
            (false, false) => self.is_subsampled.then_some(CodestreamColour::PerhapsYbr),
        }
    }

    fn read(&mut self, code: u8, parameters: &[u8]) {
        match (code, parameters) {
            (code::APP0, [b'J', b'F', b'I', b'F', 0, ..]) => self.is_jfif = true,
            // Version, two flags, the transform.
            (code::APP14, [b'A', b'd', b'o', b'b', b'e', _, _, _, _, _, _, transform, ..]) => {
                self.adobe_transform = Some(*transform);
            }
            _ => {}
        }
    }

    fn identify(&mut self, frame: &FrameHeader) {
        self.components = u8::try_from(frame.components.len()).unwrap_or_default();
        self.is_lossless = frame.process == Process::Lossless;
        let factors = |place: usize| frame.components.get(place).map(|one| (one.horizontal, one.vertical));
        self.is_subsampled = (1..frame.components.len()).any(|place| factors(place) != factors(0));
        for (to, component) in self.identifiers.iter_mut().zip(&frame.components) {
            *to = component.identifier;
        }
    }
}
