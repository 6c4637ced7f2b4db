//! `/{subdomain}/agent/tickets/{id}`: one ticket as an agent sees it, and who was emailed about it.

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

use super::{
    shell,
    tickets::{requester_name, status_badge, subject, tags},
};
use crate::world::{Account, AgentComment, Comment, Ticket, Zendesk};

/// Serves the page. A merged ticket keeps its own page, which links to the ticket it was merged into.
pub(super) async fn page(
    State(site): State<Site<Zendesk>>,
    Path((subdomain, id)): Path<(String, String)>,
) -> Response {
    let found = site.world.account(&subdomain, |account, _| {
        let ticket = account.ticket(id.parse().ok()?).filter(|ticket| ticket.deleted.is_none())?;
        Some((subject(ticket).to_owned(), body(account, ticket)))
    });
    match found.flatten() {
        Some((title, body)) => shell::helpdesk(&subdomain, None, &title, &body).into_response(),
        None => not_found("Ticket not found"),
    }
}

fn body(account: &Account, ticket: &Ticket) -> String {
    let comments: String = ticket.comments.iter().map(|it| comment(account, it)).collect();
    format!(
        "<p class=\"back\"><a href=\"/{account}/agent\"><span aria-hidden=\"true\">←</span> All tickets</a></p>\
         <div class=\"head\"><div><h1>{subject}</h1><p class=\"chips\">{badge}{tags}</p></div></div>\
         <div class=\"columns\"><section aria-label=\"Conversation\"><ol class=\"thread\">{comments}</ol>{reply}</section>\
         {aside}</div>",
        account = Text(&account.subdomain),
        subject = Text(subject(ticket)),
        badge = status_badge(ticket),
        tags = tags(ticket),
        reply = reply_box(account, ticket),
        aside = aside(account, ticket),
    )
}

fn comment(account: &Account, comment: &Comment) -> String {
    let author = account.user(comment.author);
    let name = author.map_or("Unknown", |user| user.name.as_str());
    let (class, label) = match (comment.public, author.is_some_and(|user| user.is_shopper())) {
        (false, _) => ("note", "<span class=\"badge internal\">Internal note</span>"),
        (true, true) => ("shopper", ""),
        (true, false) => ("agent", "<span class=\"badge agent\">Public reply</span>"),
    };
    format!(
        "<li class=\"message {class}\" id=\"comment-{id}\"><div class=\"meta\">{avatar}<div>\
         <strong>{name}</strong>{label}<span class=\"quiet\">{time}</span></div></div>\
         <div class=\"body\">{content}</div></li>",
        id = comment.id,
        avatar = avatar(name, class),
        name = Text(name),
        time = time(comment.created),
        content = safe_html(&comment.html),
    )
}

fn reply_box(account: &Account, ticket: &Ticket) -> String {
    let to = match account.user(ticket.requester).and_then(|user| user.email.as_deref()) {
        Some(email) => format!("Reply to {}", Text(email)),
        None => "Reply (no email: this requester left no address)".to_owned(),
    };
    let agents = account.users.iter().filter(|user| user.role.is_team()).rev();
    let agents: String = agents.map(|user| format!("<option>{}</option>", Text(&user.name))).collect();
    format!(
        "<form class=\"reply\" method=\"post\" action=\"/_control/form/{s}/tickets/{id}/comments\">\
         <label for=\"reply\">{to}</label><textarea id=\"reply\" name=\"text\" rows=\"3\" required></textarea>\
         <div class=\"line\"><div class=\"field\"><label for=\"author\">Agent</label>\
         <select id=\"author\" name=\"author\">{agents}</select></div>\
         <button name=\"public\" value=\"true\">Submit public reply</button>\
         <button name=\"public\" value=\"false\">Submit internal note</button></div></form>",
        s = Text(&account.subdomain),
        id = ticket.id,
    )
}

/// The form's route.
pub(crate) fn forms() -> Router<Site<Zendesk>> {
    Router::new().route("/tickets/{id}/comments", post(write))
}

/// Writes what an agent typed.
async fn write(
    State(site): State<Site<Zendesk>>,
    Path((subdomain, id)): Path<(String, u64)>,
    Form(typed): Form<AgentComment>,
) -> Response {
    let written = AgentComment { text: typed.text.trim().replace("\r\n", "\n"), ..typed };
    match site.world.account(&subdomain, |account, now| account.write(id, &written, now)).flatten() {
        Some(comment) => {
            Redirect::to(&format!("/{subdomain}/agent/tickets/{id}#comment-{comment}")).into_response()
        }
        None => not_found("Ticket not found, or closed"),
    }
}

fn aside(account: &Account, ticket: &Ticket) -> String {
    let name = requester_name(account, ticket);
    let email = account.user(ticket.requester).and_then(|user| user.email.as_deref());
    let user = |id| account.user(id).map(|user| user.name.as_str());
    let group = |id| account.groups.iter().find(|group| group.id == id).map(|group| group.name.as_str());
    let linked = |id: u64| format!("<a href=\"/{}/agent/tickets/{id}\">#{id}</a>", Text(&account.subdomain));
    let facts = [
        ("Ticket", Some(format!("#{}", ticket.id))),
        ("Created", Some(time(ticket.created))),
        ("Group", ticket.group.and_then(group).map(|name| Text(name).to_string())),
        ("Priority", ticket.priority.as_ref().map(|priority| Text(priority).to_string())),
        ("Assignee", Some(Text(ticket.assignee.and_then(user).unwrap_or("Nobody")).to_string())),
        ("External id", ticket.external_id.as_ref().map(|id| format!("<code>{}</code>", Text(id)))),
        ("Merged into", ticket.merged_into.map(linked)),
        ("Follow-up of", ticket.follows.map(linked)),
    ];
    let facts: String = facts
        .into_iter()
        .filter_map(|(term, value)| Some(format!("<div><dt>{term}</dt><dd>{}</dd></div>", value?)))
        .collect();
    let mails = account.mails.iter().filter(|mail| mail.ticket == Some(ticket.id));
    let mails: String = mails
        .map(|mail| {
            let whom = if mail.to_shopper { "shopper" } else { "team" };
            let to = Text(mail.to.as_deref().unwrap_or_default());
            format!("<div><dt>{}</dt><dd>{to} ({whom})</dd></div>", Text(&mail.trigger))
        })
        .collect();
    let mails = if mails.is_empty() { "<div><dt>Nobody</dt><dd></dd></div>".to_owned() } else { mails };
    format!(
        "<aside aria-label=\"Requester and ticket\"><div class=\"card customer\">{avatar}<div><h2>{name}</h2>\
         <p class=\"quiet\">{email}</p></div></div>\
         <div class=\"card\"><h2>Details</h2><dl>{facts}</dl></div>\
         <div class=\"card\"><h2>Who was mailed</h2><dl>{mails}</dl></div></aside>",
        avatar = avatar(&name, "shopper"),
        name = Text(&name),
        email = email.map_or("No email address".to_owned(), |email| Text(email).to_string()),
    )
}
