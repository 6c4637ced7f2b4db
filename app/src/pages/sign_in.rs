//! The sign-in page for dashboard tokens.

use crate::components::button::Weight;
use crate::components::frame::Brand;
use crate::components::{Button, Glyph, Icon, Live};
use crate::routes::SIGN_IN;
use crate::text::{later, t};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// Why a token was rejected: `/sign-in?error=…`. Only known names are shown, because anyone can write an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInError {
    /// The field was empty.
    Missing,
    /// Not a valid token of this dashboard.
    Invalid,
    /// The token has expired.
    Expired,
    /// Too many attempts.
    TooMany,
}

impl SignInError {
    /// Every error.
    pub const ALL: [Self; 4] = [Self::Missing, Self::Invalid, Self::Expired, Self::TooMany];

    /// Returns its name in the address.
    pub fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Invalid => "invalid",
            Self::Expired => "expired",
            Self::TooMany => "too-many",
        }
    }

    /// Returns the error with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|error| error.name() == name)
    }

    /// Returns its sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Missing => later("Paste a dashboard token."),
            Self::Invalid => {
                later("This is not a valid dashboard token. Copy the whole token and try again.")
            }
            Self::Expired => later("This token has expired. Create a new one in your dashboard."),
            Self::TooMany => later("Too many attempts. Wait a minute and try again."),
        }
    }

    /// Returns the address that the server redirects to.
    pub fn location(self) -> String {
        format!("{SIGN_IN}?error={}", self.name())
    }
}

/// A plain form with and without WASM, because the server's answer sets the session cookie.
#[component]
pub fn SignInPage() -> impl IntoView {
    let error = use_query_map()
        .with_untracked(|query| query.get("error"))
        .as_deref()
        .and_then(SignInError::from_name);
    Live::current().begin();
    view! {
        <Title text=t("Sign in · Convi") />
        <div class="page page-sign-in">
            <Brand />
            <h1>{t("Sign in")}</h1>
            <p class="lead">{t("Open Convi from your dashboard, or paste a dashboard token here.")}</p>
            <form class="card form" method="post" action=SIGN_IN>
                <div class="field">
                    <label class="field-label" for="token">{t("Dashboard token")}</label>
                    <input
                        class="input"
                        id="token"
                        name="token"
                        type="password"
                        autocomplete="off"
                        autocapitalize="none"
                        spellcheck="false"
                        autofocus=true
                        required=true
                        aria-invalid=error.map(|_| "true")
                        aria-describedby=if error.is_some() { "token-error token-help" } else { "token-help" }
                    />
                    {error.map(|error| view! {
                        <p class="field-error" id="token-error">
                            <Icon glyph=Glyph::WARNING />
                            <span>{t(error.sentence())}</span>
                        </p>
                    })}
                    <p class="field-help" id="token-help">{t("A token is valid for 15 minutes. You stay signed in for up to 8 hours.")}</p>
                </div>
                <Button label=t("Sign in") weight=Weight::Primary />
            </form>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_errors_are_shown() {
        for error in SignInError::ALL {
            assert_eq!(SignInError::from_name(error.name()), Some(error));
        }
        assert_eq!(SignInError::from_name("Call 0900-1234"), None);
    }
}
