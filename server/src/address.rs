//! Finds email addresses in text, and parses those that programs send.
//!
//! A wrongly recognised address sends a shopper's conversation to a stranger, while a missed one costs a single
//! question. So whatever could be the tail, the head or a part of something else does not count as an address.

use app::model::{EmailAddress, pasted};
use domain::email::international::{Script, domain_to_ascii, narrow};
use percent_encoding::percent_decode_str;

/// An address and its position in [`Reading::text`].
#[derive(Clone, Debug)]
pub struct Found {
    /// The address.
    pub address: EmailAddress,
    /// Its first byte.
    pub from: usize,
    /// The byte after its last.
    pub to: usize,
}

/// A text and its addresses.
#[derive(Debug)]
pub struct Reading {
    /// The text without invisible characters, and with full-width characters replaced by their ASCII forms.
    pub text: String,
    /// In order.
    pub found: Vec<Found>,
}

/// More addresses than a person would answer to.
const MOST: usize = 50;
/// RFC 5321: a local part of 64 octets, a path of 256 including its angle brackets. Anything twice as long is not an
/// address, however it is decorated.
const LONGEST_LOCAL: usize = 128;
const LONGEST_DOMAIN: usize = 512;

/// Returns every address in a text.
pub fn in_text(text: &str) -> Reading {
    let text: String = text.chars().filter_map(read).collect();
    let mut found: Vec<Found> = Vec::new();
    for (start, word) in words(&text) {
        // An `@` after this is the user or a path of a URL, not an address.
        let link = link_in(word).unwrap_or(word.len());
        for (at, _) in word[..link].match_indices('@') {
            if found.len() < MOST {
                let previous = found.last().map_or(0, |found| found.to);
                found.extend(around(&text, start + at, previous));
            }
        }
    }
    Reading { text, found }
}

/// Returns the text without addresses, URLs and account names (`@jane`): any `@` that remains was meant as part of an
/// address.
pub fn without_addresses(text: &str) -> String {
    let Reading { mut text, found } = in_text(text);
    for Found { from, to, .. } in found.iter().rev() {
        text.replace_range(*from..*to, " ");
    }
    let kept =
        words(&text).map(|(_, word)| word).filter(|word| link_in(word).is_none() && !word.starts_with('@'));
    kept.collect::<Vec<_>>().join(" ")
}

/// Parses an address as programs send it: with surrounding text from pasting, as a link, URL-encoded, or with a name.
/// Returns `None` unless there is exactly one.
pub fn sent(text: &str) -> Option<EmailAddress> {
    let text = pasted::trim(text).trim_end_matches([',', ';', '.']);
    let bare = match (text.split_once('<'), text.strip_suffix('>')) {
        (Some((name, _)), Some(text)) if !name.contains('@') => text.get(name.len() + 1..)?,
        _ => text,
    };
    let bare = pasted::trim(bare);
    let linked = bare.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
    let bare = linked.map_or(bare, |_| bare[7..].split('?').next().unwrap_or_default());
    let encoded = linked.is_some() || !bare.contains(['@', '\u{ff20}', '\u{fe6b}']);
    let decoded = if encoded { percent_decode_str(bare).decode_utf8().ok()? } else { bare.into() };
    EmailAddress::parse(&decoded).ok().or_else(|| alone(&decoded))
}

/// Returns the only address of a text that otherwise has only punctuation: `'jane@x.example';`.
fn alone(text: &str) -> Option<EmailAddress> {
    let Reading { text, found } = in_text(text);
    let [Found { address, from, to }] = found.as_slice() else { return None };
    let around = [text.get(..*from)?, text.get(*to..)?];
    let is_bare = around.iter().all(|it| !it.contains(|c: char| c.is_alphanumeric() || c == '@'));
    is_bare.then(|| address.clone())
}

