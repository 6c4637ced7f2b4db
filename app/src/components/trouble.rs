//! The error of a failed request.

use super::{Glyph, Host, Icon, named};
use crate::model::CallError;
use crate::routes::SIGN_IN;
use crate::text::t;
use crate::words;
use leptos::prelude::*;

/// An error's sentence, with a link to sign in if that helps.
#[component]
pub fn Trouble(
    /// The error.
    error: CallError,
) -> impl IntoView {
    // An embedding page signs in again on its own.
    let sign_in = (error == CallError::SignedOut && !Host::current().is_there()).then(|| {
        // A full page load: the server decides where signing in leads.
        view! { <a class="link" {..named([("href", SIGN_IN.into()), ("rel", "external".into())])}>{t("Sign in")}</a> }.into_any()
    });
    view! {
        <div class="note note-bad">
            <Icon glyph=Glyph::WARNING />
            <p>{words::error(&error)}" "{sign_in}</p>
        </div>
    }
}
