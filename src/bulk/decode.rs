//! Frames of many images → one piece of memory, each straight into its place, whatever the threads.
//!
//! A thread opens an image only when no frame is left of those that are open, so as many files are open as there are
//! threads at most, and a thread that opens one with many frames calls the others.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::Scope;

use super::batch::{Batch, Form, Image, wait};
use super::held_image::HeldImages;
use super::image_file::{ImageReader, failed};
use super::ordered::{OnFault, ScanError};
use super::pool::Pool;
use super::rendered::{FrameToRender, OpenFile};
use crate::codec::interrupt::stop_with;
use crate::error::{Error, ErrorKind, Result, Warning};
use crate::pixel::{PixelData, PixelOptions, PixelSource, Renderer, SampleType, SharedMemory, convert};

/// Where decoded frames go.
pub enum Memory<'w> {
    /// Memory that nobody else sees.
    Own(&'w mut [u8]),
    /// So many bytes from an offset on of memory that others may see.
    Shared(usize, usize, &'w dyn SharedMemory),
}

impl<'w> Memory<'w> {
    fn len(&self) -> usize {
        match self {
            Self::Own(memory) => memory.len(),
            Self::Shared(_, length, _) => *length,
        }
    }

    /// Takes the first bytes away.
    fn take(&mut self, length: usize) -> Self {
        let length = length.min(self.len());
        match self {
            Self::Own(memory) => {
                let (first, rest) = std::mem::take(memory).split_at_mut(length);
                *memory = rest;
                Self::Own(first)
            }
            Self::Shared(offset, left, memory) => {
                let first = Self::Shared(*offset, length, *memory);
                *offset += length;
                *left -= length;
                first
            }
        }
    }

    /// Makes all of it zero.
    fn clear(&mut self) {
        match self {
            Self::Own(memory) => memory.fill(0),
            Self::Shared(offset, length, memory) => {
                let zeros = [0; 4096];
                for first in (0..*length).step_by(zeros.len()) {
                    let count = zeros.len().min(*length - first);
                    memory.write(*offset + first, zeros.get(..count).unwrap_or_default());
                }
            }
        }
    }
}

/// What was odd with a frame, or why it could not be decoded.
#[derive(Debug)]
pub struct FrameRemark {
    /// The number of its place; `None` where it has none.
    pub place: Option<usize>,
    /// The number of the image.
    pub image: usize,
    /// The number of the frame, where it is known.
    pub frame: Option<u32>,
    /// What it was.
    pub what: Result<Warning, Error>,
}

impl Batch {
    /// Fills `memory`, which is [`Batch::length`] long, with frames of samples of the type `to`. `tick` is called about
    /// every 50 ms with the number of places that are done, and ends the work by an error. Returns what was odd or
    /// wrong, in the order of places. A place whose frame cannot be decoded is zero.
    ///
    /// # Errors
    /// What `tick` gives; with [`OnFault::Raise`] that of the first frame that cannot be decoded.
    pub fn decode(
        &self,
        to: SampleType,
        memory: Memory<'_>,
        tick: &mut dyn FnMut(usize) -> Result<()>,
    ) -> Result<Vec<FrameRemark>, ScanError> {
        let pool = Pool::get(self.options.threads)?;
        let work = Work {
            batch: self,
            to,
            threads: pool.threads().min(self.places()).max(1),
            state: Mutex::new(State { image: 0, place: 0, memory, open: VecDeque::new(), running: 0 }),
            end: AtomicUsize::new(usize::MAX),
            is_stopped: Arc::default(),
            done: AtomicUsize::new(0),
        };
        let (sender, results) = channel();
        let mut remarks: Vec<FrameRemark> = Vec::new();
        let stopped = pool.scope(|scope| {
            work.call_threads(scope, &sender);
            drop(sender);
            let mut tick = || tick(work.done.load(Ordering::Relaxed));
            let stop = || {
                work.end.store(0, Ordering::Relaxed);
                work.is_stopped.store(true, Ordering::Relaxed);
            };
            wait(&results, &mut tick, |remark| remarks.push(remark), stop)
        });
        stopped?;
        remarks.sort_by_key(|remark| (remark.image, remark.place));
        if self.options.on_fault == OnFault::Raise
            && let Some((image, error)) =
                remarks.iter().find_map(|remark| Some((remark.image, remark.what.as_ref().err()?)))
        {
            return Err(ScanError { path: self.path(image).cloned(), error: error.clone() });
        }
        tick(work.done.into_inner())?;
        Ok(remarks)
    }
}

/// What the threads share.
struct Work<'w> {
    batch: &'w Batch,
    to: SampleType,
    threads: usize,
    state: Mutex<State<'w>>,
    /// No place from here on is begun.
    end: AtomicUsize,
    /// What is begun need not be finished.
    is_stopped: Arc<AtomicBool>,
    done: AtomicUsize,
}

