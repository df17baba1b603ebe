//! The hand-over's races under a seeded scheduler: it steps threads through their atomic operations
//! in thousands of orders, and a wake-up that is lost is a deadlock, which it reports with the
//! seed that replays it.

use std::sync::Arc;

use shuttle::sync::atomic::{AtomicUsize, Ordering};
use shuttle::sync::{Condvar, Mutex};
use shuttle::thread;

use super::attendance::Attendance;
use super::bell::Bell;
use super::roster::{Roster, Wake};

/// Orders tried for each test.
const ORDERS: usize = 3_000;

/// Stands for an event loop's wait: it ends when somebody wakes it.
#[derive(Clone, Default)]
struct FakeWaker(Arc<(Mutex<bool>, Condvar)>);

impl FakeWaker {
    fn wait(&self) {
        let (woken, changed) = &*self.0;
        let mut woken = woken.lock().unwrap();
        while !*woken {
            woken = changed.wait(woken).unwrap();
        }
        *woken = false;
    }
}

impl Wake for FakeWaker {
    fn wake(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }
}

/// A pool of 2 workers × 2 threads around the real roster and attendance, with counters for jobs.
struct FakePool {
    queued: AtomicUsize,
    done: AtomicUsize,
    stopped: AtomicUsize,
    roster: Roster<FakeWaker>,
    workers: Vec<Attendance<FakeWaker>>,
}

impl FakePool {
    fn new(workers: usize, threads: usize) -> Arc<Self> {
        let wakers: Vec<FakeWaker> = (0..workers).map(|_| FakeWaker::default()).collect();
        Arc::new(Self {
            queued: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
            stopped: AtomicUsize::new(0),
            roster: Roster::new(wakers.clone(), threads),
            workers: wakers.into_iter().map(Attendance::new).collect(),
        })
    }

    fn push(&self) {
        self.queued.fetch_add(1, Ordering::SeqCst);
        self.roster.wake_one();
    }

    fn take(&self) -> bool {
        let less = |queued: usize| queued.checked_sub(1);
        self.queued.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok()
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst) == 1
    }

    fn busy(&self) -> bool {
        self.queued.load(Ordering::SeqCst) > 0 || self.is_stopped()
    }

    /// What a pool thread does, with a loop in which nothing ever happens.
    fn live(&self, thread: usize, worker: usize, jobs: usize) {
        self.roster.enrol(thread);
        loop {
            while self.take() {
                if self.done.fetch_add(1, Ordering::SeqCst) + 1 == jobs {
                    self.stopped.store(1, Ordering::SeqCst);
                    self.roster.wake_all();
                }
            }
            if self.is_stopped() {
                return;
            }
            match self.workers[worker].enter() {
                Some(attended) => {
                    if self.roster.attend(thread, || self.busy()) {
                        attended.event_loop.wait();
                        self.roster.leave(thread);
                    }
                }
                None => self.roster.park(thread, || self.busy()),
            }
        }
    }
}

#[test]
fn a_queued_job_is_always_run() {
    const JOBS: usize = 4;
    shuttle::check_random(
        || {
            let pool = FakePool::new(2, 2);
            let mut threads: Vec<_> = (0..4)
                .map(|number| {
                    let pool = Arc::clone(&pool);
                    thread::spawn(move || pool.live(number, number / 2, JOBS))
                })
                .collect();
            threads.extend((0..2).map(|_| {
                let pool = Arc::clone(&pool);
                thread::spawn(move || (0..JOBS / 2).for_each(|_| pool.push()))
            }));
            threads.into_iter().for_each(|thread| thread.join().unwrap());
            assert_eq!(pool.done.load(Ordering::SeqCst), JOBS);
        },
        ORDERS,
    );
}

#[test]
fn two_jobs_wake_two_threads() {
    // Both threads are idle for good, one parked and one attending; each push must claim another.
    shuttle::check_random(
        || {
            let pool = FakePool::new(1, 2);
            let both = Arc::new(AtomicUsize::new(0));
            let threads: Vec<_> = (0..2)
                .map(|number| {
                    let (pool, both) = (Arc::clone(&pool), Arc::clone(&both));
                    thread::spawn(move || {
                        pool.roster.enrol(number);
                        while !pool.take() {
                            match pool.workers[0].enter() {
                                Some(attended) => {
                                    if pool.roster.attend(number, || pool.busy()) {
                                        attended.event_loop.wait();
                                        pool.roster.leave(number);
                                    }
                                }
                                None => pool.roster.park(number, || pool.busy()),
                            }
                        }
                        // A job that ends only when the other runs as well.
                        both.fetch_add(1, Ordering::SeqCst);
                        while both.load(Ordering::SeqCst) < 2 {
                            thread::yield_now();
                        }
                    })
                })
                .collect();
            pool.push();
            pool.push();
            threads.into_iter().for_each(|thread| thread.join().unwrap());
        },
        ORDERS,
    );
}

