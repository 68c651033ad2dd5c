//! OpenJPEG, the one C library: codestreams of JPEG 2000 whose sizes were checked, in integers.
//!
//! It is given the codestream alone, so that its reader of boxes never runs, and tells nothing but success.
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{self, NonNull};

use openjpeg_sys as opj;

/// Bytes that are read at a time.
const CHUNK: usize = 64 << 10;

/// What a read function gives at the end.
const END: usize = usize::MAX;

/// The samples of a component.
pub(super) struct Plane<'a> {
    pub(super) columns: u32,
    pub(super) rows: u32,
    /// Row by row.
    pub(super) samples: &'a [i32],
}

/// Decodes a codestream without its finest `reduce` decomposition levels, and hands its components to `take`.
///
/// # Errors
/// That it cannot be decoded; what `take` gives.
pub(super) fn decode<T>(
    bytes: &[u8],
    reduce: u8,
    take: impl FnOnce(&[Plane<'_>]) -> Result<T, String>,
) -> Result<T, String> {
    let mut input = Input { bytes, at: 0 };
    let image = run(&mut input, reduce).ok_or("the codestream cannot be decoded")?;
    let planes = image.planes().ok_or("a component has no samples")?;
    take(&planes)
}

fn run(input: &mut Input<'_>, reduce: u8) -> Option<Image> {
    let stream = Stream::new(input)?;
    let codec = Codec::new(reduce)?;
    let mut image = Image(ptr::null_mut());
    // SAFETY: stream and codec are not null and live until the end of this function, and `input`, which the stream
    // points to, is borrowed by it. `opj_read_header` sets the image or leaves it null; it is freed by `Image`.
    unsafe {
        let (stream, codec) = (stream.stream.as_ptr(), codec.0.as_ptr());
        let is_decoded = opj::opj_read_header(stream, codec, &raw mut image.0) != 0
            && !image.0.is_null()
            && opj::opj_decode(codec, stream, image.0) != 0
            && opj::opj_end_decompress(codec, stream) != 0;
        is_decoded.then_some(image)
    }
}

struct Codec(NonNull<opj::opj_codec_t>);

impl Codec {
    fn new(reduce: u8) -> Option<Self> {
        // SAFETY: takes a number; gives null or a codec, which `Drop` frees.
        let codec = unsafe { opj::opj_create_decompress(opj::CODEC_FORMAT::OPJ_CODEC_J2K) };
        let codec = Self(NonNull::new(codec)?);
        let mut parameters = MaybeUninit::<opj::opj_dparameters_t>::zeroed();
        // SAFETY: numbers and arrays of numbers, for all of which zero is a value; the function sets them, and the
        // second one copies what it keeps. The pointer is to memory of ours that nothing else refers to.
        let is_set = unsafe {
            opj::opj_set_default_decoder_parameters(parameters.as_mut_ptr());
            (*parameters.as_mut_ptr()).cp_reduce = reduce.into();
            opj::opj_setup_decoder(codec.0.as_ptr(), parameters.as_mut_ptr()) != 0
        };
        is_set.then_some(codec)
    }
}

impl Drop for Codec {
    fn drop(&mut self) {
        // SAFETY: came from `opj_create_decompress` and is freed once.
        unsafe { opj::opj_destroy_codec(self.0.as_ptr()) }
    }
}

/// Owned by [`Image`]: freed once, with its components.
struct Image(*mut opj::opj_image_t);

impl Image {
    fn planes(&self) -> Option<Vec<Plane<'_>>> {
        // SAFETY: `opj_read_header` made the image, nobody else has it, and `comps` are `numcomps` of them.
        let components = unsafe {
            let image = self.0.as_ref()?;
            let components = NonNull::new(image.comps)?;
            std::slice::from_raw_parts(components.as_ptr(), usize::try_from(image.numcomps).ok()?)
        };
        components.iter().map(Self::plane).collect()
    }

    fn plane(component: &opj::opj_image_comp_t) -> Option<Plane<'_>> {
        let (columns, rows) = (component.w, component.h);
        let length = usize::try_from(u64::from(columns).checked_mul(rows.into())?).ok()?;
        let data = NonNull::new(component.data)?;
        // SAFETY: after `opj_decode` the data of a component are `w * h` numbers, which the image owns; all were
        // written, for every tile was there and decoded.
        let samples = unsafe { std::slice::from_raw_parts(data.as_ptr(), length) };
        Some(Plane { columns, rows, samples })
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: came from `opj_read_header` and is freed once.
            unsafe { opj::opj_image_destroy(self.0) }
        }
    }
}

