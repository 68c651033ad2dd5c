//! What headers say about values, and what becomes of frames by it: any header, any wish.

// Tests may panic and cast: that is how they fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_possible_wrap)]

mod support;

use fastdcm::file::{DicomFile, ReadOptions, read_memory};
use fastdcm::pixel::{
    DisplayOptions, Header, ImageDescription, OutputType, PhysicalOptions, PixelData, PixelOptions,
    Presentation, Region, RenderedImage, Renderer, Rendering, Resize, SampleType, StoredFrame, Values,
};
use fastdcm::{ErrorKind, Limits, Result};
use proptest::prelude::*;
use support::{explicit, file, item};

const ROWS: u16 = 2;
const COLUMNS: u16 = 3;

fn number(tag: u32, value: u16) -> Vec<u8> {
    explicit(tag, "US", &value.to_le_bytes())
}

fn sequence(tag: u32, items: &[Vec<u8>]) -> Vec<u8> {
    let items: Vec<u8> = items.iter().flat_map(|content| item(content)).collect();
    explicit(tag, "SQ", &items)
}

/// A file of 8-bit frames 0, 1, 2, 3, 4, 5 and of other elements, in the order of their tags.
fn image(frames: u8, mut others: Vec<(u32, Vec<u8>)>) -> Vec<u8> {
    let pixels: Vec<u8> = (0..ROWS * COLUMNS).map(|value| value as u8).collect();
    let own = [
        (0x0028_0002, number(0x0028_0002, 1)),
        (0x0028_0004, explicit(0x0028_0004, "CS", b"MONOCHROME2 ")),
        (0x0028_0008, explicit(0x0028_0008, "IS", format!("{frames:02}").as_bytes())),
        (0x0028_0010, number(0x0028_0010, ROWS)),
        (0x0028_0011, number(0x0028_0011, COLUMNS)),
        (0x0028_0100, number(0x0028_0100, 8)),
        (0x0028_0101, number(0x0028_0101, 8)),
        (0x0028_0102, number(0x0028_0102, 7)),
        (0x0028_0103, number(0x0028_0103, 0)),
        (0x7FE0_0010, explicit(0x7FE0_0010, "OB", &pixels.repeat(frames.into()))),
    ];
    // What is given comes after what is there, and of duplicates the last counts.
    let mut elements: Vec<_> = own.into_iter().collect();
    elements.append(&mut others);
    elements.sort_by_key(|(tag, _)| *tag);
    let data_set: Vec<u8> = elements.into_iter().flat_map(|(_, bytes)| bytes).collect();
    file("1.2.840.10008.1.2.1", &data_set)
}

fn read(bytes: Vec<u8>) -> Result<DicomFile> {
    read_memory(Box::new(bytes), &ReadOptions::default())
}

/// What becomes of a frame, and of a frame whose header is not there any more where it is not needed.
fn rendered(file: &DicomFile, rendering: &Rendering, frame: u32, to: Option<SampleType>) -> Result<Vec<u8>> {
    let limits = Limits { frame: 1 << 22, ..Limits::DEFAULT };
    let pixels = PixelData::of_file(file, &limits)?;
    let options = PixelOptions { index: Some(frame), ..PixelOptions::default() };
    let mut samples = vec![0; pixels.length(&options)? as usize];
    pixels.decode(file, &options, &mut samples)?;
    let header = Header::new(file.dataset(), file);
    let description = pixels.description();
    let presentation = rendering.presentation(header, description)?;
    let form = rendering.form(description, presentation.as_ref(), &limits)?;
    let to = to.unwrap_or(form.sample_type);
    let length = form.shape().iter().product::<usize>() * to.size();
    let interpretation = pixels.interpretation(file, &options)?;
    let render = |header: Option<Header<'_>>| {
        let presentation = presentation.as_ref();
        let steps = presentation.map(|known| known.steps(header, frame)).transpose()?.unwrap_or_default();
        let stored = StoredFrame { samples: &samples, is_part: false, interpretation, steps: &steps };
        let image = RenderedImage { rendering, description, presentation, form };
        let mut out = vec![0xA5; length];
        Renderer::default().render(&image, stored, to, &mut out).map(|()| out)
    };
    let found = render(Some(header));
    if presentation.as_ref().is_some_and(|presentation| !presentation.needs_header()) {
        assert_eq!(found, render(None));
    }
    found
}

fn display() -> Rendering {
    Rendering { values: Values::Display, ..Rendering::default() }
}

