// SPDX-License-Identifier: Apache-2.0 OR MIT
#![doc = include_str!("../README.md")]

pub mod config;
pub mod identifiers;
pub mod logging;
pub mod node;
pub mod port;
pub mod prelude;
pub mod service;
pub mod signal_handling_mode;

mod callback_progression;
#[cfg(doctest)]
mod docs;
mod document;
mod message;
mod printing;
mod text_name;

#[cfg(test)]
mod testing;

#[doc(hidden)]
pub use iceoryx2_bb_elementary as __elementary;

pub use callback_progression::CallbackProgression;
pub use iceoryx2_bb_elementary::Payload;
pub(crate) use message::header;
pub use message::{
    active_request, pending_response, request_mut, request_mut_uninit, response, response_mut,
    response_mut_uninit,
};
