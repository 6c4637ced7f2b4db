//! The team's emails: a handover with its transcript, a broken connection, a disconnect.

use super::letter::{Emphasis, Letter};
use crate::{
    mail::{Mail, MailError},
    store::notices::NoticeBody,
};
use app::model::{EmailAddress, Helpdesk};
use domain::{
    addition::{self, Addition},
    handover::{Author, Handover, Message},
    helpdesk::Takes,
    sentences,
    text::{escape, escape_lines, fitting, link, shorten},
    ticket::{RichText, context_lines, transcript, utc, why},
};

/// The longest transcript in an email, in bytes; the rest is behind a link. Mail servers reject large emails, and the
/// ticket has the complete transcript.
const LARGEST_TRANSCRIPT: usize = 400_000;

/// The largest part of a transcript, in bytes.
const LARGEST_PART: usize = 900_000;

/// The most messages that an email shows one by one, each with its own style.
const MOST_BUBBLES: usize = 200;

/// Writes the team's emails.
#[derive(Clone, Debug)]
pub struct TeamMail {
    public_url: String,
}

impl TeamMail {
    /// Links in the emails point to `public_url`.
    pub fn new(public_url: impl Into<String>) -> Self {
        Self { public_url: public_url.into().trim_end_matches('/').to_owned() }
    }

    /// Writes the email for a handover. `id` is its delivery's.
    pub fn handover(&self, id: &str, to: &EmailAddress, handover: &Handover) -> Result<Mail, MailError> {
        let mut body = Letter::new(&why(handover), &handover.subject());
        add_handover(&mut body, handover);
        self.finish(
            body,
            id,
            to,
            handover.conversation.shopper.email.clone(),
            format!("Handover: {}", handover.subject()),
        )
    }

    /// Writes the email for a handover that has no ticket after a while, in the thread of its first email. `id` is the
    /// notice's.
    pub fn no_ticket_yet(
        &self,
        id: &str,
        to: &EmailAddress,
        handover: &Handover,
        helpdesk: Helpdesk,
        first_mail: Option<&str>,
    ) -> Result<Mail, MailError> {
        let shopper = &handover.conversation.shopper;
        let is_event = helpdesk.takes() == Takes::Events;
        let title = if is_event { "Not delivered yet" } else { "No ticket yet" };
        let mut body = Letter::new(title, &handover.subject());
        let answer = match shopper.email {
            Some(_) => "Please answer the shopper by replying to this email.",
            None => "The shopper left no address, so please answer in the conversation.",
        };
        let at = utc(handover.occurred_at);
        if is_event {
            body.paragraph(&format!(
                "This conversation was handed over at {at}, but your {helpdesk} has not taken it yet. {answer}"
            ));
            body.paragraph("We keep trying, so your program may still get it later.");
        } else {
            body.paragraph(&format!(
                "This conversation was handed over at {at}, but it has no {helpdesk} ticket yet. {answer}"
            ));
            body.paragraph(&format!(
                "We keep trying. If the {helpdesk} ticket is created later, its note says that you got this email."
            ));
        }
        add_handover(&mut body, handover);
        let subject = format!("{title}: {}", handover.subject());
        let mail = self.finish(body, id, to, shopper.email.clone(), subject)?;
        Ok(Mail { thread: first_mail.map(str::to_owned).into_iter().collect(), ..mail })
    }

    /// Writes the email for later parts of a handover. `id` is the first part's, and `reply_to` the shopper's address.
    pub fn additions(
        &self,
        id: &str,
        to: &EmailAddress,
        handover: &Handover,
        additions: &[Addition],
        reply_to: Option<EmailAddress>,
    ) -> Result<Mail, MailError> {
        let (subject, text) = addition::mail_text(handover, additions);
        let mut body = Letter::new("More from the shopper", &text.plain);
        add_transcript(&mut body, &[text], handover.conversation.url.as_deref());
        if let Some(url) = &handover.conversation.url {
            body.button("Open the conversation", url);
        }
        self.finish(body, id, to, reply_to, subject)
    }

