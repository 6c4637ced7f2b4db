//! Mails to the team: a handover with its transcript, a broken connection, a disconnect.

use crate::{
    mail::{Mail, MailError},
    store::notices::NoticeBody,
};
use app::model::{EmailAddress, Helpdesk};
use domain::{
    addition::{self, Addition},
    handover::Handover,
    sentences,
    text::{escape, escape_lines, fitting, http_url, link, shorten},
    ticket::{RichText, context_lines, transcript, utc, why},
};

/// A transcript in a mail is cut here, with a link to the rest: mail servers refuse large mails, and the ticket has
/// the whole of it.
const LARGEST_TRANSCRIPT: usize = 400_000;

/// A transcript is written in parts of at most so many bytes.
const LARGEST_PART: usize = 900_000;

/// Writes mails.
#[derive(Clone, Debug)]
pub struct TeamMail {
    public_url: String,
}

impl TeamMail {
    /// With links to this server.
    pub fn new(public_url: impl Into<String>) -> Self {
        Self { public_url: public_url.into().trim_end_matches('/').to_owned() }
    }

    /// A handover. `id` is its delivery's.
    pub fn handover(&self, id: &str, to: &EmailAddress, handover: &Handover) -> Result<Mail, MailError> {
        let mut body = Body::new(&why(handover));
        body.handover(handover);
        self.finish(
            body,
            id,
            to,
            handover.conversation.shopper.email.clone(),
            format!("Handover: {}", handover.subject()),
        )
    }

    /// A handover that has no ticket after a while, in the thread of the mail that came first. `id` is the notice's.
    pub fn no_ticket_yet(
        &self,
        id: &str,
        to: &EmailAddress,
        handover: &Handover,
        helpdesk: Helpdesk,
        first_mail: Option<&str>,
    ) -> Result<Mail, MailError> {
        let shopper = &handover.conversation.shopper;
        let mut body = Body::new("No ticket yet");
        let answer = match shopper.email {
            Some(_) => "Please answer the shopper from here: a reply to this e-mail goes to them.",
            None => "Please answer from here: the shopper left no address, so open the conversation.",
        };
        body.paragraph(&format!(
            "This was handed over at {}, and {helpdesk} has not made a ticket of it yet. {answer}",
            utc(handover.occurred_at)
        ));
        body.paragraph(&format!(
            "We go on trying. When {helpdesk} makes the ticket after all, its note says that you were mailed."
        ));
        body.handover(handover);
        let subject = format!("No ticket yet: {}", handover.subject());
        let mail = self.finish(body, id, to, shopper.email.clone(), subject)?;
        Ok(Mail { follows: first_mail.map(str::to_owned), ..mail })
    }

    /// What came after a handover. `id` is its first part's, `left` the address that the shopper left since.
    pub fn additions(
        &self,
        id: &str,
        to: &EmailAddress,
        handover: &Handover,
        additions: &[Addition],
        left: Option<EmailAddress>,
    ) -> Result<Mail, MailError> {
        let (subject, text) = addition::mail_text(handover, additions);
        let mut body = Body::new("There is more");
        body.transcript(&[text], handover.conversation.url.as_deref());
        if let Some(url) = &handover.conversation.url {
            body.button("Open the conversation", url);
        }
        let given = additions.iter().rev().find_map(Addition::address).cloned();
        let reply_to = given.or_else(|| handover.conversation.shopper.email.clone()).or(left);
        self.finish(body, id, to, reply_to, subject)
    }

