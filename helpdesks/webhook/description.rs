//! Static facts about a merchant's own webhook: names, texts and limits. `docs/webhook.md` is for developers of
//! receivers.

#[cfg(feature = "server")]
use crate::helpdesk::{Details, FieldWords, HelpdeskLimits, MethodWords, Rate, Translations};
use crate::{
    Helpdesk,
    helpdesk::{AccessMethod, Description, SecretKind, Takes, UserKind},
};

#[cfg(feature = "server")]
crate::sentences! {
    CHECK_SECRET = "webhook.check_secret": "Check that your receiver uses the signing secret that we showed you, or create a new one in the row “Webhook”.";
    NO_MERGING = "webhook.no_merging": "Events are never merged.";
}

impl Helpdesk {
    /// A merchant's own webhook.
    pub const WEBHOOK: Self = Self::of(&DESCRIPTION);
}

#[cfg(feature = "server")]
const NO_FIELD: FieldWords = FieldWords { label: "", help: "", placeholder: "" };

/// A merchant's own webhook.
pub static DESCRIPTION: Description = Description {
    slug: "webhook",
    name: "Webhook",
    takes: Takes::Events,
    domain: "",
    // We create the secret, so the form has no field for it.
    methods: &[AccessMethod {
        slug: "url",
        user: UserKind::Name,
        secret: SecretKind::ApiKey,
        #[cfg(feature = "server")]
        words: MethodWords {
            name: "URL",
            note: "",
            user: NO_FIELD,
            secret: NO_FIELD,
            where_to_find: "",
            new_credentials: CHECK_SECRET,
            ends: None,
        },
    }],
    #[cfg(feature = "server")]
    details: Details {
        about: "Every handover is sent to your own program as a signed event.",
        // An arrow into a hook.
        mark: include_str!("mark.svg"),
        account: FieldWords {
            label: "URL",
            help: "Your program receives a signed POST request here for every handover. Starts with https://",
            placeholder: "https://shop.example/convi",
        },
        when_merged: NO_MERGING,
        routing: None,
        url: None,
        limits: HelpdeskLimits {
            // An event has its own limit (`domain/src/event.rs`).
            message_bytes: 250_000,
            // Ten per second, so that a backlog does not flood a small program.
            rate: Rate::PerMinute { requests: 600 },
        },
        translations: Translations { german: include_str!("de.json"), french: include_str!("fr.json") },
    },
};
