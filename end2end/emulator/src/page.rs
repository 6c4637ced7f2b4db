//! Builds HTML: everything that is not a literal goes through [`Text`] or [`safe_html`].

mod safe_html;

use std::fmt;

use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use jiff::Timestamp;

pub use self::safe_html::safe_html;

/// Text that is shown as it is, in an element or a quoted attribute.
pub struct Text<T>(pub T);

impl<T: fmt::Display> fmt::Display for Text<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.to_string().chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                it if turns_direction(it) => {}
                _ => fmt::Write::write_char(f, character)?,
            }
        }
        Ok(())
    }
}

/// Returns whether a character changes the direction of the following text. A shopper could use one to disguise the
/// page's own text.
fn turns_direction(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A time, for people and for programs.
pub fn time(time: Timestamp) -> String {
    let shown = time.strftime("%-d %b %Y, %H:%M UTC");
    format!("<time datetime=\"{time}\">{shown}</time>")
}

/// A letter in a circle next to a person's name.
pub fn avatar(name: &str, kind: &str) -> String {
    let letter = name.chars().find(|it| it.is_alphanumeric()).unwrap_or('?').to_uppercase().to_string();
    format!("<span class=\"avatar {kind}\" aria-hidden=\"true\">{}</span>", Text(letter))
}

/// Returns a whole page around `body`.
pub fn bare(title: &str, body: &str) -> Html<String> {
    document(title, "", &format!("<main id=\"main\" class=\"page\" tabindex=\"-1\">{body}</main>"))
}

/// Returns a page of an account's helpdesk. `pages` are the entries of the navigation, `here` is the current one.
pub fn helpdesk(
    subdomain: &str,
    pages: &[(&str, &str)],
    here: Option<&str>,
    title: &str,
    body: &str,
) -> Html<String> {
    let account = Text(subdomain);
    let entries: String = pages
        .iter()
        .map(|(path, name)| {
            let current = if here == Some(path) { " aria-current=\"page\"" } else { "" };
            format!("<a href=\"/{account}/{path}\"{current}>{name}</a>")
        })
        .collect();
    let rail = format!(
        "<header class=\"rail\"><div class=\"brand\">{avatar}<div><strong>{account}</strong>\
         <span>Helpdesk emulator</span></div></div>\
         <nav aria-label=\"Helpdesk\">{entries}<a href=\"/_control#{account}\">Faults</a></nav></header>",
        avatar = avatar(subdomain, "shop"),
    );
    let main = format!("<main id=\"main\" tabindex=\"-1\">{body}</main>");
    document(&format!("{title} – {subdomain}"), "shell", &format!("{rail}{main}"))
}

/// Returns the page for something that does not exist.
pub fn not_found(what: &str) -> Response {
    let body =
        format!("<h1>{}</h1><p><a href=\"/_control\">All accounts of this emulator</a></p>", Text(what));
    (StatusCode::NOT_FOUND, bare(what, &body)).into_response()
}

fn document(title: &str, class: &str, body: &str) -> Html<String> {
    Html(format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><link rel=\"icon\" href=\"data:,\">\
         <link rel=\"stylesheet\" href=\"/_assets/helpdesk.css\"></head>\
         <body class=\"{class}\"><a class=\"skip\" href=\"#main\">Skip to content</a>{body}</body></html>",
        Text(title),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        assert_eq!(Text("<a b=\"c\" d='e'>&").to_string(), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;");
        assert_eq!(Text("a\u{202e}b").to_string(), "ab");
    }
}
