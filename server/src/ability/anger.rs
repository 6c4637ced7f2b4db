//! Detects an angry shopper.
//!
//! Words add up: one clear judgement of the shop is enough, and capitals and exclamation marks only add to it. Kind
//! words in the same message subtract, since people also swear out of joy.

use super::{
    handover::{Reason, Signal},
    words::{Patterns, Text, listed},
};
use std::sync::LazyLock;

/// Judgements and insults: enough by themselves, unless negated or about something else.
#[rustfmt::skip]
static JUDGEMENT: LazyLock<Patterns> = LazyLock::new(|| Patterns::new(&[
    "unacceptable", "outrageous", "pathetic", "bullshit", "wtf", "useless", "incompetent*", "disgusting", "disgraceful", "appalling", "rubbish service",
    "ridiculous", "stupid", "idiots", "idiot", "morons", "fuck*", "liars", "joke of a", "shameful", "infuriating", "crap", "shitty", "outraged", "scandalous",
    "inadmissible*", "inacceptable*", "scandaleux", "scandale", "honteux", "lamentable", "incompetents", "connard*", "merdique", "pitoyable", "deplorable", "minable*",
    "frechheit", "unverschamt*", "inakzeptabel", "lacherlich", "unfahig*", "saftladen", "zumutung", "dreist", "verarsch*", "dreckladen", "sauerei", "skandal", "unterirdisch", "arschl*", "idioten",
    "inaceptable", "indignante", "inutiles", "inutil", "sinverguenza*", "vergonzoso", "lamentable", "ridiculo", "ridicula", "porqueria", "pesimo", "pesima", "gilipollas", "desastre",
    "incompetentes", "imbeciles",
    "clowns", "garbage", "horrendous", "atrocious", "dreadful", "abysmal", "shambles", "unprofessional", "laughable", "hopeless", "frustrating", "frustrated", "ffs", "bastards", "assholes", "arseholes", "dickheads", "jerks", "nightmare of", "infuriated", "despicable", "lousy service", "joke company", "crappy", "bs", "wth",
    "incapables", "outre", "outree", "excede", "excedee", "charlatans", "guignols", "bouffons", "clowns", "catastrophique", "execrable", "insupportable", "inqualifiable", "intolerable", "menteurs", "debile*", "degueulasse", "abuse", "revoltant", "honteuse", "indigne", "irrespectueux", "grotesque", "foutage", "fumistes", "imbeciles",
    "katastrophal*", "miserabel", "grottig", "grottenschlecht", "schande", "armutszeugnis", "schweinerei", "unerhort", "bodenlos*", "lugner", "verschaukelt", "verappelt", "drecks*", "dreckig", "lachhaft", "beschissen*", "affig", "fassungslos", "nervt", "vollidioten", "pfeifen", "unfassbar",
    "burla", "caradura*", "mentirosos", "payasos", "chapuza", "nefasto", "nefasta", "atropello", "estupidos", "idiotas", "timadores", "capullos", "cabrones", "lamentables", "deplorable", "patetico", "patetica", "bochornoso", "vergonzosa", "insoportable", "abusivo", "pendejos", "indignacion",
    "lies", "mensonges", "lugen", "mentiras", "amateurs", "stumper",
    "unacceptably", "akzeptiere das nicht", "not acceptable", "pas acceptable", "pas normal", "nicht akzeptabel", "no es aceptable", "gar nicht gehen/geht",
]));
/// Judgements of several words, as [`Patterns`].
#[rustfmt::skip]
static PHRASE: LazyLock<Patterns> = LazyLock::new(|| Patterns::new(&[
    "what a joke", "is this a joke", "are you kidding", "you kidding me", "are you serious", "waste of time/money", "wasting my time", "how dare", "shame on", "worst _ service/shop/store/company/experience/support/website",
    "horrible/terrible/awful/bad/shocking/appalling _ service/support/experience", "want my money back", "never _ order*/buy*/shop* _ _ again", "reporting you", "report you", "sue you", "third/fourth/fifth time i", "third/fourth time _ wrong",
    "had enough", "what the hell/fuck/heck", "where the hell/fuck", "how the hell", "fed up", "treated so badly", "treated like", "so badly by", "charge* me twice", "ripped me off", "rip off", "ripoff", "you people", "piece of shit/crap", "this is shit", "this is nuts", "do you _ even care", "screw you", "answer me", "go to hell",
    "losing my patience", "lost my patience", "lost patience", "losing patience", "out of patience", "my patience", "lied to me", "you lied", "keep lying", "done with you/this/your", "end of my rope/tether", "driving me crazy/mad/nuts/insane", "enough is enough", "last straw", "for gods sake", "for fucks sake", "for christs sake", "for heavens sake", "beyond annoyed/frustrated/angry/belief", "ignoring me", "are you deaf/blind/dumb/stupid", "cant you read", "gives/give a damn/shit", "ruined my/our", "get your act together", "screwed me/up/over", "bunch of", "complete/total/absolute/utter joke/disaster/nonsense/mess/disgrace/nightmare", "a disgrace", "trading standards", "never been so", "what is wrong with you", "taking the piss/mickey", "sort _ out now", "the hell is", "stop lying", "piss* me off", "pissing me", "treat* customers like", "drives me mad",
    "ca suffit", "hors de moi", "a bout de", "a bout", "patience a _ limites", "perds patience", "prenez pour un/une/des", "prenez moi pour", "une blague", "une vaste blague", "c est abuse", "allez vous faire", "derniere fois que je", "la honte de", "repression des fraudes", "de pire en pire", "aucun respect", "manque de respect", "du n importe quoi", "pire service", "zero pointe", "me rend* fou/folle", "ma patience", "mentez", "me mener en bateau", "menez en bateau", "tourner en rond", "au secours les", "c est honteux", "jamais vu ca",
    "platzt _ _ der kragen", "platzt _ _ kragen", "konnt mich mal", "konnen mich mal", "geduldsfaden", "geduld _ _ ende", "meine geduld", "unter aller sau/kanone", "bin bedient", "leck mich", "leckt mich", "fur blod", "fur wie dumm/blod", "fur dumm", "gelogen", "belogen", "angelogen", "schlechter witz", "ein witz sein", "ein witz oder", "gehts noch", "geht s noch", "zum teufel", "verbraucherzentrale", "so ein mist", "auf 180", "auf die palme", "nicht mehr normal", "das allerletzte", "die hohe", "kein bock mehr", "eine katastrophe", "macht mich wahnsinnig", "treibt mich", "regt mich auf", "reicht jetzt", "hingehalten", "seid ihr noch ganz", "spinnt ihr", "zum verruckt", "so eine sauerei", "bin _ enttauscht und",
    "a la porra", "a la mierda", "poca seriedad", "poca verguenza", "me mintieron", "me han mentido", "hasta las narices/pelotas", "hasta el gorro/mono", "hasta la madre/coronilla", "hasta los cojones/huevos", "que les den", "que os den", "no hay derecho", "me cago", "se rien de", "os reis de", "enganado", "devuelvanme mi dinero", "devolvedme mi dinero", "perdida de tiempo", "paciencia se", "perdiendo la paciencia", "mi paciencia", "hoja de reclamaciones", "me sacan de quicio", "me saca de quicio", "que les pasa", "una broma de mal", "es una broma esto", "se estan riendo", "es una locura que", "me robaron", "me han robado", "ni responden", "no tienen verguenza", "peor compra",
    "foutez de", "moquez de/vous", "vous moquez", "vous fichez de", "sert/servez/sers a rien", "servez a", "plus jamais _ _ chez", "commanderai plus", "commande plus jamais", "bande de/d", "n importe quoi", "est nul/nulle/nuls", "une honte", "quelle honte", "du vol", "de merde", "ras le bol", "inadmissible", "vous signaler", "du grand", "se moque de/du", "la derniere fois que", "service nul", "prend* pour des", "comptez vous repondre",
    "nase voll", "nase gestrichen", "schnauze voll", "es reicht _ _ jetzt/mir/langsam", "jetzt reicht*", "reichts mir jetzt/aber/langsam", "mir reichts", "was erlauben sie", "was erlaubt ihr", "was fallt ihnen ein", "was bilden sie sich", "was soll der mist/scheiss/quatsch/unsinn/blodsinn", "was soll das", "nie wieder _ bestell*/kauf*/hier/bei", "nie wieder bestelle", "zur polizei", "schlechtester/schlechteste/schlechtesten _ service/laden/shop/kundenservice", "unmoglich wie", "das ist _ unmoglich", "einfach unmoglich", "ist das euer ernst", "ist das ihr ernst", "wollt ihr mich", "wollen sie mich", "fur dumm", "antwortet endlich", "eine schande", "das letzte", "geld zuruck sofort", "kundenservice ist mull", "zum kotzen", "hort auf mich",
    "que verguenza", "es una verguenza", "una verguenza", "tomando el pelo", "tomadura de pelo", "me toman el pelo", "vaya mierda", "una mierda", "falta de respeto", "nunca mas compro/compr*/pido/vuelvo", "no vuelvo a comprar", "no compro mas", "peor servicio/tienda/atencion/experiencia/empresa", "que asco", "se burlan", "me estan robando", "es el colmo", "el colmo", "ya basta", "basta ya", "los voy a denunciar", "os voy a denunciar", "voy a denunciar*", "no sirven para nada", "no sirve* para nada", "me tienen", "que falta de",
]));
/// Parts of a shop, and bad words about them.
#[rustfmt::skip]
const OF_THE_SHOP: &[&str] = &[
    "service", "shop", "store", "company", "support", "website", "delivery", "experience", "boutique", "magasin", "site", "livraison", "entreprise",
    "laden", "kundenservice", "kundendienst", "lieferung", "firma", "tienda", "servicio", "empresa", "atencion", "soporte", "envio", "bot", "chatbot",
];
#[rustfmt::skip]
const BAD: &[&str] = &[
    "horrible", "terrible", "awful", "rotten", "lousy", "dire", "shocking", "trash", "worthless", "pourri", "pourrie", "nul", "nulle", "desastreux", "mauvais", "affreux",
    "schlecht*", "mies*", "furchtbar*", "schrecklich*", "schlimm*", "pesimo", "pesima", "malisimo", "malisima", "fatal", "malo", "mala", "asqueroso", "asquerosa", "peor",
];
/// Accusations: anger at the shop, unless in a question or about others.
#[rustfmt::skip]
static ACCUSATION: LazyLock<Patterns> = LazyLock::new(|| Patterns::new(&[
    "scam", "scammers", "thieves", "thief", "fraud", "fraudsters", "crooks", "stole my money", "arnaque", "arnaqueurs", "voleurs", "escrocs", "escroquerie", "betrug", "betruger", "abzocke", "abzocker", "diebe", "verbrecher",
    "estafa", "estafadores", "ladrones", "timo", "robo", "rateros", "fraude",
]));
/// Feelings: they count if they are the shopper's own and about the shop.
#[rustfmt::skip]
const FEELING: &[&str] = &[
    "angry", "furious", "pissed", "livid", "fuming", "annoyed", "upset", "outraged", "mad", "sick", "tired",
    "furieux", "furieuse", "colere", "enerve", "enervee", "marre", "enrage", "remonte", "remontee", "excede", "excedee",
    "wutend", "stinksauer", "sauer", "genervt", "verargert", "satt", "stocksauer", "emport",
    "harto", "harta", "hartos", "enfadado", "enfadada", "furioso", "furiosa", "cabreado", "cabreada", "indignado", "indignada", "cansado", "cansada", "molesto", "molesta", "enojado", "enojada", "canse", "harte", "rage", "enerver",
];
/// Words for the person who feels it.
const SELF: &[&str] = &[
    "i", "im", "me", "ive", "we", "were", "je", "suis", "j", "me", "ich", "bin", "wir", "mich", "mir",
    "estoy", "yo", "estamos", "ya", "tienen",
];
/// Words that state a cause; they count only with a grievance.
const ABOUT: &[&str] = &[
    "of", "d", "de", "del", "von", "sick", "tired", "marre", "harto", "harta", "hartos", "cansado",
    "cansada", "satt",
];
#[rustfmt::skip]
const GRIEVANCE: &[&str] = &[
    "this", "you", "your", "it", "everything", "waiting", "being", "explaining", "repeating", "asking", "excuses", "that", "tired", "all",
    "attendre", "votre", "vos", "vous", "repeter", "cette", "ce", "ca", "expliquer", "que", "qu", "toujours", "vraiment",
    "euch", "ihnen", "warten", "es", "ihrem", "eurem", "das", "jedes", "immer", "esperar", "ustedes", "vuestro", "su", "sus", "esto", "repetir", "explicar", "pedir", "llamar",
];
/// Strong language: anger, unless the message is a happy one.
const SWEARING: &[&str] = &[
    "shit",
    "damn",
    "bloody",
    "putain",
    "merde",
    "bordel",
    "scheisse",
    "scheiss*",
    "verdammt",
    "verfluch*",
    "mierda",
    "joder",
    "cono",
    "hostia",
    "puta",
    "carajo",
];
/// Complaints: not anger by themselves.
#[rustfmt::skip]
static COMPLAINT: LazyLock<Patterns> = LazyLock::new(|| Patterns::new(&[
    "still not", "still no", "still waiting", "still havent", "waiting _ weeks", "been waiting", "nobody answers/replies", "no one answers/replies", "no answer", "no reply", "wrong", "for weeks", "broken", "again", "ages", "takes so long", "taking so long",
    "toujours pas", "sans reponse", "aucune reponse", "personne ne", "semaines", "casse", "repondez", "depuis des",
    "immer noch", "keine antwort", "seit wochen", "seit drei", "niemand antwortet", "kaputt", "endlich",
    "nadie _ contesta", "nadie _ responde", "sin respuesta", "llevo un mes", "llevo _ semanas", "todavia no", "sigue sin", "me ignoren", "de una vez", "tres veces",
]));
#[rustfmt::skip]
static KIND: LazyLock<Patterns> = LazyLock::new(|| Patterns::new(&[
    "good way", "good price", "love*", "beautiful", "amazing", "thank*", "thx", "gorgeous", "nice", "awesome", "great", "perfect", "lol", "haha*", "wow", "sorry", "curious", "worth",
    "merci", "adore", "beau", "belle", "jolie", "magnifique", "genial*", "parfait", "desole*", "curieuse", "curieux", "mdr", "sublime", "canon",
    "danke", "schon", "toll", "tolle", "super", "liebe", "wunderschon", "entschuldigung", "sorry", "neugierig", "geil", "gunstig*", "perfekt",
    "gracias", "encanta", "bonito", "bonita", "precioso", "preciosa", "genial", "perfecto", "perdon", "curiosidad", "jaja*", "hermoso", "hermosa",
]));
const NOT: &[&str] = &[
    "not", "no", "never", "isnt", "dont", "arent", "wasnt", "pas", "ni", "nicht", "kein*", "nie", "sin",
    "without", "sans", "ohne", "against", "contre", "gegen", "contra",
];
/// Harmless phrases with a strong word in them: products, other people, the weather, one's own question.
#[rustfmt::skip]
static HARMLESS: LazyLock<Patterns> = LazyLock::new(|| Patterns::new(&[
    "angry birds", "stupid question", "dumb question", "idiot dog", "my idiot", "mad hatter", "mad max", "fast and furious", "furious t", "joke mug/book/gift*", "this a joke gift", "ridiculously", "useless facts/box/gadget*", "question _ _ stupid", "sounds stupid", "stupid of me",
    "question est nulle", "question _ nulle", "nulle part", "est nulle part", "la honte j", "horrible weather", "temps horrible", "colere des", "bande de tissu/led/leds/cuir/gaze", "bande d elastique",
    "dumme frage", "saure*", "lacherlich gunstig*", "lacherlichen gunstigen", "sauer macht", "susssauer", "da verguenza", "me da", "pregunta tonta", "pregunta inutil", "tiempo horrible", "de verguenza ajena",
    "shame i", "what a shame", "had enough time/sleep/coffee/money", "sick design", "sick of winter", "crap weather",
]));
const ANGRY_FACES: &[char] = &['😠', '😡', '🤬', '👿', '🖕', '💢'];
const KIND_FACES: &[char] = &['😍', '❤', '😊', '🥰', '😂', '🤣', '😅', '🙏', '💕', '😁', '😀'];

