//! What the attributes of the Image Pixel module say (PS3.3 C.7.6.3), checked.

use super::photometric::PhotometricInterpretation;
use crate::error::{Error, ErrorKind, Result, TagPath};
use crate::tag::Tag;

pub(super) const SAMPLES_PER_PIXEL: Tag = Tag::new(0x0028, 0x0002);
pub(super) const PHOTOMETRIC_INTERPRETATION: Tag = Tag::new(0x0028, 0x0004);
pub(super) const PLANAR_CONFIGURATION: Tag = Tag::new(0x0028, 0x0006);
pub(super) const NUMBER_OF_FRAMES: Tag = Tag::new(0x0028, 0x0008);
pub(super) const ROWS: Tag = Tag::new(0x0028, 0x0010);
pub(super) const COLUMNS: Tag = Tag::new(0x0028, 0x0011);
pub(super) const BITS_ALLOCATED: Tag = Tag::new(0x0028, 0x0100);
pub(super) const BITS_STORED: Tag = Tag::new(0x0028, 0x0101);
pub(super) const HIGH_BIT: Tag = Tag::new(0x0028, 0x0102);

/// Which of the three pixel data elements there is, and so what a sample is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum SampleKind {
    /// Pixel Data (7FE0,0010).
    #[default]
    Integer,
    /// Float Pixel Data (7FE0,0008).
    Float,
    /// Double Float Pixel Data (7FE0,0009).
    Double,
}

/// The type of a sample in the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // each is named after itself
pub enum SampleType {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F32,
    F64,
}

impl SampleType {
    /// The type of physical values: float32; float64 for samples of 64 bits and integers of 32, which float32 does not have.
    #[must_use]
    pub const fn physical(self) -> Self {
        match self {
            Self::U32 | Self::I32 | Self::U64 | Self::I64 | Self::F64 => Self::F64,
            _ => Self::F32,
        }
    }

    /// Every one.
    pub const ALL: [Self; 10] = [
        Self::U8,
        Self::I8,
        Self::U16,
        Self::I16,
        Self::U32,
        Self::I32,
        Self::U64,
        Self::I64,
        Self::F32,
        Self::F64,
    ];

    /// Bytes of a sample.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    /// The name that numpy has for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::U8 => "uint8",
            Self::I8 => "int8",
            Self::U16 => "uint16",
            Self::I16 => "int16",
            Self::U32 => "uint32",
            Self::I32 => "int32",
            Self::U64 => "uint64",
            Self::I64 => "int64",
            Self::F32 => "float32",
            Self::F64 => "float64",
        }
    }
}

/// The attributes as they were read, not checked yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageAttributes {
    /// (0028,0010)
    pub rows: i64,
    /// (0028,0011)
    pub columns: i64,
    /// (0028,0002)
    pub samples_per_pixel: i64,
    /// (0028,0100)
    pub bits_allocated: i64,
    /// (0028,0101); of no meaning for floating point.
    pub bits_stored: i64,
    /// (0028,0102); of no meaning for floating point.
    pub high_bit: i64,
    /// (0028,0103); of no meaning for floating point.
    pub pixel_representation: i64,
    /// (0028,0006)
    pub planar_configuration: i64,
    /// (0028,0008)
    pub number_of_frames: i64,
    /// (0028,0004); `None` where it is absent or not a defined term.
    pub photometric_interpretation: Option<PhotometricInterpretation>,
    /// The pixel data element.
    pub sample_kind: SampleKind,
}

impl Default for ImageAttributes {
    /// One unsigned 8-bit grey pixel.
    fn default() -> Self {
        Self {
            rows: 1,
            columns: 1,
            samples_per_pixel: 1,
            bits_allocated: 8,
            bits_stored: 8,
            high_bit: 7,
            pixel_representation: 0,
            planar_configuration: 0,
            number_of_frames: 1,
            photometric_interpretation: Some(PhotometricInterpretation::Monochrome2),
            sample_kind: SampleKind::Integer,
        }
    }
}

