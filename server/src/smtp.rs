//! Sends emails over SMTP, command by command, because the meaning of a rejection depends on the rejected command.

use crate::mail::{Mail, MailError, Mailer, Sender, message};
use domain::{Sentence, clock::World, said, sentences};
use lettre::{
    address::Envelope,
    transport::smtp::{
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, Tls, TlsParameters},
        commands::{Data, Mail as MailFrom, Rcpt},
        extension::{ClientId, Extension, MailBodyParameter, MailParameter},
    },
};
use percent_encoding::percent_decode_str;
use std::{sync::Arc, time::Duration};
use tokio::{runtime::Handle, sync::oneshot, task::spawn_blocking};

/// How long connecting may take.
const CONNECTING: Duration = Duration::from_secs(20);
/// How long a whole email may take: less than its delivery's lease.
const SENDING: Duration = Duration::from_secs(50);
/// How long the server may take to say goodbye; it has accepted the email by then.
const GOODBYE: Duration = Duration::from_secs(2);

/// Sends emails to an SMTP server.
pub struct SmtpMailer {
    relay: Arc<Relay>,
    sender: Sender,
    world: World,
}

/// The SMTP server, and how to connect to it.
struct Relay {
    host: String,
    port: u16,
    tls: Tls,
    hello: ClientId,
    credentials: Option<Credentials>,
}

/// How far an email had come when the server rejected it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The greeting, EHLO or STARTTLS.
    Hello,
    /// The user and the password.
    Auth,
    /// Our address.
    Sender,
    /// The team's address.
    Recipient,
    /// The email itself.
    Content,
}

impl Step {
    /// Returns the command's name, as operators know it.
    fn name(self) -> &'static str {
        match self {
            Self::Hello => "EHLO",
            Self::Auth => "AUTH",
            Self::Sender => "MAIL FROM",
            Self::Recipient => "RCPT TO",
            Self::Content => "DATA",
        }
    }
}

/// A command that failed.
struct Failed {
    step: Step,
    error: lettre::transport::smtp::Error,
}

impl SmtpMailer {
    /// Connects to the server of an `smtp://` or `smtps://` URL, with lettre's options: `?tls=required` or
    /// `opportunistic`, and the path is the name in EHLO.
    ///
    /// # Errors
    /// The message does not contain the URL, which may include a password.
    pub fn new(url: &str, sender: Sender, world: World) -> Result<Self, String> {
        let wrong = || "CONVI_SMTP_URL is not a valid smtp:// or smtps:// URL".to_owned();
        let url = url::Url::parse(url).map_err(|_| wrong())?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
        let host = host.trim_matches(['[', ']']).to_owned();
        let parameters = || TlsParameters::new(host.clone()).map_err(|_| wrong());
        let wanted = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
        let (port, tls) = match (url.scheme(), wanted.as_deref()) {
            ("smtp", None) => (25, Tls::None),
            ("smtp", Some("required")) => (587, Tls::Required(parameters()?)),
            ("smtp", Some("opportunistic")) => (587, Tls::Opportunistic(parameters()?)),
            ("smtps", _) => (465, Tls::Wrapper(parameters()?)),
            _ => return Err(wrong()),
        };
        if !url.username().is_empty() && url.password().is_none() {
            return Err(
                "CONVI_SMTP_URL has a user without a password; use smtps://USER:PASSWORD@HOST".to_owned()
            );
        }
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let name = url.path().trim_matches('/');
        let relay = Relay {
            port: url.port().unwrap_or(port),
            tls,
            hello: if name.is_empty() { ClientId::default() } else { ClientId::Domain(name.to_owned()) },
            credentials: url
                .password()
                .map(|password| Credentials::new(decoded(url.username()), decoded(password))),
            host,
        };
        Ok(Self { relay: Arc::new(relay), sender, world })
    }
}

impl Relay {
    async fn connect(&self) -> Result<AsyncSmtpConnection, Failed> {
        let failed = |step| move |error| Failed { step, error };
        let wrapper = match &self.tls {
            Tls::Wrapper(parameters) => Some(parameters.clone()),
            _ => None,
        };
        let server = (self.host.as_str(), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, Some(CONNECTING), &self.hello, wrapper, None)
                .await
                .map_err(failed(Step::Hello))?;
        let upgrade = match &self.tls {
            Tls::Required(parameters) => Some(parameters),
            Tls::Opportunistic(parameters) if connection.can_starttls() => Some(parameters),
            _ => None,
        };
        if let Some(parameters) = upgrade {
            connection.starttls(parameters.clone(), &self.hello).await.map_err(failed(Step::Hello))?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await.map_err(failed(Step::Auth))?;
        }
        Ok(connection)
    }

