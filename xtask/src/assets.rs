//! Static files of the site, each with its compressed copies next to it.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::{Compression, GzBuilder};
use sha2::{Digest, Sha256};

/// How hard to compress.
#[derive(Clone, Copy)]
pub enum Effort {
    /// For development: a developer is waiting, and the files stay on the same machine.
    Quick,
    /// For a release: compressed once, downloaded by every visitor.
    Best,
}

/// A folder of assets. After [`Assets::finish`] it contains only what this build put into it.
pub struct Assets {
    folder: PathBuf,
    effort: Effort,
    written: BTreeSet<PathBuf>,
    sizes: Vec<Size>,
}

/// The size of one asset.
pub struct Size {
    /// Path inside the folder.
    pub path: String,
    /// Uncompressed size in bytes.
    pub raw: usize,
    /// Size of the brotli copy in bytes, if it is smaller.
    pub brotli: Option<usize>,
}

impl Assets {
    /// Opens the folder, creating it if needed.
    pub fn open(folder: PathBuf, effort: Effort) -> Result<Self> {
        fs::create_dir_all(&folder)?;
        Ok(Self { folder, effort, written: BTreeSet::new(), sizes: Vec::new() })
    }

    /// Writes `bytes` to `path`, with compressed copies. Does nothing if the content is unchanged.
    pub fn put(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        let file = self.folder.join(path);
        let (br, gz) = (twin(&file, "br"), twin(&file, "gz"));
        if fs::read(&file).is_ok_and(|old| old == bytes) {
            for twin in [&br, &gz] {
                if twin.is_file() {
                    self.written.insert(twin.clone());
                }
            }
        } else {
            if let Some(parent) = file.parent() {
                fs::create_dir_all(parent)?;
            }
            // Write the file itself last: if we are interrupted before that, the next run starts over.
            for twin in [&br, &gz] {
                if twin.is_file() {
                    fs::remove_file(twin)?;
                }
            }
            if compressible(path) {
                for (twin, packed) in [(&br, brotli(bytes, self.effort)?), (&gz, gzip(bytes, self.effort)?)] {
                    if packed.len() < bytes.len() {
                        replace(twin, &packed)?;
                        self.written.insert(twin.clone());
                    }
                }
            }
            replace(&file, bytes)?;
        }
        let brotli = fs::metadata(&br).ok().and_then(|twin| usize::try_from(twin.len()).ok());
        self.sizes.push(Size { path: path.to_owned(), raw: bytes.len(), brotli });
        self.written.insert(file);
        Ok(())
    }

    /// Writes `bytes` to `pkg/{stem}-{hash}.{extension}` and returns that path, which can be cached forever.
    pub fn put_hashed(&mut self, stem: &str, extension: &str, bytes: &[u8]) -> Result<String> {
        let path = format!("pkg/{stem}-{}.{extension}", short_hash(bytes));
        self.put(&path, bytes)?;
        Ok(path)
    }

    /// Writes every file below `folder`, with `prefix` in front of its path.
    pub fn put_folder(&mut self, folder: &Path, prefix: &str) -> Result<()> {
        for file in files_below(folder)? {
            let inside = file.strip_prefix(folder)?.to_str().context("a file name is not UTF-8")?;
            self.put(&format!("{prefix}{inside}"), &fs::read(&file)?)?;
        }
        Ok(())
    }

    /// Writes a file that only the server reads, so it needs no compressed copies. Call it last: it refers to the other
    /// files.
    pub fn put_plain(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        let file = self.folder.join(path);
        if fs::read(&file).ok().as_deref() != Some(bytes) {
            replace(&file, bytes)?;
        }
        self.written.insert(file);
        Ok(())
    }

    /// Removes files of earlier builds and returns the sizes of the current ones.
    pub fn finish(self) -> Result<Vec<Size>> {
        remove_others(&self.folder, &self.written)?;
        Ok(self.sizes)
    }
}

