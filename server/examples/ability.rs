//! Prints how often Handover to human is right; run by `cargo xtask bench`. With `--mistakes` it also lists mistakes in
//! the tuning part; the held-out part shows totals only.

#[path = "../tests/evaluation/mod.rs"]
#[allow(dead_code, reason = "the floors are the test's")]
mod evaluation;

fn main() {
    let result = evaluation::Evaluation::run();
    println!("{result}");
    println!("The exam: requests for a person, by a writer who had not seen the rules");
    for (language, count) in evaluation::heard() {
        println!(
            "  {language:<4} found {} of {}, look-alikes left alone {} of {}",
            count.found, count.requests, count.left_alone, count.look_alikes
        );
    }
    if std::env::args().any(|argument| argument == "--mistakes") {
        result.mistakes.iter().for_each(|mistake| println!("{mistake}"));
    }
}
