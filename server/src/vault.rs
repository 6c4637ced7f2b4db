//! Seals credentials for the database.
//!
//! Every value has its own data key, and a master key wraps that data key. A master key is therefore replaced by
//! wrapping the data keys again ([`Vault::rewrap`]), without touching the values. Both layers are XChaCha20-Poly1305,
//! whose 24-byte nonces may be random. What a value belongs to (merchant, helpdesk, field) is authenticated with it, so
//! a row copied to another merchant does not open.

use crate::list::list;
use base64::{Engine, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305,
    aead::{Aead, Payload},
};
use domain::clock::Entropy;
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::Sha256;
use std::{
    fs,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};
use zeroize::{Zeroize, Zeroizing};

/// The first byte of a sealed value. A change of algorithm or layout takes the next number.
const VERSION: u8 = 1;
const KEY: usize = 32;
const NONCE: usize = 24;
const TAG: usize = 16;
/// Version, nonce and wrapped data key, nonce, tag of an empty value.
const SHORTEST: usize = 1 + NONCE + KEY + TAG + NONCE + TAG;
/// Where the value's own nonce starts. A rewrap replaces everything before it.
const VALUE: usize = 1 + NONCE + KEY + TAG;

/// Why something cannot be sealed or opened. No message contains a key or a value.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The row was sealed with a key that the settings lack.
    #[error(
        "a credential is sealed with master key `{id}`, which is not in CONVI_MASTER_KEYS; add it after the first"
    )]
    UnknownKey {
        /// The key's id.
        id: String,
    },
    /// The database knows another key under this id.
    #[error(
        "master key `{id}` is not the key that this database knows as `{id}`: it is a different key with the same id; restore the original, or give the new key an id of its own"
    )]
    OtherKey {
        /// The key's id.
        id: String,
    },
    /// The row was changed, belongs elsewhere, or a different key has its key's id.
    #[error(
        "a stored credential cannot be opened: it was changed, belongs to another merchant, or was sealed with a different key"
    )]
    DoesNotOpen,
    /// The bytes do not have this format.
    #[error("a stored credential has an unknown format; use a newer version of this program")]
    Form,
    /// The setting is not a list of keys.
    #[error(
        "{0}; use id:base64 with a key of 32 bytes, or generate one with `convi-integrations keys generate`"
    )]
    Keys(&'static str),
    /// A key file cannot be read or created.
    #[error("{} {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
}

/// What a sealed value belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Binding<'a> {
    /// The merchant.
    pub merchant: &'a str,
    /// The helpdesk's slug.
    pub helpdesk: &'a str,
    /// The connection's value: `api_key`.
    pub field: &'a str,
}

/// A sealed value, with the id of the master key that wraps its data key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The master key's id, so that rows can be counted by key.
    pub key_id: String,
    /// The version, the wrapped data key and the value.
    pub bytes: Vec<u8>,
}

/// Tells a master key from another one with the same id, and nothing else about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// The key's id.
    pub key_id: String,
    /// A MAC of the id.
    pub mac: Vec<u8>,
}

#[derive(Clone)]
struct MasterKey {
    id: String,
    key: Arc<SecretBox<[u8; KEY]>>,
}

impl MasterKey {
    /// Begins a MAC of these bytes with a key that is only for this purpose.
    fn mac(&self, purpose: &str, bytes: &[u8]) -> Option<Hmac<Sha256>> {
        let mut derived = Hmac::<Sha256>::new_from_slice(self.key.expose_secret()).ok()?;
        derived.update(b"convi-integrations signing key\0");
        derived.update(purpose.as_bytes());
        let mut derived: [u8; KEY] = derived.finalize().into_bytes().into();
        let mac = Hmac::<Sha256>::new_from_slice(&derived).ok();
        derived.zeroize();
        let mut mac = mac?;
        mac.update(bytes);
        Some(mac)
    }
}

/// The master keys, at least one. The first one seals, unless another process lacks it; all of them open.
#[derive(Clone)]
pub struct MasterKeys(Vec<MasterKey>);

