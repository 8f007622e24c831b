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
