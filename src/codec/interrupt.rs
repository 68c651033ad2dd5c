//! Frames that nobody waits for any more: codecs look between rows whether that is so.
//!
//! A thread is told once, for all that it decodes: so a codec need not be given anything. What a codec of somebody else
//! does (JPEG 2000, JPEG XL) cannot be ended from here.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

thread_local! {
    static IS_STOPPED: RefCell<Option<Arc<AtomicBool>>> = const { RefCell::new(None) };
}

/// Calls `work`, whose frames need not be finished once `is_stopped` is true: codecs of ours give an error then.
pub(crate) fn stop_with<T>(is_stopped: &Arc<AtomicBool>, work: impl FnOnce() -> T) -> T {
    let _outer = Outer(IS_STOPPED.replace(Some(Arc::clone(is_stopped))));
    work()
}

/// An error where the frame need not be finished.
pub(super) fn check() -> Result<(), &'static str> {
    let is_stopped = |stop: &Arc<AtomicBool>| stop.load(Ordering::Relaxed);
    if IS_STOPPED.with_borrow(|stop| stop.as_ref().is_some_and(is_stopped)) {
        return Err("stopped");
    }
    Ok(())
}

/// What counted before; it does again, even after a panic.
struct Outer(Option<Arc<AtomicBool>>);

impl Drop for Outer {
    fn drop(&mut self) {
        IS_STOPPED.set(self.0.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{EncodedFrame, decode, decoder_of, jpeg_ls};
    use crate::pixel::{ImageAttributes, ImageDescription};
    use crate::transfer_syntax::CodecFamily;
    use std::borrow::Cow;
    use std::io::Write;

    const SIDE: u16 = 8;
    const PIXELS: usize = 64;

    /// A frame of JPEG in the process of this SOF marker: one block, one difference or 64.
    fn jpeg(process: u8) -> Vec<u8> {
        let is_lossless = process == 0xC3;
        let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0];
        bytes.extend([1; 64]);
        bytes.extend([0xFF, process, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0]);
        // One code of one bit, for a difference of zero; of the others there are usual tables.
        if is_lossless {
            bytes.extend([0xFF, 0xC4, 0, 20, 0, 1]);
            bytes.extend([0; 16]);
        }
        let [start, end] = match process {
            0xC0 => [0, 63],
            0xC2 => [0, 0],
            _ => [1, 0],
        };
        bytes.extend([0xFF, 0xDA, 0, 8, 1, 1, 0, start, end, 0]);
        match process {
            0xC3 => bytes.extend([0; 8]),
            _ => bytes.push(0b0010_1011),
        }
        bytes.extend([0xFF, 0xD9]);
        bytes
    }

    fn frames() -> Vec<(CodecFamily, Vec<u8>)> {
        let header: Vec<u8> = [1u32, 64].into_iter().chain([0; 14]).flat_map(u32::to_le_bytes).collect();
        let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        deflate.write_all(&[7; PIXELS]).unwrap();
        let image = jpeg_ls::Image { rows: SIDE, columns: SIDE, components: 1, samples: &[7; PIXELS] };
        vec![
            (CodecFamily::Rle, [&header[..], &[193, 7]].concat()),
            (CodecFamily::DeflatedFrame, deflate.finish().unwrap()),
            (CodecFamily::JpegLs, jpeg_ls::encode(&image, &jpeg_ls::Encoding::lossless(8)).unwrap()),
            (CodecFamily::Jpeg, jpeg(0xC0)),
            (CodecFamily::Jpeg, jpeg(0xC2)),
            (CodecFamily::JpegLossless, jpeg(0xC3)),
        ]
    }

    #[test]
    fn codecs_of_ours_stop() {
        let side = i64::from(SIDE);
        let attributes = ImageAttributes { rows: side, columns: side, ..ImageAttributes::default() };
        let description = ImageDescription::new(&attributes).unwrap();
        let stop = Arc::new(AtomicBool::new(true));
        for (family, bytes) in frames() {
            let fragments = [Cow::Borrowed(&bytes[..])];
            let frame = EncodedFrame { number: 3, fragments: &fragments };
            let codec = decoder_of(family).unwrap();
            let decoded = || decode(codec, &frame, &description, &mut [0; PIXELS]);
            decoded().unwrap();
            let error = stop_with(&stop, decoded).unwrap_err();
            assert!(error.to_string().ends_with("stopped"), "{error}");
            decoded().unwrap();
        }
    }

    #[test]
    fn a_thread_is_told_for_as_long_as_it_works() {
        let [outer, inner] = [false, true].map(|stop| Arc::new(AtomicBool::new(stop)));
        assert_eq!(check(), Ok(()));
        stop_with(&outer, || {
            assert_eq!(check(), Ok(()));
            stop_with(&inner, || assert_eq!(check(), Err("stopped")));
            let failed = std::panic::catch_unwind(|| stop_with(&inner, || panic!("in a codec")));
            assert!(failed.is_err());
            assert_eq!(check(), Ok(()));
            outer.store(true, Ordering::Relaxed);
            assert_eq!(check(), Err("stopped"));
            assert_eq!(std::thread::scope(|scope| scope.spawn(check).join().unwrap()), Ok(()));
        });
        assert_eq!(check(), Ok(()));
    }
}
