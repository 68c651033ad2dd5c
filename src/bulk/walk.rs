//! Paths and folders → files, in the order of their bytes.
//!
//! What is found in a folder:
//! - Names that begin with a dot are hidden and left out, folders with everything below them.
//! - Links to files are followed, links to folders are not (so no folder comes twice and no loop can form). A link
//!   that leads nowhere is a file that cannot be opened.
//! - FIFOs, sockets and devices are left out.
//! - A folder that may not be listed, and an entry that cannot be looked at, are given as a path with its error.
//!
//! A path that the caller names is always taken: hidden files too, links to folders too, and one that leads nowhere is
//! a file that cannot be opened. What is named twice, or named and found, comes once. Named paths are taken for files
//! until somebody finds that they are folders ([`Walk::put_back`]): most are files, and looking at each of a million
//! first would take as long as reading some of them.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::ffi::OsStr;
use std::path::{MAIN_SEPARATOR_STR as SEPARATOR, Path, PathBuf};

use crate::error::{Error, Result};
use crate::source::FileKind;

/// A file that was found, or what stood in the way at this path.
#[derive(Debug)]
pub struct Found {
    /// The path: the one that was given, and below a folder the names that lead to it.
    pub path: PathBuf,
    /// Why it cannot be a file or could not be listed.
    pub error: Option<Error>,
    /// It was named by the caller: it can be a folder.
    pub is_named: bool,
}

/// The files of some paths and folders, found one folder at a time.
#[derive(Debug)]
pub struct Walk {
    /// Lists of named files, and of the files below each folder.
    lists: Vec<Pending>,
    /// The key of each list's next entry: the smallest comes first.
    heads: BinaryHeap<Reverse<(Vec<u8>, usize)>>,
    last: Option<PathBuf>,
    recursive: bool,
}

impl Walk {
    /// A walk of paths that are taken for files; with `recursive`, of folders inside folders too.
    #[must_use]
    pub fn new(paths: Vec<PathBuf>, recursive: bool) -> Self {
        let mut walk = Self { lists: Vec::new(), heads: BinaryHeap::new(), last: None, recursive };
        walk.add(Pending::named(paths.into_iter().map(Entry::Named).collect()));
        walk
    }

    /// Takes back files that came last, and named paths that turned out to be folders: those are walked.
    pub fn put_back(&mut self, files: Vec<Found>, folders: Vec<PathBuf>) {
        self.last = None;
        self.add(Pending::named(files.into_iter().map(Entry::from).collect()));
        folders.into_iter().for_each(|folder| self.add(Pending::folder(folder)));
    }

    fn add(&mut self, list: Pending) {
        if let Some(head) = list.head() {
            self.heads.push(Reverse((head.key().collect(), self.lists.len())));
            self.lists.push(list);
        }
    }

    /// The next file. `alive` is asked before each folder is listed and may end the walk by an error.
    ///
    /// # Errors
    /// What `alive` gives.
    pub fn next(&mut self, alive: &mut dyn FnMut() -> Result<()>) -> Result<Option<Found>> {
        loop {
            let Some(mut top) = self.heads.peek_mut() else { return Ok(None) };
            let Reverse((key, number)) = &mut *top;
            let Some(list) = self.lists.get_mut(*number) else { return Ok(None) };
            let found = list.advance(self.recursive, alive)?;
            if let Some(entry) = list.head() {
                key.clear();
                key.extend(entry.key());
            } else {
                PeekMut::pop(top);
            }
            // The same path can be named twice, or named and found.
            if let Some(found) = found.filter(|found| self.last.as_ref() != Some(&found.path)) {
                self.last = Some(found.path.clone());
                return Ok(Some(found));
            }
        }
    }
}

/// An entry of a folder, by what becomes of it.
#[derive(Debug)]
enum Entry {
    Named(PathBuf),
    File(PathBuf),
    Folder(PathBuf),
    Refused(PathBuf, Error),
}

impl Entry {
    /// What entries are ordered by, so that files come in the order of their whole paths: the path, and a separator
    /// behind the name of a folder.
    fn parts(&self) -> (&[u8], &[u8]) {
        match self {
            Self::Folder(path) if !bytes(path).ends_with(SEPARATOR.as_bytes()) => {
                (bytes(path), SEPARATOR.as_bytes())
            }
            Self::Named(path) | Self::File(path) | Self::Folder(path) | Self::Refused(path, _) => {
                (bytes(path), &[])
            }
        }
    }

    fn key(&self) -> impl Iterator<Item = u8> + '_ {
        let (path, separator) = self.parts();
        path.iter().chain(separator).copied()
    }

    fn order(&self, other: &Self) -> Ordering {
        let length = self.parts().0.len().min(other.parts().0.len());
        let same = self.parts().0.get(..length).cmp(&other.parts().0.get(..length));
        same.then_with(|| self.key().skip(length).cmp(other.key().skip(length)))
    }
}