fn window(centre: &str, width: &str) -> Vec<u8> {
    [explicit(0x0028_1050, "DS", centre.as_bytes()), explicit(0x0028_1051, "DS", width.as_bytes())].concat()
}

#[test]
fn ps3_3_c_11_2_1_2_the_window_of_the_image_or_ones_own() {
    let file = read(image(1, vec![(0x0028_1050, window("3 ", "3 "))])).unwrap();
    // From 1.5 to 3.5.
    assert_eq!(rendered(&file, &display(), 0, None).unwrap(), [0, 0, 64, 191, 255, 255]);
    let own = Rendering { window: Some((1.0, 1.0)), ..display() };
    assert_eq!(rendered(&file, &own, 0, None).unwrap(), [0, 255, 255, 255, 255, 255]);
}

#[test]
fn ps3_3_c_7_6_16_a_frame_has_its_own_window_and_rescale() {
    let windowed = |centre: &str| sequence(0x0028_9132, &[window(centre, "1 ")]);
    let rescaled = |slope: &[u8]| {
        let numbers = [explicit(0x0028_1052, "DS", b"1 "), explicit(0x0028_1053, "DS", slope)].concat();
        sequence(0x0028_9145, &[numbers])
    };
    let groups = sequence(
        0x5200_9230,
        &[
            [windowed("2 "), rescaled(b"2 ")].concat(),
            windowed("4 "),
            [windowed("9 "), rescaled(b"3 ")].concat(),
        ],
    );
    let shared = sequence(0x5200_9229, &[rescaled(b"1 ")]);
    let file = read(image(3, vec![(0x5200_9229, shared), (0x5200_9230, groups)])).unwrap();
    let shown = |frame| rendered(&file, &display(), frame, None).unwrap();
    assert_eq!(shown(0), [0, 255, 255, 255, 255, 255]);
    assert_eq!(shown(1), [0, 0, 0, 255, 255, 255]);
    assert_eq!(shown(2), [0, 0, 0, 255, 255, 255]);
    let physical = Rendering { values: Values::Physical, ..Rendering::default() };
    let found = rendered(&file, &physical, 2, Some(SampleType::U8)).unwrap();
    assert_eq!(found, [1, 4, 7, 10, 13, 16]);
    assert_eq!(rendered(&file, &physical, 1, Some(SampleType::I16)).unwrap()[..2], 1i16.to_ne_bytes());
}

/// What is made of samples 0 to 5 as frame 0.
fn applied(presentation: &Presentation, header: Header<'_>, to: OutputType) -> Result<Vec<u8>> {
    let samples = [0, 1, 2, 3, 4, 5];
    let steps = presentation.steps(Some(header), 0)?;
    let frame = StoredFrame { samples: &samples, is_part: false, interpretation: None, steps: &steps };
    let mut out = vec![0xA5; samples.len() * to.sample_type().size()];
    presentation.of_frame(frame)?.apply(&samples, to, &mut Vec::new(), &mut out);
    Ok(out)
}

#[test]
fn ps3_3_c_11_2_1_2_one_of_several_windows() {
    let file = read(image(1, vec![(0x0028_1050, window("3\\1 ", "3\\1 "))])).unwrap();
    let header = Header::new(file.dataset(), &file);
    let description = ImageDescription::of(file.dataset(), &file).unwrap();
    let shown = |options| {
        let presentation = Presentation::display(header, &description, options)?;
        applied(&presentation, header, OutputType::U8)
    };
    let of_number = |voi_index| shown(DisplayOptions { voi_index, ..DisplayOptions::default() });
    assert_eq!(of_number(0).unwrap(), [0, 0, 64, 191, 255, 255]);
    assert_eq!(of_number(1).unwrap(), [0, 255, 255, 255, 255, 255]);
    let fault = of_number(2).unwrap_err();
    assert!(matches!(fault.kind(), ErrorKind::ValueIndex { index: 2, count: 2, .. }), "{fault}");
    // The window of the caller leaves nothing to choose from.
    assert!(shown(DisplayOptions { window: Some((3.0, 3.0)), voi_index: 2 }).is_ok());
}

