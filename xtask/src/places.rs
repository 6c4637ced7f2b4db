//! Blanks the places of panics in a module's data: `core::panic::Location`s and the file names that they point to.
//!
//! [`never`](crate::never) replaces what would print them with traps, but neither the linker nor wasm-opt removes data that
//! only a removed function used. Blank data compresses to almost nothing.

use std::ops::Range;

use walrus::ir::Value;
use walrus::{ConstExpr, DataKind, Module};

/// The size of a place: the address and the length of a file name, a line and a column, 4 bytes each.
const PLACE: usize = 16;
/// How the file names end.
const ENDING: &[u8] = b".rs";
/// The largest plausible line, column, and length of a file's name in bytes.
const MOST: [u32; 3] = [50_000, 1_000, 300];

/// Blanks the places in the module's data.
pub fn blank(module: &mut Module) {
    let ids: Vec<_> = module.data.iter().map(|data| data.id()).collect();
    let mut taken: Vec<_> = ids
        .into_iter()
        .filter_map(|id| match module.data.get(id).kind {
            DataKind::Active { offset: ConstExpr::Value(Value::I32(at)), .. } => {
                Some((id, at.cast_unsigned(), std::mem::take(&mut module.data.get_mut(id).value)))
            }
            _ => None,
        })
        .collect();
    let mut segments: Vec<_> = taken.iter_mut().map(|(_, at, bytes)| (*at, bytes)).collect();
    blank_in(&mut segments);
    for (id, _, bytes) in taken {
        module.data.get_mut(id).value = bytes;
    }
}

/// Blanks the places in segments at these addresses.
fn blank_in(segments: &mut [(u32, &mut Vec<u8>)]) {
    let mut blanks: Vec<(usize, Range<usize>)> = Vec::new();
    for (index, (_, bytes)) in segments.iter().enumerate() {
        for start in (0..bytes.len().saturating_sub(PLACE - 1)).step_by(4) {
            let Some([address, length, line, column]) = words(&bytes[start..]) else { continue };
            let like =
                [line, column, length].into_iter().zip(MOST).all(|(it, most)| (1..=most).contains(&it));
            if let Some(name) = like.then(|| named(segments, address, length)).flatten() {
                blanks.extend([(index, start..start + PLACE), name]);
            }
        }
    }
    for (index, range) in blanks {
        segments[index].1[range].fill(0);
    }
}

fn words(bytes: &[u8]) -> Option<[u32; 4]> {
    let (words, _) = bytes.first_chunk::<PLACE>()?.as_chunks::<4>();
    Some([0, 1, 2, 3].map(|at| u32::from_le_bytes(words[at])))
}

/// Returns where the name of a source file is, if one is at this address.
fn named(segments: &[(u32, &mut Vec<u8>)], address: u32, length: u32) -> Option<(usize, Range<usize>)> {
    segments.iter().enumerate().find_map(|(index, (base, bytes))| {
        let start = usize::try_from(address.checked_sub(*base)?).ok()?;
        let range = start..start.checked_add(usize::try_from(length).ok()?)?;
        bytes.get(range.clone())?.ends_with(ENDING).then_some((index, range))
    })
}

#[cfg(test)]
mod tests {
    use super::blank_in;

    #[test]
    fn only_places_and_their_names_are_blanked() {
        let place = |name: u32, line: u32| [name, 6, line, 9].map(u32::to_le_bytes).concat();
        let mut texts = b"Save.src/a.rs.note.rs".to_vec();
        // A place, a pointer to another text, and a number of lines that no file has.
        let mut data = [place(1_005, 7), place(1_000, 7), place(1_005, 2_000_000)].concat();
        // `src/a.` does not end like a file's name.
        data.extend(place(1_004, 7));
        let before = data.clone();
        texts.extend([0; 3]);
        blank_in(&mut [(1_000, &mut texts), (2_000, &mut data)]);
        assert_eq!(texts, b"Save.src/a.rs.note.rs\0\0\0");
        assert_eq!(data, before);
        let place = |name: u32, line: u32| [name, 8, line, 9].map(u32::to_le_bytes).concat();
        let mut data = [place(1_005, 7), place(1_000, 7)].concat();
        blank_in(&mut [(1_000, &mut texts), (2_000, &mut data)]);
        assert_eq!(texts, b"Save.\0\0\0\0\0\0\0\0.note.rs\0\0\0");
        assert_eq!(data, [vec![0; 16], place(1_000, 7)].concat());
    }
}
