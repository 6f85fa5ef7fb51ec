//! The handler of fatal signals.

use std::ffi::c_void;
use std::mem;
use std::ptr;
use std::sync::OnceLock;

/// Enough for the handler and the kernel's frame, vector registers included.
const STACK_BYTES: usize = 64 * 1024;

/// Every signal that ends a process because of what the process did. `SIGTRAP` is what a trap
/// instruction raises on MIPS and aarch64, `SIGILL` on the others.
const SIGNALS: [i32; 7] = [
    libc::SIGSEGV,
    libc::SIGBUS,
    libc::SIGILL,
    libc::SIGFPE,
    libc::SIGTRAP,
    libc::SIGABRT,
    libc::SIGSYS,
];

/// `NAME VERSION BUILDID`, made ready beforehand: the handler may not allocate.
static PREFIX: OnceLock<Box<[u8]>> = OnceLock::new();

/// Installs the handler; only the first call has an effect. Failures are ignored: a daemon is no
/// worse off without its last line.
pub(crate) fn install(prefix: Box<[u8]>) {
    if PREFIX.set(prefix).is_err() {
        return;
    }
    // Never freed: a signal may come as long as the process lives.
    let stack: &'static mut [u8] = Box::leak(vec![0; STACK_BYTES].into_boxed_slice());
    let stack = libc::stack_t {
        ss_sp: stack.as_mut_ptr().cast(),
        ss_flags: 0,
        ss_size: stack.len(),
    };
    // SAFETY: the stack is writable, of the length given, and never freed or used otherwise.
    unsafe { libc::sigaltstack(&raw const stack, ptr::null_mut()) };

    // SAFETY: all bits zero is a valid sigaction: the default action, no flags, an empty mask.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    let handler: extern "C" fn(i32, *mut libc::siginfo_t, *mut c_void) = handle;
    action.sa_sigaction = handler as usize;
    // RESETHAND: the second time the default action is taken, even if the handler itself faults.
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESETHAND;
    for signal in SIGNALS {
        // SAFETY: the handler has the signature that SA_SIGINFO demands and does only what a
        // signal handler may.
        unsafe { libc::sigaction(signal, &raw const action, ptr::null_mut()) };
    }
}

/// Async-signal-safe: no allocation, no lock, only `write` and `raise`.
extern "C" fn handle(signal: i32, _info: *mut libc::siginfo_t, context: *mut c_void) {
    let mut line = Line::new();
    // A lock-free read once set, and it was set before the handler was installed.
    text(&mut line, PREFIX.get().map_or(&[][..], |prefix| prefix));
    text(&mut line, b": fatal signal ");
    digits(&mut line, usize::try_from(signal).unwrap_or(0), 10);
    text(&mut line, b" at 0x");
    digits(&mut line, program_counter(context), 16);
    // Never pushed out by a long prefix.
    line.truncate(255);
    text(&mut line, b"\n");
    // SAFETY: pointer and length are within `line`. Whether it worked does not matter.
    unsafe { libc::write(2, line.as_ptr().cast(), line.len()) };
    // The signal is blocked while we are here: this one kills us as soon as we return.
    // SAFETY: no pointers are passed; raise is async-signal-safe.
    unsafe { libc::raise(signal) };
}

/// Where the signal struck, from the `ucontext_t` that SA_SIGINFO passes; 0 where its layout is not
/// known.
fn program_counter(context: *mut c_void) -> usize {
    if context.is_null() {
        return 0;
    }
    #[cfg(target_arch = "x86_64")]
    {
        // SAFETY: SA_SIGINFO passes a valid ucontext_t of this architecture.
        let pc = unsafe { (*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs }
            .get(libc::REG_RIP.unsigned_abs() as usize)
            .copied()
            .unwrap_or(0);
        usize::try_from(pc).unwrap_or(0)
    }
    #[cfg(target_arch = "aarch64")]
    {
        // SAFETY: SA_SIGINFO passes a valid ucontext_t of this architecture.
        unsafe { (*context.cast::<libc::ucontext_t>()).uc_mcontext.pc as usize }
    }
    #[cfg(target_arch = "arm")]
    {
        // SAFETY: SA_SIGINFO passes a valid ucontext_t of this architecture.
        unsafe { (*context.cast::<libc::ucontext_t>()).uc_mcontext.arm_pc as usize }
    }
    #[cfg(target_arch = "mips")]
    {
        // libc has no ucontext_t for it. The o32 kernel's (arch/mips/include/uapi/asm/ucontext.h,
        // sigcontext.h): flags, link, three words of stack, then, aligned to 8 bytes, two 32-bit
        // registers and the program counter in 64 bits.
        const PC_OFFSET: usize = 32;
        // SAFETY: SA_SIGINFO passes a valid ucontext_t, which is several hundred bytes long.
        let pc = unsafe { ptr::read_unaligned(context.cast::<u8>().add(PC_OFFSET).cast::<u64>()) };
        // Addresses are 32 bits wide; the upper half is the sign.
        (pc & 0xffff_ffff) as usize
    }
    #[cfg(not(any(
        target_arch = "x86_64",
        target_arch = "aarch64",
        target_arch = "arm",
        target_arch = "mips"
    )))]
    {
        0
    }
}

/// A line on the stack; what does not fit is dropped.
type Line = heapless::Vec<u8, 256>;

fn text(line: &mut Line, text: &[u8]) {
    for &byte in text {
        if line.push(byte).is_err() {
            return;
        }
    }
}

/// Writes a number without allocating.
fn digits(line: &mut Line, number: usize, base: usize) {
    if number >= base {
        digits(line, number / base, base);
    }
    let digit = b"0123456789abcdef"
        .get(number % base)
        .copied()
        .unwrap_or(b'?');
    text(line, &[digit]);
}
