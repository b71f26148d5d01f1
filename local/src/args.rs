//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;
use gateway::{DeployOptions, Stage};

use crate::cloud::{Options, Records};
use crate::console::Console;
use crate::function_log::LogFormat;
use crate::web::WebListen;

/// Runs the API of an OpenAPI document on this machine: builds its functions, starts a gateway that
/// answers as Amazon API Gateway does and the services that the document declares, and prints a line
/// to paste for each and for every route. Edits of the document and of the handlers are picked up. Ctrl-C ends everything.
#[derive(Clone, Debug, Parser)]
#[command(name = "local", version, max_term_width = 100)]
pub struct Args {
    /// The OpenAPI document; openapi/api.yaml of the workspace unless given
    #[arg(long, value_name = "FILE")]
    pub document: Option<PathBuf>,

    /// Where to listen; port 0 takes any free port
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:3000", value_parser = listen_address)]
    pub listen: SocketAddr,

    /// Where the console is, a page to call and follow operations with: loopback only; port 3001 of
    /// 127.0.0.1 unless given, or a free one if that is taken; port 0 takes any free port
    #[arg(long, value_name = "HOST:PORT", value_parser = listen_address)]
    pub console: Option<SocketAddr>,

    /// No console
    #[arg(long, conflicts_with = "console")]
    pub no_console: bool,

    /// Name of the stage, the first segment of every path
    #[arg(long, value_name = "NAME", default_value = "local", value_parser = Stage::check_name)]
    pub stage: String,

    /// Fill the document's placeholder ${NAME} with VALUE instead of its local value
    #[arg(long, value_name = "NAME=VALUE", value_parser = assignment)]
    pub set: Vec<(String, String)>,

    /// Where records are kept; .lychgate of the workspace unless given
    #[arg(long, value_name = "DIR", conflicts_with = "ephemeral")]
    pub data_dir: Option<PathBuf>,

    /// Keep records in memory and forget them at the end
    #[arg(long)]
    pub ephemeral: bool,

    /// Start although the gateway does not execute all of the document; what it does not is said
    #[arg(long)]
    pub allow_unsupported: bool,

    /// What surrounds the document.
    #[command(flatten)]
    pub deploy: DeployOptions,

    /// Do not watch for edits
    #[arg(long)]
    pub no_reload: bool,

    /// How lines that functions log are shown
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub log_format: LogFormat,
}

impl Args {
    /// What to start from this folder.
    pub fn options(self, directory: PathBuf) -> Options {
        Options {
            workspace: directory,
            target: None,
            document: self.document,
            listen: self.listen,
            web: match (self.no_console, self.console) {
                (true, _) => WebListen::Off,
                (false, Some(address)) => WebListen::At(address),
                (false, None) => WebListen::Usual,
            },
            stage: self.stage,
            set: self.set,
            records: match (self.ephemeral, self.data_dir) {
                (true, _) => Records::Ephemeral,
                (false, Some(directory)) => Records::Directory(directory),
                (false, None) => Records::Workspace,
            },
            allow_unsupported: self.allow_unsupported,
            deploy: self.deploy,
            reload: !self.no_reload,
            log_format: self.log_format,
            console: Console::stdout(),
        }
    }
}

/// `localhost` is worth knowing by name; other names are not worth a resolver's surprises.
fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let numeric = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    numeric
        .as_deref()
        .unwrap_or(text)
        .parse()
        .map_err(|_| "expected ADDRESS:PORT, for example 127.0.0.1:3000 or [::1]:3000".to_owned())
}

fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE, for example region=eu-central-1".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn nothing_is_needed() {
        let args = Args::try_parse_from(["local"]).unwrap();
        assert_eq!(args.listen.to_string(), "127.0.0.1:3000");
        assert_eq!(args.stage, "local");
        assert_eq!(args.log_format, LogFormat::Text);
    }

    #[test]
    fn bad_values_are_explained() {
        for (flag, value, reason) in [
            ("--listen", "3000", "ADDRESS:PORT"),
            ("--listen", "127.0.0.1:99999", "ADDRESS:PORT"),
            ("--console", "3001", "ADDRESS:PORT"),
            ("--stage", "a/b", "letters, digits"),
            ("--set", "region", "NAME=VALUE"),
            ("--set", "=x", "NAME=VALUE"),
            ("--log-format", "xml", "possible values"),
            ("--nonsense", "1", "unexpected argument"),
        ] {
            let error = Args::try_parse_from(["local", flag, value]).unwrap_err();
            assert_eq!(error.exit_code(), 2);
            assert!(error.to_string().contains(reason), "{error}");
        }
    }

    #[test]
    fn localhost_and_ipv6_are_understood() {
        for (text, address) in [("localhost:0", "127.0.0.1:0"), ("[::1]:3000", "[::1]:3000")] {
            let args = Args::try_parse_from(["local", "--listen", text]).unwrap();
            assert_eq!(args.listen.to_string(), address);
        }
    }
}