#[test]
fn the_warden_never_sleeps_while_a_loop_is_alone() {
    shuttle::check_random(
        || {
            let bell = Arc::new(Bell::new());
            let worker = Arc::new(Attendance::new(()));
            let warden = {
                let (bell, worker) = (Arc::clone(&bell), Arc::clone(&worker));
                thread::spawn(move || {
                    bell.enrol();
                    // It may sleep as often as it likes until it has seen the loop alone.
                    while worker.turns() == 0 || worker.is_attended() {
                        bell.sleep(|| !worker.is_attended(), || None);
                    }
                })
            };
            let attended = worker.enter().unwrap();
            attended.count_turn();
            thread::yield_now();
            drop(attended);
            bell.ring_if_asleep();
            warden.join().unwrap();
        },
        ORDERS,
    );
}

#[test]
fn a_thread_that_meets_the_warden_gets_its_loop() {
    shuttle::check_random(
        || {
            let worker = Arc::new(Attendance::new(()));
            let warden = {
                let worker = Arc::clone(&worker);
                thread::spawn(move || {
                    if let Some(event_loop) = worker.take_over() {
                        thread::yield_now();
                        drop(event_loop);
                        worker.hand_back();
                    }
                })
            };
            // The worker's only thread: nobody but the warden can be in its way, and then it waits.
            let entered = worker.enter().is_some();
            warden.join().unwrap();
            assert!(entered || worker.enter().is_some());
        },
        ORDERS,
    );
}

/// Stands for a listening socket: a connection wakes one loop that waits, or stays for the next.
struct FakeSocket {
    backlog: AtomicUsize,
    loops: Vec<FakeWaker>,
}

#[test]
fn somebody_always_listens() {
    const CONNECTIONS: usize = 3;
    shuttle::check_random(
        || {
            let pool = FakePool::new(3, 1);
            let loops = (0..3).map(|worker| pool.workers[worker].enter().unwrap());
            let loops = loops.map(|attended| attended.event_loop.clone()).collect();
            let socket = Arc::new(FakeSocket { backlog: AtomicUsize::new(0), loops });
            let served = Arc::new(AtomicUsize::new(0));
            let threads: Vec<_> = (0..3)
                .map(|number| {
                    let (pool, socket, served) =
                        (Arc::clone(&pool), Arc::clone(&socket), Arc::clone(&served));
                    thread::spawn(move || listen(&pool, &socket, &served, number, CONNECTIONS))
                })
                .collect();
            for _ in 0..CONNECTIONS {
                socket.backlog.fetch_add(1, Ordering::SeqCst);
                // Whoever waits is woken; who doesn't looks at the backlog before it waits.
                socket.loops.iter().for_each(Wake::wake);
            }
            threads.into_iter().for_each(|thread| thread.join().unwrap());
        },
        ORDERS,
    );
}

/// One thread of each worker: attends while nobody else does, serves what it finds, parks otherwise.
/// Nobody but the last to serve wakes those that park, so that if all of them did it is a deadlock.
fn listen(pool: &FakePool, socket: &FakeSocket, served: &AtomicUsize, number: usize, all: usize) {
    pool.roster.enrol(number);
    let wanted = || pool.roster.attending() < 1;
    while !pool.is_stopped() {
        if !wanted() {
            pool.roster.park(number, || pool.is_stopped() || wanted());
            continue;
        }
        let Some(attended) = pool.workers[number].enter() else { continue };
        let busy = || pool.is_stopped() || socket.backlog.load(Ordering::SeqCst) > 0;
        if pool.roster.attend(number, busy) {
            attended.event_loop.wait();
            pool.roster.leave(number);
        }
        drop(attended);
        let less = |backlog: usize| backlog.checked_sub(1);
        let took = socket.backlog.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok();
        if took && served.fetch_add(1, Ordering::SeqCst) + 1 == all {
            pool.stopped.store(1, Ordering::SeqCst);
            pool.roster.wake_all();
        }
    }
}
