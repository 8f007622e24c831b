// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One test for each service variant.

use iceoryx2::prelude::*;

/// A node of any service variant that leaves signals alone, so that the test harness keeps them.
pub fn node_of<S: Service>(config: &Config) -> Node<S> {
    NodeBuilder::new()
        .config(config)
        .signal_handling_mode(SignalHandlingMode::Disabled)
        .create::<S>()
        .unwrap()
}

/// Makes a test for every service variant of each function that is generic over it.
macro_rules! on_every_variant {
    ($($test:ident),* $(,)?) => {
        $crate::variants::on_variant!(ipc: $($test),*);
        $crate::variants::on_variant!(local: $($test),*);
    };
}

macro_rules! on_variant {
    ($variant:ident: $($test:ident),*) => {
        mod $variant {
            $(
                #[test]
                fn $test() {
                    super::$test::<iceoryx2::service::$variant::Service>();
                }
            )*
        }
    };
}

pub(crate) use {on_every_variant, on_variant};
