//! The walls around a worker, beside the sandbox in it: what the system forbids a process that runs guests.
//!
//! **Invariant:** they stand before the first guest is there, on the only thread that there is then, and every thread
//! that begins later is behind them too. Nothing takes them down again.

use serde::{Deserialize, Serialize};

/// Which of them this machine has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Walls {
    /// Calls of the system that no guest needs are refused.
    pub seccomp: bool,
    /// The version of Landlock, which refuses files, connections and signals where they are.
    pub landlock: Option<String>,
    /// What there is not, and why.
    pub missing: Vec<String>,
}

impl std::fmt::Display for Walls {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seccomp = self.seccomp.then(|| "seccomp".to_owned());
        let landlock = self.landlock.as_ref().map(|version| format!("Landlock {version}"));
        let walls: Vec<String> = seccomp.into_iter().chain(landlock).collect();
        match walls.is_empty() {
            true => out.write_str("behind no walls of the system")?,
            false => write!(out, "behind {}", walls.join(" and "))?,
        }
        self.missing.iter().try_for_each(|why| write!(out, "; {why}"))
    }
}

/// In thousandths of the machine's memory, on top of what this process holds.
#[cfg(target_os = "linux")]
const SOONER: i32 = 500;

/// Where a machine has no memory left, its kernel ends whoever holds most: this one sooner than the server, since its
/// steps are tried again.
#[cfg(target_os = "linux")]
fn go_first() -> std::io::Result<()> {
    let adjusted = "/proc/self/oom_score_adj";
    let own: i32 = std::fs::read_to_string(adjusted)?.trim().parse().map_err(std::io::Error::other)?;
    std::fs::write(adjusted, own.saturating_add(SOONER).min(1000).to_string())
}

/// Puts up what there is.
#[cfg(target_os = "linux")]
pub(super) fn put_up() -> Walls {
    let mut walls = Walls::default();
    // Not a wall: where it fails, nothing is open.
    let _ = go_first();
    // A core dump would hold what the guests were given.
    if let Err(error) = rlimit::Resource::CORE.set(0, 0) {
        walls.missing.push(format!("core dumps cannot be switched off: {error}"));
    }
    match landlock() {
        Ok(version) => walls.landlock = Some(version),
        Err(why) => walls.missing.push(format!("no Landlock: {why}")),
    }
    // Last: putting up the other is a call that it refuses.
    match seccomp::refuse() {
        Ok(()) => walls.seccomp = true,
        Err(why) => walls.missing.push(format!("no seccomp: {why}")),
    }
    walls
}

#[cfg(all(unix, not(target_os = "linux")))]
pub(super) fn put_up() -> Walls {
    Walls { missing: vec!["only Linux has seccomp and Landlock".to_owned()], ..Walls::default() }
}

/// Everything that it knows, without an exception: a worker opens nothing.
#[cfg(target_os = "linux")]
fn landlock() -> Result<String, String> {
    use landlock::{
        ABI, Access, AccessFs, AccessNet, LandlockStatus, Ruleset, RulesetAttr, RulesetError, RulesetStatus,
        Scope,
    };

    // The rights are those of this version; an older kernel refuses what it knows of them.
    const KNOWN: ABI = ABI::V6;
    let restrict = || -> Result<_, RulesetError> {
        Ruleset::default()
            .handle_access(AccessFs::from_all(KNOWN))?
            .handle_access(AccessNet::from_all(KNOWN))?
            .scope(Scope::from_all(KNOWN))?
            .create()?
            .restrict_self()
    };
    let status = restrict().map_err(|error| error.to_string())?;
    match (status.ruleset, status.landlock) {
        (RulesetStatus::NotEnforced, LandlockStatus::NotImplemented) => {
            Err("this kernel has none".to_owned())
        }
        (RulesetStatus::NotEnforced, _) => Err("this system has switched it off".to_owned()),
        (_, LandlockStatus::Available { effective_abi, .. }) => Ok(effective_abi.to_string()),
        _ => Err("this system does not say".to_owned()),
    }
}

