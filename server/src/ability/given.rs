//! Finds out which address in a message is the shopper's own: given as a contact, not only mentioned.
//!
//! "My email is …", a lone address or "use … instead" clearly give one. "I got an email from …", "do not write to …" or
//! "my colleague …" clearly do not. For anything in between, the shopper is asked.

use super::{
    email_capture::ShopAddresses,
    words::{Patterns, Text, listed},
};
use crate::address::{self, Found, Reading};
use app::model::EmailAddress;
use std::sync::LazyLock;

/// What a message says about the shopper's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// No address that could be the shopper's.
    Nothing,
    /// This is the shopper's address.
    Given(EmailAddress),
    /// Only addresses that, by the wording, belong to someone else.
    Mentioned,
    /// It may be the shopper's, or there are several.
    Unclear,
}

/// How clearly an address has to be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected<'a> {
    /// The shopper was just asked: an address is the answer, unless the wording says otherwise.
    Answer,
    /// The shopper was not asked.
    Nothing,
    /// There is a working address, which only clear wording replaces.
    Change {
        /// The known address.
        known: &'a EmailAddress,
    },
}

/// How many other words a message may have beside an address and still be an answer.
const FEW_WORDS: usize = 3;
/// A phrase with more words before the address than this does not give it. This also limits the work.
const LONGEST_GIVING: usize = 16;
/// A message with more addresses than this gives none of them.
const MOST: usize = 8;

/// Reads a message.
pub fn heard(text: &str, shop: &ShopAddresses, expected: Expected<'_>) -> Heard {
    let reading = address::in_text(text);
    if reading.found.len() > MOST {
        return Heard::Unclear;
    }
    let is_known =
        |address: &EmailAddress| matches!(expected, Expected::Change { known } if same(known, address));
    // Each address once, with the clearest statement about it.
    let mut candidates: Vec<(&EmailAddress, Stance)> = Vec::new();
    for (index, Found { address, .. }) in reading.found.iter().enumerate() {
        if shop.has(address) || address::is_of_a_machine(address) {
            continue;
        }
        let stance = stance(&reading, index);
        match candidates.iter_mut().find(|(other, _)| same(other, address)) {
            Some((_, known)) => *known = stance.max(*known),
            None => candidates.push((address, stance)),
        }
    }
    candidates.retain(|(address, _)| !is_known(address));
    let only = |least: Stance, most: Stance| {
        let mut those = candidates.iter().filter(|(_, stance)| (least..=most).contains(stance));
        those.next().filter(|_| those.next().is_none()).map(|(address, _)| (*address).clone())
    };
    if candidates.is_empty() {
        return Heard::Nothing;
    }
    let anybodys = candidates.iter().any(|(_, stance)| *stance != Stance::Mentioned);
    let given = candidates.iter().any(|(_, stance)| *stance == Stance::Given);
    let found = match expected {
        _ if given => only(Stance::Given, Stance::Given),
        Expected::Answer if candidates.iter().all(|(_, stance)| *stance != Stance::Mentioned) => {
            only(Stance::Unclear, Stance::Given)
        }
        Expected::Nothing if candidates.iter().all(|(_, stance)| *stance > Stance::Unclear) => {
            only(Stance::Alone, Stance::Given)
        }
        Expected::Answer | Expected::Nothing | Expected::Change { .. } => None,
    };
    match found {
        Some(address) => Heard::Given(address),
        None if anybodys => Heard::Unclear,
        None => Heard::Mentioned,
    }
}

fn same(one: &EmailAddress, other: &EmailAddress) -> bool {
    one.as_str().eq_ignore_ascii_case(other.as_str())
}

/// What the wording says about one address, from weakest to strongest. If the address appears twice, the stronger
/// statement counts, so [`Stance::Mentioned`] outweighs all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stance {
    /// Nothing recognisable, in a sentence of many words.
    Buried,
    /// Nothing, in a few words.
    Unclear,
    /// A sentence of its own, beside other matters.
    Alone,
    /// Given by the shopper as a contact.
    Given,
    /// Someone else's, or not to be used.
    Mentioned,
}

/// Placeholders for the address in question and for any other one, as words that no one writes.
const THIS: &str = "qxthisaddressqx";
const OTHER: &str = "qxotheraddressqx";

