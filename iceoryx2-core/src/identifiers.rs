// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Identifiers: 128 random bits each, never derived from time or process ids.

/// Defines one identifier.
macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl $name {
            /// The identifier that `value` stands for.
            pub(crate) const fn from_value(value: u128) -> Self {
                Self(value)
            }

            /// The 128 bits.
            #[must_use]
            pub const fn value(&self) -> u128 {
                self.0
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, "{:032x}", self.0)
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, concat!(stringify!($name), "({:032x})"), self.0)
            }
        }
    };
}

identifier! {
    /// Which node.
    UniqueNodeId
}

identifier! {
    /// Which client, among all there ever are.
    UniqueClientId
}

identifier! {
    /// Which server, among all there ever are.
    UniqueServerId
}

identifier! {
    /// Which incarnation of a service: a service that was removed and made again has another one.
    UniqueServiceId
}
