//! What the receiver keeps: its settings and the latest events.

use std::{collections::VecDeque, fs, io, path::Path};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How many events are kept.
const MOST: usize = 100;
/// The status with which a receiver accepts an event.
const TAKEN: u16 = 204;

/// An event as it was received.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Received {
    pub id: String,
    /// When it last arrived.
    pub at: Timestamp,
    /// Whether its signature was verified.
    pub verified: bool,
    /// The status of the last answer.
    pub answer: u16,
    /// How often it arrived.
    pub times: u32,
    pub body: String,
}

/// Everything that survives a restart.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// The signing secret, once it has been entered.
    pub secret: Option<String>,
    /// How many requests had no valid signature.
    pub refused: u64,
    /// The events, newest first.
    pub events: VecDeque<Received>,
    answer: Option<u16>,
}

impl Kept {
    /// Reads the file. A missing file counts as empty.
    pub fn read(file: &Path) -> io::Result<Self> {
        match fs::read(file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(io::Error::from),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// Writes the file by rename, so that a reader never sees half of it.
    pub fn write(&self, file: &Path) -> io::Result<()> {
        let new = file.with_extension("new");
        fs::write(&new, serde_json::to_vec(self)?)?;
        fs::rename(new, file)
    }

    /// Returns the status that events are answered with.
    pub fn answer(&self) -> u16 {
        self.answer.unwrap_or(TAKEN)
    }

    pub fn set(&mut self, secret: Option<&str>, answer: u16) {
        self.secret = secret.map(str::to_owned);
        self.answer = Some(answer);
    }

    /// Adds an event. A repeated one, which has the same id and body, replaces the earlier one and is counted.
    pub fn keep(&mut self, event: Received) {
        let before =
            self.events.iter().position(|it| it.id == event.id).and_then(|at| self.events.remove(at));
        let times = event.times + before.map_or(0, |it| it.times);
        self.events.push_front(Received { times, ..event });
        self.events.truncate(MOST);
    }
}