/// The codestream, and how far it was read.
struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// A stream that reads an [`Input`] which it borrows.
struct Stream<'i> {
    stream: NonNull<opj::opj_stream_t>,
    input: PhantomData<&'i mut Input<'i>>,
}

impl<'i> Stream<'i> {
    fn new(input: &'i mut Input<'_>) -> Option<Self> {
        let length = input.bytes.len() as u64;
        let input: *mut Input<'_> = input;
        // SAFETY: takes numbers; gives null or a stream, which `Drop` frees.
        let stream = NonNull::new(unsafe { opj::opj_stream_create(CHUNK, 1) })?;
        // SAFETY: the functions have the types asked for and take the pointer for what it is; `input` stays borrowed
        // as long as the stream lives, and is not freed by it.
        unsafe {
            let stream = stream.as_ptr();
            opj::opj_stream_set_read_function(stream, Some(read));
            opj::opj_stream_set_skip_function(stream, Some(skip));
            opj::opj_stream_set_seek_function(stream, Some(seek));
            opj::opj_stream_set_user_data(stream, input.cast(), None);
            opj::opj_stream_set_user_data_length(stream, length);
        }
        Some(Self { stream, input: PhantomData })
    }
}

impl Drop for Stream<'_> {
    fn drop(&mut self) {
        // SAFETY: came from `opj_stream_create` and is freed once.
        unsafe { opj::opj_stream_destroy(self.stream.as_ptr()) }
    }
}

impl Input<'_> {
    fn read(&mut self, room: &mut [MaybeUninit<u8>]) -> Option<usize> {
        let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        let count = rest.len().min(room.len());
        room.iter_mut().zip(rest).for_each(|(to, from)| _ = to.write(*from));
        self.at += count;
        Some(count)
    }

    /// Goes on by `count` bytes, at most to the end; at the end it fails, for OpenJPEG would ask again for ever.
    fn skip(&mut self, count: i64) -> Option<i64> {
        let left = self.bytes.len().checked_sub(self.at).filter(|left| *left > 0)?;
        let count = usize::try_from(count).ok()?.min(left);
        self.at += count;
        i64::try_from(count).ok()
    }

    fn seek(&mut self, to: i64) -> Option<()> {
        self.at = usize::try_from(to).ok().filter(|to| *to <= self.bytes.len())?;
        Some(())
    }
}

/// Runs `step` on the input behind `data`.
///
/// # Safety
/// `data` points to the [`Input`] of a stream, and nothing else uses it meanwhile.
unsafe fn with<T>(data: *mut c_void, step: impl FnOnce(&mut Input<'_>) -> Option<T>) -> Option<T> {
    // SAFETY: the caller's promise.
    let input = unsafe { data.cast::<Input<'_>>().as_mut() }?;
    // Nothing in it panics; if it did, it must not unwind into C.
    catch_unwind(AssertUnwindSafe(|| step(input))).ok().flatten()
}

unsafe extern "C" fn read(buffer: *mut c_void, length: usize, data: *mut c_void) -> usize {
    // SAFETY: OpenJPEG gives the pointer it was given, and a buffer of its own of `length` bytes.
    let room = unsafe { std::slice::from_raw_parts_mut(buffer.cast::<MaybeUninit<u8>>(), length) };
    // SAFETY: `data` is the pointer that `Stream::new` set.
    unsafe { with(data, |input| input.read(room)) }.unwrap_or(END)
}

unsafe extern "C" fn skip(count: i64, data: *mut c_void) -> i64 {
    // SAFETY: `data` is the pointer that `Stream::new` set.
    unsafe { with(data, |input| input.skip(count)) }.unwrap_or(-1)
}

unsafe extern "C" fn seek(to: i64, data: *mut c_void) -> i32 {
    // SAFETY: `data` is the pointer that `Stream::new` set.
    unsafe { with(data, |input| input.seek(to)) }.map_or(0, |()| 1)
}
