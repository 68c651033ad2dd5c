//! The colour space of the samples that a codec gives: Photometric Interpretation, with the codestream's own marks as
//! evidence.
//!
//! The attribute is what writers copy from one file to the next; the marks are written by what made the samples. Where a
//! mark says plainly what the samples are, it decides; where marks contradict each other, or only hint, the attribute does.
//! Three samples a pixel, what is done with them, `!` where [`WarningKind::ColourContradicts`] is told:
//!
//! | Codestream | RGB | YBR_FULL, YBR_FULL_422 | YBR_PARTIAL_422, _420 | YBR_ICT, YBR_RCT | another |
//! |---|---|---|---|---|---|
//! | nothing said (native, RLE, JPEG-LS, bare JPEG) | RGB | YBR full | YBR partial | as it is | as it is |
//! | JPEG: APP14 without transform, or components R, G, B | RGB | RGB ! | RGB ! | RGB ! | RGB ! |
//! | JPEG: APP14 with YCbCr, or JFIF and a DCT | YBR full ! | YBR full | YBR full ! | YBR full ! | YBR full ! |
//! | JPEG: one of each | RGB ! | YBR full ! | YBR partial ! | RGB ! | as it is ! |
//! | subsampled, or in boxes that say sYCC | RGB ! | YBR full | YBR partial | YBR full ! | as it is |
//! | JPEG 2000 with the multiple component transform | RGB ! | YBR full ! | YBR partial ! | RGB | as it is ! |
//! | JPEG 2000 without | RGB | YBR full | YBR partial | RGB ! | as it is |
//! | JPEG XL | RGB | RGB | RGB | RGB | RGB |
//!
//! "RGB" and "as it is": samples are not converted. "YBR full" and "YBR partial": they become RGB by the equations of PS3.3
//! C.7.6.3.1.2, unless they are wanted raw. Nothing is converted where a pixel has one sample or four.
//!
//! Why:
//! - RGB with JFIF is what encoders leave behind that do not update the attribute: pydicom and dcm4che take it for YCbCr,
//!   too, GDCM does not. Without JFIF and APP14 libjpeg guesses YCbCr of components 1, 2, 3; in DICOM the attribute says
//!   it, even where chrominances are subsampled.
//! - JFIF in front of a lossless frame is no mark: it is a format for a DCT, and no lossless coder leaves RGB.
//! - Codecs invert the multiple component transform. It goes with YBR_ICT and YBR_RCT alone (PS3.5 §8.2.4), but encoders
//!   apply it to what they are given and leave the attribute: pydicom and GDCM take what comes out for what it says.
//! - Without that transform components are what the attribute says, but YBR_RCT cannot be: its chrominances have a bit
//!   more. pydicom and GDCM take YBR_RCT and YBR_ICT for RGB then.
//! - JPEG packed into JPEG XL keeps the Photometric Interpretation that it had (PS3.5 §A.4.13).

use super::colour::{ColourConversion, Space};
use super::description::{ImageDescription, PHOTOMETRIC_INTERPRETATION, SampleType, fault};
use super::photometric::PhotometricInterpretation;
use crate::codec::CodestreamColour;
use crate::error::{Result, WarningKind};

/// What samples are, and whether that contradicts Photometric Interpretation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    samples: Samples,
    contradicts: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Samples {
    Rgb,
    Full,
    Partial,
    /// What Photometric Interpretation says, or nobody knows; not converted.
    AsTheyAre,
}

/// Photometric Interpretations that are treated alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Rgb,
    Full,
    Partial,
    /// The transforms of JPEG 2000.
    Transformed,
    Other,
}

impl Group {
    fn of(interpretation: PhotometricInterpretation) -> Self {
        use PhotometricInterpretation as Known;
        match interpretation {
            Known::Rgb => Self::Rgb,
            Known::YbrFull | Known::YbrFull422 => Self::Full,
            Known::YbrPartial422 | Known::YbrPartial420 => Self::Partial,
            Known::YbrIct | Known::YbrRct => Self::Transformed,
            _ => Self::Other,
        }
    }