/// Returns whether no person reads mail sent to this address: one of a machine or a role.
pub fn is_of_a_machine(address: &EmailAddress) -> bool {
    const NAMES: &[&str] = &[
        "mailerdaemon",
        "postmaster",
        "hostmaster",
        "abuse",
        "bounce",
        "bounces",
        "notification",
        "notifications",
        "notify",
        "alert",
        "alerts",
        "newsletter",
        "autoreply",
        "automailer",
        "system",
        "daemon",
    ];
    const BEGINNINGS: &[&str] = &[
        "noreply",
        "donotreply",
        "dontreply",
        "noresponse",
        "noresponder",
        "norespond",
        "nepasrepondre",
        "nichtantworten",
        "bittenichtantworten",
        "keineantwort",
        "norepl",
        "notreply",
        "naoresponda",
        "nonrispondere",
    ];
    let lower = address.as_str().to_ascii_lowercase();
    let Some((local, domain)) = lower.rsplit_once('@') else { return false };
    let local = local.split('+').next().unwrap_or_default();
    let name: String = local.chars().filter(char::is_ascii_alphanumeric).collect();
    NAMES.contains(&name.as_str())
        || BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
        || ["noreply", "donotreply"].iter().any(|ending| name.ends_with(ending))
        || domain.split('.').any(|label| matches!(label, "noreply" | "no-reply"))
}

/// Returns a character as a reader sees it.
fn read(c: char) -> Option<char> {
    match c {
        // Letters that look like a space.
        '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}' => Some(' '),
        c if c.is_whitespace() || c.is_control() => Some(c),
        c if pasted::is_invisible(c) => None,
        c => Some(narrow(c)),
    }
}

/// Splits at white space. Returns each word with its start.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let start = text.as_ptr() as usize;
    text.split_whitespace().map(move |word| (word.as_ptr() as usize - start, word))
}

/// Returns where a URL begins in a word.
fn link_in(word: &str) -> Option<usize> {
    let lower = word.to_ascii_lowercase();
    let path = lower.rfind('/').unwrap_or(0);
    let www = lower.match_indices("www.").map(|(at, _)| at).find(|at| {
        // "bob@www.example" has it after the @.
        *at < path && !lower[..*at].ends_with(['@', '.'])
    });
    [lower.find("://"), www].into_iter().flatten().min()
}

/// Returns whether RFC 5322 allows the byte in an unquoted local part.
fn is_atext(b: &u8) -> bool {
    b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~.-".contains(b)
}

/// Returns whether the script is written without spaces, so that a letter beside an address is ordinary text.
fn is_unspaced(c: char) -> bool {
    c.is_alphanumeric() && matches!(Script::of(c), Script::EastAsian | Script::SouthEastAsian)
}

/// Returns whether this is an accent on the preceding letter.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{3099}' | '\u{309a}')
}

/// Returns whether the character would be part of an adjacent address.
fn joins(c: char) -> bool {
    (c.is_alphanumeric() && !is_unspaced(c)) || is_accent(c)
}

/// Returns whether this is separating punctuation beyond ASCII. Other signs, like the dash in `jane–doe@…`, the
/// apostrophe in `o’neil@…` and an emoji, may be part of the address if a letter is on their other side.
fn separates(c: char) -> bool {
    c.is_whitespace() || c.is_control() || "“”„‟«»‹›「」『』【】《》〈〉〔〕、。｡…¿¡→⇒".contains(c)
}

