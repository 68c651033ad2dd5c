//! Images that are decoded together: what each is made of, by its header, before memory is asked for.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use super::held_image::HeldImages;
use super::image_file::{FileStamp, ImageReader, KnownImage, KnownPlace, failed};
use super::ordered::{OnFault, ScanError};
use super::pool::Pool;
use super::rendered::Rendered;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::Limits;
use crate::pixel::{
    ImageDescription, LocatedFrames, PhotometricInterpretation, PixelData, PixelOptions, Rendering,
    SampleType,
};

/// How often the caller is asked whether to go on.
pub(super) const TICK: Duration = Duration::from_millis(50);

/// Of an image of which all frames are wanted, one in so many must be possible: a header may claim any number.
const MOST_IMPOSSIBLE: usize = 4;

/// A file, and the frames that are wanted of it.
#[derive(Clone, Debug)]
pub struct ImageRequest {
    /// Where it is.
    pub path: PathBuf,
    /// Zero-based numbers of frames in the order in which they are wanted; all frames when `None`.
    pub frames: Option<Box<[u32]>>,
    /// Where an index says that they are; otherwise the header tells.
    pub located: Option<(FileStamp, Arc<LocatedFrames>)>,
}

impl ImageRequest {
    /// Frames whose header is to be read.
    #[must_use]
    pub const fn new(path: PathBuf, frames: Option<Box<[u32]>>) -> Self {
        Self { path, frames, located: None }
    }

    /// The frame, where only one is wanted.
    pub(super) fn only_frame(&self) -> Option<u32> {
        match self.frames.as_deref() {
            Some([frame]) => Some(*frame),
            _ => None,
        }
    }
}

/// How images are read and decoded.
#[derive(Clone, Debug)]
pub struct BatchOptions {
    /// What becomes of frames that cannot be decoded: a place with zeros, the end of all, or no place.
    pub on_fault: OnFault,
    /// Threads that decode; as many as cores by default.
    pub threads: Option<NonZeroUsize>,
    /// What each file may ask for.
    pub limits: Limits,
    /// What becomes of decoded frames.
    pub rendering: Rendering,
}

/// What the frames of an image are.
#[derive(Clone)]
pub(super) struct Form {
    pub(super) description: ImageDescription,
    pub(super) rendered: Rendered,
    /// Where they are; `None` where the header has to be read again.
    pub(super) known: Option<KnownImage>,
}

/// An image of a batch.
pub(super) struct Image {
    pub(super) request: ImageRequest,
    pub(super) form: Result<Form>,
}

impl Image {
    /// How many frames of it have a place.
    pub(super) fn places(&self, on_fault: OnFault) -> usize {
        match (&self.form, &self.request.frames) {
            (Err(_), _) if on_fault != OnFault::Report => 0,
            (_, Some(frames)) => frames.len(),
            (Ok(form), None) => number_of(form.description.number_of_frames()),
            (Err(_), None) => 1,
        }
    }

    /// The number of the frame at a place of it; `None` where nobody knows how many there are.
    pub(super) fn frame(&self, place: usize) -> Option<u32> {
        match (&self.form, &self.request.frames) {
            (_, Some(frames)) => frames.get(place).copied(),
            (Ok(_), None) => u32::try_from(place).ok(),
            (Err(_), None) => None,
        }
    }
}

/// Images whose headers were read. No file is open.
pub struct Batch {
    pub(super) images: Vec<Image>,
    pub(super) options: BatchOptions,
    /// The axes of a frame, where they are those of all frames.
    frame_shape: Option<Vec<usize>>,
}

