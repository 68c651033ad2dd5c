//! Threads for work on many files; they survive nothing, not even `fork`, and need not.
//!
//! After `fork` a child has the pool's memory but none of its threads, and perhaps its locks in the state in which
//! another thread held them. So the pool is found by one atomic pointer and belongs to the process whose number it
//! carries: a child finds its parent's, leaves it alone and makes its own.
#![allow(unsafe_code)]

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, Ordering};

use rayon::{Scope, ThreadPool, ThreadPoolBuilder};

use crate::error::{ErrorKind, Result};

/// The pool of one process.
struct Owned {
    process: u32,
    pool: ThreadPool,
}

/// Points to nothing or to a leaked [`Owned`], which is never freed.
static SHARED: AtomicPtr<Owned> = AtomicPtr::new(std::ptr::null_mut());

/// Threads that work can be given to.
#[derive(Clone)]
pub struct Pool {
    threads: NonZeroUsize,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    Shared(&'static ThreadPool),
    /// More threads than cores: for storage that answers late. They end with the work.
    Own(Arc<ThreadPool>),
}

impl Pool {
    /// A pool for work that `threads` threads share; by default as many as there are cores.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] where the system gives no thread.
    pub fn get(threads: Option<NonZeroUsize>) -> Result<Self> {
        let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let threads = threads.unwrap_or(cores);
        let kind =
            if threads > cores { Kind::Own(Arc::new(build(threads)?)) } else { Kind::Shared(shared(cores)?) };
        Ok(Self { threads, kind })
    }

    /// How many threads the work may take. The shared pool may have more.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.threads.get()
    }

    /// Runs `step` on this thread, which may give jobs with borrowed data to the pool; returns when all have ended.
    pub fn scope<'scope, R>(&self, step: impl FnOnce(&Scope<'scope>) -> R) -> R {
        match &self.kind {
            Kind::Shared(pool) => pool.in_place_scope(step),
            Kind::Own(pool) => pool.in_place_scope(step),
        }
    }

    /// Runs `job` on a thread of the pool. A job must not wait for anything but the operating system: others queue
    /// behind it.
    pub fn spawn(&self, job: impl FnOnce() + Send + 'static) {
        match &self.kind {
            Kind::Shared(pool) => pool.spawn(job),
            Kind::Own(pool) => pool.spawn(job),
        }
    }
}

fn build(threads: NonZeroUsize) -> Result<ThreadPool> {
    ThreadPoolBuilder::new()
        .num_threads(threads.get())
        .thread_name(|number| format!("fastdcm-{number}"))
        .build()
        .map_err(|_| ErrorKind::Io { kind: std::io::ErrorKind::OutOfMemory, code: None }.into())
}

/// The pool of this process, made where there is none.
fn shared(threads: NonZeroUsize) -> Result<&'static ThreadPool> {
    let process = std::process::id();
    loop {
        let found = SHARED.load(Ordering::Acquire);
        // SAFETY: null, or a pointer that `Box::into_raw` below gave and that is never freed.
        if let Some(owned) = unsafe { found.as_ref() }
            && owned.process == process
        {
            return Ok(&owned.pool);
        }
        let made = Box::into_raw(Box::new(Owned { process, pool: build(threads)? }));
        // A parent's pool that is replaced here stays in memory: its threads are not in this process, so dropping it
        // would wait for them for ever.
        if SHARED.compare_exchange(found, made, Ordering::AcqRel, Ordering::Acquire).is_err() {
            // SAFETY: `made` came from `Box::into_raw` above and nobody else has seen it.
            drop(unsafe { Box::from_raw(made) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn one_pool_a_process_and_one_for_more_threads_than_cores() {
        let one = Pool::get(NonZeroUsize::new(1)).unwrap();
        let all = Pool::get(None).unwrap();
        let (Kind::Shared(first), Kind::Shared(second)) = (&one.kind, &all.kind) else { panic!() };
        assert!(std::ptr::eq(*first, *second));
        assert_eq!((one.threads(), all.threads()), (1, first.current_num_threads()));

        let many = Pool::get(NonZeroUsize::new(first.current_num_threads() + 3)).unwrap();
        let (send, receive) = channel();
        for number in 0..20 {
            let send = send.clone();
            many.spawn(move || send.send(number).unwrap());
        }
        drop(send);
        assert_eq!(receive.iter().sum::<u32>(), 190);
        assert!(matches!(many.kind, Kind::Own(_)));
    }

    #[test]
    fn threads_that_race_for_the_first_pool_get_the_same() {
        let cores = NonZeroUsize::new(2).unwrap();
        let pools: Vec<_> = std::thread::scope(|scope| {
            let handles: Vec<_> =
                (0..8).map(|_| scope.spawn(|| std::ptr::from_ref(shared(cores).unwrap()) as usize)).collect();
            handles.into_iter().map(|handle| handle.join().unwrap()).collect()
        });
        assert!(pools.iter().all(|pool| *pool == pools[0]));
    }
}
