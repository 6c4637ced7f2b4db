//! Percent-encoding, and a path with its query.
//!
//! Written by hand, because a crate's tables would add more bytes to the embedded panel than this code.

/// Percent-encodes a text for a path segment or for the value in `?name=value`.
pub fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for digit in [byte >> 4, byte & 15] {
                out.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
            }
        }
    }
    out
}

/// Appends parameters to a path, in order. Leaves out a parameter that is `None` or empty.
pub fn with_query(path: &str, parameters: &[(&str, Option<&str>)]) -> String {
    let mut address = path.to_owned();
    for (name, value) in parameters {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            address.push(if address.contains('?') { '&' } else { '?' });
            address.push_str(name);
            address.push('=');
            address.push_str(&encoded(value));
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_query_leaves_out_empty_parameters() {
        let parameters = [("state", None), ("search", Some("50 % & é")), ("to", Some("")), ("n", Some("1"))];
        assert_eq!(with_query("/list", &parameters), "/list?search=50%20%25%20%26%20%C3%A9&n=1");
        assert_eq!(with_query("/list", &[]), "/list");
    }
}
