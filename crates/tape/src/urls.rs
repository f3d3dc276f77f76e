//! Which types the type URLs seen lately name, so that not every event's is looked up by its name.

use tera_wire::reader::same;

/// Places for a URL each, a power of two; events of one connection are of few types.
const PLACES: usize = 64;

/// Longest URL remembered, in bytes.
const MAX_LENGTH: usize = 256;

/// The last URL seen for each place.
#[derive(Debug)]
pub(super) struct Urls {
    places: [Known; PLACES],
}

impl Default for Urls {
    fn default() -> Self {
        Self { places: std::array::from_fn(|_| Known::default()) }
    }
}

#[derive(Debug, Default)]
struct Known {
    /// Not empty if something is known.
    url: Vec<u8>,
    index: usize,
}

impl Urls {
    /// The index of the type that this URL names, if it is remembered.
    #[inline]
    pub(super) fn find(&self, url: &[u8]) -> Option<usize> {
        let known = &self.places[place(url)?];
        same(&known.url, url).then_some(known.index)
    }

    /// Remembers a URL.
    #[cold]
    pub(super) fn insert(&mut self, url: &str, index: usize) {
        if let Some(place) = place(url.as_bytes())
            && url.len() <= MAX_LENGTH
        {
            self.places[place] = Known { url: url.into(), index };
        }
    }
}

/// The place of a URL; none if it is too short to name anything. URLs differ at their ends, if not in their lengths.
#[inline]
fn place(url: &[u8]) -> Option<usize> {
    let tail = u64::from_le_bytes(*url.last_chunk()?);
    let hash = (tail ^ url.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Some((hash >> (64 - PLACES.ilog2())) as usize)
}