    /// Writes any email that is not about one handover.
    pub fn notice(&self, id: &str, to: &EmailAddress, notice: &NoticeBody) -> Result<Mail, MailError> {
        match notice {
            NoticeBody::NoTicketYet { .. } => Err(MailError::Never(NEEDS_HANDOVER.into())),
            NoticeBody::ConnectionBroke { helpdesk, reason } => {
                let mut body = Letter::new(&format!("{helpdesk} needs attention"), reason);
                body.paragraph(reason);
                body.paragraph(&format!(
                    "Handovers wait and nothing is lost: they go to {helpdesk} in order as soon as the connection \
                     works again."
                ));
                body.button("Fix the connection", &format!("{}/settings/integrations", self.public_url));
                self.finish(body, id, to, None, format!("{helpdesk} needs attention: handovers are held"))
            }
            NoticeBody::ConnectionWorks { helpdesk, waited } => {
                let title = format!("{helpdesk} works again");
                let (waiting, subject) = match waited {
                    0 => ("No handover had to wait.".to_owned(), title.clone()),
                    1 => (
                        format!("The handover that waited goes to {helpdesk} now. It was not lost."),
                        format!("{title}: 1 handover is on its way"),
                    ),
                    n => (
                        format!(
                            "The {n} handovers that waited go to {helpdesk} now, in order. None was lost."
                        ),
                        format!("{title}: {n} handovers are on their way"),
                    ),
                };
                let mut body = Letter::new(&title, &waiting);
                body.paragraph(&waiting);
                body.button("Recent handovers", &format!("{}/settings/integrations", self.public_url));
                self.finish(body, id, to, None, subject)
            }
            NoticeBody::CredentialsEnd { helpdesk, reason } => {
                let title = format!("Your {helpdesk} connection needs new credentials");
                let mut body = Letter::new(&title, reason);
                body.paragraph(reason);
                body.paragraph("Handovers become tickets until then. After that, they wait until you have connected again.");
                body.button("Replace the credentials", &format!("{}/settings/integrations", self.public_url));
                self.finish(body, id, to, None, title)
            }
            NoticeBody::Disconnected { helpdesk, by, cancelled, total } => {
                let handovers =
                    if *total == 1 { "1 handover".to_owned() } else { format!("{total} handovers") };
                let mut body = Letter::new(&format!("{helpdesk} was disconnected"), "");
                body.paragraph(&format!(
                    "{by} disconnected {helpdesk}. {handovers} had no ticket yet and will not get one. Please answer \
                     from here:"
                ));
                for item in cancelled {
                    body.line(&item.shopper, &item.subject);
                    if let Some(url) = &item.url {
                        body.button("Open the conversation", url);
                    }
                }
                let listed = cancelled.len() as u64;
                if *total > listed {
                    body.paragraph(&format!("… and {} more.", total - listed));
                }
                body.button("Recent handovers", &format!("{}/settings/integrations", self.public_url));
                self.finish(body, id, to, None, format!("{helpdesk} was disconnected: {handovers} cancelled"))
            }
        }
    }

    fn finish(
        &self,
        body: Letter,
        id: &str,
        to: &EmailAddress,
        reply_to: Option<EmailAddress>,
        subject: String,
    ) -> Result<Mail, MailError> {
        let settings = format!("{}/settings/notifications", self.public_url);
        let why = "Convi sends this to the team's address";
        let change = link(&settings, "Change it under Settings → Notifications");
        let (plain, html) =
            body.finish("en", &format!("{why}: {settings}"), &format!("{}. {change}", escape(why)));
        Ok(Mail {
            id: id.to_owned(),
            to: to.clone(),
            from_name: None,
            thread: Vec::new(),
            reply_to,
            subject: shorten(&subject, 150),
            plain,
            html,
        })
    }
}

sentences! {
    NEEDS_HANDOVER = "mail.needs_handover": "The handover for this email is missing.";
}