impl std::fmt::Debug for MasterKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.ids()).finish()
    }
}

impl MasterKeys {
    /// Parses `id:base64,…`.
    pub fn parse(text: &str) -> Result<Self, VaultError> {
        let mut keys: Vec<MasterKey> = Vec::new();
        for part in list(text) {
            let (id, encoded) = part.split_once(':').ok_or(VaultError::Keys("a key has no id"))?;
            let id_is_plain = (1..=32).contains(&id.len())
                && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
            if !id_is_plain {
                return Err(VaultError::Keys("a key's id has 1 to 32 letters, digits, - or _"));
            }
            if keys.iter().any(|key| key.id == id) {
                return Err(VaultError::Keys("two keys have the same id"));
            }
            let mut key = Zeroizing::new([0; KEY + 1]);
            match STANDARD.decode_slice(encoded, key.as_mut()) {
                Ok(KEY) => {}
                _ => return Err(VaultError::Keys("a key is not 32 bytes in base64")),
            }
            let key = SecretBox::init_with_mut(|kept: &mut [u8; KEY]| kept.copy_from_slice(&key[..KEY]));
            keys.push(MasterKey { id: id.to_owned(), key: Arc::new(key) });
        }
        if keys.is_empty() { Err(VaultError::Keys("the list is empty")) } else { Ok(Self(keys)) }
    }

    /// Returns a new key as `id:base64`, with a random id.
    pub fn generate(entropy: &dyn Entropy) -> SecretString {
        let mut id = [0; 4];
        entropy.fill(&mut id);
        let mut key = Zeroizing::new([0; KEY]);
        entropy.fill(key.as_mut());
        let encoded = Zeroizing::new(STANDARD.encode(key.as_ref()));
        format!("k{:08x}:{}", u32::from_be_bytes(id), *encoded).into()
    }

    /// Returns the keys in this file, which is created if it is missing and `may_make` is true.
    pub fn beside(path: &Path, entropy: &dyn Entropy, may_make: bool) -> Result<Self, VaultError> {
        if !may_make && !path.exists() {
            let why = "is missing, and the stored credentials are sealed with it. Restore it, or set CONVI_MASTER_KEYS";
            return Err(VaultError::File { path: path.to_owned(), why: why.to_owned() });
        }
        let text =
            made_once(path, entropy, || format!("{}\n", Self::generate(entropy).expose_secret()).into())?;
        Self::parse(text.expose_secret()).map_err(|error| VaultError::File {
            path: path.to_owned(),
            why: format!("does not contain a master key: {error}"),
        })
    }

    /// Returns the keys' ids, the sealing one first.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|key| key.id.as_str())
    }

    /// Returns whether there is a key with this id.
    pub fn has(&self, id: &str) -> bool {
        self.ids().any(|known| known == id)
    }

    /// Returns what the database remembers of the keys.
    pub fn fingerprints(&self) -> Vec<Fingerprint> {
        let fingerprint = |key: &MasterKey| {
            let mac = key.mac("fingerprint", key.id.as_bytes())?.finalize().into_bytes().to_vec();
            Some(Fingerprint { key_id: key.id.clone(), mac })
        };
        self.0.iter().filter_map(fingerprint).collect()
    }

    /// Checks that no id names another key than the remembered one.
    pub fn agree_with(&self, known: &[Fingerprint]) -> Result<(), VaultError> {
        let differs =
            |its: &Fingerprint| known.iter().any(|known| known.key_id == its.key_id && known.mac != its.mac);
        match self.fingerprints().into_iter().find(differs) {
            Some(its) => Err(VaultError::OtherKey { id: its.key_id }),
            None => Ok(()),
        }
    }

    fn first(&self) -> &MasterKey {
        // Never empty.
        &self.0[0]
    }

    fn find(&self, id: &str) -> Result<&MasterKey, VaultError> {
        self.0.iter().find(|key| key.id == id).ok_or_else(|| VaultError::UnknownKey { id: id.to_owned() })
    }
}

/// Seals and opens values. Clones share their keys.
#[derive(Clone)]
pub struct Vault {
    ring: Arc<RwLock<Ring>>,
    entropy: Arc<dyn Entropy>,
}

