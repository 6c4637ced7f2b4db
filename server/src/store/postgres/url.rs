//! The URL of a PostgreSQL database.

use crate::store::OpenError;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use std::{
    fmt,
    net::IpAddr,
    path::{Path, PathBuf},
};
use tokio_postgres::{
    Config,
    config::{Host, SslMode},
};
use tokio_postgres_rustls::MakeRustlsConnect;

/// The parameters that a URL may have. Others are rejected, because a misspelt one would silently have no effect.
const PARAMETERS: [&str; 7] =
    ["sslmode", "sslrootcert", "application_name", "options", "host", "port", "user"];

/// A parsed URL. Its password is never shown.
#[derive(Clone)]
pub struct PostgresUrl {
    pub(super) config: Config,
    /// The file with the only certificate authorities to trust, or `None` for the machine's.
    authorities: Option<PathBuf>,
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresUrl({self})")
    }
}

/// The host and the database, for people.
impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(host)) => host.as_str(),
            Some(Host::Unix(folder)) => folder.to_str().unwrap_or_default(),
            None => "",
        };
        write!(f, "{} at {host}", self.config.get_dbname().unwrap_or("postgres"))
    }
}

impl PostgresUrl {
    /// Parses `postgres://USER:PASSWORD@HOST/DATABASE`. An error never repeats the text, which may contain a password.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || "is not a valid PostgreSQL URL; use postgres://USER:PASSWORD@HOST/DATABASE".to_owned();
        let mut url = url::Url::parse(text).map_err(|_| wrong())?;
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        if let Some((name, _)) = pairs.iter().find(|(name, _)| !PARAMETERS.contains(&name.as_str())) {
            return Err(format!(
                "has the unknown parameter {name}; known parameters: {}",
                PARAMETERS.join(", ")
            ));
        }
        let value =
            |wanted: &str| pairs.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(pairs.iter().filter(|(name, _)| !name.starts_with("ssl")));
        // The driver reads a space only as `%20`; in the rest of the URL, `+` is part of a password.
        let query = query.finish().replace('+', "%20");
        url.set_query(Some(query.as_str()).filter(|query| !query.is_empty()));
        let mut config: Config = url.as_str().parse().map_err(|_| wrong())?;
        if config.get_hosts().is_empty() || config.get_user().is_none() {
            return Err(
                "does not name a host and a user; use postgres://USER:PASSWORD@HOST/DATABASE".to_owned()
            );
        }
        config.ssl_mode(ssl_mode(value("sslmode").as_deref(), config.get_hosts())?);
        Ok(Self { config, authorities: value("sslrootcert").map(PathBuf::from) })
    }

    /// Returns how to encrypt connections: the host must have a certificate for its name.
    pub(super) fn tls(&self) -> Result<MakeRustlsConnect, OpenError> {
        let mut roots = RootCertStore::empty();
        match &self.authorities {
            Some(path) => {
                let unusable = |error: String| OpenError::Server {
                    error: format!("sslrootcert {}: {error}", path.display()).into(),
                };
                for certificate in certificates(path).map_err(unusable)? {
                    roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
                }
            }
            // A certificate that cannot be parsed fails only the connections that need it.
            None => drop(roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs)),
        }
        let config = ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .map_err(|error| OpenError::Server { error: error.into() })?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(MakeRustlsConnect::new(config))
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let all = CertificateDer::pem_file_iter(path).map_err(|error| error.to_string())?;
    let all = all.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
    if all.is_empty() { Err("has no certificate".to_owned()) } else { Ok(all) }
}

/// Returns whether connections are encrypted. By default, those that leave the machine are.
fn ssl_mode(named: Option<&str>, hosts: &[Host]) -> Result<SslMode, String> {
    match named {
        Some("disable") => Ok(SslMode::Disable),
        // For the first two, other programs accept any certificate, or one for any host. We always check both.
        Some("require" | "verify-ca" | "verify-full") => Ok(SslMode::Require),
        Some(_) => Err("has an unknown sslmode; use verify-full or disable".to_owned()),
        None if hosts.iter().all(is_here) => Ok(SslMode::Disable),
        None => Ok(SslMode::Require),
    }
}

/// Returns whether a host is this machine.
fn is_here(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(url: &str) -> Result<SslMode, String> {
        PostgresUrl::parse(url).map(|it| it.config.get_ssl_mode())
    }

    #[test]
    fn connections_that_leave_the_machine_are_encrypted() {
        for plain in [
            "postgres://u:p@localhost/convi",
            "postgres://u@127.0.0.1:5433/convi",
            "postgres://u@%2Frun%2Fpostgresql/convi",
            "postgresql://u:p@db.example/convi?sslmode=disable",
        ] {
            assert_eq!(mode(plain), Ok(SslMode::Disable), "{plain}");
        }
        for encrypted in [
            "postgres://u:p@db.example/convi",
            "postgres://u:p@10.0.0.1/convi",
            "postgres://u:p@localhost,db.example/convi",
            "postgres://u:p@localhost/convi?sslmode=require",
            "postgres://u:p@localhost/convi?sslmode=verify-full",
        ] {
            assert_eq!(mode(encrypted), Ok(SslMode::Require), "{encrypted}");
        }
    }

    #[test]
    fn wrong_urls_are_rejected_without_showing_the_password() {
        for (url, why) in [
            (
                "postgres://u:hunter2@db.example/convi?sslmod=disable",
                "has the unknown parameter sslmod; known parameters:",
            ),
            ("postgres://u:hunter2@db.example/convi?sslmode=prefer", "has an unknown sslmode"),
            ("postgres://u:hunter2@db.example:port/convi", "is not a valid PostgreSQL URL"),
            ("postgres://db.example/convi", "does not name a host and a user"),
            ("postgres://u:hunter2@/convi", "is not a valid PostgreSQL URL"),
        ] {
            let error = PostgresUrl::parse(url).unwrap_err();
            assert!(error.starts_with(why), "{url}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn only_host_and_database_are_shown() {
        let url = PostgresUrl::parse("postgres://u:hunter2@db.example/convi").unwrap();
        assert_eq!(format!("{url:?}"), "PostgresUrl(convi at db.example)");
    }

    #[test]
    fn password_may_have_a_plus() {
        for url in
            ["postgres://u:a+b@localhost/convi", "postgres://u:a%2Bb@localhost/convi?options=-c%20a%3Db"]
        {
            assert_eq!(PostgresUrl::parse(url).unwrap().config.get_password(), Some(&b"a+b"[..]), "{url}");
        }
    }

    #[test]
    fn options_are_passed_on() {
        let url =
            PostgresUrl::parse("postgres://u@localhost/convi?options=-c%20search_path%3Dapart").unwrap();
        assert_eq!(url.config.get_options(), Some("-c search_path=apart"));
    }
}
