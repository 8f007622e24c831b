// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Responses, from the loan until their last handle goes.

use super::{Check, Held, Kind, NONE, Reply, World, check_whole};
use crate::soak::model::check;
use iceoryx2::prelude::*;

impl<S: Service, P: Kind + ?Sized, Q: Kind + ?Sized> World<'_, S, P, Q> {
    pub(super) fn loan_response(&mut self) -> Check {
        let Some(index) = self.one_of(self.actives.len()) else {
            return Ok(());
        };
        let (mark, len) = (self.number(), self.len::<Q>());
        let active = &self.actives[index];
        let (number, server, client) = (active.number, active.server, active.client);
        self.begin(
            "loan response",
            [("number", number), ("mark", mark), ("len", len as u64)],
        );
        let found = Q::answer(&active.active, mark, len).map(|response| {
            self.replies.push(Reply {
                number,
                server,
                client,
                mark,
                len,
                response,
            });
        });
        self.model.loan_response(number, server, len, found)
    }

    /// Another payload comes in its place.
    pub(super) fn write_reply(&mut self) -> Check {
        let Some(index) = self.one_of(self.replies.len()) else {
            return Ok(());
        };
        let mark = self.number();
        let reply = &mut self.replies[index];
        self.history.begin(
            "write reply",
            [
                ("number", reply.number),
                ("was", reply.mark),
                ("mark", mark),
            ],
        );
        reply.mark = mark;
        reply.response.payload_mut().write(mark);
        *reply.response.user_header_mut() = mark;
        Ok(())
    }

    pub(super) fn drop_reply(&mut self) -> Check {
        let Some(index) = self.one_of(self.replies.len()) else {
            return Ok(());
        };
        let Reply {
            number,
            server,
            mark,
            len,
            response,
            ..
        } = self.replies.swap_remove(index);
        self.begin(
            "drop reply",
            [("number", number), ("server", server), ("mark", mark)],
        );
        check_whole(response.payload(), *response.user_header(), mark, len)?;
        drop(response);
        self.model.drop_response_loan(number, server);
        Ok(())
    }

    pub(super) fn respond(&mut self) -> Check {
        let is_awaited =
            |world: &Self, index: usize| world.model.is_awaited(world.replies[index].number);
        let Some(index) = self.likely_of(self.replies.len(), is_awaited) else {
            return Ok(());
        };
        let Reply {
            number,
            server,
            client,
            mark,
            len,
            response,
        } = self.replies.swap_remove(index);
        self.begin(
            "respond",
            [("number", number), ("server", server), ("mark", mark)],
        );
        let sender = response.header().server_id().value();
        let found = response.send();
        let asked = self.asked(sender)?;
        let others = asked.keys().filter(|port| **port != client).count();
        check(others == 0, || {
            format!("a handler was asked about {asked:?}")
        })?;
        let asked = asked.get(&client).copied();
        self.model
            .respond((number, server), (mark, len), found, asked)
    }

    pub(super) fn receive(&mut self) -> Check {
        let has_unread =
            |world: &Self, index: usize| world.model.has_unread(world.pendings[index].number);
        let Some(index) = self.likely_of(self.pendings.len(), has_unread) else {
            return Ok(());
        };
        let pending = &self.pendings[index];
        let number = pending.number;
        self.begin("receive", [("number", number), NONE, NONE]);
        let found = match pending.pending.receive() {
            Ok(Some(response)) => {
                let header = response.header();
                let server = self.port(header.server_id().value(), header.node_id())?;
                check(response.origin() == header.server_id(), || {
                    "another origin".to_owned()
                })?;
                let (mark, len) = (*response.user_header(), header.number_of_elements());
                let len = usize::try_from(len).unwrap();
                check_whole(response.payload(), mark, mark, len)?;
                self.note("  received", [("server", server), ("mark", mark), NONE]);
                self.responses.push(Held {
                    number,
                    server,
                    mark,
                    len,
                    response,
                });
                Ok(Some((server, (mark, len))))
            }
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        };
        self.model.receive(number, found)
    }

    pub(super) fn drop_response(&mut self) -> Check {
        let Some(index) = self.one_of(self.responses.len()) else {
            return Ok(());
        };
        let Held {
            number,
            server,
            mark,
            len,
            response,
        } = self.responses.swap_remove(index);
        self.begin(
            "drop response",
            [("number", number), ("server", server), ("mark", mark)],
        );
        check_whole(response.payload(), *response.user_header(), mark, len)?;
        drop(response);
        self.model.drop_response(number, server);
        Ok(())
    }
}