#[test]
fn ps3_3_c_7_5_1_1_2_padding_has_the_value_that_is_asked_for() {
    let file = read(image(1, vec![(0x0028_0120, number(0x0028_0120, 4))])).unwrap();
    let header = Header::new(file.dataset(), &file);
    let description = ImageDescription::of(file.dataset(), &file).unwrap();
    let measured = |options| {
        let presentation = Presentation::physical(header, &description, options)?;
        let values = applied(&presentation, header, OutputType::F32)?;
        Ok::<_, fastdcm::Error>(values.as_chunks().0.iter().map(|cell| f32::from_ne_bytes(*cell)).collect())
    };
    let values: Vec<f32> = measured(PhysicalOptions { padding: Some(-1.0), real_world: None }).unwrap();
    assert_eq!(values, [0.0, 1.0, 2.0, 3.0, -1.0, 5.0]);
    assert_eq!(measured(PhysicalOptions::default()).unwrap()[4], 4.0);
    let fault = measured(PhysicalOptions { real_world: Some(0), padding: None }).unwrap_err();
    assert!(matches!(fault.kind(), ErrorKind::ValueIndex { count: 0, .. }), "{fault}");
}

#[test]
fn frames_that_are_shown_together_share_black_and_white() {
    let file = read(image(2, Vec::new())).unwrap();
    let header = Header::new(file.dataset(), &file);
    let description = ImageDescription::of(file.dataset(), &file).unwrap();
    let presentation = Presentation::display(header, &description, DisplayOptions::default()).unwrap();
    let steps = [0, 1].map(|number| presentation.steps(Some(header), number).unwrap());
    let samples = [[0, 1, 2, 3, 4, 5], [5, 6, 7, 8, 9, 10]];
    let frame = |number: usize| {
        let (samples, steps) = (&samples[number][..], &steps[number]);
        StoredFrame { samples, is_part: false, interpretation: None, steps }
    };
    let frames = [frame(0), frame(1)];
    let together = presentation.of_frames(&frames).unwrap();
    assert!(together[1].is_that_of(&together[0]));
    let mut out = vec![0; 6];
    together[0].apply(frames[0].samples, OutputType::U8, &mut Vec::new(), &mut out);
    assert_eq!(out, [0, 26, 51, 77, 102, 128]);
    let alone = presentation.of_frame(frames[0]).unwrap();
    alone.apply(frames[0].samples, OutputType::U8, &mut Vec::new(), &mut out);
    assert_eq!(out, [0, 51, 102, 153, 204, 255]);
}

#[test]
fn a_part_then_values_then_a_size() {
    let file = read(image(1, vec![(0x0028_1050, window("3 ", "3 "))])).unwrap();
    let crop = Some(Region { top: 1, left: 1, rows: 1, columns: 2 });
    let part = Rendering { crop, ..display() };
    assert_eq!(rendered(&file, &part, 0, None).unwrap(), [255, 255]);
    let stored = Rendering { crop, ..Rendering::default() };
    assert_eq!(rendered(&file, &stored, 0, None).unwrap(), [4, 5]);
    let boxed = Rendering { resize: Some(Resize { rows: 4, columns: 4, letterbox: Some(9.0) }), ..stored };
    let found = rendered(&file, &boxed, 0, None).unwrap();
    assert_eq!(found, [9, 9, 9, 9, 4, 4, 5, 5, 4, 4, 5, 5, 9, 9, 9, 9]);
}

#[test]
fn wishes_that_cannot_be_are_refused_before_memory_is_asked_for() {
    let file = read(image(1, Vec::new())).unwrap();
    let most = u32::MAX;
    let size = |rows, columns| Some(Resize { rows, columns, letterbox: None });
    let part = |top, left, rows, columns| Some(Region { top, left, rows, columns });
    for resize in [size(0, 1), size(1, 1_000_000_000), size(most, most)] {
        let error = rendered(&file, &Rendering { resize, ..display() }, 0, None).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::PixelData(_)), "{error}");
    }
    let error =
        rendered(&file, &Rendering { resize: size(60_000, 60_000), ..display() }, 0, None).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::LimitExceeded { limit: "frame", .. }), "{error}");
    for crop in
        [part(0, 0, 0, 1), part(most, 0, most, 1), part(0, most, 1, 1), part(1, 1, 2, 1), part(0, 0, 2, 4)]
    {
        assert!(rendered(&file, &Rendering { crop, ..display() }, 0, None).is_err(), "{crop:?}");
    }
    for window in [(f64::NAN, 1.0), (1.0, f64::NAN), (1.0, 0.0), (f64::INFINITY, 5.0), (1.0, 0.5)] {
        assert!(rendered(&file, &Rendering { window: Some(window), ..display() }, 0, None).is_err());
    }
    let fill =
        Rendering { resize: Some(Resize { rows: 9, columns: 9, letterbox: Some(f64::NAN) }), ..display() };
    assert!(rendered(&file, &fill, 0, None).is_err());
}

