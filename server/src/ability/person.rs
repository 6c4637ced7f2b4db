//! The shopper asks for a person.
//!
//! Each word is tagged with what it can be (a person, a verb of contact, a wish, …); a few rules then look at how the
//! tags stand to each other. Words that only look alike lose their tag first: "human hair", "agent code", "my
//! manager", "a gift for someone".

use super::{
    handover::{Reason, Signal},
    words::{Patterns, Text, listed, listed_loosely},
};
use std::sync::LazyLock;

/// People who can be asked for by a word alone.
#[rustfmt::skip]
const PERSON: &[&str] = &[
    "human", "humans", "agent", "agents", "representative", "representatives", "rep", "operator", "operators", "advisor",
    "adviser", "advisors", "person", "persons",
    "humain", "humaine", "humains", "conseiller", "conseillere", "conseillers", "conseille", "operateur", "operatrice", "interlocuteur",
    "mensch", "menschen", "menschlich*", "mitarbeiter", "mitarbeiterin", "mitarbeitern", "berater", "beraterin",
    "ansprechpartner", "ansprechpartnerin", "sachbearbeiter", "agenten",
    "humano", "humana", "persona", "agente", "agentes", "asesor", "asesora", "operador", "operadora", "representante", "ejecutivo", "ejecutiva",
];
/// People who are meant only beside a verb of contact.
#[rustfmt::skip]
const STAFF: &[&str] = &[
    "someone", "somebody", "anyone", "anybody", "sb", "manager", "supervisor", "colleague", "colleagues", "employee",
    "employees", "staff", "team", "specialist", "expert", "people", "guys", "folks", "crew", "leute", "department", "boss", "owner", "abteilung", "leuten", "departement", "sav", "departamento", "duena", "dueno", "boss", "technician",
    "personne", "quelquun", "qqn", "qqun", "responsable", "collaborateur", "collaborateurs", "collegue", "employe", "equipe",
    "superieur", "technicien", "gerant", "directeur", "vendeur", "vendeuse",
    "jemand", "jemanden", "jemandem", "person", "kollege", "kollegen", "kollegin", "vorgesetzten", "vorgesetzter", "chef", "team",
    "verantwortlichen", "geschaftsfuhrer",
    "alguien", "personas", "supervisora", "encargado", "encargada", "empleado", "empleada", "gerente", "jefe", "equipo",
    "companero", "companera", "ud", "tecnico",
];
/// The merchant's side as a whole.
#[rustfmt::skip]
const SERVICE: &[&str] = &[
    "kundenservice", "kundendienst", "kundensupport", "kundenbetreuung", "support", "service", "soporte", "helpdesk",
];
/// The same in several words.
#[rustfmt::skip]
static SERVICES: LazyLock<Patterns> = LazyLock::new(|| Patterns::new(&[
    "customer service/services/support/care/relations", "service client/clients/clientele", "atencion al cliente",
    "servicio al/de cliente", "personal de _ tienda/atencion/servicio/soporte", "member of _ staff/team/crew", "membre de _ equipe", "servicio de atencion", "support team/staff", "service apres vente", "live chat/agent/support",
    "live person", "help desk", "call center/centre", "sales team/rep", "support client",
]));
/// What makes anybody a person and no bot.
#[rustfmt::skip]
const REAL: &[&str] = &[
    "real", "actual", "live", "living", "vrai", "vraie", "reelle", "reel", "vivante", "physique", "echt", "echte", "echten", "echter",
    "richtigen", "richtiger", "richtige", "personlichen", "lebenden", "verdad", "verdadera", "verdadero", "carne",
];
/// To get in touch.
#[rustfmt::skip]
const CONTACT: &[&str] = &[
    "talk", "tlak", "speak", "speek", "spek", "speck", "chat", "discuss", "contact", "reach", "connect", "transfer", "escalate", "forward", "call", "phone", "hold",
    "touch", "ask", "put", "ring", "through", "line", "hook", "complain", "send", "message", "text", "reply", "answer", "respond", "telephone", "consult", "connected", "transferred", "forwarded", "pass", "hand", "refer", "redirect", "switch",
    "parler", "parlez", "parle", "discuter", "echanger", "joindre", "contacter", "contacte", "contact", "relation", "passer", "passez",
    "passe", "transferer", "transferez", "appeler", "appelle", "rappeler", "rappelle", "rappelez", "transmettre", "transmettez", "ligne", "telephone", "telephoner", "adresser", "communiquer", "causer", "entretenir", "envoyez", "orienter", "orientez", "dirigez", "basculer", "repondre", "reponde",
    "sprechen", "spreche", "reden", "chatten", "schreiben", "telefonieren", "verbinden", "verbinde", "verbindet", "kontaktieren", "erreichen",
    "erreiche", "weiterleiten", "weitergeben", "durchstellen", "durch", "melden", "meldet", "klaren", "kontakt", "zuruckrufen", "anrufen", "anruft", "telefon", "apparat", "unterhalten", "besprechen", "wenden", "quatschen", "anschreiben", "ruckruf", "gesprach", "schicken", "leiten", "weiterreichen", "antworten", "antwortet", "ubergeben",
    "hablar", "ablar", "hable", "hablo", "charlar", "chatear", "comunicar", "comunicarme", "comunicarse", "comuniqueme", "comunica", "contactar",
    "conectar", "conecta", "conecteme", "pasar", "pasarme", "paseme", "pasame", "transferir", "transfiereme", "transfierame", "pongame",
    "ponme", "ponerme", "atienda", "atiendan", "atender", "llame", "llamen", "llamar", "derivar", "deriveme", "tratarlo", "tratar",
    "contacto", "escalar", "escale", "poner", "ponerse", "telefono", "linea", "platicar", "contacte", "contacten", "atendiera", "atendieran", "atendido", "mandeme", "mandame", "manden", "dirijame", "llameme", "conteste", "contesten", "responda", "respondan", "remitir", "remitame", "escribir", "conversar",
];
/// To look after a case.
#[rustfmt::skip]
const CARE: &[&str] = &[
    "look", "take", "takes", "check", "review", "handle", "assist", "help", "see", "solve", "deal", "voir", "prendre", "prenne", "reprendre", "intervenir", "examiner", "gerer", "aider", "aide", "regarde", "regarder", "verifie", "traite", "occupe", "anschaut",
    "ansehen", "anschauen", "helfen", "hilft", "ubernehmen", "ubernimmt", "bearbeiten", "beantworten", "prufen", "kummert", "kummern", "revise", "revisara", "revisar", "ver", "mirar", "encargue", "encargarse", "solucionar", "resolver", "valorar", "ayude", "ayudar",
];
/// A wish.
#[rustfmt::skip]
const WANT: &[&str] = &[
    "want", "wanna", "need", "get", "give", "prefer", "require", "demand", "have", "id", "request", "requesting", "like", "gimme",
    "veux", "voudrais", "voudrai", "aimerais", "souhaite", "souhaiterais", "besoin", "exige", "prefere", "prefererais", "avoir", "demande", "donnez",
    "will", "mochte", "moechte", "brauche", "benotige", "hatte", "gern", "gerne", "gib", "geben", "lieber", "verlange", "wunsche", "wurde",
    "quiero", "quisiera", "necesito", "nesesito", "nececito", "deseo", "exijo", "prefiero", "gustaria", "solicito", "dame", "deme", "denme", "dadme", "pidan", "gebt", "envoyez", "filez", "donne", "hatten", "ocupo",
];
/// What may stand between a wish and the person wished for, and beside a person who is asked for in a word.
#[rustfmt::skip]
const FILLER: &[&str] = &[
    "a", "an", "the", "me", "to", "with", "some", "your", "ur", "from", "please", "pls", "plz", "plss", "now", "just", "one", "of", "ok",
    "here", "immediately", "right", "asap", "hi", "hello", "hey", "thanks", "thank", "you", "i", "is", "another", "being", "beings", "good", "w", "by", "go", "can",
    "un", "une", "le", "la", "l", "d", "de", "des", "du", "moi", "svp", "stp", "s", "il", "vous", "plait", "avec", "a", "au", "j", "je", "etre", "bonjour",
    "merci", "non", "autre", "votre", "vos", "mieux", "maintenant", "tout", "suite",
    "ein", "eine", "einen", "einem", "einer", "mit", "den", "der", "die", "dem", "bitte", "mir", "mich", "ich", "ihren", "ihrem", "jetzt", "sofort", "hallo",
    "danke", "mal", "euren", "eurem", "zu", "zum", "an", "vom",
    "el", "una", "con", "por", "favor", "al", "hola", "gracias", "ya", "que", "me", "ahora", "su", "mi", "yo",
];
/// No wish, when it stands before one.
#[rustfmt::skip]
const NOT: &[&str] = &[
    "not", "dont", "doesnt", "didnt", "never", "without", "instead", "neednt", "wont", "pas", "sans", "plus", "jamais", "nicht", "kein", "keinen",
    "keine", "keinem", "keiner", "ohne", "statt", "nie", "sin",
];
/// A complaint that it cannot be done, or a question whether it can: no refusal, whatever is denied in it.
#[rustfmt::skip]
const CAN: &[&str] = &[
    "can", "cant", "cannot", "couldnt", "why", "peux", "peut", "puis", "pourrais", "pouvez", "arrive", "kann", "konnen", "konnte", "konnten",
    "warum", "puedo", "puede", "podria", "podrian", "pourquoi",
];
#[rustfmt::skip]
const BOT: &[&str] = &[
    "bot", "bots", "robot", "robots", "chatbot", "chatbots", "machine", "machines", "ai", "computer", "automat", "automate", "ia", "ki", "roboter",
    "maschine", "maschinen", "maquina", "maquinas", "ordinateur",
];
/// Whose people they are: the shop's.
const THEIRS: &[&str] =
    &["your", "ur", "votre", "vos", "ihr", "ihrem", "ihren", "euer", "eurem", "euren", "su", "vuestro", "tu"];