fn stance(reading: &Reading, index: usize) -> Stance {
    let (masked, is_named) = masked(reading, index);
    let text = Text::read(&masked);
    let Some(at) = text.words.iter().position(|word| word.text == THIS) else { return Stance::Unclear };
    let (sentence, clause) = (text.words[at].sentence, text.words[at].clause);
    // Within the clause, as far as it is about this address and no other.
    let is_near = |i: usize| text.words[i].clause == clause && text.words[i].text != OTHER;
    let from = (0..at).rev().take_while(|i| is_near(*i)).last().unwrap_or(at);
    let to = (at + 1..text.words.len()).take_while(|i| is_near(*i)).last().map_or(at + 1, |last| last + 1);
    let other_follows = text.words.get(to).is_some_and(|word| word.text == OTHER && word.clause == clause);
    let within = |patterns: &Patterns, from: usize, to: usize| {
        (from..to).any(|i| patterns.at(&text, i).is_some_and(|length| i + length <= to))
    };
    // The last words before another address are about that one: "use a@x.example and not b@x.example".
    let after = if other_follows { at + 1 } else { to };
    if within(&NOT_TO_BE_USED, from, at) || within(&NOT_TO_BE_USED_BEHIND, at + 1, after) {
        return Stance::Mentioned;
    }
    let first = (0..at).rev().take_while(|i| text.words[*i].sentence == sentence).last().unwrap_or(at);
    let last =
        (at..text.words.len()).take_while(|i| text.words[*i].sentence == sentence).last().unwrap_or(at);
    let leads_here = |patterns: &Patterns| {
        let leads = |i: &usize| patterns.at(&text, *i).is_some_and(|length| *i + length == at + 1);
        (first..=at).rev().find(|i| leads(i) && (*i..at).all(|i| text.at(i) != OTHER))
    };
    // A word that giving an address does not need ("my nan's address", "my email provider", "send a copy to") makes it a
    // mention.
    let says_so = |i: usize| {
        IN_A_GIVING.at(&text, i).is_some() || listed(text.at(i), SAYS_NOTHING) || listed(text.at(i), MAY_YOU)
    };
    let plain = |from: usize| at - from <= LONGEST_GIVING && (from..at).all(says_so);
    // "Your system shows my email as …": the words before the pattern can also say that it is someone else's.
    let nobody_elses = |first: usize| !within(&SOMEBODY_ELSES, first.min(from), at + 1);
    let says_mine = |first: usize| plain(from) || (first..at).any(|i| listed(text.at(i), IS));
    let own = leads_here(&OWN).is_some_and(|i| plain(i) && says_mine(i) && nobody_elses(i))
        || leads_here(&OWN_CONTACT).is_some_and(nobody_elses);
    let replaces = within(&CHANGES, first, at) && within(&IN_ANOTHERS_PLACE, first, at + 1);
    if within(&CHANGED_BY_OTHERS, first, last + 1) {
        return Stance::Mentioned;
    }
    if own || replaces || OWN_BEHIND.at(&text, at).is_some() {
        return Stance::Given;
    }
    let others = |of: &dyn Fn(usize) -> bool| {
        let says = |i: &usize| *i != at && of(*i) && !listed(text.at(*i), SAYS_NOTHING);
        (0..text.words.len()).filter(says).count()
    };
    let on_this_line = others(&|i| text.words[i].sentence == sentence);
    let question = text.asks(sentence);
    let polite = text
        .words
        .iter()
        .position(|word| word.sentence == sentence)
        .is_some_and(|first| (first..first + 3).any(|i| listed(text.at(i), MAY_YOU)));
    let asked_about = question && !polite && on_this_line > 0;
    if asked_about || within(&SOMEBODY_ELSES, from, at + 1) || within(&SOMEBODY_ELSES, at + 1, to) {
        return Stance::Mentioned;
    }
    let to_be_used = leads_here(&TO_BE_USED).is_some() || TO_BE_USED_BEHIND.at(&text, at).is_some();
    if to_be_used && plain(from) {
        return Stance::Given;
    }
    let says_more = |from: usize, to: usize| {
        within(&SOMEBODY_ELSES, from, to)
            || within(&NOT_TO_BE_USED, from, to)
            || within(&NOT_TO_BE_USED_BEHIND, from, to)
    };
    // Alone, or in the form of a mail header, or with a name on another line.
    let beside = others(&|_| true);
    let signed = beside <= 3
        && !says_more(0, text.words.len())
        && !text.words.iter().any(|word| text.asks(word.sentence));
    if beside == 0 || (signed && (is_named || on_this_line == 0)) {
        return Stance::Given;
    }
    let stands_alone = others(&|i| text.words[i].clause == clause && text.words[i].sentence == sentence) == 0;
    if stands_alone && within(&SOMEBODY_ELSES, first, last + 1) {
        return Stance::Mentioned;
    }
    // "My accountant needs the invoice, …" may give the accountant's address.
    let of_whom = (first..at).any(|i| {
        listed(text.at(i), MY) && !listed(text.at(i + 1), MY_THINGS) && IN_A_GIVING.at(&text, i + 1).is_none()
    });
    if stands_alone && !question && !of_whom && !says_more(first, last + 1) {
        return Stance::Alone;
    }
    // "The seller is …", "he uses …" are about someone else, unlike a name beside an address.
    let about_someone = (from..at).any(|i| listed(text.at(i), ABOUT)) && !plain(from);
    if of_whom || about_someone || on_this_line > FEW_WORDS { Stance::Buried } else { Stance::Unclear }
}

/// Replaces the addresses by words. Returns whether a name precedes this one, as in `Jane <jane@…>`. Decoration of an
/// address and its separation from the words around it are removed: "write to: «jane@…»".
fn masked(reading: &Reading, index: usize) -> (String, bool) {
    let mut masked = String::with_capacity(reading.text.len());
    let mut end = 0;
    let mut is_named = false;
    for (i, found) in reading.found.iter().enumerate() {
        let before = reading.text.get(end..found.from).unwrap_or_default();
        let decoration = |c: char| " \t:\"'<([{*_~`«“„‟‘‹「『【".contains(c);
        if i == index {
            is_named = before.trim_end_matches(['*', '_']).ends_with('<');
        }
        let before = before.trim_end_matches(decoration);
        let before = before.strip_suffix("mailto").unwrap_or(before);
        masked.push_str(if i == 0 { before } else { before.trim_start_matches(BEHIND) });
        masked.push_str(if i == index { " " } else { "  " });
        masked.push_str(if i == index { THIS } else { OTHER });
        masked.push(' ');
        end = found.to;
        // `<mailto:jane@x.example|jane@x.example>`
        let again = format!("|{}", reading.text.get(found.from..found.to).unwrap_or_default());
        if reading.text.get(end..).is_some_and(|rest| rest.starts_with(&again)) {
            end += again.len();
        }
    }
    masked.push_str(reading.text.get(end..).unwrap_or_default().trim_start_matches(BEHIND));
    // One word, whichever way it is spelled.
    let masked = masked
        .to_lowercase()
        .replace(['\u{2010}', '\u{2011}'], "-")
        .replace("e-mail", "email")
        .replace("from now on", "now");
    (masked, is_named)
}

/// Closing decoration.
const BEHIND: &[char] =
    &['"', '\'', '>', ')', ']', '}', '*', '_', '~', '`', '»', '”', '“', '’', '›', '」', '』', '】'];

/// The start of a polite question.
const MAY_YOU: &[&str] = &[
    "can", "could", "would", "will", "please", "kannst", "konnen", "konnten", "konnt", "wurden", "wurdest",
    "bitte", "pouvez", "pourriez", "peux", "puede", "pueden", "podria", "podrian", "podeis",
];