#[test]
fn a_header_that_ends_anywhere_gives_values_or_an_error() {
    let table = [
        explicit(0x0028_3002, "US", &[6, 0, 0, 0, 16, 0]),
        explicit(0x0028_3006, "OW", &[1, 0, 9, 0, 5, 0, 7, 0, 2, 0, 3, 0]),
    ];
    let others = vec![
        (0x0028_1050, window("3\\4 ", "3\\9 ")),
        (0x0028_3000, sequence(0x0028_3000, &[table.concat()])),
        (0x0028_3010, sequence(0x0028_3010, &[table.concat()])),
        (0x2050_0010, sequence(0x2050_0010, &[table.concat()])),
    ];
    let whole = image(1, others);
    assert_eq!(rendered(&read(whole.clone()).unwrap(), &display(), 0, None).unwrap().len(), 6);
    for end in 0..whole.len() {
        for values in [Values::Physical, Values::Display] {
            if let Ok(file) = read(whole[..end].to_vec()) {
                let _ = rendered(&file, &Rendering { values, ..Rendering::default() }, 0, None);
            }
        }
    }
}

/// Tags that tell about values.
const TAGS: [u32; 26] = [
    0x0008_0016,
    0x0008_9205,
    0x0028_0101,
    0x0028_0103,
    0x0028_0120,
    0x0028_0121,
    0x0028_1040,
    0x0028_1050,
    0x0028_1051,
    0x0028_1052,
    0x0028_1053,
    0x0028_1056,
    0x0028_1101,
    0x0028_1102,
    0x0028_1103,
    0x0028_1201,
    0x0028_1202,
    0x0028_1203,
    0x0028_1221,
    0x0028_3002,
    0x0028_3006,
    0x0040_9211,
    0x0040_9212,
    0x0040_9216,
    0x2050_0020,
    0x3004_000E,
];
const SEQUENCES: [u32; 8] =
    [0x0028_3000, 0x0028_3010, 0x0028_9132, 0x0028_9145, 0x0040_9096, 0x2050_0010, 0x5200_9229, 0x5200_9230];

fn element() -> impl Strategy<Value = (u32, Vec<u8>)> {
    let text = prop::sample::select(vec!["1", "-2.5", "1\\2", "LOG", "MIXED", "x", "1e999", "", "SIGMOID"]);
    let value = prop_oneof![
        (prop::sample::select(vec!["DS", "IS", "CS", "LO"]), text.prop_map(|text| text.as_bytes().to_vec())),
        (
            prop::sample::select(vec!["US", "SS", "OW", "OB", "UN", "FD", "AT", "UL"]),
            prop::collection::vec(prop_oneof![0u8..5, any::<u8>()], 0..20)
        ),
    ];
    (prop::sample::select(TAGS.to_vec()), value)
        .prop_map(|(tag, (vr, bytes))| (tag, explicit(tag, vr, &bytes)))
}

fn nested(depth: u32) -> BoxedStrategy<(u32, Vec<u8>)> {
    if depth == 0 {
        return element().boxed();
    }
    let content = prop::collection::vec(nested(depth - 1), 0..5)
        .prop_map(|elements| elements.into_iter().flat_map(|(_, bytes)| bytes).collect::<Vec<u8>>());
    let items = (prop::sample::select(SEQUENCES.to_vec()), prop::collection::vec(content, 0..3));
    prop_oneof![2 => element(), 1 => items.prop_map(|(tag, items)| (tag, sequence(tag, &items)))].boxed()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn any_header_and_any_wish_give_values_or_an_error(
        others in prop::collection::vec(nested(3), 0..12), frame in 0u32..3, values in 0..3,
        window in prop::option::of((any::<f64>(), any::<f64>())),
        crop in prop::option::of((0u32..4, 0u32..4, 0u32..4, 0u32..4)),
        resize in prop::option::of((0u32..9, 0u32..9, prop::option::of(any::<f64>()))),
        to in prop::option::of(prop::sample::select(SampleType::ALL.to_vec())),
    ) {
        let rendering = Rendering {
            values: [Values::Stored, Values::Physical, Values::Display][values as usize],
            window,
            crop: crop.map(|(top, left, rows, columns)| Region { top, left, rows, columns }),
            resize: resize.map(|(rows, columns, letterbox)| Resize { rows, columns, letterbox }),
            ..Rendering::default()
        };
        if let Ok(file) = read(image(2, others)) {
            let _ = rendered(&file, &rendering, frame, to);
        }
    }
}
