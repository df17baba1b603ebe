//! From the command line to a process that runs, and to its end: a server, a master with its servers,
//! or what starts one in the background. Knows everything below it and none of their insides.

mod audit;
mod check;
mod descriptors;
mod hooks;
mod listeners;
mod observe;
mod output;
mod prepare;
mod recycle;
mod server;
mod signals;
mod simulate;
mod stop;
mod summary;
mod supervisor;

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};
use std::sync::Arc;

use self::output::Output;
use self::prepare::Prepared;
use self::server::Outside;
use self::supervisor::{Supervisor, Told};
use crate::app::App;
use crate::commands::Commands;
use crate::config::{self, CronCommand, Options, Parsed, Settings};
use crate::log::Log;
use crate::master::daemon::{self, Starter};
use crate::master::role::Role;
use crate::master::{self, MasterError, Orders};

/// Why the server doesn't start, or ended badly. The codes are those of sysexits.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Settings(String),
    /// Something has run out.
    #[error("{0}")]
    Exhausted(String),
    #[error("{0}: {1}")]
    System(&'static str, std::io::Error),
    #[error("a start hook failed: nothing is served")]
    StartHook,
    #[error("{0} threads were inside jobs when they had to end")]
    CutShort(usize),
    #[error("{0} commands still ran when they had to end")]
    CommandsCutShort(usize),
    #[error("{0}")]
    Master(MasterError),
}

/// Runs an application from the command line to its stop.
pub(crate) fn main(app: App) -> ExitCode {
    match run(app) {
        Ok(code) => code,
        Err(failure) => failure.tell(),
    }
}

impl Failure {
    fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => 64,
            Self::Master(MasterError::Touch(error)) if error.is_exhausted() => 70,
            Self::Settings(_) | Self::Master(MasterError::Touch(_)) => 78,
            Self::Master(MasterError::NotStarted(status)) => master::exit_code(*status),
            Self::System(..)
            | Self::Exhausted(_)
            | Self::StartHook
            | Self::CutShort(_)
            | Self::CommandsCutShort(_)
            | Self::Master(_) => 70,
        }
    }

    /// A server that ends with one of these codes has said why.
    fn is_told(&self) -> bool {
        let Self::Master(MasterError::NotStarted(status)) = self else { return false };
        matches!(status.code(), Some(64 | 70 | 78))
    }

    /// Says it, unless it was said; the exit code.
    fn tell(&self) -> ExitCode {
        if !self.is_told() {
            // Where nobody listens there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "{self}");
        }
        ExitCode::from(self.code())
    }
}

fn run(app: App) -> Result<ExitCode, Failure> {
    if !app.mistakes().is_empty() {
        return Err(Failure::Settings(app.mistakes().join("\n")));
    }
    let options = match config::parse(app.name(), app.app_options(), std::env::args_os()) {
        Parsed::Serve(options) => options,
        Parsed::Simulate(options, span) => {
            // What keeps it from serving, as that it has no socket, keeps nothing from being due.
            let settings = Settings::resolve(&options, app.default_database());
            let commands = settings.map(|settings| settings.commands).unwrap_or_default();
            let app = with_commands(app, &commands, &Arc::default());
            return simulate::simulate(app, options, &span).map(|()| ExitCode::SUCCESS);
        }
        Parsed::Audit(options, text) => return audit::audit(app, options, &text),
        Parsed::Check(options) => return check::check(app, options),
        Parsed::Wrong(text) => return Err(Failure::Usage(text)),
        Parsed::Print(text) => {
            let _ = write!(std::io::stdout(), "{text}");
            return Ok(ExitCode::SUCCESS);
        }
    };
    let settings = Settings::resolve(&options, app.default_database())
        .map_err(|mistakes| Failure::Settings(mistakes.to_string()))?;
    let role = Role::of_this();
    if settings.process.daemonize.is_some() && matches!(role, Role::First) {
        let code = daemon::start(&settings.process.environment)
            .map_err(|error| Failure::System("the background", error))?;
        return Ok(ExitCode::from(code));
    }
    let is_master = settings.process.master && role != Role::Server;
    if !is_master && !settings.process.environment.is_empty() && role == Role::First {
        return Err(again(&settings));
    }
    if is_master { run_master(&settings, role) } else { run_server(app, options, &settings, role) }
}

