//! `/{subdomain}/admin`: where a merchant finds what Convi asks for.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use emulator::{
    Site,
    page::{Text, not_found},
};

use super::shell;
use crate::world::{Account, Zendesk};

/// The page.
pub(super) async fn page(State(site): State<Site<Zendesk>>, Path(subdomain): Path<String>) -> Response {
    match site.world.account(&subdomain, |account, _| body(account)) {
        Some(body) => shell::helpdesk(&subdomain, Some(shell::ADMIN), "Admin Center", &body).into_response(),
        None => not_found("There is no help desk at this address"),
    }
}

fn body(account: &Account) -> String {
    let shown = |id: String, label: &str, value: &str| {
        format!(
            "<div class=\"field\"><label for=\"{id}\">{label}</label>\
             <input id=\"{id}\" value=\"{}\" readonly></div>",
            Text(value)
        )
    };
    let clients: String = account
        .clients
        .iter()
        .map(|client| {
            format!(
                "<section class=\"card\"><h2>OAuth client</h2>{}{}{}</section>",
                shown(format!("client-{}", client.id), "Identifier", &client.identifier),
                shown(format!("secret-{}", client.id), "Secret", &client.secret),
                shown(format!("scopes-{}", client.id), "Allowed scopes", &client.scopes.join(" ")),
            )
        })
        .collect();
    let tokens: String = account
        .users
        .iter()
        .filter_map(|user| {
            let (email, token) = (user.email.as_deref()?, user.api_token.as_deref()?);
            Some(format!(
                "<section class=\"card\"><h2>API token</h2>{}{}</section>",
                shown(format!("email-{}", user.id), "Made by", email),
                shown(format!("token-{}", user.id), "Token", token),
            ))
        })
        .collect();
    let none = match clients.is_empty() && tokens.is_empty() {
        true => "<p>This account has no OAuth client and no API token.</p>",
        false => "",
    };
    format!(
        "<div class=\"head\"><div><h1>Apps and integrations → APIs</h1>\
         <p class=\"quiet\">What an app needs to reach this help desk. The real one shows a secret once; this one always \
         does.</p></div></div>\
         <div class=\"card\">{subdomain}</div>{clients}{tokens}{none}",
        subdomain = shown("subdomain".to_owned(), "Subdomain", &account.subdomain),
    )
}