/// Returns the address around an `@`, without its surroundings: `<jane@x.example>`, `mailto:jane@x.example`, a full
/// stop.
fn around(text: &str, at: usize, previous: usize) -> Option<Found> {
    let (before, after) = (text.get(..at)?, text.get(at + 1..)?);
    let length = before.bytes().rev().take(LONGEST_LOCAL + 1).take_while(is_atext).count();
    let (lead, run) = before.split_at_checked(before.len() - length)?;
    let in_domain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-') || is_accent(c);
    let end = after.char_indices().find(|(at, c)| *at > LONGEST_DOMAIN || !in_domain(*c));
    let written = &after[..end.map_or(after.len(), |(at, _)| at)];
    let written = &written[..unspaced_text(written).unwrap_or(written.len())];
    let rest = &after[written.len()..];
    if length > LONGEST_LOCAL || written.len() > LONGEST_DOMAIN || !begins(lead, previous) {
        return None;
    }
    let (local, rest) = undecorated(run, rest);
    let local = without_key(local)?;
    if !local_is_whole(local) || !ends(lead, written, rest) {
        return None;
    }
    let domain = domain_of(written, rest)?;
    let address = EmailAddress::parse(&format!("{local}@{domain}")).ok()?;
    Some(Found { address, from: at - local.len(), to: at + 1 + domain.len() })
}

/// Returns where unspaced text begins in a possible domain: `example.comです`. A label that begins with such a letter is
/// a name of its own: `例え.jp`.
fn unspaced_text(written: &str) -> Option<usize> {
    let mut previous = '.';
    written.char_indices().find_map(|(at, c)| {
        let begins = is_unspaced(c) && (previous.is_ascii_alphanumeric() || previous == '-');
        previous = c;
        begins.then_some(at)
    })
}

/// Returns whether an address may begin after this.
fn begins(lead: &str, previous: usize) -> bool {
    let mut back = lead.chars().rev();
    let Some(last) = back.next() else { return true };
    let second = back.next();
    match last {
        '@' | '\\' => false,
        ':' => is_label(&lead[..lead.len() - 1]),
        // "jane,doe@…": a typo for a full stop.
        ',' | ';' => lead.len() - 1 == previous || !second.is_some_and(|c| c.is_alphabetic() && joins(c)),
        c if c.is_ascii() || separates(c) || is_unspaced(c) => true,
        c => !joins(c) && !second.is_some_and(joins),
    }
}

/// Returns whether the text before a colon announces an address. `bob:` may be a user with a password, `sip:` a phone.
fn is_label(lead: &str) -> bool {
    const LABELS: &[&str] = &[
        "mailto",
        "mail",
        "email",
        "emails",
        "mails",
        "adresse",
        "address",
        "mailadresse",
        "emailadresse",
        "correo",
        "courriel",
        "mel",
        "to",
        "cc",
        "an",
        "a",
        "para",
        "contact",
        "kontakt",
        "contacto",
        "electronico",
        "electrónico",
        "electronique",
        "électronique",
        "direccion",
        "dirección",
        "is",
        "ist",
        "est",
        "es",
        "lautet",
        "this",
        "here",
        "hier",
        "ici",
        "aqui",
        "aquí",
        "me",
        "mir",
        "moi",
        "answer",
        "reply",
        "antwort",
        "then",
    ];
    let length = lead.chars().rev().take_while(|c| c.is_alphanumeric()).map(char::len_utf8).sum::<usize>();
    let word = lead[lead.len() - length..].to_lowercase();
    word.is_empty() || word.ends_with(is_unspaced) || LABELS.contains(&word.as_str())
}

/// Returns the local part without decoration around the whole address: `*jane@x.example*`, `'jane@x.example'`.
/// Decoration on one side only stays, because it may belong to the address.
fn undecorated<'a>(run: &'a str, rest: &'a str) -> (&'a str, &'a str) {
    const AROUND: &[char] = &['*', '_', '~', '`', '\'', '{', '|', '='];
    let local = run.trim_start_matches(AROUND);
    let closing =
        run[..run.len() - local.len()].chars().rev().map(|open| if open == '{' { '}' } else { open });
    match rest.strip_prefix(closing.collect::<String>().as_str()) {
        // If a letter follows, it was not decoration: "_jane@x.example_y".
        Some(behind) if local.len() == run.len() || !behind.starts_with(joins) => (local, behind),
        _ => (run, rest),
    }
}

