//! Writing HTML: everything that is not a literal goes through [`Text`].

use std::fmt;

use axum::response::Html;
use jiff::Timestamp;

/// Text that is shown as it is, in an element or in a quoted attribute.
pub(super) struct Text<T>(pub(super) T);

impl<T: fmt::Display> fmt::Display for Text<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.to_string().chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                // Marks that turn the direction of what follows would let a shopper disguise the page's own text.
                '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
                _ => fmt::Write::write_char(f, character)?,
            }
        }
        Ok(())
    }
}

/// A moment, for people and for programs.
pub(super) fn time(time: Timestamp) -> String {
    let shown = time.strftime("%-d %b %Y, %H:%M UTC");
    format!("<time datetime=\"{time}\">{shown}</time>")
}

/// One letter for somebody, beside their name.
pub(super) fn avatar(name: &str, kind: &str) -> String {
    let letter = name.chars().find(|it| it.is_alphanumeric()).unwrap_or('?').to_uppercase().to_string();
    format!("<span class=\"avatar {kind}\" aria-hidden=\"true\">{}</span>", Text(letter))
}

/// A whole page around `body`.
pub(super) fn bare(title: &str, body: &str) -> Html<String> {
    document(title, "", &format!("<main id=\"main\" class=\"page\" tabindex=\"-1\">{body}</main>"))
}

/// Which entry of the navigation is the page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Tickets,
    Ticket,
    RestApi,
}

/// A page of an account's helpdesk.
pub(super) fn helpdesk(subdomain: &str, place: Place, title: &str, body: &str) -> Html<String> {
    let current = |here: bool| if here { " aria-current=\"page\"" } else { "" };
    let account = Text(subdomain);
    let rail = format!(
        "<header class=\"rail\"><div class=\"brand\">{avatar}<div><strong>{account}</strong>\
         <span>Helpdesk emulator</span></div></div>\
         <nav aria-label=\"Helpdesk\"><a href=\"/{account}/app\"{tickets}>Tickets</a>\
         <a href=\"/{account}/app/settings/rest-api\"{rest}>REST API</a>\
         <a href=\"/_control#{account}\">Faults</a></nav></header>",
        avatar = avatar(subdomain, "shop"),
        tickets = current(place == Place::Tickets),
        rest = current(place == Place::RestApi),
    );
    let main = format!("<main id=\"main\" tabindex=\"-1\">{body}</main>");
    document(&format!("{title} – {subdomain}"), "shell", &format!("{rail}{main}"))
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
    fn text_stays_text() {
        assert_eq!(Text("<a b=\"c\" d='e'>&").to_string(), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;");
        assert_eq!(Text("a\u{202e}b").to_string(), "ab");
    }
}
