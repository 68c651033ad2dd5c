//! Many files → record batches: one row a file, in the order of their paths, whatever the threads.
//!
//! The caller's thread finds the files and puts the parts together; threads of the pool read them, a few dozen files at
//! a time, and never wait for the caller. Between the two lies a window of bounded length, so memory is bounded
//! however slowly the batches are taken.

use std::collections::{HashMap, VecDeque};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

use super::column::Column;
use super::file_row::{FileRow, Outcome, Plan};
use super::pool::Pool;
use super::row_set::{RowSet, schema};
use super::walk::{Found, Walk};
use crate::error::{Error, ErrorKind, Result};
use crate::limits::Limits;

/// Files that a thread takes at a time.
const CHUNK: usize = 32;
/// Rows of a batch; the last may have fewer, and one with large values too.
const BATCH: usize = 4096;
/// Bytes of values after which a batch is ended.
const BATCH_BYTES: usize = 64 << 20;
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

/// A scan under way. It belongs to the process that began it: in a forked child its threads are gone, and what they
/// held may be locked. There it gives an error, and is to be leaked.
pub struct Scan {
    process: u32,
    walk: Walk,
    pending: VecDeque<Found>,
    shared: Arc<Shared>,
    results: Receiver<Part>,
    pool: Pool,
    /// Parts that came before an earlier one.
    ready: HashMap<u64, Part>,
    /// The number of the next part that is sent out, and of the next that is put into a batch.
    sent: u64,
    taken: u64,
    /// A named path is a folder: what was sent out behind it comes back first.
    is_rewinding: bool,
    batch: RowSet,
    progress: ScanProgress,
    last_tick: Instant,
    schema: SchemaRef,
}

/// What the caller's thread and those of the pool share.
struct Shared {
    plan: Plan,
    work: Mutex<Work>,
    cancelled: AtomicBool,
}

#[derive(Default)]
struct Work {
    queue: VecDeque<Job>,
    /// Threads at work; each ends when the queue is empty.
    running: usize,
    /// What threads that ended have left for the next: buffers.
    readers: Vec<FileRow>,
    /// Empty sets of rows, with their memory.
    spare: Vec<RowSet>,
    results: Option<Sender<Part>>,
}

/// Files for one thread.
struct Job {
    number: u64,
    files: Vec<Found>,
}

/// The rows of a job.
struct Part {
    number: u64,
    files: Vec<Found>,
    /// The numbers of the files that are folders.
    folders: Vec<usize>,
    rows: RowSet,
    fault: Option<ScanError>,
}