/// `mail=jane` is Jane's; `jane=doe` may be anyone's.
fn without_key(local: &str) -> Option<&str> {
    let Some((key, value)) = local.rsplit_once('=') else { return Some(local) };
    let key = key.rsplit('&').next().unwrap_or_default().to_ascii_lowercase();
    let names_it = key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
        && ["mail", "adresse", "address", "correo", "courriel"].iter().any(|name| key.ends_with(name));
    names_it.then_some(value)
}

/// Returns whether people have local parts like this. Others are valid, but in a text their meaning is uncertain.
fn local_is_whole(local: &str) -> bool {
    const ELIDED: &[&str] = &["l", "d", "j", "m", "t", "s", "c", "n", "qu", "jusqu", "lorsqu", "puisqu"];
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._+-'&~".contains(&b);
    let elided = local
        .split_once('\'')
        .is_some_and(|(article, _)| ELIDED.iter().any(|known| known.eq_ignore_ascii_case(article)));
    local.bytes().all(plain)
        && local.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && !local.ends_with(['\'', '&', '~'])
        && !elided
}

/// Returns whether an address may end before this.
fn ends(lead: &str, written: &str, rest: &str) -> bool {
    let mut next = rest.chars();
    let Some(first) = next.next() else { return true };
    let second = next.next();
    let letter_follows = second.is_some_and(joins);
    match first {
        '_' | '@' | '+' | '=' | '%' | '#' | '$' | '^' | '{' | '}' | '\\' | '/' | '*' | '~' | '`' => false,
        // `<mailto:jane@x.example|jane@x.example>`, as some chats copy a link.
        '|' => {
            lead.len() >= 7 && lead.get(lead.len() - 7..).is_some_and(|it| it.eq_ignore_ascii_case("mailto:"))
        }
        // `git@host:path`, `jane@host:8080`.
        ':' => second.is_none_or(char::is_whitespace),
        '\'' => !letter_follows,
        // "jane@mail.co,uk"
        ',' => !word_after(&rest[1..]).is_some_and(|word| word.len() == 2 && is_top(word)),
        // "jane@mail.co .uk", "jane@mail.co. uk"
        ' ' if second == Some('.') => !rest[2..].starts_with(joins),
        ' ' if written.ends_with(".co.") => word_after(&rest[1..]).is_none_or(|word| word.len() != 2),
        c if c.is_ascii() || separates(c) || is_unspaced(c) => true,
        c => !joins(c) && !letter_follows,
    }
}

/// Returns the word that a text begins with.
fn word_after(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len());
    text.get(..end).filter(|word| !word.is_empty())
}

/// Providers whose domain ends here whatever was written right after it, and the countries in which some of them have
/// longer domains.
const PROVIDERS: &[&str] = &[
    "gmail.com",
    "googlemail.com",
    "icloud.com",
    "me.com",
    "mac.com",
    "aol.com",
    "yahoo.com",
    "hotmail.com",
    "outlook.com",
    "live.com",
    "msn.com",
    "proton.me",
    "protonmail.com",
    "gmx.de",
    "gmx.net",
    "gmx.at",
    "gmx.ch",
    "gmx.com",
    "web.de",
    "t-online.de",
    "freenet.de",
    "posteo.de",
    "mailbox.org",
    "fastmail.com",
    "orange.fr",
    "free.fr",
    "sfr.fr",
    "laposte.net",
    "wanadoo.fr",
    "yahoo.fr",
    "yahoo.de",
    "yahoo.es",
    "hotmail.fr",
    "hotmail.de",
    "hotmail.es",
    "outlook.fr",
    "outlook.de",
    "outlook.es",
    "live.fr",
    "telefonica.net",
    "zoho.com",
    "mail.com",
];
const COUNTRIES: &[&str] =
    &["ar", "au", "br", "cn", "co", "hk", "mx", "my", "pe", "ph", "sg", "tr", "tw", "ua", "ve", "vn"];

