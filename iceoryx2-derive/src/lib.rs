// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Derive macros of iceoryx2.
