//! The configuration that this project began with. Knows nothing of who reads it.

use std::path::Path;

/// The ini of a team with uWSGI and Python: nothing in it is changed but its paths, which lie in one
/// folder.
pub(crate) fn team_ini(folder: &Path) -> String {
    let at = folder.display();
    format!(
        "[uwsgi]
app_path = {at}/app
log_dir = {at}/log
tmp_dir = {at}

master = true
processes = 4
threads = 2

pidfile = %(tmp_dir)/uwsgi.pid
socket = %(tmp_dir)/uwsgi.sock
chdir = %(app_path)
plugin = python
module = index

daemonize = %(log_dir)/uwsgi.log
log-maxsize = 1000000
log-truncate = true
disable-logging = true

reload-on-as = 30
reload-on-rss = 30
"
    )
}
