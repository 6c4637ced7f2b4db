//! `/{subdomain}/app/settings/rest-api`: where a merchant finds what Convi asks for.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use emulator::{
    Site,
    page::{Text, not_found},
};

use super::shell;
use crate::world::{Account, Gorgias, User};

/// The page.
pub(super) async fn page(
    State(site): State<Site<Gorgias>>,
    Path(subdomain): Path<String>,
    headers: HeaderMap,
) -> Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    match site.world.account(&subdomain, |account, _| body(account, host)) {
        Some(body) => shell::helpdesk(&subdomain, Some(shell::REST_API), "REST API", &body).into_response(),
        None => not_found("There is no helpdesk at this address"),
    }
}

fn body(account: &Account, host: &str) -> String {
    let users: String = account.users.iter().filter(|user| user.key.is_some()).map(credentials).collect();
    let users =
        if users.is_empty() { "<p>No user of this account has an API key.</p>".to_owned() } else { users };
    let shown = |id: &str, label: &str, value: String| {
        format!(
            "<div class=\"field\"><label for=\"{id}\">{label}</label>\
             <input id=\"{id}\" value=\"{}\" readonly></div>",
            Text(value)
        )
    };
    format!(
        "<div class=\"head\"><div><h1>REST API</h1><p class=\"quiet\">What an app needs to reach this helpdesk. \
         The real one shows a key once; this one always does.</p></div></div>\
         <div class=\"card\">{base}{subdomain}</div>{users}",
        base = shown("base", "Base API URL", format!("http://{host}/{}/api/", account.subdomain)),
        subdomain = shown("subdomain", "Subdomain", account.subdomain.clone()),
    )
}

fn credentials(user: &User) -> String {
    let key = user.key.as_deref().unwrap_or_default();
    let state = if user.revoked { "<span class=\"badge closed\">Revoked</span>" } else { "" };
    format!(
        "<section class=\"card\"><h2>{name} <span class=\"badge\">{role}</span>{state}</h2>\
         <div class=\"field\"><label for=\"email-{id}\">Username (Email)</label>\
         <input id=\"email-{id}\" value=\"{email}\" readonly></div>\
         <div class=\"field\"><label for=\"key-{id}\">Password (API key)</label>\
         <input id=\"key-{id}\" value=\"{key}\" readonly></div></section>",
        name = Text(&user.name),
        role = Text(user.role.name()),
        id = user.id,
        email = Text(&user.email),
        key = Text(key),
    )
}
