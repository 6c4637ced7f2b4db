//! The log: `tracing` events on stderr, as JSON when nobody is watching.
//!
//! What never stands in it: secrets, tokens, cookies, addresses with their query, chat text, email addresses.
//!
//! A thread of its own writes it: a pipe that nobody reads holds up that thread and nothing else. What does not fit
//! meanwhile is lost, and how much it was is said once the pipe is read again.

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

/// What is logged unless `RUST_LOG` says otherwise. Libraries only when something is wrong: they log addresses.
const FILTER: &str = "warn,convi_server=info,convi_integrations=info,app=info";
/// How many lines wait for a pipe that is read slowly.
const WAITING: usize = 4_096;
/// For how long lines are gathered.
const GATHERED_FOR: Duration = Duration::from_millis(5);
/// How many bytes of lines are written at once, or a little more.
const AT_ONCE: usize = 16 * 1024;
/// How long the end of the program waits for the last lines.
const PATIENCE: Duration = Duration::from_secs(1);

/// Starts logging. Does nothing the second time. What is returned writes the last lines when it is dropped.
pub fn init() -> Flush {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(FILTER));
    // A line like any other: it waits for its turn.
    let lines = Lines::to(io::stderr(), |lost| tracing::warn!(lost, "log.lines_lost"));
    let flush = Flush(lines.sender.clone());
    // A line that cannot be written is lost. Complaining about it on stderr as well would panic when it is the log's own
    // disk that is full.
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(lines).log_internal_errors(false);
    // The error says that another subscriber is there, as in tests.
    let _ = if io::stderr().is_terminal() {
        log.compact().try_init()
    } else {
        log.json().flatten_event(true).with_span_list(false).try_init()
    };
    flush
}

enum Message {
    Line(Vec<u8>),
    /// Told when all before it is written.
    Flush(SyncSender<()>),
}

/// Takes lines, and never waits.
#[derive(Clone)]
struct Lines {
    sender: SyncSender<Message>,
    lost: Arc<AtomicU64>,
}

impl Lines {
    /// Written to `out`; `tell` hears how many did not fit.
    fn to(out: impl Write + Send + 'static, tell: impl Fn(u64) + Send + 'static) -> Self {
        let (sender, receiver) = sync_channel(WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let counted = lost.clone();
        // Without a thread there is no log, which is no reason not to serve.
        let _ = thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || write(&receiver, &counted, out, tell));
        Self { sender, lost }
    }
}

fn write(lines: &Receiver<Message>, lost: &AtomicU64, mut out: impl Write, tell: impl Fn(u64)) {
    let mut together = Vec::new();
    while let Ok(message) = lines.recv() {
        // A line wakes a thread that waits for it, which costs as much as the line: while this one sleeps, none does.
        #[expect(clippy::disallowed_methods, reason = "there is no event to wait for")]
        thread::sleep(GATHERED_FOR);
        let mut next = Some(message);
        while let Some(Message::Line(line)) = next {
            together.extend(line);
            next = if together.len() < AT_ONCE { lines.try_recv().ok() } else { None };
        }
        // A full disk: what comes next may fit.
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
    /// A whole line: `tracing-subscriber` writes each at once.
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

/// Writes the last lines when it is dropped, unless nobody reads them.
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

    /// A pipe: each write is seen, and waits until it is let go.
    struct Pipe {
        seen: Sender<String>,
        go: Receiver<()>,
    }

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            // An ended test reads no more.
            let _ = self.seen.send(String::from_utf8_lossy(bytes).into_owned());
            let _ = self.go.recv();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_pipe_that_nobody_reads_holds_up_nobody_and_what_is_lost_is_counted() {
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
        // Both ends of the log are gone, so its thread ends, and with it what it has written.
        drop(log);
        let rest = lines.iter().collect::<String>();
        let rest: Vec<_> = rest.lines().collect();
        assert_eq!(rest.last(), Some(&"4095"), "the last that had room");
        assert_eq!(rest.len(), WAITING);
    }
}
