//! The log: `tracing` events on stderr, as JSON unless it is a terminal.
//!
//! It never contains secrets, tokens, cookies, URLs with their query, chat text or email addresses.
//!
//! A separate thread writes it, so that a pipe that is not read blocks that thread and nothing else. Lines that do not
//! fit meanwhile are lost, and their number is logged once the pipe is read again.

use std::{
    io::{self, IsTerminal, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

/// The filter unless `RUST_LOG` is set. Libraries log only warnings, because they log URLs.
const FILTER: &str = "warn,convi_server=info,convi_integrations=info,app=info";
/// How many lines wait while the pipe is slow.
const WAITING: usize = 4_096;
/// How long lines are gathered.
const GATHERED_FOR: Duration = Duration::from_millis(5);
/// About how many bytes of lines are written together.
const AT_ONCE: usize = 16 * 1024;
/// How long the program waits for the last lines when it ends.
const PATIENCE: Duration = Duration::from_secs(1);

/// Starts logging; a second call does nothing. Dropping the returned value writes the last lines.
pub fn init() -> Flush {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(FILTER));
    // An ordinary line, which waits for its turn.
    let lines = Lines::to(io::stderr(), |lost| tracing::warn!(lost, "log.lines_lost"));
    let flush = Flush(lines.sender.clone());
    // A line that cannot be written is lost. Reporting it on stderr too would panic if the log's own disk is full.
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(lines).log_internal_errors(false);
    // An error means that another subscriber is installed, as in tests.
    let _ = if io::stderr().is_terminal() {
        log.compact().try_init()
    } else {
        log.json().flatten_event(true).with_span_list(false).try_init()
    };
    flush
}

enum Message {
    Line(Vec<u8>),
    /// Answered when everything before it is written.
    Flush(SyncSender<()>),
}

/// Takes lines without ever waiting.
#[derive(Clone)]
struct Lines {
    sender: SyncSender<Message>,
    lost: Arc<AtomicU64>,
}

impl Lines {
    /// Writes to `out`; `tell` gets the number of lines that did not fit.
    fn to(out: impl Write + Send + 'static, tell: impl Fn(u64) + Send + 'static) -> Self {
        let (sender, receiver) = sync_channel(WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let counted = lost.clone();
        // Without a thread there is no log, but the server still serves.
        let _ = thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || write(&receiver, &counted, out, tell));
        Self { sender, lost }
    }
}

fn write(lines: &Receiver<Message>, lost: &AtomicU64, mut out: impl Write, tell: impl Fn(u64)) {
    let mut together = Vec::new();
    while let Ok(message) = lines.recv() {
        // Each line would wake the waiting thread, which costs as much as the line; while it sleeps, none does.
        #[expect(clippy::disallowed_methods, reason = "there is no event to wait for")]
        thread::sleep(GATHERED_FOR);
        let mut next = Some(message);
        while let Some(Message::Line(line)) = next {
            together.extend(line);
            next = if together.len() < AT_ONCE { lines.try_recv().ok() } else { None };
        }
        // On a full disk, a later line may fit.
        drop(out.write_all(&together));
        together.clear();
        if let Some(Message::Flush(done)) = next {
            let _ = done.try_send(());
        }
        let lost = lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            tell(lost);
        }
    }
}

impl Write for Lines {
    /// A whole line: `tracing-subscriber` writes each in one call.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.sender.try_send(Message::Line(line.to_vec())).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Writes the last lines when dropped, unless the pipe is not read.
pub struct Flush(SyncSender<Message>);

impl Drop for Flush {
    fn drop(&mut self) {
        let (done, written) = sync_channel(1);
        if self.0.try_send(Message::Flush(done)).is_ok() {
            let _ = written.recv_timeout(PATIENCE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Sender, channel};

    /// A pipe on which each write is seen, and waits until it is released.
    struct Pipe {
        seen: Sender<String>,
        go: Receiver<()>,
    }

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            // A test that has ended no longer reads.
            let _ = self.seen.send(String::from_utf8_lossy(bytes).into_owned());
            let _ = self.go.recv();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn unread_pipe_blocks_no_one_and_lost_lines_are_counted() {
        let (seen, lines) = channel();
        let (go, stopped) = channel();
        let (tell, told) = channel();
        let mut log = Lines::to(Pipe { seen, go: stopped }, move |lost| tell.send(lost).unwrap());
        log.write_all(b"first").unwrap();
        assert_eq!(lines.recv().unwrap(), "first");
        for n in 0..WAITING + 10 {
            log.write_all(format!("{n}\n").as_bytes()).unwrap();
        }
        drop(go);
        assert_eq!(told.recv().unwrap(), 10);
        drop(Flush(log.sender.clone()));
        // Both ends of the log are gone, so its thread ends, and with it its output.
        drop(log);
        let rest = lines.iter().collect::<String>();
        let rest: Vec<_> = rest.lines().collect();
        assert_eq!(rest.last(), Some(&"4095"), "the last one that fitted");
        assert_eq!(rest.len(), WAITING);
    }
}
