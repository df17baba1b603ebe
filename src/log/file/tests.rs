//! A log file that fills up, is taken away, or lies on a full disk.

use super::aside::put_aside;
use super::*;

fn settings(path: &Path) -> FileSettings {
    let path = path.to_owned();
    FileSettings { path, max_size: Some(100), keep: 2, backup_name: None, truncate: false }
}

fn write(log: &mut LogFile, lines: usize) {
    (0..lines).for_each(|number| log.write_all(format!("{number:09}\n").as_bytes()).unwrap());
}

#[test]
fn it_is_put_aside_and_the_oldest_go() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.log");
    fs::write(folder.path().join("app.log.old"), "somebody's own").unwrap();
    let mut log = LogFile::open(settings(&path)).unwrap();
    write(&mut log, 45);
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 5);
    let aside = put_aside(&path).unwrap();
    assert_eq!(aside.len(), 2, "{aside:?}");
    for (_, file) in &aside {
        assert_eq!(fs::metadata(file).unwrap().len(), 100);
    }
    assert!(folder.path().join("app.log.old").exists());
    let mut one = settings(&path);
    one.backup_name = Some(folder.path().join("one"));
    write(&mut LogFile::open(one).unwrap(), 10);
    assert_eq!(fs::metadata(folder.path().join("one")).unwrap().len(), 100);
}

#[test]
fn it_is_made_anew_when_it_is_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.log");
    let mut log = LogFile::open(settings(&path)).unwrap();
    write(&mut log, 1);
    fs::remove_file(&path).unwrap();
    log.looked_at = log.looked_at.checked_sub(LOOK).unwrap();
    write(&mut log, 1);
    assert_eq!(fs::read_to_string(&path).unwrap(), "000000000\n");
    fs::rename(&path, folder.path().join("elsewhere")).unwrap();
    log.reopen().unwrap();
    write(&mut log, 2);
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 2);
}

#[test]
fn what_is_lost_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.log");
    let mut log = LogFile::open(settings(&path)).unwrap();
    log.file = OpenOptions::new().write(true).open("/dev/full").unwrap();
    log.looked_at = now() + LOOK;
    write(&mut log, 3);
    log.reopen().unwrap();
    write(&mut log, 1);
    let told = fs::read_to_string(&path).unwrap();
    assert!(told.starts_with("30 bytes of the log are lost: No space left"), "{told}");
    assert!(told.ends_with("\n000000000\n"));
}

#[test]
fn what_is_there_from_earlier_is_removed_when_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.log");
    for (truncate, expected) in [(false, "old000000000\n"), (true, "000000000\n")] {
        fs::write(&path, "old").unwrap();
        let mut log = LogFile::open(FileSettings { truncate, ..settings(&path) }).unwrap();
        write(&mut log, 1);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old000000000\n");
        log.forget_earlier().unwrap();
        log.forget_earlier().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), expected);
        write(&mut log, 1);
        assert_eq!(log.size, fs::metadata(&path).unwrap().len());
    }
}
