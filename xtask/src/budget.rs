//! What others' pages load: an embedded screen, cold, until its dialog is there; and the chat.
//!
//! Counted over the very files of a release, packed as they are served. That a browser asks for these and no others is
//! seen by `end2end/tests/embed-cost.spec.ts`.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Result, ensure};

use crate::assets::{Assets, Effort, Size, brotli};
use crate::kind::Kind;
use crate::paths::Paths;
use crate::progress::Show;
use crate::{embed, site, storefront, wasm};

/// What either mode may cost, in bytes.
const MOST: usize = 100_000;
/// What the answers to its first two calls take of that, for who has no connection yet.
const ANSWERS: usize = 350;

/// What the chat may cost: what it weighed when it was last looked at and a fifth, so that growing it is a decision. A
/// shop was promised 25,000 bytes.
const MOST_CHAT: usize = 14_300;

/// How a name begins and ends.
type Pattern = (&'static str, &'static str);

/// What a frame asks for. Its own page comes to it.
const FRAME: [Pattern; 6] = [
    ("embed/v1/convi-integrations", ".js"),
    ("pkg/host-", ".js"),
    ("pkg/frame-", ".js"),
    ("pkg/panel-", ".css"),
    ("pkg/panel-", ".js"),
    ("pkg/panel-", ".wasm"),
];
/// What an inline panel asks for.
const INLINE: [Pattern; 5] = [
    ("embed/v1/convi-integrations", ".js"),
    ("pkg/host-", ".js"),
    ("pkg/inline-", ".js"),
    ("pkg/panel-", ".js"),
    ("pkg/panel-", ".wasm"),
];

/// Builds the panel as for a release: where it lies, and what its files weigh.
pub fn panel(paths: &Paths) -> Result<(PathBuf, Vec<Size>)> {
    let panel = wasm::build(paths, Kind::Release, Show::Summary, "panel")?;
    let folder = paths.target.join("xtask/budget");
    let mut assets = Assets::open(folder.clone(), Effort::Best)?;
    let words = site::put_catalogues(&mut assets, &mut BTreeMap::new(), &paths.root)?;
    embed::put(&mut assets, paths, Kind::Release, &panel, &words)?;
    Ok((folder, assets.finish()?))
}

/// Says what the panel and the chat cost, and fails when that is too much.
pub fn run(paths: &Paths) -> Result<()> {
    let (folder, sizes) = panel(paths)?;
    let page = brotli(&fs::read(folder.join("frame.html"))?, Effort::Best)?.len();
    let frame = page + total(&sizes, &FRAME)?;
    let inline = total(&sizes, &INLINE)?;
    for (mode, bytes) in [("frame", frame), ("inline", inline)] {
        println!("  {mode:<7} {:>7} of {MOST} bytes until the dialog can be used", bytes + ANSWERS);
    }
    let worst = frame.max(inline) + ANSWERS;
    ensure!(
        worst <= MOST,
        "an embedded screen costs {worst} bytes until its dialog can be used, {MOST} are allowed"
    );
    let chat = brotli(storefront::chat(paths, Kind::Release)?.as_bytes(), Effort::Best)?.len();
    println!("  {:<7} {chat:>7} of {MOST_CHAT} bytes", "chat");
    ensure!(chat <= MOST_CHAT, "the chat costs {chat} bytes, {MOST_CHAT} are allowed");
    Ok(())
}

fn total(sizes: &[Size], wanted: &[Pattern]) -> Result<usize> {
    let mut sum = 0;
    for (start, end) in wanted {
        let found: Vec<_> = sizes
            .iter()
            .filter(|it| it.path.starts_with(start) && it.path.ends_with(end))
            .filter(|it| !it.path.contains(wasm::LATER))
            .collect();
        ensure!(found.len() == 1, "there are {} files {start}…{end}", found.len());
        sum += found.iter().map(|it| it.brotli.unwrap_or(it.raw)).sum::<usize>();
    }
    Ok(sum)
}
