//! Who is measured: the tables of benches/peers.toml. It must not start or build anything.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::plan::{self, Route};

/// One server, as its table has it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Peer {
    pub(super) name: String,
    pub(super) protocol: Protocol,
    pub(super) connections: Connections,
    #[serde(default = "both_routes")]
    pub(super) routes: Vec<Route>,
    #[serde(default = "both_paths")]
    pub(super) paths: Vec<plan::Path>,
    /// The peer whose `/hello` is the price of the kernel.
    pub(super) floor: Option<String>,
    #[serde(default)]
    pub(super) needs: Vec<Software>,
    /// How many connections are held to it beside the load, on which nothing is ever sent.
    #[serde(skip)]
    pub(super) idle_connections: usize,
    /// Whether it is measured only where it is asked for.
    #[serde(skip)]
    only_if_named: bool,
    command: Vec<String>,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    #[serde(default)]
    vars: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Protocol {
    Uwsgi,
    Fastcgi,
    Http,
}

/// Whether clients keep them.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Connections {
    Fresh,
    Kept,
}

/// What a peer is made of, beyond its command.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Software {
    Floor,
    Probe,
    Axum,
    Uwsgi,
    PhpFpm,
}

/// What the placeholders of a table stand for, but for its socket.
pub(super) struct Places {
    pub(super) database: PathBuf,
    pub(super) optimized: PathBuf,
    pub(super) built: PathBuf,
    pub(super) peers: PathBuf,
    pub(super) uwsgi: PathBuf,
    pub(super) php_fpm: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tables {
    peer: Vec<Peer>,
    variant: Vec<Variant>,
}

/// A peer once more, with something else.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Variant {
    name: String,
    of: String,
    idle_connections: usize,
    /// Beyond those of its command.
    arguments: Vec<String>,
}

impl Variant {
    fn peer(self, peers: &[Peer]) -> Result<Peer, String> {
        let Self { name, of, idle_connections, arguments } = self;
        let of = peers.iter().find(|peer| peer.name == of);
        let of = of.ok_or_else(|| format!("{name} is a variant of no peer"))?.clone();
        let command = of.command.into_iter().chain(arguments).collect();
        Ok(Peer { name, idle_connections, command, only_if_named: true, ..of })
    }
}

/// All peers, in the order of the file.
pub(super) fn all() -> Result<Vec<Peer>, String> {
    let file = crate::repository().join("benches/peers.toml");
    let text = fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
    let failed = |error: String| format!("{}: {error}", file.display());
    let Tables { mut peer, variant } = toml::from_str(&text).map_err(|e| failed(e.to_string()))?;
    for variant in variant {
        peer.push(variant.peer(&peer).map_err(failed)?);
    }
    Ok(peer)
}

/// Those of these names, or all when none is given.
pub(super) fn chosen(all: Vec<Peer>, names: &[String]) -> Result<Vec<Peer>, String> {
    if let Some(unknown) = names.iter().find(|name| all.iter().all(|peer| peer.name != **name)) {
        let known: Vec<&str> = all.iter().map(|peer| peer.name.as_str()).collect();
        return Err(format!("no peer is called {unknown}: there are {}", known.join(", ")));
    }
    let wanted = |peer: &Peer| match names {
        [] => !peer.only_if_named,
        names => names.contains(&peer.name),
    };
    Ok(all.into_iter().filter(wanted).collect())
}

impl Peer {
    /// The program and its arguments.
    pub(super) fn command(&self, places: &Places, socket: &Path) -> Vec<String> {
        self.command.iter().map(|word| places.fill(word, socket)).collect()
    }

    pub(super) fn environment(&self, places: &Places, socket: &Path) -> Vec<(String, String)> {
        let own =
            self.environment.iter().map(|(name, value)| (name.clone(), places.fill(value, socket)));
        let common = [("SOCKET", "{socket}"), ("DATABASE", "{database}")];
        common
            .map(|(name, value)| (name.to_owned(), places.fill(value, socket)))
            .into_iter()
            .chain(own)
            .collect()
    }

