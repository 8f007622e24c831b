// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The one way all names are made: a text between two lengths.

/// Defines a name: a text whose length in bytes lies in a range, with the error that says so.
macro_rules! text_name {
    ($(#[$doc:meta])* $name:ident, $error:ident, $what:literal, $len:expr) => {
        $(#[$doc])*
        // INVARIANT: the length in bytes lies in the range; `new` is the only way in.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        #[doc = concat!("A text that is no ", $what, ".")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $error {
            len: usize,
        }

        impl $name {
            /// Takes `text` as the name.
            ///
            /// # Errors
            /// Where its length is out of range.
            pub fn new(text: &str) -> Result<Self, $error> {
                if $len.contains(&text.len()) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err($error { len: text.len() })
                }
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<&str> for $name {
            type Error = $error;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                Self::new(text)
            }
        }

        impl core::ops::Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl core::fmt::Display for $error {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(
                    f,
                    concat!("a text of {} bytes is no ", $what, "; expected {} to {} bytes"),
                    self.len,
                    $len.start(),
                    $len.end(),
                )
            }
        }

        impl std::error::Error for $error {}
    };
}

pub(crate) use text_name;
