//! `/{subdomain}/app`: the tickets, newest first.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use emulator::{
    Site,
    page::{Text, avatar, not_found, time},
};

use super::shell;
use crate::world::{Account, Gorgias, Ticket};

/// How many are shown. Older ones can be opened by id.
const SHOWN: usize = 100;

/// The page.
pub(super) async fn page(State(site): State<Site<Gorgias>>, Path(subdomain): Path<String>) -> Response {
    match site.world.account(&subdomain, |account, _| body(account)) {
        Some(body) => shell::helpdesk(&subdomain, Some(shell::TICKETS), "Tickets", &body).into_response(),
        None => not_found("There is no helpdesk at this address"),
    }
}

fn body(account: &Account) -> String {
    let mut tickets: Vec<&Ticket> = account.tickets.iter().filter(|ticket| !ticket.is_merged()).collect();
    tickets.sort_by_key(|ticket| std::cmp::Reverse((ticket.created, ticket.id)));
    let open = tickets.iter().filter(|ticket| ticket.status == "open" && ticket.trashed.is_none()).count();
    let head = format!(
        "<div class=\"head\"><div><h1>Tickets</h1><p class=\"quiet\">{open} open, {} in all</p></div>\
         <a class=\"button\" href=\"/{}/app\">Refresh</a></div>",
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
    let customer = customer_name(ticket);
    let first = ticket.messages.iter().find(|message| !message.is_note()).or(ticket.messages.first());
    let preview: String = first
        .and_then(|message| message.body_text.as_deref())
        .unwrap_or_default()
        .chars()
        .take(160)
        .collect();
    format!(
        "<li class=\"{status}\"><a href=\"/{account}/app/ticket/{id}\">{avatar}<span class=\"what\">\
         <span class=\"line\"><span class=\"who\">{customer}</span>{time}</span>\
         <strong class=\"subject\">{subject}</strong><span class=\"preview\">{preview}</span>\
         <span class=\"chips\">{badge}{tags}</span></span></a></li>",
        status = Text(&ticket.status),
        account = Text(&account.subdomain),
        id = ticket.id,
        avatar = avatar(&customer, "shopper"),
        customer = Text(&customer),
        time = time(ticket.created),
        subject = Text(subject(ticket)),
        preview = Text(preview),
        badge = status_badge(ticket),
        tags = tags(ticket),
    )
}

/// Returns the customer as agents see it.
pub(super) fn customer_name(ticket: &Ticket) -> String {
    let customer = ticket.customer.as_ref();
    let name = customer.and_then(|customer| customer.name.clone()).filter(|name| !name.trim().is_empty());
    name.or(customer.and_then(|customer| customer.email.clone()))
        .unwrap_or_else(|| "Unknown customer".to_owned())
}

/// Returns the subject as agents see it.
pub(super) fn subject(ticket: &Ticket) -> &str {
    ticket.subject.as_deref().filter(|subject| !subject.trim().is_empty()).unwrap_or("(no subject)")
}

/// Open, closed or in the trash.
pub(super) fn status_badge(ticket: &Ticket) -> String {
    let (class, word) = match (ticket.trashed, ticket.status.as_str()) {
        (Some(_), _) => ("trashed", "In the trash"),
        (None, "closed") => ("closed", "Closed"),
        (None, _) => ("open", "Open"),
    };
    format!("<span class=\"badge {class}\">{word}</span>")
}

/// The tags, as chips.
pub(super) fn tags(ticket: &Ticket) -> String {
    ticket.tags.iter().map(|tag| format!("<span class=\"tag\">{}</span>", Text(tag))).collect()
}