impl From<Found> for Entry {
    fn from(found: Found) -> Self {
        match found.error {
            Some(error) => Self::Refused(found.path, error),
            None if found.is_named => Self::Named(found.path),
            None => Self::File(found.path),
        }
    }
}

/// What is left of a folder and of the folders in it that were entered, the last entry first.
#[derive(Debug)]
struct Pending {
    open: Vec<Vec<Entry>>,
}

impl Pending {
    fn named(mut entries: Vec<Entry>) -> Self {
        entries.sort_unstable_by(|a, b| b.order(a));
        Self { open: vec![entries] }
    }

    fn folder(path: PathBuf) -> Self {
        Self { open: vec![vec![Entry::Folder(path)]] }
    }

    /// The next entry.
    fn head(&self) -> Option<&Entry> {
        self.open.last()?.last()
    }

    /// Takes the next entry: a file is given, a folder is entered.
    fn advance(&mut self, recursive: bool, alive: &mut dyn FnMut() -> Result<()>) -> Result<Option<Found>> {
        if let Some(Entry::Folder(_)) = self.head() {
            alive()?;
        }
        let found = match self.open.last_mut().and_then(Vec::pop) {
            None => None,
            Some(Entry::Named(path)) => Some(Found { path, error: None, is_named: true }),
            Some(Entry::File(path)) => Some(Found { path, error: None, is_named: false }),
            Some(Entry::Refused(path, error)) => Some(Found { path, error: Some(error), is_named: false }),
            Some(Entry::Folder(path)) => {
                self.open.push(list(&path, recursive));
                None
            }
        };
        while self.open.last().is_some_and(Vec::is_empty) {
            self.open.pop();
        }
        Ok(found)
    }
}

/// The entries of a folder, the last one first.
fn list(folder: &Path, recursive: bool) -> Vec<Entry> {
    let listed = match std::fs::read_dir(folder) {
        Ok(listed) => listed,
        Err(error) => return vec![Entry::Refused(folder.to_path_buf(), error.into())],
    };
    let mut entries = Vec::new();
    for entry in listed {
        match entry {
            Ok(entry) => entries.extend(classify(&entry, recursive)),
            Err(error) => {
                // Nothing more can be had from this folder.
                entries.push(Entry::Refused(folder.to_path_buf(), error.into()));
                break;
            }
        }
    }
    entries.sort_unstable_by(|a, b| b.order(a));
    entries
}

fn classify(entry: &std::fs::DirEntry, recursive: bool) -> Option<Entry> {
    if entry.file_name().as_encoded_bytes().starts_with(b".") {
        return None;
    }
    let kind = match entry.file_type() {
        Ok(kind) => kind,
        Err(error) => return Some(Entry::Refused(entry.path(), error.into())),
    };
    if kind.is_symlink() {
        let path = entry.path();
        return match std::fs::metadata(&path).map(|metadata| FileKind::of(metadata.file_type())) {
            Ok(FileKind::Regular) => Some(Entry::File(path)),
            Ok(_) => None,
            Err(error) => Some(Entry::Refused(path, error.into())),
        };
    }
    match FileKind::of(kind) {
        FileKind::Regular => Some(Entry::File(entry.path())),
        FileKind::Directory => recursive.then(|| Entry::Folder(entry.path())),
        FileKind::Other(_) => None,
    }
}

/// The path as bytes: what the system has on Unix, WTF-8 on Windows.
#[must_use]
pub fn bytes(path: &Path) -> &[u8] {
    OsStr::as_encoded_bytes(path.as_os_str())
}

/// The path with these bytes.
#[cfg(unix)]
pub(super) fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(OsStr::from_bytes(bytes))
}

