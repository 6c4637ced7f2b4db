//! Static facts about Gorgias: names, texts and limits.

#[cfg(feature = "server")]
use crate::helpdesk::{
    Details, FieldWords, HelpdeskLimits, MethodWords, Rate, RoutingWords, Translations, UrlSetting,
};
use crate::{
    Helpdesk,
    helpdesk::{AccessMethod, Description, SecretKind, Takes, UserKind},
};

#[cfg(feature = "server")]
crate::sentences! {
    NEW_KEY = "gorgias.new_key": "Create a new key in Gorgias → Settings → REST API and enter it under Configure.";
    MERGED_TOO = "gorgias.merged_too": "Handovers can be merged too, unless a rule excludes their tag from auto-merge.";
    ROUTE_REFUSED = "gorgias.route_refused": "Gorgias rejected a ticket because of its team or priority. Tickets are created without them until you choose again under Configure.";
    NO_TEAM = "gorgias.no_team": "This team was not found in Gorgias, or these credentials cannot see it. Choose another one, or leave it to the rules in Gorgias.";
}

impl Helpdesk {
    /// Gorgias.
    pub const GORGIAS: Self = Self::of(&DESCRIPTION);
}

/// Gorgias.
pub static DESCRIPTION: Description = Description {
    slug: "gorgias",
    name: "Gorgias",
    takes: Takes::Tickets,
    domain: "gorgias.com",
    methods: &[AccessMethod {
        slug: "api_key",
        user: UserKind::Email,
        secret: SecretKind::ApiKey,
        #[cfg(feature = "server")]
        words: MethodWords {
            name: "API key",
            note: "",
            user: FieldWords { label: "Username (Email)", help: "", placeholder: "" },
            secret: FieldWords { label: "API key", help: "", placeholder: "" },
            where_to_find: "{helpdesk} → Settings → REST API",
            new_credentials: NEW_KEY,
            ends: None,
        },
    }],
    #[cfg(feature = "server")]
    details: Details {
        about: "Every handover becomes a ticket with the whole conversation.",
        // A speech bubble with the round arrow of a "g".
        mark: include_str!("mark.svg"),
        account: FieldWords {
            label: "{helpdesk} subdomain",
            help: "Your {helpdesk} subdomain is a part of the Base API URL",
            placeholder: "mystore",
        },
        when_merged: MERGED_TOO,
        routing: Some(RoutingWords { team: "Team", refused: ROUTE_REFUSED, unknown: NO_TEAM }),
        url: Some(UrlSetting {
            name: "CONVI_GORGIAS_URL",
            preset: "https://{subdomain}.gorgias.com",
            doc: "Template of a Gorgias account's URL; plain http only to loopback",
        }),
        limits: HelpdeskLimits {
            // Gorgias rejects messages over 1 MB.
            message_bytes: 900_000,
            // 40 requests per 20 s and account. Enterprise accounts have twice the rate; starting from the lower one is
            // safe, because the rate header then only corrects us upwards.
            rate: Rate::Leaky { size: 40, leaks_in: 20 },
        },
        translations: Translations { german: include_str!("de.json"), french: include_str!("fr.json") },
    },
};
