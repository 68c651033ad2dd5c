use super::*;
use crate::sink::Portable;
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder of its own for a test, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("fastdcm-{}-sink-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const KEEP: SinkOptions = SinkOptions { overwrite: false, durability: Durability::Full };
const QUICK: SinkOptions = SinkOptions { overwrite: true, durability: Durability::None };

fn write<S: System>(path: &Path, bytes: &[u8], options: SinkOptions) -> Result<()> {
    let mut file = AtomicFile::<S>::create_with(path, options)?;
    file.write_all(bytes).unwrap();
    file.commit()
}

fn io_kind(error: &crate::Error) -> Option<io::ErrorKind> {
    match error.kind() {
        ErrorKind::Io { kind, .. } => Some(*kind),
        _ => None,
    }
}

fn appears_whole<S: System>() {
    let folder = Folder::new();
    let path = folder.path("a.dcm");
    let mut file = AtomicFile::<S>::create_with(&path, SinkOptions::default()).unwrap();
    file.write_all(b"first").unwrap();
    assert!(!path.exists());
    let names = folder.names();
    assert!(names.len() == 1 && names[0].starts_with('.'), "{names:?}");
    file.commit().unwrap();
    assert_eq!(folder.names(), ["a.dcm"]);
    write::<S>(&path, b"second", QUICK).unwrap();
    assert_eq!((std::fs::read(&path).unwrap(), folder.names().len()), (b"second".to_vec(), 1));
    // What is not finished leaves nothing, and the old file.
    let mut file = AtomicFile::<S>::create_with(&path, SinkOptions::default()).unwrap();
    file.write_all(b"third").unwrap();
    drop(file);
    assert_eq!((std::fs::read(&path).unwrap(), folder.names().len()), (b"second".to_vec(), 1));
}

fn does_not_replace<S: System>() {
    let folder = Folder::new();
    let path = folder.path("a.dcm");
    write::<S>(&path, b"first", KEEP).unwrap();
    let error = write::<S>(&path, b"second", KEEP).unwrap_err();
    assert_eq!(io_kind(&error), Some(io::ErrorKind::AlreadyExists));
    // Taken between beginning and end: as race-free as the system's own call.
    let late = folder.path("b.dcm");
    let mut file = AtomicFile::<S>::create_with(&late, KEEP).unwrap();
    file.write_all(b"late").unwrap();
    std::fs::write(&late, b"other").unwrap();
    assert_eq!(io_kind(&file.commit().unwrap_err()), Some(io::ErrorKind::AlreadyExists));
    assert_eq!(std::fs::read(&late).unwrap(), b"other");
    assert_eq!(std::fs::read(&path).unwrap(), b"first");
    assert_eq!(folder.names(), ["a.dcm", "b.dcm"]);
}

fn one_of_many_wins<S: System>() {
    let folder = Folder::new();
    let path = folder.path("a.dcm");
    let wins: usize = std::thread::scope(|scope| {
        let path = &path;
        let write = |number: u8| move || usize::from(write::<S>(path, &[number; 100], KEEP).is_ok());
        let threads: Vec<_> = (0..8).map(|number| scope.spawn(write(number))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!((wins, folder.names()), (1, vec!["a.dcm".to_owned()]));
    let bytes = std::fs::read(&path).unwrap();
    assert!(bytes.len() == 100 && bytes.iter().all(|byte| *byte == bytes[0]));
}

#[test]
fn a_file_appears_whole_or_not_at_all_in_both_forms() {
    appears_whole::<Native>();
    appears_whole::<Portable>();
}

#[test]
fn a_file_that_exists_is_kept_when_asked_in_both_forms() {
    does_not_replace::<Native>();
    does_not_replace::<Portable>();
    one_of_many_wins::<Native>();
    one_of_many_wins::<Portable>();
}

#[test]
fn says_what_cannot_be_written() {
    let folder = Folder::new();
    let error = write::<Native>(&folder.0, b"x", QUICK).unwrap_err();
    assert_eq!(io_kind(&error), Some(io::ErrorKind::IsADirectory));
    let error = write::<Native>(&folder.path("no/a.dcm"), b"x", QUICK).unwrap_err();
    assert_eq!(io_kind(&error), Some(io::ErrorKind::NotFound));
    assert!(write::<Native>(Path::new(""), b"x", QUICK).is_err());
    assert!(write::<Native>(&folder.path(".."), b"x", QUICK).is_err());
    assert_eq!(folder.names(), [""; 0]);
}

#[cfg(unix)]
mod unix {
    use super::*;

    #[test]
    fn what_a_killed_process_left_goes() {
        let folder = Folder::new();
        let path = folder.path("a.dcm");
        let mut first = AtomicFile::create(&path, QUICK).unwrap();
        first.write_all(b"first").unwrap();
        // Still written: the next one takes another name, and nothing removes it.
        remove_left(&path);
        let mut second = AtomicFile::create(&path, QUICK).unwrap();
        second.write_all(b"second").unwrap();
        assert_eq!(folder.names().len(), 2);
        first.commit().unwrap();
        second.commit().unwrap();
        assert_eq!((std::fs::read(&path).unwrap(), folder.names().len()), (b"second".to_vec(), 1));
        // Left: no destructor runs in a process that is killed, and its locks go.
        let left = usual_beside(&path).unwrap();
        std::fs::write(&left, b"half").unwrap();
        write::<Native>(&path, b"third", QUICK).unwrap();
        assert_eq!((std::fs::read(&path).unwrap(), folder.names().len()), (b"third".to_vec(), 1));
        std::fs::write(&left, b"half").unwrap();
        remove_left(&path);
        assert_eq!(folder.names(), ["a.dcm"]);
    }

    #[test]
    fn a_name_that_cannot_be_had_is_left() {
        let folder = Folder::new();
        let path = folder.path("a.dcm");
        let elsewhere = folder.path("elsewhere");
        std::fs::write(&elsewhere, b"kept").unwrap();
        symlink(&elsewhere, usual_beside(&path).unwrap()).unwrap();
        write::<Native>(&path, b"first", QUICK).unwrap();
        assert_eq!(std::fs::read(&elsewhere).unwrap(), b"kept");
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
        assert_eq!(folder.names().len(), 3);
    }
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().mode() & 0o7777
    }

    fn keeps_permissions<S: System>() {
        let folder = Folder::new();
        let path = folder.path("a.dcm");
        write::<S>(&path, b"first", QUICK).unwrap();
        // What a plain file gets says what the umask is.
        std::fs::write(folder.path("plain"), b"").unwrap();
        assert_eq!(mode(&path), mode(&folder.path("plain")));
        for bits in [0o600, 0o640, 0o666, 0o755] {
            std::fs::set_permissions(&path, PermissionsExt::from_mode(bits)).unwrap();
            write::<S>(&path, b"second", QUICK).unwrap();
            assert_eq!(mode(&path), bits);
        }
    }

    #[test]
    fn a_replaced_file_keeps_its_permissions_in_both_forms() {
        keeps_permissions::<Native>();
        keeps_permissions::<Portable>();
    }

    #[test]
    fn a_symbolic_link_stays() {
        let folder = Folder::new();
        std::fs::create_dir(folder.path("sub")).unwrap();
        let (link, second, target) = (folder.path("link"), folder.path("sub/link"), folder.path("a.dcm"));
        symlink("sub/link", &link).unwrap();
        symlink("../a.dcm", &second).unwrap();
        for bytes in [b"first", b"other"] {
            write::<Native>(&link, bytes, QUICK).unwrap();
            assert_eq!(std::fs::read(&target).unwrap(), bytes);
            assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        }
        let error = write::<Native>(&link, b"x", KEEP).unwrap_err();
        assert_eq!(io_kind(&error), Some(io::ErrorKind::AlreadyExists));
        let looped = folder.path("loop");
        symlink(&looped, &looped).unwrap();
        assert!(write::<Native>(&looped, b"x", QUICK).is_err());
        assert_eq!(folder.names(), ["a.dcm", "link", "loop", "sub"]);
    }

    #[test]
    fn refuses_what_is_no_regular_file() {
        let folder = Folder::new();
        let socket = folder.path("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for (path, what) in [(Path::new("/dev/null"), "device"), (&socket, "socket")] {
            let error = write::<Native>(path, b"x", QUICK).unwrap_err();
            assert_eq!(error.kind(), &ErrorKind::NotRegularFile(what));
        }
    }

    #[test]
    fn a_file_that_may_not_be_written_is_not_replaced() {
        let folder = Folder::new();
        let path = folder.path("a.dcm");
        std::fs::write(&path, b"first").unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o400)).unwrap();
        let is_allowed = OpenOptions::new().write(true).open(&path).is_ok(); // the superuser may do anything
        assert_eq!(write::<Native>(&path, b"second", QUICK).is_ok(), is_allowed);
        assert_eq!(folder.names(), ["a.dcm"]);
    }
}
