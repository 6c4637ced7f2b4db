//! Validates what was typed, so that a form rejects invalid values before it calls the server.
//!
//! The server runs the same checks and has the final say. In the browser they save a round trip.

use crate::model::{
    ApiKey, CallError, ConnectionForm, EmailAddress, Faq, FieldError, Helpdesk, Subdomain, Username, pasted,
};
use domain::{
    Sentence,
    helpdesk::{AccessMethod, SecretKind, Takes},
    said, sentences,
};

sentences! {
    KEY_AGAIN = "api_key.again": "Enter the API key again. The saved key only works with the saved subdomain and username.";
    TOKEN_EMPTY = "api_token.empty": "Enter the API token.";
    TOKEN_AGAIN = "api_token.again": "Enter the API token again. The saved token only works with the saved subdomain and username.";
    SECRET_EMPTY = "client_secret.empty": "Enter the client secret.";
    SECRET_AGAIN = "client_secret.again": "Enter the client secret again. The saved secret only works with the saved subdomain and client ID.";
    NO_METHOD = "connection.no_method": "Unknown method. Use one of {methods} for {helpdesk}.";
    pub URL_EMPTY = "url.empty": "Enter the URL that receives the events.";
    MINUTES = "notifications.minutes": "Enter a whole number of minutes from 1 to 1440, or leave it empty to turn this off.";
    MANY_TOPICS = "abilities.many_topics": "Enter at most {n} topics, one per line.";
    LONG_TOPIC = "abilities.long_topic": "A topic can have at most {n} characters. Shorten “{start}…”";
    MANY_OWN = "abilities.many_own": "Enter at most {n} addresses or domains, one per line.";
    NOT_OWN = "abilities.not_own": "“{start}” is not an email address or a domain like mystore.com.";
    NO_QUESTION = "abilities.no_question": "Enter the question for this answer.";
    NO_ANSWER = "abilities.no_answer": "Enter the answer to this question.";
    pub MANY_FAQS = "abilities.many_faqs": "You can add at most {n} questions.";
    NO_REPLY = "conversations.no_reply": "Write a reply first.";
    NO_SENTENCE = "abilities.no_sentence": "Enter a sentence first.";
    pub LAST_BEFORE_FIRST = "day.last_before_first": "The end date is before the start date.";
    TOO_LONG = "check.too_long": "This is {n} characters too long.";
}

/// The account that the stored key belongs to. The key is only used with this account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAccount {
    /// The subdomain.
    pub subdomain: String,
    /// The access method.
    pub method: String,
    /// The username.
    pub username: String,
}

/// Returns the cleaned form of a URL. Only the server can judge where it leads.
fn endpoint(typed: ConnectionForm) -> Result<ConnectionForm, Vec<FieldError>> {
    match pasted::ends(&typed.subdomain) {
        "" => Err(vec![FieldError::new("url", URL_EMPTY)]),
        url => Ok(ConnectionForm { subdomain: url.to_owned(), ..ConnectionForm::default() }),
    }
}

