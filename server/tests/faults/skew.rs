//! The server's wall clock, which the faults move: `libfaketime` reads its offset from a file.
//!
//! Only the wall clock moves. Timers and the monotonic clock are unaffected, as on a machine whose time is corrected.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Instant,
};

/// Where Debian's and other packages install it.
const LIBRARIES: [&str; 3] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/faketime/libfaketimeMT.so.1",
];

/// The offset of the server's clock in seconds.
#[derive(Clone)]
pub struct Skew {
    library: Option<PathBuf>,
    file: PathBuf,
    seconds: Arc<AtomicI64>,
    jumps: Arc<Mutex<Vec<Jump>>>,
}

/// A jump of the clock.
#[derive(Clone, Copy, Debug)]
pub struct Jump {
    pub at: Instant,
    /// In seconds.
    pub by: i64,
}

impl Skew {
    pub fn new(folder: &Path) -> Self {
        let library = LIBRARIES.iter().map(PathBuf::from).find(|path| path.is_file());
        let it = Self { library, ..Self::none(folder) };
        it.write();
        it
    }

    /// Returns a clock that never moves.
    pub fn none(folder: &Path) -> Self {
        Self { library: None, file: folder.join("clock"), seconds: Arc::default(), jumps: Arc::default() }
    }

    pub fn can_jump(&self) -> bool {
        self.library.is_some()
    }

    /// Moves the clock by `by` seconds, forward or backward.
    pub fn jump(&self, by: i64) {
        self.jumps.lock().unwrap().push(Jump { at: Instant::now(), by });
        self.seconds.fetch_add(by, Ordering::SeqCst);
        self.write();
    }

    /// Returns all jumps so far.
    pub fn jumps(&self) -> Vec<Jump> {
        self.jumps.lock().unwrap().clone()
    }

    fn write(&self) {
        let offset = format!("{:+}", self.seconds.load(Ordering::SeqCst));
        let new = self.file.with_extension("new");
        std::fs::write(&new, offset).and_then(|()| std::fs::rename(&new, &self.file)).unwrap();
    }

    /// Returns the server's time, to the second.
    pub fn now(&self) -> i64 {
        jiff::Timestamp::now().as_second() + self.seconds.load(Ordering::SeqCst)
    }

    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let Some(library) = &self.library else { return Vec::new() };
        vec![
            ("LD_PRELOAD", library.display().to_string()),
            ("FAKETIME_TIMESTAMP_FILE", self.file.display().to_string()),
            // Processes that share a clock must not see a jump at different moments.
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("NO_FAKE_STAT", "1".to_owned()),
        ]
    }
}
