//! Files that appear whole or not at all.

use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use flate2::Crc;

use super::system::{Native, System};
use crate::error::{ErrorKind, Result};
use crate::source::FileKind;

/// What has to be on the disk before a file counts as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Durability {
    /// Its bytes and its name: a power failure leaves the old file or the new one.
    #[default]
    Full,
    /// Nothing: a power failure may leave an empty file. Other processes still see the old one or the new one.
    None,
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SinkOptions {
    /// Replace a file that exists.
    pub overwrite: bool,
    /// What has to be on the disk.
    pub durability: Durability,
}

impl Default for SinkOptions {
    fn default() -> Self {
        Self { overwrite: true, durability: Durability::Full }
    }
}

/// Names that are tried; a folder would have to be full of chance names to need a second one.
const ATTEMPTS: usize = 16;

/// Links that are followed to a file that may not exist.
const MAX_LINKS: usize = 40;

/// A file that has its name when [`AtomicFile::commit`] returns; without that it goes away.
///
/// A file that is replaced keeps its permissions. Other hard links to it keep the old contents. A symbolic link stays:
/// what it points at is replaced.
pub struct AtomicFile<S: System = Native> {
    /// Goes before the file is closed: what has its name then may be of someone else.
    temporary: Temporary,
    file: File,
    target: PathBuf,
    options: SinkOptions,
    system: PhantomData<S>,
}

impl AtomicFile {
    /// Begins a file.
    ///
    /// # Errors
    /// [`ErrorKind::NotRegularFile`] where the path leads to a FIFO, a device or a socket; [`ErrorKind::Io`] with
    /// `AlreadyExists` where it exists and may not be replaced, and for whatever the operating system refuses: a file
    /// that may not be written is not replaced either.
    pub fn create(path: &Path, options: SinkOptions) -> Result<Self> {
        Self::create_with(path, options)
    }
}

impl<S: System> AtomicFile<S> {
    /// [`AtomicFile::create`] by the calls of `S`.
    ///
    /// # Errors
    /// As there.
    pub fn create_with(path: &Path, options: SinkOptions) -> Result<Self> {
        if !options.overwrite && std::fs::symlink_metadata(path).is_ok() {
            return Err(io::Error::from(io::ErrorKind::AlreadyExists).into());
        }
        let target = followed(path)?;
        let replaced = writable(&target)?;
        let (file, temporary) = create_beside::<S>(&target, replaced.is_some())?;
        if let Some(replaced) = replaced {
            S::keep_permissions(&file, &replaced)?;
        }
        Ok(Self { temporary, file, target, options, system: PhantomData })
    }

    /// Gives the file the permissions of another one.
    ///
    /// # Errors
    /// [`ErrorKind::Io`].
    pub fn keep_permissions_of(&self, other: &Metadata) -> Result<()> {
        Ok(S::keep_permissions(&self.file, other)?)
    }

    /// Gives the file its name. Whatever fails, the old file is there, or the new one.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] with `AlreadyExists` where the name was taken meanwhile and may not be replaced, and whatever
    /// the operating system refuses.
    pub fn commit(mut self) -> Result<()> {
        let is_durable = self.options.durability == Durability::Full;
        if is_durable {
            self.file.sync_all()?;
        }
        match (self.options.overwrite, is_durable) {
            (true, true) => std::fs::rename(&self.temporary.path, &self.target)?,
            (true, false) => S::rename_at_once(&self.temporary.path, &self.target)?,
            (false, _) => S::rename_new(&self.temporary.path, &self.target)?,
        }
        self.temporary.is_done = true;
        // The file has its name: it is for others to lock.
        let _ = self.file.unlock();
        if is_durable {
            S::sync_folder(folder_of(&self.target))?;
        }
        Ok(())
    }
}

impl<S: System> Write for AtomicFile<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl<S: System> std::fmt::Debug for AtomicFile<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AtomicFile").field("options", &self.options).finish_non_exhaustive()
    }
}