    /// The table above, row by row of it.
    fn choice(self, marks: Option<CodestreamColour>) -> Choice {
        use CodestreamColour as Says;
        let agreed = |samples| Choice { samples, contradicts: false };
        let against = |samples| Choice { samples, contradicts: true };
        match (marks, self) {
            (Some(Says::Rgb), Self::Rgb) => agreed(Samples::Rgb),
            (Some(Says::Rgb), _) => against(Samples::Rgb),

            (Some(Says::Ybr), Self::Full) => agreed(Samples::Full),
            (Some(Says::Ybr), _) => against(Samples::Full),

            (Some(Says::Contradictory), Self::Rgb | Self::Transformed) => against(Samples::Rgb),
            (Some(Says::Contradictory), _) => against(self.samples()),

            (Some(Says::PerhapsYbr), Self::Rgb) => against(Samples::Rgb),
            (Some(Says::PerhapsYbr), Self::Transformed) => against(Samples::Full),
            (Some(Says::PerhapsYbr), _) => agreed(self.samples()),

            (Some(Says::Inverted), Self::Transformed) => agreed(Samples::Rgb),
            (Some(Says::Inverted), _) => against(self.samples()),

            (Some(Says::Untransformed), Self::Transformed) => against(Samples::Rgb),
            (Some(Says::Untransformed) | None, _) => agreed(self.samples()),

            (Some(Says::Converted), _) => agreed(Samples::Rgb),
        }
    }

    /// What the samples are where nothing but the attribute tells.
    fn samples(self) -> Samples {
        match self {
            Self::Rgb => Samples::Rgb,
            Self::Full => Samples::Full,
            Self::Partial => Samples::Partial,
            Self::Transformed | Self::Other => Samples::AsTheyAre,
        }
    }
}

impl Choice {
    /// What the samples of an image are of which the codestream says `marks`.
    ///
    /// # Errors
    /// Photometric Interpretation is absent or unknown, or is YBR and a pixel has not three samples.
    pub(super) fn of(description: &ImageDescription, marks: Option<CodestreamColour>) -> Result<Self> {
        let Some(interpretation) = description.photometric_interpretation() else {
            let reason = "Photometric Interpretation is absent or unknown; raw=True does without".to_owned();
            return Err(fault(PHOTOMETRIC_INTERPRETATION, reason));
        };
        let group = Group::of(interpretation);
        if description.samples_per_pixel() == 3 {
            return Ok(group.choice(marks));
        }
        if matches!(group, Group::Full | Group::Partial) {
            return Err(unconvertible(interpretation));
        }
        Ok(Self { samples: Samples::AsTheyAre, contradicts: false })
    }

    /// The conversion of the samples to RGB; `None` where there is nothing to do.
    ///
    /// # Errors
    /// The equations are for unsigned samples of 8 and 16 bits.
    pub(super) fn conversion(self, description: &ImageDescription) -> Result<Option<ColourConversion>> {
        let (space, interpretation) = match self.samples {
            Samples::Rgb | Samples::AsTheyAre => return Ok(None),
            Samples::Full => (Space::Full, PhotometricInterpretation::YbrFull),
            Samples::Partial => (Space::Partial, PhotometricInterpretation::YbrPartial422),
        };
        let (bits, room) = match description.sample_type() {
            // Half full scale is 128 of Bits Allocated of 8, whatever is stored.
            SampleType::U8 => (8, 8),
            SampleType::U16 => (description.bits_stored().into(), 16),
            _ => {
                let found = description.photometric_interpretation().unwrap_or(interpretation);
                return Err(unconvertible(found));
            }
        };
        Ok(Some(ColourConversion::to_rgb(space, bits, room)))
    }

    pub(super) fn warning(self) -> Option<WarningKind> {
        self.contradicts.then_some(WarningKind::ColourContradicts)
    }

