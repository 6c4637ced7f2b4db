//! The page that shows the events. They contain what shoppers wrote, which is hostile.

use axum::response::Html;
use emulator::page::{Text, bare, time};
use serde_json::Value;

use crate::kept::{Kept, Received};

/// The answers that a person can choose.
pub(crate) const ANSWERS: [(u16, &str); 5] = [
    (204, "204: accept the event"),
    (500, "500: error, so that Convi sends the event again"),
    (503, "503: busy, so that Convi sends the event again"),
    (404, "404: not found, so that the connection needs attention"),
    (410, "410: gone, so that Convi switches the connection off"),
];

/// Returns the page of a receiver with this URL for events.
pub(crate) fn page(url: &str, kept: &Kept) -> Html<String> {
    let events: String = kept.events.iter().map(event).collect();
    let events = if events.is_empty() { "<p class=\"quiet\">No events yet.</p>".to_owned() } else { events };
    let refused = match kept.refused {
        0 => String::new(),
        n => format!("<p class=\"alarm\">Requests without a valid signature, answered with 401: {n}</p>"),
    };
    let body = format!(
        "<div class=\"head\"><div><h1>Webhook receiver</h1><p class=\"quiet\">Stands in for a program of your own. \
         Enter this URL in Convi: <code>{url}</code></p></div>\
         <p class=\"links\"><a href=\"/_control\">Reload</a></p></div>{settings}{refused}<h2>Received events</h2>{events}",
        url = Text(url),
        settings = settings(kept),
    );
    bare("Webhook receiver", &body)
}

fn settings(kept: &Kept) -> String {
    let choice = |(status, label): &(u16, &str)| {
        let selected = if *status == kept.answer() { " selected" } else { "" };
        format!("<option value=\"{status}\"{selected}>{label}</option>")
    };
    format!(
        "<form class=\"card\" method=\"post\" action=\"/_control/form/settings\"><div class=\"field\">\
         <label for=\"secret\">Signing secret (Convi shows it once)</label>\
         <input id=\"secret\" name=\"secret\" value=\"{secret}\" placeholder=\"whsec_…\" autocomplete=\"off\" \
         spellcheck=\"false\"></div><div class=\"field\"><label for=\"answer\">Answer with</label>\
         <select id=\"answer\" name=\"answer\">{choices}</select></div><button>Save</button></form>",
        secret = Text(kept.secret.as_deref().unwrap_or_default()),
        choices = ANSWERS.iter().map(choice).collect::<String>(),
    )
}

fn event(event: &Received) -> String {
    let json: Option<Value> = serde_json::from_str(&event.body).ok();
    let kind = json.as_ref().and_then(|json| json.get("type")).and_then(Value::as_str).unwrap_or("?");
    let pretty = json.as_ref().and_then(|json| serde_json::to_string_pretty(json).ok());
    let signature =
        if event.verified { "signature verified" } else { "signature not checked: no secret entered" };
    let times = if event.times == 1 { String::new() } else { format!(", received {} times", event.times) };
    format!(
        "<section class=\"card\"><h3>{kind}</h3><p class=\"quiet\">{at}, {signature}, answered with {answer}{times}<br>\
         <code>{id}</code></p><details><summary>Body</summary><div class=\"body\"><pre>{body}</pre></div></details>\
         </section>",
        kind = Text(kind),
        at = time(event.at),
        answer = event.answer,
        id = Text(&event.id),
        body = Text(pretty.as_deref().unwrap_or(&event.body)),
    )
}