/// Filters of system calls: what is not listed is refused with "not permitted", and the guest's process goes on.
#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
))]
mod seccomp {
    use std::collections::BTreeMap;

    use crate::background;
    use seccompiler::{
        BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
        SeccompFilter, SeccompRule, TargetArch,
    };

    /// With any arguments. Descriptors are those that were there before: nothing in here opens a file, makes a socket
    /// or connects one.
    const FREE: &[i64] = &[
        // Memory.
        libc::SYS_brk,
        libc::SYS_madvise,
        libc::SYS_membarrier,
        // Its image of a guest's memory has no name in any folder.
        libc::SYS_memfd_create,
        libc::SYS_mincore,
        libc::SYS_mmap,
        libc::SYS_mprotect,
        libc::SYS_mremap,
        libc::SYS_munmap,
        // The socket that was there.
        libc::SYS_close,
        libc::SYS_epoll_create1,
        libc::SYS_epoll_ctl,
        libc::SYS_epoll_pwait,
        libc::SYS_epoll_pwait2,
        libc::SYS_eventfd2,
        libc::SYS_fstat,
        libc::SYS_getsockopt,
        libc::SYS_lseek,
        libc::SYS_ppoll,
        libc::SYS_read,
        libc::SYS_readv,
        libc::SYS_recvfrom,
        libc::SYS_recvmsg,
        libc::SYS_sendmsg,
        libc::SYS_sendto,
        libc::SYS_shutdown,
        libc::SYS_write,
        libc::SYS_writev,
        // Threads and time.
        libc::SYS_clock_getres,
        libc::SYS_clock_gettime,
        libc::SYS_clock_nanosleep,
        libc::SYS_exit,
        libc::SYS_exit_group,
        libc::SYS_futex,
        libc::SYS_get_robust_list,
        libc::SYS_getcpu,
        libc::SYS_gettimeofday,
        libc::SYS_nanosleep,
        libc::SYS_restart_syscall,
        libc::SYS_rseq,
        libc::SYS_sched_getaffinity,
        libc::SYS_sched_yield,
        libc::SYS_set_robust_list,
        libc::SYS_set_tid_address,
        // Signals to itself: how a trap comes to light.
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sigaltstack,
        // What it is.
        libc::SYS_getegid,
        libc::SYS_geteuid,
        libc::SYS_getgid,
        libc::SYS_getpid,
        libc::SYS_getrandom,
        libc::SYS_getrusage,
        libc::SYS_gettid,
        libc::SYS_getuid,
        libc::SYS_sysinfo,
        libc::SYS_uname,
    ];

    #[cfg(target_arch = "x86_64")]
    const OLD: &[i64] =
        &[libc::SYS_arch_prctl, libc::SYS_epoll_wait, libc::SYS_getrlimit, libc::SYS_poll, libc::SYS_time];
    #[cfg(not(target_arch = "x86_64"))]
    const OLD: &[i64] = &[];

    /// Which pages were written to: `_IOWR('f', 16, struct pm_scan_arg)`.
    const PAGEMAP_SCAN: u64 = 0xc060_6610;
    const FIONBIO: u64 = 0x5421;
    /// How a process names itself where others name a descriptor.
    const PIDFD_SELF: i32 = -10_000;

    pub fn refuse() -> Result<(), String> {
        let [no_clone3, allow] = programs().map_err(|error| error.to_string())?;
        // The filter above all others answers first where both refuse, so this order does not matter to the calls.
        seccompiler::apply_filter(&no_clone3).map_err(|error| error.to_string())?;
        seccompiler::apply_filter(&allow).map_err(|error| error.to_string())
    }

    fn programs() -> Result<[BpfProgram; 2], BackendError> {
        let errno = |number: i32| SeccompAction::Errno(number.unsigned_abs());
        let arch = || TargetArch::try_from(std::env::consts::ARCH);
        // Its arguments lie in memory, where no filter can look. Whoever is told that there is no such call takes
        // `clone`.
        let clone3 = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
        let no_clone3 = SeccompFilter::new(clone3, SeccompAction::Allow, errno(libc::ENOSYS), arch()?)?;
        let allow = SeccompFilter::new(allowed()?, errno(libc::EPERM), SeccompAction::Allow, arch()?)?;
        Ok([no_clone3.try_into()?, allow.try_into()?])
    }

