//! Frames of many files in one piece of memory: order, faults, types, stopping.

// Tests may panic and cast: that is how they fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_possible_wrap)]

mod support;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use fastdcm::bulk::{Batch, BatchOptions, FrameRemark, ImageRequest, Memory, OnFault, ScanError};
use fastdcm::pixel::{Rendering, SampleType};
use fastdcm::{ErrorKind, Limits};
use proptest::prelude::*;
use support::{explicit, file};

const PIXELS: usize = 6;

/// A folder of its own for a test, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("fastdcm-decode-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// A file of frames of 2 x 3 bytes: all of a frame have its number, from `first` on.
    fn write(&self, name: &str, first: u8, frames: u8) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, native(first, frames)).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn native(first: u8, frames: u8) -> Vec<u8> {
    let number = |tag, value: u16| explicit(tag, "US", &value.to_le_bytes());
    let pixels: Vec<u8> = (first..first + frames).flat_map(|frame| [frame; PIXELS]).collect();
    let elements = [
        number(0x0028_0002, 1),
        explicit(0x0028_0004, "CS", b"MONOCHROME2 "),
        explicit(0x0028_0008, "IS", format!("{frames:02}").as_bytes()),
        number(0x0028_0010, 2),
        number(0x0028_0011, 3),
        number(0x0028_0100, 8),
        number(0x0028_0101, 8),
        number(0x0028_0102, 7),
        number(0x0028_0103, 0),
        explicit(0x7FE0_0010, "OB", &pixels),
    ];
    file("1.2.840.10008.1.2.1", &elements.concat())
}

fn options(on_fault: OnFault, threads: usize) -> BatchOptions {
    BatchOptions {
        on_fault,
        threads: NonZeroUsize::new(threads),
        limits: Limits::DEFAULT,
        rendering: Rendering::default(),
    }
}

fn all(path: &Path) -> ImageRequest {
    ImageRequest::new(path.to_path_buf(), None)
}

fn decoded(
    requests: &[ImageRequest],
    options: BatchOptions,
    to: SampleType,
) -> Result<(Vec<u8>, Vec<FrameRemark>), ScanError> {
    let batch = Batch::read(requests.to_vec(), options, &mut || Ok(()))?;
    let mut memory = vec![0xEE; batch.length(to)?];
    let remarks = batch.decode(to, Memory::Own(&mut memory), &mut |_| Ok(()))?;
    Ok((memory, remarks))
}

/// The first byte of each frame.
fn numbers(memory: &[u8]) -> Vec<u8> {
    memory.chunks(PIXELS).map(|frame| frame[0]).collect()
}

#[test]
fn frames_come_in_the_order_in_which_they_are_asked_for() {
    let folder = Folder::new("order");
    let (first, second) = (folder.write("b", 0, 5), folder.write("a", 5, 60));
    for threads in [1, 2, 5] {
        let some = ImageRequest::new(second.clone(), Some([7, 0, 7].into()));
        let none = ImageRequest::new(second.clone(), Some([].into()));
        let requests = [all(&first), none, all(&second), some, all(&first)];
        let (memory, remarks) = decoded(&requests, options(OnFault::Raise, threads), SampleType::U8).unwrap();
        let expected: Vec<u8> = (0..65).chain([12, 5, 12]).chain(0..5).collect();
        assert_eq!(numbers(&memory), expected);
        assert!(remarks.is_empty());
    }
}

#[test]
fn samples_become_those_of_another_type() {
    let folder = Folder::new("types");
    let path = folder.write("a", 9, 3);
    let (memory, _) = decoded(&[all(&path)], options(OnFault::Raise, 2), SampleType::I32).unwrap();
    let samples: Vec<i32> = memory.as_chunks().0.iter().map(|cell| i32::from_ne_bytes(*cell)).collect();
    assert_eq!(samples, [[9; PIXELS], [10; PIXELS], [11; PIXELS]].concat());
}

