//! The database's file: one server has it, and what is written goes where the next start will read it.

use super::{OpenError, StoreError, Stored};
use rustix::fs::{FlockOperation, flock};
use std::{
    fs::{File, Metadata},
    io::ErrorKind,
    os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// The lock of the one server: on the database itself, which a second path to it (a symbolic link) or a deleted lock
/// file cannot get round, and on a file beside it, which also holds the names of the server's master keys.
///
/// SQLite's own locks are of another kind (`fcntl`), which this one (`flock`) does not meet. They end when any handle of
/// the process on the file is closed, so the one here is kept for as long as the store is open.
pub(super) struct Lock {
    beside: File,
    database: File,
}

impl Lock {
    /// Takes it. The database must be there.
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

    /// Replaces the line beside the database.
    pub(super) fn write(&self, line: &str) -> std::io::Result<()> {
        // The line first: a reader at this moment reads one line, the old or the new.
        self.beside.write_all_at(line.as_bytes(), 0)?;
        self.beside.set_len(line.len() as u64)
    }

    /// Gives it back.
    pub(super) fn release(&self) {
        for file in [&self.beside, &self.database] {
            if let Err(error) = flock(file, FlockOperation::Unlock) {
                tracing::warn!(error = %error, "the database's lock was not given back");
            }
        }
    }
}

/// Makes the folder and the file where they are missing, and answers where the file really is: symbolic links lead to
/// one database, and so to one lock.
///
/// SQLite would make the file, too, but not for its owner alone: it holds transcripts and addresses. What SQLite makes
/// beside it (`-wal`, `-shm`) gets its mode. One that is there keeps the mode that somebody gave it.
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
        // To be read only, and SQLite says so better.
        Err(error) if error.kind() == ErrorKind::PermissionDenied && path.exists() => {}
        Err(error) => return Err(at(path)(error)),
    }
    path.canonicalize().map_err(at(path))
}

/// The file beside the database that holds the lock and the server's key names.
pub(super) fn lock_path(path: &Path) -> PathBuf {
    beside(&path.canonicalize().unwrap_or_else(|_| path.to_owned()), ".lock")
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Which file it is, whatever its name.
type Identity = (u64, u64);

fn identity(metadata: &Metadata) -> Identity {
    (metadata.dev(), metadata.ino())
}

/// Tells whether the files that SQLite has open are still the ones under their names. When somebody deletes, moves or
/// replaces them, SQLite goes on with what it has open, and the next start finds none of it.
pub(super) struct InPlace {
    database: PathBuf,
    opened: Identity,
    log: PathBuf,
    /// The write-ahead log as it was last seen; SQLite makes it when it needs it.
    opened_log: Mutex<Option<Identity>>,
}

impl InPlace {
    /// The file at this path, as it is now.
    pub(super) fn of(path: &Path) -> std::io::Result<Self> {
        let opened = identity(&std::fs::metadata(path)?);
        Ok(Self {
            database: path.to_owned(),
            opened,
            log: beside(path, "-wal"),
            opened_log: Mutex::new(None),
        })
    }

    /// The database's file.
    pub(super) fn path(&self) -> &Path {
        &self.database
    }

    /// An error when what is written now would not be found by the next start.
    pub(super) fn check(&self) -> Stored<()> {
        if self.holds() {
            return Ok(());
        }
        let why = "the database's file was deleted, moved or replaced while the server runs";
        Err(StoreError::unavailable(why))
    }

    fn holds(&self) -> bool {
        if std::fs::metadata(&self.database).map(|file| identity(&file)).ok() != Some(self.opened) {
            return false;
        }
        let there = std::fs::metadata(&self.log).map(|file| identity(&file)).ok();
        let mut known = self.opened_log.lock().unwrap_or_else(PoisonError::into_inner);
        // SQLite makes a new one only when it has closed the old one: then that is the one it has open.
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

/// Whether this process has it open. Where there is no `/proc` nobody can tell, and nothing is suspected.
fn is_open(file: Identity) -> bool {
    let Ok(handles) = std::fs::read_dir("/proc/self/fd") else { return true };
    let same =
        |handle: std::fs::DirEntry| std::fs::metadata(handle.path()).is_ok_and(|it| identity(&it) == file);
    handles.flatten().any(same)
}
