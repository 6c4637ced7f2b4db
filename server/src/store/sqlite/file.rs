//! The database file: only one server may have it, and writes must go where the next start will read them.

use super::{OpenError, StoreError, Stored};
use rustix::fs::{FlockOperation, flock};
use std::{
    fs::{File, Metadata},
    io::ErrorKind,
    os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
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

/// Tells whether the files that SQLite has open are still those under their names. If they are deleted, moved or
/// replaced, SQLite keeps writing to the open ones, and the next start finds none of it.
pub(super) struct InPlace {
    database: PathBuf,
    opened: Identity,
    log: PathBuf,
    /// The write-ahead log as last seen; SQLite creates it on demand.
    opened_log: Mutex<Option<Identity>>,
}

impl InPlace {
    /// Remembers the file at this path.
    pub(super) fn of(path: &Path) -> std::io::Result<Self> {
        let opened = identity(&std::fs::metadata(path)?);
        Ok(Self {
            database: path.to_owned(),
            opened,
            log: beside(path, "-wal"),
            opened_log: Mutex::new(None),
        })
    }

    /// Returns the path of the database file.
    pub(super) fn path(&self) -> &Path {
        &self.database
    }

    /// Fails if the next start would not find what is written now.
    pub(super) fn check(&self) -> Stored<()> {
        if self.holds() {
            return Ok(());
        }
        let why = "the database's file was deleted, moved or replaced while the server was running";
        Err(StoreError::unavailable(why))
    }

    fn holds(&self) -> bool {
        if std::fs::metadata(&self.database).map(|file| identity(&file)).ok() != Some(self.opened) {
            return false;
        }
        let there = std::fs::metadata(&self.log).map(|file| identity(&file)).ok();
        let mut known = self.opened_log.lock().unwrap_or_else(PoisonError::into_inner);
        // SQLite creates a new log only after closing the old one, so a new log that is open is its own.
        let same = *known == there
            || match there {
                Some(log) => known.is_none_or(|known| !is_open(known)) && is_open(log),
                None => known.is_none_or(|known| !is_open(known)),
            };
        if same {
            *known = there;
        }
        same
    }
}

/// Returns whether this process has the file open. Without `/proc` it is assumed to be.
fn is_open(file: Identity) -> bool {
    let Ok(handles) = std::fs::read_dir("/proc/self/fd") else { return true };
    let same =
        |handle: std::fs::DirEntry| std::fs::metadata(handle.path()).is_ok_and(|it| identity(&it) == file);
    handles.flatten().any(same)
}
