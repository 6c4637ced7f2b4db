//! The OAuth clients of an account on the control page, and the forms that change them.

use axum::{
    Form, Router,
    extract::{Path, State},
    response::Response,
    routing::post,
};
use emulator::{
    Site,
    form::{change, refused},
    page::Text,
};
use serde::Deserialize;

use crate::world::{Account, OauthClient, Zendesk};

/// The forms' routes.
pub(crate) fn forms() -> Router<Site<Zendesk>> {
    Router::new().route("/clients", post(save)).route("/clients/remove", post(remove))
}

/// The clients with their forms.
pub(crate) fn section(account: &Account) -> String {
    let clients: String = account.clients.iter().map(|client| row(account, client)).collect();
    let s = Text(&account.subdomain);
    format!(
        "<ul class=\"rows\">{clients}</ul>\
         <details><summary>Add an OAuth client to {s}, or change its secret</summary>\
         <form class=\"grid\" method=\"post\" action=\"/_control/form/{s}/clients\">\
         <div class=\"field\"><label for=\"identifier-{s}\">Identifier</label>\
         <input id=\"identifier-{s}\" name=\"identifier\" required autocomplete=\"off\"></div>\
         <div class=\"field\"><label for=\"secret-{s}\">Secret</label>\
         <input id=\"secret-{s}\" name=\"secret\" required autocomplete=\"off\"></div>\
         <div class=\"field\"><label for=\"scopes-{s}\">Allowed scopes</label>\
         <input id=\"scopes-{s}\" name=\"scopes\" value=\"read tickets:write users:write\"></div>\
         <button>Save client</button></form></details>"
    )
}

fn row(account: &Account, client: &OauthClient) -> String {
    let identifier = Text(&client.identifier);
    format!(
        "<li><div><strong>{identifier}</strong> <span class=\"badge\">{scopes}</span><br><code>{secret}</code></div>\
         <form method=\"post\" action=\"/_control/form/{s}/clients/remove\">\
         <input type=\"hidden\" name=\"identifier\" value=\"{identifier}\">\
         <button aria-label=\"Remove {identifier}\">Remove</button></form></li>",
        scopes = Text(client.scopes.join(" ")),
        secret = Text(&client.secret),
        s = Text(&account.subdomain),
    )
}

#[derive(Deserialize)]
struct NewClient {
    identifier: String,
    secret: String,
    scopes: String,
}

/// Adds or changes a client.
async fn save(
    State(site): State<Site<Zendesk>>,
    Path(subdomain): Path<String>,
    Form(form): Form<NewClient>,
) -> Response {
    let (identifier, secret) = (form.identifier.trim(), form.secret.trim());
    if identifier.is_empty() || secret.is_empty() {
        return refused("A client has an Identifier and a secret.");
    }
    let scopes: Vec<String> = form.scopes.split_whitespace().map(str::to_owned).collect();
    change(&site, &subdomain, |account, _| {
        let admin = account.some_admin();
        account.set_client(identifier, secret, admin, scopes);
    })
}

#[derive(Deserialize)]
struct Removed {
    identifier: String,
}

/// Removes a client.
async fn remove(
    State(site): State<Site<Zendesk>>,
    Path(subdomain): Path<String>,
    Form(form): Form<Removed>,
) -> Response {
    change(&site, &subdomain, |account, _| account.remove_client(&form.identifier))
}