/// Whose people they are: the shopper's own, not the shop's.
const OWN: &[&str] = &[
    "my", "mon", "ma", "mes", "mein", "meine", "meinem", "meinen", "meiner", "mi", "mis", "his", "her",
    "their", "son",
];
/// For whom something is bought.
const FOR: &[&str] = &["for", "pour", "fur", "para", "like", "comme", "wie", "als", "como"];
const DETERMINER: &[&str] = &[
    "a", "an", "the", "un", "une", "l", "le", "la", "ein", "eine", "einen", "den", "die", "una", "el",
    "real", "vraie",
];
const NUMBER: &[&str] = &[
    "two", "three", "four", "deux", "trois", "quatre", "zwei", "drei", "vier", "dos", "tres", "cuatro",
    "many", "viele", "cuantas", "combien", "much",
];
/// What a word for a person is only the first half of.
#[rustfmt::skip]
const COMPOUND: &[&str] = &[
    "hair", "wig*", "code*", "number*", "id", "sized", "size", "rights", "resources", "nature", "body", "anatomy", "skull*", "skeleton*",
    "level*", "manual*", "tent*", "scale", "grade", "costume*", "name", "shape*", "made", "figure*", "doll*", "poster*", "portal",
    "page", "hours", "policy", "sizing", "bandage*", "wear", "cooper", "provocateur", "orange", "nettoyant", "limpiador", "mural", "beam*", "layer", "post*",
    "de", "der", "des", "book*", "carrier*", "headset*", "desk", "limpieza", "teeth", "shield", "friendly", "stocking*", "case",
];
/// What a word for a person is only the second half of.
#[rustfmt::skip]
const BEFORE_COMPOUND: &[&str] = &[
    "cheveux", "droits", "corps", "ressources", "pelo", "cabello", "derechos", "cuerpo", "recursos", "cleaning", "voice", "bleaching", "code",
    "codigo", "per", "par", "pro", "lumbar", "phone", "secret", "travel", "each", "every", "chaque", "jede", "jeder", "cada", "colchon", "arch",
];

