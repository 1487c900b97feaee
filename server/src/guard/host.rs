//! The host that a request was sent to.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri, Version, header};
use url::Host;

/// A host name or address that the server answers to, without a port.
///
/// ```
/// assert!("debug.example.com".parse::<workflow_debugger::HostName>().is_ok());
/// assert!("http://debug.example.com/".parse::<workflow_debugger::HostName>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostName(Host);

impl FromStr for HostName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let name = text.trim().trim_end_matches('.');
        let is_plain = match name.parse::<IpAddr>() {
            Ok(ip) => return Ok(Self(from_ip(ip))),
            Err(_) => name.starts_with('[') || !name.contains([':', '*', '/']),
        };
        Host::parse(name)
            .ok()
            .filter(|_| is_plain)
            .map(|host| Self(canonical(host)))
            .ok_or_else(|| {
                "a host name like debug.example.com is needed, without a scheme, a port or `*`".to_owned()
            })
    }
}

impl HostName {
    pub(super) fn is_of(&self, target: &Target) -> bool {
        self.0 == target.host
    }
}

fn from_ip(ip: IpAddr) -> Host {
    match ip.to_canonical() {
        IpAddr::V4(ip) => Host::Ipv4(ip),
        IpAddr::V6(ip) => Host::Ipv6(ip),
    }
}

/// The same host in one form: no dot at its end, and no IPv4 address within IPv6.
fn canonical(host: Host) -> Host {
    match host {
        Host::Domain(name) => Host::Domain(name.strip_suffix('.').unwrap_or(&name).to_owned()),
        Host::Ipv4(ip) => Host::Ipv4(ip),
        Host::Ipv6(ip) => from_ip(ip.into()),
    }
}

/// Whether a host is always this machine. Names below `localhost` are never looked up by browsers (RFC 6761).
pub(super) fn is_loopback(host: &Host) -> bool {
    match host {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    }
}

/// Why a request names no host, or more than one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum TargetError {
    #[error("A Host header is missing")]
    Missing,
    #[error("There is more than one Host header")]
    Many,
    #[error("The Host header is not a host")]
    Malformed,
    #[error("The Host header and the request's target name different hosts")]
    Different,
}

/// Host and port that a request was sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    host: Host,
    port: Option<u16>,
}

impl fmt::Display for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(out, "{}:{port}", self.host),
            None => write!(out, "{}", self.host),
        }
    }
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let authority: Authority = text.parse().map_err(|_| TargetError::Malformed)?;
        let host = authority.host();
        let port = authority.port_u16();
        let expected = match port {
            Some(_) => authority.as_str().rsplit_once(':').map(|(host, _)| host),
            None => Some(authority.as_str()),
        };
        // Anything besides host and port, such as a user name or a port that is no number.
        if host.is_empty() || expected != Some(host) {
            return Err(TargetError::Malformed);
        }
        let host = Host::parse(host).map_err(|_| TargetError::Malformed)?;
        Ok(Self {
            host: canonical(host),
            port,
        })
    }
}

impl Target {
    pub(super) fn of(request: &Request) -> Result<Self, TargetError> {
        Self::of_parts(request.version(), request.uri(), request.headers())
    }

    /// The one `Host` header, which an absolute request target must agree with. From HTTP/2 on the target's own authority is
    /// enough.
    pub(super) fn of_parts(version: Version, uri: &Uri, headers: &HeaderMap) -> Result<Self, TargetError> {
        let mut named = headers.get_all(header::HOST).iter();
        let (host, more) = (named.next(), named.next());
        if more.is_some() {
            return Err(TargetError::Many);
        }
        let authority = match uri.authority() {
            Some(authority) => Some(authority.as_str().parse::<Self>()?),
            None => None,
        };
        let host = match host {
            Some(host) => Some(
                host.to_str()
                    .map_err(|_| TargetError::Malformed)?
                    .parse::<Self>()?,
            ),
            None => None,
        };
        match (host, authority) {
            (Some(host), Some(authority)) if host != authority => Err(TargetError::Different),
            (Some(host), _) => Ok(host),
            (None, Some(authority)) if version >= Version::HTTP_2 => Ok(authority),
            (None, _) => Err(TargetError::Missing),
        }
    }

    /// The host as a flag takes it.
    pub(super) fn name(&self) -> String {
        self.host.to_string()
    }

    pub(super) fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }

    pub(super) fn ip(&self) -> Option<IpAddr> {
        match self.host {
            Host::Domain(_) => None,
            Host::Ipv4(ip) => Some(ip.into()),
            Host::Ipv6(ip) => Some(ip.into()),
        }
    }

    /// Whether this is the given host and port; `port` is also the one that is meant where none is written.
    pub(super) fn is(&self, host: &Host<&str>, port: u16) -> bool {
        self.host == canonical(host.to_owned()) && self.port.unwrap_or(port) == port
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_in_one_form() {
        for (text, shown) in [
            ("localhost", "localhost"),
            ("LocalHost.:80", "localhost:80"),
            ("127.0.0.1:4600", "127.0.0.1:4600"),
            ("[::1]:4600", "[::1]:4600"),
            ("[::ffff:127.0.0.1]", "127.0.0.1"),
            ("debug.example.com", "debug.example.com"),
        ] {
            let target: Target = text.parse().expect(text);
            assert_eq!(target.to_string(), shown, "{text}");
        }
        for text in [
            "",
            ":80",
            "a b",
            "user@localhost",
            "localhost:",
            "localhost:x",
            "localhost:99999",
            "localhost/evil",
            "::1",
        ] {
            assert_eq!(text.parse::<Target>(), Err(TargetError::Malformed), "{text}");
        }
    }

    #[test]
    fn names_are_taken_without_scheme_and_port() {
        let target: Target = "debug.example.com:4600".parse().expect("a host");
        for text in ["debug.example.com", " Debug.Example.COM. "] {
            assert!(text.parse::<HostName>().expect(text).is_of(&target), "{text}");
        }
        for text in ["::1", "[::1]"] {
            let target = "[::1]:1".parse().expect("a host");
            assert!(text.parse::<HostName>().expect(text).is_of(&target), "{text}");
        }
        for text in [
            "",
            "*",
            "*.example.com",
            "example.com:80",
            "http://example.com",
            "example.com/",
        ] {
            assert!(text.parse::<HostName>().is_err(), "{text}");
        }
    }
}
