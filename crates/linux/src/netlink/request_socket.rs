//! A netlink socket for questions: dumps, and changes with an answer each.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use crate::kernel_error::{KernelError, KernelErrorKind};
use crate::netlink::error_body;
use crate::netlink::frame::{Frame, Frames, append};
use crate::netlink::number::{
    NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK, NLM_F_ACK, NLM_F_DUMP,
    NLM_F_DUMP_INTR, NLM_F_REQUEST, NLMSG_DONE, NLMSG_ERROR, NLMSG_OVERRUN,
};
use crate::sys::netlink_socket;
use crate::sys::number;
use crate::sys::option::{set_number, set_receive_buffer, set_timeout};

/// The kernel fills at most 32 KiB of a dump into one receive.
const BUFFER_BYTES: usize = 32 * 1024;
/// Changes in flight: their answers, at most some 1.5 KiB of buffer each, must fit the socket's
/// receive buffer, whose system default is 208 KiB.
const CHANGES_IN_FLIGHT: usize = 64;
const RECEIVE_BUFFER_BYTES: usize = 1 << 20;
/// The kernel answers within the call, unless another process holds its lock for long.
const TIMEOUT_SECONDS: u8 = 10;
/// How often a dump is begun anew because the table changed meanwhile.
const DUMP_ATTEMPTS: usize = 16;

/// A blocking socket with sequence numbers.
#[derive(Debug)]
pub(crate) struct RequestSocket {
    protocol: i32,
    fd: OwnedFd,
    sequence: u32,
    buffer: Box<[u8]>,
}

/// One change, ready to be sent.
#[derive(Debug)]
pub(crate) struct Request {
    /// `RTM_*`.
    pub(crate) kind: u16,
    /// `NLM_F_*` beyond "request" and "acknowledge".
    pub(crate) flags: u16,
    /// The rest.
    pub(crate) body: Vec<u8>,
}

impl RequestSocket {
    /// Opens a socket of a protocol (`NETLINK_*`).
    pub(crate) fn new(protocol: i32) -> io::Result<Self> {
        Ok(Self {
            protocol,
            fd: open(protocol)?,
            sequence: 0,
            buffer: vec![0; BUFFER_BYTES].into_boxed_slice(),
        })
    }