/// What an image is made of. Sizes follow from it; none can overflow, none is zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageDescription {
    rows: u16,
    columns: u16,
    samples_per_pixel: u8,
    bits_allocated: u8,
    bits_stored: u8,
    high_bit: u8,
    is_signed: bool,
    is_planar: bool,
    number_of_frames: u32,
    photometric_interpretation: Option<PhotometricInterpretation>,
    sample_kind: SampleKind,
}

impl ImageDescription {
    /// Checks the attributes against each other.
    ///
    /// # Errors
    /// [`ErrorKind::PixelData`] with the tag of the attribute that cannot be.
    pub fn new(attributes: &ImageAttributes) -> Result<Self> {
        let a = attributes;
        let bits_allocated =
            one_of(BITS_ALLOCATED, "Bits Allocated", a.bits_allocated, bits_of(a.sample_kind))?;
        let is_integer = a.sample_kind == SampleKind::Integer;
        let (bits_stored, high_bit, is_signed) = if is_integer {
            let stored = in_range(BITS_STORED, "Bits Stored", a.bits_stored, 1, bits_allocated.into())?;
            let high = in_range(
                HIGH_BIT,
                "High Bit",
                a.high_bit,
                i64::from(stored) - 1,
                i64::from(bits_allocated) - 1,
            )?;
            let representation =
                one_of(Tag::PIXEL_REPRESENTATION, "Pixel Representation", a.pixel_representation, &[0, 1])?;
            (stored, high, representation == 1)
        } else {
            (bits_allocated, bits_allocated - 1, true)
        };
        let planar = one_of(PLANAR_CONFIGURATION, "Planar Configuration", a.planar_configuration, &[0, 1])?;
        let samples_per_pixel =
            one_of(SAMPLES_PER_PIXEL, "Samples per Pixel", a.samples_per_pixel, &[1, 3, 4])?;
        Ok(Self {
            rows: in_range(ROWS, "Rows", a.rows, 1, u16::MAX.into())?,
            columns: in_range(COLUMNS, "Columns", a.columns, 1, u16::MAX.into())?,
            samples_per_pixel,
            bits_allocated,
            bits_stored,
            high_bit,
            is_signed,
            is_planar: planar == 1 && samples_per_pixel > 1,
            number_of_frames: in_range(
                NUMBER_OF_FRAMES,
                "Number of Frames",
                a.number_of_frames,
                1,
                i32::MAX.into(),
            )?,
            photometric_interpretation: a.photometric_interpretation,
            sample_kind: a.sample_kind,
        })
    }

    /// Rows of a frame.
    #[must_use]
    pub const fn rows(&self) -> u16 {
        self.rows
    }

    /// Columns of a frame.
    #[must_use]
    pub const fn columns(&self) -> u16 {
        self.columns
    }

    /// Samples of a pixel: 1, 3 or 4.
    #[must_use]
    pub const fn samples_per_pixel(&self) -> u8 {
        self.samples_per_pixel
    }

    /// Bits of a pixel cell: 1, 8, 12, 16, 24, 32 or 64.
    #[must_use]
    pub const fn bits_allocated(&self) -> u8 {
        self.bits_allocated
    }

    /// Bits of a sample, at most Bits Allocated.
    #[must_use]
    pub const fn bits_stored(&self) -> u8 {
        self.bits_stored
    }

    /// The bit of the cell in which a sample ends.
    #[must_use]
    pub const fn high_bit(&self) -> u8 {
        self.high_bit
    }

    /// True when samples are signed.
    #[must_use]
    pub const fn is_signed(&self) -> bool {
        self.is_signed
    }

    /// True when native pixel data have one plane after the other.
    #[must_use]
    pub const fn is_planar(&self) -> bool {
        self.is_planar
    }

    /// Frames of the image, at least 1.
    #[must_use]
    pub const fn number_of_frames(&self) -> u32 {
        self.number_of_frames
    }

    /// What the samples mean; `None` where it is absent or not a defined term.
    #[must_use]
    pub const fn photometric_interpretation(&self) -> Option<PhotometricInterpretation> {
        self.photometric_interpretation
    }

