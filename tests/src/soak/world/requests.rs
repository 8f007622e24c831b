// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Requests, from the loan until their last handle goes.

use super::{Active, Check, Kind, Loan, NONE, Pending, World, check_whole};
use crate::soak::model::{Asked, Taken, check};
use iceoryx2::{port::BackpressureAction, prelude::*};

impl<S: Service, P: Kind + ?Sized, Q: Kind + ?Sized> World<'_, S, P, Q> {
    pub(super) fn loan_request(&mut self) -> Check {
        let Some(index) = self.one_of(self.clients.len()) else {
            return Ok(());
        };
        let (mark, len) = (self.number(), self.len::<P>());
        let (client, port) = &self.clients[index];
        let client = *client;
        self.begin(
            "loan request",
            [("client", client), ("mark", mark), ("len", len as u64)],
        );
        let found = P::ask(port, mark, len).map(|request| {
            self.loans.push(Loan {
                client,
                mark,
                len,
                request,
            });
        });
        self.model.loan_request(client, len, found)
    }

    /// Another payload comes in its place.
    pub(super) fn write_loan(&mut self) -> Check {
        let Some(index) = self.one_of(self.loans.len()) else {
            return Ok(());
        };
        let mark = self.number();
        let loan = &mut self.loans[index];
        self.history.begin(
            "write loan",
            [("client", loan.client), ("was", loan.mark), ("mark", mark)],
        );
        loan.mark = mark;
        loan.request.payload_mut().write(mark);
        *loan.request.user_header_mut() = mark;
        Ok(())
    }

    pub(super) fn drop_loan(&mut self) -> Check {
        let Some(index) = self.one_of(self.loans.len()) else {
            return Ok(());
        };
        let loan = self.loans.swap_remove(index);
        self.begin(
            "drop loan",
            [("client", loan.client), ("mark", loan.mark), NONE],
        );
        check_whole(
            loan.request.payload(),
            *loan.request.user_header(),
            loan.mark,
            loan.len,
        )?;
        drop(loan.request);
        self.model.drop_request(loan.client);
        Ok(())
    }

    pub(super) fn send(&mut self) -> Check {
        let may_send = |world: &Self, index: usize| world.model.may_send(world.loans[index].client);
        let Some(index) = self.likely_of(self.loans.len(), may_send) else {
            return Ok(());
        };
        let Loan {
            client,
            mark,
            len,
            request,
        } = self.loans.swap_remove(index);
        self.begin("send", [("client", client), ("number", mark), NONE]);
        let sender = request.header().client_id().value();
        let found = request.send();
        let asked = self.asked(sender)?;
        let count = found.as_ref().map(|p| p.number_of_server_connections());
        let count = count.map_err(|error| *error);
        self.model.send(mark, client, len, count, &asked)?;
        match found {
            Ok(pending) => self.pendings.push(Pending {
                number: mark,
                len,
                pending,
            }),
            Err(_) => self.model.drop_request(client),
        }
        Ok(())
    }

    pub(super) fn try_send(&mut self) -> Check {
        let Some(index) = self.one_of(self.loans.len()) else {
            return Ok(());
        };
        let Loan {
            client,
            mark,
            len,
            request,
        } = self.loans.swap_remove(index);
        self.begin("try_send", [("client", client), ("number", mark), NONE]);
        let sender = request.header().client_id().value();
        let found = match request.try_send() {
            Ok(pending) => {
                let count = pending.number_of_server_connections();
                self.pendings.push(Pending {
                    number: mark,
                    len,
                    pending,
                });
                Ok(count)
            }
            Err((request, error)) => {
                check_whole(request.payload(), *request.user_header(), mark, len)?;
                self.loans.push(Loan {
                    client,
                    mark,
                    len,
                    request,
                });
                Err(error)
            }
        };
        let asked = self.asked(sender)?;
        self.model.send(mark, client, len, found, &asked)
    }

    /// What was last decided about each receiver of a message of `sender`.
    pub(super) fn asked(&self, sender: u128) -> Result<Asked, String> {
        let mut asked = Asked::new();
        for (info, action) in self.decisions.take() {
            let receiver = self
                .ports
                .get(&info.receiver_port_id)
                .map(|(port, _)| *port);
            let is_known = receiver.is_some() && info.sender_port_id == sender;
            check(is_known, || format!("a handler was told {info:?}"))?;
            let before = asked.insert(receiver.unwrap_or_default(), action);
            check(
                before.is_none_or(|action| action == BackpressureAction::Retry),
                || format!("a handler was asked again after {before:?}"),
            )?;
        }
        check(
            asked
                .values()
                .all(|action| *action != BackpressureAction::Retry),
            || format!("a handler was not asked again: {asked:?}"),
        )?;
        Ok(asked)
    }

    pub(super) fn take(&mut self) -> Check {
        let is_waited_for = |world: &Self, index: usize| {
            let (server, _) = &world.servers[index];
            world.model.is_waited_for(*server)
        };
        let Some(index) = self.likely_of(self.servers.len(), is_waited_for) else {
            return Ok(());
        };
        let (server, port) = &self.servers[index];
        let server = *server;
        self.begin("take", [("server", server), NONE, NONE]);
        let found = match port.receive() {
            Ok(Some(active)) => {
                let header = active.header();
                let client = self.port(header.client_id().value(), header.node_id())?;
                check(active.origin() == header.client_id(), || {
                    "another origin".to_owned()
                })?;
                let (number, len) = (*active.user_header(), header.number_of_elements());
                let len = usize::try_from(len).unwrap();
                check_whole(active.payload(), number, number, len)?;
                let taken = Taken {
                    number,
                    client,
                    len,
                    is_connected: active.is_connected(),
                    is_hinted: active.has_disconnect_hint(),
                };
                self.note("  took", [("client", client), ("number", number), NONE]);
                self.actives.push(Active {
                    number,
                    server,
                    client,
                    len,
                    active,
                });
                Ok(Some(taken))
            }
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        };
        self.model.take(server, found)
    }

    pub(super) fn drop_active(&mut self) -> Check {
        let Some(index) = self.one_of(self.actives.len()) else {
            return Ok(());
        };
        let Active {
            number,
            server,
            len,
            active,
            ..
        } = self.actives.swap_remove(index);
        self.begin(
            "drop active",
            [("number", number), ("server", server), NONE],
        );
        check_whole(active.payload(), *active.user_header(), number, len)?;
        drop(active);
        self.model.drop_active(number, server);
        Ok(())
    }

    pub(super) fn drop_pending(&mut self) -> Check {
        self.one_of(self.pendings.len())
            .map_or(Ok(()), |index| self.drop_pending_at(index))
    }

    /// Drops a pending response that says it has ended.
    pub(super) fn drop_ended(&mut self) -> Check {
        match self.one_of(self.pendings.len()) {
            Some(index) => {
                self.check_pending(index)?;
                let has_ended = self.pendings[index].pending.outcome().is_some();
                if has_ended {
                    self.drop_pending_at(index)
                } else {
                    Ok(())
                }
            }
            None => Ok(()),
        }
    }

    fn drop_pending_at(&mut self, index: usize) -> Check {
        let Pending {
            number,
            len,
            pending,
        } = self.pendings.swap_remove(index);
        self.begin("drop pending", [("number", number), NONE, NONE]);
        check_whole(pending.payload(), *pending.user_header(), number, len)?;
        drop(pending);
        self.model.drop_pending(number);
        Ok(())
    }

    pub(super) fn hint(&mut self) -> Check {
        if let Some(index) = self.one_of(self.pendings.len()) {
            let pending = &self.pendings[index];
            self.begin("hint", [("number", pending.number), NONE, NONE]);
            pending.pending.set_disconnect_hint();
            self.model.hint(pending.number);
        }
        Ok(())
    }
}