    /// The Photometric Interpretation of the result, `None` where nobody knows it.
    pub(super) fn interpretation(
        self,
        description: &ImageDescription,
        raw: bool,
    ) -> Option<PhotometricInterpretation> {
        use PhotometricInterpretation as Known;
        let stored = description.photometric_interpretation();
        match (self.samples, raw) {
            (Samples::AsTheyAre, _) => stored,
            (Samples::Rgb, _) | (Samples::Full | Samples::Partial, false) => Some(Known::Rgb),
            // Every pixel has its own chrominances.
            (Samples::Full, true) => Some(Known::YbrFull),
            (Samples::Partial, true) => stored,
        }
    }
}

fn unconvertible(interpretation: PhotometricInterpretation) -> crate::error::Error {
    let reason = format!(
        "{interpretation} becomes RGB with 3 unsigned samples of 8 or 16 bits only; raw=True keeps it"
    );
    fault(PHOTOMETRIC_INTERPRETATION, reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixel::ImageAttributes;
    use PhotometricInterpretation as Known;

    /// The columns of the table, the last one for what is not named.
    const COLUMNS: [&[Known]; 5] = [
        &[Known::Rgb],
        &[Known::YbrFull, Known::YbrFull422],
        &[Known::YbrPartial422, Known::YbrPartial420],
        &[Known::YbrIct, Known::YbrRct],
        &[Known::Xyb, Known::Hsv, Known::Monochrome2, Known::PaletteColor],
    ];

    fn description(interpretation: Known, samples: i64) -> ImageDescription {
        let attributes = ImageAttributes {
            samples_per_pixel: samples,
            photometric_interpretation: Some(interpretation),
            ..ImageAttributes::default()
        };
        ImageDescription::new(&attributes).unwrap()
    }

    #[test]
    fn the_table_that_is_published_is_what_is_done() {
        use CodestreamColour as Says;
        let marks = [
            None,
            Some(Says::Rgb),
            Some(Says::Ybr),
            Some(Says::Contradictory),
            Some(Says::PerhapsYbr),
            Some(Says::Inverted),
            Some(Says::Untransformed),
            Some(Says::Converted),
        ];
        let text = include_str!("colour_space.rs");
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("//! | ")).skip(1).collect();
        assert_eq!(rows.len(), marks.len());
        let python = include_str!("../../python/fastdcm/pixels/__init__.py");
        for (row, marks) in rows.into_iter().zip(marks) {
            let cells: Vec<&str> = row.trim_end_matches(" |").split(" | ").skip(2).collect();
            assert_eq!(cells.len(), COLUMNS.len(), "{row}");
            for (cell, interpretations) in cells.into_iter().zip(COLUMNS) {
                for known in interpretations {
                    let choice = Choice::of(&description(*known, 3), marks).unwrap();
                    let name = match choice.samples {
                        Samples::Rgb => "RGB",
                        Samples::Full => "YBR full",
                        Samples::Partial => "YBR partial",
                        Samples::AsTheyAre => "as it is",
                    };
                    let found = format!("{name}{}", if choice.contradicts { " !" } else { "" });
                    assert_eq!(found, cell, "{known}, {marks:?}");
                }
            }
            assert!(python.contains(row.trim_start_matches("//! ")), "{row}");
        }
    }

    #[test]
    fn one_sample_and_four_are_left_alone() {
        for (known, samples) in [
            (Known::Monochrome2, 1),
            (Known::PaletteColor, 1),
            (Known::Rgb, 1),
            (Known::Cmyk, 4),
            (Known::Argb, 4),
        ] {
            let found = description(known, samples);
            for marks in [None, Some(CodestreamColour::Ybr), Some(CodestreamColour::Inverted)] {
                let choice = Choice::of(&found, marks).unwrap();
                assert_eq!(choice.conversion(&found).unwrap(), None);
                assert_eq!((choice.warning(), choice.interpretation(&found, false)), (None, Some(known)));
            }
        }
        for samples in [1, 4] {
            assert!(Choice::of(&description(Known::YbrFull422, samples), None).is_err());
        }
    }
}