/// Returns the cleaned form, or the error of every invalid field in display order.
pub fn connection(
    helpdesk: Helpdesk,
    typed: ConnectionForm,
    stored: Option<&KeptAccount>,
) -> Result<ConnectionForm, Vec<FieldError>> {
    if helpdesk.takes() == Takes::Events {
        return endpoint(typed);
    }
    // A subdomain never contains accented Latin letters, so the browser rejects them itself. Other text beyond ASCII
    // may be an invisible or full-width character, which only the server can clean up.
    let foreign = |c: char| !c.is_ascii() && !matches!(c, '\u{c0}'..='\u{24f}');
    let subdomain = match typed.subdomain.contains(foreign) {
        true => read(&typed.subdomain, |typed| Subdomain::parse_field(helpdesk, typed).map(Into::into)),
        false => Subdomain::parse_field(helpdesk, &typed.subdomain).map(Into::into),
    };
    let method = method(helpdesk, typed.method.as_deref()).map_err(|error| vec![error])?;
    let username = read(&typed.username, |typed| Username::parse(method, typed).map(Into::into));
    let key = typed.api_key.as_deref().map(pasted::ends).filter(|key| !key.is_empty());
    let key = match (key, stored) {
        (Some(key), _) => read(key, |key| ApiKey::parse(key).map(ApiKey::expose)).map(Some),
        (None, None) => match method.secret {
            SecretKind::ApiKey => ApiKey::parse("").map(|_| None),
            SecretKind::ApiToken => Err(FieldError::new("api_key", TOKEN_EMPTY)),
            SecretKind::ClientSecret => Err(FieldError::new("api_key", SECRET_EMPTY)),
        },
        (None, Some(stored)) => {
            // Only the server can normalise text beyond ASCII. So here such a value counts as equal to the stored one,
            // and the server compares them.
            let unread = |now: &str| cfg!(not(feature = "ssr")) && !now.is_ascii();
            let same = |now: &Result<String, _>, stored: &String| {
                now.as_ref().map_or(true, |now| now == stored || unread(now))
            };
            if same(&subdomain, &stored.subdomain)
                && same(&username, &stored.username)
                && stored.method == method.slug
            {
                Ok(None)
            } else {
                let again = match method.secret {
                    SecretKind::ApiKey => KEY_AGAIN,
                    SecretKind::ApiToken => TOKEN_AGAIN,
                    SecretKind::ClientSecret => SECRET_AGAIN,
                };
                Err(FieldError::new("api_key", again))
            }
        }
    };
    match (subdomain, username, key) {
        (Ok(subdomain), Ok(username), Ok(api_key)) => {
            Ok(ConnectionForm { subdomain, username, api_key, ..typed })
        }
        (subdomain, username, key) => {
            Err([subdomain.err(), username.err(), key.err()].into_iter().flatten().collect())
        }
    }
}

/// Returns the access method with this slug. Without a slug, returns the helpdesk's first.
pub fn method(helpdesk: Helpdesk, slug: Option<&str>) -> Result<&'static AccessMethod, FieldError> {
    helpdesk.method(slug).ok_or_else(|| {
        let known: Vec<_> = helpdesk.methods().iter().map(|method| method.slug).collect();
        FieldError::new("method", said!(NO_METHOD, helpdesk = helpdesk.name(), methods = known.join(", ")))
    })
}

/// Parses a field. The browser parses only ASCII. It sends other text (an invisible character from a paste, an
/// internationalised domain) to the server unchanged, because only the server has the Unicode tables.
fn read(typed: &str, parse: impl FnOnce(&str) -> Result<String, FieldError>) -> Result<String, FieldError> {
    if cfg!(feature = "ssr") || typed.is_ascii() { parse(typed) } else { Ok(typed.to_owned()) }
}

/// Parses the team's email address, if one was entered.
pub fn team_email(typed: &str) -> Result<Option<String>, FieldError> {
    if pasted::is_blank(typed) {
        return Ok(None);
    }
    read(typed, |typed| EmailAddress::parse_field("email", typed).map(Into::into)).map(Some)
}

/// The longest wait for a ticket before the team is emailed again, in minutes: one day.
const LONGEST_WAIT: u32 = 1_440;

/// Checks the number of minutes without a ticket.
pub fn no_ticket_after(minutes: Option<u32>) -> Result<Option<u32>, FieldError> {
    match minutes {
        None | Some(1..=LONGEST_WAIT) => Ok(minutes),
        Some(_) => Err(wrong_minutes()),
    }
}

/// Parses the minutes as typed. Empty means no second email.
pub fn typed_no_ticket_after(typed: &str) -> Result<Option<u32>, FieldError> {
    match pasted::trim(typed) {
        "" => Ok(None),
        typed => no_ticket_after(Some(typed.parse().map_err(|_| wrong_minutes())?)),
    }
}

fn wrong_minutes() -> FieldError {
    FieldError::new("no_ticket_after_minutes", MINUTES)
}

/// Maximum length of a chat message, in characters.
pub const MESSAGE: usize = 4_000;
/// Maximum number of topics, and of the shop's own addresses.
const LINES: usize = 50;
/// Maximum length of a topic, in characters.
const TOPIC: usize = 60;
/// Maximum length of the line that says how else the shop can be reached, in characters.
const CONTACT: usize = 200;
/// Maximum number of questions of the built-in assistant.
const FAQS: usize = 200;