    pub(super) fn vars(&self, places: &Places, socket: &Path) -> Vec<(String, String)> {
        self.vars.iter().map(|(name, value)| (name.clone(), places.fill(value, socket))).collect()
    }
}

impl Protocol {
    /// In the address of a server.
    pub(super) fn scheme(self) -> &'static str {
        match self {
            Self::Uwsgi => "uwsgi",
            Self::Fastcgi => "fastcgi",
            Self::Http => "http",
        }
    }
}

impl Places {
    fn fill(&self, text: &str, socket: &Path) -> String {
        let places = [
            ("{socket}", socket),
            ("{database}", &self.database),
            ("{optimized}", &self.optimized),
            ("{built}", &self.built),
            ("{peers}", &self.peers),
            ("{uwsgi}", &self.uwsgi),
            ("{php-fpm}", &self.php_fpm),
        ];
        places.iter().fold(text.to_owned(), |text, (name, place)| {
            text.replace(name, &place.to_string_lossy())
        })
    }
}

fn both_routes() -> Vec<Route> {
    vec![Route::Hello, Route::User]
}

fn both_paths() -> Vec<plan::Path> {
    vec![plan::Path::Direct, plan::Path::Nginx]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> Places {
        Places {
            database: "/run/d".into(),
            optimized: "/optimized".into(),
            built: "/built".into(),
            peers: "/peers".into(),
            uwsgi: "/uwsgi".into(),
            php_fpm: "/php-fpm".into(),
        }
    }

    #[test]
    fn every_table_makes_sense() {
        let all = all().unwrap();
        for peer in &all {
            let Peer { name, .. } = peer;
            assert_eq!(all.iter().filter(|other| other.name == *name).count(), 1, "{name}");
            if let Some(floor) = &peer.floor {
                let floor = all.iter().find(|other| other.name == *floor);
                assert!(floor.is_some_and(|floor| floor.floor.is_none()), "{name}");
            }
            let words = peer.command(&places(), Path::new("/run/s"));
            let environment = peer.environment(&places(), Path::new("/run/s"));
            assert!(environment.contains(&("DATABASE".to_owned(), "/run/d".to_owned())), "{name}");
            let values = environment.iter().chain(&[]).map(|(_, value)| value);
            for word in words.iter().chain(values) {
                assert!(!word.contains('{'), "{name}: {word}");
            }
            // nginx has no other way with these.
            let is_fresh = peer.connections == Connections::Fresh;
            match peer.protocol {
                Protocol::Uwsgi => assert!(is_fresh, "{name}"),
                Protocol::Http => assert!(!is_fresh, "{name}"),
                Protocol::Fastcgi => {}
            }
        }
    }

    #[test]
    fn the_chosen_keep_the_order_of_the_file_and_must_be_there() {
        let names = ["axum".to_owned(), "floor".to_owned()];
        let chosen_of = |names: &[String]| chosen(all().unwrap(), names);
        let found: Vec<String> = chosen_of(&names).unwrap().into_iter().map(|p| p.name).collect();
        assert_eq!(found, ["floor", "axum"]);
        let usual = all().unwrap().into_iter().filter(|peer| !peer.only_if_named).count();
        assert_eq!(chosen_of(&[]).unwrap().len(), usual);
        let idle = chosen_of(&["cleanslate-http-idle".to_owned()]).unwrap();
        let busy = chosen_of(&["cleanslate-http".to_owned()]).unwrap();
        assert_eq!((idle[0].idle_connections, busy[0].idle_connections), (10_000, 0));
        assert!(idle[0].command.starts_with(&busy[0].command), "{:?}", idle[0].command);
        assert!(idle[0].command.len() > busy[0].command.len());
        let error = chosen_of(&["apache".to_owned()]).unwrap_err();
        assert!(error.starts_with("no peer is called apache: there are floor, "), "{error}");
    }
}