#[test]
fn what_cannot_be_decoded_is_zero_or_left_out_or_ends_all() {
    let folder = Folder::new("faults");
    let (good, missing) = (folder.write("a", 1, 2), folder.0.join("nothing"));
    let beyond = ImageRequest::new(good.clone(), Some([1, 2].into()));
    let requests = [all(&good), all(&missing), beyond, all(&good)];
    for threads in [1, 2, 5] {
        let (memory, remarks) =
            decoded(&requests, options(OnFault::Report, threads), SampleType::U8).unwrap();
        assert_eq!(numbers(&memory), [1, 2, 0, 2, 0, 1, 2]);
        assert_eq!(remarks.iter().map(|remark| remark.place).collect::<Vec<_>>(), [Some(2), Some(4)]);

        let (memory, remarks) = decoded(&requests, options(OnFault::Skip, threads), SampleType::U8).unwrap();
        assert_eq!(numbers(&memory), [1, 2, 2, 0, 1, 2]);
        assert_eq!(remarks.iter().map(|remark| remark.place).collect::<Vec<_>>(), [None, Some(3)]);

        let fault = decoded(&requests, options(OnFault::Raise, threads), SampleType::U8).unwrap_err();
        assert_eq!(fault.path, Some(missing.clone()));
        let fault = decoded(&requests[2..], options(OnFault::Raise, threads), SampleType::U8).unwrap_err();
        assert_eq!(*fault.error.kind(), ErrorKind::FrameIndex { index: 2, frames: 2 });
    }
}

#[test]
fn an_error_of_the_caller_ends_the_work() {
    let folder = Folder::new("stop");
    let path = folder.write("a", 1, 2);
    let requests = vec![all(&path); 20];
    let batch = Batch::read(requests, options(OnFault::Report, 2), &mut || Ok(())).unwrap();
    let mut memory = vec![0; batch.length(SampleType::U8).unwrap()];
    let stopped =
        batch.decode(SampleType::U8, Memory::Own(&mut memory), &mut |_| Err(ErrorKind::Interrupted.into()));
    assert_eq!(*stopped.unwrap_err().error.kind(), ErrorKind::Interrupted);
}

#[test]
fn a_file_that_became_another_is_told() {
    let folder = Folder::new("changed");
    let (first, second) = (folder.write("a", 1, 2), folder.write("b", 3, 2));
    let batch =
        Batch::read(vec![all(&first), all(&second)], options(OnFault::Report, 2), &mut || Ok(())).unwrap();
    folder.write("a", 1, 3);
    let mut memory = vec![0xEE; batch.length(SampleType::U8).unwrap()];
    let remarks = batch.decode(SampleType::U8, Memory::Own(&mut memory), &mut |_| Ok(())).unwrap();
    assert_eq!(numbers(&memory), [0, 0, 3, 4]);
    assert!(remarks.iter().all(|remark| *remark.what.as_ref().unwrap_err().kind() == ErrorKind::FileChanged));
    assert_eq!(remarks.len(), 2);
}

#[test]
fn a_file_that_is_cut_anywhere_gives_zeros_or_its_frames() {
    let folder = Folder::new("cut");
    let whole = native(1, 5);
    let path = folder.0.join("cut");
    for length in 0..whole.len() {
        std::fs::write(&path, &whole[..length]).unwrap();
        let (memory, remarks) = decoded(&[all(&path)], options(OnFault::Report, 1), SampleType::U8).unwrap();
        let bad: Vec<usize> =
            remarks.iter().filter(|remark| remark.what.is_err()).filter_map(|remark| remark.place).collect();
        assert!(!remarks.is_empty(), "{length}");
        for (place, number) in numbers(&memory).into_iter().enumerate() {
            let expected = if bad.contains(&place) { 0 } else { place as u8 + 1 };
            assert_eq!(number, expected, "{length} {place}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_choice_of_frames_is_the_same_for_any_number_of_threads(
        choices in prop::collection::vec(prop::option::of(prop::collection::vec(0u32..6, 0..5)), 0..12),
        threads in 1usize..6,
    ) {
        let folder = Folder::new("any");
        let path = folder.write("a", 1, 4);
        let request = |frames: &Option<Vec<u32>>| {
            ImageRequest::new(path.clone(), frames.clone().map(Vec::into_boxed_slice))
        };
        let requests: Vec<_> = choices.iter().map(request).collect();
        let (memory, remarks) = decoded(&requests, options(OnFault::Report, threads), SampleType::U8).unwrap();
        let wanted = choices.iter().flat_map(|frames| frames.clone().unwrap_or_else(|| (0..4).collect()));
        let expected: Vec<u8> =
            wanted.map(|frame| if frame < 4 { frame as u8 + 1 } else { 0 }).collect();
        let has_form = choices.iter().any(|frames| {
            frames.as_ref().is_none_or(|frames| frames.is_empty() || frames.iter().any(|frame| *frame < 4))
        });
        if has_form {
            prop_assert_eq!(numbers(&memory), &expected[..]);
        }
        prop_assert_eq!(remarks.len(), expected.iter().filter(|number| **number == 0).count());
    }
}