    async fn take(&self, envelope: &Envelope, mail: &[u8]) -> Result<AsyncSmtpConnection, Failed> {
        let failed = |step| move |error| Failed { step, error };
        let mut connection = self.connect().await?;
        let mut options = Vec::new();
        if [envelope.from(), envelope.to().first()].into_iter().flatten().any(|address| !is_ascii(address)) {
            options.push(MailParameter::SmtpUtfEight);
        }
        if !mail.is_ascii() && connection.server_info().supports_feature(Extension::EightBitMime) {
            options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let from = MailFrom::new(envelope.from().cloned(), options);
        connection.command(from).await.map_err(failed(Step::Sender))?;
        for to in envelope.to() {
            connection.command(Rcpt::new(to.clone(), Vec::new())).await.map_err(failed(Step::Recipient))?;
        }
        connection.command(Data).await.map_err(failed(Step::Content))?;
        connection.message(mail).await.map_err(failed(Step::Content))?;
        Ok(connection)
    }
}

/// Runs work away from the threads that serve requests: lettre parses a long answer again with every line, so a server
/// that sends 100 kB would block them. Ends when the caller no longer waits.
async fn apart<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Option<T> {
    let (_waits, gone) = oneshot::channel::<()>();
    let handle = Handle::current();
    let work = async {
        tokio::select! {
            biased;
            done = work => Some(done),
            _ = gone => None,
        }
    };
    spawn_blocking(move || handle.block_on(work)).await.ok().flatten()
}

fn is_ascii(address: &lettre::Address) -> bool {
    let text: &str = address.as_ref();
    text.is_ascii()
}

/// Says goodbye, without waiting long for an answer.
async fn close(mut connection: AsyncSmtpConnection) {
    // The answer changes nothing.
    let _ = tokio::time::timeout(GOODBYE, connection.abort()).await;
}

sentences! {
    NOT_TAKEN = "mail.not_taken": "The mail server did not accept the email.";
    NO_ANSWER = "mail.no_answer": "The mail server is not answering.";
    MAILBOX_FULL = "mail.mailbox_full": "The team's mailbox is full.";
    TOO_LARGE = "mail.too_large": "The mail server says this email is too large.";
    REJECTED = "mail.rejected": "The mail server rejected this email ({code}). The team's address is not the cause.";
    REFUSES_US = "mail.refuses_us": "The mail server is not accepting email from Convi ({why}). The team's address is not the cause.";
    REFUSED_ADDRESS = "mail.refused_address": "The mail server does not accept email for this address ({code}). Check the team's address under Settings → Notifications.";
}

/// Returns what a failure means. Only a rejected address is final and for the merchant to fix.
fn verdict(failed: &Failed) -> MailError {
    let words = std::error::Error::source(&failed.error).map(ToString::to_string).unwrap_or_default();
    match failed.error.status() {
        Some(code) => meaning(failed.step, code.into(), &words),
        // No encryption or no way to sign in that both sides accept: only operators can fix that.
        None if failed.error.is_tls() || (failed.error.is_client() && failed.step == Step::Hello) => {
            MailError::RefusesUs(said!(REFUSES_US, why = "TLS"))
        }
        None if failed.error.is_client() && failed.step == Step::Auth => {
            MailError::RefusesUs(said!(REFUSES_US, why = failed.step.name()))
        }
        None => later(),
    }
}

fn later() -> MailError {
    MailError::Later(NOT_TAKEN.into())
}

/// Returns what an answer means. The server's text may repeat the address, so only the codes are kept.
fn meaning(step: Step, code: u16, words: &str) -> MailError {
    let permanent = (500..600).contains(&code);
    let wait = |sentence: Sentence| MailError::Later(sentence.into());
    match (step, enhanced(words)) {
        (_, Some((2, 2))) => wait(MAILBOX_FULL),
        (Step::Recipient, None) if code == 552 => wait(MAILBOX_FULL),
        (_, Some((3, 4) | (2, 3))) => wait(TOO_LARGE),
        (Step::Sender | Step::Content, None) if code == 552 => wait(TOO_LARGE),
        (Step::Recipient, about) if permanent => match blames(code, about, words) {
            Blame::Address => refused_address(code),
            Blame::Us => refuses_us(step, code),
            Blame::Unclear => later(),
        },
        (Step::Content, Some((1, 1..=3 | 10))) if permanent => refused_address(code),
        (Step::Content, _) if permanent => MailError::Later(said!(REJECTED, code = code)),
        _ if permanent => refuses_us(step, code),
        _ => later(),
    }
}

fn refused_address(code: u16) -> MailError {
    MailError::Never(said!(REFUSED_ADDRESS, code = code))
}

fn refuses_us(step: Step, code: u16) -> MailError {
    MailError::RefusesUs(said!(REFUSES_US, why = format!("{code}, {}", step.name())))
}

/// Why a recipient was rejected.
enum Blame {
    /// The address does not exist or accepts no mail.
    Address,
    /// Who we are or where we send from.
    Us,
    /// The answer does not say.
    Unclear,
}

/// Returns what a rejection blames. Sending an email again costs less than giving it up, so the address is blamed only by
/// an answer that names it.
fn blames(code: u16, about: Option<(u16, u16)>, words: &str) -> Blame {
    const NO_SUCH_ADDRESS: &[&str] = &[
        "no such user",
        "no such recipient",
        "no such mailbox",
        "no such address",
        "no such account",
        "no mailbox",
        "user unknown",
        "unknown user",
        "recipient unknown",
        "unknown recipient",
        "address unknown",
        "unknown address",
        "mailbox unknown",
        "unknown mailbox",
        "unknown local",
        "user not found",
        "mailbox not found",
        "recipient not found",
        "mailbox unavailable",
        "mailbox disabled",
        "mailbox is disabled",
        "account disabled",
        "account is disabled",
        "does not exist",
        "doesn't exist",
        "not local",
        "not a valid mailbox",
        "not a valid user",
        "invalid recipient",
        "invalid mailbox",
        "invalid address",
        "bad destination mailbox",
    ];
    // Beginnings of words, without the quoted addresses.
    const ABOUT_US: &[&str] = &[
        "relay",
        "auth",
        "verif",
        "client",
        "host",
        "spam",
        "block",
        "black",
        "polic",
        "bann",
        "sender",
        "from",
        "admin",
        "prohib",
        "denied",
        "deny",
        "listed",
        "dnsbl",
        "rbl",
        "spf",
        "dkim",
        "dmarc",
        "helo",
        "ehlo",
        "ip",
        "ptr",
        "reverse",
        "reputation",
        "limit",
        "quota",
        "rate",
        "many",
        "sending",
        "permi",
        "allow",
        "rcpthosts",
        "tls",
        "encrypt",
    ];
    let words = words.to_ascii_lowercase();
    match about {
        // Bad mailbox, bad domain, bad syntax, moved, accepts no mail; not 7 and 8, which are about our address.
        Some((1, 0..=6 | 9 | 10)) | Some((2, 0 | 1)) => Blame::Address,
        // Exchange Online, for an unknown address: "5.4.1 Recipient address rejected: Access denied".
        Some((4, 1)) if words.contains("recipient address rejected") => Blame::Address,
        Some((0, 0)) | None => {
            let mut said = words
                .split_whitespace()
                .filter(|word| !word.contains('@'))
                .flat_map(|word| word.split(|c: char| !c.is_alphanumeric()));
            if said.any(|word| ABOUT_US.iter().any(|it| word.starts_with(it))) {
                Blame::Us
            } else if matches!(code, 550 | 551 | 553 | 556)
                && NO_SUCH_ADDRESS.iter().any(|it| words.contains(it))
            {
                Blame::Address
            } else {
                Blame::Unclear
            }
        }
        Some(_) => Blame::Us,
    }
}

/// Returns the subject and detail of an enhanced status code (RFC 3463): 1 and 1 for `5.1.1 …`, Cisco's `#5.1.1 …`, and
/// qmail's `… (#5.1.1)`.
fn enhanced(words: &str) -> Option<(u16, u16)> {
    let behind = words.trim_end().strip_suffix(')').and_then(|words| words.rsplit_once("(#"));
    let code = behind.map_or_else(|| words.split_whitespace().next(), |(_, code)| Some(code))?;
    let mut parts = code.trim_start_matches('#').split('.');
    let class = parts.next()?;
    let (subject, detail) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    (matches!(class, "2" | "4" | "5") && parts.next().is_none()).then_some((subject, detail))
}

#[async_trait::async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: Mail) -> Result<(), MailError> {
        let message = message(&self.sender, &mail, &self.world)?;
        let relay = self.relay.clone();
        let taken = async move {
            let connection = relay.take(message.envelope(), &message.formatted()).await?;
            close(connection).await;
            Ok::<_, Failed>(())
        };
        match tokio::time::timeout(SENDING, apart(taken)).await.ok().flatten() {
            Some(Ok(())) => Ok(()),
            Some(Err(failed)) => {
                let code = failed.error.status().map(u16::from);
                let error = verdict(&failed);
                // Without the server's text, which may repeat the address.
                match &error {
                    MailError::RefusesUs(_) => tracing::error!(
                        command = failed.step.name(),
                        code,
                        "the mail server rejects us: check CONVI_SMTP_URL and what it allows us to send"
                    ),
                    _ => tracing::warn!(
                        command = failed.step.name(),
                        code,
                        "the mail server did not accept an email"
                    ),
                }
                Err(error)
            }
            None => Err(later()),
        }
    }

    async fn reachable(&self) -> Result<(), MailError> {
        let (relay, sender) = (self.relay.clone(), self.sender.address());
        let tried = async move {
            let mut connection = relay.connect().await?;
            let from = MailFrom::new(Some(sender), Vec::new());
            connection.command(from).await.map_err(|error| Failed { step: Step::Sender, error })?;
            close(connection).await;
            Ok::<_, Failed>(())
        };
        let error = match apart(tried).await {
            Some(Ok(())) => return Ok(()),
            Some(Err(failed)) => verdict(&failed),
            None => later(),
        };
        Err(match error {
            MailError::Later(_) => MailError::Later(NO_ANSWER.into()),
            error => error,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_rejected_address_is_final() {
        let address = "this address (550). Check the team's address";
        for (code, words) in [
            (550, "5.1.1 <team@shop.example>: no such user"),
            (550, "No such user here"),
            (553, "5.1.3 bad syntax"),
            (556, "5.1.10 takes no mail"),
            (550, "5.2.1 mailbox disabled"),
            (550, "5.0.0 User unknown"),
            (550, "#5.1.0 Address rejected."),
            (550, "sorry, no mailbox here by that name. (#5.1.1)"),
            (550, "<team@blocked-ip.example> User unknown"),
            (550, "Requested action not taken: mailbox unavailable"),
            (550, "5.4.1 Recipient address rejected: Access denied. AS(201806281)"),
            (551, "User not local"),
        ] {
            let error = meaning(Step::Recipient, code, words);
            assert!(
                matches!(&error, MailError::Never(said) if said.english().contains("team's address")),
                "{words}: {error:?}"
            );
            assert!(!error.to_string().contains("shop.example"), "{error}");
        }
        assert!(meaning(Step::Recipient, 550, "5.1.1 no").to_string().contains(address));
        // Some servers notice only after the content.
        assert!(meaning(Step::Content, 550, "5.1.1 no such user").to_string().contains(address));
    }

    #[test]
    fn other_rejections_do_not_blame_the_address() {
        for (step, code, words, said) in [
            (Step::Recipient, 552, "5.2.2 over quota", "mailbox is full"),
            (Step::Recipient, 552, "over quota", "mailbox is full"),
            (Step::Recipient, 452, "4.2.2 over quota", "mailbox is full"),
            (Step::Content, 552, "5.2.2 over quota", "mailbox is full"),
            (Step::Content, 552, "5.3.4 too big", "too large"),
            (Step::Content, 552, "message size exceeds", "too large"),
            (Step::Sender, 552, "5.3.4 too big", "too large"),
            (Step::Content, 554, "5.3.4 too big", "too large"),
            (Step::Content, 550, "5.7.1 spam", "rejected this email (550)"),
            (Step::Content, 554, "no valid recipients", "rejected this email (554)"),
            (Step::Recipient, 451, "4.7.1 greylisted", "did not accept the email"),
            (Step::Recipient, 421, "busy", "did not accept the email"),
            (Step::Recipient, 550, "Rejected", "did not accept the email"),
            (Step::Recipient, 550, "Go away", "did not accept the email"),
            (Step::Recipient, 550, "Service unavailable", "did not accept the email"),
            (Step::Recipient, 550, "Account suspended", "did not accept the email"),
            (Step::Recipient, 550, "Zugriff verweigert", "did not accept the email"),
            (Step::Recipient, 553, "<team@shop.example> cannot be checked", "did not accept the email"),
            (Step::Recipient, 554, "unknown", "did not accept the email"),
        ] {
            let error = meaning(step, code, words);
            assert!(
                matches!(&error, MailError::Later(it) if it.english().contains(said)),
                "{code} {words}: {error:?}"
            );
            assert!(!error.to_string().contains("Check"), "{error}");
        }
    }

    #[test]
    fn rejection_of_us_does_not_blame_the_address() {
        for (step, code, words) in [
            (Step::Hello, 554, "no SMTP service here"),
            (Step::Hello, 500, "what?"),
            (Step::Auth, 535, "5.7.8 bad credentials"),
            (Step::Sender, 530, "5.7.0 authentication required"),
            (Step::Sender, 550, "5.1.8 sender rejected"),
            (Step::Sender, 550, "5.7.1 not yours"),
            (Step::Recipient, 554, "5.7.1 Relay access denied"),
            (Step::Recipient, 550, "relaying denied"),
            (Step::Recipient, 550, "5.7.1 blocked"),
            (Step::Recipient, 503, "5.5.1 authenticate first"),
            (Step::Recipient, 550, "5.1.8 your address is unknown"),
            (Step::Recipient, 553, "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"),
            (Step::Recipient, 550, "#5.7.1 Your access to this mail system has been rejected"),
            (Step::Recipient, 550, "Sender verify failed"),
            (Step::Recipient, 550, "Administrative prohibition"),
            (Step::Recipient, 550, "rejected because 192.0.2.1 is in a black list at list.example"),
            (Step::Recipient, 550, "SPF check failed"),
            (Step::Recipient, 550, "You have exceeded your daily sending limit"),
            (Step::Recipient, 550, "5.4.5 Daily user sending quota exceeded"),
            (Step::Recipient, 550, "5.4.1 no answer from host"),
            (Step::Recipient, 550, "Access denied"),
            (Step::Recipient, 550, "Invalid HELO name"),
        ] {
            let error = meaning(step, code, words);
            let MailError::RefusesUs(said) = &error else { panic!("{code} {words}: {error:?}") };
            assert!(said.english().contains(&format!("({code}, {})", step.name())), "{said}");
        }
    }

    #[test]
    fn enhanced_codes_are_parsed() {
        for (words, code) in [
            ("5.1.1 no", Some((1, 1))),
            ("5.1.10", Some((1, 10))),
            ("#5.1.0 no", Some((1, 0))),
            ("no such user (#5.1.1)", Some((1, 1))),
            ("no such user (#x)", None),
            ("4.2.2 full", Some((2, 2))),
            ("", None),
            ("no 5.1.1", None),
            ("5.1 no", None),
            ("5.1.1.1 no", None),
            ("127.0.0.1 refuses", None),
            ("x.1.1", None),
        ] {
            assert_eq!(enhanced(words), code, "{words}");
        }
    }

    #[test]
    fn smtp_urls_are_parsed() {
        let new = |url: &str| SmtpMailer::new(url, Sender::of_host("a.example"), crate::clock::system());
        for (url, host, port) in [
            ("smtp://mail.example", "mail.example", 25),
            ("smtp://mail.example:2525/me.example", "mail.example", 2525),
            ("smtp://u:p@mail.example?tls=required", "mail.example", 587),
            ("smtp://mail.example?tls=opportunistic", "mail.example", 587),
            ("smtps://u:p%40ss@mail.example", "mail.example", 465),
            ("smtp://[::1]:25", "::1", 25),
        ] {
            let mailer = new(url).unwrap();
            assert_eq!((mailer.relay.host.as_str(), mailer.relay.port), (host, port), "{url}");
            assert_eq!(mailer.relay.credentials.is_some(), url.contains('@'), "{url}");
        }
        for wrong in ["smtp://mail.example?tls=maybe", "http://mail.example", "smtp://", "x"] {
            assert!(new(wrong).is_err(), "{wrong}");
        }
    }
}