/// Returns the domain without text that follows it directly ("jane@x.com..and", "jane@x.com.Thanks"), or `None` if its
/// end is uncertain.
fn domain_of<'a>(written: &'a str, rest: &str) -> Option<&'a str> {
    let domain = written.split("..").next().unwrap_or_default().trim_end_matches(['.', '-']);
    let (mut front, mut last) = domain.rsplit_once('.')?;
    let mut domain = domain;
    let lower = domain.to_ascii_lowercase();
    let provider =
        PROVIDERS.iter().find(|it| lower.strip_prefix(**it).is_some_and(|more| more.starts_with('.')));
    let is_word =
        |label: &str| label.len() >= 4 && label.bytes().all(|b| b.is_ascii_alphabetic()) && !is_top(label);
    if let Some(provider) = provider {
        let more = &lower[provider.len() + 1..];
        // "gmail.com.br" is someone else's domain; "yahoo.com.auplease" may be anyone's.
        let is_text = is_word(more) && !COUNTRIES.iter().any(|country| more.starts_with(country));
        return is_text.then(|| &domain[..provider.len()]);
    }
    let next_sentence = last.starts_with(|c: char| c.is_ascii_uppercase())
        && front.contains('.')
        && front.bytes().all(|b| !b.is_ascii_uppercase());
    if next_sentence && is_word(last) {
        domain = front;
        (front, last) = domain.rsplit_once('.')?;
    }
    // "jane@shop.com.call", "jane@shop.com.today"; and "jane@shop.com.it is late".
    let generic = |label: &str| ["com", "net", "org"].iter().any(|it| it.eq_ignore_ascii_case(label));
    let mut inner = front.split('.').skip(1).peekable();
    while let Some(label) = inner.next() {
        let country = inner.peek().is_none() && last.len() == 2;
        let goes_on =
            domain.len() == written.len() && rest.starts_with(' ') && word_after(&rest[1..]).is_some();
        if generic(label) && (!country || (goes_on && is_also_a_word(last))) {
            return None;
        }
    }
    // "mug@2x.png" and other names that look like a file's.
    let is_file = matches!(last, "zip" | "mov") || {
        let first = front.split('.').next().unwrap_or_default();
        first
            .strip_suffix('x')
            .is_some_and(|scale| !scale.is_empty() && scale.bytes().all(|b| b.is_ascii_digit()))
    };
    (is_top(last) && !is_file).then_some(domain)
}

/// Returns whether a country's ending is also a word that may begin a sentence.
fn is_also_a_word(top: &str) -> bool {
    const WORDS: &[&str] = &[
        "am", "as", "at", "be", "by", "de", "do", "es", "et", "id", "in", "is", "it", "la", "me", "my", "no",
        "so", "to", "tu", "us",
    ];
    WORDS.iter().any(|word| word.eq_ignore_ascii_case(top))
}

