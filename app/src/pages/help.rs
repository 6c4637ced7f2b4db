//! Common issues, and details for support.

use crate::api;
use crate::components::{Live, PageLink, page_content};
use crate::model::{Integration, Viewer};
use crate::pages::integrations::Remedy;
use crate::text::t;
use crate::words::{self, Issue};
use leptos::prelude::*;
use leptos_meta::Title;

/// The page.
#[component]
pub fn HelpPage() -> impl IntoView {
    let rows = Resource::new_blocking(|| (), |()| api::integrations::list());
    let viewer = Resource::new_blocking(|| (), |()| api::session::current_viewer());
    let content = page_content(move |_| async move {
        let (rows, viewer) = (rows.await?, viewer.await?);
        Ok(view! { <Content rows viewer /> }.into_any())
    });
    view! {
        <Title text=t("Common issues · Convi") />
        <div class="page">
            <h1>{t("Common issues")}</h1>
            <p class="lead">{t("What can keep a handover from becoming a ticket, and what to do about it.")}</p>
            {content}
        </div>
    }
}

#[component]
fn Content(rows: Vec<Integration>, viewer: Viewer) -> impl IntoView {
    Live::current().begin();
    view! {
        <section class="issues" aria-labelledby="ticket-issues">
            <h2 id="ticket-issues">{t("Tickets")}</h2>
            <div class="card">{words::ticket_issues().into_iter().map(issue).collect_view()}</div>
        </section>
        <section class="issues" aria-labelledby="connection-issues">
            <h2 id="connection-issues">{t("The connection")}</h2>
            <div class="card">{words::connection_issues().into_iter().map(issue).collect_view()}</div>
        </section>
        <section class="issues" aria-labelledby="support-details">
            <h2 id="support-details">{t("Details for support")}</h2>
            <p>{t("If something else is wrong, copy this into your message to support. It contains no key and no message of a shopper.")}</p>
            <Remedy remedy=details(&rows, &viewer) />
        </section>
    }
}

fn issue(issue: Issue) -> AnyView {
    view! {
        <details class="issue" id=issue.name>
            <summary>{issue.title}</summary>
            <p>{issue.fix}</p>
            {issue.page.map(|(path, label)| view! { <p><PageLink path=path.to_owned() label /></p> })}
        </details>
    }
    .into_any()
}

/// Returns what support needs to know. Not translated, because support reads it.
fn details(rows: &[Integration], viewer: &Viewer) -> String {
    let row = |row: &Integration| {
        let state = row.state.label();
        let problem = row.problem.map(|problem| format!(", {}", problem.as_str())).unwrap_or_default();
        let code = row.code.as_deref().map(|code| format!(" ({code})")).unwrap_or_default();
        let Integration { held, waiting, unsent, .. } = row;
        format!(
            "{}: {state}{problem}{code}; held {held}, waiting {waiting}, unsent {unsent}",
            row.helpdesk.slug()
        )
    };
    let who = format!("merchant: {}\nrole: {}", viewer.merchant, viewer.role.as_str());
    let version = format!("version: {}", env!("CARGO_PKG_VERSION"));
    [who, version].into_iter().chain(rows.iter().map(row)).collect::<Vec<_>>().join("\n")
}
