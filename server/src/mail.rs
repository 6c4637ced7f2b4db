//! Mail transport: the email itself, and a transport to files for a first try; `smtp.rs` sends emails to a server. The
//! texts of emails are written elsewhere.

use app::model::EmailAddress;
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{Said, Sentence, clock::World, said, sentences};
use lettre::{
    Address, Message,
    message::{Mailbox, MultiPart, header},
};
use secrecy::SecretString;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use url::Url;

/// Where emails go.
#[derive(Clone, Debug)]
pub enum SmtpSetting {
    /// One `.eml` file per email in this folder.
    File(PathBuf),
    /// A mail server, with its password.
    Smtp(SecretString),
}

impl SmtpSetting {
    /// Parses `smtp://…`, `smtps://…` or `file://FOLDER`.
    pub fn parse(text: &str) -> Result<Self, String> {
        const SHAPE: &str =
            "is not a mail server URL; use smtp://HOST:PORT, smtps://USER:PASSWORD@HOST or file://FOLDER";
        if let Some(folder) = text.strip_prefix("file://") {
            return if folder.is_empty() { Err(SHAPE.to_owned()) } else { Ok(Self::File(folder.into())) };
        }
        match Url::parse(text) {
            Ok(url)
                if matches!(url.scheme(), "smtp" | "smtps")
                    && url.host_str().is_some_and(|h| !h.is_empty()) =>
            {
                Ok(Self::Smtp(text.into()))
            }
            _ => Err(SHAPE.to_owned()),
        }
    }
}

/// An email to send.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Our id, which becomes the Message-ID, so that an email sent twice is recognised as one.
    pub id: String,
    /// The recipient.
    pub to: EmailAddress,
    /// The name of the sender, if it is a person's.
    pub from_name: Option<String>,
    /// The earlier emails of its thread by our id, oldest first.
    pub thread: Vec<String>,
    /// The address that a reply goes to.
    pub reply_to: Option<EmailAddress>,
    /// One line.
    pub subject: String,
    /// The text.
    pub plain: String,
    /// The same as HTML.
    pub html: String,
}

sentences! {
    UNFIT = "mail.unfit": "The email could not be created: {what}.";
    UNFIT_ADDRESS = "mail.unfit_address": "the team's address is not valid";
    UNFIT_HEADER = "mail.unfit_header": "a header is not valid";
    NOT_WRITTEN = "mail.not_written": "The email could not be written to disk: {why}.";
    NO_FOLDER = "mail.no_folder": "The folder for emails could not be created: {why}.";
}

/// Why an email was not sent. The texts contain neither the address nor the content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// Another attempt may succeed.
    #[error("{0}")]
    Later(Said),
    /// The mail server rejects everything from us: operators must fix that, and another attempt may succeed.
    #[error("{0}")]
    RefusesUs(Said),
    /// No attempt will succeed: the team's address is rejected.
    #[error("{0}")]
    Never(Said),
}

/// Sends emails.
#[async_trait::async_trait]
pub trait Mailer: Send + Sync + 'static {
    /// Sends the email. `Ok` means that the server, or the disk, has it.
    async fn send(&self, mail: Mail) -> Result<(), MailError>;

    /// Removes the local copy of a sent email, if there is one.
    async fn forget(&self, _id: &str) -> std::io::Result<()> {
        Ok(())
    }

    /// Checks whether emails could be sent now, for `doctor`.
    async fn reachable(&self) -> Result<(), MailError>;
}

/// The sender of emails. The settings have no address for it, so it uses the public URL's host.
#[derive(Clone, Debug)]
pub struct Sender(Mailbox);

impl Sender {
    /// Returns the sender for the host of `CONVI_PUBLIC_URL`.
    pub fn of_host(host: &str) -> Self {
        let domain = if host.contains('.') && host.parse::<std::net::IpAddr>().is_err() {
            host
        } else {
            "convi.invalid"
        };
        let address = Address::new("handovers", domain)
            .or_else(|_| Address::new("handovers", "convi.invalid"))
            .map(|address| Mailbox::new(Some("Convi".to_owned()), address));
        // The second address is a constant that parses; the third arm only satisfies the type.
        Self(address.unwrap_or_else(|_| unreachable!("handovers@convi.invalid is an address")))
    }

    /// Returns its address.
    pub(crate) fn address(&self) -> Address {
        self.0.email.clone()
    }

    fn domain(&self) -> &str {
        self.0.email.domain()
    }
}

/// Returns the email in its wire format.
pub(crate) fn message(sender: &Sender, mail: &Mail, world: &World) -> Result<Message, MailError> {
    let unfit = |what: Sentence| MailError::Never(said!(UNFIT, what = what));
    let to: Address = mail.to.as_str().parse().map_err(|_| unfit(UNFIT_ADDRESS))?;
    let now = std::time::SystemTime::UNIX_EPOCH
        + Duration::from_millis(u64::try_from(world.clock.now_ms()).unwrap_or_default());
    let message_id = |id: &str| format!("<{id}@{}>", sender.domain());
    let name = mail.from_name.clone().or_else(|| sender.0.name.clone());
    let mut builder = Message::builder()
        .message_id(Some(message_id(&mail.id)))
        .date(now)
        .from(Mailbox::new(name, sender.address()))
        .to(Mailbox::new(None, to))
        .header(Subject(mail.subject.clone()))
        // RFC 3834: no out-of-office replies.
        .header(AutoSubmitted);
    if let Some(last) = mail.thread.last() {
        let all: Vec<_> = mail.thread.iter().map(|id| message_id(id)).collect();
        builder = builder.in_reply_to(message_id(last)).references(all.join(" "));
    }
    if let Some(reply_to) = mail.reply_to.as_ref().and_then(|address| address.as_str().parse().ok()) {
        builder = builder.reply_to(Mailbox::new(None, reply_to));
    }
    builder
        .multipart(MultiPart::alternative_plain_html(mail.plain.clone(), mail.html.clone()))
        .map_err(|_| unfit(UNFIT_HEADER))
}

