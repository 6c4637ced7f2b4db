//! Size budgets of what other sites load: an embedded screen with a cold cache, until its dialog is usable and in
//! total; and the chat.
//!
//! The sizes are those of the compressed files in a release. `end2end/tests/embed-cost.spec.ts` checks that a browser
//! requests exactly these files.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Result, ensure};

use crate::assets::{Assets, Effort, Size, brotli};
use crate::kind::Kind;
use crate::paths::Paths;
use crate::progress::Show;
use crate::{embed, site, storefront, wasm};

/// Budget of either mode until its dialog is usable, in bytes.
const MOST_USABLE: usize = 30_000;
/// Budget of either mode in total, in bytes. The goal is 150,000.
const MOST: usize = 165_000;
/// The part of that budget for the server-rendered panel of a merchant without a connection, in bytes.
/// `embed-cost.spec.ts` enforces it.
const PANEL: usize = 5_000;

/// Budget of the chat in bytes: its size at the last review plus a fifth, so that growth is a deliberate decision.
/// Shops were promised 25,000 bytes.
const MOST_CHAT: usize = 14_300;

/// The start and end of a file name.
type Pattern = (&'static str, &'static str);

/// Files that a frame requests before its dialog is usable, in addition to its own page and the panel.
const FRAME: [Pattern; 3] =
    [("embed/v1/convi-integrations", ".js"), ("pkg/host-", ".js"), ("pkg/panel-", ".css")];
/// Files that an inline panel requests before its dialog is usable.
const INLINE: [Pattern; 3] =
    [("embed/v1/convi-integrations", ".js"), ("pkg/inline-", ".js"), ("pkg/panel-", ".css")];
/// Files that are requested later.
const MODULE: [Pattern; 2] = [("pkg/panel-", ".js"), ("pkg/panel-", ".wasm")];

/// Builds the panel in release mode and returns its folder and the sizes of its files.
pub fn panel(paths: &Paths) -> Result<(PathBuf, Vec<Size>)> {
    let panel = wasm::build(paths, Kind::Release, Show::Summary, "panel")?;
    let folder = paths.target.join("xtask/budget");
    let mut assets = Assets::open(folder.clone(), Effort::Best)?;
    let words = site::put_catalogues(&mut assets, &mut BTreeMap::new(), &paths.root)?;
    embed::put(&mut assets, paths, Kind::Release, &panel, &words)?;
    Ok((folder, assets.finish()?))
}

/// Prints the sizes of the panel and the chat, and fails if one is over its budget.
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
            ensure!(bytes <= most, "an embedded screen loads {bytes} bytes {what}; the limit is {most}");
        }
    }
    let chat = brotli(storefront::chat(paths, Kind::Release)?.as_bytes(), Effort::Best)?.len();
    println!("  {:<7} {chat:>7} of {MOST_CHAT} bytes", "chat");
    ensure!(chat <= MOST_CHAT, "the chat loads {chat} bytes; the limit is {MOST_CHAT}");
    Ok(())
}

fn total(sizes: &[Size], wanted: &[Pattern]) -> Result<usize> {
    let mut sum = 0;
    for (start, end) in wanted {
        let found: Vec<_> =
            sizes.iter().filter(|it| it.path.starts_with(start) && it.path.ends_with(end)).collect();
        ensure!(found.len() == 1, "found {} files {start}…{end} instead of one", found.len());
        sum += found.iter().map(|it| it.brotli.unwrap_or(it.raw)).sum::<usize>();
    }
    Ok(sum)
}
