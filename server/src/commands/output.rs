//! What commands print. `println!` panics when nobody reads any more (`doctor | head -1`): here that is no failure, and
//! the command goes on to its own exit code.

use super::CommandError;
use anyhow::Context;
use std::{
    fmt::Display,
    io::{self, ErrorKind, Write},
};

/// A line of a command's answer. What cannot be written for another reason (a full disk) is an error.
pub fn line(text: impl Display) -> Result<(), CommandError> {
    Ok(write(&mut io::stdout().lock(), &text).context("cannot write the answer")?)
}

/// A line about a failure. There is nowhere left to tell that it cannot be written.
pub fn error(text: impl Display) {
    let _ = write(&mut io::stderr().lock(), &text);
}

/// `1 secret`, `2 secrets`.
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
    fn one_is_one() {
        assert_eq!([0, 1, 2].map(|n| counted(n, "secret")), ["0 secrets", "1 secret", "2 secrets"]);
    }

    #[test]
    fn only_a_closed_pipe_is_no_failure() {
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
