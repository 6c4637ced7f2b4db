//! `/{subdomain}/agent`: the tickets, newest first.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use emulator::{
    Site,
    page::{Text, avatar, not_found, time},
};

use super::shell;
use crate::world::{Account, Ticket, Zendesk};

/// How many are shown. Older ones can be opened by id.
const SHOWN: usize = 100;

/// The page.
pub(super) async fn page(State(site): State<Site<Zendesk>>, Path(subdomain): Path<String>) -> Response {
    match site.world.account(&subdomain, |account, _| body(account)) {
        Some(body) => shell::helpdesk(&subdomain, Some(shell::VIEWS), "Views", &body).into_response(),
        None => not_found("There is no help desk at this address"),
    }
}

fn body(account: &Account) -> String {
    let mut tickets: Vec<&Ticket> =
        account.tickets.iter().filter(|ticket| ticket.deleted.is_none()).collect();
    tickets.sort_by_key(|ticket| std::cmp::Reverse((ticket.created, ticket.id)));
    let unsolved =
        tickets.iter().filter(|ticket| !matches!(ticket.status.as_str(), "solved" | "closed")).count();
    let head = format!(
        "<div class=\"head\"><div><h1>All tickets</h1><p class=\"quiet\">{unsolved} unsolved, {} in all</p></div>\
         <a class=\"button\" href=\"/{}/agent\">Refresh</a></div>",
        tickets.len(),
        Text(&account.subdomain),
    );
    if tickets.is_empty() {
        return format!(
            "{head}<div class=\"empty\"><p><strong>No tickets yet</strong></p>\
             <p>A conversation that is handed over appears here.</p></div>"
        );
    }
    let rows: String = tickets.iter().take(SHOWN).map(|ticket| row(account, ticket)).collect();
    format!("{head}<ul class=\"tickets\">{rows}</ul>")
}

fn row(account: &Account, ticket: &Ticket) -> String {
    let requester = requester_name(account, ticket);
    let first = ticket.comments.first().map(|comment| comment.plain.as_str()).unwrap_or_default();
    let preview: String = first.chars().take(160).collect();
    format!(
        "<li class=\"{status}\"><a href=\"/{account}/agent/tickets/{id}\">{avatar}<span class=\"what\">\
         <span class=\"line\"><span class=\"who\">{requester}</span>{time}</span>\
         <strong class=\"subject\">{subject}</strong><span class=\"preview\">{preview}</span>\
         <span class=\"chips\">{badge}{tags}</span></span></a></li>",
        status = if ticket.status == "closed" { "closed" } else { "open" },
        account = Text(&account.subdomain),
        id = ticket.id,
        avatar = avatar(&requester, "shopper"),
        requester = Text(&requester),
        time = time(ticket.created),
        subject = Text(subject(ticket)),
        preview = Text(preview),
        badge = status_badge(ticket),
        tags = tags(ticket),
    )
}

/// Returns the requester as agents see it.
pub(super) fn requester_name(account: &Account, ticket: &Ticket) -> String {
    account.user(ticket.requester).map_or_else(|| "Unknown".to_owned(), |user| user.name.clone())
}

/// Returns the subject as agents see it.
pub(super) fn subject(ticket: &Ticket) -> &str {
    ticket.subject.as_deref().filter(|subject| !subject.trim().is_empty()).unwrap_or("(no subject)")
}

/// The status, as a badge.
pub(super) fn status_badge(ticket: &Ticket) -> String {
    let class = if matches!(ticket.status.as_str(), "solved" | "closed") { "closed" } else { "open" };
    format!("<span class=\"badge {class}\">{}</span>", Text(&ticket.status))
}

/// The tags, as chips.
pub(super) fn tags(ticket: &Ticket) -> String {
    ticket.tags.iter().map(|tag| format!("<span class=\"tag\">{}</span>", Text(tag))).collect()
}
