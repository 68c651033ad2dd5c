//! What is asked of the operating system, behind one trait: a POSIX form and a portable twin.

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::UNIX_EPOCH;

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    Regular,
    /// A folder.
    Directory,
    /// Something else; the name says what.
    Other(&'static str),
}

impl FileKind {
    /// The kind that the standard library reports.
    #[must_use]
    pub fn of(kind: std::fs::FileType) -> Self {
        if kind.is_file() {
            Self::Regular
        } else if kind.is_dir() {
            Self::Directory
        } else {
            Self::Other(special_kind(kind))
        }
    }
}

#[cfg(unix)]
fn special_kind(kind: std::fs::FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    if kind.is_fifo() {
        "FIFO"
    } else if kind.is_socket() {
        "socket"
    } else if kind.is_char_device() || kind.is_block_device() {
        "device"
    } else {
        "special file"
    }
}

#[cfg(unix)]
fn posix_kind(kind: rustix::fs::FileType) -> FileKind {
    use rustix::fs::FileType;
    match kind {
        FileType::RegularFile => FileKind::Regular,
        FileType::Directory => FileKind::Directory,
        FileType::Fifo => FileKind::Other("FIFO"),
        FileType::Socket => FileKind::Other("socket"),
        FileType::CharacterDevice | FileType::BlockDevice => FileKind::Other("device"),
        _ => FileKind::Other("special file"),
    }
}

#[cfg(not(unix))]
fn special_kind(_: std::fs::FileType) -> &'static str {
    "special file"
}

/// What is known of a file beside its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileStatus {
    /// What it is.
    pub kind: FileKind,
    /// Bytes in it.
    pub size: u64,
    /// When its contents were last changed, in nanoseconds since 1970; 0 where the system does not say.
    pub modified: i128,
}

/// How a file is going to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// A piece here and there: reading ahead would be wasted.
    Random,
    /// As the system thinks best.
    Normal,
}

/// The calls that reading files takes.
pub trait System: Send + Sync + 'static {
    /// An open file.
    type Handle: Send + Sync;

    /// Opens `path` for reading. Never waits: not for the writer of a FIFO either.
    ///
    /// # Errors
    /// What the operating system refuses.
    fn open(path: &Path) -> io::Result<Self::Handle>;

    /// Reads once, at most `buffer.len()` bytes from `offset` on; 0 at the end of the file.
    ///
    /// # Errors
    /// What the operating system refuses.
    fn read_at(handle: &Self::Handle, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Reads once into what `buffer` has reserved behind its end, where that can be done without clearing it first.
    ///
    /// # Errors
    /// What the operating system refuses.
    fn append(handle: &Self::Handle, buffer: &mut Vec<u8>, offset: u64) -> io::Result<Option<usize>> {
        let _ = (handle, buffer, offset);
        Ok(None)
    }

    /// What is known of the open file.
    ///
    /// # Errors
    /// What the operating system refuses.
    fn status(handle: &Self::Handle) -> io::Result<FileStatus>;

    /// Says how the file is going to be read. Advice only: nothing depends on it.
    fn advise(handle: &Self::Handle, access: Access) {
        let _ = (handle, access);
    }
}

/// The form that is used on this system.
#[cfg(unix)]
pub type Native = Posix;
/// The form that is used on this system.
#[cfg(not(unix))]
pub type Native = Portable;

/// POSIX calls: `open`, `pread`, `fstat`, `posix_fadvise`.
#[cfg(unix)]
#[derive(Clone, Copy, Debug)]
pub struct Posix;

#[cfg(unix)]
impl System for Posix {
    type Handle = File;

    fn open(path: &Path) -> io::Result<File> {
        use rustix::fs::{Mode, OFlags};
        // NONBLOCK: a FIFO would wait for a writer. For regular files it means nothing.
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        Ok(rustix::fs::open(path, flags, Mode::empty())?.into())
    }

    fn read_at(handle: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        Ok(rustix::io::pread(handle, buffer, offset)?)
    }

    fn append(handle: &File, buffer: &mut Vec<u8>, offset: u64) -> io::Result<Option<usize>> {
        Ok(Some(rustix::io::pread(handle, rustix::buffer::spare_capacity(buffer), offset)?))
    }

    fn status(handle: &File) -> io::Result<FileStatus> {
        // `File::metadata` asks Linux for all that `statx` knows, which takes twice as long.
        let found = rustix::fs::fstat(handle)?;
        Ok(FileStatus {
            kind: posix_kind(rustix::fs::FileType::from_raw_mode(found.st_mode)),
            size: u64::try_from(found.st_size).unwrap_or_default(),
            modified: i128::from(found.st_mtime) * 1_000_000_000 + i128::from(found.st_mtime_nsec),
        })
    }

    #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
    fn advise(handle: &File, access: Access) {
        use rustix::fs::Advice;
        let advice = match access {
            Access::Random => Advice::Random,
            Access::Normal => Advice::Normal,
        };
        // A file system that has no use for the advice may say so; reading goes on without.
        let _ = rustix::fs::fadvise(handle, 0, None, advice);
    }
}

/// The standard library's calls only; used on Windows, tested everywhere.
#[derive(Clone, Copy, Debug)]
pub struct Portable;

/// An open file whose position is shared, so that one thread reads at a time.
#[derive(Debug)]
pub struct Positioned(std::sync::Mutex<File>);

impl System for Portable {
    type Handle = Positioned;

    fn open(path: &Path) -> io::Result<Positioned> {
        // Opening a FIFO would wait for a writer, and not every system can open a folder: look first.
        match FileKind::of(std::fs::metadata(path)?.file_type()) {
            FileKind::Regular => Ok(Positioned(std::sync::Mutex::new(File::open(path)?))),
            FileKind::Directory => Err(io::ErrorKind::IsADirectory.into()),
            FileKind::Other(what) => Err(io::Error::other(NotRegular(what))),
        }
    }

    fn read_at(handle: &Positioned, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        use std::io::{Read, Seek, SeekFrom};
        // A poisoned lock guards nothing but the position, which is set here.
        let mut file = handle.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        file.seek(SeekFrom::Start(offset))?;
        file.read(buffer)
    }

    fn status(handle: &Positioned) -> io::Result<FileStatus> {
        status_of(&handle.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

fn status_of(file: &File) -> io::Result<FileStatus> {
    file.metadata().map(|metadata| FileStatus::of(&metadata))
}

impl FileStatus {
    /// What is known of what a path leads to, without opening it.
    ///
    /// # Errors
    /// What the operating system refuses.
    pub fn of_path(path: &Path) -> io::Result<Self> {
        std::fs::metadata(path).map(|metadata| Self::of(&metadata))
    }

    fn of(metadata: &std::fs::Metadata) -> Self {
        let modified = metadata.modified().map_or(0, |time| match time.duration_since(UNIX_EPOCH) {
            Ok(after) => i128::try_from(after.as_nanos()).unwrap_or(i128::MAX),
            Err(before) => -i128::try_from(before.duration().as_nanos()).unwrap_or(i128::MAX),
        });
        Self { kind: FileKind::of(metadata.file_type()), size: metadata.len(), modified }
    }
}

/// Carried through `io::Error` where a path leads to something that is not opened at all.
#[derive(Debug)]
pub(super) struct NotRegular(pub(super) &'static str);

impl std::fmt::Display for NotRegular {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "not a regular file but a {}", self.0)
    }
}

impl std::error::Error for NotRegular {}