/// Asked outright, as [`Patterns`].
#[rustfmt::skip]
static OUTRIGHT: LazyLock<Patterns> = LazyLock::new(|| Patterns::new(&[
    "someone/somebody/anyone/anybody/you/have _ _ _ call/ring/phone me", "crew/team/staff/someone/somebody _ _ get back to", "call me back", "give me a call", "please call me", "call me please/asap/now/on/at", "me a callback", "request a callback",
    "transfer/connect/escalate/redirect me", "hand me over/off", "put me through/on", "put me in touch", "pass me on/to/over", "escalate this/it/my", "get hold of _ _ person/human/someone/somebody",
    "who can/could/do/should i talk/speak/write/turn/call/contact", "qui puis/peux/dois je _ contacter/appeler/joindre/adresser", "an wen _ _ _ _ wenden", "wer ist _ zustandig", "a quien puedo/debo _ contactar/dirigir*/llamar", "con quien hablo", "wen kann ich", "let me talk/speak to/with your/a/the/someone/somebody",
    "rappelez moi", "rappelle moi", "me rappel*", "m appel*", "appelez moi", "passez moi un/une/le/la/quelquun/votre", "transferez moi", "mise/mis/mettre/mettez/mettes en relation/contact",
    "moi _ en relation/contact", "a qui puis/peux je _ parler/adresser/m", "a qui parler", "contact avec un/une/votre",
    "rufen sie mich", "ruf* mich _ an", "mich _ _ zuruckrufen/anrufen", "mich _ _ _ zuruckruf*", "verbinden/verbinde sie mich", "verbinde mich", "stellen sie mich", "mit wem kann ich", "wen kann ich _ sprechen/anrufen",
    "leiten sie mich", "leite mich",
    "llamarme", "llamenme", "llameme", "llamame", "me llamen", "me llame _ alguien/un/una", "con quien _ hablar/hablo", "pasame/paseme/pongame/ponme/comuniqueme/transfierame/transfiereme/conecteme con",
    "transferirme/pasarme/comunicarme/ponerme con",
    "give/get me _ someone/somebody/manager/supervisor/boss/anyone", "let/put me _ through to", "passer/donnez/donne moi _ _ quelquun/responsable/superieur/directeur", "me passer _ quelquun/qqn/responsable",
    "geben sie mir _ _ vorgesetzten/chef/kollegen/jemanden", "gib mir _ _ chef/jemanden/vorgesetzten", "holen sie _ jemanden/chef", "hol mir _ jemanden/chef", "deme/dame/pasenme/denme _ _ jefe/encargado/gerente/alguien",
    "complain to your/a/the", "someone/somebody on the phone/line", "quelquun/qqn/conseiller au telephone", "jemanden _ _ am telefon/apparat", "qu on me rappelle/contacte", "wer kann mir _ helfen",
]));
/// Taken back.
#[rustfmt::skip]
static DECLINED: LazyLock<Patterns> = LazyLock::new(|| Patterns::new(&[
    "no need", "not necessary", "not needed", "unnecessary", "no longer need", "dont have to", "rather not", "pas besoin", "plus besoin", "pas la peine", "pas necessaire",
    "inutile de", "nicht notig", "nicht notwendig", "nicht mehr notig", "no hace falta", "no es necesario", "no necesito", "ya no",
]));