/// Words that say nothing beside an address.
#[rustfmt::skip]
const SAYS_NOTHING: &[&str] = &[
    OTHER, "mailto", "email", "emails", "mail", "adress*", "address", "correo", "courriel", "electronico", "electronique",
    "hi", "hello", "hey", "ok", "okay", "yes", "yep", "sure", "sorry", "oops", "no", "wait", "well", "then", "so", "and", "thanks",
    "thank", "thx", "you", "please", "pls", "best", "regards", "cheers", "again", "correction", "of", "course", "here",
    "ja", "klar", "gerne", "danke", "bitte", "hallo", "guten", "tag", "nein", "ach", "also", "und", "hier", "moment", "schon",
    "entschuldigung", "sorry", "viele", "grusse", "lg", "mfg", "vielen", "dank", "natürlich", "naturlich", "stimmt",
    "oui", "merci", "bonjour", "salut", "pardon", "desole*", "voila", "voici", "d", "accord", "bien", "svp", "s", "il",
    "vous", "plait", "cordialement", "alors", "ah", "oh", "non", "et",
    "si", "gracias", "hola", "vale", "claro", "perdon", "perdona", "disculpe*", "saludos", "por", "favor", "aqui", "y", "bueno",
];

/// Words that may stand between the start of a phrase that gives an address and the address. Any other word makes it a
/// mention.
static IN_A_GIVING: LazyLock<Patterns> = LazyLock::new(|| {
    Patterns::new(&[
        // English
        "my/mine/our/i/am/im/id/me/us/we/it/its/this/that/thats/these/the/a/an/one",
        "is/are/be/should/would/will/has/have/just/now/still/to/at/on/in/under/for/by/with/new",
        "other/current/correct/right/real/work/private/personal/main/primary/own/best/better/preferred/updated/business/contact/following/emailaddress/changed",
        "change/switch/update/use/using/try/write/send/reply/answer/respond/everything/response/heres/go/can/could/rather/back/instead",
        "your/hmm/perhaps/maybe/wait",
        // German
        "mein*/unser*/ich/wir/bin/mir/mich/uns/es/das/die/der/den/dem/eine/ist/lautet/ware/jetzt/nun",
        "neue*/neu/aktuelle*/richtige*/korrekte*/private*/andere*/mailadr*/emailadr*/folgende*/auf/unter/zu/zur/ab/sie/ihr/antwort*/alles/nutz*",
        "benutz*/verwend*/nehm*/nimm/schreib*/send*/schick*/mail*/lieber/stattdessen/besser/kommt/heisse/geandert/hat/sich/kann*/konn*/doch/einfach",
        "sofort/kunftig/ander*",
        // French
        "mon/ma/notre/nous/je/suis/joignable/moi/c/ce/est/sera/la/le/les/l/une/un/suivante/suivant",
        "nouvel*/nouveau/bon/bonne/actuel*/perso*/pro/mel/utilis*/pren*/ecri*/envo*/repon*/reponse/votre/sur/plutot/desormais/maintenant/pouvez",
        "tout/de/en/pour/change*",
        // Spanish
        "mi/mis/nuestr*/yo/soy/seria/el/los/este/esta/nuevo/nueva/correct*/actual/principal/direccion/mejor/us*/utili*/escrib*",
        "envi*/mand*/respond*/contest*/respuesta/todo/al/ahora/tiene*/va/pueden/puede/siguiente/cambi*/mio/e/que",
    ])
});

/// Words that say what an address is, unlike "as" or "to".
#[rustfmt::skip]
const IS: &[&str] = &[
    "is", "its", "changed", "ist", "lautet", "ware", "est", "sera", "es", "seria",
];

/// "My", before people and things.
const MY: &[&str] = &["my", "our", "mein*", "unser*", "mon", "ma", "mes", "notre", "mi", "mis", "nuestr*"];

/// Things of their own that shoppers write about.
#[rustfmt::skip]
const MY_THINGS: &[&str] = &[
    "order*", "account", "parcel", "package", "delivery", "refund", "money", "invoice", "item*", "password", "subscription", "payment",
    "card", "number", "name", "email", "mail", "address", "last", "first",
    "bestell*", "konto", "kundenkonto", "paket", "lieferung", "sendung", "geld", "rechnung", "passwort", "abo", "zahlung", "name", "adresse",
    "commande", "compte", "colis", "livraison", "remboursement", "argent", "facture", "achat", "abonnement", "paiement", "nom",
    "pedido", "cuenta", "paquete", "envio", "reembolso", "dinero", "factura", "compra", "suscripcion", "pago", "nombre", "correo",
];

/// Words that introduce someone or something, unlike a name.
#[rustfmt::skip]
const ABOUT: &[&str] = &[
    "my", "our", "the", "a", "an", "your", "he", "she", "they", "it",
    "mein*", "unser*", "der", "die", "das", "ein*", "er", "sie", "euer", "ihr*",
    "mon", "ma", "mes", "notre", "le", "la", "les", "l", "un", "une", "il", "elle", "ils", "votre",
    "mi", "mis", "nuestr*", "el", "los", "las", "una", "su", "sus", "ellos",
];

/// Before an address: it is the shopper's own.
static OWN: LazyLock<Patterns> = LazyLock::new(|| {
    Patterns::new(&[
        "my/mine/our _ _ email/mail/address/adress/emailaddress _ _ _ qxthisaddressqx",
        "my/our new/other/current/correct/right/real/work/private one is qxthisaddressqx",
        "mine is _ qxthisaddressqx",
        "im/id qxthisaddressqx",
        "i am qxthisaddressqx",
        "i am at qxthisaddressqx",
        "this/it is me qxthisaddressqx",
        "meine/mein/meiner/meinen/unsere _ _ mail/email/adresse/mailadresse/emailadresse/mailadr _ _ _ qxthisaddressqx",
        "meine neue/aktuelle/richtige/private _ _ qxthisaddressqx",
        "meine ist/lautet _ qxthisaddressqx",
        "ich bin _ qxthisaddressqx",
        "bin _ unter qxthisaddressqx",
        "ich heisse _ _ qxthisaddressqx",
        "mon/ma/notre _ _ mail/email/adresse/courriel/mel _ _ _ _ qxthisaddressqx",
        "ma/mon nouvelle/nouveau/bonne/bon est _ qxthisaddressqx",
        "je suis qxthisaddressqx",
        "je suis joignable a/sur/au qxthisaddressqx",
        "c est moi qxthisaddressqx",
        "mi/mis/nuestro _ _ correo/email/mail/direccion/e _ _ _ _ qxthisaddressqx",
        "mi nuevo/nueva es qxthisaddressqx",
        "el mio es _ qxthisaddressqx",
        "soy qxthisaddressqx",
    ])
});

