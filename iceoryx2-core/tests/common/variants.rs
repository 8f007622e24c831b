// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One test for each service variant.

/// Makes a test for every service variant of each function that is generic over it.
macro_rules! on_every_variant {
    ($($test:ident),* $(,)?) => {
        $crate::variants::on_variant!(ipc: $($test),*);
        $crate::variants::on_variant!(ipc_threadsafe: $($test),*);
        $crate::variants::on_variant!(local: $($test),*);
        $crate::variants::on_variant!(local_threadsafe: $($test),*);
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
