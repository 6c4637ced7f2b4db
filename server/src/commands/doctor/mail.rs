//! Checks where emails go: a writable folder, or a mail server that accepts them over an encrypted connection.

use super::Found;
use crate::{application, config::Config, mail::SmtpSetting, origin::PublicUrl};
use domain::clock::World;
use secrecy::ExposeSecret;
use std::{path::Path, time::Duration};
use tokio::net::TcpStream;

/// How long a mail server may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn check(config: &Config, world: &World) -> Found {
    match &config.smtp {
        SmtpSetting::File(folder) => match writable(folder) {
            Ok(()) => Found::Good(format!("mail: written to {}", folder.display())),
            Err(error) => Found::Bad(format!("mail: cannot write to {}: {error}", folder.display())),
        },
        SmtpSetting::Smtp(url) => {
            let Ok(url) = url::Url::parse(url.expose_secret()) else {
                return Found::Bad("mail: CONVI_SMTP_URL is not a valid URL".to_owned());
            };
            let host = url.host_str().unwrap_or_default();
            let port = url.port().unwrap_or(if url.scheme() == "smtps" { 465 } else { 25 });
            let connecting = TcpStream::connect((host.trim_matches(['[', ']']), port));
            let reached = tokio::time::timeout(PATIENCE, connecting).await.map(|stream| stream.map(drop));
            match reached {
                Ok(Ok(())) if let Some(why) = refuses(config, world).await => {
                    Found::Bad(format!("mail: {host}:{port} answers, but {why}"))
                }
                Ok(Ok(())) => match in_the_open(&url) {
                    None => Found::Good(format!("mail: {host}:{port} answers")),
                    Some(why) => Found::Doubtful(format!("mail: {host}:{port} answers, but {why}")),
                },
                Ok(Err(error)) => Found::Bad(format!("mail: {host}:{port}: {error}")),
                Err(_) => Found::Bad(format!("mail: {host}:{port} did not answer within 5 s")),
            }
        }
    }
}

/// Returns why a mail server that answers rejects us. Tries greeting, TLS, login and our sender address, without
/// sending an email.
async fn refuses(config: &Config, world: &World) -> Option<String> {
    let url = config.public_url.clone().unwrap_or_else(|| PublicUrl::of_address(config.listen));
    let Ok(mailer) = application::mailer(config, &url.to_string(), world) else {
        return Some("CONVI_SMTP_URL is not a valid URL".to_owned());
    };
    match tokio::time::timeout(PATIENCE, mailer.reachable()).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => {
            Some(format!("rejects Convi: {error} Check TLS, user, password and sender in CONVI_SMTP_URL"))
        }
        Err(_) => Some(
            "did not finish the greeting within 5 s; check that it is a mail server and that its TLS matches CONVI_SMTP_URL"
                .to_owned(),
        ),
    }
}

/// Returns what others could read on the way to a mail server, and the fix. A relay on the same machine is exempt.
fn in_the_open(url: &url::Url) -> Option<String> {
    let tls = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
    if url.scheme() == "smtps" || tls.as_deref() == Some("required") {
        return None;
    }
    let here = match url.host_str()?.trim_matches(['[', ']']) {
        "localhost" => true,
        host => host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback()),
    };
    let password = url.password().is_some();
    if here && !password {
        return None;
    }
    let what =
        if password { "the password and every transcript are sent" } else { "every transcript is sent" };
    let unless = if tls.is_some() { " unless it offers STARTTLS" } else { "" };
    Some(format!(
        "{what} unencrypted{unless}; add ?tls=required to CONVI_SMTP_URL for STARTTLS (usually port 587), or \
         use smtps://"
    ))
}

/// Checks that a file can be created in the folder, or in its nearest existing parent.
fn writable(folder: &Path) -> std::io::Result<()> {
    let here = Path::new(".");
    let existing = folder.ancestors().find(|above| above.is_dir()).unwrap_or(here);
    let access = rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK;
    rustix::fs::access(existing, access).map_err(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn unreachable_mail_server_is_reported_without_its_password() {
        // Port 1 of this machine: nothing listens there.
        let found = mail_at("smtp://u:geheim@127.0.0.1:1").await;
        let text = found.to_string();
        assert!(text.starts_with("FAIL  mail: 127.0.0.1:1") && !text.contains("geheim"), "{text}");
        let folder = tempfile::tempdir().unwrap();
        let found = mail_at(&format!("file://{}/not/yet", folder.path().display())).await;
        assert!(matches!(found, Found::Good(_)));
    }

    #[test]
    fn unencrypted_mail_is_reported_with_a_fix() {
        let told = |url: &str| in_the_open(&url::Url::parse(url).unwrap());
        for good in [
            "smtps://u:geheim@mail.example",
            "smtp://u:geheim@mail.example:587?tls=required",
            "smtp://127.0.0.1",
            "smtp://localhost:2525",
            "smtp://[::1]:25",
        ] {
            assert_eq!(told(good), None, "{good}");
        }
        for (url, what) in [
            ("smtp://u:geheim@mail.example", "the password and every transcript are sent unencrypted;"),
            ("smtp://mail.example", "every transcript is sent unencrypted;"),
            ("smtp://u:geheim@127.0.0.1", "the password and every transcript"),
            ("smtp://u:geheim@mail.example?tls=opportunistic", "unencrypted unless it offers STARTTLS;"),
        ] {
            let told = told(url).unwrap();
            assert!(
                told.contains(what) && told.contains("?tls=required") && !told.contains("geheim"),
                "{told}"
            );
        }
    }

    async fn mail_at(url: &str) -> Found {
        let names = [("CONVI_SMTP_URL", url), ("CONVI_TOKEN_SECRET", "0123456789abcdef0123456789abcdef")];
        let environment = names.map(|(name, value)| (name.into(), value.into()));
        let config = Config::load(environment, None, crate::config::Need::Serve).unwrap();
        check(&config, &crate::clock::system()).await
    }

    /// A mail server with user accounts that gives this answer to a password.
    fn server(to_password: &'static str) -> u16 {
        use std::io::{BufRead, BufReader, Write};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut writer = stream.unwrap();
                let mut lines = BufReader::new(writer.try_clone().unwrap()).lines();
                let mut answer = "220 mail.test\r\n";
                while writer.write_all(answer.as_bytes()).is_ok()
                    && let Some(Ok(line)) = lines.next()
                {
                    answer = match line.split(' ').next().unwrap_or_default() {
                        "EHLO" => "250-mail.test\r\n250 AUTH PLAIN\r\n",
                        "AUTH" => to_password,
                        _ => "250 ok\r\n",
                    };
                }
            }
        });
        port
    }

    #[tokio::test]
    async fn unencrypted_mail_server_is_a_note() {
        let port = server("235 welcome\r\n");
        let found = mail_at(&format!("smtp://u:geheim@127.0.0.1:{port}")).await;
        assert!(found.to_string().starts_with("note  mail: 127.0.0.1:"), "{found}");
        let found = mail_at(&format!("smtp://127.0.0.1:{port}")).await;
        assert!(matches!(found, Found::Good(_)), "{found}");
    }

    #[tokio::test]
    async fn rejected_password_is_detected() {
        let port = server("535 no\r\n");
        let found = mail_at(&format!("smtp://u:geheim@127.0.0.1:{port}")).await.to_string();
        assert!(found.starts_with("FAIL  mail: 127.0.0.1:") && found.contains("rejects Convi"), "{found}");
        assert!(!found.contains("geheim"), "{found}");
    }
}