#[derive(Clone, Copy, Default)]
struct Tags {
    person: bool,
    staff: bool,
    service: bool,
    real: bool,
    contact: bool,
    care: bool,
    want: bool,
    filler: bool,
    not: bool,
    bot: bool,
}

impl Tags {
    fn anybody(self) -> bool {
        self.person || self.staff || self.service
    }
}

/// Finds the wish for a person.
pub fn asked_for(text: &Text) -> Option<Signal> {
    let tags = tag(text);
    let found = outright(text, &tags)
        .or_else(|| contact_with(text, &tags))
        .or_else(|| no_bot(text, &tags))
        .or_else(|| wished_for(text, &tags))
        .or_else(|| with_real_people(text, &tags))
        .or_else(|| is_there(text, &tags))
        .or_else(|| in_a_word(text, &tags));
    let (first, last, confidence) = found?;
    Some(Signal {
        reason: Reason::AskedForHuman,
        confidence,
        why: format!("Asks for a person: “{}”", text.quote(first, last)),
    })
}

/// First and last word of what matched, and how sure that is.
type Found = Option<(usize, usize, f32)>;

fn tag(text: &Text) -> Vec<Tags> {
    let mut tags: Vec<Tags> = text
        .words
        .iter()
        .map(|word| {
            let word = word.text.as_str();
            Tags {
                person: !looks_like_a_person(word) && listed_loosely(word, PERSON),
                staff: listed(word, STAFF),
                service: listed(word, SERVICE),
                real: listed(word, REAL),
                contact: !looks_like_contact(word) && listed_loosely(word, CONTACT),
                care: listed(word, CARE),
                want: listed(word, WANT),
                filler: listed(word, FILLER),
                not: listed(word, NOT),
                bot: listed(word, BOT),
            }
        })
        .collect();
    for at in 0..tags.len() {
        if let Some(length) = SERVICES.at(text, at) {
            tags[at..at + length].iter_mut().for_each(|tag| {
                tag.service = true;
                tag.contact = false;
            });
        }
    }
    for (at, tag) in tags.iter_mut().enumerate() {
        if tag.anybody() && is_somebody_else(text, at) {
            (tag.person, tag.staff, tag.service) = (false, false, false);
        }
        // « j'ai parlé » tells what was; « je veux parlé » is how many write « parler ».
        let was = ["ai", "as", "a", "avons", "ont", "t"];
        if text.at(at).starts_with("parle") && listed(text.at(at.wrapping_sub(1)), &was) {
            tag.contact = false;
        }
    }
    tags
}

