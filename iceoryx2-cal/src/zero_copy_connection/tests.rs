// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The conformance suite of the connection, over any mechanism's memory; both ends in one thread.
