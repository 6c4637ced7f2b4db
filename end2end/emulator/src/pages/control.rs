//! `/_control`: all accounts, and the faults that can be switched on.

use axum::{extract::State, response::Html};

use crate::{
    fault::{ActiveFault, FaultKind},
    page::{self, Text},
    requests::RequestRecord,
    surface::{Site, Surface},
};

/// The faults that a person can switch on, in plain words.
pub(super) const KINDS: &[(&str, &str)] = &[
    ("status", "Answer with a status (JSON)"),
    ("status_html", "Answer with a status (a proxy's page)"),
    ("redirect", "Answer with a redirect"),
    ("delay", "Wait, then perform"),
    ("slow_answer", "Perform, then answer late"),
    ("hang", "Never answer, perform nothing"),
    ("hang_after_commit", "Perform, never answer"),
    ("drop_before_body", "Drop the connection at the headers"),
    ("drop_before_commit", "Drop the connection, perform nothing"),
    ("drop_after_commit", "Perform, drop the connection"),
    ("late_commit", "Drop the connection, perform later"),
    ("late_visibility", "List a new ticket late"),
    ("slow_body", "Send the response body slowly"),
    ("cut_body", "Cut the response body"),
    ("garbage_body", "Answer with a body that is not JSON"),
    ("empty_body", "Answer with no body"),
    ("quota_used_up", "Quota used up (403 on creation)"),
    ("reject", "Reject a field (400)"),
];

/// The page.
pub(super) async fn page<P: Surface>(State(site): State<Site<P>>) -> Html<String> {
    let (accounts, now) = site
        .world
        .all(|accounts, now| (accounts.by_subdomain.values().map(section::<P>).collect::<String>(), now));
    let body = format!(
        "<div class=\"head\"><div><h1>{name} emulator</h1><p class=\"quiet\">Its clock says {}. Everything here \
         can also be done by programs, under <code>/_control</code>.</p></div></div>\
         <form class=\"card inline\" method=\"post\" action=\"/_control/form/accounts\"><h2>New account</h2>\
         <div class=\"field\"><label for=\"new-subdomain\">Subdomain</label>\
         <input id=\"new-subdomain\" name=\"subdomain\" required pattern=\"[a-z0-9]([a-z0-9\\-]*[a-z0-9])?\" \
         maxlength=\"63\" autocomplete=\"off\"></div><button>Add account</button></form>{accounts}",
        page::time(now),
        name = P::NAME,
    );
    page::bare(&format!("{} emulator", P::NAME), &body)
}

fn section<P: Surface>(account: &P::Account) -> String {
    let s = Text(&account.subdomain);
    let sent = match P::sent_to_shoppers(account) {
        0 => String::new(),
        sent => {
            format!("<p class=\"alarm\"><strong>{sent} messages were really sent to shoppers.</strong></p>")
        }
    };
    format!(
        "<section class=\"card account\" id=\"{s}\" aria-labelledby=\"name-{s}\"><div class=\"head\"><div>\
         <h2 id=\"name-{s}\">{s}</h2><p class=\"quiet\">{tickets} tickets, {asked} requests</p></div>\
         <p class=\"links\">{links}</p></div>{sent}\
         <h3>Users</h3>{users}\
         <h3>Faults</h3>{faults}{new_fault}\
         <h3>Account</h3>{switches}\
         <details><summary>Last requests of {s}</summary>{requests}</details></section>",
        tickets = P::tickets(account),
        asked = account.requests.len(),
        links = links::<P>(&account.subdomain),
        users = P::user_forms(account),
        faults = faults::<P>(account),
        new_fault = new_fault::<P>(&account.subdomain),
        switches = switches::<P>(account),
        requests = requests(&account.requests),
    )
}

/// The account's pages. The one where agents start has the helpdesk's name.
fn links<P: Surface>(subdomain: &str) -> String {
    let s = Text(subdomain);
    let name = |at: usize, name: &'static str| if at == 0 { "Helpdesk" } else { name };
    let links = P::PAGES.iter().enumerate();
    let links =
        links.map(|(at, (path, page))| format!("<a href=\"/{s}/{path}\">{} of {s}</a>", name(at, page)));
    links.collect::<Vec<_>>().join(" ")
}

fn faults<P: Surface>(account: &P::Account) -> String {
    if account.faults.is_empty() {
        return "<p class=\"quiet\">No faults.</p>".to_owned();
    }
    let s = Text(&account.subdomain);
    let rows: String = account.faults.iter().map(|active| fault_row(&account.subdomain, active)).collect();
    format!(
        "<ul class=\"rows\">{rows}</ul><form method=\"post\" action=\"/_control/form/{s}/faults/clear\">\
         <button aria-label=\"Switch all off: {s}\">Switch all off</button></form>"
    )
}

