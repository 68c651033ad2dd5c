//! What is asked of the operating system, behind one trait: a POSIX form and a portable twin.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

/// The calls that writing files takes.
pub trait System: Send + Sync + 'static {
    /// [`System::is_at`] can tell, and locks hold while a file is renamed or removed.
    const TELLS_FILES_APART: bool;

    /// Makes a file that does not exist yet. `is_private`: nobody else may read it so far.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`], and what the operating system refuses.
    fn create(path: &Path, is_private: bool) -> io::Result<File>;

    /// Gives a file the permissions of the one that it is to replace, and the owner where that is allowed.
    ///
    /// # Errors
    /// What the operating system refuses.
    fn keep_permissions(file: &File, replaced: &Metadata) -> io::Result<()>;

    /// Gives a file its final name, in place of another one, without anything that waits for the disk.
    ///
    /// # Errors
    /// What the operating system refuses.
    fn rename_at_once(from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    /// Gives a file its final name, unless something has that name already.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`], and what the operating system refuses.
    fn rename_new(from: &Path, to: &Path) -> io::Result<()>;

    /// True when `path` is another name of an open file, itself and not a link to it. False where nobody can tell.
    fn is_at(file: &File, path: &Path) -> bool;

    /// Opens a file, and nothing else that may have its name.
    ///
    /// # Errors
    /// What the operating system refuses.
    fn open_left(path: &Path) -> io::Result<File>;

    /// Waits until the names in a folder are on the disk.
    ///
    /// # Errors
    /// What the operating system refuses.
    fn sync_folder(path: &Path) -> io::Result<()>;
}

/// The form that is used on this system.
#[cfg(unix)]
pub type Native = Posix;
/// The form that is used on this system.
#[cfg(not(unix))]
pub type Native = Portable;

/// POSIX calls: `open` with `O_EXCL`, `fchown`, `fchmod`, `renameat2`, `fsync` of a folder.
#[cfg(unix)]
#[derive(Clone, Copy, Debug)]
pub struct Posix;

#[cfg(unix)]
impl System for Posix {
    const TELLS_FILES_APART: bool = true;

    fn create(path: &Path, is_private: bool) -> io::Result<File> {
        use rustix::fs::{Mode, OFlags};
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let mode = if is_private { 0o600 } else { 0o666 };
        Ok(rustix::fs::open(path, flags, Mode::from_raw_mode(mode))?.into())
    }

    fn keep_permissions(file: &File, replaced: &Metadata) -> io::Result<()> {
        use rustix::fs::{Gid, Mode, Uid};
        use std::os::unix::fs::MetadataExt;
        let mut mode = replaced.mode() & 0o777;
        let own = file.metadata()?;
        if (own.uid(), own.gid()) != (replaced.uid(), replaced.gid()) {
            let (user, group) = (Uid::from_raw(replaced.uid()), Gid::from_raw(replaced.gid()));
            let has_group = rustix::fs::fchown(file, Some(user), Some(group)).is_ok()
                || rustix::fs::fchown(file, None, Some(group)).is_ok();
            if !has_group && own.gid() != replaced.gid() {
                // What its group was allowed is not for another group: that one gets what everybody has.
                mode = mode & 0o707 | (mode & 0o007) << 3;
            }
        }
        #[cfg_attr(target_os = "linux", expect(clippy::useless_conversion, reason = "u16 on other systems"))]
        let mode = mode.try_into().map_err(|_| io::ErrorKind::InvalidData)?;
        Ok(rustix::fs::fchmod(file, Mode::from_raw_mode(mode))?)
    }

    /// A file system may write a file to the disk before it lets it replace another one: ext4 does. Two files that change
    /// their names are no replacement, and there is one or the other at any time just as well.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn rename_at_once(from: &Path, to: &Path) -> io::Result<()> {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        match renameat_with(CWD, from, CWD, to, RenameFlags::EXCHANGE) {
            Ok(()) => std::fs::remove_file(from),
            // Nothing is there to be replaced, or kernel and file system do not know the flag.
            Err(_) => std::fs::rename(from, to),
        }
    }

    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            // Older kernels and some file systems do not know the flag.
            Err(Errno::NOSYS | Errno::INVAL | Errno::NOTSUP) => Portable::rename_new(from, to),
            result => Ok(result?),
        }
    }

    #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
    fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
        Portable::rename_new(from, to)
    }

    fn is_at(file: &File, path: &Path) -> bool {
        use std::os::unix::fs::MetadataExt;
        let numbers = |found: Metadata| (found.dev(), found.ino());
        let own = file.metadata().map(numbers);
        let found = std::fs::symlink_metadata(path).map(numbers);
        matches!((own, found), (Ok(own), Ok(found)) if own == found)
    }

    fn open_left(path: &Path) -> io::Result<File> {
        use rustix::fs::{Mode, OFlags};
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        Ok(rustix::fs::open(path, flags, Mode::empty())?.into())
    }

    fn sync_folder(path: &Path) -> io::Result<()> {
        use rustix::fs::{Mode, OFlags};
        use rustix::io::Errno;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = match rustix::fs::open(path, flags, Mode::empty()) {
            // A folder may be open to writers only.
            Err(Errno::ACCESS) => return Ok(()),
            folder => folder?,
        };
        match rustix::fs::fsync(folder) {
            // File systems that have no need of it say so.
            Ok(()) | Err(Errno::INVAL | Errno::NOTSUP | Errno::BADF | Errno::ROFS) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// The standard library's calls only; used on Windows, tested everywhere.
#[derive(Clone, Copy, Debug)]
pub struct Portable;

impl System for Portable {
    const TELLS_FILES_APART: bool = false;

    fn create(path: &Path, _is_private: bool) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).create_new(true).open(path)
    }

    fn keep_permissions(file: &File, replaced: &Metadata) -> io::Result<()> {
        file.set_permissions(replaced.permissions())
    }

    fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
        match std::fs::hard_link(from, to) {
            Ok(()) => {
                // The file has its name; that the other one stays is no reason to say that it has not.
                let _ = std::fs::remove_file(from);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
            Err(_) => claim_and_rename(from, to),
        }
    }

    fn is_at(_: &File, _: &Path) -> bool {
        false
    }

    fn open_left(path: &Path) -> io::Result<File> {
        File::open(path)
    }

    fn sync_folder(_: &Path) -> io::Result<()> {
        Ok(())
    }
}

/// For file systems without hard links: an empty file takes the name, so that nobody else can, and is replaced.
fn claim_and_rename(from: &Path, to: &Path) -> io::Result<()> {
    drop(OpenOptions::new().write(true).create_new(true).open(to)?);
    std::fs::rename(from, to).inspect_err(|_| {
        let _ = std::fs::remove_file(to);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_a_free_name_only_without_links_too() {
        let folder = std::env::temp_dir().join(format!("fastdcm-{}-claim", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (from, to) = (folder.join("from"), folder.join("to"));
        std::fs::write(&from, b"new").unwrap();
        claim_and_rename(&from, &to).unwrap();
        assert_eq!((std::fs::read(&to).unwrap(), from.exists()), (b"new".to_vec(), false));
        std::fs::write(&from, b"newer").unwrap();
        assert_eq!(claim_and_rename(&from, &to).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!((std::fs::read(&to).unwrap(), from.exists()), (b"new".to_vec(), true));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