/// The keys, and the keys of the other processes.
struct Ring {
    keys: MasterKeys,
    /// The ids of the keys of each process on the database. Empty if there is only this one.
    processes: Vec<Vec<String>>,
    /// A key that a stored credential needs and that this process lacks.
    missed: Option<String>,
}

impl Ring {
    /// Returns the first key that every process has. Until a new key is everywhere, that is an older one.
    fn sealing(&self) -> &MasterKey {
        let everywhere = |key: &&MasterKey| self.processes.iter().all(|its| its.contains(&key.id));
        // If they have no key in common, this process uses its own.
        self.keys.0.iter().find(everywhere).unwrap_or_else(|| self.keys.first())
    }
}

impl Vault {
    /// A vault with these keys.
    pub fn new(keys: MasterKeys, entropy: Arc<dyn Entropy>) -> Self {
        let ring = Ring { keys, processes: Vec::new(), missed: None };
        Self { ring: Arc::new(RwLock::new(ring)), entropy }
    }

    fn ring(&self) -> RwLockReadGuard<'_, Ring> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn ring_mut(&self) -> RwLockWriteGuard<'_, Ring> {
        self.ring.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns its keys.
    pub fn keys(&self) -> MasterKeys {
        self.ring().keys.clone()
    }

    /// Replaces the keys. The caller has checked that they open every sealed value, so none is [missing](Self::missing).
    pub fn replace_keys(&self, keys: MasterKeys) {
        let mut ring = self.ring_mut();
        ring.keys = keys;
        ring.missed = None;
    }

    /// From now on, seals with the first key that each of these processes has.
    pub fn seal_for(&self, processes: Vec<Vec<String>>) {
        self.ring_mut().processes = processes;
    }

    /// Records that a stored credential needs this key, which this process lacks.
    pub fn misses(&self, key_id: &str) {
        self.ring_mut().missed = Some(key_id.to_owned());
    }

    /// Returns the key that a stored credential needs and that this process lacks.
    pub fn missing(&self) -> Option<String> {
        let ring = self.ring();
        ring.missed.clone().filter(|id| !ring.keys.has(id))
    }

    fn sealing(&self) -> MasterKey {
        self.ring().sealing().clone()
    }

    /// Seals a value with a new data key.
    pub fn seal(&self, binding: Binding<'_>, value: &SecretString) -> Result<Sealed, VaultError> {
        let mut data_key = Zeroizing::new([0; KEY]);
        self.entropy.fill(data_key.as_mut());
        let nonce = self.nonce();
        let sealed = encrypt(&data_key, &nonce, value.expose_secret().as_bytes(), &bound(binding, None))?;
        let sealing = self.sealing();
        let mut bytes = self.wrap(binding, &sealing, &data_key)?;
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&sealed);
        Ok(Sealed { key_id: sealing.id, bytes })
    }

    /// Opens what [`seal`](Self::seal) returned, for the same binding only.
    pub fn open(&self, binding: Binding<'_>, sealed: &Sealed) -> Result<SecretString, VaultError> {
        let data_key = self.unwrap_key(binding, sealed)?;
        let (nonce, value) = sealed.bytes[VALUE..].split_at(NONCE);
        let value = decrypt(&data_key, nonce, value, &bound(binding, None))?;
        let text = std::str::from_utf8(&value).map_err(|_| VaultError::Form)?;
        Ok(SecretString::from(text))
    }

    /// Wraps the value's data key with the first master key; returns `None` if it already is. The value's own bytes
    /// stay.
    pub fn rewrap(&self, binding: Binding<'_>, sealed: &Sealed) -> Result<Option<Sealed>, VaultError> {
        let sealing = self.sealing();
        if sealed.key_id == sealing.id {
            return Ok(None);
        }
        let data_key = self.unwrap_key(binding, sealed)?;
        let mut bytes = self.wrap(binding, &sealing, &data_key)?;
        bytes.extend_from_slice(&sealed.bytes[VALUE..]);
        Ok(Some(Sealed { key_id: sealing.id, bytes }))
    }

