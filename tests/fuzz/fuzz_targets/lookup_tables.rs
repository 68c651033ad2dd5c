//! Look-up tables, plain and in segments, and overlays. Whatever the bytes: no panic, and no entry beyond its bits.
#![no_main]

use fastdcm::Tag;
use fastdcm::dataset::ByteOrder;
use fastdcm::pixel::{
    LookupTable, LookupTableDescriptor, Palette, SampleType, overlay_pixels, unpack_overlay,
};
use libfuzzer_sys::fuzz_target;

/// Ten bytes of settings: the descriptor, byte order and form, the sides of an overlay.
fn of_settings(settings: &[u8; 10], data: &[u8]) {
    let [a, b, c, d, bits, form, rows, columns, frames, _] = settings;
    let order = if form & 1 == 0 { ByteOrder::Little } else { ByteOrder::Big };
    let numbers =
        [u16::from_le_bytes([*a, *b]).into(), i16::from_le_bytes([*c, *d]).into(), i64::from(*bits)];
    if let Ok(descriptor) = LookupTableDescriptor::new(Tag::new(0x0028, 0x3002), &numbers) {
        let table = match form & 2 {
            0 => LookupTable::new(descriptor, data, order),
            _ => LookupTable::of_segments(descriptor, data, order),
        };
        if let Ok(table) = table {
            assert_eq!(table.len(), descriptor.entries, "another number of entries than said");
            let palette =
                Palette::new(vec![table.clone(), table.clone(), table.clone()]).expect("equal tables");
            let mut shown = vec![0; data.len() * 3];
            palette.show(SampleType::U8, data, &mut shown);
            palette.apply(SampleType::I16, data, &mut shown);
            assert!(data.iter().all(|value| table.at((*value).into()) <= table.most()));
        }
    }
    let [rows, columns] = [*rows, *columns].map(i64::from);
    if let Ok(pixels) = overlay_pixels(0x6000, [i64::from(*frames), rows, columns], data.len()) {
        let mut out = vec![0xA5; pixels];
        unpack_overlay(data, true, order, &mut out);
        assert!(out.iter().all(|bit| *bit <= 1), "an overlay of more than bits");
    }
}

fuzz_target!(|data: &[u8]| {
    if let Some((settings, data)) = data.split_first_chunk::<10>() {
        of_settings(settings, data);
    }
});
