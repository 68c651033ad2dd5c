//! Many files read by the pool, and what comes of them in the order of their paths, whatever the threads.
//!
//! The caller's thread finds the files and takes the results; threads of the pool read them, some files at a time, and
//! never wait for the caller. Between the two lies a window of bounded length, so memory is bounded however slowly the
//! results are taken.

use std::collections::{HashMap, VecDeque};
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::pool::Pool;
use super::walk::{Found, Walk};
use crate::error::{Error, ErrorKind, Result};
use crate::limits::Limits;

/// Paths that are found before their files can be read.
const MAX_PENDING: usize = 1 << 20;
/// How often the caller is asked whether to go on.
const TICK: Duration = Duration::from_millis(50);

/// What becomes of a file that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum OnFault {
    /// A row that says so.
    #[default]
    Report,
    /// The scan ends.
    Raise,
    /// No row.
    Skip,
}

/// How files are found and read.
#[derive(Clone, Debug)]
pub struct ScanOptions {
    /// Folders inside folders too.
    pub recursive: bool,
    /// What becomes of files that cannot be read.
    pub on_fault: OnFault,
    /// Threads that read; as many as cores by default.
    pub threads: Option<NonZeroUsize>,
    /// What each file may ask for.
    pub limits: Limits,
}

impl Default for ScanOptions {
    fn default() -> Self {
        Self { recursive: true, on_fault: OnFault::Report, threads: None, limits: Limits::DEFAULT }
    }
}

/// How far a scan has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ScanProgress {
    /// Files read.
    pub done: u64,
    /// Files found.
    pub found: u64,
    /// True when no more will be found.
    pub is_all: bool,
}

/// A fault that ended a scan, and where.
#[derive(Debug)]
pub struct ScanError {
    /// The path, where it is about one.
    pub path: Option<PathBuf>,
    /// What was wrong.
    pub error: Error,
}

impl From<Error> for ScanError {
    fn from(error: Error) -> Self {
        Self { path: None, error }
    }
}

/// What is done with each file.
pub(super) trait Work: Send + Sync + 'static {
    /// What a thread keeps from file to file.
    type Reader: Default + Send;
    /// What comes of some files.
    type Output: Send;

    /// How many files a thread takes at a time.
    fn chunk(&self) -> usize;

    /// What becomes of files that cannot be read.
    fn on_fault(&self) -> OnFault;

    /// An output of no file.
    fn output(&self) -> Self::Output;

    /// Empties an output that was taken, so that its memory serves again.
    fn clear(&self, output: &mut Self::Output);

    /// Adds what comes of a file.
    ///
    /// # Errors
    /// What keeps the file from being read.
    fn read(&self, path: &Path, reader: &mut Self::Reader, output: &mut Self::Output) -> Result<()>;

    /// Takes back what a file that could not be read to the end has left.
    fn take_back(&self, output: &mut Self::Output);

    /// Adds that a file could not be read.
    fn report(&self, path: &Path, error: &Error, output: &mut Self::Output);
}

/// Files on their way through the pool. It belongs to the process that began it: in a forked child its threads are
/// gone, and what they held may be locked. There it gives an error, and is to be leaked.
pub(super) struct Ordered<W: Work> {
    process: u32,
    walk: Walk,
    pending: VecDeque<Found>,
    shared: Arc<Shared<W>>,
    results: Receiver<Part<W>>,
    pool: Pool,
    /// Parts that came before an earlier one.
    ready: HashMap<u64, Part<W>>,
    /// The number of the next part that is sent out, and of the next that is taken.
    sent: u64,
    taken: u64,
    /// A named path is a folder: what was sent out behind it comes back first.
    is_rewinding: bool,
    progress: ScanProgress,
    last_tick: Instant,
}

/// What the caller's thread and those of the pool share.
struct Shared<W: Work> {
    work: W,
    state: Mutex<State<W>>,
    cancelled: AtomicBool,
}

struct State<W: Work> {
    queue: VecDeque<Job>,
    /// Threads at work; each ends when the queue is empty.
    running: usize,
    /// What threads that ended have left for the next: buffers.
    readers: Vec<W::Reader>,
    /// Empty outputs, with their memory.
    spare: Vec<W::Output>,
    results: Option<Sender<Part<W>>>,
}

/// Files for one thread.
struct Job {
    number: u64,
    files: Vec<Found>,
}

