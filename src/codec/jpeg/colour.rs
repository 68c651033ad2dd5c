//! What a codestream says of the colour space of its samples.

use super::header::{Component, Headers, MOST_COMPONENTS};
use super::marker::code;

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
}

impl ColourMarks {
    /// The marks of an encoded frame; `None` where there is no frame header.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let mut headers = Headers::new(bytes).ok()?;
        headers.frame().ok()?;
        Some(headers.marks)
    }

    pub(super) fn read(&mut self, code: u8, parameters: &[u8]) {
        match (code, parameters) {
            (code::APP0, [b'J', b'F', b'I', b'F', 0, ..]) => self.is_jfif = true,
            // Version, two flags, the transform.
            (code::APP14, [b'A', b'd', b'o', b'b', b'e', _, _, _, _, _, _, transform, ..]) => {
                self.adobe_transform = Some(*transform);
            }
            _ => {}
        }
    }

    pub(super) fn identify(&mut self, components: &[Component]) {
        self.components = u8::try_from(components.len()).unwrap_or_default();
        for (to, component) in self.identifiers.iter_mut().zip(components) {
            *to = component.identifier;
        }
    }
}
