// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A string of fixed capacity that lies in its own bytes.
//!
//! ```text
//!   StaticString<8>, "käse"
//!   ┌─────────┬────┬─────────┬────┬────┬────┬────┬────┐
//!   │ len = 5 │ k  │ c3   a4 │ s  │ e  │ 00 │ 00 │ 00 │
//!   └─────────┴────┴─────────┴────┴────┴────┴────┴────┘
//! ```
//!
//! Memory of zeroes is the empty string. What another process wrote may be no text at all: a length beyond the capacity
//! counts as the capacity, and the text ends before the first byte that is not UTF-8. So reading as text means looking
//! at every byte once; `as_bytes` does not.

use crate::error::{FromBytesError, Full, InsertError, NotUtf8, TooLong};
use crate::slots;
use core::borrow::Borrow;
use core::cmp::Ordering;
use core::fmt::{self, Debug, Display, Formatter};
use core::hash::{Hash, Hasher};
use core::ops::{Deref, DerefMut};
use core::str::FromStr;
use iceoryx2_bb_elementary::{PlacementDefault, ZeroCopySend};

/// Up to `N` bytes of UTF-8: a `String` for messages.
///
/// It dereferences to `str`. What would exceed the capacity is refused with an error; only `collect` and `extend`, which
/// have no way to refuse, keep what fits and leave the rest.
///
/// ```
/// use core::fmt::Write;
/// use iceoryx2_bb_container::string::StaticString;
///
/// let mut name: StaticString<16> = "wheel".parse()?;
/// write!(name, " {}", 7)?;
/// assert_eq!(name, "wheel 7");
/// assert!(name.starts_with("wheel"));
/// assert!(name.push_str(" of the bus").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[repr(C)]
#[derive(Clone, Copy, ZeroCopySend)]
pub struct StaticString<const N: usize> {
    // INVARIANT: read through `size()` alone, which clamps it.
    len: u64,
    bytes: [u8; N],
}

