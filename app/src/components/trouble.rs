//! An error of a request.

use super::{Glyph, Host, Icon, named};
use crate::model::CallError;
use crate::routes::SIGN_IN;
use crate::text::t;
use crate::words;
use leptos::prelude::*;

/// The sentence of an error, with a way out where there is one.
#[component]
pub fn Trouble(
    /// The error.
    error: CallError,
) -> impl IntoView {
    // A host page signs in again by itself.
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
