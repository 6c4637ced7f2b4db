//! `/{subdomain}/app/ticket/{id}`: one ticket as an agent sees it.

use axum::{
    Form, Router,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use emulator::{
    Site,
    page::{Text, avatar, not_found, safe_html, time},
};
use serde::Deserialize;
use serde_json::Value;

use super::{
    shell,
    tickets::{customer_name, status_badge, subject, tags},
};
use crate::world::{Account, AgentMessage, AgentMessageKind, Gorgias, Message, Role, Ticket};

/// The page. A merged ticket redirects to the one that was kept.
pub(super) async fn page(
    State(site): State<Site<Gorgias>>,
    Path((subdomain, id)): Path<(String, String)>,
) -> Response {
    let found = site.world.account(&subdomain, |account, _| {
        let ticket = account.ticket(id.parse().ok()?)?;
        Some(match ticket.merged_into {
            Some(survivor) => Err(format!("/{subdomain}/app/ticket/{survivor}")),
            None => Ok((subject(ticket).to_owned(), body(account, ticket))),
        })
    });
    match found.flatten() {
        Some(Ok((title, body))) => shell::helpdesk(&subdomain, None, &title, &body).into_response(),
        Some(Err(survivor)) => Redirect::to(&survivor).into_response(),
        None => not_found("Unknown ticket"),
    }
}

fn body(account: &Account, ticket: &Ticket) -> String {
    let messages: String = ticket.messages.iter().map(message).collect();
    format!(
        "<p class=\"back\"><a href=\"/{account}/app\"><span aria-hidden=\"true\">←</span> All tickets</a></p>\
         <div class=\"head\"><div><h1>{subject}</h1><p class=\"chips\">{badge}{tags}</p></div></div>\
         <div class=\"columns\"><section aria-label=\"Conversation\"><ol class=\"thread\">{messages}</ol>{reply}</section>\
         {aside}</div>",
        account = Text(&account.subdomain),
        subject = Text(subject(ticket)),
        badge = status_badge(ticket),
        tags = tags(ticket),
        reply = reply_box(account, ticket),
        aside = aside(account, ticket),
    )
}

fn message(message: &Message) -> String {
    let sender = &message.sender;
    let name = sender.name.clone().filter(|name| !name.trim().is_empty()).or(sender.email.clone());
    let name = name.unwrap_or_else(|| "Unknown".to_owned());
    let (class, label) = match (message.is_note(), message.from_agent) {
        (true, _) => ("note", "<span class=\"badge internal\">Internal note</span>"),
        (false, true) => ("agent", "<span class=\"badge agent\">Agent</span>"),
        (false, false) => ("shopper", ""),
    };
    // A shopper sees the HTML if there is some, and so does the agent.
    let content = match (&message.body_html, &message.body_text) {
        (Some(html), _) if !html.trim().is_empty() => {
            format!("<div class=\"body\">{}</div>", safe_html(html))
        }
        (_, Some(text)) => format!("<div class=\"body plain\">{}</div>", Text(text)),
        _ => "<div class=\"body quiet\">(no text)</div>".to_owned(),
    };
    format!(
        "<li class=\"message {class}\" id=\"message-{id}\"><div class=\"meta\">{avatar}<div>\
         <strong>{name}</strong>{label}<span class=\"quiet\">{time}{channel}</span></div></div>\
         {content}{attachments}</li>",
        id = message.id,
        avatar = avatar(&name, class),
        name = Text(&name),
        time = time(message.created),
        channel =
            if message.is_note() { String::new() } else { format!(" · via {}", Text(&message.channel)) },
        attachments = attachments(message),
    )
}

/// Links only. Nothing is fetched.
fn attachments(message: &Message) -> String {
    let list = message.attachments.as_ref().and_then(Value::as_array);
    let links: String = list
        .into_iter()
        .flatten()
        .filter_map(|attachment| {
            let url = attachment["url"].as_str()?;
            let name = attachment["name"].as_str().unwrap_or(url);
            // The address was checked to be a web address when it arrived.
            Some(format!(
                "<li><a href=\"{}\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">{}</a></li>",
                Text(url),
                Text(name)
            ))
        })
        .collect();
    if links.is_empty() {
        links
    } else {
        format!("<ul class=\"attachments\" aria-label=\"Attachments\">{links}</ul>")
    }
}

fn reply_box(account: &Account, ticket: &Ticket) -> String {
    let to = match ticket.customer.as_ref().and_then(|customer| customer.email.as_deref()) {
        Some(email) => format!("Reply to {}", Text(email)),
        None => "Reply (no email: this customer left no address)".to_owned(),
    };
    let has_address = ticket.customer.as_ref().is_some_and(|customer| customer.email.is_some());
    let chat = "<button name=\"kind\" value=\"chat\">Answer in the chat only</button>";
    let chat = if has_address { chat } else { "" };
    let agents = account.users.iter().filter(|user| user.role != Role::Bot).rev();
    let agents: String = agents.map(|user| format!("<option>{}</option>", Text(&user.name))).collect();
    format!(
        "<form class=\"reply\" method=\"post\" action=\"/_control/form/{s}/tickets/{id}/messages\">\
         <label for=\"reply\">{to}</label><textarea id=\"reply\" name=\"text\" rows=\"3\" required></textarea>\
         <div class=\"line\"><div class=\"field\"><label for=\"author\">Agent</label>\
         <select id=\"author\" name=\"author\">{agents}</select></div>\
         <button name=\"kind\" value=\"answer\">Send</button>{chat}\
         <button name=\"kind\" value=\"note\">Add internal note</button></div></form>",
        s = Text(&account.subdomain),
        id = ticket.id,
    )
}

/// The form's route.
pub(crate) fn forms() -> Router<Site<Gorgias>> {
    Router::new().route("/tickets/{id}/messages", post(write))
}

#[derive(Deserialize)]
struct Posted {
    author: String,
    text: String,
    kind: AgentMessageKind,
}

/// Writes what an agent typed.
async fn write(
    State(site): State<Site<Gorgias>>,
    Path((subdomain, id)): Path<(String, u64)>,
    Form(Posted { author, text, kind }): Form<Posted>,
) -> Response {
    let written = AgentMessage { author, text: text.trim().replace("\r\n", "\n"), kind };
    match site.world.account(&subdomain, |account, now| account.write(id, &written, now)).flatten() {
        Some(message) => {
            Redirect::to(&format!("/{subdomain}/app/ticket/{id}#message-{message}")).into_response()
        }
        None => not_found("Unknown ticket"),
    }
}

fn aside(account: &Account, ticket: &Ticket) -> String {
    let name = customer_name(ticket);
    let email = ticket.customer.as_ref().and_then(|customer| customer.email.as_deref());
    let user = |id| account.users.iter().find(|user| user.id == id).map(|user| user.name.as_str());
    let team = |id| account.teams.iter().find(|team| team.id == id).map(|team| team.name.as_str());
    let facts = [
        ("Ticket", Some(ticket.id.to_string())),
        ("Created", Some(time(ticket.created))),
        ("Priority", Some(Text(&ticket.priority).to_string())),
        ("Channel", Some(Text(&ticket.channel).to_string())),
        ("Assignee", Some(Text(ticket.assignee_user.and_then(user).unwrap_or("Unassigned")).to_string())),
        ("Team", ticket.assignee_team.and_then(team).map(|name| Text(name).to_string())),
        ("Language", ticket.language.as_ref().map(|language| Text(language).to_string())),
        ("External id", ticket.external_id.as_ref().map(|id| format!("<code>{}</code>", Text(id)))),
    ];
    let facts: String = facts
        .into_iter()
        .filter_map(|(term, value)| Some(format!("<div><dt>{term}</dt><dd>{}</dd></div>", value?)))
        .collect();
    format!(
        "<aside aria-label=\"Customer and ticket\"><div class=\"card customer\">{avatar}<div><h2>{name}</h2>\
         <p class=\"quiet\">{email}</p></div></div>\
         <div class=\"card\"><h2>Details</h2><dl>{facts}</dl></div></aside>",
        avatar = avatar(&name, "shopper"),
        name = Text(&name),
        email = email.map_or("No email address".to_owned(), |email| Text(email).to_string()),
    )
}
