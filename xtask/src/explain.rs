//! Recognizes failures of tools that the user can fix.

/// Returns a one-line explanation instead of the tool's page of output, if it is one of the usual causes.
pub fn cause(output: &str) -> Option<&'static str> {
    const NO_NETWORK: &str =
        "no network: a package could not be downloaded; connect to the internet and try again";
    const CAUSES: [(&str, &str); 14] = [
        (
            "linker `cc` not found",
            "no C compiler found; install one (Debian: apt-get install build-essential)",
        ),
        (
            "failed to find tool \"cc\"",
            "no C compiler found; install one (Debian: apt-get install build-essential)",
        ),
        ("No space left on device", "the disk is full; a build needs about 6 GB"),
        ("Could not resolve host", NO_NETWORK),
        ("Couldn't resolve host", NO_NETWORK),
        ("Could not connect to server", NO_NETWORK),
        ("Failed to connect to", NO_NETWORK),
        ("Temporary failure resolving", NO_NETWORK),
        ("Temporary failure in name resolution", NO_NETWORK),
        ("could not download file", NO_NETWORK),
        ("ENOTFOUND", NO_NETWORK),
        ("EAI_AGAIN", NO_NETWORK),
        ("ETIMEDOUT", NO_NETWORK),
        ("ECONNREFUSED", NO_NETWORK),
    ];
    CAUSES.iter().find(|(sign, _)| output.contains(sign)).map(|(_, cause)| *cause)
}

#[cfg(test)]
mod tests {
    use super::cause;

    #[test]
    fn missing_network_is_recognized() {
        let cargo = "warning: spurious network error (1 try remaining): [6] Couldn't resolve host name";
        assert!(cause(cargo).is_some_and(|line| line.starts_with("no network")));
    }

    #[test]
    fn compile_error_is_left_to_the_compiler() {
        assert_eq!(cause("error[E0308]: mismatched types"), None);
    }
}