/// Real words that are one slip away from a word for a person.
fn looks_like_a_person(word: &str) -> bool {
    let apart = [
        "argent", "urgent", "beraten", "beratet", "personal", "agency", "humane", "agencia", "conseils",
        "conseil", "person's",
    ];
    listed(word, &apart)
}

/// Real words that are one slip away from a verb of contact.
fn looks_like_contact(word: &str) -> bool {
    let apart = [
        "sprachen",
        "versprechen",
        "contents",
        "sprecher",
        "relations",
        "tratan",
        "pasado",
        "pasada",
        "pasa",
        "passt",
        "habe",
        "haben",
        "hablamos",
        "halt",
        "claren",
        "melder",
        "passend",
        "passen",
        "reader",
        "contains",
        "calls",
        "hablado",
        "trata",
    ];
    listed(word, &apart)
}

/// A word for a person that means none of the shop's: "human hair", "my manager", "for someone", "two people".
fn is_somebody_else(text: &Text, at: usize) -> bool {
    let same_clause = |other: usize| text.words.get(other).is_some_and(|w| w.clause == text.words[at].clause);
    let before = |steps: usize| at.checked_sub(steps).filter(|i| same_clause(*i)).map_or("", |i| text.at(i));
    let after = if same_clause(at + 1) { text.at(at + 1) } else { "" };
    let word = text.at(at);
    // "support de téléphone" is a thing, "conseiller de vente" a person.
    let of_something = ["de", "der", "des"].contains(&after);
    let may_be_a_thing = ["support", "service", "soporte", "agent"].contains(&word);
    let compound = listed(after, COMPOUND) && (may_be_a_thing || !of_something);
    let for_somebody = |near: &str, far: &str| {
        listed(near, FOR)
            && !listed(
                far,
                &["ask", "asking", "asked", "looking", "wait", "waiting", "demande", "would", "d"],
            )
    };
    compound
        || listed(before(1), OWN)
        || (listed(before(2), OWN)
            && !listed(before(1), &["case", "order", "to", "mit"])
            && listed(before(1), REAL))
        || listed(before(1), BEFORE_COMPOUND)
        || listed(before(1), NUMBER)
        || (before(1).bytes().all(|b| b.is_ascii_digit()) && !before(1).is_empty())
        || for_somebody(before(1), before(2))
        || (listed(before(1), DETERMINER) && for_somebody(before(2), before(3)))
}