struct State<'w> {
    /// The next image that nobody has begun, its first place, and the memory from there on.
    image: usize,
    place: usize,
    memory: Memory<'w>,
    /// Images that are open, with frames that nobody has begun.
    open: VecDeque<Open<'w>>,
    /// Threads at work; each ends when nothing is left to be begun.
    running: usize,
}

/// An image that is open.
struct Open<'w> {
    file: Arc<OpenFile>,
    image: &'w Image,
    number: usize,
    /// The next place, counted from its first, and that.
    next: usize,
    first: usize,
    memory: Memory<'w>,
}

/// A frame that a thread has begun.
struct Begun<'w> {
    file: Arc<OpenFile>,
    image: usize,
    frame: u32,
    place: usize,
    memory: Memory<'w>,
}

enum Claim<'w> {
    Frame(Begun<'w>),
    /// An image with its number, its first place and the memory of all its places.
    Image(&'w Image, usize, usize, Memory<'w>),
}

/// What a thread keeps from frame to frame.
struct Worker {
    reader: ImageReader,
    decoded: Vec<u8>,
    converted: Vec<u8>,
    renderer: Renderer,
}

impl<'w> Work<'w> {
    fn state(&self) -> MutexGuard<'_, State<'w>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets as many threads to work as there may be.
    fn call_threads<'scope>(&'scope self, scope: &Scope<'scope>, results: &Sender<FrameRemark>) {
        let missing = {
            let mut state = self.state();
            let missing = self.threads.saturating_sub(state.running);
            state.running += missing;
            missing
        };
        for _ in 0..missing {
            let results = results.clone();
            scope.spawn(move |scope| stop_with(&self.is_stopped, || self.run(scope, &results)));
        }
    }

    /// The next frame of an open image, or the next image.
    fn claim(&self) -> Option<Claim<'w>> {
        let mut state = self.state();
        let claim = self.next_frame(&mut state).map(Claim::Frame).or_else(|| self.next_image(&mut state));
        if claim.is_none() {
            state.running -= 1;
        }
        claim
    }

    fn next_frame(&self, state: &mut State<'w>) -> Option<Begun<'w>> {
        while let Some(open) = state.open.front_mut() {
            let place = open.first + open.next;
            let frame = open.image.frame(open.next);
            let is_left = open.next < open.image.places(self.batch.options.on_fault);
            let Some(frame) = frame.filter(|_| is_left && place < self.end.load(Ordering::Relaxed)) else {
                state.open.pop_front();
                continue;
            };
            let length = self.batch.place_length(open.image, self.to)?;
            open.next += 1;
            let memory = open.memory.take(length);
            return Some(Begun { file: Arc::clone(&open.file), image: open.number, frame, place, memory });
        }
        None
    }

    fn next_image(&self, state: &mut State<'w>) -> Option<Claim<'w>> {
        let image = self.batch.images.get(state.image)?;
        if state.place >= self.end.load(Ordering::Relaxed) {
            return None;
        }
        let memory = state.memory.take(self.batch.image_length(image, self.to)?);
        let (number, place) = (state.image, state.place);
        state.image += 1;
        state.place += image.places(self.batch.options.on_fault);
        Some(Claim::Image(image, number, place, memory))
    }

    /// Decodes frames until none is left, and sends what was odd or wrong.
    fn run<'scope>(&'scope self, scope: &Scope<'scope>, results: &Sender<FrameRemark>) {
        let reader = ImageReader::new(self.batch.options.limits, &self.batch.options.rendering);
        let mut worker =
            Worker { reader, decoded: Vec::new(), converted: Vec::new(), renderer: Renderer::default() };
        while let Some(claim) = self.claim() {
            match claim {
                Claim::Frame(begun) => self.decode(begun, &mut worker, results),
                Claim::Image(image, number, place, mut memory) => match self.open(image, &mut worker) {
                    Ok(file) => {
                        let file = Arc::new(file);
                        let open = Open { file, image, number, next: 0, first: place, memory };
                        self.state().open.push_back(open);
                        if image.places(self.batch.options.on_fault) > 1 {
                            self.call_threads(scope, results);
                        }
                    }
                    Err(error) => {
                        memory.clear();
                        self.refuse((image, number, place), &error, results);
                    }
                },
            }
        }
    }

    /// Opens an image again: it must be what it was.
    fn open(&self, image: &Image, worker: &mut Worker) -> Result<OpenFile> {
        let form: &Form = image.form.as_ref().map_err(Clone::clone)?;
        let path = &image.request.path;
        if let Some(known) = &form.known {
            let file = worker.reader.open_known(path, known)?;
            return Ok(OpenFile { file, rendered: form.rendered.clone() });
        }
        let only = image.request.only_frame();
        let mut held = HeldImages::open(path)?;
        let opened = catch_unwind(AssertUnwindSafe(|| held.image(&mut worker.reader, only)));
        let opened = opened.map_err(failed).flatten()?;
        if *opened.pixels.description() != form.description {
            return Err(ErrorKind::FileChanged.into());
        }
        let options = &self.batch.options;
        let rendered = held.rendered(&opened, &options.rendering, &options.limits)?;
        if rendered.form != form.rendered.form {
            return Err(ErrorKind::FileChanged.into());
        }
        Ok(OpenFile { file: opened.into_file(), rendered })
    }

    /// Says of every place of an image that there is no frame, or of the image that it has no place.
    fn refuse(
        &self,
        (image, number, first): (&Image, usize, usize),
        error: &Error,
        results: &Sender<FrameRemark>,
    ) {
        let places = image.places(self.batch.options.on_fault);
        self.ends(first);
        self.done.fetch_add(places, Ordering::Relaxed);
        let remark = |place, frame| FrameRemark { place, image: number, frame, what: Err(error.clone()) };
        if places == 0 {
            let _ = results.send(remark(None, image.request.only_frame()));
        }
        for place in 0..places {
            // Nobody may be waiting any more.
            let _ = results.send(remark(Some(first + place), image.frame(place)));
        }
    }

    /// Begins nothing behind a fault, where one ends all.
    fn ends(&self, place: usize) {
        if self.batch.options.on_fault == OnFault::Raise {
            self.end.fetch_min(place, Ordering::Relaxed);
        }
    }

    fn decode(&self, begun: Begun<'w>, worker: &mut Worker, results: &Sender<FrameRemark>) {
        let Begun { file, image, frame, place, mut memory } = begun;
        let decoded = catch_unwind(AssertUnwindSafe(|| self.fill(&file, frame, worker, &mut memory)));
        let remark = |what| FrameRemark { place: Some(place), image, frame: Some(frame), what };
        match decoded.map_err(failed).flatten() {
            Ok(Some(warning)) => {
                let _ = results.send(remark(Ok(warning)));
            }
            Ok(None) => {}
            Err(error) => {
                memory.clear();
                self.ends(place);
                let _ = results.send(remark(Err(error)));
            }
        }
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    /// Decodes a frame straight into its place, or by way of memory of the thread. Returns the first thing that was odd.
    fn fill(
        &self,
        open: &OpenFile,
        frame: u32,
        worker: &mut Worker,
        memory: &mut Memory<'_>,
    ) -> Result<Option<Warning>> {
        let rendering = &self.batch.options.rendering;
        open.file.with_frame(frame, |pixels, source| {
            let is_plain = rendering.is_plain() && (rendering.crop.is_none() || pixels.reads_parts());
            let options =
                PixelOptions { index: Some(frame), region: rendering.crop, ..PixelOptions::default() };
            let from = pixels.description().sample_type();
            let odd = pixels.warnings().first().cloned();
            let warnings = match memory {
                _ if !is_plain => self.fill_rendered(open, (pixels, source), frame, (worker, memory))?,
                Memory::Own(out) if from == self.to => pixels.decode(source, &options, out)?,
                _ => self.fill_converted(pixels, source, &options, (worker, memory))?,
            };
            Ok(odd.or_else(|| warnings.into_iter().next()))
        })
    }

    /// Decodes into memory of the thread, from where the samples are taken to their place.
    fn fill_converted(
        &self,
        pixels: &PixelData,
        source: &dyn PixelSource,
        options: &PixelOptions,
        (worker, memory): (&mut Worker, &mut Memory<'_>),
    ) -> Result<Vec<Warning>> {
        let from = pixels.description().sample_type();
        let Worker { decoded, converted, .. } = worker;
        if let (Memory::Shared(place, _, shared), Some(index)) = (&*memory, options.index)
            && from == self.to
            && options.region.is_none()
            && let Some(warnings) = pixels.decode_shared(index, (source, decoded), (*shared, *place))?
        {
            return Ok(warnings);
        }
        resize(decoded, usize::try_from(pixels.length(options)?).unwrap_or(usize::MAX))?;
        let warnings = pixels.decode(source, options, decoded)?;
        match memory {
            Memory::Own(out) => self.convert(from, decoded, out)?,
            Memory::Shared(offset, _, shared) if from == self.to => shared.write(*offset, decoded),
            Memory::Shared(offset, length, shared) => {
                resize(converted, *length)?;
                self.convert(from, decoded, converted)?;
                shared.write(*offset, converted);
            }
        }
        Ok(warnings)
    }

    /// Decodes a frame into memory of the thread, and writes what becomes of it into its place.
    fn fill_rendered(
        &self,
        open: &OpenFile,
        (pixels, source): (&PixelData, &dyn PixelSource),
        number: u32,
        (worker, memory): (&mut Worker, &mut Memory<'_>),
    ) -> Result<Vec<Warning>> {
        let rendering = &self.batch.options.rendering;
        let frame = FrameToRender { pixels, source, header: open.file.header(source), rendering, number };
        let Worker { decoded, converted, renderer, .. } = worker;
        let plan = frame.plan(&open.rendered);
        resize(decoded, usize::try_from(frame.length(&plan)?).unwrap_or(usize::MAX))?;
        let plan = (&open.rendered, plan);
        match memory {
            Memory::Own(out) => frame.render(plan, (renderer, decoded), self.to, out),
            Memory::Shared(offset, length, shared) => {
                resize(converted, *length)?;
                let warnings = frame.render(plan, (renderer, decoded), self.to, converted)?;
                shared.write(*offset, converted);
                Ok(warnings)
            }
        }
    }

    fn convert(&self, from: SampleType, samples: &[u8], out: &mut [u8]) -> Result<()> {
        if convert(from, samples, self.to, out) {
            return Ok(());
        }
        let reason = format!("{} samples that {} does not have", from.name(), self.to.name());
        Err(ErrorKind::PixelData(reason.into()).into())
    }
}

/// Makes memory of a thread as long as a frame, or says that there is none.
fn resize(memory: &mut Vec<u8>, length: usize) -> Result<()> {
    memory.truncate(length);
    memory.try_reserve_exact(length - memory.len()).map_err(|_| ErrorKind::OutOfMemory(length as u64))?;
    memory.resize(length, 0);
    Ok(())
}
