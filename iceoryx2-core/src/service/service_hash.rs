// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a service is known by: a hash of its pattern and name.
//!
//! The directory of a service is named for people and for machines:
//!
//! ```text
//! My_Funk_ServiceName-0f3c9a5512e84b07
//! └─ readable ≤ 32 ─┘ └─ hash, 64 bit ┘
//! ```
//!
//! The full name stands in the contract and is compared on open, so two names that ever met in one directory would be
//! told apart.

use super::{messaging_pattern::MessagingPattern, service_name::ServiceName};
use core::fmt;
use iceoryx2_bb_elementary::fnv;

const READABLE_LEN_MAX: usize = 32;
const DIRECTORY_HASH_LEN: usize = 16;

/// The hash of a service's pattern and name: the same in every process, build and run.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
// INVARIANT: 32 hexadecimal digits.
pub struct ServiceHash(String);

impl ServiceHash {
    pub(crate) fn new(name: &ServiceName, pattern: MessagingPattern) -> Self {
        let pattern = pattern.as_str().as_bytes();
        let bytes = [pattern, b"\0", name.as_str().as_bytes()].concat();
        Self(format!("{:032x}", fnv::hash_128(&bytes)))
    }

    /// The 32 hexadecimal digits of the hash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the service's directory.
    pub(crate) fn directory_name(&self, name: &ServiceName) -> String {
        let readable = |c: char| {
            if c.is_ascii_alphanumeric() || c == '-' {
                c
            } else {
                '_'
            }
        };
        let mut directory: String = name.chars().take(READABLE_LEN_MAX).map(readable).collect();
        directory.push('-');
        directory.extend(self.0.chars().take(DIRECTORY_HASH_LEN));
        directory
    }

    /// Whether a service's directory may be called `name`.
    pub(crate) fn is_directory_name(name: &str) -> bool {
        let is_readable = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
        name.rsplit_once('-').is_some_and(|(readable, hash)| {
            (1..=READABLE_LEN_MAX).contains(&readable.len())
                && readable.chars().all(is_readable)
                && hash.len() == DIRECTORY_HASH_LEN
                && hash.chars().all(|c| c.is_ascii_hexdigit())
        })
    }
}

impl fmt::Display for ServiceHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ServiceHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServiceHash({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{MessagingPattern, ServiceHash, ServiceName};

    fn directory_of(name: &str) -> String {
        let name = ServiceName::new(name).unwrap();
        ServiceHash::new(&name, MessagingPattern::RequestResponse).directory_name(&name)
    }

    #[test]
    fn a_directory_is_readable_short_and_one_component() {
        let directory = directory_of("My/Funk Service");
        assert!(directory.starts_with("My_Funk_Service-"), "{directory}");
        for name in ["..", "/", "\0", "-", "ä", &"x".repeat(255), "a.tmp"] {
            let directory = directory_of(name);
            assert!(directory.len() <= 32 + 1 + 16, "{directory}");
            assert!(ServiceHash::is_directory_name(&directory), "{directory}");
        }
    }

    #[test]
    fn names_that_read_alike_have_different_directories() {
        assert_ne!(directory_of("a/b"), directory_of("a_b"));
        assert_ne!(directory_of(&"x".repeat(33)), directory_of(&"x".repeat(34)));
    }

    #[test]
    fn other_names_are_no_directories_of_services() {
        for name in [
            "nodes",
            ".tmp-1-0123456789abcdef",
            "a-0123456789abcde",
            "-0123456789abcdef",
            "",
        ] {
            assert!(!ServiceHash::is_directory_name(name), "{name}");
        }
    }

    #[test]
    fn the_hash_is_32_digits_and_does_not_change_between_builds() {
        let name = ServiceName::new("a").unwrap();
        let hash = ServiceHash::new(&name, MessagingPattern::RequestResponse);
        assert_eq!(hash.as_str().len(), 32);
        assert_eq!(
            hash,
            ServiceHash::new(&name, MessagingPattern::RequestResponse)
        );
    }
}
