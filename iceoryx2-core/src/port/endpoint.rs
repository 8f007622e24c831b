// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What clients and servers have in common: memory, the port page, the doorbell, and one wait for everything.

use super::{
    chores::Chores,
    crowd::Crowd,
    pace::Pace,
    spin::Spin,
    wait::{deadline_after, now},
    wire::{Source, Wire},
};
use crate::service::{
    Service,
    service_state::{Claim, ServiceState},
    shared::Shared,
};
use core::time::Duration;
use iceoryx2_cal::{
    Mechanisms, ProcessBirth, SystemError,
    clock::Moment,
    event::{EventListener, EventNotifier},
    shared_memory::{OpenError, OwnedMemory, PeerMemory},
    termination::Termination,
    wait_set::{Trigger, WaitSet},
    zero_copy_connection::{
        BellOffer, ChunkError, ConnectionError, Growth, Half, Introduction, MessageShape,
        PeerPlace, PortLayout, PortMemory, PortPage,
    },
};
use std::sync::Arc;

pub(crate) type Mechanism<S> = <S as Service>::Mechanisms;
type Handle<S> = <Mechanism<S> as Mechanisms>::Handle;
type SetOf<S> = <Mechanism<S> as Mechanisms>::WaitSet;
type PeerMemoryOf<S> = <Mechanism<S> as Mechanisms>::PeerMemory;
type NotifierOf<S> = <Mechanism<S> as Mechanisms>::EventNotifier;

/// How long after a refusal the system is asked again.
const RETRY_PERIOD: Duration = Duration::from_millis(20);

/// What a port's memory shall be.
#[derive(Debug)]
pub(crate) struct MemoryPlan {
    pub(crate) layout: PortLayout,
    pub(crate) half_size: usize,
    pub(crate) growth: Growth,
    /// All of it is committed at once.
    pub(crate) commit: bool,
    /// What lies in the port's chunks.
    pub(crate) shape: MessageShape,
    /// The most elements a message may have.
    pub(crate) elements_max: usize,
    /// Messages that fit their descriptors travel in them.
    pub(crate) inline: bool,
}

/// The common part of a port.
#[derive(Debug)]
pub(crate) struct Endpoint<S: Service> {
    pub(crate) memory: PortMemory<Mechanism<S>>,
    pub(super) page: PortPage<Mechanism<S>>,
    hears_termination: bool,
    /// The port has slept, or was about to.
    has_slept: bool,
    /// There while a peer rings often.
    doorbell: Option<<Mechanism<S> as Mechanisms>::EventListener>,
    /// The other end of our own doorbell, where several threads may wait.
    alarm: Option<<Mechanism<S> as Mechanisms>::EventNotifier>,
    /// How many peers have the doorbell.
    bells: usize,
    /// The port has slept since it last heard a ring.
    pub(super) slept: bool,
    /// The last wait found nothing before it slept.
    pub(super) drowsy: bool,
    set: Arc<SetOf<S>>,
    pub(super) chores: Chores,
    pace: Pace,
    pub(super) spin: Spin,
    /// A look has found something since this was last cleared.
    pub(super) stirred: bool,
    pub(super) crowd: Crowd,
    birth: ProcessBirth,
    /// When something the system refused is to be tried again.
    pub(super) retry_at: Option<Moment>,
    /// The number of the last connection.
    connections: u64,
    id: u128,
    // WHY: the byte is given back after everything above is gone, and before the service may be.
    _claim: Claim<S>,
    service: Arc<ServiceState<S>>,
}

/// What a peer's introduction said, vetted. Its memory is not mapped yet.
pub(crate) struct Introduced<S: Service> {
    pub(crate) introduction: Introduction,
    memory: <PeerMemoryOf<S> as PeerMemory>::Vetted,
    notifier: Option<NotifierOf<S>>,
}

impl<S: Service> Introduced<S> {
    /// Maps the peer's memory. `shape` is what lies in its chunks.
    pub(crate) fn map(
        self,
        shape: &MessageShape,
    ) -> Result<(PeerPlace<Mechanism<S>>, Option<NotifierOf<S>>), Unwelcome> {
        let memory = PeerMemoryOf::<S>::map_vetted(self.memory);
        let memory = memory.map_err(|error| Unwelcome::Memory(OpenError::System(error)))?;
        let place = PeerPlace {
            memory: Arc::new(memory),
            half_offset: self.introduction.half_offset,
            chunks: self.introduction.chunks,
            shape: *shape,
        };
        Ok((place, self.notifier))
    }
}