/// Before an address: it is the shopper's own, whatever words are in the gaps.
static OWN_CONTACT: LazyLock<Patterns> = LazyLock::new(|| {
    Patterns::new(&[
        "メールは/メールアドレスは/アドレスは/私のメールは/邮箱是/我的邮箱是/邮箱地址是/我的邮箱地址是/이메일은/메일은/이메일주소는 qxthisaddressqx",
        // Italian, Portuguese, Dutch, Polish and related languages, Russian
        "mia/mio _ email/mail/indirizzo/posta _ _ _ qxthisaddressqx",
        "meu/minha _ email/mail/endereco/correio _ _ _ qxthisaddressqx",
        "mijn _ email/mail/mailadres/emailadres/adres _ _ qxthisaddressqx",
        "moj/moja/moje/muj _ email/mail/mejl/adres/adresa _ _ qxthisaddressqx",
        "мой/моя/мое/моё _ адрес/почта/email/мейл/имейл/емейл _ _ qxthisaddressqx",
        "me/us _ _ at/on/under/via/through/by/using _ _ qxthisaddressqx",
        "me/us an email/mail _ at/to _ qxthisaddressqx",
        "email/mail/write/contact/reach/answer me/us _ qxthisaddressqx",
        "mir/uns _ _ an/unter/auf/via/per _ _ qxthisaddressqx",
        "mich/uns _ _ an/unter/auf/via/per/uber _ _ qxthisaddressqx",
        "ecrivez/ecris/contactez/contacte/joignez/repondez/reponds/appelez/envoyez moi _ _ _ qxthisaddressqx",
        "me/m/nous contacter/joindre/ecrire/repondre/recontacter/envoyer _ _ _ qxthisaddressqx",
        "escribanme/escribame/escribeme/escribidme/escribirme/contactenme/contacteme/contactame/contactarme _ _ _ qxthisaddressqx",
        "respondanme/respondame/respondeme/responderme/avisenme/aviseme/avisame/envienme/envieme/enviame/enviarme _ _ _ qxthisaddressqx",
        "mandenme/mandeme/mandame/mandarme/localizarme/encontrarme/diganme _ _ _ qxthisaddressqx",
        "me pueden/puede/puedes _ _ a/en/al qxthisaddressqx",
    ])
});

/// After an address: it is the shopper's own.
static OWN_BEHIND: LazyLock<Patterns> = LazyLock::new(|| {
    Patterns::new(&[
        "qxthisaddressqx is/its my/mine/me",
        "qxthisaddressqx is the right/correct/new _",
        "qxthisaddressqx ist meine/mein",
        "qxthisaddressqx ist die neue/richtige/aktuelle",
        "qxthisaddressqx gehort mir",
        "qxthisaddressqx est _ mon/ma/mienne/mien",
        "qxthisaddressqx c est moi/mon/ma",
        "qxthisaddressqx es _ mi/mio/mia",
    ])
});

/// Before an address: write there.
static TO_BE_USED: LazyLock<Patterns> = LazyLock::new(|| {
    Patterns::new(&[
        "use/using/try _ _ qxthisaddressqx",
        "write/email/mail/send/reply/answer/respond _ _ _ _ to _ qxthisaddressqx",
        "change/changed/switch/update/correct _ _ _ _ to qxthisaddressqx",
        "nutze/nutzt/nutzen/benutze/benutzt/benutzen/verwende/verwendet/verwenden/nehmen/nehmt/nimm _ _ _ _ qxthisaddressqx",
        "schreib*/send*/schick*/antwort*/maile*/mailt* _ _ _ _ an _ qxthisaddressqx",
        "utilisez/utilise/utiliser/prenez/prends _ _ _ _ qxthisaddressqx",
        "ecrivez/ecris/ecrire/envoyez/envoie/envoyer/repondez/reponds/repondre _ _ _ _ a/sur _ qxthisaddressqx",
        "usen/usa/use/usar/usad/utilice*/utiliza/utilizad/utilizar _ _ _ _ qxthisaddressqx",
        "escriban/escriba/escribe/escribid/escribir/envien/envie/envia/enviad/enviar/manden/mande/manda/respondan/responda/responde/responder/contesten/conteste/contesta _ _ _ _ a/al _ qxthisaddressqx",
        "its/thats/it/that is qxthisaddressqx",
        "it/that would be qxthisaddressqx",
        "its/thats qxthisaddressqx",
        "here is/are _ _ qxthisaddressqx",
        "heres _ _ qxthisaddressqx",
        "here qxthisaddressqx",
        "here you go qxthisaddressqx",
        "email/mail/address/adress/one is/now/should _ _ qxthisaddressqx",
        "email/mail/address/adress/contact qxthisaddressqx",
        "new/current/right/correct/updated email/mail/address/adress/one _ _ qxthisaddressqx",
        "new/current/right/correct/updated qxthisaddressqx",
        "rather/better qxthisaddressqx",
        "adresse/mail/email/mailadresse/emailadresse/es/das/sie/die ist/lautet/ware _ qxthisaddressqx",
        "neue/neuen/aktuelle/richtige/korrekte adresse/mail/email/mailadresse/emailadresse _ _ qxthisaddressqx",
        "neu/neue qxthisaddressqx",
        "adresse/mailadresse/emailadresse qxthisaddressqx",
        "hier ist/kommt _ _ qxthisaddressqx",
        "hier qxthisaddressqx",
        "lieber/stattdessen/besser _ qxthisaddressqx",
        "c est qxthisaddressqx",
        "c est bien/maintenant/desormais qxthisaddressqx",
        "ce sera qxthisaddressqx",
        "adresse/mail/email/courriel/mel est _ qxthisaddressqx",
        "voici/voila _ _ qxthisaddressqx",
        "nouveau/nouvelle/bonne/bon adresse/mail/email/courriel _ _ qxthisaddressqx",
        "courriel/mel qxthisaddressqx",
        "plutot _ qxthisaddressqx",
        "correo/email/mail/direccion es/seria/sera qxthisaddressqx",
        "es/seria/sera qxthisaddressqx",
        "correo/direccion/email nuevo/nueva/correcto/correcta _ qxthisaddressqx",
        "nuevo/nueva correo/direccion/email _ _ qxthisaddressqx",
        "correo/direccion qxthisaddressqx",
        "aqui esta/tiene/tienen/va _ _ qxthisaddressqx",
        "mejor _ qxthisaddressqx",
        "email/mail/address for me/us is _ qxthisaddressqx",
    ])
});

