// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Messages: what is loaned, sent, received and given back.
//!
//! ```text
//!     client                                            server
//!     RequestMutUninit ─ write ─▶ RequestMut ─ send ─▶  ActiveRequest
//!                                     │                     │ loan
//!                                     ▼                     ▼
//!     Response ◀─ receive ─ PendingResponse   ◀─ send ─ ResponseMut ◀─ write ─ ResponseMutUninit
//! ```

pub mod active_request;
pub mod header;
pub mod pending_response;
pub mod request_mut;
pub mod request_mut_uninit;
pub mod response;
pub mod response_mut;
pub mod response_mut_uninit;

mod request_tenure;
mod response_tenure;

use core::mem::MaybeUninit;

/// Writes what `f` returns for each index.
fn write_from_fn<T>(to: &mut [MaybeUninit<T>], mut f: impl FnMut(usize) -> T) {
    for (index, element) in to.iter_mut().enumerate() {
        element.write(f(index));
    }
}

/// Copies all of `values` into all of `to`.
fn write_from_slice<T: Copy>(to: &mut [MaybeUninit<T>], values: &[T]) {
    assert_eq!(
        to.len(),
        values.len(),
        "a payload is written whole: loan as many elements as the slice has"
    );
    for (element, value) in to.iter_mut().zip(values) {
        element.write(*value);
    }
}