impl Scan {
    /// Prepares a scan; nothing is read before the first batch is asked for.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] where the system gives no threads.
    pub fn new(paths: Vec<PathBuf>, columns: Vec<Column>, options: &ScanOptions) -> Result<Self> {
        let pool = Pool::get(options.threads)?;
        let (sender, results) = channel();
        let schema = schema(&columns);
        let plan = Plan::new(columns, options);
        let batch = RowSet::new(plan.columns());
        let work = Work { results: Some(sender), ..Work::default() };
        let shared = Arc::new(Shared { plan, work: Mutex::new(work), cancelled: AtomicBool::new(false) });
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
            batch,
            progress: ScanProgress::default(),
            last_tick: Instant::now(),
            schema,
        })
    }

    /// The columns of every batch.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// True in the process that began it.
    #[must_use]
    pub fn is_of_this_process(&self) -> bool {
        self.process == std::process::id()
    }

    /// How far it has come.
    #[must_use]
    pub fn progress(&self) -> ScanProgress {
        self.progress
    }

    /// The next rows. `tick` is called about every 50 ms, and ends the scan by an error.
    ///
    /// # Errors
    /// What `tick` gives; with [`OnFault::Raise`] the first file that cannot be read; in a forked process at once.
    pub fn next_batch(
        &mut self,
        tick: &mut dyn FnMut(ScanProgress) -> Result<()>,
    ) -> Result<Option<RecordBatch>, ScanError> {
        if !self.is_of_this_process() {
            return Err(
                Error::from(ErrorKind::InvalidValue("a scan cannot go on in a forked process")).into()
            );
        }
        loop {
            self.send_out();
            while let Some(part) = self.ready.remove(&self.taken) {
                if !part.folders.is_empty() {
                    self.is_rewinding = true;
                    self.ready.insert(part.number, part);
                    break;
                }
                if self.take(part)? {
                    return self.finish_batch().map(Some);
                }
                self.send_out();
            }
            if self.is_rewinding && self.ready.len() as u64 == self.sent - self.taken {
                self.rewind();
            }
            if self.progress.is_all && self.pending.is_empty() && self.sent == self.taken {
                tick(self.progress)?;
                return if self.batch.is_empty() { Ok(None) } else { self.finish_batch().map(Some) };
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
        for _ in 0..CHUNK {
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
            let count = CHUNK.min(self.pending.len());
            if count == 0 || count < CHUNK && !self.progress.is_all {
                return;
            }
            let files = self.pending.drain(..count).collect();
            let mut work = self.shared.work();
            work.queue.push_back(Job { number: self.sent, files });
            self.sent += 1;
            if work.running < self.pool.threads() {
                work.running += 1;
                let shared = Arc::clone(&self.shared);
                self.pool.spawn(move || shared.run());
            }
        }
    }

    /// Puts a part behind the batch; true when the batch is full.
    fn take(&mut self, part: Part) -> Result<bool, ScanError> {
        self.taken += 1;
        self.progress.done += part.files.len() as u64;
        if let Some(fault) = part.fault {
            return Err(fault);
        }
        self.batch.append(&part.rows);
        let mut rows = part.rows;
        rows.clear();
        self.shared.work().spare.push(rows);
        Ok(self.batch.len() >= BATCH || self.batch.size() >= BATCH_BYTES)
    }

    fn finish_batch(&mut self) -> Result<RecordBatch, ScanError> {
        let rows = std::mem::replace(&mut self.batch, RowSet::new(self.shared.plan.columns()));
        rows.finish(&self.schema)
            .map_err(|_| Error::from(ErrorKind::InvalidValue("rows that are no table")).into())
    }
}

impl Drop for Scan {
    fn drop(&mut self) {
        self.shared.cancelled.store(true, Ordering::Relaxed);
        self.shared.work().queue.clear();
    }
}

impl Shared {
    fn work(&self) -> MutexGuard<'_, Work> {
        // Held for a few instructions that do not panic.
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads files until the queue is empty.
    fn run(&self) {
        let mut reader = self.work().readers.pop().unwrap_or_default();
        loop {
            let (job, rows, results) = {
                let mut work = self.work();
                let Some(job) = work.queue.pop_front() else {
                    work.running -= 1;
                    work.readers.push(reader);
                    return;
                };
                (job, work.spare.pop(), work.results.clone())
            };
            let part = self.read(job, rows.unwrap_or_else(|| RowSet::new(self.plan.columns())), &mut reader);
            if let Some(results) = results {
                // Nobody may be waiting any more.
                let _ = results.send(part);
            }
        }
    }

    fn read(&self, job: Job, mut rows: RowSet, reader: &mut FileRow) -> Part {
        let mut fault = None;
        let mut folders = Vec::new();
        for (number, found) in job.files.iter().enumerate() {
            if self.cancelled.load(Ordering::Relaxed) || fault.is_some() {
                break;
            }
            match reader.read(found, &self.plan, &mut rows) {
                Outcome::Done => {}
                Outcome::Folder => folders.push(number),
                Outcome::Fault(error) if self.plan.on_fault() == OnFault::Raise => {
                    fault = Some(ScanError { path: Some(found.path.clone()), error });
                }
                Outcome::Fault(_) => {}
            }
        }
        Part { number: job.number, files: job.files, folders, rows, fault }
    }
}