/// Whether what stands at a word is refused rather than asked for.
fn refused(text: &Text, tags: &[Tags], at: usize) -> bool {
    let clause = text.words[at].clause;
    let near = |i: usize| text.words[i].clause == clause;
    let start = at.saturating_sub(4);
    let declined = (at.saturating_sub(5)..at).any(|i| near(i) && DECLINED.at(text, i).is_some());
    let spanish_no = at > 0 && near(at - 1) && ["no", "ni"].contains(&text.at(at - 1));
    if declined {
        return true;
    }
    let denied = spanish_no
        || (start..at).any(|i| {
            let no_want =
                text.at(i) == "no" && tags.get(i + 1).is_some_and(|tag| tag.want) && text.at(i + 1) != "need";
            near(i) && (tags[i].not || no_want)
        });
    denied && !(start.saturating_sub(4)..at).any(|i| near(i) && listed(text.at(i), CAN))
}

fn outright(text: &Text, tags: &[Tags]) -> Found {
    let (first, last) = OUTRIGHT.find(text)?;
    if refused(text, tags, first) {
        return None;
    }
    // To the person, if one is named: that is what the merchant wants to read.
    let end = (last..tags.len().min(last + 5))
        .rev()
        .find(|i| tags[*i].anybody() && text.words[*i].sentence == text.words[first].sentence);
    Some((first, end.unwrap_or(last), if end.is_some() { 0.95 } else { 0.85 }))
}

/// "talk to a person", "mit einem Menschen sprechen", "someone I can talk to".
fn contact_with(text: &Text, tags: &[Tags]) -> Found {
    (0..tags.len()).find_map(|at| {
        let sentence = text.words[at].sentence;
        let within = |steps: usize| at + 1..tags.len().min(at + 1 + steps);
        let here = |i: &usize| text.words[*i].sentence == sentence;
        if tags[at].contact {
            let other = within(7).filter(here).find(|i| tags[*i].anybody())?;
            if refused(text, tags, at) {
                return None;
            }
            return Some((at, other, if tags[other].person || tags[other].service { 0.95 } else { 0.85 }));
        }
        if tags[at].anybody() && !told(text, at) {
            let ours = real(tags, at) || tags[at].person || listed(text.at(at.wrapping_sub(1)), THEIRS);
            let verb = within(7).filter(here).find(|i| tags[*i].contact || (tags[*i].care && ours))?;
            let negated = refused(text, tags, at) || (at..verb).any(|i| tags[i].not && !can_before(text, at));
            return (!negated && !after_own(text, at, verb)).then_some((at, verb, 0.8));
        }
        None
    })
}

fn can_before(text: &Text, at: usize) -> bool {
    (at.saturating_sub(5)..at).any(|i| listed(text.at(i), CAN))
}

/// Somebody who did something: a story, no wish.
fn told(text: &Text, at: usize) -> bool {
    let next = text.at(at + 1);
    listed(
        next,
        &["hat", "has", "had", "said", "told", "ha", "stole", "robo", "wants", "will", "quiere", "veut"],
    ) || (next == "a" && !listed(text.at(at + 2), &["qui", "quien"]))
}

