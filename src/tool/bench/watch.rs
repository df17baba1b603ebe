//! What a process and all that it starts have used, though some come and go meanwhile. It must not
//! know where that is read, nor when.

use std::collections::HashMap;
use std::ops::{Add, AddAssign, Sub};

/// CPU time in the kernel's ticks.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Cpu {
    pub(super) user: u64,
    pub(super) system: u64,
}

/// A process at one look.
#[derive(Clone, Debug, Default)]
pub(super) struct Process {
    pub(super) pid: i32,
    pub(super) parent: i32,
    /// When it started, which tells it from a later one of the same number.
    pub(super) started: u64,
    /// What it used by itself.
    pub(super) own: Cpu,
    /// What its children used, and theirs, that ended and that it has waited for.
    pub(super) children: Cpu,
    /// Its threads, each with how often it was switched; left empty for those that are not watched.
    pub(super) threads: Vec<(i32, u64)>,
}

/// The processes that are watched, as they were last seen.
#[derive(Debug, Default)]
pub(super) struct Tree {
    roots: Vec<i32>,
    known: HashMap<i32, Process>,
    has_looked: bool,
    spent: Cpu,
    switches: u64,
}

impl Tree {
    /// Watches these processes and all that they start.
    pub(super) fn new(roots: Vec<i32>) -> Self {
        Self { roots, ..Self::default() }
    }

    /// Those of `all` that belong to it.
    pub(super) fn members(&self, all: &HashMap<i32, Process>) -> Vec<i32> {
        let is_known = |process: &Process| {
            let known = self.known.get(&process.pid);
            known.is_some_and(|known| known.started == process.started)
        };
        let is_member = |process: &Process| {
            let mut next = Some(process);
            // A loop can only be seen when numbers change hands while all are read.
            for _ in 0..all.len() {
                match next {
                    Some(one) if self.roots.contains(&one.pid) || is_known(one) => return true,
                    Some(one) => next = all.get(&one.parent),
                    None => return false,
                }
            }
            false
        };
        all.values().filter(|process| is_member(process)).map(|process| process.pid).collect()
    }

    /// Takes a look at all members. What they used before the first look doesn't count.
    pub(super) fn look(&mut self, seen: Vec<Process>) {
        let seen: HashMap<i32, Process> =
            seen.into_iter().map(|process| (process.pid, process)).collect();
        let mut risen = HashMap::new();
        for process in seen.values() {
            let before = self.known.get(&process.pid);
            let before = before.filter(|before| before.started == process.started);
            if before.is_none() && !self.has_looked {
                continue;
            }
            let none = Process::default();
            let before = before.unwrap_or(&none);
            let children = process.children - before.children;
            risen.insert(process.pid, children);
            self.spent += process.own - before.own + children;
            let threads: HashMap<_, _> = before.threads.iter().copied().collect();
            for (thread, switches) in &process.threads {
                self.switches += switches.saturating_sub(*threads.get(thread).unwrap_or(&0));
            }
        }
        self.forget_twice_counted(&seen, &risen);
        self.known = seen;
        self.has_looked = true;
    }

    /// What they used since the first look.
    pub(super) fn spent(&self) -> Cpu {
        self.spent
    }

    /// How often their threads were switched since the first look. What a thread did after the
    /// last look in which it was seen isn't known.
    pub(super) fn switches(&self) -> u64 {
        self.switches
    }

    /// All that were there at the last look.
    pub(super) fn pids(&self) -> impl Iterator<Item = i32> + '_ {
        self.known.keys().copied()
    }

    /// What a process used that has ended is part of what its parent's children used, if that has
    /// waited for it: it was counted while it lived, and then again.
    fn forget_twice_counted(&mut self, seen: &HashMap<i32, Process>, risen: &HashMap<i32, Cpu>) {
        let is_there = |process: &Process| {
            seen.get(&process.pid).is_some_and(|now| now.started == process.started)
        };
        let mut twice: HashMap<i32, Cpu> = HashMap::new();
        for process in self.known.values().filter(|process| !is_there(process)) {
            let mut ancestor = self.known.get(&process.parent);
            while let Some(one) = ancestor.filter(|one| !is_there(one)) {
                ancestor = self.known.get(&one.parent);
            }
            if let Some(ancestor) = ancestor {
                *twice.entry(ancestor.pid).or_default() += process.own + process.children;
            }
        }
        for (pid, cpu) in twice {
            let risen = risen.get(&pid).copied().unwrap_or_default();
            let counted =
                Cpu { user: cpu.user.min(risen.user), system: cpu.system.min(risen.system) };
            self.spent = self.spent - counted;
        }
    }
}

