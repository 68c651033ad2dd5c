//! Files, read by offset.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::system::{Access, FileKind, FileStatus, Native, NotRegular, System};
use crate::error::{ErrorKind, Result};
use crate::source::ReadAt;

/// How many files this process may hold open for data sets whose large values stay behind. Windows does not let an
/// open file be deleted or replaced, so there none stays open.
pub const OPEN_FILES: usize = if cfg!(windows) { 0 } else { 128 };

/// A file. It stays the file that was opened when its path is given to another one.
///
/// On Unix, after `fork`, parent and child hold the same descriptors, each with its own count of them; both are right.
pub struct FileSource<S: System = Native> {
    handle: S::Handle,
    /// Size and time of the last change when it was opened; `None` where nobody asked.
    stamp: Option<(u64, i128)>,
    kept: Option<KeptOpen>,
}

impl FileSource {
    /// Opens a regular file and remembers its size and time of change.
    ///
    /// # Errors
    /// [`ErrorKind::NotRegularFile`] for a FIFO, a device or a socket, at once; [`ErrorKind::Io`] for a folder and for
    /// whatever the operating system refuses.
    pub fn open(path: &Path) -> Result<Self> {
        Self::open_with(path)
    }

    /// Opens what is known to be a regular file, without asking for its status: changes are not noticed.
    ///
    /// # Errors
    /// [`ErrorKind::Io`].
    pub fn open_unchecked(path: &Path) -> Result<Self> {
        Self::open_unchecked_with(path)
    }
}

impl<S: System> FileSource<S> {
    /// [`FileSource::open`] by the calls of `S`.
    ///
    /// # Errors
    /// As there.
    pub fn open_with(path: &Path) -> Result<Self> {
        let mut source = Self::open_unchecked_with(path)?;
        let status = S::status(&source.handle)?;
        match status.kind {
            FileKind::Regular => {}
            FileKind::Directory => return Err(io::Error::from(io::ErrorKind::IsADirectory).into()),
            FileKind::Other(what) => return Err(ErrorKind::NotRegularFile(what).into()),
        }
        source.stamp = Some((status.size, status.modified));
        Ok(source)
    }

    /// [`FileSource::open_unchecked`] by the calls of `S`.
    ///
    /// # Errors
    /// As there.
    pub fn open_unchecked_with(path: &Path) -> Result<Self> {
        let handle = S::open(path).map_err(|error| open_error(error, path))?;
        Ok(Self { handle, stamp: None, kept: None })
    }

    /// Says how the file is going to be read.
    pub fn advise(&self, access: Access) {
        S::advise(&self.handle, access);
    }

    /// What is known of the file now.
    ///
    /// # Errors
    /// [`ErrorKind::Io`].
    pub fn status(&self) -> Result<FileStatus> {
        Ok(S::status(&self.handle)?)
    }

    /// The size that the file had when it was opened; `None` after `open_unchecked`.
    #[must_use]
    pub fn opened_size(&self) -> Option<u64> {
        self.stamp.map(|(size, _)| size)
    }

    /// The open file as the system has it.
    pub(crate) fn handle(&self) -> &S::Handle {
        &self.handle
    }

    /// Size, and time of the last change in nanoseconds since 1970, when it was opened; `None` after
    /// `open_unchecked`.
    #[must_use]
    pub fn stamp(&self) -> Option<(u64, i128)> {
        self.stamp
    }

    /// Takes one of the process's [`OPEN_FILES`] places for files that stay open; given back when this is dropped.
    ///
    /// False when all are taken: then read what is needed at once and drop the file.
    pub fn try_keep_open(&mut self) -> bool {
        if self.kept.is_none() {
            self.kept = KeptOpen::take(&PLACES);
        }
        self.kept.is_some()
    }
}

impl<S: System> ReadAt for FileSource<S> {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match S::read_at(&self.handle, rest, offset.saturating_add(filled as u64)) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(filled)
    }

    fn append(&self, offset: u64, wanted: usize, buffer: &mut Vec<u8>) -> Result<usize> {
        if wanted == 0 {
            return Ok(0);
        }
        let start = buffer.len();
        buffer.try_reserve_exact(wanted).map_err(|_| ErrorKind::OutOfMemory(wanted as u64))?;
        // What was reserved before may be more than is wanted: then the quick way would read too much.
        let first =
            if buffer.capacity() - start == wanted { S::append(&self.handle, buffer, offset)? } else { None };
        let read = first.unwrap_or(0);
        if read == wanted {
            return Ok(read);
        }
        buffer.resize(start + wanted, 0);
        let rest = buffer.get_mut(start + read..).unwrap_or_default();
        let read = read + self.read_at(offset.saturating_add(read as u64), rest)?;
        buffer.truncate(start + read);
        Ok(read)
    }

    fn size(&self) -> Result<u64> {
        Ok(self.status()?.size)
    }

    fn known_size(&self) -> Option<u64> {
        self.opened_size()
    }

    fn check_unchanged(&self) -> Result<()> {
        let Some(stamp) = self.stamp else { return Ok(()) };
        let now = self.status()?;
        if stamp == (now.size, now.modified) { Ok(()) } else { Err(ErrorKind::FileChanged.into()) }
    }
}

impl<S: System> std::fmt::Debug for FileSource<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileSource").field("stamp", &self.stamp).finish_non_exhaustive()
    }
}