    /// The pixel data element.
    #[must_use]
    pub const fn sample_kind(&self) -> SampleKind {
        self.sample_kind
    }

    /// The type of a sample in the result: by Bits Allocated and Pixel Representation.
    ///
    /// A cell of 12 or 24 bits is widened; one bit becomes a byte that is 0 or 1.
    #[must_use]
    pub const fn sample_type(&self) -> SampleType {
        match (self.sample_kind, self.bits_allocated, self.is_signed) {
            (SampleKind::Float, ..) => SampleType::F32,
            (SampleKind::Double, ..) => SampleType::F64,
            (_, 1, _) | (_, 8, false) => SampleType::U8,
            (_, 8, true) => SampleType::I8,
            (_, 12 | 16, false) => SampleType::U16,
            (_, 12 | 16, true) => SampleType::I16,
            (_, 64, false) => SampleType::U64,
            (_, 64, true) => SampleType::I64,
            (_, _, false) => SampleType::U32,
            (_, _, true) => SampleType::I32,
        }
    }

    /// The same of frames at 1/2^`reduce` of their size: an odd row or column at the end counts whole (ISO/IEC 15444-1
    /// B-15).
    #[must_use]
    pub fn reduced(&self, reduce: u8) -> Self {
        // Beyond 16 there is one pixel, as there is at 16.
        let along = |length: u16| {
            let length = u32::from(length).div_ceil(1 << reduce.min(16));
            u16::try_from(length).unwrap_or(u16::MAX)
        };
        Self { rows: along(self.rows), columns: along(self.columns), ..*self }
    }

    /// The same of frames with other numbers of rows and columns, at least 1 each.
    pub(super) fn resized(&self, rows: u16, columns: u16) -> Self {
        Self { rows: rows.max(1), columns: columns.max(1), ..*self }
    }

    /// Pixels of a frame.
    #[must_use]
    pub fn pixels(&self) -> u64 {
        u64::from(self.rows) * u64::from(self.columns)
    }

    /// Samples of a frame.
    #[must_use]
    pub fn samples(&self) -> u64 {
        self.pixels() * u64::from(self.samples_per_pixel)
    }

    /// Bytes of a decoded frame: below 2^37.
    #[must_use]
    pub fn frame_length(&self) -> u64 {
        self.samples() * self.sample_type().size() as u64
    }

    /// The axes of one frame: rows, columns and, where there are several, samples.
    #[must_use]
    pub fn frame_shape(&self) -> Vec<usize> {
        let mut shape = vec![usize::from(self.rows), usize::from(self.columns)];
        if self.samples_per_pixel > 1 {
            shape.push(usize::from(self.samples_per_pixel));
        }
        shape
    }

    /// The axes of the whole image: those of a frame behind the number of frames, where there are several.
    #[must_use]
    pub fn shape(&self) -> Vec<usize> {
        let mut shape = self.frame_shape();
        if self.number_of_frames > 1 {
            shape.insert(0, self.number_of_frames as usize);
        }
        shape
    }
}

const fn bits_of(kind: SampleKind) -> &'static [u8] {
    match kind {
        // 12 and 24: packed cells of ACR-NEMA; since 2001 a cell is 1 bit or whole bytes (PS3.5 §8.1.1).
        SampleKind::Integer => &[1, 8, 12, 16, 24, 32, 64],
        SampleKind::Float => &[32],
        SampleKind::Double => &[64],
    }
}

fn one_of(tag: Tag, name: &str, value: i64, allowed: &[u8]) -> Result<u8> {
    let found = allowed.iter().copied().find(|one| i64::from(*one) == value);
    found.ok_or_else(|| {
        let allowed: Vec<String> = allowed.iter().map(ToString::to_string).collect();
        fault(tag, format!("{name} is {value}; it must be one of {}", allowed.join(", ")))
    })
}

fn in_range<T: TryFrom<i64>>(tag: Tag, name: &str, value: i64, least: i64, most: i64) -> Result<T> {
    let number = if (least..=most).contains(&value) { T::try_from(value).ok() } else { None };
    number.ok_or_else(|| fault(tag, format!("{name} is {value}; it must be {least} to {most}")))
}

