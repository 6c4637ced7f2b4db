//! The look of our emails: plain text and HTML, written side by side. Mail programs drop most of CSS, so each element has
//! its own style, and one style sheet only has the colors for a dark theme.

use domain::text::{escape, escape_lines, http_url, link, one_line, shorten};

/// The colors for a dark theme, for the classes that the elements have.
const DARK: &str = "@media (prefers-color-scheme:dark){\
    .ground{background:#101719!important;color:#e9efed!important}\
    .card{background:#182124!important;border-color:#2c393b!important}\
    .soft,.soft a{color:#a3b3b1!important}\
    .line{border-color:#2c393b!important}\
    .other{background:#222e31!important}\
    .own{background:#173b40!important}\
    .button{background:#7fc4c4!important;color:#0d2125!important}\
    a{color:#8fd0cf}}";

/// The length of the preview that lists of emails show, in characters.
const PREVIEW: usize = 140;

/// An email's text as plain text and as HTML.
pub(super) struct Letter {
    plain: String,
    html: String,
    preview: String,
}

/// How a bubble looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Emphasis {
    /// The reader's own side, or what is new.
    Strong,
    /// The other side.
    Calm,
}

impl Letter {
    /// Begins a letter with its heading. `preview` is what lists of emails show beside the subject.
    pub(super) fn new(title: &str, preview: &str) -> Self {
        Self {
            plain: format!("{title}\n\n"),
            html: format!(
                "<h1 style=\"margin:0 0 12px;font-size:22px;line-height:1.3\">{}</h1>",
                escape(title)
            ),
            preview: shorten(&one_line(preview), PREVIEW),
        }
    }

    pub(super) fn heading(&mut self, text: &str) {
        self.end_line();
        self.plain.push_str(&format!("\n{text}\n\n"));
        self.html.push_str(&format!(
            "<h2 class=\"line\" style=\"margin:28px 0 12px;padding-top:20px;border-top:1px solid #e2ddd3;font-size:16px\">{}</h2>",
            escape(text)
        ));
    }

    pub(super) fn paragraph(&mut self, text: &str) {
        self.plain.push_str(&format!("{text}\n\n"));
        self.html.push_str(&format!("<p style=\"margin:12px 0\">{}</p>", escape(text)));
    }

    /// Adds a small remark.
    pub(super) fn remark(&mut self, text: &str) {
        self.end_line();
        self.plain.push_str(&format!("{text}\n"));
        self.html.push_str(&format!(
            "<p class=\"soft\" style=\"margin:8px 0;font-size:14px;color:#51605f\">{}</p>",
            escape(text)
        ));
    }

    /// Adds a name and its value, which becomes a link if it is a URL.
    pub(super) fn line(&mut self, name: &str, value: &str) {
        self.plain.push_str(&format!("{name}: {value}\n"));
        self.html.push_str(&format!(
            "<p style=\"margin:4px 0\"><span class=\"soft\" style=\"color:#51605f\">{}:</span> <span dir=\"auto\">{}</span></p>",
            escape(name),
            link(value, value)
        ));
    }

    /// Adds a button, unless its address may not become a link.
    pub(super) fn button(&mut self, label: &str, url: &str) {
        self.end_line();
        self.plain.push_str(&format!("{label}: {url}\n"));
        if let Some(url) = http_url(url) {
            self.html.push_str(&format!(
                "<p style=\"margin:16px 0\"><a class=\"button\" href=\"{}\" style=\"display:inline-block;padding:11px 20px;\
                 border-radius:8px;background:#0a6570;color:#ffffff;text-decoration:none;font-weight:600\">{}</a></p>",
                escape(url.as_str()),
                escape(label)
            ));
        }
    }

    /// Adds what someone said. Links in it stay text: anyone may have written it.
    pub(super) fn bubble(&mut self, author: &str, text: &str, emphasis: Emphasis) {
        self.end_line();
        let (class, ground) = match emphasis {
            Emphasis::Strong => ("own", "#e2f0ef"),
            Emphasis::Calm => ("other", "#f1eee8"),
        };
        self.plain.push_str(&format!("{author}\n{text}\n\n"));
        self.html.push_str(&format!(
            "<p class=\"soft\" style=\"margin:14px 0 4px;font-size:13px;color:#51605f\"><bdi>{}</bdi></p>\
             <div class=\"{class}\" dir=\"auto\" style=\"padding:10px 14px;border-radius:12px;background:{ground};\
             overflow-wrap:anywhere\">{}</div>",
            escape(author),
            escape_lines(text)
        ));
    }

    /// Adds text that is already rendered in both forms.
    pub(super) fn rendered(&mut self, plain: &str, html: &str) {
        self.plain.push_str(plain);
        self.html.push_str(html);
    }

    fn end_line(&mut self) {
        if !self.plain.ends_with('\n') {
            self.plain.push('\n');
        }
    }

    /// Returns the plain text and the HTML, in this language, with a foot in both forms.
    pub(super) fn finish(self, language: &str, foot_plain: &str, foot_html: &str) -> (String, String) {
        let Self { plain, html, preview } = self;
        let plain = format!("{}\n--\n{foot_plain}\n", plain.trim_end_matches('\n').to_owned() + "\n");
        let html = format!(
            "<!doctype html><html lang=\"{language}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\">\
             <style>{DARK}</style></head>\
             <body class=\"ground\" style=\"margin:0;padding:24px 12px;background:#f7f5f1;color:#1b2426;\
             font:16px/1.5 'Segoe UI',system-ui,sans-serif\">\
             <div style=\"display:none;max-height:0;overflow:hidden\">{}</div>\
             <div class=\"card\" style=\"max-width:560px;margin:0 auto;padding:28px 24px;background:#ffffff;\
             border:1px solid #e2ddd3;border-radius:14px\">{html}</div>\
             <p class=\"soft\" style=\"max-width:560px;margin:16px auto 0;padding:0 24px;font-size:13px;color:#51605f\">{foot_html}</p>\
             </body></html>",
            escape(&preview)
        );
        (plain, html)
    }
}
