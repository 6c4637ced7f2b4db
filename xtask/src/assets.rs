//! Files that the server sends as they are, each with its compressed twins beside it.

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
    /// A developer waits for it, and the bytes go to the same machine.
    Quick,
    /// Done once, and every visitor loads it.
    Best,
}

/// A folder of assets that holds nothing but what was put into it this time.
pub struct Assets {
    folder: PathBuf,
    effort: Effort,
    written: BTreeSet<PathBuf>,
    sizes: Vec<Size>,
}

/// What an asset costs a visitor.
pub struct Size {
    /// Its path inside the folder.
    pub path: String,
    /// Bytes of the file itself.
    pub raw: usize,
    /// Bytes of its brotli twin, if that is smaller.
    pub brotli: Option<usize>,
}

impl Assets {
    /// Opens the folder, made if need be.
    pub fn open(folder: PathBuf, effort: Effort) -> Result<Self> {
        fs::create_dir_all(&folder)?;
        Ok(Self { folder, effort, written: BTreeSet::new(), sizes: Vec::new() })
    }

    /// Puts `bytes` at `path` with compressed twins. Unchanged ones are left alone, twins and all.
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
            // The file itself comes last: were this stopped halfway, the next run would do it again.
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

    /// Puts `bytes` at `pkg/{stem}-{hash}.{extension}` and returns that path: it may be cached for ever.
    pub fn put_hashed(&mut self, stem: &str, extension: &str, bytes: &[u8]) -> Result<String> {
        let path = format!("pkg/{stem}-{}.{extension}", short_hash(bytes));
        self.put(&path, bytes)?;
        Ok(path)
    }

    /// Puts every file below `folder`, with `prefix` before its path in there.
    pub fn put_folder(&mut self, folder: &Path, prefix: &str) -> Result<()> {
        for file in files_below(folder)? {
            let inside = file.strip_prefix(folder)?.to_str().context("a file's name is not UTF-8")?;
            self.put(&format!("{prefix}{inside}"), &fs::read(&file)?)?;
        }
        Ok(())
    }

    /// Puts a file that the server reads itself. Called last: it names the others.
    pub fn put_plain(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        let file = self.folder.join(path);
        if fs::read(&file).ok().as_deref() != Some(bytes) {
            replace(&file, bytes)?;
        }
        self.written.insert(file);
        Ok(())
    }

    /// Removes what an earlier build left, and returns what there is now.
    pub fn finish(self) -> Result<Vec<Size>> {
        remove_others(&self.folder, &self.written)?;
        Ok(self.sizes)
    }
}

/// Every file below `folder` by name, none if there is no such folder; hidden ones are no assets.
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

/// Already compressed formats only grow.
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

/// Nobody sees half a file: a server may be reading.
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

/// `bytes` as brotli packs them; at best effort in the smallest of its ways: for text or for other data, in blocks as it
/// chooses or small ones. They differ by a few hundred bytes in a module, and which one is smallest depends on how the
/// compiler happened to lay it out.
pub fn brotli(bytes: &[u8], effort: Effort) -> Result<Vec<u8>> {
    use brotli::enc::backward_references::BrotliEncoderMode::{BROTLI_MODE_FONT, BROTLI_MODE_GENERIC};
    /// None of its sizes of a block, as powers of two, but its own choice.
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
    // No time in the header: the same input gives the same file.
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), level);
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// 64 bits of the content: enough to tell a few builds apart, short in a URL.
pub fn short_hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes)[..8])
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{Assets, Effort};

    /// A folder of this test's own under the target folder.
    fn folder(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("xtask-assets-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        folder
    }

    #[test]
    fn a_changed_file_never_keeps_its_old_twins() {
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
    fn what_is_no_longer_built_is_removed() {
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
    fn twins_unpack_to_the_file() {
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
