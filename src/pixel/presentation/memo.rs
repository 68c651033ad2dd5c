//! What was made last: frames that share functional groups share what follows from them.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::Result;

/// The rows of the data sets from which it was made.
type Key = [Range<u32>; 2];

/// One value, kept until another is asked for.
#[derive(Debug)]
pub(super) struct Memo<T> {
    last: Mutex<Option<(Key, Arc<T>)>>,
}

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self { last: Mutex::default() }
    }
}

impl<T> Memo<T> {
    /// What was made of the same rows, or is made now.
    pub(super) fn get(&self, key: Key, make: impl FnOnce() -> Result<T>) -> Result<Arc<T>> {
        let last = || self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let known = last().as_ref().filter(|(of, _)| *of == key).map(|(_, made)| Arc::clone(made));
        if let Some(made) = known {
            return Ok(made);
        }
        let made = Arc::new(make()?);
        *last() = Some((key, Arc::clone(&made)));
        Ok(made)
    }
}
