// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Keys that files written for iceoryx2 have and ours have not, and what became of them.

const NO_BUFFER: &str = "it is not needed here: what a peer that left has sent stays readable without a buffer; remove the line";
const NO_CLEANUP: &str = "it is not needed here: the system frees what the dead held, and each new node removes the rest; remove the line";
const FIXED_NAMES: &str =
    "it is not needed here: all names below root-path and prefix are fixed; remove the line";

const ADVICE: [(&str, &str); 7] = [
    ("client-expired-connection-buffer", NO_BUFFER),
    ("server-expired-connection-buffer", NO_BUFFER),
    ("cleanup-dead-nodes-on-destruction", NO_CLEANUP),
    ("directory", FIXED_NAMES),
    (
        "client-unable-to-deliver-strategy",
        "it is called `client-backpressure-strategy` here",
    ),
    (
        "server-unable-to-deliver-strategy",
        "it is called `server-backpressure-strategy` here",
    ),
    (
        "unable-to-deliver-strategy",
        "it is called `backpressure-strategy` here",
    ),
];

/// What to do about a key of that name.
pub(super) fn advice(key: &str) -> Option<&'static str> {
    let is_of_a_file = key.ends_with("-suffix").then_some(FIXED_NAMES);
    ADVICE
        .iter()
        .find(|(foreign, _)| *foreign == key)
        .map(|(_, advice)| *advice)
        .or(is_of_a_file)
}