/// Weighs how angry a message is.
pub fn heard(text: &Text) -> Option<Signal> {
    let mut score = 0.0_f32;
    let mut heard: Vec<String> = Vec::new();
    let mut note = |weight: f32, first: usize, last: usize| {
        score += weight;
        let quote = format!("“{}”", text.quote(first, last));
        if heard.len() < 4 && !heard.contains(&quote) {
            heard.push(quote);
        }
    };
    let mut at = 0;
    while at < text.words.len() {
        if let Some(length) = HARMLESS.at(text, at) {
            at += length;
            continue;
        }
        let (weight, length) = weigh(text, at);
        if length > 0 {
            note(weight, at, at + length - 1);
        }
        at += length.max(1);
    }
    let complaints = COMPLAINT.all(text).take(2).count();
    score += 0.3 * complaints as f32;
    let marks = marks(text);
    score += marks;
    if marks >= 1.0 {
        heard.push("an angry face".to_owned());
    } else if marks >= 0.3 && score >= 1.0 {
        heard.push("capitals or exclamation marks".to_owned());
    }
    let kind = KIND.all(text).take(2).count() + text.raw.chars().filter(|c| KIND_FACES.contains(c)).count();
    score -= 0.8 * kind.min(2) as f32;
    if score <= 0.0 || heard.is_empty() {
        return None;
    }
    Some(Signal {
        reason: Reason::Angry,
        confidence: if score >= 0.95 { (0.45 + 0.25 * score).min(0.98) } else { 0.45 * score },
        why: format!("Sounds angry: {}", heard.join(", ")),
    })
}

