//! `touch-reload`. Guards that each way of changing a file is seen, and that it is one reload.

use std::fs;
use std::time::Duration;

use super::{LIMIT, ready, wait_until_ready, with_master};
use crate::harness::{Launch, let_pass, wait_for};

#[test]
fn a_file_that_is_made_changed_or_replaced_is_one_reload() {
    let folder = crate::harness::fresh_folder();
    fs::create_dir(folder.path().join("inner")).unwrap();
    // Relative paths are those of the folder that it changes to.
    let options = ["--chdir", "inner", "--touch-reload", "one", "--touch-reload", "../two"];
    let master = Launch::probe_in(&folder, &with_master(&options)).start();
    wait_until_ready(&master, 1);
    let (one, two) = (folder.path().join("inner/one"), folder.path().join("two"));
    let other = folder.path().join("inner/other");
    let write = |path: &std::path::Path| fs::write(path, "any").unwrap();
    let touch = |path: &std::path::Path| {
        let file = fs::File::options().append(true).open(path).unwrap();
        file.set_modified(std::time::SystemTime::now()).unwrap();
    };
    let changes: [(&str, &dyn Fn()); 5] = [
        ("made", &|| write(&one)),
        ("touched", &|| touch(&one)),
        ("written", &|| write(&one)),
        ("another made", &|| write(&two)),
        ("replaced", &|| {
            write(&other);
            fs::rename(&other, &one).unwrap();
        }),
    ];
    for (number, (what, change)) in changes.iter().enumerate() {
        change();
        let servers = number + 2;
        wait_for(what, LIMIT, || (ready(&master) >= servers).then_some(()));
        wait_for("the one before to end", LIMIT, || {
            (master.log().matches("a server has ended").count() == number + 1).then_some(())
        });
        assert_eq!(ready(&master), servers, "{what}: {}", master.log());
    }
    fs::read(&one).unwrap();
    write(&other);
    let_pass(Duration::from_millis(300));
    assert_eq!(ready(&master), changes.len() + 1, "neither is a change: {}", master.log());
    let log = master.stop();
    assert_eq!(log.matches("two was touched").count(), 1, "{log}");
}

#[test]
fn a_file_in_a_folder_that_is_not_there_is_told() {
    let options = with_master(&["--touch-reload", "/nowhere/at/all"]);
    let (code, errors) = Launch::probe(&options).run();
    assert_eq!((code, errors.lines().count()), (Some(78), 1), "{errors}");
    assert!(errors.contains("/nowhere/at"), "{errors}");
}

#[test]
fn without_a_master_it_is_told_that_there_is_no_reload() {
    let server = Launch::probe(&["--touch-reload", "file"]).start();
    wait_for("a line that says so", LIMIT, || {
        let log = server.log();
        (log.contains("touch-reload") && log.contains("need master = true")).then_some(())
    });
    server.stop();
}