/// What came of a job.
struct Part<W: Work> {
    number: u64,
    files: Vec<Found>,
    /// The numbers of the files that are folders.
    folders: Vec<usize>,
    output: W::Output,
    fault: Option<ScanError>,
}

impl<W: Work> Ordered<W> {
    /// Prepares the work; nothing is read before the first result is asked for.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] where the system gives no threads.
    pub(super) fn new(paths: Vec<PathBuf>, work: W, options: &ScanOptions) -> Result<Self> {
        let pool = Pool::get(options.threads)?;
        let (sender, results) = channel();
        let state = State {
            queue: VecDeque::new(),
            running: 0,
            readers: Vec::new(),
            spare: Vec::new(),
            results: Some(sender),
        };
        let shared = Arc::new(Shared { work, state: Mutex::new(state), cancelled: AtomicBool::new(false) });
        Ok(Self {
            process: std::process::id(),
            walk: Walk::new(paths, options.recursive),
            pending: VecDeque::new(),
            shared,
            results,
            pool,
            ready: HashMap::new(),
            sent: 0,
            taken: 0,
            is_rewinding: false,
            progress: ScanProgress::default(),
            last_tick: Instant::now(),
        })
    }

    /// What is done with each file.
    pub(super) fn work(&self) -> &W {
        &self.shared.work
    }

    /// True in the process that began it.
    pub(super) fn is_of_this_process(&self) -> bool {
        self.process == std::process::id()
    }

    /// How far it has come.
    pub(super) fn progress(&self) -> ScanProgress {
        self.progress
    }

    /// Gives back what was taken, for its memory.
    pub(super) fn recycle(&self, mut output: W::Output) {
        self.work().clear(&mut output);
        self.shared.state().spare.push(output);
    }

    /// What came of the next files. `tick` is called about every 50 ms, and ends the work by an error.
    ///
    /// # Errors
    /// What `tick` gives; with [`OnFault::Raise`] the first file that cannot be read; in a forked process at once.
    pub(super) fn next(
        &mut self,
        tick: &mut dyn FnMut(ScanProgress) -> Result<()>,
    ) -> Result<Option<W::Output>, ScanError> {
        if !self.is_of_this_process() {
            return Err(
                Error::from(ErrorKind::InvalidValue("a scan cannot go on in a forked process")).into()
            );
        }
        loop {
            self.send_out();
            if let Some(part) = self.ready.remove(&self.taken) {
                if part.folders.is_empty() {
                    return self.take(part).map(Some);
                }
                self.is_rewinding = true;
                self.ready.insert(part.number, part);
            }
            if self.is_rewinding && self.ready.len() as u64 == self.sent - self.taken {
                self.rewind();
            }
            if self.progress.is_all && self.pending.is_empty() && self.sent == self.taken {
                tick(self.progress)?;
                return Ok(None);
            }
            self.receive(tick)?;
            if self.last_tick.elapsed() >= TICK {
                self.last_tick = Instant::now();
                tick(self.progress)?;
            }
        }
    }

    /// Takes in parts that are there; otherwise finds more files, or waits.
    fn receive(&mut self, tick: &mut dyn FnMut(ScanProgress) -> Result<()>) -> Result<(), ScanError> {
        if let Ok(part) = self.results.try_recv() {
            self.ready.insert(part.number, part);
            return Ok(());
        }
        if !self.progress.is_all && !self.is_rewinding && self.pending.len() < MAX_PENDING {
            return self.find(tick);
        }
        match self.results.recv_timeout(TICK) {
            Ok(part) => {
                self.ready.insert(part.number, part);
                Ok(())
            }
            Err(RecvTimeoutError::Timeout) => Ok(()),
            // The sender lives in `shared`, which this holds.
            Err(RecvTimeoutError::Disconnected) => Err(Error::from(ErrorKind::Interrupted).into()),
        }
    }

    /// Finds the files of one more job.
    fn find(&mut self, tick: &mut dyn FnMut(ScanProgress) -> Result<()>) -> Result<(), ScanError> {
        let (progress, last_tick) = (&mut self.progress, &mut self.last_tick);
        for _ in 0..self.shared.work.chunk() {
            let mut alive = || {
                if last_tick.elapsed() < TICK {
                    return Ok(());
                }
                *last_tick = Instant::now();
                tick(*progress)
            };
            let Some(found) = self.walk.next(&mut alive)? else {
                progress.is_all = true;
                break;
            };
            self.pending.push_back(found);
            progress.found += 1;
        }
        Ok(())
    }