/// "speak with my manager" after a person of the shop's: the contact is with somebody else.
fn after_own(text: &Text, from: usize, verb: usize) -> bool {
    (from..verb).any(|i| listed(text.at(i), OWN)) && listed(text.at(verb + 1), OWN)
}

fn real(tags: &[Tags], at: usize) -> bool {
    (at.saturating_sub(1)..=(at + 2).min(tags.len().saturating_sub(1))).any(|i| tags[i].real)
}

/// "I don't want to talk to a bot", "a person, not a machine".
fn no_bot(text: &Text, tags: &[Tags]) -> Found {
    let bot = (0..tags.len()).find(|at| tags[*at].bot)?;
    let sentence = text.words[bot].sentence;
    let before = bot.saturating_sub(8)..bot;
    let here = |i: &usize| text.words[*i].sentence == sentence;
    let denied = before.clone().filter(here).find(|i| {
        tags[*i].not
            || (listed(
                text.at(*i),
                &["no", "stop", "tired", "sick", "fed", "marre", "harto", "harta", "satt", "instead"],
            ))
    })?;
    // German puts its verb last.
    let end = (bot + 3).min(tags.len());
    if (denied..end).filter(here).any(|i| tags[i].contact) {
        return Some((denied, bot, 0.9));
    }
    let somebody = (0..tags.len()).find(|i| here(i) && (tags[*i].person || tags[*i].staff));
    (bot - denied <= 2 && somebody.is_some()).then(|| {
        let other = somebody.unwrap_or(bot);
        (denied.min(other), bot.max(other), 0.9)
    })
}

/// "I need a human", "give me a person": nothing but small words between.
fn wished_for(text: &Text, tags: &[Tags]) -> Found {
    (0..tags.len()).find_map(|at| {
        let wanted = |i: usize| tags[i].person || (tags[i].staff && real(tags, i) && i > 0);
        if !wanted(at) {
            return None;
        }
        let sentence = text.words[at].sentence;
        let wish = (at.saturating_sub(6)..at)
            .rev()
            .take_while(|i| {
                text.words[*i].sentence == sentence && (tags[*i].filler || tags[*i].real || tags[*i].want)
            })
            .filter(|i| tags[*i].want)
            .last()?;
        (!refused(text, tags, wish) && ends_well(text, tags, at)).then_some((wish, at, 0.9))
    })
}

/// What follows a person who is asked for: nothing, or a word that goes on about something else. Anything else
/// makes another thing of it ("a person scale").
fn ends_well(text: &Text, tags: &[Tags], at: usize) -> bool {
    const ON: &[&str] = &[
        "for",
        "who",
        "that",
        "about",
        "because",
        "cause",
        "not",
        "and",
        "on",
        "regarding",
        "this",
        "there",
        "available",
        "to",
        "working",
        "pour",
        "qui",
        "car",
        "parce",
        "pas",
        "et",
        "derriere",
        "reelle",
        "dans",
        "joignable",
        "der",
        "fur",
        "weil",
        "nicht",
        "und",
        "wegen",
        "aus",
        "im",
        "in",
        "da",
        "hier",
        "von",
        "vom",
        "sprechen",
        "para",
        "porque",
        "no",
        "y",
        "sobre",
        "de",
        "del",
        "aqui",
        "hay",
        "urgente",
        "urgent",
        "dringend",
        "instead",
        "anytime",
        "today",
    ];
    let Some(next) = text.words.get(at + 1) else { return true };
    // "I prefer a person to be at home"
    if next.text == "to" && listed(text.at(at + 2), &["be", "sign", "wear", "sit", "use", "carry"]) {
        return false;
    }
    next.clause != text.words[at].clause || tags[at + 1].filler || tags[at + 1].real || listed(&next.text, ON)
}

