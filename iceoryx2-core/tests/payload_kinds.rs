// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What may be sent and what may not. The compiler is the judge.

#![expect(clippy::disallowed_types, reason = "they are named, to be refused")]

use core::{
    cell::{Cell, RefCell, UnsafeCell},
    fmt::Debug,
    marker::PhantomData,
    mem::MaybeUninit,
};
use iceoryx2::{Payload, prelude::*};
use iceoryx2_bb_container::{
    FileName, queue::FixedSizeQueue, string::StaticString, vector::StaticVec,
};
use std::sync::{Mutex, atomic};

const fn is_sent<T: ZeroCopySend + ?Sized>() {}
const fn is_payload<T: Debug + Payload + ?Sized>() {}

macro_rules! may_be_sent {
    ($($type:ty),* $(,)?) => {
        const _: () = {
            $(is_sent::<$type>();)*
        };
    };
}

/// Does not compile if a type may be sent: then two implementations could be meant.
macro_rules! may_not_be_sent {
    ($($type:ty),* $(,)?) => {$(
        const _: fn() = || {
            trait Ambiguous<Which> {
                fn which() {}
            }
            impl<T: ?Sized> Ambiguous<()> for T {}
            struct Sent;
            impl<T: ?Sized + ZeroCopySend> Ambiguous<Sent> for T {}
            let _ = <$type as Ambiguous<_>>::which;
        };
    )*};
}

may_be_sent!(
    u8,
    u16,
    u32,
    u64,
    u128,
    usize,
    i8,
    i16,
    i32,
    i64,
    i128,
    isize,
    f32,
    f64,
    bool,
    char,
    ()
);
may_be_sent!(
    [u8; 3],
    [[u16; 2]; 4],
    [u32],
    MaybeUninit<u64>,
    PhantomData<String>
);
may_be_sent!(StaticVec<u8, 4>, StaticString<8>, FixedSizeQueue<u16, 2>, FileName);

may_not_be_sent!(Cell<u8>, RefCell<u8>, UnsafeCell<u8>, Mutex<u8>);
may_not_be_sent!(
    atomic::AtomicBool,
    atomic::AtomicU8,
    atomic::AtomicU64,
    atomic::AtomicPtr<u8>
);
may_not_be_sent!(&'static u8, &'static str, *const u8, *mut u8, fn(), Box<u8>);
may_not_be_sent!(
    String,
    Vec<u8>,
    str,
    dyn Debug,
    Option<u8>,
    (u8, u16),
    [Cell<u8>; 2]
);

const _: () = {
    is_payload::<u64>();
    is_payload::<[u64]>();
    is_payload::<[u64; 3]>();
};

// Fails if: `Cell` or an atomic is made `ZeroCopySend`, or a primitive is taken out of `primitives!`: then this file
// does not compile.
#[test]
fn what_may_be_sent_is_what_the_trait_says() {
    assert!(!core::mem::needs_drop::<StaticVec<StaticString<8>, 4>>());
}