/// The path with these bytes, as far as they are text.
#[cfg(not(unix))]
pub(super) fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("fastdcm-walk-{}-{name}", std::process::id()));
            let _ = std::fs::remove_dir_all(&path);
            std::fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn with(self, files: &[&str]) -> Self {
            for file in files {
                let path = self.0.join(file);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, b"x").unwrap();
            }
            self
        }

        /// Paths below the folder, in the order in which they come.
        fn walk(&self, named: &[&str], recursive: bool) -> Vec<String> {
            let named: Vec<_> = named.iter().map(|name| self.0.join(name)).collect();
            let mut walk = Walk::new(named, recursive);
            let mut names = Vec::new();
            while let Some(found) = walk.next(&mut || Ok(())).unwrap() {
                if found.is_named && found.path.is_dir() {
                    walk.put_back(Vec::new(), vec![found.path]);
                    continue;
                }
                let name = found.path.strip_prefix(&self.0).unwrap().to_string_lossy().into_owned();
                names.push(if found.error.is_some() { format!("!{name}") } else { name });
            }
            names
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn files_come_in_the_order_of_their_whole_paths() {
        let folder = Folder::new("order").with(&["b/2", "a/z", "a.b", "a0", "b/1/9", "c", "a/b/c"]);
        let names = folder.walk(&[""], true);
        let mut sorted = names.clone();
        sorted.sort();
        assert_eq!(names, sorted);
        assert_eq!(names, ["a.b", "a/b/c", "a/z", "a0", "b/1/9", "b/2", "c"]);
        assert_eq!(folder.walk(&[""], false), ["a.b", "a0", "c"]);
    }

    #[test]
    fn hidden_files_are_left_out_unless_named() {
        let folder = Folder::new("hidden").with(&[".a", ".b/c", "d"]);
        assert_eq!(folder.walk(&[""], true), ["d"]);
        assert_eq!(folder.walk(&["", ".a", ".b"], true), [".a", ".b/c", "d"]);
    }

    #[test]
    fn what_is_named_twice_comes_once() {
        let folder = Folder::new("twice").with(&["a/1", "a/2", "b"]);
        assert_eq!(folder.walk(&["a", "", "b", "a/2", "b"], true), ["a/1", "a/2", "b"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_to_files_are_followed_and_links_to_folders_are_not() {
        use std::os::unix::fs::symlink;
        let folder = Folder::new("links").with(&["a/1", "b"]);
        symlink(folder.0.join("b"), folder.0.join("file")).unwrap();
        symlink(&folder.0, folder.0.join("a/up")).unwrap();
        symlink(folder.0.join("nowhere"), folder.0.join("lost")).unwrap();
        assert_eq!(folder.walk(&[""], true), ["a/1", "b", "file", "!lost"]);
        assert_eq!(folder.walk(&["a/up"], false), ["a/up/b", "a/up/file", "!a/up/lost"]);
    }

    #[cfg(unix)]
    #[test]
    fn special_files_are_left_out_of_folders() {
        let folder = Folder::new("special").with(&["a"]);
        let fifo = folder.0.join("fifo");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        assert_eq!(folder.walk(&[""], true), ["a"]);
        assert_eq!(folder.walk(&["", "fifo"], true), ["a", "fifo"]);
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_not_utf8_are_kept() {
        use std::os::unix::ffi::OsStrExt;
        let folder = Folder::new("bytes");
        let name = folder.0.join(OsStr::from_bytes(b"\xFF\xFE.dcm"));
        std::fs::write(&name, b"x").unwrap();
        let mut walk = Walk::new(Vec::new(), true);
        walk.put_back(Vec::new(), vec![folder.0.clone()]);
        assert_eq!(walk.next(&mut || Ok(())).unwrap().unwrap().path, name);
    }

    #[test]
    fn named_folders_inside_each_other_keep_the_order() {
        let folder = Folder::new("inside").with(&["a/a", "a/b/1", "a/c", "a/.h/x"]);
        assert_eq!(folder.walk(&["a", "a/b", "a/.h"], false), ["a/.h/x", "a/a", "a/b/1", "a/c"]);
    }

    #[test]
    fn files_are_put_back_among_those_of_a_folder() {
        let folder = Folder::new("back").with(&["a/1", "a/2", "a.b", "b"]);
        let mut walk = Walk::new(["b", "a/2", "a.b", "a"].map(|name| folder.0.join(name)).into(), true);
        let mut next = || walk.next(&mut || Ok(())).unwrap().map(|found| found.path);
        let taken: Vec<_> = std::iter::from_fn(&mut next).collect();
        assert_eq!(taken, ["a", "a.b", "a/2", "b"].map(|name| folder.0.join(name)));
        let files = taken[1..].iter().map(|path| Found { path: path.clone(), error: None, is_named: true });
        walk.put_back(files.collect(), vec![taken[0].clone()]);
        let mut next = || walk.next(&mut || Ok(())).unwrap().map(|found| found.path);
        let wanted = ["a.b", "a/1", "a/2", "b"].map(|name| folder.0.join(name));
        assert_eq!(std::iter::from_fn(&mut next).collect::<Vec<_>>(), wanted);
    }

    #[test]
    fn the_caller_can_end_a_walk() {
        let folder = Folder::new("end").with(&["a/b/c/d", "e"]);
        let mut walk = Walk::new(Vec::new(), true);
        walk.put_back(Vec::new(), vec![folder.0.clone()]);
        assert!(walk.next(&mut || Err(ErrorKind::Interrupted.into())).is_err());
        assert!(walk.next(&mut || Ok(())).unwrap().unwrap().path.ends_with("a/b/c/d"));
    }
}