/// Runs this program once more in this process's place, with the environment that was asked for,
/// which only a process that begins can be given.
fn again(settings: &Settings) -> Failure {
    let mut command = match std::env::current_exe() {
        Ok(program) => Command::new(program),
        Err(error) => return Failure::System("this program", error),
    };
    command.args(std::env::args_os().skip(1)).envs(settings.process.environment.iter().cloned());
    Role::Again.mark(&mut command);
    Failure::System("this program", command.exec())
}

fn run_master(settings: &Settings, role: Role) -> Result<ExitCode, Failure> {
    let system = |what| move |error| Failure::System(what, error);
    let program = std::env::current_exe().map_err(system("this program"))?;
    let folder = std::env::current_dir().map_err(system("the working folder"))?;
    let starter = starter(role)?;
    let Prepared { log, output, pid_file } = prepare::process(settings, role)?;
    let signals = signals::listen(true).map_err(system("signals"))?;
    let listeners = listeners::open(settings, role)?;
    // No earlier: it may be the log of a server that has the pidfile and the sockets.
    log.forget_earlier().map_err(system("the log"))?;
    let orders = Orders {
        program,
        arguments: std::env::args_os().collect(),
        folder,
        environment: settings.process.environment.clone(),
        output: output.as_ref().map(Output::writers).transpose().map_err(system("pipe"))?,
        reload_mercy: settings.reload_mercy,
        start_timeout: settings.process.start_timeout,
        touch_reload: settings.process.touch_reload.clone(),
    };
    let mut safe_pid_file = None;
    let started = || {
        safe_pid_file = prepare::safe_pid_file(settings, role)?;
        prepare::let_go(starter, output.as_ref())
    };
    let ended = master::run(orders, listeners, signals, &log, started).map_err(Failure::Master);
    drop((pid_file, safe_pid_file));
    Ok(end(&ended, log, output))
}

/// The end, good or bad, of a process that has been prepared: all that was said of it is written; the
/// exit code.
fn end(ended: &Result<(), Failure>, log: Log, output: Option<Output>) -> ExitCode {
    let code = ended.as_ref().err().map_or(ExitCode::SUCCESS, Failure::tell);
    drop(log);
    if let Some(output) = output {
        output.end();
    }
    code
}

fn run_server(
    app: App,
    options: Options,
    settings: &Settings,
    role: Role,
) -> Result<ExitCode, Failure> {
    let system = |what| move |error| Failure::System(what, error);
    let commands = Arc::new(Commands::default());
    let app = with_commands(app, &settings.commands, &commands);
    let application =
        app.build(options).map_err(|mistakes| Failure::Settings(mistakes.join("\n")))?;
    let signals = signals::listen(false).map_err(system("signals"))?;
    let supervisor = Supervisor::new(signals, role == Role::Server).map_err(system("threads"))?;
    let told = supervisor.teller();
    commands.when_changed(move || drop(told.send(Told::CommandsChanged)));
    let starter = starter(role)?;
    let Prepared { log, output, pid_file } = prepare::process(settings, role)?;
    let database = server::database(settings)?;
    let listeners = listeners::open(settings, role)?;
    // No earlier: it may be the log of a server that has the pidfile and the sockets.
    log.forget_earlier().map_err(system("the log"))?;
    let mut safe_pid_file = None;
    let started = || {
        safe_pid_file = prepare::safe_pid_file(settings, role)?;
        prepare::let_go(starter, output.as_ref())
    };
    let process = &settings.process;
    master::privileges::drop_to(process.uid.as_deref(), process.gid.as_deref())
        .map_err(|error| Failure::Settings(error.to_string()))?;
    let outside = Outside { supervisor: &supervisor, log: &log, commands: &commands };
    let ended = server::run(settings, application, database, listeners, &outside, started);
    say_what_was_dropped(&log);
    drop((pid_file, safe_pid_file));
    Ok(end(&ended, log, output))
}

/// An application with the commands of its options, which run among these.
fn with_commands(app: App, options: &[CronCommand], commands: &Arc<Commands>) -> App {
    options.iter().fold(app, |app, command| app.command(command, commands))
}

/// In a daemon, whoever waits for it.
fn starter(role: Role) -> Result<Option<Starter>, Failure> {
    let starter = (role == Role::Daemon).then(Starter::take).transpose();
    starter.map_err(|error| Failure::System("the background", error))
}

fn say_what_was_dropped(log: &Log) {
    let lines = log.dropped();
    if lines > 0 {
        tracing::warn!(lines, "log lines were dropped, as the log could not be written in time");
    }
}
