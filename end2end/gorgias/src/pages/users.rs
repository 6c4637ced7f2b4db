//! The users of an account on the control page, and the forms that change them.

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

use crate::world::{Account, Gorgias, Role, User};

/// The forms' routes.
pub(crate) fn forms() -> Router<Site<Gorgias>> {
    Router::new().route("/users", post(add_user)).route("/key", post(change_key))
}

/// The users with their forms.
pub(crate) fn section(account: &Account) -> String {
    let users: String = account
        .users
        .iter()
        .filter(|user| user.role != Role::Bot)
        .map(|user| user_row(account, user))
        .collect();
    format!("<ul class=\"rows\">{users}</ul>{}", new_user(account))
}

fn user_row(account: &Account, user: &User) -> String {
    let (word, revoked, badge) = match user.revoked {
        true => ("Restore key", "false", "<span class=\"badge closed\">Revoked</span>"),
        false => ("Revoke key", "true", ""),
    };
    let email = Text(&user.email);
    format!(
        "<li><div><strong>{email}</strong> <span class=\"badge\">{role}</span>{badge}<br><code>{key}</code></div>\
         <form method=\"post\" action=\"/_control/form/{s}/key\"><input type=\"hidden\" name=\"email\" value=\"{email}\">\
         <button name=\"revoked\" value=\"{revoked}\" aria-label=\"{word} of {email}\">{word}</button></form></li>",
        role = Text(user.role.name()),
        key = Text(user.key.as_deref().unwrap_or("no key")),
        s = Text(&account.subdomain),
    )
}

fn new_user(account: &Account) -> String {
    let s = Text(&account.subdomain);
    let roles: String = ["admin", "agent", "basic-agent", "lite-agent", "observer-agent"]
        .map(|role| format!("<option>{role}</option>"))
        .concat();
    format!(
        "<details><summary>Add a user to {s}, or change a key or role</summary>\
         <form class=\"grid\" method=\"post\" action=\"/_control/form/{s}/users\">\
         <div class=\"field\"><label for=\"email-{s}\">Username (Email)</label>\
         <input id=\"email-{s}\" name=\"email\" type=\"email\" required autocomplete=\"off\"></div>\
         <div class=\"field\"><label for=\"key-{s}\">API key</label>\
         <input id=\"key-{s}\" name=\"key\" required autocomplete=\"off\"></div>\
         <div class=\"field\"><label for=\"role-{s}\">Role</label><select id=\"role-{s}\" name=\"role\">{roles}</select></div>\
         <button>Save user</button></form></details>"
    )
}

#[derive(Deserialize)]
struct NewUser {
    email: String,
    key: String,
    role: String,
}

/// Adds or changes a user.
async fn add_user(
    State(site): State<Site<Gorgias>>,
    Path(subdomain): Path<String>,
    Form(form): Form<NewUser>,
) -> Response {
    let (email, key) = (form.email.trim(), form.key.trim());
    if email.is_empty() || key.is_empty() {
        return refused("A user needs an email address and a key.");
    }
    change(&site, &subdomain, |account, _| {
        account.set_user(email, Some(key), Role::from(form.role), None);
    })
}

#[derive(Deserialize)]
struct KeyChange {
    email: String,
    revoked: bool,
}

/// Revokes or restores a key.
async fn change_key(
    State(site): State<Site<Gorgias>>,
    Path(subdomain): Path<String>,
    Form(form): Form<KeyChange>,
) -> Response {
    change(&site, &subdomain, |account, _| {
        if let Some(user) = account.user_mut(&form.email) {
            user.revoked = form.revoked;
        }
    })
}