/// Why an introduction was turned down, to follow "because".
#[derive(Debug)]
pub(crate) enum Unwelcome {
    Handshake(iceoryx2_cal::zero_copy_connection::HandshakeError),
    Contract,
    TooManyOpenFiles,
    Memory(OpenError),
    Connection(ConnectionError),
    System(SystemError),
    NoRoom,
}

impl core::fmt::Display for Unwelcome {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Handshake(error) => error.fmt(f),
            Self::Contract => f.write_str("the peer speaks of another service"),
            Self::TooManyOpenFiles => {
                f.write_str("this process has too many open files: raise its limit (ulimit -n)")
            }
            Self::Memory(error) => write!(f, "the peer's memory cannot be used: {error:?}"),
            Self::Connection(error) => error.fmt(f),
            Self::System(error) => error.fmt(f),
            Self::NoRoom => f.write_str("there are as many peers as the service allows"),
        }
    }
}

impl<S: Service> Endpoint<S> {
    pub(crate) fn new(
        label: &str,
        plan: &MemoryPlan,
        id: u128,
        claim: Claim<S>,
        service: &Arc<ServiceState<S>>,
    ) -> Result<Self, SystemError> {
        let birth = ProcessBirth::here()?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "half of a random number is one"
        )]
        let layout = plan.layout.coloured(id as u64);
        let memory = PortMemory::create(label, layout, plan.half_size, plan.commit, plan.growth)?;
        let page = PortPage::new(memory.memory()).map_err(too_small)?;
        let concurrent = <S::Shared<()> as Shared<()>>::CONCURRENT;
        let set = if concurrent {
            SetOf::<S>::create()?
        } else {
            SetOf::<S>::create_for_one_thread()?
        };
        let (mut doorbell, mut alarm) = (None, None);
        if concurrent {
            let bell = doorbell_in::<S>(&set)?;
            alarm = Some(alarm_of::<S>(&bell)?);
            doorbell = Some(bell);
        }
        let (set, service) = (Arc::new(set), Arc::clone(service));
        let mut it = Self {
            memory,
            page,
            hears_termination: false,
            has_slept: false,
            doorbell,
            alarm,
            bells: 0,
            slept: false,
            drowsy: false,
            set,
            chores: Chores::NONE,
            pace: Pace::new::<<Mechanism<S> as Mechanisms>::Clock>(),
            spin: Spin::new(service.config().global.service.spin_duration),
            stirred: false,
            crowd: Crowd::default(),
            birth,
            retry_at: None,
            connections: 0,
            id,
            _claim: claim,
            service,
        };
        // WHY: a thread may sleep while another one changes what it waits for only if that is there for ever.
        if concurrent {
            it.hear_termination()?;
        }
        Ok(it)
    }

    /// Whether the user's wish to end will end the sleep that comes now. If not, the sleep has to be short.
    // WHY not the first: mostly it is short anyway, the only one of a process with one call, and the bell costs two calls.
    pub(super) fn hears_termination(&mut self) -> bool {
        if self.hears_termination || self.service.termination().is_none() {
            return true;
        }
        core::mem::replace(&mut self.has_slept, true) && self.hear_termination().is_ok()
    }

    /// Makes the user's wish to end something that ends a sleep. A port of one thread that never sleeps does without.
    #[inline]
    pub(crate) fn hear_termination(&mut self) -> Result<(), SystemError> {
        if self.hears_termination {
            return Ok(());
        }
        self.listen_for_termination()
    }

    fn listen_for_termination(&mut self) -> Result<(), SystemError> {
        if let Some(termination) = self.service.termination() {
            let token = Source::Termination.token();
            self.set
                .attach(termination.source()?, token, Trigger::Level)?;
            self.hears_termination = true;
        }
        Ok(())
    }

    #[inline]
    pub(crate) const fn service(&self) -> &Arc<ServiceState<S>> {
        &self.service
    }

    pub(crate) const fn set(&self) -> &Arc<SetOf<S>> {
        &self.set
    }

    pub(crate) const fn birth(&self) -> ProcessBirth {
        self.birth
    }

    /// Whether this process is a forked child of the one the port was made in.
    #[inline]
    pub(crate) fn is_foreign(&self) -> bool {
        self.birth.is_foreign()
    }

    /// Publishes that the port takes nothing more.
    pub(crate) fn close(&self) {
        self.page.close();
    }

    /// A number for a new connection, never used before.
    pub(crate) const fn next_connection(&mut self) -> u64 {
        self.connections += 1;
        self.connections
    }

    /// Sends our introduction over `wire`, our memory with it, and to the same user our doorbell if there is one.
    pub(crate) fn introduce(&mut self, wire: &mut Wire<S>, half: Half) -> Result<(), SystemError> {
        use iceoryx2_cal::rendezvous::Link;
        let introduction = Introduction {
            contract: self.service.contract().unique_service_id().value(),
            port: self.id,
            node: self.service.node_id().value(),
            half_offset: half.offset,
            chunks: self.memory.layout().chunks(),
        };
        let memory: Handle<S> = self.memory.memory().handle();
        // WHY: where threads share the port its doorbell is there from the beginning; elsewhere it may never be needed.
        let doorbell = self.doorbell.as_ref().filter(|_| self.alarm.is_some());
        let message = introduction.encode();
        match doorbell.filter(|_| wire.same_user()) {
            Some(doorbell) => {
                let doorbell: Handle<S> = doorbell.handle();
                wire.link().send(&message, &[&memory, &doorbell])?;
                self.gave_bell(wire);
            }
            None => drop(wire.link().send(&message, &[&memory])?),
        }
        Ok(())
    }

    /// A ring over `wire` was heard: it is used up, and whoever rings often gets a doorbell.
    pub(super) fn heard_ring(&mut self, wire: &mut Wire<S>) {
        self.stir();
        // WHY: a peer that was not answered yet rings with each message, whoever sleeps.
        let slept = core::mem::take(&mut self.slept);
        if slept && wire.note_ring() && wire.same_user() {
            match self.offer_doorbell(wire) {
                Ok(true) => self.gave_bell(wire),
                Ok(false) => {}
                // WHY: nothing is lost: the peer goes on to ring over the link.
                Err(error) => tracing::debug!(%error, "a peer could not be given a doorbell"),
            }
            self.drop_idle_doorbell();
        }
    }

    fn gave_bell(&mut self, wire: &mut Wire<S>) {
        wire.note_bell();
        self.bells = self.bells.saturating_add(1);
    }

    /// The peer at the other end of `wire` is gone, or is let go. With the last that has it, the doorbell goes.
    pub(super) fn part_from(&mut self, wire: &Wire<S>) {
        if wire.has_bell() {
            self.bells = self.bells.saturating_sub(1);
            self.drop_idle_doorbell();
        }
    }

    fn drop_idle_doorbell(&mut self) {
        if self.bells == 0 && self.alarm.is_none() {
            if let Some(doorbell) = self.doorbell.take() {
                let _ = self.set.detach(doorbell.source());
            }
        }
    }

    /// Returns whether there was room for the message.
    fn offer_doorbell(&mut self, wire: &Wire<S>) -> Result<bool, SystemError> {
        use iceoryx2_cal::rendezvous::{Link, Sent};
        let doorbell = match self.doorbell.take() {
            Some(doorbell) => doorbell,
            None => doorbell_in::<S>(&self.set)?,
        };
        let doorbell = self.doorbell.insert(doorbell);
        let handle: Handle<S> = doorbell.handle();
        let sent = wire.link().send(&BellOffer::encode(), &[&handle])?;
        Ok(sent == Sent::Sent)
    }

    /// Vets a peer's introduction, its memory's handle included.
    pub(crate) fn vet(
        &self,
        wire: &Wire<S>,
        bytes: &[u8],
        handles: Vec<Handle<S>>,
        truncated: bool,
    ) -> Result<Introduced<S>, Unwelcome> {
        let introduction = Introduction::decode(bytes).map_err(Unwelcome::Handshake)?;
        if introduction.contract != self.service.contract().unique_service_id().value() {
            return Err(Unwelcome::Contract);
        }
        let mut handles = handles.into_iter();
        let memory = match (truncated, handles.next()) {
            (true, _) => return Err(Unwelcome::TooManyOpenFiles),
            (false, None) => return Err(Unwelcome::Memory(OpenError::NotMemory)),
            (false, Some(memory)) => memory,
        };
        Ok(Introduced {
            introduction,
            memory: PeerMemoryOf::<S>::vet(memory).map_err(Unwelcome::Memory)?,
            notifier: notifier::<S>(wire, handles.next())?,
        })
    }

    /// Something the system refused is to be tried again in a while.
    pub(crate) fn retry_later(&mut self) {
        // WHY: whoever asks again and again must not put off what others have asked for.
        if self.retry_at.is_none() {
            self.retry_at = deadline_after::<S>(RETRY_PERIOD);
            self.rouse();
        }
    }

    /// A look has found something, and so may have used up a ring meant for a sleep.
    pub(crate) fn stir(&mut self) {
        self.stirred = true;
        self.rouse();
    }

    /// Something has changed that a thread asleep for this port would not learn. It wakes and looks.
    pub(crate) fn rouse(&self) {
        if let (true, Some(alarm)) = (self.crowd.asleep, &self.alarm) {
            if let Err(error) = alarm.notify() {
                tracing::error!(%error, "a thread that waits for a port could not be woken");
            }
        }
    }

    /// Whether it is time to try again; if so, that is done with.
    pub(crate) fn retry_is_due(&mut self) -> bool {
        let due = self.retry_at.is_some_and(|moment| moment <= now::<S>());
        if due {
            self.retry_at = None;
        }
        due
    }

    /// How many calls may come until it is [time to look](Self::look_is_due), at least; `None`: there is something to be seen to
    /// in each, or this process may do nothing.
    #[inline]
    pub(crate) fn passes(&self) -> Option<u32> {
        (!self.chores.are_there() && !self.is_foreign()).then_some(self.pace.polls())
    }

    /// So many calls came.
    #[inline]
    pub(crate) const fn note_passed(&mut self, calls: u32) {
        self.pace.note_polls(calls);
    }

    /// Whether it is time to look at what only the kernel knows.
    #[inline]
    pub(crate) fn look_is_due(&mut self) -> bool {
        !self.is_foreign() && self.pace.is_due::<<Mechanism<S> as Mechanisms>::Clock>()
    }
}

