//! The database file: only one server may have it, and writes must go where the next start will read them.

use crate::store::{OpenError, StoreError, Stored};
use rustix::fs::{FlockOperation, flock};
use std::{
    fs::{File, Metadata},
    io::{ErrorKind, Read},
    os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// The lock of the one server: on the database itself, which neither a second path to it (a symbolic link) nor a
/// deleted lock file can circumvent, and on a file beside it, which also holds the names of the server's master keys.
///
/// SQLite's own locks are of another kind (`fcntl`) and do not interact with this one (`flock`). They are released when
/// any handle of the process on the file is closed, so ours stays open as long as the store.
pub(super) struct Lock {
    beside: File,
    database: File,
}

impl Lock {
    /// Takes the lock. The database file must exist.
    pub(super) fn take(path: &Path) -> Result<Self, OpenError> {
        let at = |path: PathBuf| move |error| OpenError::File { path, error };
        let beside_path = lock_path(path);
        let mut options = File::options();
        options.create(true).truncate(false).write(true).mode(0o600);
        let beside = options.open(&beside_path).map_err(at(beside_path.clone()))?;
        let database = File::open(path).map_err(at(path.to_owned()))?;
        for file in [&beside, &database] {
            match flock(file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => {}
                Err(rustix::io::Errno::WOULDBLOCK) => {
                    return Err(OpenError::Locked { path: path.to_owned() });
                }
                Err(error) => return Err(OpenError::File { path: path.to_owned(), error: error.into() }),
            }
        }
        Ok(Self { beside, database })
    }

    /// Replaces the line in the file beside the database.
    pub(super) fn write(&self, line: &str) -> std::io::Result<()> {
        // The line first: a concurrent reader then sees either the old line or the new one.
        self.beside.write_all_at(line.as_bytes(), 0)?;
        self.beside.set_len(line.len() as u64)
    }

    /// Releases the lock.
    pub(super) fn release(&self) {
        for file in [&self.beside, &self.database] {
            if let Err(error) = flock(file, FlockOperation::Unlock) {
                tracing::warn!(error = %error, "the database's lock could not be released");
            }
        }
    }
}

/// Creates the folder and the file if they are missing, and returns the file's real path: symbolic links to one
/// database then share one lock.
///
/// SQLite would create the file too, but readable by others, and it holds transcripts and addresses. SQLite creates the
/// files beside it (`-wal`, `-shm`) with the same mode. An existing file keeps its mode.
pub(super) fn settle(path: &Path) -> Result<PathBuf, OpenError> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |error| OpenError::File { path, error }
    };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(at(folder))?;
    }
    let mut options = File::options();
    options.write(true).create(true).truncate(false).mode(0o600);
    match options.open(path) {
        Ok(_) => {}
        // A read-only file; SQLite's own error is clearer.
        Err(error) if error.kind() == ErrorKind::PermissionDenied && path.exists() => {}
        Err(error) => return Err(at(path)(error)),
    }
    path.canonicalize().map_err(at(path))
}

/// The start of the text that replaces a copied file. An older program rejects it because it is not a database.
const COPIED: &str = "This database was copied to PostgreSQL: ";

/// Puts a closed file aside: renames it, and writes a text in its place, so that no server starts on it, or on a new
/// file, by mistake. Fails if a server has started on it.
pub(in crate::store) fn put_aside(path: &Path, to: &str) -> Result<(), OpenError> {
    let path = path.canonicalize().map_err(|error| OpenError::File { path: path.to_owned(), error })?;
    let lock = Lock::take(&path)?;
    let moved = ["", "-wal", "-shm"].iter().try_for_each(|ending| {
        let (from, to) = (beside(&path, ending), beside(&path, &format!(".copied{ending}")));
        // SQLite usually removes the other two when it closes the database.
        if from.exists() { std::fs::rename(from, to) } else { Ok(()) }
    });
    let done = moved.and_then(|()| std::fs::write(&path, format!("{COPIED}{to}\n")));
    lock.release();
    done.map_err(|error| OpenError::File { path, error })
}

/// Fails if the file was [put aside](put_aside).
pub(super) fn ensure_not_copied(path: &Path) -> Result<(), OpenError> {
    let mut text = String::new();
    // A database is not valid UTF-8.
    let read = File::open(path).and_then(|file| file.take(1_000).read_to_string(&mut text));
    match text.strip_prefix(COPIED).filter(|_| read.is_ok()) {
        Some(to) => Err(OpenError::Copied { path: path.to_owned(), to: to.trim_end().to_owned() }),
        None => Ok(()),
    }
}

/// Returns the file beside the database that holds the lock and the server's key names.
pub(super) fn lock_path(path: &Path) -> PathBuf {
    beside(&path.canonicalize().unwrap_or_else(|_| path.to_owned()), ".lock")
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Identifies a file, whatever its name: device and inode.
type Identity = (u64, u64);

fn identity(metadata: &Metadata) -> Identity {
    (metadata.dev(), metadata.ino())
}

/// Tells whether the files that SQLite has open are still complete and under their names. If they are deleted, moved,
/// replaced or cut, SQLite keeps working with what it has, and the next start finds none of it.
pub(super) struct InPlace {
    database: Mutex<Seen>,
    /// The write-ahead log; SQLite creates it and its index on demand.
    log: Mutex<Followed>,
    index: Mutex<Followed>,
    /// SQLite has found the database malformed. What is written after that may be lost, even if later writes succeed.
    malformed: AtomicBool,
    path: PathBuf,
}

/// A file as last seen.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Seen {
    file: Identity,
    length: u64,
}