/// Returns whether a domain can end like this: the endings that IANA lists, and those reserved for examples and tests.
fn is_top(label: &str) -> bool {
    let ascii = domain_to_ascii(label).unwrap_or_default().to_ascii_lowercase();
    // Some endings are listed only with a name before them (`*.bd`).
    let is_listed = psl::suffix(format!("a.{ascii}").as_bytes()).is_some_and(|suffix| suffix.is_known());
    is_listed || matches!(ascii.as_str(), "example" | "test" | "invalid")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(text: &str) -> Vec<String> {
        in_text(text).found.into_iter().map(|found| String::from(found.address)).collect()
    }

    #[track_caller]
    fn only(text: &str, address: &str) {
        assert_eq!(all(text), [address], "{text:?}");
    }

    #[track_caller]
    fn none(text: &str) {
        assert!(all(text).is_empty(), "{text:?}: {:?}", all(text));
    }

    #[test]
    fn addresses_are_found_within_text() {
        for text in [
            "jane@x.example",
            "it's jane@x.example.",
            "jane@x.example, thanks",
            "<jane@x.example>",
            "Jane <jane@x.example>!",
            "Jane<jane@x.example>",
            "mailto:jane@x.example?subject=hi",
            "<mailto:jane@x.example|jane@x.example>",
            "(jane@x.example)",
            "[jane@x.example]",
            "{jane@x.example}",
            "'jane@x.example'",
            "“jane@x.example”",
            "„jane@x.example“",
            "«jane@x.example»",
            "‹jane@x.example›",
            "« jane@x.example »",
            "‘jane@x.example’",
            "「jane@x.example」",
            "（jane@x.example）",
            "【jane@x.example】",
            "\"jane@x.example\"",
            "_jane@x.example_",
            "__jane@x.example__",
            "*jane@x.example*",
            "**jane@x.example**",
            "**_jane@x.example_**",
            "~~jane@x.example~~",
            "`jane@x.example`",
            "```jane@x.example```",
            "<b>jane@x.example</b>",
            "mail=jane@x.example&x=1",
            "a=1&customer_email=jane@x.example",
            "Email:jane@x.example",
            "e-mail:jane@x.example",
            "jane@x.example...and call me",
            "jane@x.example.Thanks",
            "jane@x.example\nJane",
            "jane@x.example,please",
            "jane@x.example;",
            "jane@x.example: that is it",
            "order 1042,jane@x.example",
            "écrivez à jane@x.example 🙏",
            "🙏jane@x.example🙏",
            "see https://x.example/@bob and jane@x.example",
            "\u{202a}jane@x.example\u{202c}",
            "\u{200f}jane@x.example\u{200f}",
            "jane\u{200b}@x.exam\u{ad}ple",
            "\u{3164}jane@x.example\u{3164}",
            "пишите на jane@x.example пожалуйста",
            "メールはjane@x.exampleです",
            "メール：jane@x.example。よろしく",
            "我的邮箱是jane@x.example，谢谢",
            "이메일은 jane@x.example으로 보내주세요",
            "อีเมลjane@x.exampleครับ",
            "ｊａｎｅ＠ｘ．ｅｘａｍｐｌｅ",
            "メールはｊａｎｅ＠ｘ．ｅｘａｍｐｌｅです",
            "jane﹫x.example",
        ] {
            only(text, "jane@x.example");
        }
        only("o'neil+shop@x.co.uk!", "o'neil+shop@x.co.uk");
        only("JANE@X.EXAMPLE", "JANE@X.EXAMPLE");
        only("jane~doe@x.example", "jane~doe@x.example");
        only("tom&jerry@x.example", "tom&jerry@x.example");
        only("_jane@x.example", "_jane@x.example");
        only("jane@gmail.com.please call me", "jane@gmail.com");
        only("jane@yahoo.com.thanks", "jane@yahoo.com");
        only("jane@shop.com.au", "jane@shop.com.au");
        only("jane@shop.com.my", "jane@shop.com.my");
        assert_eq!(all("jane@gmail.com;bob@x.example"), ["jane@gmail.com", "bob@x.example"]);
        assert_eq!(all("jane@gmail.com,bob@x.example"), ["jane@gmail.com", "bob@x.example"]);
    }

    #[test]
    fn international_domains_are_found() {
        only("ich bin jane@müller.de, danke", "jane@xn--mller-kva.de");
        only("jane@mu\u{308}ller.de", "jane@xn--mller-kva.de");
        only("jane@例え.jpです", "jane@xn--r8jz45g.jp");
        only("jane@пример.рф", "jane@xn--e1afmkfd.xn--p1ai");
        only("jane@xn--mller-kva.de", "jane@xn--mller-kva.de");
        none("jane@p\u{430}ypal.com");
        none("jane@例え.でした");
        none("jane@例え");
        none("jane@example.comпривет");
        none("jane@example.comé");
    }

    #[test]
    fn partial_addresses_are_ignored() {
        for text in [
            "",
            "@",
            "a@",
            "@b.example",
            "jane@localhost",
            "jane [at] x.example",
            "jane (at) x.example",
            "jane at x.example",
            "jane@@x.example",
            "a@b@x.example",
            "müller@x.example",
            "mu\u{308}ller@x.example",
            "иванjane@x.example",
            "αjane@x.example",
            "بjane@x.example",
            "jane@x.é",
            "jane@1.2.3.4",
            "jane.@x.example",
            ".jane@x.example",
            "jane@-x.example",
            "3@5.2",
            "jane=doe@x.example",
            "jane/doe@x.example",
            "jane!doe@x.example",
            "jane#doe@x.example",
            "jane$doe@x.example",
            "jane%doe@x.example",
            "jane^doe@x.example",
            "jane?doe@x.example",
            "jane*doe@x.example",
            "jane`doe@x.example",
            "jane|doe@x.example",
            "jane{doe}@x.example",
            "jane\\doe@x.example",
            "jane,doe@x.example",
            "jane;doe@x.example",
            "o’neil@x.example",
            "jane–doe@x.example",
            "jane·doe@x.example",
            "jane🙏doe@x.example",
            "l'jane@x.example",
            "*jane@x.example",
            "'jane@x.example",
            "~jane@x.example",
            "\"jane doe\"@x.example",
            "jane@x.example_y",
            "jane@x.example_",
            "jane@x_y.example",
            "jane@x.example*",
            "jane@x.example+1",
            "jane@x.example's order",
            "jane@x.example’s order",
            "jane@mail.com–pany.de",
            "jane@mail.co,uk",
            "jane@mail.co .uk",
            "jane@mail.co. uk",
            "jane@gmail. com",
            "jane@gmail,com",
            "jane@gmail.con",
            "jane@gmail.complease",
            "jane@gmail.com.br",
            "jane@gmail.com.it is late",
            "jane@yahoo.com.auplease",
            "jane@shop.co.ukplease",
            "jane@shop.com.auplease",
            "jane@shop.com.today",
            "jane@shop.com.my order",
        ] {
            none(text);
        }
        none(&format!("{}@x.example", "a".repeat(65)));
        none(&format!("{}@x.example", "a".repeat(5_000)));
    }

    #[test]
    fn lookalikes_are_ignored() {
        for text in [
            "see https://cdn.shop.example/img/mug@2x.png",
            "https://bob:secret@shop.example/x",
            "https://jane@x.example/",
            "https://x.example/@jane.doe",
            "https://x.example/?email=jane@x.example",
            "HTTPS://x.example/?a=1&email=jane@x.example",
            "https://x.example/a,jane@x.example",
            "(https://x.example/jane@x.example)",
            "网址https://x.example/jane@x.example",
            "ftp://jane@x.example/file",
            "ftp://jane:pw@x.example",
            "ssh://git@x.example/repo.git",
            "www.x.example/@jane",
            "www.x.example/u/jane@x.example",
            "www.x.example/a,jane@x.example",
            "x.example/u/jane@x.example",
            "x.example?email=jane@x.example",
            "git@github.com:org/repo.git",
            "jane@x.example:8080",
            "jane@x.example/home",
            "bob:secret@x.example",
            "sip:jane@x.example",
            "xmpp:jane@x.example",
            "logo@3x.png",
            "logo@2x.ai",
            "photo@home.jpg",
            "backup@home.zip",
            "mug@2x",
            "@jane",
            "jane@shop",
            "@scope/pkg@1.2.3",
            "lodash@4.17.21",
            "@jane:matrix.org",
            "@jane@mastodon.social",
        ] {
            none(text);
        }
    }

    #[test]
    fn addresses_from_programs_are_parsed() {
        for text in [
            "jane@example.com",
            "jane@example.com\u{a0}",
            "\u{feff}jane@example.com\n",
            " Jane Doe <jane@example.com> ",
            "\"Doe, Jane\" <jane@example.com>",
            "<jane@example.com>",
            "Jane <mailto:jane@example.com>",
            "mailto:jane@example.com",
            "MAILTO:jane@example.com?subject=hi",
            "mailto:jane%40example.com",
            "jane%40example.com",
            "'jane@example.com'",
            "\"jane@example.com\"",
            "„jane@example.com“",
            "(jane@example.com)",
            "jane@example.com;",
            "jane@example.com,",
            "jane@example.com.",
            "'Jane' <jane@example.com>;",
        ] {
            assert_eq!(sent(text).map(String::from).as_deref(), Some("jane@example.com"), "{text:?}");
        }
        assert_eq!(sent("jane@müller.de").map(String::from).as_deref(), Some("jane@xn--mller-kva.de"));
        assert_eq!(sent("jane=doe@example.com").map(String::from).as_deref(), Some("jane=doe@example.com"));
        for text in [
            "",
            "\u{200b}",
            "jane",
            "jane at example.com",
            "jane@example.com, bob@example.com",
            "jane@example.com <bob@example.com>",
            "Jane <jane@example.com> <bob@example.com>",
            "Jane <jane@example.com",
            "mailto:",
            "mailto:%ff@example.com",
            "jane%40example.com%2Cbob%40example.com",
            "https://jane@example.com/",
            "jane@example.com/",
            "jane@example.com and",
            "jane@example.com;bob@example.com",
            "é",
        ] {
            assert_eq!(sent(text), None, "{text:?}");
        }
    }

    #[test]
    fn machine_addresses_are_recognised() {
        for machine in [
            "no-reply",
            "noreply",
            "No_Reply",
            "no.reply",
            "noreply-orders",
            "noreply+x",
            "donotreply",
            "do-not-reply",
            "mailer-daemon",
            "postmaster",
            "notifications",
            "ne-pas-repondre",
            "no-responder",
            "orders-noreply",
        ] {
            assert!(
                is_of_a_machine(&EmailAddress::parse(&format!("{machine}@x.example")).unwrap()),
                "{machine}"
            );
        }
        for person in ["jane", "noreen", "nora.reply", "info", "sales", "o'neil", "systematic"] {
            assert!(
                !is_of_a_machine(&EmailAddress::parse(&format!("{person}@x.example")).unwrap()),
                "{person}"
            );
        }
    }

    #[test]
    fn huge_texts_are_fast() {
        for text in
            ["@".repeat(5_000_000), "a@".repeat(2_500_000), "x.x@x.".repeat(100_000), "www.".repeat(20_000)]
        {
            in_text(&text);
        }
        let long = format!("{} jane@x.example {}", "ä ".repeat(100_000), "b ".repeat(100_000));
        only(&long, "jane@x.example");
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,100}@?\\PC{0,100}") {
            for found in in_text(&text).found {
                prop_assert!(found.from < found.to);
            }
        }

        #[test]
        fn address_is_found_whatever_surrounds_it(
            before in "[^@＠﹫]{0,20}[ <(\n]", after in "[ >),;\n][^@＠﹫]{0,20}", local in "[a-z0-9]{1,10}", domain in "[a-z]{1,10}"
        ) {
            // Links, and typos after an address, are covered by the other tests.
            let narrow = before.replace('：', ":").replace('／', "/").replace('．', ".").replace('ｗ', "w");
            prop_assume!(!narrow.contains("://") && !narrow.contains("www."));
            let next = after.chars().find(|c| !pasted::is_invisible(*c));
            prop_assume!(!matches!(next, Some('.' | ',')));
            let address = format!("{local}@{domain}.example");
            prop_assert_eq!(all(&format!("{before}{address}{after}")), [address]);
        }

        #[test]
        fn tail_of_a_word_is_never_an_address(before in "([a-z0-9!#$%&'*+/=?^_`{|}~.é-]|[a-zé][–’·]){1,5}") {
            let text = format!("{before}jane@x.example");
            let found = all(&text);
            prop_assert!(found.is_empty() || found == [text.clone()] || before.starts_with("mail="), "{text}: {found:?}");
        }
    }
}
