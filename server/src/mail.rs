//! Mail transport: SMTP, or files for a first try. What a mail says is written elsewhere.

use crate::clock::World;
use app::model::EmailAddress;
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, MultiPart, header},
};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// A mail to be sent.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Ours; becomes the Message-ID, so that a mail that is sent twice is seen to be one.
    pub id: String,
    /// To whom.
    pub to: EmailAddress,
    /// The mail in whose thread it belongs, by our id.
    pub follows: Option<String>,
    /// Whom an answer reaches.
    pub reply_to: Option<EmailAddress>,
    /// One line.
    pub subject: String,
    /// As plain text.
    pub plain: String,
    /// The same as HTML.
    pub html: String,
}

/// Why a mail was not sent. The texts name neither the address nor the content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// Another try may work.
    #[error("{0}")]
    Later(String),
    /// No further try will.
    #[error("{0}")]
    Never(String),
}

/// Sends mails.
#[async_trait::async_trait]
pub trait Mailer: Send + Sync + 'static {
    /// Hands the mail on. `Ok`: the server, or the disk, has it.
    async fn send(&self, mail: Mail) -> Result<(), MailError>;

    /// Removes what is kept here of a mail that was sent. What is not kept needs no removing.
    async fn forget(&self, _id: &str) -> std::io::Result<()> {
        Ok(())
    }

    /// Whether mails could be sent now, for `doctor`.
    async fn reachable(&self) -> Result<(), MailError>;
}

/// Who mails come from: the settings name no address, so it is one of the public URL's host.
#[derive(Clone, Debug)]
pub struct Sender(Mailbox);

impl Sender {
    /// For the host of `CONVI_PUBLIC_URL`.
    pub fn of_host(host: &str) -> Self {
        let domain = if host.contains('.') && host.parse::<std::net::IpAddr>().is_err() {
            host
        } else {
            "convi.invalid"
        };
        let address = Address::new("handovers", domain)
            .or_else(|_| Address::new("handovers", "convi.invalid"))
            .map(|address| Mailbox::new(Some("Convi".to_owned()), address));
        // The second address is a constant that parses; the third arm is for the type alone.
        Self(address.unwrap_or_else(|_| unreachable!("handovers@convi.invalid is an address")))
    }

    fn domain(&self) -> &str {
        self.0.email.domain()
    }
}

/// The mail as it goes over the wire.
fn message(sender: &Sender, mail: &Mail, world: &World) -> Result<Message, MailError> {
    let unfit = |what: &str| MailError::Never(format!("The mail could not be written: {what}."));
    let to: Address = mail.to.as_str().parse().map_err(|_| unfit("the team's address is refused"))?;
    let now = std::time::SystemTime::UNIX_EPOCH
        + Duration::from_millis(u64::try_from(world.clock.now_ms()).unwrap_or_default());
    let message_id = |id: &str| format!("<{id}@{}>", sender.domain());
    let mut builder = Message::builder()
        .message_id(Some(message_id(&mail.id)))
        .date(now)
        .from(sender.0.clone())
        .to(Mailbox::new(None, to))
        .subject(mail.subject.clone())
        // RFC 3834: no out-of-office answers.
        .header(AutoSubmitted);
    if let Some(first) = &mail.follows {
        builder = builder.in_reply_to(message_id(first)).references(message_id(first));
    }
    if let Some(reply_to) = mail.reply_to.as_ref().and_then(|address| address.as_str().parse().ok()) {
        builder = builder.reply_to(Mailbox::new(None, reply_to));
    }
    builder
        .multipart(MultiPart::alternative_plain_html(mail.plain.clone(), mail.html.clone()))
        .map_err(|_| unfit("a header is refused"))
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

/// Writes one `.eml` a mail into a folder, by rename, so that a reader never sees half of one.
pub struct FileMailer {
    folder: PathBuf,
    sender: Sender,
    world: World,
}

impl FileMailer {
    /// Into this folder, which is made with the first mail.
    pub fn new(folder: impl Into<PathBuf>, sender: Sender, world: World) -> Self {
        Self { folder: folder.into(), sender, world }
    }

    async fn write(&self, name: &str, bytes: Vec<u8>) -> std::io::Result<()> {
        use tokio::{fs, io::AsyncWriteExt};
        fs::create_dir_all(&self.folder).await?;
        let part = self.folder.join(format!(".{name}.part"));
        // It holds a transcript: for the owner alone.
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
        // The same mail again overwrites itself.
        self.write(&format!("{}.eml", mail.id), bytes).await.map_err(|error| {
            MailError::Later(format!("The mail could not be written to disk: {}.", error.kind()))
        })
    }

    async fn forget(&self, id: &str) -> std::io::Result<()> {
        match tokio::fs::remove_file(self.folder.join(format!("{id}.eml"))).await {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    async fn reachable(&self) -> Result<(), MailError> {
        let folder: &Path = &self.folder;
        tokio::fs::create_dir_all(folder).await.map_err(|error| {
            MailError::Later(format!("The folder for mails cannot be made: {}.", error.kind()))
        })
    }
}

/// Hands mails to an SMTP server.
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    sender: Sender,
    world: World,
}

impl SmtpMailer {
    /// To the server of an `smtp://` or `smtps://` URL.
    ///
    /// # Errors
    /// In words without the URL, which may hold a password.
    pub fn new(url: &str, sender: Sender, world: World) -> Result<Self, String> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|_| "CONVI_SMTP_URL is no smtp:// or smtps:// address".to_owned())?
            .timeout(Some(Duration::from_secs(20)))
            .build();
        Ok(Self { transport, sender, world })
    }
}

#[async_trait::async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: Mail) -> Result<(), MailError> {
        let message = message(&self.sender, &mail, &self.world)?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            // The server's words may repeat the address: only its code is kept.
            Err(error) if error.is_permanent() => {
                let code = error.status().map(|code| format!(" ({code})")).unwrap_or_default();
                Err(MailError::Never(format!(
                    "The mail server refused the mail{code}. Check the team's address under Settings → Notifications."
                )))
            }
            Err(_) => Err(MailError::Later("The mail server did not take the mail.".to_owned())),
        }
    }

    async fn reachable(&self) -> Result<(), MailError> {
        match self.transport.test_connection().await {
            Ok(true) => Ok(()),
            _ => Err(MailError::Later("The mail server does not answer.".to_owned())),
        }
    }
}