impl Seen {
    fn at(path: &Path) -> std::io::Result<Self> {
        let metadata = std::fs::metadata(path)?;
        Ok(Self { file: identity(&metadata), length: metadata.len() })
    }
}

/// A file that SQLite creates and deletes.
struct Followed {
    path: PathBuf,
    seen: Option<Seen>,
    /// To read the file. SQLite's locks on a file end when any handle of the process on it is closed, so this one stays
    /// open as long as the connections.
    handle: Option<(Identity, File)>,
}

impl Followed {
    fn holds(&mut self) -> bool {
        let there = Seen::at(&self.path).ok();
        let closed = self.seen.is_none_or(|seen| !is_open(seen.file));
        // SQLite creates a new file only after closing the old one, so a new file that is open is its own.
        let same = match (self.seen, there) {
            (Some(seen), Some(there)) if seen.file == there.file => true,
            (None, None) => true,
            (_, Some(there)) => closed && is_open(there.file),
            (_, None) => closed,
        };
        if same {
            self.seen = there;
        }
        same
    }

    /// Returns the file's start, or `None` if there is no file.
    fn start<const LENGTH: usize>(&mut self) -> Option<[u8; LENGTH]> {
        let seen = self.seen?.file;
        if self.handle.as_ref().is_none_or(|(file, _)| *file != seen) {
            let file = File::open(&self.path).ok()?;
            self.handle = Some((identity(&file.metadata().ok()?), file));
        }
        let mut start = [0; LENGTH];
        self.handle.as_ref()?.1.read_exact_at(&mut start, 0).ok()?;
        Some(start)
    }
}

impl InPlace {
    /// Remembers the file at this path.
    pub(super) fn of(path: &Path) -> std::io::Result<Self> {
        let followed = |ending| Mutex::new(Followed { path: beside(path, ending), seen: None, handle: None });
        Ok(Self {
            database: Mutex::new(Seen::at(path)?),
            log: followed("-wal"),
            index: followed("-shm"),
            malformed: AtomicBool::new(false),
            path: path.to_owned(),
        })
    }

    /// Returns the path of the database file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Fails if the next start would not find what is written now.
    pub(super) fn check(&self) -> Stored<()> {
        if self.malformed.load(Ordering::Relaxed) {
            return Err(StoreError::unavailable(
                "the database is malformed; restore a backup and start again",
            ));
        }
        if self.holds() {
            return Ok(());
        }
        let why = "the database's file was deleted, moved, replaced or cut while the server was running";
        Err(StoreError::unavailable(why))
    }

    /// Notes whether a statement found the database malformed. Returns its result.
    pub(super) fn learn<T>(&self, result: Stored<T>) -> Stored<T> {
        if let Err(StoreError::Unavailable(error)) = &result
            && let Some(rusqlite::Error::SqliteFailure(error, _)) = error.downcast_ref()
            && matches!(error.code, rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase)
        {
            self.malformed.store(true, Ordering::Relaxed);
        }
        result
    }

    fn holds(&self) -> bool {
        let Ok(there) = Seen::at(&self.path) else { return false };
        let mut database = self.database.lock().unwrap_or_else(PoisonError::into_inner);
        // No one but SQLite's VACUUM, which we never run, shortens the database.
        if database.file != there.file || database.length > there.length {
            return false;
        }
        *database = there;
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        // The index is read first: the log has each frame before the index counts it.
        index.holds() && {
            let needed = index.start().map_or(0, indexed);
            log.holds() && log.seen.map_or(0, |log| log.length) >= needed
        }
    }
}

/// Returns how long the log must be to contain all frames that its index counts.
/// Source: <https://www.sqlite.org/walformat.html>, sections 1 and 2.1: in the machine's byte order, the page size is 16 bits
/// at offset 14, and the last valid frame is 32 bits at offset 16.
fn indexed(header: [u8; 20]) -> u64 {
    let [.., low, high, a, b, c, d] = header;
    // 65,536 does not fit, and is written as 1.
    let page = match u16::from_ne_bytes([low, high]) {
        1 => 65_536,
        page => u64::from(page),
    };
    let frames = u64::from(u32::from_ne_bytes([a, b, c, d]));
    if frames == 0 { 0 } else { 32 + frames * (24 + page) }
}

/// Returns whether this process has the file open. Without `/proc` it is assumed to be.
fn is_open(file: Identity) -> bool {
    let Ok(handles) = std::fs::read_dir("/proc/self/fd") else { return true };
    let same =
        |handle: std::fs::DirEntry| std::fs::metadata(handle.path()).is_ok_and(|it| identity(&it) == file);
    handles.flatten().any(same)
}