/// Returns the weight of what begins at a word, and how many words it takes.
fn weigh(text: &Text, at: usize) -> (f32, usize) {
    let longest = |list: &Patterns| list.at(text, at).unwrap_or(0);
    let denied = |far: usize| {
        (at.saturating_sub(far)..at).any(|i| same_clause(text, i, at) && listed(text.at(i), NOT))
    };
    let phrase = longest(&PHRASE);
    if phrase > 0 {
        return (1.0, phrase);
    }
    let judgement = longest(&JUDGEMENT);
    if judgement > 0 && !denied(2) {
        return (1.0, judgement);
    }
    let accusation = longest(&ACCUSATION);
    let doubts = || {
        let near = at.saturating_sub(6)..at + accusation + 4;
        text.asks(text.words[at].sentence)
            || near.into_iter().any(|i| listed(text.at(i), &["hope", "espere", "hoffentlich", "espero"]))
    };
    if accusation > 0 && !denied(3) && !doubts() {
        let in_sentence = |i: usize| text.words.get(i).is_some_and(|w| w.sentence == text.words[at].sentence);
        let longer = in_sentence(at + 2) || (at >= 2 && in_sentence(at - 2));
        let aimed = !longer
            || (at.saturating_sub(4)..at).any(|i| {
                listed(
                    text.at(i),
                    &[
                        "you", "your", "this", "what", "a", "vous", "est", "votre", "bande", "das", "ist",
                        "ihr", "son", "sois", "es", "unos", "una", "of",
                    ],
                )
            });
        return (if aimed { 1.0 } else { 0.5 }, accusation);
    }
    // "damn good": emphasis, not anger.
    const GOOD: &[&str] = &[
        "good", "fine", "nice", "cute", "gut*", "lecker*", "schon*", "geil*", "bon", "bonne", "bien", "beau",
        "bueno*", "buena*", "rico", "rica",
    ];
    if listed(text.at(at), SWEARING) && !denied(1) && !listed(text.at(at + 1), GOOD) {
        return (1.0, 1);
    }
    // "quel service pourri", "what an awful, awful company": a statement, not a question.
    if listed(text.at(at), BAD) && !denied(2) && !text.asks(text.words[at].sentence) {
        let sentence = text.words[at].sentence;
        let near = at.saturating_sub(3)..(at + 4).min(text.words.len());
        if near.into_iter().any(|i| text.words[i].sentence == sentence && listed(text.at(i), OF_THE_SHOP)) {
            return (1.0, 1);
        }
    }
    if listed(text.at(at), FEELING) && !denied(3) && felt_by_shopper(text, at) {
        return (1.0, 1);
    }
    (0.0, 0)
}

