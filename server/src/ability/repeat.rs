//! Detects that a shopper asks the same question again, or says so.

use super::{
    handover::{Reason, Signal},
    words::{Patterns, Text, content, one_slip, same_word},
};
use std::sync::LazyLock;

/// How shoppers say it, as [`Patterns`].
#[rustfmt::skip]
static SAID_SO: LazyLock<Patterns> = LazyLock::new(|| Patterns::new(&[
    "already asked you/this/that/it", "asked you/this/that _ already/before/twice/times", "as i said/asked", "like i said/asked",
    "answer* my question", "just asked", "asked you that", "answer to my question", "you didnt answer", "already told you", "told you already", "same question", "how many times do i", "not what i asked", "isnt what i asked", "didnt ask that", "keep asking", "second/third/fourth time _ asking",
    "for the second/third/fourth/fifth/last time", "havent answered", "didnt answer", "i repeat", "ill say it again", "asking again",
    "toujours pas repondu", "m avez pas repondu", "viens de _ demander", "viens de _ poser", "la meme question", "reponse a ma question", "combien de fois", "deja ecrit", "deja pose", "deja demande", "deja dit", "pas repondu a ma", "reponde* pas a ma", "pas ma question", "encore une fois", "je repete", "comme je _ dit",
    "meine frage _ _ beantwort*", "auf meine frage", "gerade gefragt", "eben gefragt", "dieselbe frage", "die gleiche frage", "wie oft _ _ noch", "hab* _ schon geschrieben", "schon gefragt", "bereits gefragt", "schon gesagt", "schon mal gefragt", "meine frage nicht", "nicht meine frage", "wie gesagt", "ich wiederhole",
    "zum zweiten/dritten/vierten/letzten mal",
    "respuesta a mi pregunta", "no me ha/han respondido/contestado", "acabo de preguntar*", "la misma pregunta", "cuantas veces", "ya se lo", "ya os lo", "ya _ pregunte", "ya _ dije", "ya _ he preguntado", "respondi* _ mi pregunta", "contest* _ mi pregunta", "lo que pregunte", "repito", "otra vez la misma pregunta",
    "por segunda/tercera/ultima vez",
]));
/// Words that turn the phrases above into thanks.
static THANKFUL: LazyLock<Patterns> = LazyLock::new(|| {
    Patterns::new(&["thank*", "merci", "danke", "gracias", "thats answer*", "that answer*", "you answer*"])
});

/// How many words of two messages are compared, each with each; a real question has fewer.
const COMPARED: usize = 64;

/// Finds a repetition of an earlier message; `earlier` has the oldest first.
pub fn of_question(text: &Text, earlier: &[&str]) -> Option<Signal> {
    if earlier.is_empty() {
        return None;
    }
    let signal = |confidence, why| Some(Signal { reason: Reason::RepeatedQuestion, confidence, why });
    if let Some((first, last)) = SAID_SO.find(text)
        && THANKFUL.find(text).is_none()
    {
        return signal(0.85, format!("Says that it was asked before: “{}”", text.quote(first, last)));
    }
    let mut now = content(text);
    now.truncate(COMPARED);
    let (likeness, index) = earlier
        .iter()
        .enumerate()
        .map(|(index, before)| {
            let before = Text::read(before);
            let mut before = content(&before);
            before.truncate(COMPARED);
            (likeness(&now, &before), index)
        })
        .max_by(|a, b| a.0.total_cmp(&b.0))?;
    let before = Text::read(earlier[index]);
    signal(
        likeness,
        format!("Repeats an earlier message: “{}”", before.quote(0, before.words.len().saturating_sub(1))),
    )
    .filter(|found| found.confidence > 0.0)
}

/// Returns how much two messages ask the same, from their content words.
fn likeness(now: &[&str], before: &[&str]) -> f32 {
    let same = |a: &str, b: &str| {
        same_word(a, b) || (a.len() >= 5 && b.len() >= 5 && one_slip(a, b) && !has_digit(a) && !has_digit(b))
    };
    let mut found_before = vec![false; before.len()];
    let mut shared = 0;
    for a in now {
        let mut found = false;
        for (b, found_before) in before.iter().zip(&mut found_before) {
            if (!found || !*found_before) && same(a, b) {
                (found, *found_before) = (true, true);
            }
        }
        shared += usize::from(found);
    }
    let only_now = now.len() - shared;
    let only_before = found_before.iter().filter(|found| !**found).count();
    // A single word is a greeting or an answer, not a question.
    if shared < 2 {
        return 0.0;
    }
    // "in size L" after "in size M": the same except for what matters.
    if only_now >= 1 && only_before >= 1 && only_now + only_before <= 3 && shared < 6 {
        return 0.4;
    }
    let all = (shared + only_now + only_before) as f32;
    // Leaving words out or adding some keeps the question; doing both makes it a different one.
    let penalty = if only_now > 0 && only_before > 0 { 0.15 } else { 0.0 };
    (shared as f32 / all + 0.1 - penalty).clamp(0.0, 0.95)
}

fn has_digit(word: &str) -> bool {
    word.bytes().any(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made-up words, all different. With digits, so that none is another one with a typo.
    fn noise(seed: usize, words: usize) -> String {
        (0..words).map(|n| format!("w{}", seed * 10_000 + n)).collect::<Vec<_>>().join(" ")
    }

    /// Each word is compared with each: 660 made-up words would take a hundred times as long as a question.
    #[test]
    fn only_the_first_words_are_compared() {
        let (question, other) = (noise(1, COMPARED), noise(2, COMPARED));
        let (before, now) =
            (format!("{question} {}", noise(3, 600)), format!("{question} {}", noise(4, 600)));
        assert!(of_question(&Text::read(&now), &[&before]).is_some_and(|it| it.confidence > 0.9));
        let (before, now) = (format!("{other} {}", noise(3, 600)), format!("{question} {}", noise(3, 600)));
        assert!(of_question(&Text::read(&now), &[&before]).is_none());
    }
}