/// What rings the peer's doorbell, if it sent one and is the same user.
pub(super) fn notifier<S: Service>(
    wire: &Wire<S>,
    doorbell: Option<Handle<S>>,
) -> Result<Option<<Mechanism<S> as Mechanisms>::EventNotifier>, Unwelcome> {
    match doorbell {
        Some(handle) if wire.same_user() => {
            let open = <Mechanism<S> as Mechanisms>::EventNotifier::open;
            open(handle).map(Some).map_err(Unwelcome::Memory)
        }
        _ => Ok(None),
    }
}

/// A doorbell that ends the waits of `set`.
fn doorbell_in<S: Service>(
    set: &SetOf<S>,
) -> Result<<Mechanism<S> as Mechanisms>::EventListener, SystemError> {
    let doorbell = <Mechanism<S> as Mechanisms>::EventListener::create()?;
    set.attach(doorbell.source(), Source::Doorbell.token(), Trigger::Edge)?;
    Ok(doorbell)
}

fn alarm_of<S: Service>(
    doorbell: &<Mechanism<S> as Mechanisms>::EventListener,
) -> Result<<Mechanism<S> as Mechanisms>::EventNotifier, SystemError> {
    <Mechanism<S> as Mechanisms>::EventNotifier::open(doorbell.handle()).map_err(
        |error| match error {
            OpenError::System(error) => error,
            _ => SystemError::invalid_input("open"),
        },
    )
}

fn too_small(_: ConnectionError) -> SystemError {
    SystemError::invalid_input("map")
}

/// What `take_chunk` says to somebody who wants a loan.
impl From<ChunkError> for super::LoanError {
    fn from(error: ChunkError) -> Self {
        match error {
            ChunkError::TooLarge => Self::ExceedsMaxLoanSize,
            ChunkError::ReclaimFirst | ChunkError::Exhausted => Self::OutOfMemory,
            ChunkError::System(error) => {
                tracing::error!(%error, "a loan could not be committed");
                Self::OutOfMemory
            }
        }
    }
}