/// Splits a text into trimmed, non-empty, distinct lines.
pub fn lines(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for line in text.lines().map(pasted::trim).filter(|line| !line.is_empty()) {
        if !out.iter().any(|known| known == line) {
            out.push(line.to_owned());
        }
    }
    out
}

/// Parses topics, one per line.
pub fn topics(typed: &str) -> Result<Vec<String>, FieldError> {
    let topics = lines(typed);
    if topics.len() > LINES {
        return Err(FieldError::new("topics", said!(MANY_TOPICS, n = LINES)));
    }
    match topics.iter().find(|topic| topic.chars().count() > TOPIC) {
        Some(topic) => Err(FieldError::new("topics", said!(LONG_TOPIC, n = TOPIC, start = start(topic)))),
        None => Ok(topics),
    }
}

/// Parses the topics and the contact line of the dialog *Handover to human*.
pub fn handover(topics: &str, contact: &str) -> Result<(Vec<String>, Option<String>), CallError> {
    match (self::topics(topics), self::contact(contact)) {
        (Ok(topics), Ok(contact)) => Ok((topics, contact)),
        (topics, contact) => {
            Err(CallError::Fields { errors: topics.err().into_iter().chain(contact.err()).collect() })
        }
    }
}

/// Parses the line that says how else the shop can be reached. Returns `None` if it is empty.
pub fn contact(typed: &str) -> Result<Option<String>, FieldError> {
    let line = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.chars().count() {
        0 => Ok(None),
        1..=CONTACT => Ok(Some(line)),
        long => Err(FieldError::new("contact", said!(TOO_LONG, n = long - CONTACT))),
    }
}

/// Parses the shop's own addresses and domains, one per line.
pub fn own(typed: &str) -> Result<Vec<String>, FieldError> {
    let own = lines(typed);
    if own.len() > LINES {
        return Err(FieldError::new("own", said!(MANY_OWN, n = LINES)));
    }
    // A domain is parsed as the domain of an address.
    let is_one = |line: &str| {
        let line = line.strip_prefix('@').unwrap_or(line);
        EmailAddress::parse(line).is_ok()
            || EmailAddress::parse(&format!("a@{line}")).is_ok()
            || (cfg!(not(feature = "ssr")) && !line.is_ascii())
    };
    match own.iter().find(|line| !is_one(line)) {
        Some(line) => Err(FieldError::new("own", said!(NOT_OWN, start = start(line)))),
        None => Ok(own),
    }
}

fn start(line: &str) -> String {
    line.chars().take(30).collect()
}

/// Returns the pairs that are not empty. The index in an error's field, such as `faqs[2].answer`, includes empty pairs.
pub fn faqs(typed: Vec<Faq>) -> Result<Vec<Faq>, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut faqs = Vec::new();
    for (at, faq) in typed.into_iter().enumerate() {
        let (question, answer) = (pasted::trim(&faq.question), pasted::trim(&faq.answer));
        match (question.is_empty(), answer.is_empty()) {
            (true, true) => {}
            (true, false) => {
                errors.push(FieldError::new(format!("faqs[{at}].question"), NO_QUESTION));
            }
            (false, true) => {
                errors.push(FieldError::new(format!("faqs[{at}].answer"), NO_ANSWER));
            }
            (false, false) => faqs.push(Faq { question: question.to_owned(), answer: answer.to_owned() }),
        }
    }
    if faqs.len() > FAQS {
        errors.push(FieldError::new("faqs", said!(MANY_FAQS, n = FAQS)));
    }
    if errors.is_empty() { Ok(faqs) } else { Err(errors) }
}

/// Checks a reply to a shopper.
pub fn reply(typed: &str) -> Result<String, FieldError> {
    message(typed, NO_REPLY)
}

/// Checks a sentence typed to try out the abilities.
pub fn sentence(typed: &str) -> Result<String, FieldError> {
    message(typed, NO_SENTENCE)
}

