//! Pages in the reader's language.

use super::samples::busy;
use super::{page, page_in, visible};
use crate::forms::{FormOutcome, IntegrationsOutcome};
use crate::model::*;
use crate::text::Language;
use domain::{Sentence, said};

#[tokio::test]
async fn a_page_is_in_one_language() {
    let translated = |language: &str| -> Vec<(String, String)> {
        let json = match language {
            "de" => include_str!("../text/de.json"),
            _ => include_str!("../text/fr.json"),
        };
        let all: std::collections::BTreeMap<String, String> = serde_json::from_str(json).unwrap();
        all.into_iter().filter(|(english, other)| english != other && !english.contains('{')).collect()
    };
    for language in [Language::German, Language::French] {
        for uri in [
            "/settings/integrations",
            "/settings/integrations?connect=gorgias",
            "/settings/integrations?disconnect=gorgias",
            "/settings/notifications",
            "/sign-in?error=expired",
            "/nowhere",
        ] {
            for role in [Role::Owner, Role::Member] {
                let (_, html) = page_in(language, busy(), Some(role), uri, None).await;
                assert!(html.contains(&format!("<html lang=\"{}\"", language.code())), "{uri}");
                assert!(html.contains(&format!("/pkg/{}-1.json", language.code())), "{uri}");
                let html = visible(&html);
                for (english, _) in translated(language.code()) {
                    for left in [format!(">{english}<"), format!("=\"{english}\"")] {
                        // A role is also a word in tokens, and a language's own name is never translated.
                        assert!(!html.contains(&left), "{left} at {uri} in {}", language.name());
                    }
                }
            }
        }
    }
    let (_, html) =
        page_in(Language::German, busy(), Some(Role::Owner), "/settings/integrations", None).await;
    for text in [
        "Handlungsbedarf",
        "1.234 Übergaben werden zurückgehalten",
        "Gorgias akzeptiert die gespeicherten Zugangsdaten nicht mehr. Erstellen Sie in Gorgias",
        "Gorgias war nicht erreichbar: keine Verbindung.",
        "Es ist keine Team-E-Mail hinterlegt",
        "Zurückgehalten, bis Gorgias wieder funktioniert",
        "Niemand wurde benachrichtigt",
        "0 von 1 erledigt",
    ] {
        assert!(html.contains(text), "{text}");
    }
    let (_, html) = page(busy(), Some(Role::Owner), "/settings/integrations", None).await;
    assert!(html.contains("<html lang=\"en\"") && !html.contains(".json"), "English loads no catalogue");
}

#[tokio::test]
async fn the_servers_sentences_are_translated() {
    let outcome = |found| {
        let (subdomain, username) = (String::new(), String::new());
        let (helpdesk, method) = (Helpdesk::GORGIAS, None);
        Some(FormOutcome::Integrations(IntegrationsOutcome::Connect {
            helpdesk,
            subdomain,
            method,
            username,
            choice: [None, None],
            found,
        }))
    };
    let wrong = CallError::field(Subdomain::parse_field(Helpdesk::GORGIAS, "").unwrap_err());
    let uri = "/settings/integrations";
    let (_, html) = page_in(Language::French, busy(), Some(Role::Owner), uri, outcome(Err(wrong))).await;
    assert!(html.contains("Saisissez votre sous-domaine Gorgias."));
    let no_account = Sentence {
        code: "gorgias.no_account",
        english: "There is no Gorgias account at {host}. Copy the subdomain from your Gorgias address.",
    };
    let failed = TestOutcome::failed(Problem::UnknownSubdomain, said!(no_account, host = "a.gorgias.com"));
    let (_, html) = page_in(Language::German, busy(), Some(Role::Owner), uri, outcome(Ok(failed))).await;
    assert!(html.contains("Verbindung fehlgeschlagen. Bitte prüfen Sie Ihre Zugangsdaten"));
    assert!(html.contains("Unter a.gorgias.com gibt es kein Gorgias-Konto."));
}