impl<const N: usize> StaticString<N> {
    /// The empty string.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            len: 0,
            bytes: [0; N],
        }
    }

    /// The text that `bytes` are in UTF-8.
    ///
    /// # Errors
    ///
    /// They are more than `N`, or no UTF-8.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FromBytesError> {
        let text = NotUtf8::check(bytes)?;
        Ok(Self::try_from(text)?)
    }

    /// The text that `bytes` are in UTF-8: the name `String` has for [`from_bytes`](Self::from_bytes).
    ///
    /// # Errors
    ///
    /// They are more than `N`, or no UTF-8.
    pub fn from_utf8(bytes: &[u8]) -> Result<Self, FromBytesError> {
        Self::from_bytes(bytes)
    }

    /// As much of `text` as fits, up to the end of a letter.
    #[must_use]
    pub fn from_str_truncated(text: &str) -> Self {
        let mut string = Self::new();
        string.append(text.get(..boundary(text, N)).unwrap_or_default().as_bytes());
        string
    }

    /// How many bytes there is room for.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        N
    }

    /// The length of the text in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.as_str().len()
    }

    /// Whether there is no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room for another byte.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.size() == N
    }

    /// How many bytes are in use, text or not.
    fn size(&self) -> usize {
        slots::clamped(self.len, N)
    }

    /// The bytes in use. Unless another process wrote something else there, they are those of the text.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.size()).unwrap_or_default()
    }

    /// The text, up to the first byte that is not UTF-8.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let bytes = self.as_bytes();
        core::str::from_utf8(bytes).unwrap_or_else(|error| {
            let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
            core::str::from_utf8(valid).unwrap_or_default()
        })
    }

    /// The text, to be changed.
    #[must_use]
    pub fn as_mut_str(&mut self) -> &mut str {
        let len = self.len();
        let bytes = self.bytes.get_mut(..len).unwrap_or_default();
        core::str::from_utf8_mut(bytes).unwrap_or_default()
    }

    /// Appends a letter.
    ///
    /// # Errors
    ///
    /// There is no room for it.
    pub fn push(&mut self, letter: char) -> Result<(), Full<char>> {
        self.push_str(letter.encode_utf8(&mut [0; 4]))
            .map_err(|_| Full::new(letter, N))
    }

    /// Appends all of `text` or nothing.
    ///
    /// # Errors
    ///
    /// There is not room for all.
    pub fn push_str(&mut self, text: &str) -> Result<(), TooLong> {
        let len = self.size().saturating_add(text.len());
        if len > N {
            return Err(TooLong { len, capacity: N });
        }
        self.append(text.as_bytes());
        Ok(())
    }

    /// Appends what the caller has found to fit.
    fn append(&mut self, bytes: &[u8]) {
        let size = self.size();
        let end = size.saturating_add(bytes.len());
        if let Some(room) = self.bytes.get_mut(size..end) {
            room.copy_from_slice(bytes);
            self.len = end as u64;
        }
    }

    /// Takes the last letter.
    pub fn pop(&mut self) -> Option<char> {
        let (index, letter) = self.char_indices().next_back()?;
        self.len = index as u64;
        Some(letter)
    }

    /// Puts a letter at byte `index`.
    ///
    /// # Errors
    ///
    /// There is no room, or no letter begins at `index`.
    pub fn insert(&mut self, index: usize, letter: char) -> Result<(), InsertError<char>> {
        self.insert_bytes(index, letter.encode_utf8(&mut [0; 4]))
            .map_err(|error| error.map(|_| letter))
    }

    /// Puts all of `text` at byte `index`, or nothing.
    ///
    /// # Errors
    ///
    /// There is no room, or no letter begins at `index`.
    pub fn insert_str<'a>(
        &mut self,
        index: usize,
        text: &'a str,
    ) -> Result<(), InsertError<&'a str>> {
        self.insert_bytes(index, text)
            .map_err(|error| error.map(|_| text))
    }

    fn insert_bytes(&mut self, index: usize, text: &str) -> Result<(), InsertError<()>> {
        let len = self.len();
        if !self.is_char_boundary(index) {
            return Err(InsertError::OutOfBounds {
                value: (),
                index,
                len,
            });
        }
        self.len = len as u64;
        self.push_str(text)
            .map_err(|_| InsertError::Full(Full::new((), N)))?;
        if let Some(behind) = self.bytes.get_mut(index..len + text.len()) {
            behind.rotate_right(text.len());
        }
        Ok(())
    }

    /// Takes the letter at byte `index`, if one begins there; those behind it move up.
    pub fn remove(&mut self, index: usize) -> Option<char> {
        let len = self.len();
        let letter = self.get(index..)?.chars().next()?;
        let behind = self.bytes.get_mut(index..len)?;
        behind.rotate_left(letter.len_utf8());
        self.len = (len - letter.len_utf8()) as u64;
        Some(letter)
    }

    /// Keeps the letters for which `keep` is true, in their order.
    pub fn retain(&mut self, mut keep: impl FnMut(char) -> bool) {
        *self = self.chars().filter(|letter| keep(*letter)).collect();
    }

    /// Forgets what lies beyond byte `len`, and the letter that `len` would cut in two.
    pub fn truncate(&mut self, len: usize) {
        self.len = boundary(self, len) as u64;
    }

    /// Forgets all letters.
    pub fn clear(&mut self) {
        self.len = 0;
    }
}

/// The end of the last letter that ends at or before `end`.
fn boundary(text: &str, end: usize) -> usize {
    let end = end.min(text.len());
    (0..=end)
        .rev()
        .find(|end| text.is_char_boundary(*end))
        .unwrap_or_default()
}

impl<const N: usize> Default for StaticString<N> {
    fn default() -> Self {
        Self::new()
    }
}

// SAFETY: zeroes are the empty string.
unsafe impl<const N: usize> PlacementDefault for StaticString<N> {
    unsafe fn placement_default(ptr: *mut Self) {
        // SAFETY: the caller vouches for `ptr`.
        unsafe { ptr.write_bytes(0, 1) };
    }
}

