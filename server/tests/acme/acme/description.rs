//! Static facts about Acme Desk. Unlike Gorgias, it counts requests per minute, identifies users by name, and accepts
//! only short messages.

use domain::helpdesk::{
    AccessMethod, Description, Details, FieldWords, HelpdeskLimits, MethodWords, Rate, SecretKind, Takes,
    Translations, UrlSetting, UserKind,
};

domain::sentences! {
    NEW_SECRET = "acme.new_secret": "Create a new secret under Admin → Clients there and enter it under Configure.";
    NEVER_MERGED = "acme.never_merged": "Cases are never merged.";
}

pub static DESCRIPTION: Description = Description {
    slug: "acme",
    name: "Acme Desk",
    takes: Takes::Tickets,
    domain: "acme-desk.example",
    methods: &[AccessMethod {
        slug: "client",
        user: UserKind::Name,
        secret: SecretKind::ClientSecret,
        words: MethodWords {
            name: "Client",
            note: "",
            user: FieldWords {
                label: "Client ID",
                help: "As shown next to the secret",
                placeholder: "convi-1",
            },
            secret: FieldWords { label: "Client secret", help: "", placeholder: "" },
            where_to_find: "{helpdesk} → Admin → Clients",
            new_credentials: NEW_SECRET,
            ends: None,
        },
    }],
    details: Details {
        about: "Every handover becomes a case.",
        mark: include_str!("mark.svg"),
        account: FieldWords {
            label: "{helpdesk} workspace",
            help: "The first part of your {helpdesk} address",
            placeholder: "myworkspace",
        },
        when_merged: NEVER_MERGED,
        routing: None,
        url: Some(UrlSetting {
            name: "CONVI_ACME_URL",
            preset: "https://{subdomain}.acme-desk.example",
            doc: "Template of an Acme Desk workspace's URL; plain http only to loopback",
        }),
        limits: HelpdeskLimits { message_bytes: 10_000, rate: Rate::PerMinute { requests: 30 } },
        translations: Translations { german: include_str!("de.json"), french: "{}" },
    },
};
