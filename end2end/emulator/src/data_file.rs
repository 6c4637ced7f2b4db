//! Keeps everything in one JSON file across restarts.

use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio_util::sync::CancellationToken;

use crate::{
    product::Product,
    world::{Accounts, World},
};

/// How long changes are collected before the file is written.
const GATHERED: Duration = Duration::from_millis(200);

/// Returns the file's content, or nothing if it does not exist yet.
pub(crate) fn load<P: Product>(path: &Path) -> io::Result<Accounts<P>> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(io::Error::from),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Accounts::default()),
        Err(error) => Err(error),
    }
}

/// Writes the file by rename, so that a reader or a restart after a crash sees the complete old or new file.
fn save<P: Product>(world: &World<P>, path: &Path) -> io::Result<()> {
    let bytes = world.peek(|accounts| serde_json::to_vec(accounts))?;
    let new = path.with_extension("new");
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    // It contains keys, although only this emulator's.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&new)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    fs::rename(new, path)
}

/// Writes the file after every change until stopped, and once more then.
pub(crate) async fn keep<P: Product>(world: World<P>, path: PathBuf, stop: CancellationToken) {
    let mut changes = world.changes();
    loop {
        let stopped = tokio::select! {
            () = stop.cancelled() => true,
            changed = changes.changed() => changed.is_err(),
        };
        if !stopped {
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(GATHERED) => {}
            }
            changes.mark_unchanged();
        }
        let (world, path) = (world.clone(), path.clone());
        let saved = tokio::task::spawn_blocking(move || save(&world, &path)).await;
        if let Ok(Err(error)) = saved {
            tracing::error!(%error, "the data file could not be written");
        }
        if stopped {
            return;
        }
    }
}