fn fault_row<P: Surface>(subdomain: &str, active: &ActiveFault<P>) -> String {
    let fault = &active.fault;
    let name = fault.kind.name();
    let label = KINDS.iter().find(|(kind, _)| *kind == name).map_or(name.as_str(), |(_, label)| *label);
    let which = format!(
        "{} {}",
        fault.method.as_deref().unwrap_or("any verb"),
        fault.path.as_deref().unwrap_or("any path")
    );
    let left = fault.times.map_or("until it is switched off".to_owned(), |times| format!("{times} more"));
    format!(
        "<li><div><strong>{label}</strong>{detail}<br><span class=\"quiet\">{which}, {left}, {hits} so far</span></div>\
         <form method=\"post\" action=\"/_control/form/{s}/faults/clear\">\
         <button name=\"id\" value=\"{id}\" aria-label=\"Switch off: {label}\">Switch off</button></form></li>",
        label = Text(label),
        detail = detail(&fault.kind),
        which = Text(which),
        hits = active.hits,
        s = Text(subdomain),
        id = active.id,
    )
}

/// Returns the number or name that belongs to a kind of fault.
fn detail(kind: &FaultKind) -> String {
    let detail = match kind {
        FaultKind::Status { status, .. } => status.to_string(),
        FaultKind::Redirect { status, location } => format!("{status} {location}"),
        FaultKind::Delay { seconds }
        | FaultKind::SlowAnswer { seconds }
        | FaultKind::LateCommit { seconds, .. }
        | FaultKind::LateVisibility { seconds }
        | FaultKind::SlowBody { seconds } => format!("{seconds} s"),
        FaultKind::Reject { field } => field.clone(),
        _ => return String::new(),
    };
    format!(" <span class=\"badge\">{}</span>", Text(detail))
}

fn new_fault<P: Surface>(subdomain: &str) -> String {
    let s = Text(subdomain);
    let options = |pairs: &[(&str, &str)]| -> String {
        pairs.iter().map(|(value, word)| format!("<option value=\"{value}\">{word}</option>")).collect()
    };
    format!(
        "<details><summary>Switch a fault of {s} on</summary>\
         <form class=\"grid\" method=\"post\" action=\"/_control/form/{s}/faults\">\
         <div class=\"field\"><label for=\"kind-{s}\">Fault</label><select id=\"kind-{s}\" name=\"kind\">{kinds}</select></div>\
         <div class=\"field\"><label for=\"on-{s}\">Affected requests</label><select id=\"on-{s}\" name=\"on\">{targets}</select></div>\
         <div class=\"field\"><label for=\"times-{s}\">How often (empty: until switched off)</label>\
         <input id=\"times-{s}\" name=\"times\" type=\"number\" min=\"1\" value=\"1\"></div>\
         <div class=\"field\"><label for=\"seconds-{s}\">Seconds, where it takes time</label>\
         <input id=\"seconds-{s}\" name=\"seconds\" type=\"number\" min=\"0\" step=\"any\" value=\"10\"></div>\
         <div class=\"field\"><label for=\"status-{s}\">Status, where it answers one</label>\
         <input id=\"status-{s}\" name=\"status\" type=\"number\" min=\"200\" max=\"599\"></div>\
         <div class=\"field\"><label for=\"text-{s}\">Field to refuse, or address to redirect to</label>\
         <input id=\"text-{s}\" name=\"text\" autocomplete=\"off\"></div>\
         <button>Switch on</button></form></details>",
        kinds = options(KINDS),
        targets = options(P::TARGETS),
    )
}

fn switches<P: Surface>(account: &P::Account) -> String {
    let s = Text(&account.subdomain);
    let button = |action: &str, word: &str| {
        format!("<button name=\"action\" value=\"{action}\" aria-label=\"{word}: {s}\">{word}</button>")
    };
    let active = match account.deactivated {
        Some(_) => button("activate", "Activate"),
        None => button("deactivate", "Deactivate"),
    };
    let own: String = P::switches(account).into_iter().map(|(action, word)| button(action, word)).collect();
    let reset = button("reset", "Empty");
    format!(
        "<form class=\"buttons\" method=\"post\" action=\"/_control/form/{s}/account\">{active}{own}{reset}</form>"
    )
}

fn requests(requests: &[RequestRecord]) -> String {
    if requests.is_empty() {
        return "<p class=\"quiet\">No requests yet.</p>".to_owned();
    }
    let rows: String = requests
        .iter()
        .rev()
        .take(20)
        .map(|request| {
            let status = request.status.map_or("no answer".to_owned(), |status| status.to_string());
            format!(
                "<li><div><code>{} {}</code><br><span class=\"quiet\">{status}, {}, {}</span></div></li>",
                Text(&request.method),
                Text(&request.path),
                Text(request.user.as_deref().unwrap_or("nobody")),
                page::time(request.at)
            )
        })
        .collect();
    format!("<ol class=\"rows\">{rows}</ol>")
}
