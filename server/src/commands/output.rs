//! Prints what commands report. `println!` panics when the reader is gone (`doctor | head -1`); here that is not an
//! error, and the command still returns its own exit code.

use super::CommandError;
use anyhow::Context;
use std::{
    fmt::Display,
    io::{self, ErrorKind, Write},
};

/// Prints a line of a command's result. Any other write error, such as a full disk, is returned.
pub fn line(text: impl Display) -> Result<(), CommandError> {
    Ok(write(&mut io::stdout().lock(), &text).context("cannot write the output")?)
}

/// Prints a line about a failure. A write error is ignored, as there is nowhere left to report it.
pub fn error(text: impl Display) {
    let _ = write(&mut io::stderr().lock(), &text);
}

/// Returns `1 secret`, `2 secrets`.
pub fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn write(to: &mut impl Write, text: &impl Display) -> io::Result<()> {
    match writeln!(to, "{text}").and_then(|()| to.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn count_uses_singular_and_plural() {
        assert_eq!([0, 1, 2].map(|n| counted(n, "secret")), ["0 secrets", "1 secret", "2 secrets"]);
    }

    #[test]
    fn only_a_closed_pipe_is_ignored() {
        struct Fails(ErrorKind);
        impl Write for Fails {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(self.0.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        assert!(write(&mut Fails(ErrorKind::BrokenPipe), &"x").is_ok());
        assert!(write(&mut Fails(ErrorKind::StorageFull), &"x").is_err());
    }
}