    /// Signs bytes for one purpose, with a key derived from the first master key. Returns that key's id too.
    pub fn sign(&self, purpose: &str, bytes: &[u8]) -> (String, Vec<u8>) {
        let sealing = self.sealing();
        let tag = sealing.mac(purpose, bytes).map(|mac| mac.finalize().into_bytes().to_vec());
        (sealing.id, tag.unwrap_or_default())
    }

    /// Returns whether [`sign`](Self::sign) returned this, compared in constant time.
    pub fn verify(&self, purpose: &str, bytes: &[u8], key_id: &str, tag: &[u8]) -> bool {
        let keys = self.keys();
        let mac = keys.find(key_id).ok().and_then(|key| key.mac(purpose, bytes));
        mac.is_some_and(|mac| mac.verify_slice(tag).is_ok())
    }

    fn nonce(&self) -> [u8; NONCE] {
        let mut nonce = [0; NONCE];
        self.entropy.fill(&mut nonce);
        nonce
    }

    /// Returns the version, the nonce and the data key wrapped with this master key.
    fn wrap(
        &self,
        binding: Binding<'_>,
        master: &MasterKey,
        data_key: &[u8; KEY],
    ) -> Result<Vec<u8>, VaultError> {
        let nonce = self.nonce();
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&nonce);
        bytes.extend(encrypt(
            master.key.expose_secret(),
            &nonce,
            data_key,
            &bound(binding, Some(&master.id)),
        )?);
        Ok(bytes)
    }

    fn unwrap_key(&self, binding: Binding<'_>, sealed: &Sealed) -> Result<Zeroizing<[u8; KEY]>, VaultError> {
        if sealed.bytes.len() < SHORTEST || sealed.bytes[0] != VERSION {
            return Err(VaultError::Form);
        }
        let keys = self.keys();
        let master = keys.find(&sealed.key_id)?;
        let (nonce, wrapped) = sealed.bytes[1..VALUE].split_at(NONCE);
        let key = decrypt(master.key.expose_secret(), nonce, wrapped, &bound(binding, Some(&master.id)))?;
        let mut data_key = Zeroizing::new([0; KEY]);
        if key.len() != KEY {
            return Err(VaultError::Form);
        }
        data_key.copy_from_slice(&key);
        Ok(data_key)
    }
}

/// Returns what is authenticated beside the secret: version and purpose, then each part preceded by its length, so that
/// no two bindings give the same bytes. Only the wrapped key is bound to the master key's id.
fn bound(binding: Binding<'_>, master_id: Option<&str>) -> Vec<u8> {
    let purpose =
        if master_id.is_some() { "convi-integrations data key" } else { "convi-integrations value" };
    let mut bytes = vec![VERSION];
    for part in [purpose, master_id.unwrap_or(""), binding.merchant, binding.helpdesk, binding.field] {
        bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}

fn cipher(key: &[u8; KEY]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.into())
}

fn encrypt(key: &[u8; KEY], nonce: &[u8; NONCE], value: &[u8], aad: &[u8]) -> Result<Vec<u8>, VaultError> {
    cipher(key).encrypt(nonce.into(), Payload { msg: value, aad }).map_err(|_| VaultError::Form)
}

fn decrypt(
    key: &[u8; KEY],
    nonce: &[u8],
    sealed: &[u8],
    aad: &[u8],
) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let nonce = <&[u8; NONCE]>::try_from(nonce).map_err(|_| VaultError::Form)?;
    cipher(key)
        .decrypt(nonce.into(), Payload { msg: sealed, aad })
        .map(Zeroizing::new)
        .map_err(|_| VaultError::DoesNotOpen)
}