impl Batch {
    /// Reads the headers. `tick` is called about every 50 ms, and ends the work by an error.
    ///
    /// # Errors
    /// What `tick` gives; with [`OnFault::Raise`] that of the first image that cannot be decoded;
    /// [`ErrorKind::Io`] where the system gives no threads.
    pub fn read(
        requests: Vec<ImageRequest>,
        options: BatchOptions,
        tick: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Self, ScanError> {
        let mut forms = read_forms(&requests, &options, tick)?;
        if options.on_fault == OnFault::Raise
            && let Some((request, error)) = requests
                .iter()
                .zip(&forms)
                .find_map(|(request, form)| Some((request, form.as_ref()?.as_ref().err()?)))
        {
            return Err(ScanError { path: Some(request.path.clone()), error: error.clone() });
        }
        // None is left out unless the work ended by an error.
        let form = |form: &mut Option<Result<Form>>| {
            form.take().unwrap_or_else(|| Err(ErrorKind::Interrupted.into()))
        };
        let forms = forms.iter_mut().map(form);
        let images: Vec<Image> =
            requests.into_iter().zip(forms).map(|(request, form)| Image { request, form }).collect();
        let frame_shape = common_shape(&images);
        Ok(Self { images, options, frame_shape })
    }

    /// How many frames have a place.
    #[must_use]
    pub fn places(&self) -> usize {
        let places = self.images.iter().map(|image| image.places(self.options.on_fault));
        places.fold(0, usize::saturating_add)
    }

    /// The types of samples that there are, each once.
    #[must_use]
    pub fn sample_types(&self) -> Vec<SampleType> {
        distinct(self.forms().map(|form| form.rendered.form.sample_type))
    }

    /// What the samples of decoded frames mean, each once; `None` where nobody knows.
    #[must_use]
    pub fn interpretations(&self) -> Vec<Option<PhotometricInterpretation>> {
        distinct(self.forms().map(|form| form.rendered.interpretation))
    }

    /// The axes of a frame, where they are those of all frames.
    #[must_use]
    pub fn frame_shape(&self) -> Option<&[usize]> {
        self.frame_shape.as_deref()
    }

    /// For every place the number of its image, that of its frame where it is known, and the axes of the frame.
    pub fn each_place(&self, mut each: impl FnMut(usize, Option<u32>, Option<&[usize]>)) {
        for (number, image) in self.images.iter().enumerate() {
            let shape = image.form.as_ref().ok().map(|form| form.rendered.form.shape());
            for place in 0..image.places(self.options.on_fault) {
                each(number, image.frame(place), shape.as_deref());
            }
        }
    }

    /// The path of an image.
    #[must_use]
    pub fn path(&self, image: usize) -> Option<&PathBuf> {
        self.images.get(image).map(|image| &image.request.path)
    }

    /// Bytes of every decoded frame, one after the other. Frames that cannot be decoded have a place in it only where
    /// all have the same shape.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfMemory`] when there cannot be so many.
    pub fn length(&self, to: SampleType) -> Result<usize> {
        let too_long = || Error::from(ErrorKind::OutOfMemory(u64::MAX));
        self.images.iter().try_fold(0usize, |length, image| {
            let image = self.image_length(image, to).ok_or_else(too_long)?;
            length.checked_add(image).ok_or_else(too_long)
        })
    }

    /// Bytes of all places of an image.
    pub(super) fn image_length(&self, image: &Image, to: SampleType) -> Option<usize> {
        self.place_length(image, to)?.checked_mul(image.places(self.options.on_fault))
    }

    /// Bytes of one place of an image.
    pub(super) fn place_length(&self, image: &Image, to: SampleType) -> Option<usize> {
        let own = image.form.as_ref().ok().map(|form| form.rendered.form.shape());
        match own.as_deref().or(self.frame_shape()) {
            Some(shape) => shape.iter().try_fold(to.size(), |length, axis| length.checked_mul(*axis)),
            None => Some(0),
        }
    }

    fn forms(&self) -> impl Iterator<Item = &Form> {
        self.images.iter().filter_map(|image| image.form.as_ref().ok())
    }
}

fn common_shape(images: &[Image]) -> Option<Vec<usize>> {
    let forms = images.iter().filter_map(|image| image.form.as_ref().ok());
    let mut shapes = forms.map(|form| form.rendered.form.shape());
    let first = shapes.next()?;
    shapes.all(|shape| shape == first).then_some(first)
}

fn distinct<T: PartialEq>(found: impl Iterator<Item = T>) -> Vec<T> {
    let mut kinds = Vec::new();
    for kind in found {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds
}

pub(super) fn number_of(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// The form of every image, read by all threads; with [`OnFault::Raise`] perhaps none behind the first fault.
fn read_forms(
    requests: &[ImageRequest],
    options: &BatchOptions,
    tick: &mut dyn FnMut() -> Result<()>,
) -> Result<Vec<Option<Result<Form>>>> {
    let pool = Pool::get(options.threads)?;
    let (order, starts) = by_path(requests);
    let headers = Headers {
        requests,
        options,
        order: &order,
        starts: &starts,
        next: AtomicUsize::new(0),
        end: AtomicUsize::new(requests.len()),
        kept: AtomicUsize::new(0),
    };
    let mut forms: Vec<Option<Result<Form>>> = Vec::new();
    forms.try_reserve_exact(requests.len()).map_err(|_| ErrorKind::OutOfMemory(requests.len() as u64))?;
    forms.resize_with(requests.len(), || None);
    let (sender, results) = channel();
    let stopped = pool.scope(|scope| {
        for _ in 0..pool.threads().min(starts.len()) {
            let (headers, sender) = (&headers, sender.clone());
            scope.spawn(move |_| headers.run(&sender));
        }
        drop(sender);
        wait(
            &results,
            tick,
            |(number, form): (usize, Result<Form>)| {
                if let Some(place) = forms.get_mut(number) {
                    *place = Some(form);
                }
            },
            || headers.end.store(0, Ordering::Relaxed),
        )
    });
    stopped.map(|()| forms)
}

/// The numbers of requests, those of one path behind each other in the order in which paths come first, each with the
/// first of its path; and the places where another path begins.
fn by_path(requests: &[ImageRequest]) -> (Vec<(usize, usize)>, Vec<usize>) {
    let mut firsts = HashMap::new();
    let mut order: Vec<(usize, usize)> = requests
        .iter()
        .enumerate()
        .map(|(number, request)| (*firsts.entry(request.path.as_os_str()).or_insert(number), number))
        .collect();
    order.sort_unstable();
    let begins = order.iter().enumerate().filter(|(_, (first, number))| first == number);
    let starts = begins.map(|(place, _)| place).collect();
    (order, starts)
}

/// Takes what threads send until all have ended; `tick` is called about every 50 ms, and its error stops them.
pub(super) fn wait<T>(
    results: &std::sync::mpsc::Receiver<T>,
    tick: &mut dyn FnMut() -> Result<()>,
    mut take: impl FnMut(T),
    stop: impl Fn(),
) -> Result<()> {
    let mut last = std::time::Instant::now();
    loop {
        match results.recv_timeout(TICK.saturating_sub(last.elapsed())) {
            Ok(result) => take(result),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
        if last.elapsed() >= TICK {
            last = std::time::Instant::now();
            tick().inspect_err(|_| stop())?;
        }
    }
}

/// What the threads share that read headers.
struct Headers<'h> {
    requests: &'h [ImageRequest],
    options: &'h BatchOptions,
    /// As [`by_path`] gives them.
    order: &'h [(usize, usize)],
    starts: &'h [usize],
    /// The next path that nobody has begun.
    next: AtomicUsize,
    /// No image from here on is begun.
    end: AtomicUsize,
    /// The memory of what is kept of images.
    kept: AtomicUsize,
}

impl Headers<'_> {
    fn run(&self, results: &Sender<(usize, Result<Form>)>) {
        let mut reader = ImageReader::new(self.options.limits, &self.options.rendering);
        loop {
            let path = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(start) = self.starts.get(path) else { return };
            let end = self.starts.get(path + 1).copied().unwrap_or(self.order.len());
            let mut held = None;
            for (first, number) in self.order.get(*start..end).unwrap_or_default() {
                if *number >= self.end.load(Ordering::Relaxed) {
                    // Paths come in the order of their first requests.
                    if first == number { return } else { break }
                }
                let Some(request) = self.requests.get(*number) else { return };
                // Neither reader nor codec panics; if one did, one file should not end the work on a million.
                let form = catch_unwind(AssertUnwindSafe(|| self.form_of(request, &mut held, &mut reader)));
                let form = form.map_err(failed).flatten();
                if form.is_err() && self.options.on_fault == OnFault::Raise {
                    // Paths are begun in order: no request before the first that fails is left out.
                    self.end.fetch_min(*number, Ordering::Relaxed);
                }
                // Nobody may be waiting any more.
                let _ = results.send((*number, form));
            }
        }
    }

    fn form_of(
        &self,
        request: &ImageRequest,
        held: &mut Option<HeldImages>,
        reader: &mut ImageReader,
    ) -> Result<Form> {
        if let Some(form) = located_form(request, self.options) {
            return Ok(form);
        }
        let held = match held {
            Some(held) => held,
            None => held.insert(HeldImages::open(&request.path)?),
        };
        let image = held.image(reader, request.only_frame())?;
        if let Some((stamp, _)) = &request.located
            && self.options.rendering.needs_header()
            && image.stamp() != Some(*stamp)
        {
            return Err(ErrorKind::FileChanged.into());
        }
        check_frames(&image.pixels, request.frames.as_deref())?;
        let mut rendered = held.rendered(&image, &self.options.rendering, &self.options.limits)?;
        let kept = (&image, &mut rendered);
        let is_kept = match request.frames.as_deref() {
            Some(frames) => held.settle(kept, &mut frames.iter().copied(), &self.kept),
            None => {
                let all = number_of(image.pixels.description().number_of_frames());
                held.settle(
                    kept,
                    &mut (0..all).map(|number| u32::try_from(number).unwrap_or(u32::MAX)),
                    &self.kept,
                )
            }
        };
        let known = if is_kept { image.known() } else { None };
        // Without the header it cannot be made again.
        let rendered = if known.is_some() { rendered } else { rendered.without_presentation() };
        Ok(Form { description: *image.pixels.description(), rendered, known })
    }
}

/// The form of an image that an index tells of; `None` where only its header can tell what is wrong, or its values.
fn located_form(request: &ImageRequest, options: &BatchOptions) -> Option<Form> {
    let (stamp, located) = request.located.as_ref().filter(|_| !options.rendering.needs_header())?;
    let wanted = request.frames.as_deref();
    let has_range = |number: &u32| located.range(*number).is_some();
    let are_known = match wanted {
        Some(wanted) => wanted.iter().all(has_range),
        None => located.first == 0 && has_range(&(located.description.number_of_frames() - 1)),
    };
    if !are_known {
        return None;
    }
    let pixels = located
        .claimed(request.only_frame(), &options.limits)
        .ok()?
        .reduced(options.rendering.reduce)
        .ok()?;
    check_frames(&pixels, wanted).ok()?;
    let description = *pixels.description();
    let rendered = Rendered::of(&options.rendering, &pixels, None, &options.limits).ok()?;
    let place = match pixels.is_encapsulated() {
        true => KnownPlace::Frames(Arc::clone(located)),
        false => KnownPlace::Pixels(Arc::new(pixels)),
    };
    Some(Form { description, rendered, known: Some(KnownImage { stamp: *stamp, place }) })
}

/// Refuses an image of which nothing can be decoded, or so little that its header may claim what it likes.
fn check_frames(pixels: &PixelData, frames: Option<&[u32]>) -> Result<()> {
    let length = |index| pixels.length(&PixelOptions { index, ..PixelOptions::default() });
    let is_possible = |frame: &u32| length(Some(*frame)).is_ok();
    let Some(frames) = frames else {
        let Err(error) = length(None) else { return Ok(()) };
        let count = pixels.description().number_of_frames();
        let is_enough = match error.kind() {
            // Each of them has fragments, so they are not too many to be looked at.
            ErrorKind::Codec { .. } => {
                let possible = (0..count).filter(is_possible).count();
                possible.saturating_mul(MOST_IMPOSSIBLE) >= number_of(count)
            }
            // Native ones end somewhere.
            _ => count > 1 && !pixels.is_encapsulated() && is_possible(&(count / 4)),
        };
        return if is_enough { Ok(()) } else { Err(error) };
    };
    match frames.first() {
        Some(first) if !frames.iter().any(is_possible) => length(Some(*first)).map(|_| ()),
        _ => Ok(()),
    }
}
