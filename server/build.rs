//! Fits the model that hears a request for a person (`src/ability/person/`): the examples stay here, the program gets
//! 32 kB of weights. The fit reads sentences with the server's own code.

use std::{env, fs, io, path::Path};

#[path = "src/ability/person/fit.rs"]
mod fit;
#[path = "src/ability/person/model.rs"]
#[allow(dead_code, reason = "the server weighs with it, the fit only reads features")]
mod model;
#[path = "src/ability/person/rules.rs"]
#[allow(dead_code, reason = "the server says what matched")]
mod rules;
#[path = "src/ability/words.rs"]
#[allow(dead_code, reason = "other abilities need the rest")]
mod words;

fn main() -> io::Result<()> {
    let read = |file: &str| {
        println!("cargo::rerun-if-changed={file}");
        fs::read_to_string(file)
    };
    let examples = read("src/ability/person/examples.tsv")?;
    for code in ["words.rs", "person/rules.rs", "person/model.rs", "person/fit.rs"] {
        println!("cargo::rerun-if-changed=src/ability/{code}");
    }
    let folder = env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
    fs::write(Path::new(&folder).join("person.weights"), fit::fit(&examples))
}
