//! Reads cookies as bytes, so that another cookie of this host with unusual bytes cannot hide ours.

use http::{HeaderMap, header};

/// Returns the values of the cookies with exactly this name, in order, over all `Cookie` headers, without the quotes
/// around a value.
pub fn named<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    let lines = headers.get_all(header::COOKIE).iter();
    lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';')).filter_map(move |pair| {
        let equals = pair.iter().position(|byte| *byte == b'=')?;
        let (found, value) = (pair[..equals].trim_ascii(), pair[equals + 1..].trim_ascii());
        let quoted = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\""));
        (found == name.as_bytes()).then(|| quoted.unwrap_or(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn values(lines: &[&[u8]]) -> Vec<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, HeaderValue::from_bytes(line).unwrap());
        }
        named(&headers, "our").map(|value| String::from_utf8_lossy(value).into_owned()).collect()
    }

    #[test]
    fn own_cookie_is_found_beside_any_other() {
        for line in [
            &b"our=x"[..],
            "shop=Zoë; our=x".as_bytes(),
            b"shop=Zo\xeb; our=x",
            b"our=x; shop=\xff\xfe",
            b"\xff=1;our=x",
            b"a=1;our=x;b=2",
            b" our = x ",
            b"our=\"x\"",
            b"flag; ; =; our=x",
            b"a=b=c; our=x",
            b"json={\"our\":1}; our=x",
        ] {
            assert_eq!(values(&[line]), ["x"], "{}", String::from_utf8_lossy(line));
        }
        assert_eq!(values(&[b"shop=\xff", b"our=x"]), ["x"]);
        assert_eq!(values(&[b"our=x", b"our=y; our=z"]), ["x", "y", "z"]);
    }

    #[test]
    fn similar_names_are_not_ours() {
        for line in [&b"OUR=x"[..], b"your=x", b"our2=x", b"x=our=x", b"our", b"x=\"our=x\"", b""] {
            assert_eq!(values(&[line]), [""; 0], "{}", String::from_utf8_lossy(line));
        }
    }
}
