//! The pixel data of a file of whatever bytes: no panic, no memory beyond the limit, and a frame alone is what it is
//! among all, and a region what it is in the frame. What its header says about values gives values of the frame, or an error.
#![no_main]

use fastdcm::Limits;
use fastdcm::file::{DicomFile, ReadOptions, read_memory};
use fastdcm::pixel::{
    Header, PixelData, PixelOptions, Region, RenderedImage, Renderer, Rendering, Resize, StoredFrame, Values,
};
use libfuzzer_sys::fuzz_target;

const LIMITS: Limits = Limits { inflated: 1 << 20, frame: 1 << 20, ..Limits::DEFAULT };

fuzz_target!(|data: &[u8]| {
    let Some((&choice, bytes)) = data.split_first() else { return };
    let read = ReadOptions { limits: LIMITS, force: true, ..ReadOptions::default() };
    let Ok(file) = read_memory(Box::new(bytes.to_vec()), &read) else { return };
    let Ok(pixels) = PixelData::of_file(&file, &LIMITS) else { return };
    let Ok(pixels) = pixels.reduced(choice >> 7) else { return };
    let options = PixelOptions {
        keep_cells: choice & 1 != 0,
        raw: choice & 2 != 0,
        partial: choice & 4 != 0,
        ..PixelOptions::default()
    };
    let decode = |options: &PixelOptions| {
        let length =
            usize::try_from(pixels.length(options).ok()?).ok().filter(|length| *length <= 1 << 24)?;
        let mut out = vec![0; length];
        pixels.decode(&file, options, &mut out).ok()?;
        Some(out)
    };
    let _ = pixels.interpretation(&file, &options);
    let last = pixels.description().number_of_frames() - 1;
    let alone = decode(&PixelOptions { index: Some(last), ..options });
    if let (Some(all), Some(alone)) = (decode(&options), &alone) {
        assert!(all.ends_with(alone), "the last frame is another one alone");
    }
    if options == (PixelOptions { index: None, ..PixelOptions::default() })
        && let Some(samples) = decode(&PixelOptions { index: Some(last), ..options })
    {
        render(&file, &pixels, last, &samples, choice);
    }
    let Some(alone) = alone else { return };
    let (rows, columns) = (u32::from(pixels.description().rows()), u32::from(pixels.description().columns()));
    let (top, left) = (rows / 3, columns / 3);
    let region = Region { top, left, rows: rows.div_ceil(2), columns: columns.div_ceil(2) };
    let part = decode(&PixelOptions { index: Some(last), region: Some(region), ..options });
    let row = alone.len() / rows as usize;
    let pixel = row / columns as usize;
    let (first, end) = (left as usize * pixel, (left + region.columns) as usize * pixel);
    let rows = alone.chunks(row).skip(top as usize).take(region.rows as usize);
    assert!(
        part == Some(rows.flat_map(|row| &row[first..end]).copied().collect()),
        "a region is another one"
    );
});

fn render(file: &DicomFile, pixels: &PixelData, number: u32, samples: &[u8], choice: u8) {
    let rendering = Rendering {
        values: if choice & 8 != 0 { Values::Display } else { Values::Physical },
        window: (choice & 16 != 0).then_some((40.0, 400.0)),
        crop: (choice & 32 != 0).then_some(Region { top: 1, left: 1, rows: 2, columns: 3 }),
        resize: (choice & 64 != 0).then_some(Resize { rows: 9, columns: 5, letterbox: Some(0.0) }),
        reduce: 0,
    };
    let description = pixels.description();
    let header = Header::new(file.dataset(), file);
    let Ok(Some(presentation)) = rendering.presentation(header, description) else { return };
    let Ok(form) = rendering.form(description, Some(&presentation), &LIMITS) else { return };
    let options = PixelOptions { index: Some(number), ..PixelOptions::default() };
    let Ok(interpretation) = pixels.interpretation(file, &options) else { return };
    let Ok(steps) = presentation.steps(Some(header), number) else { return };
    let image = RenderedImage { rendering: &rendering, description, presentation: Some(&presentation), form };
    let length = form.shape().iter().product::<usize>() * form.sample_type.size();
    let frame = StoredFrame { samples, is_part: false, interpretation, steps: &steps };
    let _ = Renderer::default().render(&image, frame, form.sample_type, &mut vec![0; length]);
}
