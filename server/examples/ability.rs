//! Prints how often Handover to human is right: `cargo xtask bench` runs it. With `--mistakes` also what it got
//! wrong in the tuning part; the held-out part shows totals only.

#[path = "../tests/evaluation/mod.rs"]
#[allow(dead_code, reason = "the floors are the test's")]
mod evaluation;

fn main() {
    let result = evaluation::Evaluation::run();
    println!("{result}");
    if std::env::args().any(|argument| argument == "--mistakes") {
        result.mistakes.iter().for_each(|mistake| println!("{mistake}"));
    }
}
