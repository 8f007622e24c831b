// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Who takes part in a service at the moment.

pub mod request_response;
