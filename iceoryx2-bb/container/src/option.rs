// SPDX-License-Identifier: Apache-2.0 OR MIT
//! An option with a layout that two builds agree on.
//!
//! ```text
//!   StaticOption<u32>
//!   ┌─────────┬──────────┬───────┐
//!   │ tag: u8 │ padding  │ value │    tag 1: there is a value; any other: there is none
//!   └─────────┴──────────┴───────┘
//! ```
//!
//! The compiler lays out an `Option` as it likes, and a tag that another process wrote must not be matched before it is
//! checked. Here the tag is a number. Memory of zeroes is no value.

use core::cmp::Ordering;
use core::fmt::{self, Debug, Formatter};
use core::hash::{Hash, Hasher};
use core::mem::MaybeUninit;
use iceoryx2_bb_elementary::{PlacementDefault, ZeroCopySend};

const SOME: u8 = 1;
const NONE: u8 = 0;

/// A value or none: an `Option` for messages.
///
/// ```
/// use iceoryx2_bb_container::option::StaticOption;
///
/// let mut speed = StaticOption::some(7_u32);
/// assert_eq!(speed.as_ref(), Some(&7));
/// assert_eq!(speed.take(), Some(7));
/// assert!(speed.is_none());
///
/// speed = Some(3).into();
/// assert_eq!(Option::from(speed), Some(3));
/// ```
#[repr(C)]
#[derive(ZeroCopySend)]
pub struct StaticOption<T> {
    tag: u8,
    // INVARIANT: with the tag `SOME` it is there.
    value: MaybeUninit<T>,
}

impl<T> StaticOption<T> {
    /// No value.
    #[must_use]
    pub const fn none() -> Self {
        const { assert!(!core::mem::needs_drop::<T>()) };
        Self {
            tag: NONE,
            value: MaybeUninit::uninit(),
        }
    }

    /// A value.
    #[must_use]
    pub const fn some(value: T) -> Self {
        const {
            assert!(
                !core::mem::needs_drop::<T>(),
                "the value of an option for messages must not need drop, because destructors never run on shared \
                 memory: use a value without `Drop`"
            );
        }
        Self {
            tag: SOME,
            value: MaybeUninit::new(value),
        }
    }

    /// Whether there is a value.
    #[must_use]
    pub const fn is_some(&self) -> bool {
        self.tag == SOME
    }

    /// Whether there is no value.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        !self.is_some()
    }

    /// Whether there is a value, and `test` is true for it.
    #[must_use]
    pub fn is_some_and(&self, test: impl FnOnce(&T) -> bool) -> bool {
        self.as_ref().is_some_and(test)
    }

    /// The value, if there is one.
    #[must_use]
    pub const fn as_ref(&self) -> Option<&T> {
        if self.is_none() {
            return None;
        }
        // SAFETY: with this tag the value is there.
        Some(unsafe { self.value.assume_init_ref() })
    }

    /// The value, to be changed, if there is one.
    #[must_use]
    pub fn as_mut(&mut self) -> Option<&mut T> {
        if self.is_none() {
            return None;
        }
        // SAFETY: with this tag the value is there.
        Some(unsafe { self.value.assume_init_mut() })
    }

    /// The value, if there is one, as the language's own option.
    #[must_use]
    pub fn into_option(self) -> Option<T> {
        if self.is_none() {
            return None;
        }
        // SAFETY: with this tag the value is there, and `self` is used up.
        Some(unsafe { self.value.assume_init_read() })
    }

    /// Takes the value; afterwards there is none.
    pub fn take(&mut self) -> Option<T> {
        core::mem::take(self).into_option()
    }

    /// Puts `value` in, and returns what was there before.
    pub fn replace(&mut self, value: T) -> Option<T> {
        core::mem::replace(self, Self::some(value)).into_option()
    }

    /// Puts `value` in.
    pub fn insert(&mut self, value: T) -> &mut T {
        self.tag = SOME;
        self.value.write(value)
    }

    /// The value. If there is none, what `make` returns is put in first.
    pub fn get_or_insert_with(&mut self, make: impl FnOnce() -> T) -> &mut T {
        if self.is_none() {
            return self.insert(make());
        }
        // SAFETY: with this tag the value is there.
        unsafe { self.value.assume_init_mut() }
    }

    /// What `change` makes of the value.
    #[must_use]
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> StaticOption<U> {
        self.into_option().map(change).into()
    }

    /// The value, or `default`.
    #[must_use]
    pub fn unwrap_or(self, default: T) -> T {
        self.into_option().unwrap_or(default)
    }

    /// The value, or what `make` returns.
    #[must_use]
    pub fn unwrap_or_else(self, make: impl FnOnce() -> T) -> T {
        self.into_option().unwrap_or_else(make)
    }

    /// The value, or the default.
    #[must_use]
    pub fn unwrap_or_default(self) -> T
    where
        T: Default,
    {
        self.into_option().unwrap_or_default()
    }

    /// The value, if there is one, as an iterator.
    pub fn iter(&self) -> core::option::IntoIter<&T> {
        self.as_ref().into_iter()
    }
}

impl<T> Default for StaticOption<T> {
    fn default() -> Self {
        Self::none()
    }
}

// SAFETY: without a value only the tag needs to be there.
unsafe impl<T> PlacementDefault for StaticOption<T> {
    unsafe fn placement_default(ptr: *mut Self) {
        const { assert!(!core::mem::needs_drop::<T>()) };
        // SAFETY: the caller vouches for `ptr`, and the field lies within.
        let tag = unsafe { &raw mut (*ptr).tag };
        // SAFETY: as part of `*ptr` it is aligned, valid for writes, and ours alone.
        unsafe { tag.write(NONE) };
    }
}

impl<T> From<Option<T>> for StaticOption<T> {
    fn from(option: Option<T>) -> Self {
        option.map_or_else(Self::none, Self::some)
    }
}

impl<T> From<T> for StaticOption<T> {
    fn from(value: T) -> Self {
        Self::some(value)
    }
}

impl<T> From<StaticOption<T>> for Option<T> {
    fn from(option: StaticOption<T>) -> Self {
        option.into_option()
    }
}

impl<T: Clone> Clone for StaticOption<T> {
    fn clone(&self) -> Self {
        self.as_ref().cloned().into()
    }
}

impl<T: Copy> Copy for StaticOption<T> {}

impl<T: Debug> Debug for StaticOption<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Debug::fmt(&self.as_ref(), f)
    }
}

impl<T: PartialEq> PartialEq for StaticOption<T> {
    fn eq(&self, other: &Self) -> bool {
        self.as_ref() == other.as_ref()
    }
}

impl<T: PartialEq> PartialEq<Option<T>> for StaticOption<T> {
    fn eq(&self, other: &Option<T>) -> bool {
        self.as_ref() == other.as_ref()
    }
}

impl<T: Eq> Eq for StaticOption<T> {}

impl<T: PartialOrd> PartialOrd for StaticOption<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.as_ref().partial_cmp(&other.as_ref())
    }
}

impl<T: Ord> Ord for StaticOption<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_ref().cmp(&other.as_ref())
    }
}

impl<T: Hash> Hash for StaticOption<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_ref().hash(state);
    }
}

impl<T> IntoIterator for StaticOption<T> {
    type Item = T;
    type IntoIter = core::option::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.into_option().into_iter()
    }
}

impl<'a, T> IntoIterator for &'a StaticOption<T> {
    type Item = &'a T;
    type IntoIter = core::option::IntoIter<&'a T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
