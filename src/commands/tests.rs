//! Commands that run: once at a time, to their deadlines, and as others have told of them.

use std::path::Path;

use super::*;

fn command(line: &str, harakiri: Option<Duration>) -> CronCommand {
    let (schedule, command, place) = ([-1; 5], line.to_owned(), String::new());
    CronCommand { schedule, command, unique: true, harakiri, place }
}

/// Waits until none runs any more.
fn wait(commands: &Commands) -> Duration {
    let started = now();
    while !commands.running().is_empty() {
        assert!(started.elapsed() < Duration::from_secs(20), "it never ends");
        std::thread::park_timeout(LOOK);
    }
    started.elapsed()
}

fn wait_for(file: &Path) {
    let started = now();
    while !file.exists() {
        assert!(started.elapsed() < Duration::from_secs(20), "{} never is", file.display());
        std::thread::park_timeout(LOOK);
    }
}

#[test]
fn it_runs_once_at_a_time_and_leaves_what_it_does() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("runs");
    let line = format!("echo run >> {}; sleep 0.3", file.display());
    let (command, commands) = (command(&line, None), Arc::new(Commands::default()));
    assert!(commands.start(&command).unwrap());
    assert!(!commands.start(&command).unwrap());
    wait(&commands);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "run\n");
    assert!(commands.start(&command).unwrap());
    wait(&commands);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "run\nrun\n");
}

#[test]
fn all_it_has_started_ends_with_its_deadline() {
    let folder = tempfile::tempdir().unwrap();
    let [file, told] = ["late", "told"].map(|name| folder.path().join(name));
    // One that can be told to end, and one that can't.
    let line = format!(
        "trap 'echo > {}; exit' TERM; (trap '' TERM; sleep 3; echo > {}) & wait",
        told.display(),
        file.display()
    );
    let commands = Arc::new(Commands::default());
    commands.start(&command(&line, Some(Duration::from_millis(200)))).unwrap();
    let took = wait(&commands);
    assert!(took < Duration::from_secs(3), "{took:?}");
    assert!(told.exists(), "it is told first");
    // Longer than its child would have needed.
    std::thread::park_timeout(Duration::from_millis(1_500));
    assert!(!file.exists(), "its child lives");
}

/// Two of the same machine: what one has started the other sees to, and knows that it runs.
#[test]
fn what_another_has_started_is_kept_to_its_deadline() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("runs");
    let line = format!("echo run >> {}; sleep 60", file.display());
    let command = command(&line, Some(Duration::from_secs(1)));
    let [first, second] = [(); 2].map(|()| Arc::new(Commands::default()));
    assert!(first.start(&command).unwrap());
    wait_for(&file);
    first.leave();
    // As it is said.
    let told = serde_json::to_string(&first.running()).unwrap();
    second.adopt(serde_json::from_str(&told).unwrap());
    second.adopt(serde_json::from_str(&told).unwrap());
    assert_eq!(second.running(), first.running());
    assert!(!second.start(&command).unwrap(), "it runs");
    assert!(first.is_quiet() && !second.is_quiet());
    assert_eq!(first.end(), 0, "they are not its own any more");
    let took = wait(&second);
    assert!(took < Duration::from_secs(10), "{took:?}");
    second.adopt(serde_json::from_str(&told).unwrap());
    assert!(second.running().is_empty(), "it is gone");
}

#[test]
fn what_still_runs_at_the_end_is_told_and_then_killed() {
    let folder = tempfile::tempdir().unwrap();
    let begun = folder.path().join("begun");
    let commands = Arc::new(Commands::default());
    assert_eq!(commands.end(), 0);
    let line = format!("trap '' TERM; echo > {}; while :; do sleep 0.1; done", begun.display());
    commands.start(&command(&line, None)).unwrap();
    wait_for(&begun);
    assert_eq!(commands.end(), 1);
    wait(&commands);
}