/// After an address: write there.
static TO_BE_USED_BEHIND: LazyLock<Patterns> = LazyLock::new(|| {
    Patterns::new(&[
        "qxthisaddressqx instead",
        "qxthisaddressqx is/works better/best/fine",
        "qxthisaddressqx stattdessen",
        "qxthisaddressqx statt",
        "qxthisaddressqx plutot",
        "qxthisaddressqx au lieu",
        "qxthisaddressqx en vez",
        "qxthisaddressqx en lugar",
        "qxthisaddressqx mejor",
    ])
});

/// Before an address: do not write there.
static NOT_TO_BE_USED: LazyLock<Patterns> = LazyLock::new(|| {
    Patterns::new(&[
        "not/never/dont/doesnt/isnt/wasnt/wont/cant/cannot/didnt/shouldnt/stop/avoid/nor/neither/without/except",
        "instead of/than",
        "anything/everything/all/anyone but",
        "todo/todos/cualquiera menos",
        "dejen/deje/deja/dejad/arretez/arrete/arreter de",
        "delete*/remove*/losch*/entfern*/supprim*/effac*/borr*/elimin*",
        "unsubscrib*/abmeld*/desabonn*/desinscri*/baja/block/sperr*/bloque*",
        "used to",
        "email/mail/address/adress/adresse/mailadresse/emailadresse/courriel/correo/direccion was/war/etait/era",
        "leaving/verlasse/quitte/dejo",
        "formerly/previously/fruher/autrefois/utilisais/usaba/antes/vroeger",
        "rather than",
        "no longer",
        "old/former/previous/wrong/outdated/expired/ex/fake/dead",
        "nicht/nie/niemals/nimmer/kein*/weder/ausser/ohne",
        "alte/alten/alter/altes/fruhere/fruheren/ehemalige/ehemaligen/falsche/falschen/vorherige",
        "statt/anstatt/anstelle",
        "ne/n/pas/jamais/sans/sauf/ni",
        "ancien/ancienne/anciens/vieux/vieille/fausse/faux/mauvaise/mauvais",
        "lieu de/d",
        "plutot que",
        "no _ escrib*/escriba/us*/utilic*/mand*/envi*/contact*/respond*/contest*",
        "no soy/es/era/a/al/me/le/lo/la/se/tengo/quiero/funciona/existe",
        "nunca/jamas/tampoco/sin/excepto/salvo",
        "antiguo/antigua/viejo/vieja/anterior/equivocad*/incorrect*/fals*",
        // Italian, Portuguese, Dutch, Polish, Russian, Arabic, Chinese
        "non/nao/niet/geen/nie/не/нет/لا",
        "vecchio/vecchia/velho/velha/antigo/antiga/oude/stary/stara/старый/старая",
        "不要*/请不要*/請不要*/别*/勿*/请勿*/請勿*",
        "vez/lugar de",
    ])
});

/// Something should change.
static CHANGES: LazyLock<Patterns> = LazyLock::new(|| {
    Patterns::new(&[
        "change*/switch*/update*/replace*/correct",
        "ander*/geandert/wechsel*/aktualisier*/ersetz*/korrigier*",
        "changer/changez/remplace*/modifi*/corrige*",
        "cambi*/actualiz*/reemplaz*/sustitu*/corrij*",
    ])
});

/// This address after the one it replaces.
static IN_ANOTHERS_PLACE: LazyLock<Patterns> = LazyLock::new(|| {
    Patterns::new(&[
        "from/von/de qxotheraddressqx to/into/auf/zu/in/a/vers/en/par/por qxthisaddressqx",
        "qxotheraddressqx by/with/durch/mit/par/por/con qxthisaddressqx",
    ])
});

/// After an address: do not write there.
static NOT_TO_BE_USED_BEHIND: LazyLock<Patterns> = LazyLock::new(|| {
    Patterns::new(&[
        "に送らないで*/には送らないで*/ではありません/ではない*/じゃない*/ではなく*/아닙니다/아니에요",
        "not/never/isnt/doesnt/wasnt/dont/anymore/wrong/old/outdated/dead/bounces/bounced/gone/fake",
        "no longer",
        "nicht/falsch/veraltet/alt/ungultig/kein*",
        "n/ne/pas/plus/fausse/faux/invalide",
        "no es/era/funciona/existe/vale/sirve/la/lo",
        "ya no",
        "incorrect*/equivocad*",
    ])
});