    /// Gives back what was sent out from the first folder on, so that the files of the folders come in their place.
    fn rewind(&mut self) {
        let (mut files, mut folders) = (Vec::new(), Vec::new());
        for (_, part) in self.ready.drain() {
            for (number, found) in part.files.into_iter().enumerate() {
                if part.folders.contains(&number) {
                    folders.push(found.path);
                } else {
                    files.push(found);
                }
            }
        }
        files.extend(self.pending.drain(..));
        self.progress.found -= (files.len() + folders.len()) as u64;
        self.progress.is_all = false;
        self.walk.put_back(files, folders);
        self.taken = self.sent;
        self.is_rewinding = false;
    }

    /// Gives the pool what it may have at a time.
    fn send_out(&mut self) {
        let window = u64::try_from(4 * self.pool.threads()).unwrap_or(u64::MAX).max(8);
        while self.sent - self.taken < window && !self.is_rewinding {
            let chunk = self.work().chunk();
            let count = chunk.min(self.pending.len());
            if count == 0 || count < chunk && !self.progress.is_all {
                return;
            }
            let files = self.pending.drain(..count).collect();
            let mut state = self.shared.state();
            state.queue.push_back(Job { number: self.sent, files });
            self.sent += 1;
            if state.running < self.pool.threads() {
                state.running += 1;
                let shared = Arc::clone(&self.shared);
                self.pool.spawn(move || shared.run());
            }
        }
    }

    fn take(&mut self, part: Part<W>) -> Result<W::Output, ScanError> {
        self.taken += 1;
        self.progress.done += part.files.len() as u64;
        part.fault.map_or(Ok(part.output), Err)
    }
}

impl<W: Work> Drop for Ordered<W> {
    fn drop(&mut self) {
        self.shared.cancelled.store(true, Ordering::Relaxed);
        self.shared.state().queue.clear();
    }
}

impl<W: Work> Shared<W> {
    fn state(&self) -> MutexGuard<'_, State<W>> {
        // Held for a few instructions that do not panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads files until the queue is empty.
    fn run(&self) {
        let mut reader = self.state().readers.pop().unwrap_or_default();
        loop {
            let (job, output, results) = {
                let mut state = self.state();
                let Some(job) = state.queue.pop_front() else {
                    state.running -= 1;
                    state.readers.push(reader);
                    return;
                };
                (job, state.spare.pop(), state.results.clone())
            };
            let part = self.read(job, output.unwrap_or_else(|| self.work.output()), &mut reader);
            if let Some(results) = results {
                // Nobody may be waiting any more.
                let _ = results.send(part);
            }
        }
    }

    fn read(&self, job: Job, mut output: W::Output, reader: &mut W::Reader) -> Part<W> {
        let mut fault = None;
        let mut folders = Vec::new();
        for (number, found) in job.files.iter().enumerate() {
            if self.cancelled.load(Ordering::Relaxed) || fault.is_some() {
                break;
            }
            let Err(error) = self.read_one(found, &mut output, reader) else { continue };
            match self.work.on_fault() {
                _ if found.is_named && is_folder(&error) => folders.push(number),
                OnFault::Report => self.work.report(&found.path, &error, &mut output),
                OnFault::Raise => fault = Some(ScanError { path: Some(found.path.clone()), error }),
                OnFault::Skip => {}
            }
        }
        Part { number: job.number, files: job.files, folders, output, fault }
    }

    fn read_one(&self, found: &Found, output: &mut W::Output, reader: &mut W::Reader) -> Result<()> {
        if let Some(error) = &found.error {
            return Err(error.clone());
        }
        // The reader does not panic; if it did, one file should not end the scan of a million.
        let read = catch_unwind(AssertUnwindSafe(|| self.work.read(&found.path, reader, output)));
        let read = read.unwrap_or_else(|_| {
            *reader = W::Reader::default();
            Err(ErrorKind::InvalidValue("the reader failed: please report this file").into())
        });
        read.inspect_err(|_| self.work.take_back(output))
    }
}

fn is_folder(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Io { kind: std::io::ErrorKind::IsADirectory, .. })
}
