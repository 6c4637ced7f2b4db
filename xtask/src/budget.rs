//! What others' pages load: an embedded screen, cold, until its dialog can be used, and in all; and the chat.
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

/// What either mode may cost until its dialog can be used, in bytes.
const MOST_USABLE: usize = 30_000;
/// What either mode may cost in all. 150,000 is where it should be.
const MOST: usize = 155_000;
/// What the panel takes of that as the server renders it, for who has no connection yet. `embed-cost.spec.ts` holds it.
const PANEL: usize = 5_000;

/// What the chat may cost: what it weighed when it was last looked at and a fifth, so that growing it is a decision. A
/// shop was promised 25,000 bytes.
const MOST_CHAT: usize = 14_300;

/// How a name begins and ends.
type Pattern = (&'static str, &'static str);

/// What a frame asks for before its dialog can be used. Its own page, with its script, and the panel come to it.
const FRAME: [Pattern; 3] =
    [("embed/v1/convi-integrations", ".js"), ("pkg/host-", ".js"), ("pkg/panel-", ".css")];
/// What an inline panel asks for before that.
const INLINE: [Pattern; 3] =
    [("embed/v1/convi-integrations", ".js"), ("pkg/inline-", ".js"), ("pkg/panel-", ".css")];
/// What comes later.
const MODULE: [Pattern; 2] = [("pkg/panel-", ".js"), ("pkg/panel-", ".wasm")];

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
    let module = total(&sizes, &MODULE)?;
    for (mode, usable) in [("frame", page + total(&sizes, &FRAME)?), ("inline", total(&sizes, &INLINE)?)] {
        let usable = usable + PANEL;
        for (bytes, most, what) in
            [(usable, MOST_USABLE, "until the dialog can be used"), (usable + module, MOST, "in all")]
        {
            println!("  {mode:<7} {bytes:>7} of {most} bytes {what}");
            ensure!(bytes <= most, "an embedded screen costs {bytes} bytes {what}, {most} are allowed");
        }
    }
    let chat = brotli(storefront::chat(paths, Kind::Release)?.as_bytes(), Effort::Best)?.len();
    println!("  {:<7} {chat:>7} of {MOST_CHAT} bytes", "chat");
    ensure!(chat <= MOST_CHAT, "the chat costs {chat} bytes, {MOST_CHAT} are allowed");
    Ok(())
}

fn total(sizes: &[Size], wanted: &[Pattern]) -> Result<usize> {
    let mut sum = 0;
    for (start, end) in wanted {
        let found: Vec<_> =
            sizes.iter().filter(|it| it.path.starts_with(start) && it.path.ends_with(end)).collect();
        ensure!(found.len() == 1, "there are {} files {start}…{end}", found.len());
        sum += found.iter().map(|it| it.brotli.unwrap_or(it.raw)).sum::<usize>();
    }
    Ok(sum)
}