impl Add for Cpu {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { user: self.user + other.user, system: self.system + other.system }
    }
}

impl AddAssign for Cpu {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Cpu {
    type Output = Self;

    /// Never below nothing: the kernel may say a tick less than it has said before.
    fn sub(self, other: Self) -> Self {
        Self {
            user: self.user.saturating_sub(other.user),
            system: self.system.saturating_sub(other.system),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(pid: i32, parent: i32, own: u64, children: u64) -> Process {
        let cpu = |user| Cpu { user, system: user / 2 };
        let threads = vec![(pid, own)];
        Process { pid, parent, started: 7, own: cpu(own), children: cpu(children), threads }
    }

    /// What is spent in looks at processes that are each (pid, parent, own, children).
    fn spent(looks: &[&[(i32, i32, u64, u64)]]) -> (u64, u64) {
        let mut tree = Tree::new(vec![10]);
        for look in looks {
            let all: HashMap<i32, Process> = look
                .iter()
                .map(|&(pid, parent, own, children)| (pid, process(pid, parent, own, children)))
                .collect();
            let members = tree.members(&all);
            tree.look(members.iter().map(|pid| all[pid].clone()).collect());
        }
        let Cpu { user, system } = tree.spent();
        assert_eq!(system, user / 2);
        (user, tree.switches())
    }

    #[test]
    fn a_tree_is_counted_since_the_first_look() {
        let first = &[(1, 0, 50, 0), (10, 1, 100, 40), (11, 10, 20, 0), (12, 11, 6, 0)][..];
        let last = &[(1, 0, 90, 0), (10, 1, 130, 40), (11, 10, 22, 0), (12, 11, 10, 0)][..];
        assert_eq!(spent(&[first, last]), (36, 36));
        assert_eq!(spent(&[first, &[(1, 0, 90, 0)]]), (0, 0), "gone, with all that it used");
    }

    #[test]
    fn who_comes_and_goes_is_counted_once() {
        let alone = &[(10, 1, 100, 0)][..];
        for (name, looks, expected) in [
            ("is seen while it lives", &[alone, &[(10, 1, 100, 0), (11, 10, 30, 0)]][..], 30),
            ("is never seen", &[alone, &[(10, 1, 100, 34)]], 34),
            (
                "is seen, and waited for",
                &[alone, &[(10, 1, 100, 0), (11, 10, 30, 0)], &[(10, 1, 100, 34)]],
                34,
            ),
            (
                "is seen, and not waited for",
                &[alone, &[(10, 1, 100, 0), (11, 10, 30, 0)], &[(10, 1, 100, 0)]],
                30,
            ),
            (
                "is of the third generation",
                &[
                    alone,
                    &[(10, 1, 100, 0), (11, 10, 30, 0), (12, 11, 8, 0)],
                    &[(10, 1, 100, 0), (11, 10, 30, 8)],
                    &[(10, 1, 100, 40)],
                ],
                40,
            ),
            (
                "is of the third generation, and all end at once",
                &[alone, &[(10, 1, 100, 0), (11, 10, 30, 2), (12, 11, 8, 0)], &[(10, 1, 100, 44)]],
                44,
            ),
            (
                "is left to init",
                &[alone, &[(10, 1, 100, 0), (11, 10, 30, 0)], &[(10, 1, 100, 0), (11, 1, 36, 0)]],
                36,
            ),
        ] {
            assert_eq!(spent(looks).0, expected, "a process that {name}");
        }
    }
}
