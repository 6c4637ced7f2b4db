//! The URL of an account: `CONVI_{HELPDESK}_URL`.

use crate::origin::is_loopback;
use app::model::{Helpdesk, Subdomain};
use url::Url;

/// The URL of a helpdesk's account, with `{subdomain}` in place of the account's name.
///
/// The default is of a helpdesk whose connections have URLs of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountUrl {
    before: String,
    after: String,
}

impl AccountUrl {
    /// Parses a template. The name must be a whole label of the host or a whole segment of the path, so that no
    /// subdomain can lead anywhere else.
    pub fn parse(helpdesk: Helpdesk, text: &str) -> Result<Self, String> {
        const HOLE: &str = "{subdomain}";
        let example =
            helpdesk.details().url.as_ref().map_or("https://{subdomain}.example.com", |url| url.preset);
        let shape = || format!("must contain {HOLE} exactly once, as in {example}");
        let (before, after) = text.trim_end_matches('/').split_once(HOLE).ok_or_else(shape)?;
        if after.contains(HOLE) {
            return Err(shape());
        }
        let url = Url::parse(&format!("{before}mystore{after}"))
            .map_err(|_| format!("is not a valid URL; use for example {example}"))?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => {
                return Err("must use https unless the host is a loopback address, because credentials are sent there".to_owned());
            }
            _ => return Err("must start with https://".to_owned()),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not contain a user name or password".to_owned());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("must not contain ? or #".to_owned());
        }
        let host_or_path = before.split_once("://").map_or("", |(_, rest)| rest);
        let whole = if host_or_path.contains('/') {
            host_or_path.ends_with('/') && (after.is_empty() || after.starts_with('/'))
        } else {
            (host_or_path.is_empty() || host_or_path.ends_with('.'))
                && after.starts_with('.')
                && after.len() > 1
        };
        if !whole {
            return Err(
                "must contain {subdomain} as a whole label of the host or segment of the path".to_owned()
            );
        }
        Ok(Self { before: before.to_owned(), after: after.to_owned() })
    }

    /// Returns the account's URL, without a trailing slash.
    pub fn account(&self, subdomain: &Subdomain) -> String {
        format!("{}{subdomain}{}", self.before, self.after)
    }

    /// Returns the template itself, without a trailing slash.
    pub fn pattern(&self) -> String {
        format!("{}{{subdomain}}{}", self.before, self.after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_only_vary_a_whole_label_or_segment() {
        for good in [
            "https://{subdomain}.gorgias.com",
            "https://{subdomain}.gorgias.com/",
            "https://eu.{subdomain}.example:8443/base",
            "http://127.0.0.1:4010/{subdomain}",
            "http://[::1]:4010/{subdomain}/",
            "http://localhost/a/{subdomain}/b",
        ] {
            assert!(AccountUrl::parse(Helpdesk::GORGIAS, good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "https://gorgias.com",
            "https://{subdomain}.{subdomain}.com",
            "http://{subdomain}.gorgias.com",
            "http://{subdomain}.localhost",
            "http://evil.com/{subdomain}",
            "ftp://{subdomain}.gorgias.com",
            "https://user@{subdomain}.gorgias.com",
            "https://{subdomain}@gorgias.com",
            "https://{subdomain}.gorgias.com?x=1",
            "https://gorgias.com/?x={subdomain}",
            "https://gorgias.com/#{subdomain}",
            "https://{subdomain}",
            "https://{subdomain}gorgias.com",
            "https://x{subdomain}.gorgias.com",
            "https://gorgias.com/x{subdomain}",
            "https://gorgias.com:{subdomain}/",
            "{subdomain}.gorgias.com",
        ] {
            assert!(AccountUrl::parse(Helpdesk::GORGIAS, bad).is_err(), "{bad}");
        }
        let shop = Subdomain::parse(Helpdesk::GORGIAS, "shop").unwrap();
        let template = AccountUrl::parse(Helpdesk::GORGIAS, "http://127.0.0.1:4010/{subdomain}/").unwrap();
        assert_eq!(template.account(&shop), "http://127.0.0.1:4010/shop");
    }
}