/// It is someone else's, or only mentioned.
static SOMEBODY_ELSES: LazyLock<Patterns> = LazyLock::new(|| {
    Patterns::new(&[
        // English
        "from/got/received/came/comes/wrote/written/emailed/mailed/sent/contacted/called/claims/says",
        "i/we/ill/shall _ _ write/email/mail/send/reply/contact/forward",
        "colleague*/coworker*/boss/friend*/husband*/wife*/wifes/partner*/mother*/mom/moms/mum/mums/father*/dad/dads",
        "brother*/sister*/son/sons/daughter*/neighbo*/assistant*/accountant*/supplier*/seller*/recipient*/roommate*/flatmate*",
        "his/her/hers/their/theirs/someone*/somebody*/stranger*/scam*/spam/phishing/fraud*/hacker*",
        "shows/shown/displays/appears/listed/spelled/misspelled/typed/says/reads",
        "landlord*/lawyer*/grandma/grandmother*/granny/aunt*/uncle*/client*/customer*/employer*",
        "your email/mail/address/support/contact/account/team/company/shop/store",
        "you/yours/legit/genuine/real qxthisaddressqx",
        "is/are/was/were that/this/it/they you/yours/real/legit",
        "who/whose",
        "belong*",
        "waiting for/on",
        // German
        "von/vom/bekommen/bekam/erhalten/erhielt/kam/kamen/geschrieben/schrieb/geschickt/schickte/gesendet/kontaktiert/gemailt",
        "kolleg*/chef/chefin/freund/freundin/freunde/mann/frau/partner*/mutter/vater/bruder/schwester/sohn/tochter/nachbar*/mitbewohner*/empfanger*",
        "steht/stehen/angezeigt/eingetragen/aufgefuhrt/angemeldet",
        "vermieter*/anwalt/anwaltin/oma/opa/mama/papa/tante/onkel/kunde/kundin",
        "sein/seine/seiner/deren/dessen/jemand*/fremde*/betrug*/absender*/wer/wem/wessen",
        "ihre/ihrer/eure/euer/eurer/deine/dein mail/email/adresse/mailadresse/support/kontakt*/firma/shop",
        "ich/wir _ _ schreib*/send*/schick*",
        "gehort/seid/sind",
        // French
        "recu/recue/recois/vient/viennent/venait/venu/provient/provenant/envoye/envoyee/ecrivait",
        "j/je _ _ ecris/ecrire",
        "ai/avons/a/avais ecrit/envoye/contacte",
        "mail/email/message/courriel/colis/facture/reponse de/d qxthisaddressqx",
        "collegue*/ami/amie/mari/femme/copain/copine/patron/patronne/chef/mere/pere/frere/soeur/fils/fille/voisin*/conjoint*/destinataire",
        "affiche/affichee/notee/note/inscrite/indiquee",
        "proprietaire/avocat/avocate/mamie/papi/maman/papa/tante/oncle/client/cliente",
        "son/sa/leur/quelqu/quelquun/expediteur/arnaque/hameconnage/frauduleu*",
        "votre/vos/ton/ta mail/email/adresse/courriel/support/service/boutique",
        "est ce",
        "c est vous",
        "appartient",
        // Spanish
        "recibi/recibido/recibimos/llego/llegado/vino/viene/escribi/escribio/escrito/enviaron/enviado/mandado/mandaron",
        "le/les envie/mande",
        "companer*/coleg*/amig*/marido/esposo/esposa/mujer/jefe/jefa/madre/padre/hermano/hermana/hijo/hija/vecin*/pareja/destinatari*",
        "aparece/aparecen/figura/figuran",
        "casero/casera/abogado/abogada/abuel*/mama/papa/tia/tio/cliente/clienta",
        "el/un vale",
        "alguien/remitente/estafa*/fraude/desde",
        "correo/email/mail/mensaje/paquete/factura/respuesta de qxthisaddressqx",
        "su/sus/vuestro/vuestra/tu correo/email/mail/direccion/soporte/tienda/contacto",
        "son/es/sois ustedes/usted/vosotros/suyo/tuyo/vuestro",
        "quien/pertenece",
        // Someone told the shopper to write there.
        "told me/us/to",
        "m/nous a/ont dit",
        "me/nos dijo/dijeron",
        "meinte/meinten/sagte/sagten",
        "hacked/gehackt/pirate/piratee/hackeado/hackeada/hackearon",
        "employee*/mitarbeiter*/empleado/empleada/employe",
        // Italian, Portuguese, Dutch, Polish, Russian
        "marito/moglie/collega/collegh*/amico/amica/namorad*/vrouw/vriend*/mąż/żona/kolega/муж/жена/коллега/друг/подруга",
        "ricevuto/recebi/recebido/kreeg/ontving/ontvangen/dostałem/dostałam/пришло/получил/получила",
    ])
});

/// The shopper complains that others have changed the address.
static CHANGED_BY_OTHERS: LazyLock<Patterns> = LazyLock::new(|| {
    Patterns::new(&[
        "was/were/been/got/someone/somebody/they/you changed/replaced/hacked/stolen/hijacked",
        "stolen/hijacked/gestohlen/geklaut/volee/robado/robada/robaron",
        "wurde/wurden/worden _ _ _ geandert/ersetzt/ausgetauscht",
        "geandert/ersetzt/ausgetauscht wurde/worden",
        "on a change/modifie/remplace",
        "ont change/modifie/remplace",
        "cambiaron/modificaron/reemplazaron",
        "han cambiado/modificado",
    ])
});

#[cfg(test)]
mod tests {
    use super::*;

    fn shop() -> ShopAddresses {
        ShopAddresses::new(&["support@shop.example"])
    }

    fn known() -> EmailAddress {
        EmailAddress::parse("jane@example.com").unwrap()
    }

    fn heard_by(text: &str, expected: Expected<'_>) -> Option<String> {
        match heard(text, &shop(), expected) {
            Heard::Given(address) => Some(address.into()),
            _ => None,
        }
    }