    /// Anything that is about no handover.
    pub fn notice(&self, id: &str, to: &EmailAddress, notice: &NoticeBody) -> Result<Mail, MailError> {
        match notice {
            NoticeBody::NoTicketYet { .. } => Err(MailError::Never(NEEDS_HANDOVER.into())),
            NoticeBody::ConnectionBroke { helpdesk, reason } => {
                let mut body = Body::new(&format!("{helpdesk} needs attention"));
                body.paragraph(reason);
                body.paragraph(&format!(
                    "Handovers are held and nothing is lost: they go to {helpdesk} in order as soon as the connection \
                     works again."
                ));
                body.button("Mend the connection", &format!("{}/settings/integrations", self.public_url));
                self.finish(body, id, to, None, format!("{helpdesk} needs attention: handovers are held"))
            }
            NoticeBody::Disconnected { helpdesk, by, cancelled, total } => {
                let handovers =
                    if *total == 1 { "1 handover".to_owned() } else { format!("{total} handovers") };
                let mut body = Body::new(&format!("{helpdesk} was disconnected"));
                body.paragraph(&format!(
                    "{by} disconnected {helpdesk}. {handovers} had not become a ticket yet and will not; please answer \
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
        body: Body,
        id: &str,
        to: &EmailAddress,
        reply_to: Option<EmailAddress>,
        subject: String,
    ) -> Result<Mail, MailError> {
        let settings = format!("{}/settings/notifications", self.public_url);
        Ok(Mail {
            id: id.to_owned(),
            to: to.clone(),
            follows: None,
            reply_to,
            subject: shorten(&subject, 150),
            plain: format!("{}\n--\nConvi sends this to the team's address: {settings}\n", body.plain),
            html: format!(
                "<!doctype html><html><head><meta charset=\"utf-8\"><meta name=\"color-scheme\" content=\"light dark\">\
                 </head><body style=\"margin:0;padding:24px;font:16px/1.5 system-ui,sans-serif\">\
                 <div style=\"max-width:640px;margin:0 auto\">{}<hr style=\"margin-top:32px;border:0;border-top:1px solid #8886\">\
                 <p style=\"font-size:13px\">Convi sends this to the team's address. {}</p></div></body></html>",
                body.html,
                link(&settings, "Change it under Settings → Notifications")
            ),
        })
    }
}

sentences! {
    NEEDS_HANDOVER = "mail.needs_handover": "This mail needs its handover.";
}

/// A mail's text in its two forms, written side by side.
struct Body {
    plain: String,
    html: String,
}

impl Body {
    fn new(title: &str) -> Self {
        Self {
            plain: format!("{title}\n\n"),
            html: format!("<h1 style=\"font-size:22px;line-height:1.3\">{}</h1>", escape(title)),
        }
    }

    /// Who, where and what about, and what was said.
    fn handover(&mut self, handover: &Handover) {
        for (name, value) in context_lines(handover) {
            self.line(&name, &value);
        }
        self.heading("Conversation");
        self.transcript(&transcript(handover, LARGEST_PART), handover.conversation.url.as_deref());
        if let Some(url) = &handover.conversation.url {
            self.button("Open the conversation", url);
        }
    }

    fn heading(&mut self, text: &str) {
        self.plain.push_str(&format!("\n{text}\n\n"));
        self.html.push_str(&format!("<h2 style=\"font-size:17px;margin-top:28px\">{}</h2>", escape(text)));
    }

    fn paragraph(&mut self, text: &str) {
        self.plain.push_str(&format!("{text}\n\n"));
        self.html.push_str(&format!("<p>{}</p>", escape(text)));
    }

    fn line(&mut self, name: &str, value: &str) {
        self.plain.push_str(&format!("{name}: {value}\n"));
        self.html.push_str(&format!(
            "<p style=\"margin:4px 0\"><strong>{}:</strong> <span dir=\"auto\">{}</span></p>",
            escape(name),
            link(value, value)
        ));
    }

    fn button(&mut self, label: &str, url: &str) {
        if !self.plain.ends_with('\n') {
            self.plain.push('\n');
        }
        self.plain.push_str(&format!("{label}: {url}\n"));
        if let Some(url) = http_url(url) {
            self.html.push_str(&format!(
                "<p style=\"margin:16px 0\"><a href=\"{}\" style=\"display:inline-block;padding:10px 18px;\
                 border-radius:8px;background:#4f39c8;color:#ffffff;text-decoration:none\">{}</a></p>",
                escape(url.as_str()),
                escape(label)
            ));
        }
    }

    /// The first part of the transcript that a mail can carry; the ticket has all of it.
    fn transcript(&mut self, parts: &[RichText], url: Option<&str>) {
        let Some(first) = parts.first() else { return };
        let whole = parts.len() == 1 && first.html.len() <= LARGEST_TRANSCRIPT;
        if whole {
            self.plain.push_str(&first.plain);
            self.html.push_str(&first.html);
            return;
        }
        let (shown, _) = fitting(&first.plain, LARGEST_TRANSCRIPT / 2);
        self.plain.push_str(shown);
        self.html.push_str(&format!("<div dir=\"auto\">{}</div>", escape_lines(shown)));
        let more = "This is the beginning of a long conversation.";
        self.paragraph(&match url {
            Some(_) => format!("{more} Open it to read on."),
            None => format!("{more} The ticket has the whole of it."),
        });
    }
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
    fn a_handover_mail_has_transcript_and_link_in_both_forms() {
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
    fn a_huge_transcript_is_cut_with_a_word_about_it() {
        let mail = mail(&"ä\n".repeat(2_000_000));
        assert!(mail.html.len() < 1_000_000);
        assert!(mail.plain.contains("beginning of a long conversation"));
    }
}