fn same_clause(text: &Text, one: usize, other: usize) -> bool {
    text.words[one].clause == text.words[other].clause
}

/// Returns whether the feeling is the shopper's own and about the shop: not "my son is furious", not "tired of winter".
fn felt_by_shopper(text: &Text, at: usize) -> bool {
    let mine = (at.saturating_sub(4)..at).any(|i| {
        same_clause(text, i, at)
            && listed(text.at(i), SELF)
            && !listed(
                text.at(i + 1),
                &["son", "daughter", "fils", "fille", "hijo", "hija", "sohn", "tochter"],
            )
    });
    if !mine {
        return false;
    }
    let next = text.at(at + 1);
    if !listed(text.at(at), ABOUT) && !listed(next, &["of", "d", "de"]) {
        return true;
    }
    if !listed(next, &["of", "d", "de", "del", "von", "and", "y", "et"]) {
        return !listed(text.at(at), &["sick", "tired", "satt", "cansado", "cansada"]);
    }
    let about = text.at(at + 2);
    listed(about, GRIEVANCE) || about.ends_with("ing") || listed(next, &["and"])
}

/// Returns the weight of capitals, exclamation marks and faces.
fn marks(text: &Text) -> f32 {
    let mut added = 0.0;
    let letters = text.raw.chars().filter(|c| c.is_alphabetic()).count();
    let capitals = text.raw.chars().filter(|c| c.is_uppercase()).count();
    if letters >= 12 && text.words.len() >= 3 && capitals * 10 >= letters * 7 {
        added += 0.4;
    }
    if text.raw.contains("!!") {
        added += 0.3;
    }
    if text.raw.chars().any(|c| ANGRY_FACES.contains(&c)) {
        added += 1.0;
    }
    added
}

#[cfg(test)]
mod tests {
    use super::*;

    fn angry(text: &str) -> bool {
        heard(&Text::read(text)).is_some_and(|signal| signal.confidence >= 0.5)
    }

    #[test]
    fn negated_or_kind_words_are_not_anger() {
        for text in ["I'm not angry", "holy shit I love it", "AMAZING!!!", "my son is furious"] {
            assert!(!angry(text), "{text}");
        }
    }

    #[test]
    fn capitals_alone_are_not_anger() {
        assert!(!angry("WHERE IS MY ORDER!!"));
        assert!(angry("THIS IS RIDICULOUS!!"));
    }

    #[test]
    fn reason_quotes_the_words() {
        let why = heard(&Text::read("This is ridiculous, shame on you")).map(|signal| signal.why);
        assert_eq!(why.as_deref(), Some("Sounds angry: “ridiculous”, “shame on”"));
    }
}