    /// Sentences that give `new@x.example`.
    const GIVEN: &[&str] = &[
        "メールはnew@x.exampleです",
        "我的邮箱是new@x.example。",
        "이메일은 new@x.example 입니다",
        "new@x.example",
        "New <new@x.example>",
        "La mia email è new@x.example",
        "O meu e-mail é new@x.example",
        "Mijn e-mail is new@x.example",
        "Mój adres to new@x.example",
        "Мой адрес: new@x.example",
        "new@x.example, thanks",
        "Sorry, new@x.example",
        "new@x.example\nJane Doe",
        "My email is new@x.example",
        "my e-mail: new@x.example",
        "my new email address is new@x.example",
        "I can't log in, my email is new@x.example",
        "My email changed, it's new@x.example now",
        "please use new@x.example instead",
        "use new@x.example instead of old@y.example",
        "not old@y.example, use new@x.example",
        "Please change my email from old@y.example to new@x.example",
        "you can reach me at new@x.example",
        "Write me at new@x.example please",
        "You can write to new@x.example",
        "could you send the answer to new@x.example?",
        "no wait, it is new@x.example",
        "I am new@x.example",
        "new@x.example is my email",
        "Meine E-Mail ist new@x.example",
        "meine neue Adresse lautet new@x.example",
        "Bitte schreiben Sie mir an new@x.example",
        "Bitte die Antwort an: new@x.example schicken, meine Mail ist new@x.example",
        "Sie erreichen mich unter new@x.example",
        "Nutzen Sie stattdessen bitte new@x.example",
        "Nicht old@y.example, bitte new@x.example nehmen, meine Adresse ist new@x.example",
        "Hier ist meine Mail: new@x.example",
        "Mon adresse mail est new@x.example",
        "écrivez-moi à new@x.example",
        "Vous pouvez me contacter à new@x.example",
        "C'est new@x.example",
        "Utilisez plutôt new@x.example",
        "ma nouvelle adresse e-mail est la suivante : new@x.example",
        "voici mon mail : new@x.example merci",
        "Mi correo es new@x.example",
        "mi nuevo correo electrónico es new@x.example",
        "Escríbanme a new@x.example",
        "Pueden contactarme en new@x.example",
        "usen mejor new@x.example",
        "no es old@y.example, mi correo es new@x.example",
        "Es new@x.example, gracias",
        "Change it to new@x.example please",
        "My mail isn't old@y.example, it's new@x.example",
        "I moved jobs. My address is new@x.example",
        "please reply to new@x.example",
        "email me: new@x.example",
        "that's new@x.example",
        "Can you write me at new@x.example?",
        "We use new@x.example now, our email is new@x.example",
        "Ich bin jetzt unter new@x.example erreichbar, schreibt mir an new@x.example",
        "meine Mailadresse hat sich geändert: new@x.example",
        "Schicken Sie es bitte an new@x.example",
        "Könnten Sie die Antwort an new@x.example senden?",
        "Ich heiße Jane, meine E-Mail-Adresse lautet new@x.example",
        "Je suis Jane, mon e-mail c'est new@x.example",
        "Répondez-moi à l'adresse new@x.example",
        "Pourriez-vous envoyer la réponse à new@x.example ?",
        "Remplacez old@y.example par new@x.example",
        "mon nouveau mail : new@x.example",
        "Me pueden escribir a new@x.example",
        "Envíenme la respuesta a new@x.example",
        "Mi dirección es new@x.example",
        "¿Pueden responder a new@x.example?",
        "Cambien old@y.example por new@x.example",
        "mi e-mail: new@x.example",
        "so please use new@x.example from now on",
        "The best address for me is new@x.example",
        "that would be new@x.example",
        "je suis joignable à new@x.example",
    ];

    /// Sentences in which an address is someone else's or unclear.
    const MENTIONED: &[&str] = &[
        // Each has a word that giving an address does not need.
        "my boss's email is old@x.example",
        "my nan's address is old@x.example",
        "my carpenter's email is old@x.example",
        "Is it possible that my email is saved as old@x.example?",
        "Your chatbot thinks I am old@x.example",
        "the shipping update went to old@x.example instead of me",
        "my email provider blocked old@x.example",
        "could you copy my manager in, old@x.example",
        "please gift it to old@x.example",
        "he uses old@x.example",
        "send the tracking link to old@x.example",
        "email the certificate to old@x.example please",
        "Meine Mailadresse lautete bis Mai old@x.example",
        "Der Klempner hat die Adresse old@x.example",
        "Mein Steuerberater braucht die Rechnung, old@x.example",
        "bei euch ist meine Mail als old@x.example gespeichert",
        "Mein Zahnarzt ist old@x.example",
        "Schickt den Lieferschein an old@x.example",
        "meine E-Mail wird als old@x.example angezeigt",
        "Unbekannte haben meine Adresse durch old@x.example ersetzt",
        "mon comptable veut la facture, old@x.example",
        "vous avez enregistré mon adresse comme old@x.example",
        "le vendeur s'appelle old@x.example",
        "mon adresse apparaît comme old@x.example",
        "c'est ma nièce qui utilise old@x.example",
        "mi fontanero es old@x.example",
        "envíen el vale a old@x.example",
        "mi gestor necesita la factura, old@x.example",
        "ustedes guardaron mi correo como old@x.example",
        "el correo de mi prima es old@x.example",
        "mi sobrino usa old@x.example",
        // Found by an outside tester.
        "meine E-Mail wurde auf old@x.example geändert!",
        "on a changé mon adresse en old@x.example",
        "cambiaron mi correo a old@x.example",
        "send a copy to old@x.example",
        "please send the voucher to old@x.example, not to me",
        "send the invoice to old@x.example but answer me here",
        "you wrote my email as old@x.example",
        "your system shows my email: old@x.example but that's false",
        "My email was old@x.example until last year",
        "I am leaving old@x.example next month",
        "das Geschenk ist für old@x.example",
        "Schicken Sie eine Kopie an old@x.example",
        "Meine E-Mail war bis gestern old@x.example",
        "In meinem Konto steht meine Adresse als old@x.example",
        "mein Konto ist auf old@x.example angemeldet, das ist meine Tochter",
        "le cadeau est pour old@x.example",
        "envoyez la facture à old@x.example",
        "mon propriétaire est old@x.example",
        "mon adresse chez vous est notée old@x.example, c'est une erreur",
        "no soy old@x.example",
        "mi casero es old@x.example",
        "manden la factura a old@x.example",
        "mi correo aparece mal como old@x.example",
        "メールはold@x.exampleには送らないでください",
        "That fraud@y.example is a fake, please block it",
        "Unsubscribe bob@y.example",
        "The gift card should go to ann@y.example, the recipient",
        "My account bob@y.example was hacked",
        "Forward my complaint to ceo@y.example please, he is your CEO",
        "I used to be old@y.example",
        "Your driver gave me the address bob@y.example, is he real?",
        "Die Rechnung ging an bob@y.example, das bin ich aber nicht",
        "Ich bekomme ständig Werbung an bob@y.example",
        "Euer Mitarbeiter bob@y.example hat mir das versprochen",
        "Der Gutschein soll an ann@y.example gehen, das ist meine Schwester",
        "Der DHL-Bote meinte, ich soll bob@y.example fragen",
        "Ich hatte früher alt@y.example",
        "Désabonnez bob@y.example s'il vous plaît",
        "Le livreur m'a dit d'écrire à bob@y.example",
        "J'utilisais ancien@y.example avant",
        "Den de baja bob@y.example",
        "Su empleado bob@y.example me prometió un reembolso",
        "El repartidor me dijo que escribiera a bob@y.example",
        "Antes usaba viejo@y.example",
        "La factura se envió a bob@y.example por error",
        "Non scrivete a bob@y.example",
        "Mio marito usa bob@y.example",
        "Não escrevam para bob@y.example",
        "Schrijf niet naar bob@y.example",
        "Mijn vrouw gebruikt ann@y.example",
        "Nie piszcie na bob@y.example",
        "Не пишите на bob@y.example",
        "不要发到bob@y.example",
        "لا ترسلوا إلى bob@y.example",
        "I got a mail from billing@paypal.com, is that you?",
        "I got an email from no-reply@paypal.com, is that you?",
        "please do NOT write to old@former-job.com",
        "the tracking mail came from noreply@dhl.com",
        "the tracking mail came from tracking@dhl.com",
        "my colleague bob@y.example recommended you",
        "My husband's email is bob@y.example",
        "is help@y.example your address?",
        "Is this legit: security@y.example?",
        "I wrote to sales@y.example and nobody answered",
        "I don't use old@y.example anymore",
        "old@y.example is no longer mine",
        "old@y.example is my old address, not the current one",
        "My old email was old@y.example",
        "who is bob@y.example?",
        "Someone with bob@y.example ordered on my account",
        "the seller bob@y.example says it was shipped",
        "never send anything to old@y.example",
        "I received an invoice by billing@y.example",
        "Does bob@y.example work for you?",
        "Ich habe eine Mail von rechnung@y.example bekommen, seid ihr das?",
        "Bitte NICHT an alt@y.example schreiben",
        "Schreiben Sie bitte nicht mehr an alt@y.example",
        "Die Sendungsmail kam von noreply@dhl.de",
        "mein Kollege bob@y.example hat bei euch bestellt",
        "Meine alte Adresse war alt@y.example",
        "Ist kontakt@y.example Ihre Adresse?",
        "Ich habe an verkauf@y.example geschrieben und keine Antwort erhalten",
        "alt@y.example gibt es nicht mehr",
        "Gehört info@y.example zu euch?",
        "J'ai reçu un mail de facture@y.example, c'est vous ?",
        "N'écrivez surtout pas à ancien@y.example",
        "merci de ne plus écrire à ancien@y.example",
        "Le mail de suivi vient de noreply@laposte.fr",
        "mon collègue bob@y.example a commandé chez vous",
        "Mon ancienne adresse était ancien@y.example",
        "est-ce que contact@y.example est votre adresse ?",
        "J'ai écrit à vente@y.example sans réponse",
        "Recibí un correo de factura@y.example, ¿son ustedes?",
        "Por favor no escriban a viejo@y.example",
        "El correo de seguimiento vino de noreply@correos.es",
        "mi compañero bob@y.example compró con ustedes",
        "Mi antiguo correo era viejo@y.example",
        "¿Es contacto@y.example su correo?",
        "Escribí a ventas@y.example y nadie respondió",
        "ya no uso viejo@y.example",
        "support@shop.example never answers",
        "see https://cdn.shop.example/img/mug@2x.png",
        "order 77 was for ann@y.example as a gift and bob@y.example paid",
        "bob@y.example; ann@y.example",
        "@jane@mastodon.social",
        "the courier told me to ask bob@y.example, so what now?",
        "Did you send this to bob@y.example?",
        "your page says contact@y.example, does that work?",
        "I forwarded the mail from ann@y.example to bob@y.example",
        "my order was placed by my wife, ann@y.example",
        "someone changed my account to hacker@y.example!",
        "My friend Bob (bob@y.example) got his parcel already",
        "Don't use old@y.example",
        "stop mailing old@y.example",
        "why did bob@y.example get my invoice?",
        "do not reply to the sender ann@y.example",
        "the mail was sent to the wrong address bob@y.example",
        "Das Paket ging an meine Nachbarin ann@y.example",
        "Wer ist bob@y.example?",
        "Bitte löschen Sie alt@y.example, das ist nicht mehr meine Adresse",
        "die Rechnung ging an meine frühere Adresse alt@y.example",
        "Eine Nachricht von service@y.example sagt, mein Konto sei gesperrt",
        "Mein Mann hat mit bob@y.example bestellt",
        "n'utilisez plus ancien@y.example",
        "Qui est bob@y.example ?",
        "Ma femme a commandé avec ann@y.example",
        "la facture a été envoyée à ancien@y.example",
        "On m'a écrit depuis service@y.example, est-ce une arnaque ?",
        "¿Quién es bob@y.example?",
        "Mi esposa compró con ann@y.example",
        "nunca escriban a viejo@y.example",
        "Me llegó un mensaje de servicio@y.example",
        "dejen de usar viejo@y.example",
    ];