/// Returns the text of a secret file, which is created with mode 0600 if it is missing, completely or not at all. Two
/// processes that create it at the same moment end up with the same file.
pub fn made_once(
    path: &Path,
    entropy: &dyn Entropy,
    make: impl FnOnce() -> SecretString,
) -> Result<SecretString, VaultError> {
    let failed = |error: io::Error| VaultError::File {
        path: path.to_owned(),
        why: format!("cannot be created: {error}"),
    };
    if !path.exists() {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        let mut random = [0; 8];
        entropy.fill(&mut random);
        let draft = folder.join(format!(".{:016x}.draft", u64::from_le_bytes(random)));
        let made = write_draft(&draft, make()).and_then(|()| match fs::hard_link(&draft, path) {
            // Another process was faster: its file counts.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            linked => linked,
        });
        // The draft has to go in any case; it may contain an unused secret.
        let _ = fs::remove_file(&draft);
        made.and_then(|()| fs::File::open(folder)?.sync_all()).map_err(failed)?;
    }
    let unreadable = |error: io::Error| VaultError::File {
        path: path.to_owned(),
        why: format!("cannot be read: {error}"),
    };
    let mode = fs::metadata(path).map_err(unreadable)?.permissions().mode();
    if mode & 0o077 != 0 {
        let why = "can be read by others; run chmod 600 on it".to_owned();
        return Err(VaultError::File { path: path.to_owned(), why });
    }
    fs::read_to_string(path).map(SecretString::from).map_err(unreadable)
}

