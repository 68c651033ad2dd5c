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
