//! The checklist `Ready for handovers`: what is done, and what is missing, with a link to fix it. Once everything is
//! done it disappears.

use super::board::IntegrationsBoard;
use crate::api;
use crate::components::{PageLink, each, leads_out, named, says, when};
use crate::model::Readiness;
use crate::text::{number, sentence, t, tf};
use crate::words;
use leptos::prelude::*;

/// Returns whether Handover to human is inactive, which is shown again where a merchant may miss a ticket.
pub(super) fn handover_inactive(lines: &[Readiness]) -> bool {
    lines.iter().any(|line| line.kind == "handover_ability" && !line.ready)
}

/// Returns the address of a line's link, and whether it leads outside. Our own addresses start with a single slash.
fn link(line: &Readiness) -> Option<(String, bool)> {
    let link = line.link.as_deref()?;
    let ours = link.starts_with('/') && !link.starts_with("//") && !link.contains('\\');
    if ours {
        Some((link.to_owned(), false))
    } else {
        words::web_address(link).map(|link| (link.to_owned(), true))
    }
}

/// Refreshes the lines. If that fails, the next refresh tries again.
pub(super) fn reload(board: IntegrationsBoard) {
    board.readiness.ask(api::readiness::list());
}

#[component]
pub(super) fn Checklist(board: IntegrationsBoard) -> impl IntoView {
    let lines = board.readiness;
    let line = move |wanted: String| {
        let line = lines.with_untracked(|lines| lines.iter().find(|line| key(line) == wanted).cloned());
        line.map(line_view).unwrap_or_else(|| ().into_any())
    };
    let counts = move || lines.with(|all| (all.iter().filter(|line| line.ready).count(), all.len()));
    let counted = move || {
        let (done, all) = counts();
        tf("{n} of {all} done", &[("n", &number(done as u64)), ("all", &number(all as u64))])
    };
    view! {
        {when(
            move || {
                let (done, all) = counts();
                done < all
            },
            move || view! {
                <section class="card checklist" {..named([("aria-labelledby", "checklist-title".into())])}>
                    <div class="checklist-head">
                        <h2 {..named([("id", "checklist-title".into())])}>{t("Ready for handovers")}</h2>
                        <span class="quiet">{says(counted)}</span>
                    </div>
                    <ul>{each(move || lines.with(|lines| lines.iter().map(key).collect()), line)}</ul>
                </section>
            }
            .into_any(),
        )}
    }
}

/// Returns a key that identifies a line by its kind and its message.
fn key(line: &Readiness) -> String {
    format!("{} {}", line.kind, line.message)
}

fn line_view(line: Readiness) -> AnyView {
    let label = line.link_label.as_deref().map(words::plain).filter(|label| !label.is_empty());
    let label = label.map(|label| t(&label));
    let mend = link(&line).filter(|_| !line.ready).map(|(address, out)| {
        let label = label.unwrap_or_else(|| t("Fix this"));
        if out {
            leads_out(address, label)
        } else {
            // Not followed by the router: a link to this page opens a dialog by its address.
            view! { <PageLink path=address label whole=true /> }.into_any()
        }
    });
    view! {
        <li class=if line.ready { "checklist-line checklist-done" } else { "checklist-line" }>
            <span class="checklist-box"></span>
            <p>{words::plain(&sentence(&line.message, line.code.as_deref(), &line.args))} " " {mend}</p>
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Args;

    #[test]
    fn links_lead_to_our_pages_or_to_web_addresses() {
        let to = |address: &str| {
            link(&Readiness {
                kind: "role".into(),
                ready: false,
                message: String::new(),
                code: None,
                args: Args::default(),
                link: Some(address.into()),
                link_label: None,
            })
        };
        assert_eq!(to("/train/abilities"), Some(("/train/abilities".into(), false)));
        assert_eq!(to("https://a.gorgias.com/x"), Some(("https://a.gorgias.com/x".into(), true)));
        for bad in ["//evil.example", "/\\evil.example", "javascript:alert(1)", "evil", ""] {
            assert_eq!(to(bad), None, "{bad}");
        }
    }
}