/// Says what kind of file could not be opened, where that is the reason.
fn open_error(error: io::Error, path: &Path) -> crate::Error {
    if let Some(NotRegular(what)) = error.get_ref().and_then(|inner| inner.downcast_ref()) {
        return ErrorKind::NotRegularFile(what).into();
    }
    // A socket cannot be opened, nor a device without a driver; neither says so in its error.
    match std::fs::metadata(path).map(|metadata| FileKind::of(metadata.file_type())) {
        Ok(FileKind::Other(what)) => ErrorKind::NotRegularFile(what).into(),
        _ => error.into(),
    }
}

/// Places for files that stay open. An atomic number: no lock that a forked child could find held.
#[derive(Debug)]
struct Places {
    taken: AtomicUsize,
    all: usize,
}

static PLACES: Places = Places { taken: AtomicUsize::new(0), all: OPEN_FILES };

/// A place that is taken.
#[derive(Debug)]
struct KeptOpen(&'static Places);

impl KeptOpen {
    fn take(places: &'static Places) -> Option<Self> {
        let one_more = |taken: usize| (taken < places.all).then_some(taken + 1);
        places.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).ok().map(|_| Self(places))
    }
}

impl Drop for KeptOpen {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Portable;
    use std::path::PathBuf;

    /// A folder of its own for a test, removed at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("fastdcm-{}-{name}", std::process::id()));
            std::fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
            let path = self.0.join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn reads_by_offset<S: System>(name: &str) {
        let folder = Folder::new(name);
        let path = folder.file("a", b"0123456789");
        let source = FileSource::<S>::open_with(&path).unwrap();
        source.advise(Access::Random);
        let mut buffer = [0; 4];
        assert_eq!((source.read_at(2, &mut buffer).unwrap(), &buffer), (4, b"2345"));
        assert_eq!((source.read_at(8, &mut buffer).unwrap(), &buffer[..2]), (2, &b"89"[..]));
        assert_eq!(source.read_at(11, &mut buffer).unwrap(), 0);
        let mut bytes = b"ab".to_vec();
        assert_eq!(source.append(3, 4, &mut bytes).unwrap(), 4);
        assert_eq!(source.append(7, 100, &mut bytes).unwrap(), 3);
        assert_eq!(source.append(7, 0, &mut Vec::new()).unwrap(), 0);
        assert_eq!(bytes, b"ab3456789");
        assert_eq!((source.size().unwrap(), source.opened_size()), (10, Some(10)));
        source.advise(Access::Normal);

        // Deleted or replaced, the file that was opened is still read.
        source.check_unchanged().unwrap();
        let other = folder.file("b", b"other");
        std::fs::rename(&other, &path).unwrap();
        assert_eq!((source.read_at(0, &mut buffer).unwrap(), &buffer), (4, b"0123"));
    }

    #[test]
    fn reads_by_offset_in_both_forms() {
        #[cfg(unix)]
        reads_by_offset::<Posix>("posix");
        #[cfg(not(windows))]
        reads_by_offset::<Portable>("portable");
    }

    #[cfg(unix)]
    use crate::source::Posix;

    #[test]
    fn notices_a_change_in_place() {
        let folder = Folder::new("change");
        let path = folder.file("a", b"0123456789");
        let source = FileSource::open(&path).unwrap();
        std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(4).unwrap();
        assert_eq!(source.check_unchanged().unwrap_err().kind(), &ErrorKind::FileChanged);
        FileSource::open_unchecked(&path).unwrap().check_unchanged().unwrap();
    }

    fn refused<S: System>(path: &Path) -> ErrorKind {
        FileSource::<S>::open_with(path).unwrap_err().kind().clone()
    }

    #[cfg(unix)]
    #[test]
    fn refuses_what_is_no_regular_file_at_once() {
        let folder = Folder::new("special");
        let fifo = folder.0.join("fifo");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let socket = folder.0.join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let null = Path::new("/dev/null");
        for (path, what) in [(&*fifo, "FIFO"), (&socket, "socket"), (null, "device")] {
            assert_eq!(refused::<Posix>(path), ErrorKind::NotRegularFile(what));
            assert_eq!(refused::<Portable>(path), ErrorKind::NotRegularFile(what));
        }
        let looped = folder.0.join("loop");
        std::os::unix::fs::symlink(&looped, &looped).unwrap();
        assert!(matches!(refused::<Posix>(&looped), ErrorKind::Io { .. }));
    }

    #[test]
    fn a_folder_and_a_missing_file_are_the_systems_errors() {
        let folder = Folder::new("folder");
        let is = |kind: ErrorKind, wanted| matches!(kind, ErrorKind::Io { kind, .. } if kind == wanted);
        assert!(is(refused::<Native>(&folder.0), io::ErrorKind::IsADirectory));
        assert!(is(refused::<Portable>(&folder.0), io::ErrorKind::IsADirectory));
        assert!(is(refused::<Native>(&folder.0.join("no")), io::ErrorKind::NotFound));
        assert!(is(refused::<Portable>(&folder.0.join("no")), io::ErrorKind::NotFound));
    }

    #[test]
    fn keeps_a_bounded_number_of_files_open() {
        static TWO: Places = Places { taken: AtomicUsize::new(0), all: 2 };
        let first = KeptOpen::take(&TWO);
        let second = KeptOpen::take(&TWO);
        assert!(first.is_some() && second.is_some() && KeptOpen::take(&TWO).is_none());
        drop(first);
        assert!(KeptOpen::take(&TWO).is_some());
    }

    #[test]
    fn a_file_takes_one_place_and_gives_it_back() {
        let folder = Folder::new("kept");
        let mut source = FileSource::open(&folder.file("a", b"x")).unwrap();
        assert_eq!((source.try_keep_open(), source.try_keep_open()), (OPEN_FILES > 0, OPEN_FILES > 0));
        assert_eq!(source.kept.is_some(), OPEN_FILES > 0);
    }
}
