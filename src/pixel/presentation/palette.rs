//! The palette of an image (PS3.3 C.7.6.3.1.5, C.7.9, C.7.6.19).

use super::header::Header;
use crate::error::{ErrorKind, Result};
use crate::pixel::{ImageDescription, LookupTable, Palette, PhotometricInterpretation};
use crate::tag::Tag;

pub(super) const PIXEL_PRESENTATION: Tag = Tag::new(0x0008, 0x9205);
/// Red, Green and Blue Palette Color Lookup Table Descriptor.
const DESCRIPTORS: [Tag; 3] = [Tag::new(0x0028, 0x1101), Tag::new(0x0028, 0x1102), Tag::new(0x0028, 0x1103)];
/// Red, Green, Blue and Alpha Palette Color Lookup Table Data.
const DATA: [Tag; 4] =
    [Tag::new(0x0028, 0x1201), Tag::new(0x0028, 0x1202), Tag::new(0x0028, 0x1203), Tag::new(0x0028, 0x1204)];
/// The same with segments.
const SEGMENTED: [Tag; 4] =
    [Tag::new(0x0028, 0x1221), Tag::new(0x0028, 0x1222), Tag::new(0x0028, 0x1223), Tag::new(0x0028, 0x1224)];

/// True where only values from the first entry on have colours (PS3.3 C.7.6.19).
pub(super) fn is_supplemental(image: Header<'_>, description: &ImageDescription) -> Result<bool> {
    let is_all = description.photometric_interpretation() == Some(PhotometricInterpretation::PaletteColor);
    let is_mixed = matches!(image.text(PIXEL_PRESENTATION)?.as_str(), "MIXED" | "COLOR");
    Ok(!is_all && is_mixed && image.has(DESCRIPTORS[0]))
}

/// The palette, and the value for which its first entry is.
pub(super) fn palette_of(image: Header<'_>) -> Result<(Palette, i64)> {
    let [red, green, blue] = DESCRIPTORS;
    if !image.has(red) {
        return Err(ErrorKind::Missing(red).into());
    }
    let is_segmented = !image.has(DATA[0]);
    let [red_data, green_data, blue_data, alpha_data] = if is_segmented { SEGMENTED } else { DATA };
    let colours = [(red, red_data), (green, green_data), (blue, blue_data)];
    let there = colours.into_iter().filter(|(descriptor, _)| image.has(*descriptor));
    let alpha = image.has(alpha_data).then_some((red, alpha_data));
    let tables: Vec<LookupTable> = there
        .chain(alpha)
        .map(|tags| image.table(tags, image.is_signed(), is_segmented))
        .collect::<Result<_>>()?;
    let first = tables.first().map_or(0, LookupTable::first);
    Ok((Palette::new(tables)?, first))
}