fn message(typed: &str, empty: Sentence) -> Result<String, FieldError> {
    let text = pasted::trim(typed);
    let problem = match text.chars().count() {
        0 => empty.into(),
        n if n > MESSAGE => said!(TOO_LONG, n = n - MESSAGE),
        _ => return Ok(text.to_owned()),
    };
    Err(FieldError::new("text", problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(subdomain: &str, username: &str, key: &str) -> ConnectionForm {
        ConnectionForm {
            subdomain: subdomain.into(),
            method: None,
            username: username.into(),
            api_key: Some(key.into()),
            ..ConnectionForm::default()
        }
    }

    fn kept(subdomain: &str, username: &str) -> KeptAccount {
        KeptAccount { subdomain: subdomain.into(), method: "api_key".into(), username: username.into() }
    }

    fn fields(result: Result<ConnectionForm, Vec<FieldError>>) -> Vec<String> {
        result.unwrap_err().into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn pasted_values_are_cleaned() {
        let pasted = form("https://Your-Store.gorgias.com/app/tickets", " jane@example.com ", " key ");
        assert!(
            connection(Helpdesk::GORGIAS, pasted, None) == Ok(form("your-store", "jane@example.com", "key"))
        );
    }

    #[test]
    fn invisible_characters_do_not_cause_a_rejection() {
        let pasted = form("acme\u{a0}", "\u{feff}owner@acme.test\u{a0}", "\u{200b}key-acme-1\r\n");
        assert!(
            connection(Helpdesk::GORGIAS, pasted, None) == Ok(form("acme", "owner@acme.test", "key-acme-1"))
        );
        let stored = kept("acme", "owner@acme.test");
        let kept = form("acme\u{200b}", "owner@acme.test\u{a0}", "\u{200b}");
        assert!(connection(Helpdesk::GORGIAS, kept, Some(&stored)).is_ok_and(|form| form.api_key.is_none()));
        let inside = connection(Helpdesk::GORGIAS, form("acme", "owner@acme.test", "key\u{200b}1"), None);
        assert!(inside.unwrap_err()[0].message.contains("invisible"));
    }

    #[test]
    fn every_invalid_field_is_named_in_display_order() {
        assert_eq!(
            fields(connection(Helpdesk::GORGIAS, form("", "jane", ""), None)),
            ["subdomain", "username", "api_key"]
        );
    }

    #[test]
    fn a_stored_key_is_only_used_with_its_own_account() {
        let stored = kept("a", "u@x.co");
        let check = |sub, user, key| connection(Helpdesk::GORGIAS, form(sub, user, key), Some(&stored));
        assert!(check("a", "u@x.co", "").is_ok_and(|form| form.api_key.is_none()));
        assert_eq!(fields(check("b", "u@x.co", "")), ["api_key"]);
        assert_eq!(fields(check("a", "v@x.co", "  ")), ["api_key"]);
        assert!(check("b", "v@x.co", "new").is_ok());
        assert_eq!(fields(check("-", "u@x.co", "")), ["subdomain"], "one thing at a time");
        let other = KeptAccount { method: "other".into(), ..stored.clone() };
        assert_eq!(fields(connection(Helpdesk::GORGIAS, form("a", "u@x.co", ""), Some(&other))), ["api_key"]);
        let unknown = ConnectionForm { method: Some("password".into()), ..form("a", "u@x.co", "k") };
        assert_eq!(fields(connection(Helpdesk::GORGIAS, unknown, None)), ["method"]);
    }

    #[test]
    fn a_missing_secret_is_named_as_the_form_labels_it() {
        for (helpdesk, method, username, label) in [
            (Helpdesk::GORGIAS, "api_key", "u@x.co", "API key"),
            (Helpdesk::ZENDESK, "api_token", "u@x.co", "API token"),
            (Helpdesk::ZENDESK, "oauth_client", "convi", "client secret"),
        ] {
            let form = ConnectionForm { method: Some(method.into()), ..form("a", username, "") };
            let message = |stored: Option<&KeptAccount>| {
                connection(helpdesk, form.clone(), stored).unwrap_err()[0].message.clone()
            };
            assert_eq!(message(None), format!("Enter the {label}."));
            let stored = KeptAccount { method: method.into(), ..kept("b", username) };
            assert!(message(Some(&stored)).starts_with(&format!("Enter the {label} again.")));
        }
    }

    #[test]
    fn an_empty_team_email_is_valid() {
        assert_eq!(team_email("  "), Ok(None));
        assert_eq!(team_email(" a@x.co "), Ok(Some("a@x.co".into())));
        assert_eq!(team_email("\u{200b}"), Ok(None));
        assert_eq!(team_email("\u{feff}a@müller.de\n"), Ok(Some("a@xn--mller-kva.de".into())));
        assert_eq!(team_email("a").unwrap_err().field, "email");
    }

    #[test]
    fn lines_are_trimmed_distinct_and_not_empty() {
        assert_eq!(lines(" billing \r\n\nlegal\nbilling\n"), ["billing", "legal"]);
        assert_eq!(lines("\u{200b}billing\u{a0}\n\u{feff}\nbilling"), ["billing"]);
        assert!(lines(" \n ").is_empty());
    }

    #[test]
    fn topics_and_own_addresses_are_limited() {
        assert_eq!(
            topics("billing\nlegal advice"),
            Ok(vec!["billing".to_owned(), "legal advice".to_owned()])
        );
        assert_eq!(topics(&"é".repeat(60)).map(|t| t.len()), Ok(1));
        assert_eq!(topics(&"é".repeat(61)).unwrap_err().field, "topics");
        let many: String = (0..51).map(|n| format!("t{n}\n")).collect();
        assert_eq!(topics(&many).unwrap_err().message, "Enter at most 50 topics, one per line.");
        assert_eq!(own("shop.com\n@shop.fr\nhelp@shop.de").map(|own| own.len()), Ok(3));
        assert!(own("\u{200b}bücher.de\u{a0}\nhelp@bücher.de").is_ok());
        assert!(own("shop").unwrap_err().message.contains("“shop”"));
        assert_eq!(own(&many).unwrap_err().field, "own");
    }

    #[test]
    fn contact_is_one_line_or_none() {
        assert_eq!(contact(" \n "), Ok(None));
        assert_eq!(contact(" Call us:\n+1 555 0100 "), Ok(Some("Call us: +1 555 0100".to_owned())));
        assert_eq!(contact(&"é".repeat(200)).map(|it| it.is_some()), Ok(true));
        let long = contact(&"é".repeat(203)).unwrap_err();
        assert_eq!(
            (long.field.as_str(), long.message.as_str()),
            ("contact", "This is 3 characters too long.")
        );
    }

    #[test]
    fn half_a_pair_is_rejected_and_an_empty_pair_is_skipped() {
        let pair = |q: &str, a: &str| Faq { question: q.into(), answer: a.into() };
        assert_eq!(faqs(vec![pair(" Q ", "A\n"), pair("", " ")]), Ok(vec![pair("Q", "A")]));
        let errors = faqs(vec![pair("Q", ""), pair("", "A")]).unwrap_err();
        assert_eq!(
            errors.iter().map(|e| e.field.as_str()).collect::<Vec<_>>(),
            ["faqs[0].answer", "faqs[1].question"]
        );
        assert_eq!(faqs(vec![pair("Q", "A"); 201]).unwrap_err()[0].field, "faqs");
    }

    #[test]
    fn minutes_are_whole_and_at_most_one_day_or_empty() {
        assert_eq!(typed_no_ticket_after(" 15 "), Ok(Some(15)));
        assert_eq!(
            (typed_no_ticket_after("1"), typed_no_ticket_after("1440")),
            (Ok(Some(1)), Ok(Some(1440)))
        );
        assert_eq!(typed_no_ticket_after("  "), Ok(None));
        assert_eq!(typed_no_ticket_after("\u{200b}15\u{a0}"), Ok(Some(15)));
        for wrong in ["0", "1441", "-1", "1.5", "soon", "99999999999"] {
            assert_eq!(typed_no_ticket_after(wrong).unwrap_err().field, "no_ticket_after_minutes", "{wrong}");
        }
    }

    #[test]
    fn a_message_must_not_be_empty_or_too_long() {
        assert_eq!(reply(" Hi \n"), Ok("Hi".to_owned()));
        assert_eq!(reply("  ").unwrap_err().message, "Write a reply first.");
        assert_eq!(sentence("").unwrap_err().message, "Enter a sentence first.");
        assert!(reply(&"x".repeat(4_000)).is_ok());
        assert_eq!(reply(&"x".repeat(4_002)).unwrap_err().message, "This is 2 characters too long.");
    }
}