/// Lists every file below `folder`, sorted by name. Empty if the folder does not exist. Skips hidden files.
pub fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    if !folder.is_dir() {
        return Ok(files);
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if entry.file_type()?.is_dir() {
            files.extend(files_below(&entry.path())?);
        } else {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// Returns false for formats that are already compressed.
fn compressible(path: &str) -> bool {
    let extension = Path::new(path).extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("js" | "wasm" | "css" | "svg" | "txt" | "html" | "json" | "webmanifest" | "ico"))
}

fn twin(file: &Path, extension: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

/// Writes a file atomically, because a server may be reading it.
fn replace(file: &Path, bytes: &[u8]) -> Result<()> {
    let new = twin(file, "new");
    fs::write(&new, bytes).with_context(|| format!("cannot write {}", new.display()))?;
    Ok(fs::rename(new, file)?)
}

fn remove_others(folder: &Path, keep: &BTreeSet<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            remove_others(&path, keep)?;
            if fs::read_dir(&path)?.next().is_none() {
                fs::remove_dir(&path)?;
            }
        } else if !keep.contains(&path) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// Compresses with brotli. At best effort it tries text and generic mode with automatic and small blocks, and keeps the
/// smallest result: they differ by a few hundred bytes, and which one wins depends on how the compiler laid out the
/// module.
pub fn brotli(bytes: &[u8], effort: Effort) -> Result<Vec<u8>> {
    use brotli::enc::backward_references::BrotliEncoderMode::{BROTLI_MODE_FONT, BROTLI_MODE_GENERIC};
    /// Lets brotli choose the block size instead of giving it a power of two.
    const ITS_CHOICE: i32 = 0;
    let (quality, ways) = match effort {
        Effort::Quick => (5, &[(BROTLI_MODE_GENERIC, ITS_CHOICE)][..]),
        Effort::Best => (
            11,
            &[
                (BROTLI_MODE_GENERIC, ITS_CHOICE),
                (BROTLI_MODE_GENERIC, 16),
                (BROTLI_MODE_FONT, ITS_CHOICE),
                (BROTLI_MODE_FONT, 16),
            ][..],
        ),
    };
    let mut smallest: Option<Vec<u8>> = None;
    for &(mode, lgblock) in ways {
        let params = brotli::enc::BrotliEncoderParams {
            quality,
            mode,
            lgblock,
            size_hint: bytes.len(),
            ..Default::default()
        };
        let mut packed = Vec::new();
        brotli::BrotliCompress(&mut &*bytes, &mut packed, &params)?;
        if smallest.as_ref().is_none_or(|smallest| packed.len() < smallest.len()) {
            smallest = Some(packed);
        }
    }
    Ok(smallest.unwrap_or_default())
}

fn gzip(bytes: &[u8], effort: Effort) -> Result<Vec<u8>> {
    let level = match effort {
        Effort::Quick => Compression::fast(),
        Effort::Best => Compression::best(),
    };
    // No timestamp in the header, so that the same input gives the same file.
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), level);
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// Returns 64 bits of the content hash: enough to distinguish builds, and short in a URL.
pub fn short_hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes)[..8])
}

/// Formats bytes as lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{Assets, Effort};

    /// Returns a folder for one test below the target folder.
    fn folder(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("xtask-assets-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        folder
    }

    #[test]
    fn changed_file_does_not_keep_old_compressed_copies() {
        let folder = folder("twins");
        let mut assets = Assets::open(folder.clone(), Effort::Quick).unwrap();
        assets.put("robots.txt", "User-agent: *\n".repeat(50).as_bytes()).unwrap();
        assets.finish().unwrap();
        assert!(folder.join("robots.txt.br").is_file() && folder.join("robots.txt.gz").is_file());

        let mut assets = Assets::open(folder.clone(), Effort::Quick).unwrap();
        assets.put("robots.txt", b"x").unwrap();
        assets.finish().unwrap();
        assert!(!folder.join("robots.txt.br").exists() && !folder.join("robots.txt.gz").exists());
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn files_of_earlier_builds_are_removed() {
        let folder = folder("stale");
        let mut assets = Assets::open(folder.clone(), Effort::Quick).unwrap();
        let old = assets.put_hashed("app", "css", b"a{}").unwrap();
        assets.finish().unwrap();
        let mut assets = Assets::open(folder.clone(), Effort::Quick).unwrap();
        let new = assets.put_hashed("app", "css", b"b{}").unwrap();
        assets.finish().unwrap();
        assert!(!folder.join(old).exists() && folder.join(new).is_file());
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn compressed_copies_decompress_to_the_file() {
        use std::io::Read;
        let bytes = b"convi ".repeat(1000);
        let mut unpacked = Vec::new();
        brotli::BrotliDecompress(&mut super::brotli(&bytes, Effort::Best).unwrap().as_slice(), &mut unpacked)
            .unwrap();
        assert_eq!(unpacked, bytes);
        unpacked.clear();
        flate2::read::GzDecoder::new(super::gzip(&bytes, Effort::Best).unwrap().as_slice())
            .read_to_end(&mut unpacked)
            .unwrap();
        assert_eq!(unpacked, bytes);
    }
}