    /// Asks for a table and reads what comes; `read` skips a message with `None`.
    pub(crate) fn dump<T>(
        &mut self,
        kind: u16,
        body: &[u8],
        mut read: impl FnMut(&[u8]) -> Option<T>,
    ) -> Result<Vec<T>, KernelError> {
        for _ in 0..DUMP_ATTEMPTS {
            let mut found = Vec::new();
            let result = self.dump_once(kind, body, |payload| found.extend(read(payload)));
            match result {
                Ok(()) => return Ok(found),
                Err(error) if error.kind() == KernelErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Err(KernelError::new(KernelErrorKind::Interrupted))
    }

    /// Makes changes in order; one answer each, in the same order. One that could not be
    /// expressed is passed as its error and gets that as its answer.
    pub(crate) fn change(
        &mut self,
        mut requests: impl Iterator<Item = Result<Request, KernelError>>,
    ) -> Vec<Result<(), KernelError>> {
        let mut answers = Vec::new();
        loop {
            let batch: Vec<_> = requests.by_ref().take(CHANGES_IN_FLIGHT).collect();
            if batch.is_empty() {
                return answers;
            }
            answers.extend(self.change_batch(batch));
        }
    }

    /// Makes one change.
    pub(crate) fn change_one(&mut self, request: Request) -> Result<(), KernelError> {
        let answers = self.change(std::iter::once(Ok(request)));
        answers.into_iter().next().unwrap_or(Ok(()))
    }

    fn dump_once(
        &mut self,
        kind: u16,
        body: &[u8],
        each: impl FnMut(&[u8]),
    ) -> Result<(), KernelError> {
        let sequence = self.next_sequence();
        let mut request = Vec::new();
        append(
            &mut request,
            kind,
            NLM_F_REQUEST | NLM_F_DUMP,
            sequence,
            body,
        );
        netlink_socket::send(&self.fd, &request)?;
        let result = self.read_dump(sequence, each);
        if let Err(DumpEnd::Broken(error)) = result {
            // The rest of the dump may still be coming, and the kernel refuses another meanwhile.
            self.fd = open(self.protocol)?;
            return Err(error);
        }
        result.map_err(|end| match end {
            DumpEnd::Broken(error) | DumpEnd::Refused(error) => error,
        })
    }

    fn read_dump(&mut self, sequence: u32, mut each: impl FnMut(&[u8])) -> Result<(), DumpEnd> {
        let mut interrupted = false;
        loop {
            let arrival = netlink_socket::receive(&self.fd, &mut self.buffer, true)
                .map_err(|error| DumpEnd::Broken(answer_error(error)))?;
            if arrival.truncated {
                return Err(DumpEnd::Broken(KernelError::from_errno(number::EMSGSIZE)));
            }
            if !arrival.from_kernel {
                continue;
            }
            for frame in Frames::new(self.buffer.get(..arrival.len).unwrap_or(&[])) {
                let Ok(frame) = frame else {
                    return Err(DumpEnd::Broken(KernelError::from_errno(number::EBADMSG)));
                };
                if frame.sequence != sequence {
                    continue;
                }
                interrupted |= frame.flags & NLM_F_DUMP_INTR != 0;
                match frame.kind {
                    NLMSG_DONE | NLMSG_ERROR => return end_of_dump(&frame, interrupted),
                    NLMSG_OVERRUN => interrupted = true,
                    _ => each(frame.payload),
                }
            }
        }
    }

    fn change_batch(
        &mut self,
        batch: Vec<Result<Request, KernelError>>,
    ) -> Vec<Result<(), KernelError>> {
        let first = self.sequence.wrapping_add(1);
        let mut bytes = Vec::new();
        // `None`: sent, no answer yet.
        let mut answers: Vec<Option<Result<(), KernelError>>> = Vec::with_capacity(batch.len());
        for request in batch {
            let sequence = self.next_sequence();
            answers.push(match request {
                Ok(Request { kind, flags, body }) => {
                    append(
                        &mut bytes,
                        kind,
                        NLM_F_REQUEST | NLM_F_ACK | flags,
                        sequence,
                        &body,
                    );
                    None
                }
                Err(error) => Some(Err(error)),
            });
        }
        let failure = if bytes.is_empty() {
            None
        } else {
            match netlink_socket::send(&self.fd, &bytes) {
                Ok(()) => self.read_answers(first, &mut answers),
                Err(error) => Some(KernelError::from(error)),
            }
        };
        let failure = failure.unwrap_or(KernelError::new(KernelErrorKind::Timeout));
        answers
            .into_iter()
            .map(|answer| answer.unwrap_or_else(|| Err(failure.clone())))
            .collect()
    }

    /// Reads until every request has its answer; the error is for those that never got one.
    fn read_answers(
        &mut self,
        first: u32,
        answers: &mut [Option<Result<(), KernelError>>],
    ) -> Option<KernelError> {
        let mut failure: Option<KernelError> = None;
        while answers.iter().any(Option::is_none) {
            // After a loss, take what is there, but do not wait for what is lost.
            let arrival =
                match netlink_socket::receive(&self.fd, &mut self.buffer, failure.is_none()) {
                    Ok(arrival) => arrival,
                    Err(error) if failure.is_none() => {
                        let error = answer_error(error);
                        let lost = error.kind() == KernelErrorKind::NoBuffers;
                        failure = Some(error);
                        if lost {
                            continue;
                        }
                        break;
                    }
                    Err(_) => break,
                };
            if !arrival.from_kernel {
                continue;
            }
            let frames = Frames::new(self.buffer.get(..arrival.len).unwrap_or(&[]));
            for frame in frames.flatten().filter(|frame| frame.kind == NLMSG_ERROR) {
                let place = usize::try_from(frame.sequence.wrapping_sub(first)).ok();
                if let Some(answer) = place.and_then(|place| answers.get_mut(place)) {
                    *answer = Some(error_body::result(&frame));
                }
            }
        }
        failure
    }

    const fn next_sequence(&mut self) -> u32 {
        self.sequence = self.sequence.wrapping_add(1);
        self.sequence
    }
}

/// Why a dump gave no complete table.
enum DumpEnd {
    /// The kernel said so; nothing more comes.
    Refused(KernelError),
    /// We lost the thread; more may come.
    Broken(KernelError),
}

fn open(protocol: i32) -> io::Result<OwnedFd> {
    let fd = netlink_socket::open(protocol, true)?;
    let socket = fd.as_fd();
    set_timeout(socket, TIMEOUT_SECONDS)?;
    set_receive_buffer(socket, RECEIVE_BUFFER_BYTES)?;
    for option in [NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK] {
        // Kernels before 4.20 do without: dumps are then larger and errors have no words.
        if let Err(error) = set_number(socket, number::SOL_NETLINK, option, 1) {
            log::debug!("netlink option {option}: {error}");
        }
    }
    Ok(fd)
}

fn end_of_dump(frame: &Frame<'_>, interrupted: bool) -> Result<(), DumpEnd> {
    let result = if frame.kind == NLMSG_DONE {
        error_body::dump_result(frame)
    } else {
        error_body::result(frame)
    };
    result.map_err(DumpEnd::Refused)?;
    if interrupted {
        return Err(DumpEnd::Refused(KernelError::new(
            KernelErrorKind::Interrupted,
        )));
    }
    Ok(())
}

/// A receive that ran into its timeout says `EAGAIN`.
fn answer_error(error: io::Error) -> KernelError {
    if error.kind() == io::ErrorKind::WouldBlock {
        KernelError::new(KernelErrorKind::Timeout)
    } else {
        KernelError::from(error)
    }
}