    #[test]
    fn given_address_is_taken_even_if_another_is_known() {
        let (mut wrong, known) = (Vec::new(), known());
        for text in GIVEN {
            for expected in [Expected::Answer, Expected::Nothing, Expected::Change { known: &known }] {
                if heard_by(text, expected).as_deref() != Some("new@x.example") {
                    wrong.push((text, expected));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn mentioned_address_is_not_taken() {
        let (mut wrong, known) = (Vec::new(), known());
        for text in MENTIONED {
            for expected in [Expected::Answer, Expected::Nothing, Expected::Change { known: &known }] {
                if heard_by(text, expected).is_some() {
                    wrong.push((text, expected));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn unclear_address_is_taken_only_as_an_answer() {
        for text in ["bob@y.example for the order", "hmm perhaps bob@y.example"] {
            assert_eq!(heard_by(text, Expected::Answer).as_deref(), Some("bob@y.example"), "{text}");
            assert_eq!(heard(text, &shop(), Expected::Nothing), Heard::Unclear, "{text}");
            assert_eq!(heard(text, &shop(), Expected::Change { known: &known() }), Heard::Unclear, "{text}");
        }
        let beside = "order 1042, bob@y.example";
        assert_eq!(heard_by(beside, Expected::Nothing).as_deref(), Some("bob@y.example"));
        assert_eq!(heard(beside, &shop(), Expected::Change { known: &known() }), Heard::Unclear);
    }

    #[test]
    fn known_address_is_ignored() {
        for text in ["JANE@example.com", "as I said: jane@example.com", "not jane@example.com"] {
            assert_eq!(heard(text, &shop(), Expected::Change { known: &known() }), Heard::Nothing, "{text}");
        }
        let changed =
            heard("not jane@example.com, use new@x.example", &shop(), Expected::Change { known: &known() });
        assert_eq!(changed, Heard::Given(EmailAddress::parse("new@x.example").unwrap()));
    }
}