impl<const N: usize> Debug for StaticString<N> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Debug::fmt(self.as_str(), f)
    }
}

impl<const N: usize> Display for StaticString<N> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(self.as_str(), f)
    }
}

impl<const N: usize> fmt::Write for StaticString<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push_str(text).map_err(|_| fmt::Error)
    }
}

impl<const N: usize> Deref for StaticString<N> {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl<const N: usize> DerefMut for StaticString<N> {
    fn deref_mut(&mut self) -> &mut str {
        self.as_mut_str()
    }
}

impl<const N: usize> AsRef<str> for StaticString<N> {
    fn as_ref(&self) -> &str {
        self
    }
}

impl<const N: usize> AsRef<[u8]> for StaticString<N> {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl<const N: usize> Borrow<str> for StaticString<N> {
    fn borrow(&self) -> &str {
        self
    }
}

impl<const N: usize, const M: usize> PartialEq<StaticString<M>> for StaticString<N> {
    fn eq(&self, other: &StaticString<M>) -> bool {
        self.as_str() == other.as_str()
    }
}

impl<const N: usize> PartialEq<str> for StaticString<N> {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl<const N: usize> PartialEq<&str> for StaticString<N> {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl<const N: usize> PartialEq<String> for StaticString<N> {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == other
    }
}

impl<const N: usize> PartialEq<StaticString<N>> for str {
    fn eq(&self, other: &StaticString<N>) -> bool {
        self == other.as_str()
    }
}

impl<const N: usize> PartialEq<StaticString<N>> for &str {
    fn eq(&self, other: &StaticString<N>) -> bool {
        *self == other.as_str()
    }
}

impl<const N: usize> PartialEq<StaticString<N>> for String {
    fn eq(&self, other: &StaticString<N>) -> bool {
        self == other.as_str()
    }
}

impl<const N: usize> Eq for StaticString<N> {}

impl<const N: usize> PartialOrd for StaticString<N> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<const N: usize> Ord for StaticString<N> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl<const N: usize> Hash for StaticString<N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl<const N: usize> TryFrom<&str> for StaticString<N> {
    type Error = TooLong;

    fn try_from(text: &str) -> Result<Self, TooLong> {
        let mut string = Self::new();
        string.push_str(text)?;
        Ok(string)
    }
}

impl<const N: usize> TryFrom<String> for StaticString<N> {
    type Error = TooLong;

    fn try_from(text: String) -> Result<Self, TooLong> {
        Self::try_from(text.as_str())
    }
}

impl<const N: usize> TryFrom<&[u8]> for StaticString<N> {
    type Error = FromBytesError;

    fn try_from(bytes: &[u8]) -> Result<Self, FromBytesError> {
        Self::from_bytes(bytes)
    }
}

impl<const N: usize> FromStr for StaticString<N> {
    type Err = TooLong;

    fn from_str(text: &str) -> Result<Self, TooLong> {
        Self::try_from(text)
    }
}

impl<const N: usize> From<StaticString<N>> for String {
    fn from(text: StaticString<N>) -> Self {
        text.as_str().to_owned()
    }
}

/// Keeps the letters up to the first that finds no room.
impl<const N: usize> FromIterator<char> for StaticString<N> {
    fn from_iter<I: IntoIterator<Item = char>>(letters: I) -> Self {
        let mut string = Self::new();
        string.extend(letters);
        string
    }
}

/// Keeps the texts up to the first that finds no room, and what fits of that one.
impl<'a, const N: usize> FromIterator<&'a str> for StaticString<N> {
    fn from_iter<I: IntoIterator<Item = &'a str>>(texts: I) -> Self {
        texts.into_iter().flat_map(str::chars).collect()
    }
}

/// Appends the letters up to the first that finds no room.
impl<const N: usize> Extend<char> for StaticString<N> {
    fn extend<I: IntoIterator<Item = char>>(&mut self, letters: I) {
        let _left_over = letters
            .into_iter()
            .take(N)
            .try_for_each(|letter| self.push(letter));
    }
}