/// The name of a file that is not finished; the file goes with it.
struct Temporary {
    path: PathBuf,
    is_done: bool,
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.is_done {
            // Nobody is left to be told.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Removes a file.
///
/// # Errors
/// [`ErrorKind::Io`].
pub fn remove(path: &Path, durability: Durability) -> Result<()> {
    std::fs::remove_file(path)?;
    if durability == Durability::Full {
        Native::sync_folder(folder_of(path))?;
    }
    Ok(())
}

/// What the path leads to, whether it exists or not.
///
/// # Errors
/// More links than the system follows.
pub fn followed(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        match std::fs::read_link(&path) {
            Ok(link) => path = folder_of(&path).join(link),
            // Not a link, or not there; what else is wrong shows when the file is made.
            Err(_) => return Ok(path),
        }
    }
    // More links than the system follows: it says so.
    std::fs::metadata(&path).map(|_| path)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// What is known of the file that is to be replaced, when there is one. It must be one that may be written.
fn writable(target: &Path) -> Result<Option<Metadata>> {
    let metadata = match std::fs::metadata(target) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    match FileKind::of(metadata.file_type()) {
        FileKind::Regular => {}
        FileKind::Directory => return Err(io::Error::from(io::ErrorKind::IsADirectory).into()),
        FileKind::Other(what) => return Err(ErrorKind::NotRegularFile(what).into()),
    }
    OpenOptions::new().write(true).open(target)?;
    Ok(Some(metadata))
}

/// Makes a file that nobody else writes in the folder of `target`.
///
/// Its name is that of the last one where that is free: what a killed process has left is found, and goes.
fn create_beside<S: System>(target: &Path, is_private: bool) -> io::Result<(File, Temporary)> {
    let made = |(file, path)| (file, Temporary { path, is_done: false });
    let usual = usual_beside(target)?;
    if S::TELLS_FILES_APART {
        remove_left_at::<S>(&usual);
        if let Some(file) = create_locked::<S>(&usual, is_private)? {
            return Ok(made((file, usual)));
        }
    }
    let mut attempt = 0;
    loop {
        let path = usual.with_file_name(name_of(chance()));
        match S::create(&path, is_private) {
            Ok(file) => return Ok(made((file, path))),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < ATTEMPTS => attempt += 1,
            Err(error) => return Err(error),
        }
    }
}

/// Makes a file that [`remove_left_at`] leaves alone while it is open; `None` where that cannot be.
fn create_locked<S: System>(path: &Path, is_private: bool) -> io::Result<Option<File>> {
    let file = match S::create(path, is_private) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(None),
        Err(error) => return Err(error),
    };
    match file.try_lock() {
        // Someone may have taken it for a left one between the two calls.
        Ok(()) if S::is_at(&file, path) => Ok(Some(file)),
        Err(TryLockError::Error(_)) => {
            // A file system without locks.
            std::fs::remove_file(path)?;
            Ok(None)
        }
        Ok(()) | Err(TryLockError::WouldBlock) => Ok(None),
    }
}

/// Removes what a killed process has left of writing `target`; nothing that is still written.
pub fn remove_left(target: &Path) {
    if let Ok(usual) = usual_beside(target) {
        remove_left_at::<Native>(&usual);
    }
}

/// Whoever has the lock of a file under its name may remove it: nobody writes it, and nobody else removes it.
fn remove_left_at<S: System>(path: &Path) {
    if let Ok(file) = S::open_left(path)
        && file.try_lock().is_ok()
        && S::is_at(&file, path)
    {
        // Where it may not be removed, another name is taken.
        let _ = std::fs::remove_file(path);
    }
}

/// The name that a file has while it is written, unless someone else writes the same one.
fn usual_beside(target: &Path) -> io::Result<PathBuf> {
    let name = target.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut sum = Crc::new();
    sum.update(name.as_encoded_bytes());
    Ok(folder_of(target).join(name_of(sum.sum().into())))
}

fn name_of(number: u64) -> String {
    format!(".fastdcm-{number:016x}.tmp")
}

/// A number that nobody can guess well enough to be in the way.
fn chance() -> u64 {
    let mut hasher = std::hash::RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    hasher.finish()
}

#[cfg(test)]
mod tests;
