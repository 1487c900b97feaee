//! `workflow-codegen`: writes Rust types for the classes of a workflow server.

use clap::Parser;
use std::path::PathBuf;
use std::process::ExitCode;
use workflow_codegen::{Error, Schemas, fetch, generate};

/// Rust types for the start, stop and event classes of a workflow server
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The server's address (http://127.0.0.1:8000), or a file of schemas
    source: String,
    /// Print the schemas instead, for a file that a build script reads
    #[arg(long)]
    schemas: bool,
    /// Write to this file instead of the terminal
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// A header for each request, such as "Authorization: Bearer TOKEN"
    #[arg(long, value_name = "NAME: VALUE", value_parser = header)]
    header: Vec<(String, String)>,
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("a header is `NAME: VALUE`")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("workflow-codegen: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Error> {
    let schemas = if arguments.source.starts_with("http://") || arguments.source.starts_with("https://") {
        fetch(&arguments.source, &arguments.header)?
    } else {
        let text =
            std::fs::read_to_string(&arguments.source).map_err(|error| file(&arguments.source, error))?;
        Schemas::parse(&text)?
    };
    let text = if arguments.schemas {
        schemas.to_json()
    } else {
        generate(&schemas)?
    };
    match &arguments.output {
        Some(path) => std::fs::write(path, text).map_err(|error| file(&path.display().to_string(), error)),
        None => {
            print!("{text}");
            Ok(())
        }
    }
}

fn file(path: &str, error: std::io::Error) -> Error {
    Error::File {
        path: path.to_owned(),
        error,
    }
}