/// Adds the context and the transcript of a handover.
fn add_handover(letter: &mut Letter, handover: &Handover) {
    let conversation = &handover.conversation;
    if let Some(url) = &conversation.url {
        letter.button("Open the conversation", url);
    }
    if conversation.shopper.email.is_some() {
        letter.remark("A reply to this email goes to the shopper.");
    }
    for (name, value) in context_lines(handover) {
        letter.line(&name, &value);
    }
    letter.heading("Conversation");
    let parts = transcript(handover, LARGEST_PART);
    if is_whole(&parts) && conversation.messages.len() <= MOST_BUBBLES {
        for message in conversation.messages.iter().filter(|it| it.author != Author::System) {
            add_message(letter, message);
        }
    } else {
        add_transcript(letter, &parts, conversation.url.as_deref());
    }
}

fn add_message(letter: &mut Letter, message: &Message) {
    let at = message.sent_at.map(|at| format!(" · {}", utc(at))).unwrap_or_default();
    let emphasis = if message.author == Author::Shopper { Emphasis::Strong } else { Emphasis::Calm };
    letter.bubble(&format!("{}{at}", message.author.label()), &message.text, emphasis);
    for attachment in &message.attachments {
        letter.line(attachment.name.as_deref().unwrap_or("Attachment"), &attachment.url);
    }
}

/// Returns whether an email can carry the whole transcript.
fn is_whole(parts: &[RichText]) -> bool {
    parts.len() == 1 && parts.iter().all(|part| part.html.len() <= LARGEST_TRANSCRIPT)
}

/// Adds as much of the transcript as an email can carry; the ticket has all of it.
fn add_transcript(letter: &mut Letter, parts: &[RichText], url: Option<&str>) {
    let Some(first) = parts.first() else { return };
    if is_whole(parts) {
        letter.rendered(&first.plain, &first.html);
        return;
    }
    let (shown, _) = fitting(&first.plain, LARGEST_TRANSCRIPT / 2);
    letter.rendered(shown, &format!("<div dir=\"auto\">{}</div>", escape_lines(shown)));
    let more = "This is the beginning of a long conversation.";
    letter.paragraph(&match url {
        Some(_) => format!("{more} Open it to read on."),
        None => format!("{more} The ticket has all of it."),
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use serde_json::json;

    fn mail(text: &str) -> Mail {
        let body = json!({"merchant_id":"m1","trigger":{"kind":"manual","by":{"name":"Olive"}},
            "conversation":{"id":"c","url":"https://app.example/c","summary":"Hi\r\nBcc: all@example.com",
            "shopper":{"email":"jane@example.com"},"messages":[{"author":"shopper","text":text}]}});
        let handover =
            crate::handover::reading::parse_handover(body.to_string().as_bytes(), Timestamp::UNIX_EPOCH)
                .unwrap();
        let to = EmailAddress::parse("team@shop.example").unwrap();
        TeamMail::new("https://convi.example/").handover("d1", &to, &handover).unwrap()
    }

    #[test]
    fn handover_mail_has_transcript_and_link_in_text_and_html() {
        let mail = mail("<b>help</b> me");
        assert_eq!(mail.subject, "Handover: Hi Bcc: all@example.com");
        assert_eq!(mail.reply_to.unwrap().as_str(), "jane@example.com");
        assert!(mail.plain.starts_with("Handed over by Olive\n"));
        assert!(mail.plain.contains("<b>help</b> me") && mail.plain.contains("https://app.example/c"));
        assert!(
            mail.html.contains("&lt;b&gt;help&lt;/b&gt; me")
                && mail.html.contains("href=\"https://app.example/c\"")
        );
    }

    #[test]
    fn huge_transcript_is_cut_and_says_so() {
        let mail = mail(&"ä\n".repeat(2_000_000));
        assert!(mail.html.len() < 1_000_000);
        assert!(mail.plain.contains("beginning of a long conversation"));
    }
}