fn write_draft(path: &Path, text: SecretString) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.expose_secret().as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemEntropy;
    use std::sync::Mutex;

    /// 0, 1, 2, …, so that the sealed bytes are known in advance.
    #[derive(Default)]
    struct Counting(Mutex<u8>);

    impl Entropy for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            let mut next = self.0.lock().unwrap();
            for byte in buffer {
                *byte = *next;
                *next = next.wrapping_add(1);
            }
        }
    }

    const BINDING: Binding<'_> = Binding { merchant: "m1", helpdesk: "gorgias", field: "api_key" };
    const OLD: &str = "old:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    const NEW: &str = "new:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

    fn vault(keys: &str) -> Vault {
        Vault::new(MasterKeys::parse(keys).unwrap(), Arc::new(Counting::default()))
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn missing_key_is_forgotten_once_the_keys_open_everything() {
        let vault = vault(OLD);
        vault.misses("new");
        assert_eq!(vault.missing().as_deref(), Some("new"));
        vault.replace_keys(vault.keys());
        assert_eq!(vault.missing(), None, "what needed it was sealed again, or is gone");
    }

    #[test]
    fn sealed_bytes_are_stable() {
        let sealed = vault(OLD).seal(BINDING, &"geheim".into()).unwrap();
        // A change here means that stored credentials no longer open: use the next `VERSION` instead.
        insta::assert_snapshot!(hex(&sealed.bytes));
    }

    #[test]
    fn sealed_value_opens() {
        let vault = vault(OLD);
        for value in ["", "k", &"schlüssel".repeat(100)] {
            let sealed = vault.seal(BINDING, &value.into()).unwrap();
            assert_eq!(vault.open(BINDING, &sealed).unwrap().expose_secret(), value);
        }
    }

    #[test]
    fn equal_values_seal_differently() {
        let vault = Vault::new(MasterKeys::parse(OLD).unwrap(), Arc::new(SystemEntropy));
        let (a, b) = (vault.seal(BINDING, &"k".into()).unwrap(), vault.seal(BINDING, &"k".into()).unwrap());
        assert!(a.bytes[1..25] != b.bytes[1..25] && a.bytes[VALUE..] != b.bytes[VALUE..]);
    }

    #[test]
    fn any_changed_byte_is_detected() {
        let vault = vault(OLD);
        let sealed = vault.seal(BINDING, &"geheim".into()).unwrap();
        let opens = |bytes| vault.open(BINDING, &Sealed { bytes, ..sealed.clone() }).is_ok();
        assert!(opens(sealed.bytes.clone()));
        for at in 0..sealed.bytes.len() {
            for bit in [1, 0x80] {
                let mut changed = sealed.bytes.clone();
                changed[at] ^= bit;
                assert!(!opens(changed), "byte {at}");
            }
        }
        for length in 0..sealed.bytes.len() {
            assert!(!opens(sealed.bytes[..length].to_vec()), "cut to {length}");
        }
        for key_id in ["", "ole", "new"] {
            assert!(
                vault.open(BINDING, &Sealed { key_id: key_id.into(), ..sealed.clone() }).is_err(),
                "{key_id}"
            );
        }
    }

    #[test]
    fn value_opens_only_for_its_binding() {
        let vault = vault(OLD);
        let sealed = vault.seal(BINDING, &"geheim".into()).unwrap();
        for elsewhere in [
            Binding { merchant: "m2", ..BINDING },
            Binding { helpdesk: "zendesk", ..BINDING },
            Binding { field: "api_secret", ..BINDING },
            // The same letters, split elsewhere.
            Binding { merchant: "m1g", helpdesk: "orgias", ..BINDING },
            Binding { helpdesk: "gorgiasapi", field: "_key", ..BINDING },
        ] {
            assert!(matches!(vault.open(elsewhere, &sealed), Err(VaultError::DoesNotOpen)), "{elsewhere:?}");
        }
    }

    #[test]
    fn rotation_leaves_the_value_untouched() {
        let sealed = vault(OLD).seal(BINDING, &"geheim".into()).unwrap();
        let both = vault(&format!("{NEW},{OLD}"));
        assert_eq!(both.open(BINDING, &sealed).unwrap().expose_secret(), "geheim");
        let rewrapped = both.rewrap(BINDING, &sealed).unwrap().unwrap();
        assert_eq!(rewrapped.key_id, "new");
        assert_eq!(rewrapped.bytes[VALUE..], sealed.bytes[VALUE..]);
        assert!(both.rewrap(BINDING, &rewrapped).unwrap().is_none());
        let after = vault(NEW);
        assert_eq!(after.open(BINDING, &rewrapped).unwrap().expose_secret(), "geheim");
        assert!(matches!(after.open(BINDING, &sealed), Err(VaultError::UnknownKey { id }) if id == "old"));
        assert!(both.rewrap(Binding { merchant: "m2", ..BINDING }, &sealed).is_err());
    }

    #[test]
    fn different_key_with_the_same_id_is_detected() {
        let sealed = vault(OLD).seal(BINDING, &"geheim".into()).unwrap();
        let other = vault(&NEW.replace("new", "old"));
        assert!(matches!(other.open(BINDING, &sealed), Err(VaultError::DoesNotOpen)));
    }

    #[test]
    fn invalid_keys_are_rejected_without_being_repeated() {
        let long_id = format!("{}:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "i".repeat(33));
        for bad in [
            "",
            ",",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            ":AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "a b:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "a:AAAA",
            "a:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "a:not base64",
            &format!("{OLD},{OLD}"),
            &long_id,
        ] {
            let error = MasterKeys::parse(bad).unwrap_err();
            assert!(matches!(error, VaultError::Keys(_)), "{bad}");
            assert!(!error.to_string().contains("AAAA"));
        }
        assert_eq!(
            MasterKeys::parse(&format!("{NEW} , {OLD},")).unwrap().ids().collect::<Vec<_>>(),
            ["new", "old"]
        );
    }

    #[test]
    fn debug_shows_ids_only() {
        assert_eq!(format!("{:?}", MasterKeys::parse(OLD).unwrap()), "[\"old\"]");
    }

    #[test]
    fn key_file_is_created_once_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/master.key");
        assert!(MasterKeys::beside(&path, &SystemEntropy, false).is_err());
        let ids: Vec<String> = std::thread::scope(|scope| {
            let makers: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| MasterKeys::beside(&path, &SystemEntropy, true).unwrap()))
                .collect();
            makers.into_iter().map(|maker| maker.join().unwrap().ids().next().unwrap().to_owned()).collect()
        });
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "a draft was left behind");

        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = MasterKeys::beside(&path, &SystemEntropy, true).unwrap_err();
        assert!(error.to_string().contains("chmod 600"), "{error}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "").unwrap();
        assert!(
            MasterKeys::beside(&path, &SystemEntropy, true)
                .unwrap_err()
                .to_string()
                .contains("does not contain a master key")
        );
    }
}
