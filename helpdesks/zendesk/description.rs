//! Static facts about Zendesk: names, texts and limits.

#[cfg(feature = "server")]
use crate::helpdesk::{
    Details, FieldWords, HelpdeskLimits, MethodEnd, MethodWords, Rate, RoutingWords, Translations, UrlSetting,
};
use crate::{
    Helpdesk,
    helpdesk::{AccessMethod, Description, SecretKind, Takes, UserKind},
};

#[cfg(feature = "server")]
crate::sentences! {
    NEW_SECRET = "zendesk.new_secret": "Check the OAuth client in Admin Center → Apps and integrations → APIs → OAuth clients, and enter its Identifier and a new secret under Configure.";
    NO_NEW_TOKEN = "zendesk.no_new_token": "Zendesk no longer issues API tokens. Create an OAuth client in Admin Center → Apps and integrations → APIs → OAuth clients and enter it under Configure.";
    TOKEN_ENDS = "zendesk.token_ends": "All Zendesk API tokens stop working on April 30, 2027. Connect an OAuth client before then.";
    STAYS_MERGED = "zendesk.stays_merged": "An agent or another app merged it. Merged handovers stay in the ticket they were merged into.";
    ROUTE_REFUSED = "zendesk.route_refused": "Zendesk rejected a ticket because of its group or priority. Tickets are created without them until you choose again under Configure.";
    NO_GROUP = "zendesk.no_group": "This group was not found in Zendesk, or these credentials cannot see it. Choose another one, or leave it to the rules in Zendesk.";
}

impl Helpdesk {
    /// Zendesk.
    pub const ZENDESK: Self = Self::of(&DESCRIPTION);
}

/// Zendesk.
pub static DESCRIPTION: Description = Description {
    slug: "zendesk",
    name: "Zendesk",
    takes: Takes::Tickets,
    domain: "zendesk.com",
    methods: &[
        AccessMethod {
            slug: "oauth_client",
            user: UserKind::Name,
            secret: SecretKind::ClientSecret,
            #[cfg(feature = "server")]
            words: MethodWords {
                name: "OAuth client",
                note: "An admin can create one in a minute. Choose the kind Confidential and the scopes read, tickets:write and users:write.",
                user: FieldWords {
                    label: "Client ID",
                    help: "{helpdesk} calls this the Identifier",
                    placeholder: "",
                },
                secret: FieldWords { label: "Client secret", help: "", placeholder: "" },
                where_to_find: "{helpdesk} Admin Center → Apps and integrations → APIs → OAuth clients",
                new_credentials: NEW_SECRET,
                ends: None,
            },
        },
        AccessMethod {
            slug: "api_token",
            user: UserKind::Email,
            secret: SecretKind::ApiToken,
            #[cfg(feature = "server")]
            words: MethodWords {
                name: "API token",
                note: "Only if you already have one: {helpdesk} no longer issues API tokens, and all of them stop working on April 30, 2027.",
                user: FieldWords { label: "Username (Email)", help: "", placeholder: "" },
                secret: FieldWords { label: "API token", help: "", placeholder: "" },
                where_to_find: "{helpdesk} Admin Center → Apps and integrations → APIs → API tokens",
                new_credentials: NO_NEW_TOKEN,
                ends: Some(MethodEnd { on: "2027-04-30", said: TOKEN_ENDS }),
            },
        },
    ],
    #[cfg(feature = "server")]
    details: Details {
        about: "Every handover becomes a ticket with the whole conversation.",
        // A zigzag with two dots: a conversation that moves from one side to the other.
        mark: include_str!("mark.svg"),
        account: FieldWords {
            label: "{helpdesk} subdomain",
            help: "The part before .zendesk.com",
            placeholder: "mystore",
        },
        when_merged: STAYS_MERGED,
        routing: Some(RoutingWords { team: "Group", refused: ROUTE_REFUSED, unknown: NO_GROUP }),
        url: Some(UrlSetting {
            name: "CONVI_ZENDESK_URL",
            preset: "https://{subdomain}.zendesk.com",
            doc: "Template of a Zendesk account's URL; plain http only to loopback",
        }),
        limits: HelpdeskLimits {
            // Zendesk cuts a comment at about 65,000 bytes without saying so.
            message_bytes: 60_000,
            // 200 to 2,500 requests per minute, depending on the plan. The first response says how many.
            rate: Rate::PerMinute { requests: 200 },
        },
        translations: Translations { german: include_str!("de.json"), french: include_str!("fr.json") },
    },
};
