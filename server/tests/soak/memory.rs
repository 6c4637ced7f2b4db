//! The server's memory over the run: it may grow at first, but must then stay flat.

use crate::board::Scene;
use rustix::process::Pid;

/// Warm-up, during which it may grow: a share of the run, and a time in seconds, limited to half of the run.
const WARM_UP: (f64, f64) = (0.2, 40.0);

/// Limit in MiB. Attackers can occupy at most a third of that at any time.
const MOST: u64 = 384;

/// Resident memory in KiB, once per second.
pub struct Memory {
    samples: Vec<u64>,
    pub highest: u64,
}

impl Memory {
    pub async fn watch(scene: Scene, server: Pid) -> Self {
        let mut memory = Self { samples: Vec::new(), highest: 0 };
        while scene.goes_on() {
            memory.samples.extend(read(server, "VmRSS:"));
            memory.highest = read(server, "VmHWM:").unwrap_or(memory.highest);
            scene.rests(1.0).await;
        }
        memory
    }

    /// Returns the medians of the four quarters after the warm-up, in MiB.
    pub fn quarters(&self) -> [u64; 4] {
        let all = self.samples.len() as f64;
        let warm = &self.samples[(all * WARM_UP.0).max(WARM_UP.1).min(all / 2.0) as usize..];
        [0, 1, 2, 3].map(|quarter| {
            let mut part = warm[warm.len() * quarter / 4..warm.len() * (quarter + 1) / 4].to_vec();
            part.sort_unstable();
            part.get(part.len() / 2).copied().unwrap_or_default() / 1024
        })
    }

    /// Returns true if the last quarter uses no more than the second one, and no more than the server may need. A short
    /// run gets more slack, because it has less time to settle.
    pub fn is_flat(&self, slack: u64) -> bool {
        let [_, second, _, last] = self.quarters();
        second > 0 && last <= second + second / 5 + slack && last <= MOST
    }
}

fn read(server: Pid, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.as_raw_nonzero())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}
