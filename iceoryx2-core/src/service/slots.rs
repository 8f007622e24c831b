// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which slots of a service's membership are whose, and which of them are worth a look.
//!
//! ```text
//! 0           max_nodes       + max_servers   + max_clients
//! │ nodes     │ servers       │ clients       │
//! ```
//!
//! A limit may be large and its use small. The kernel finds the holders in a range with one question for each, so a
//! range is halved as long as somebody holds a byte of it, and only what is left is looked at slot by slot.

use super::static_config::Contract;
use core::ops::Range;
use iceoryx2_cal::{membership::Membership, static_storage::StorageError};

/// So few neighbours are sooner looked at than asked about.
const NEIGHBOURS: u32 = 4;

/// So many nodes are looked at one by one.
// WHY: nobody holds the byte of a dead node, so it is found by its record alone. Claims begin at the first slot.
const NODES_LOOKED_AT: u32 = 64;

/// The slots of nodes.
pub(crate) fn of_nodes(contract: &Contract) -> Range<u32> {
    0..number(contract.request_response().max_nodes())
}

/// The slots of servers, behind those of nodes.
pub(crate) fn of_servers(contract: &Contract) -> Range<u32> {
    let begin = of_nodes(contract).end;
    begin..begin.saturating_add(number(contract.request_response().max_servers()))
}

/// The slots of clients, behind those of servers.
pub(crate) fn of_clients(contract: &Contract) -> Range<u32> {
    let begin = of_servers(contract).end;
    begin..begin.saturating_add(number(contract.request_response().max_clients()))
}

fn number(limit: usize) -> u32 {
    u32::try_from(limit).unwrap_or(u32::MAX)
}

/// The slots of `range` worth a look, in order: all that are held, and few that are not.
pub(crate) fn held_in<M: Membership>(
    membership: &M,
    range: Range<u32>,
) -> Result<Vec<Range<u32>>, StorageError> {
    let mut worth_a_look = Vec::new();
    let mut unknown = vec![range];
    while let Some(Range { start, end }) = unknown.pop() {
        let len = end.saturating_sub(start);
        if len <= NEIGHBOURS {
            worth_a_look.push(start..end);
        } else if membership.count(start..end)? > 0 {
            let middle = start.saturating_add(len / 2);
            unknown.extend([middle..end, start..middle]);
        }
    }
    Ok(worth_a_look)
}

/// The slots of nodes worth a look, in order: those of the living, and of the dead what claims have not taken since.
pub(crate) fn of_nodes_seen<M: Membership>(
    membership: &M,
    contract: &Contract,
) -> Result<Vec<u32>, StorageError> {
    let Range { start, end } = of_nodes(contract);
    let middle = end.min(NODES_LOOKED_AT);
    let mut seen: Vec<u32> = (start..middle).collect();
    seen.extend(held_in(membership, middle..end)?.into_iter().flatten());
    Ok(seen)
}
