//! Zendesk as data: names, words and limits.

#[cfg(feature = "server")]
use crate::helpdesk::{Details, FieldWords, HelpdeskLimits, MethodEnd, MethodWords, Rate, UrlSetting};
use crate::{
    Helpdesk,
    helpdesk::{AccessMethod, Description, UserKind},
};

#[cfg(feature = "server")]
crate::sentences! {
    NEW_SECRET = "zendesk.new_secret": "Check the OAuth client in Admin Center → Apps and integrations → APIs → OAuth clients, and enter its Identifier and a new secret under Configure.";
    NO_NEW_TOKEN = "zendesk.no_new_token": "Zendesk no longer makes new API tokens. Create an OAuth client in Admin Center → Apps and integrations → APIs → OAuth clients and enter it under Configure.";
    TOKEN_ENDS = "zendesk.token_ends": "All API tokens of Zendesk stop working on April 30, 2027. Connect with an OAuth client before that.";
    STAYS_MERGED = "zendesk.stays_merged": "An agent or another app merged it; handovers that are merged stay with the ticket they went into.";
}

impl Helpdesk {
    /// Zendesk.
    pub const ZENDESK: Self = Self::of(&DESCRIPTION);
}

/// Zendesk.
pub static DESCRIPTION: Description = Description {
    slug: "zendesk",
    name: "Zendesk",
    domain: "zendesk.com",
    methods: &[
        AccessMethod {
            slug: "oauth_client",
            user: UserKind::Name,
            #[cfg(feature = "server")]
            words: MethodWords {
                name: "OAuth client",
                note: "An admin creates one in a minute: kind Confidential, scopes read, tickets:write and users:write.",
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
            #[cfg(feature = "server")]
            words: MethodWords {
                name: "API token",
                note: "Only if you already have one: {helpdesk} makes no new API tokens, and all of them stop working on April 30, 2027.",
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
        // A zigzag with two dots: a conversation that goes from one side to the other.
        mark: include_str!("mark.svg"),
        account: FieldWords {
            label: "{helpdesk} subdomain",
            help: "The part before .zendesk.com",
            placeholder: "mystore",
        },
        when_merged: STAYS_MERGED,
        url: UrlSetting {
            name: "CONVI_ZENDESK_URL",
            preset: "https://{subdomain}.zendesk.com",
            doc: "Template of a Zendesk account's address; plain http only to loopback",
        },
        limits: HelpdeskLimits {
            // A comment is cut at about 65,000 bytes, and nothing says so.
            message_bytes: 60_000,
            // By plan 200 to 2,500 a minute; the first answer says how many.
            rate: Rate::PerMinute { requests: 200 },
        },
    },
};
