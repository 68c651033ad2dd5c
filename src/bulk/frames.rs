//! Frames of one image decoded by all cores, each straight into its place.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::slice::ChunksMut;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::pool::Pool;
use crate::codec::interrupt::stop_with;
use crate::error::{Error, Result, Warning, WarningKind};
use crate::pixel::{PixelData, PixelOptions, PixelSource};

/// How often the caller is asked whether to go on.
const TICK: Duration = Duration::from_millis(50);

/// Fills `out` with `frames`, which are encapsulated and were checked by [`PixelData::length`].
///
/// The frames are shared between threads of the pool, while this thread calls `tick` about every 50 ms; an error that
/// it gives ends the work, and frames under way as soon as their codec looks. Returns what was odd, each kind once.
///
/// # Errors
/// That of the first frame that cannot be decoded, whatever the number of threads; what `tick` gives.
pub fn decode_frames(
    (pixels, source): (&PixelData, &dyn PixelSource),
    options: &PixelOptions,
    frames: Range<u32>,
    threads: Option<NonZeroUsize>,
    out: &mut [u8],
    tick: &mut dyn FnMut() -> Result<()>,
) -> Result<Vec<Warning>> {
    let pool = Pool::get(threads)?;
    let count = usize::try_from(frames.end.saturating_sub(frames.start)).unwrap_or(usize::MAX);
    let work = Work {
        pixels,
        source,
        options,
        left: Mutex::new((frames, out.chunks_mut(pixels.frame_bytes(options)))),
        is_cancelled: AtomicBool::new(false),
        is_stopped: Arc::default(),
    };
    let (sender, results) = channel();
    let mut odd: Vec<(u32, WarningKind)> = Vec::new();
    let mut fault: Option<(u32, Error)> = None;
    let stopped = pool.scope(|scope| {
        for _ in 0..pool.threads().min(count) {
            let (work, sender) = (&work, sender.clone());
            scope.spawn(move |_| stop_with(&work.is_stopped, || work.run(&sender)));
        }
        drop(sender);
        loop {
            match results.recv_timeout(TICK) {
                Ok((number, Ok(kind))) => odd.push((number, kind)),
                // Frames are begun in order: none before the first that fails is left out.
                Ok((number, Err(error))) if fault.as_ref().is_none_or(|(first, _)| number < *first) => {
                    fault = Some((number, error));
                }
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => {
                    if let Err(error) = tick() {
                        work.is_cancelled.store(true, Ordering::Relaxed);
                        work.is_stopped.store(true, Ordering::Relaxed);
                        return Some(error);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
    });
    if let Some(error) = stopped.or(fault.map(|(_, error)| error)) {
        return Err(error);
    }
    odd.sort_by_key(|(number, _)| *number);
    let mut kinds: Vec<WarningKind> = Vec::new();
    for (_, kind) in odd {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    Ok(kinds.into_iter().map(|kind| pixels.warning(kind)).collect())
}

/// What the threads share.
struct Work<'w> {
    pixels: &'w PixelData,
    source: &'w dyn PixelSource,
    options: &'w PixelOptions,
    /// The frames nobody has begun, and their places.
    left: Mutex<(Range<u32>, ChunksMut<'w, u8>)>,
    /// No frame is begun any more.
    is_cancelled: AtomicBool,
    /// Those that are begun need not be finished.
    is_stopped: Arc<AtomicBool>,
}

impl<'w> Work<'w> {
    fn next(&self) -> Option<(u32, &'w mut [u8])> {
        if self.is_cancelled.load(Ordering::Relaxed) {
            return None;
        }
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let (frames, places) = &mut *left;
        Some((frames.next()?, places.next()?))
    }

    /// Decodes frames until none is left, and sends what was odd or wrong.
    fn run(&self, results: &Sender<(u32, Result<WarningKind>)>) {
        let mut told: Vec<WarningKind> = Vec::new();
        while let Some((number, out)) = self.next() {
            let decoded = self.pixels.decode_frame(number, self.source, self.options, out);
            let odd = match decoded {
                Ok(odd) => odd,
                Err(error) => {
                    self.is_cancelled.store(true, Ordering::Relaxed);
                    // Nobody may be waiting any more.
                    let _ = results.send((number, Err(error)));
                    continue;
                }
            };
            for kind in odd.into_iter().flatten() {
                if !told.contains(&kind) {
                    told.push(kind);
                    let _ = results.send((number, Ok(kind)));
                }
            }
        }
    }
}
