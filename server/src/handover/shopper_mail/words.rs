//! The sentences of emails to shoppers, in the languages of the storefront chat.

/// The email's sentences in one language.
pub(super) struct Words {
    pub(super) language: &'static str,
    pub(super) subject: &'static str,
    pub(super) answered: &'static str,
    pub(super) team_answered: &'static str,
    pub(super) back: &'static str,
    pub(super) reply: &'static str,
    pub(super) no_reply: &'static str,
    pub(super) no_reply_nor_link: &'static str,
    pub(super) earlier: &'static str,
    pub(super) you: &'static str,
    pub(super) assistant: &'static str,
    pub(super) team: &'static str,
    pub(super) why: &'static str,
}

/// The languages of the storefront chat (`storefront/src/languages/`); the first is the default.
const LANGUAGES: [Words; 4] = [
    Words {
        language: "en",
        subject: "You have an answer in your chat",
        answered: "{name} answered you",
        team_answered: "Our team answered you",
        back: "Continue the chat on {host}",
        reply: "You can also reply to this email: it goes to our team.",
        no_reply: "Replies to this email are not read. Please answer in the chat.",
        no_reply_nor_link: "Replies to this email are not read. Please open the shop again and answer in the chat.",
        earlier: "Earlier in this chat",
        you: "You",
        assistant: "Assistant",
        team: "Support team",
        why: "You get this email because someone entered your address in a shop's chat. If it was not you, ignore it.",
    },
    Words {
        language: "de",
        subject: "Sie haben eine Antwort in Ihrem Chat",
        answered: "{name} hat Ihnen geantwortet",
        team_answered: "Unser Team hat Ihnen geantwortet",
        back: "Chat auf {host} fortsetzen",
        reply: "Sie können auch auf diese E-Mail antworten: Ihre Antwort geht an unser Team.",
        no_reply: "Antworten auf diese E-Mail werden nicht gelesen. Bitte antworten Sie im Chat.",
        no_reply_nor_link: "Antworten auf diese E-Mail werden nicht gelesen. Bitte öffnen Sie den Shop und antworten Sie im Chat.",
        earlier: "Vorher in diesem Chat",
        you: "Sie",
        assistant: "Assistent",
        team: "Kundenservice",
        why: "Sie erhalten diese E-Mail, weil jemand Ihre Adresse im Chat eines Shops angegeben hat. Waren Sie das nicht, ignorieren Sie sie.",
    },
    Words {
        language: "fr",
        subject: "Vous avez une réponse dans votre chat",
        answered: "{name} vous a répondu",
        team_answered: "Notre équipe vous a répondu",
        back: "Poursuivre le chat sur {host}",
        reply: "Vous pouvez aussi répondre à cet e-mail : votre réponse parviendra à notre équipe.",
        no_reply: "Les réponses à cet e-mail ne sont pas lues. Répondez dans le chat.",
        no_reply_nor_link: "Les réponses à cet e-mail ne sont pas lues. Rouvrez la boutique et répondez dans le chat.",
        earlier: "Plus tôt dans ce chat",
        you: "Vous",
        assistant: "Assistant",
        team: "Service client",
        why: "Vous recevez cet e-mail parce que quelqu’un a saisi votre adresse dans le chat d’une boutique. Si ce n’était pas vous, ignorez-le.",
    },
    Words {
        language: "es",
        subject: "Tiene una respuesta en su chat",
        answered: "{name} le ha respondido",
        team_answered: "Nuestro equipo le ha respondido",
        back: "Continuar el chat en {host}",
        reply: "También puede responder a este correo: su respuesta llega a nuestro equipo.",
        no_reply: "Las respuestas a este correo no se leen. Responda en el chat.",
        no_reply_nor_link: "Las respuestas a este correo no se leen. Vuelva a abrir la tienda y responda en el chat.",
        earlier: "Antes en este chat",
        you: "Usted",
        assistant: "Asistente",
        team: "Atención al cliente",
        why: "Recibe este correo porque alguien indicó su dirección en el chat de una tienda. Si no fue usted, ignórelo.",
    },
];

/// Returns the sentences in the language of a tag such as `de-AT`, or else in English.
pub(super) fn words_for(tag: Option<&str>) -> &'static Words {
    let primary = tag.and_then(|tag| tag.split('-').next()).unwrap_or_default();
    let [english, ..] = &LANGUAGES;
    LANGUAGES.iter().find(|words| primary.eq_ignore_ascii_case(words.language)).unwrap_or(english)
}