/// "a hotline with real people", "handled by a real person".
fn with_real_people(text: &Text, tags: &[Tags]) -> Found {
    const WITH: &[&str] = &["with", "to", "by", "from", "avec", "par", "mit", "von", "con", "por"];
    (0..tags.len()).find_map(|at| {
        if !listed(text.at(at), WITH) {
            return None;
        }
        let real = (at + 1..tags.len().min(at + 3)).find(|i| tags[*i].real)?;
        let person = tags.get(real + 1).filter(|tag| tag.person || tag.staff)?;
        let one_sentence = text.words[real + 1].sentence == text.words[at].sentence;
        (one_sentence && person.anybody() && !refused(text, tags, at)).then_some((at, real + 1, 0.8))
    })
}

/// "is there a real person", "y a-t-il un humain".
fn is_there(text: &Text, tags: &[Tags]) -> Found {
    static THERE: LazyLock<Patterns> = LazyLock::new(|| {
        Patterns::new(&[
            "is there",
            "are there",
            "anyone/anybody",
            "do you _ have",
            "y a t il",
            "il y a",
            "y a",
            "gibt es",
            "gibts",
            "ist da/hier",
            "ist hier",
            "hay",
            "tienen",
            "habt ihr",
            "haben sie",
        ])
    });
    (0..tags.len()).find_map(|at| {
        let length = THERE.at(text, at)?;
        let from = at + length;
        let person = (from..tags.len().min(from + 5)).find(|i| {
            text.words[*i].sentence == text.words[at].sentence
                && (tags[*i].person || (tags[*i].staff && real(tags, *i)))
        })?;
        let only_small = (from..person).all(|i| {
            tags[i].filler
                || tags[i].real
                || listed(text.at(i), &["any", "hier", "alguna", "algun", "here", "actually"])
        });
        (only_small && ends_well(text, tags, person)).then_some((at, person, 0.8))
    })
}

/// "agent", "real person please": a sentence of nothing else.
fn in_a_word(text: &Text, tags: &[Tags]) -> Found {
    let mut first = 0;
    while first < tags.len() {
        let sentence = text.words[first].sentence;
        let end = (first..tags.len()).find(|i| text.words[*i].sentence != sentence).unwrap_or(tags.len());
        let words = &tags[first..end];
        let person = words.iter().any(|t| t.person || t.service)
            || words.windows(2).any(|t| (t[0].real && t[1].staff) || (t[0].staff && t[1].real));
        let nothing_else = words.iter().all(|t| t.anybody() || t.real || t.filler || t.want);
        // A question of a word ("Person?") or a refusal ("no agent") is something else, and so is a service alone
        // that is only half of a name.
        let lonely = words.len() == 1 && text.at(first) == "service";
        if words.len() <= 7 && person && nothing_else && !lonely {
            return Some((first, end - 1, 0.9));
        }
        first = end;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(text: &str) -> Option<String> {
        asked_for(&Text::read(text)).map(|signal| signal.why)
    }

    #[test]
    fn says_what_matched() {
        assert_eq!(
            why("Hi, could I TALK to a real person?").as_deref(),
            Some("Asks for a person: “TALK to a real person”")
        );
    }

    #[test]
    fn a_refusal_is_no_wish_and_a_complaint_is_one() {
        for text in [
            "I don't want to talk to a human",
            "no need to transfer me",
            "je ne veux pas parler à un conseiller",
        ] {
            assert!(why(text).is_none(), "{text}");
        }
        for text in ["why can't I talk to a human", "Kann ich nicht mit einem Menschen sprechen?"] {
            assert!(why(text).is_some(), "{text}");
        }
    }

    #[test]
    fn the_shoppers_own_people_are_not_the_shops() {
        for text in ["can I talk to my manager first", "I need human hair", "I want a gift for someone"] {
            assert!(why(text).is_none(), "{text}");
        }
    }
}
