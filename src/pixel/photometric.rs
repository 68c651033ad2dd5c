//! Photometric Interpretation (PS3.3 C.7.6.3.1.2).

use std::fmt;

macro_rules! interpretations {
    ($($name:ident $term:literal $samples:literal $doc:literal;)*) => {
        /// What the samples of a pixel mean.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum PhotometricInterpretation { $(#[doc = $doc] $name),* }

        impl PhotometricInterpretation {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The defined term.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $term),* }
            }

            /// Samples per pixel that go with it.
            #[must_use]
            pub const fn samples_per_pixel(self) -> u16 {
                match self { $(Self::$name => $samples),* }
            }
        }
    };
}

interpretations! {
    Monochrome1 "MONOCHROME1" 1 "Grey, the least value is white.";
    Monochrome2 "MONOCHROME2" 1 "Grey, the least value is black.";
    PaletteColor "PALETTE COLOR" 1 "Indices of a colour table.";
    Rgb "RGB" 3 "Red, green, blue.";
    Hsv "HSV" 3 "Hue, saturation, value; retired.";
    Argb "ARGB" 4 "Alpha, red, green, blue; retired.";
    Cmyk "CMYK" 4 "Cyan, magenta, yellow, black; retired.";
    YbrFull "YBR_FULL" 3 "Luminance and two chrominances, full range.";
    YbrFull422 "YBR_FULL_422" 3 "The same with half as many chrominances in a row.";
    YbrPartial422 "YBR_PARTIAL_422" 3 "Studio range, half as many chrominances in a row; retired.";
    YbrPartial420 "YBR_PARTIAL_420" 3 "Studio range, a quarter of the chrominances: video.";
    YbrIct "YBR_ICT" 3 "The irreversible transform of JPEG 2000.";
    YbrRct "YBR_RCT" 3 "The reversible transform of JPEG 2000.";
    Xyb "XYB" 3 "The colour space of JPEG XL.";
}

impl PhotometricInterpretation {
    /// The one with this defined term, spaces and NULs around it dropped.
    #[must_use]
    pub fn from_value(value: &[u8]) -> Option<Self> {
        let value = crate::uid::trim(value);
        Self::ALL.iter().copied().find(|known| known.as_str().as_bytes() == value)
    }

    /// True for luminance and chrominances that become RGB by the equations of PS3.3 C.7.6.3.1.2.
    #[must_use]
    pub const fn is_ybr_full(self) -> bool {
        matches!(self, Self::YbrFull | Self::YbrFull422)
    }

    /// True where native pixel data have two luminances for each pair of chrominances.
    #[must_use]
    pub const fn is_subsampled(self) -> bool {
        matches!(self, Self::YbrFull422 | Self::YbrPartial422)
    }
}

impl fmt::Display for PhotometricInterpretation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ps3_3_c_7_6_3_1_2_defined_terms() {
        for &known in PhotometricInterpretation::ALL {
            assert_eq!(PhotometricInterpretation::from_value(known.as_str().as_bytes()), Some(known));
        }
        assert_eq!(PhotometricInterpretation::from_value(b"RGB "), Some(PhotometricInterpretation::Rgb));
        assert_eq!(PhotometricInterpretation::from_value(b"RGB\0"), Some(PhotometricInterpretation::Rgb));
        assert_eq!(PhotometricInterpretation::from_value(b"rgb"), None);
        assert_eq!(PhotometricInterpretation::from_value(b""), None);
    }
}