pub(super) fn fault(tag: Tag, reason: String) -> Error {
    Error::from(ErrorKind::PixelData(reason.into())).of(TagPath::root(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(change: impl FnOnce(&mut ImageAttributes)) -> Result<ImageDescription> {
        let mut attributes = ImageAttributes::default();
        change(&mut attributes);
        ImageDescription::new(&attributes)
    }

    fn tag_of(result: Result<ImageDescription>) -> Tag {
        result.unwrap_err().path().tag.unwrap()
    }

    #[test]
    fn ps3_3_c_7_6_3_names_the_attribute_that_cannot_be() {
        for bad in [0, -1, 65_536] {
            assert_eq!(tag_of(with(|a| a.rows = bad)), ROWS);
            assert_eq!(tag_of(with(|a| a.columns = bad)), COLUMNS);
        }
        for bad in [0, 2, 5, 65_535] {
            assert_eq!(tag_of(with(|a| a.samples_per_pixel = bad)), SAMPLES_PER_PIXEL);
        }
        for bad in [0, 2, 9, 13, 65, 128, -8] {
            assert_eq!(tag_of(with(|a| a.bits_allocated = bad)), BITS_ALLOCATED);
        }
        for bad in [0, 9, -1] {
            assert_eq!(tag_of(with(|a| a.bits_stored = bad)), BITS_STORED);
        }
        for bad in [6, 8] {
            assert_eq!(tag_of(with(|a| a.high_bit = bad)), HIGH_BIT);
        }
        assert_eq!(tag_of(with(|a| a.pixel_representation = 2)), Tag::PIXEL_REPRESENTATION);
        assert_eq!(tag_of(with(|a| a.planar_configuration = 2)), PLANAR_CONFIGURATION);
        for bad in [0, -1, i64::from(i32::MAX) + 1] {
            assert_eq!(tag_of(with(|a| a.number_of_frames = bad)), NUMBER_OF_FRAMES);
        }
        let error = with(|a| a.bits_allocated = 13).unwrap_err().to_string();
        assert_eq!(
            error,
            "Bits Allocated is 13; it must be one of 1, 8, 12, 16, 24, 32, 64, tag (0028,0100)"
        );
    }

    #[test]
    fn type_and_shape_of_the_result() {
        let cases = [
            (1, 0, SampleType::U8),
            (1, 1, SampleType::U8),
            (8, 0, SampleType::U8),
            (8, 1, SampleType::I8),
            (12, 0, SampleType::U16),
            (12, 1, SampleType::I16),
            (16, 0, SampleType::U16),
            (16, 1, SampleType::I16),
            (24, 1, SampleType::I32),
            (32, 0, SampleType::U32),
            (64, 1, SampleType::I64),
        ];
        for (bits, sign, expected) in cases {
            let description = with(|a| {
                (a.bits_allocated, a.bits_stored, a.high_bit) = (bits, bits, bits - 1);
                a.pixel_representation = sign;
            });
            assert_eq!(description.unwrap().sample_type(), expected, "{bits} {sign}");
        }
        let float = with(|a| (a.sample_kind, a.bits_allocated, a.bits_stored) = (SampleKind::Float, 32, -1));
        assert_eq!(float.unwrap().sample_type(), SampleType::F32);
        assert_eq!(tag_of(with(|a| a.sample_kind = SampleKind::Double)), BITS_ALLOCATED);

        let image = with(|a| (a.rows, a.columns, a.samples_per_pixel, a.number_of_frames) = (2, 5, 3, 4));
        let image = image.unwrap();
        assert_eq!(image.shape(), [4, 2, 5, 3]);
        assert_eq!(image.frame_shape(), [2, 5, 3]);
        assert_eq!(with(|_| ()).unwrap().shape(), [1, 1]);
        let most = with(|a| {
            (a.rows, a.columns, a.samples_per_pixel) = (65_535, 65_535, 4);
            (a.bits_allocated, a.number_of_frames) = (64, i64::from(i32::MAX));
        });
        assert!(most.unwrap().frame_length() < 1 << 37);
    }
}