    fn allowed() -> Result<BTreeMap<i64, Vec<SeccompRule>>, BackendError> {
        let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
            FREE.iter().chain(OLD).map(|call| (*call, Vec::new())).collect();
        rules.insert(libc::SYS_clone3, Vec::new());
        // A thread, never a process.
        let thread = u64::from(libc::CLONE_THREAD.unsigned_abs());
        rules.insert(libc::SYS_clone, vec![rule(0, SeccompCmpOp::MaskedEq(thread), thread)?]);
        // Not whom to send signals to when there is something to read.
        let flags = [
            libc::F_GETFD,
            libc::F_SETFD,
            libc::F_GETFL,
            libc::F_SETFL,
            libc::F_DUPFD_CLOEXEC,
            libc::F_ADD_SEALS,
            libc::F_GET_SEALS,
        ];
        let flags = flags.map(|flag| u64::from(flag.unsigned_abs()));
        rules.insert(libc::SYS_fcntl, one_of(1, &flags)?);
        rules.insert(libc::SYS_ioctl, one_of(1, &[PAGEMAP_SCAN, FIONBIO])?);
        rules.insert(libc::SYS_prctl, one_of(0, &[u64::from(libc::PR_SET_NAME.unsigned_abs())])?);
        // Its own limits, which it cannot raise above what they are.
        rules.insert(libc::SYS_prlimit64, one_of(0, &[0])?);
        rules.insert(libc::SYS_process_madvise, one_of(0, &[u64::from(PIDFD_SELF as u32)])?);
        // A thread itself, and only to give all others precedence.
        let own = [(0, 0), (1, u64::from(background::IDLE.unsigned_abs()))];
        let own = own.map(|(argument, value)| {
            SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value)
        });
        let own = SeccompRule::new(own.into_iter().collect::<Result<_, _>>()?)?;
        rules.insert(libc::SYS_sched_setscheduler, vec![own]);
        // An abort ends itself, and nobody else.
        rules.insert(libc::SYS_tgkill, one_of(0, &[u64::from(std::process::id())])?);
        Ok(rules)
    }

    fn one_of(argument: u8, values: &[u64]) -> Result<Vec<SeccompRule>, BackendError> {
        values.iter().map(|value| rule(argument, SeccompCmpOp::Eq, *value)).collect()
    }

    fn rule(argument: u8, compare: SeccompCmpOp, value: u64) -> Result<SeccompRule, BackendError> {
        let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, compare, value)?;
        SeccompRule::new(vec![condition])
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_filters_can_be_written_for_this_processor_and_name_nothing_that_opens() {
            assert!(programs().is_ok());
            let rules = allowed().unwrap();
            for call in [
                libc::SYS_openat,
                libc::SYS_socket,
                libc::SYS_connect,
                libc::SYS_execve,
                libc::SYS_execveat,
                libc::SYS_ptrace,
                libc::SYS_process_vm_readv,
                libc::SYS_kill,
                libc::SYS_io_uring_setup,
                libc::SYS_bpf,
                libc::SYS_userfaultfd,
                libc::SYS_mount,
                libc::SYS_unlinkat,
            ] {
                assert!(!rules.contains_key(&call), "{call}");
            }
            // With no condition at all, it would be free.
            assert!(
                [libc::SYS_clone, libc::SYS_tgkill, libc::SYS_prctl, libc::SYS_sched_setscheduler]
                    .iter()
                    .all(|call| !rules[call].is_empty())
            );
        }
    }
}

#[cfg(all(
    target_os = "linux",
    not(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64"))
))]
mod seccomp {
    pub fn refuse() -> Result<(), String> {
        Err("no filter is written for this processor".to_owned())
    }
}
