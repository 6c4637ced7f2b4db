//! The files of the repository, without those that are built or installed.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Folders of files that are built, installed or created by a run.
const LEFT_OUT: [&str; 7] =
    [".git", "data", "dist", "node_modules", "playwright-report", "target", "test-results"];

/// Returns the workspace's own folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Returns every file of the repository.
pub fn files() -> Vec<PathBuf> {
    let mut all = below(&root());
    all.sort();
    assert!(all.len() > 500, "the repository is read: {}", all.len());
    all
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, name) = (entry.path(), entry.file_name());
        if !path.is_dir() {
            found.push(path);
        } else if !LEFT_OUT.iter().any(|it| name == *it) {
            found.extend(below(&path));
        }
    }
    found
}

/// Returns the path relative to the root and the text of every document.
pub fn documents() -> Vec<(String, String)> {
    let documents = files().into_iter().filter(|file| file.extension().is_some_and(|it| it == "md"));
    documents.map(|file| (name(&file), fs::read_to_string(&file).unwrap())).collect()
}

/// Returns a file's path relative to the root, as documents name it.
pub fn name(file: &Path) -> String {
    file.strip_prefix(root()).unwrap().to_str().unwrap().to_owned()
}

/// Returns the text of a file, given its path relative to the root.
pub fn text(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}