/// An email's subject. One that contains an encoded word is encoded completely, since mail programs would decode that
/// word.
#[derive(Clone)]
struct Subject(String);

/// Bytes of text in an encoded word, which may have at most 75 characters.
const LONGEST_WORD: usize = 45;

impl Subject {
    fn encoded(&self) -> String {
        let mut words: Vec<String> = Vec::new();
        let mut rest = self.0.as_str();
        while !rest.is_empty() {
            let (word, after) = rest.split_at(rest.floor_char_boundary(LONGEST_WORD));
            words.push(format!("=?utf-8?b?{}?=", STANDARD.encode(word)));
            rest = after;
        }
        words.join("\r\n ")
    }
}

impl header::Header for Subject {
    fn name() -> header::HeaderName {
        header::HeaderName::new_from_ascii_str("Subject")
    }

    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self(text.to_owned()))
    }

    fn display(&self) -> header::HeaderValue {
        if self.0.contains("=?") {
            header::HeaderValue::dangerous_new_pre_encoded(Self::name(), self.0.clone(), self.encoded())
        } else {
            header::HeaderValue::new(Self::name(), self.0.clone())
        }
    }
}

#[derive(Clone)]
struct AutoSubmitted;

impl header::Header for AutoSubmitted {
    fn name() -> header::HeaderName {
        header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> header::HeaderValue {
        header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Writes one `.eml` file per email into a folder, by rename, so that a reader never sees an incomplete one.
pub struct FileMailer {
    folder: PathBuf,
    sender: Sender,
    world: World,
}

impl FileMailer {
    /// Writes into this folder, which is created with the first email.
    pub fn new(folder: impl Into<PathBuf>, sender: Sender, world: World) -> Self {
        Self { folder: folder.into(), sender, world }
    }

    async fn write(&self, name: &str, bytes: Vec<u8>) -> std::io::Result<()> {
        use tokio::{fs, io::AsyncWriteExt};
        fs::create_dir_all(&self.folder).await?;
        let part = self.folder.join(format!(".{name}.part"));
        // Readable by the owner only, since it contains a transcript.
        let mut file =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part).await?;
        file.write_all(&bytes).await?;
        file.sync_all().await?;
        fs::rename(&part, self.folder.join(name)).await
    }
}

#[async_trait::async_trait]
impl Mailer for FileMailer {
    async fn send(&self, mail: Mail) -> Result<(), MailError> {
        let bytes = message(&self.sender, &mail, &self.world)?.formatted();
        // The same email overwrites itself.
        self.write(&format!("{}.eml", mail.id), bytes)
            .await
            .map_err(|error| MailError::Later(said!(NOT_WRITTEN, why = error.kind().to_string())))
    }

    async fn forget(&self, id: &str) -> std::io::Result<()> {
        match tokio::fs::remove_file(self.folder.join(format!("{id}.eml"))).await {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    async fn reachable(&self) -> Result<(), MailError> {
        let folder: &Path = &self.folder;
        tokio::fs::create_dir_all(folder)
            .await
            .map_err(|error| MailError::Later(said!(NO_FOLDER, why = error.kind().to_string())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(subject: &str) -> String {
        let mail = Mail {
            id: "d1".to_owned(),
            to: EmailAddress::parse("team@shop.example").unwrap(),
            from_name: None,
            thread: Vec::new(),
            reply_to: None,
            subject: subject.to_owned(),
            plain: "Hi".to_owned(),
            html: "<p>Hi</p>".to_owned(),
        };
        let sender = Sender::of_host("convi.example");
        String::from_utf8(message(&sender, &mail, &crate::clock::system()).unwrap().formatted()).unwrap()
    }

    /// Returns the subject's header, and what a mail program shows of it.
    fn subject_of(mail: &str) -> (String, String) {
        let head = mail.split("\r\n\r\n").next().unwrap();
        let unfolded = head.replace("\r\n ", " ");
        let line = unfolded.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap();
        let mut shown = Vec::new();
        for (n, word) in line.split(' ').enumerate() {
            let encoded = word.strip_prefix("=?utf-8?b?").and_then(|word| word.strip_suffix("?="));
            match encoded {
                Some(encoded) => shown.extend(STANDARD.decode(encoded).unwrap()),
                None => {
                    assert!(!word.contains("=?"), "{line}");
                    shown.extend(if n > 0 { " " } else { "" }.bytes().chain(word.bytes()));
                }
            }
        }
        (line.to_owned(), String::from_utf8(shown).unwrap())
    }

    #[test]
    fn text_like_an_encoded_word_is_shown_as_written() {
        for subject in [
            "Handover: =?utf-8?Q?Refund_=E2=82=AC500?=",
            "=?UTF-8?B?SGk=?= and =?x",
            "a=?b",
            &format!("=?utf-8?q?é?= {}", "👨\u{200d}👩\u{200d}👧 ".repeat(20)),
        ] {
            let mail = written(subject);
            let (line, shown) = subject_of(&mail);
            assert_eq!(shown, subject, "{line}");
            assert!(line.split(' ').all(|word| word.len() <= 75), "{line}");
            assert!(mail.lines().all(|line| line.len() < 998));
        }
        assert_eq!(subject_of(&written("Handover: 1 = 1?")).0, "Handover: 1 = 1?");
    }
}
