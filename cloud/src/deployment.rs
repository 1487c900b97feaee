//! Under which deployment's name records are stored.

use percent_encoding::percent_decode_str;

/// The store of the whole project, for pages that belong to no deployment.
pub const PUBLIC_DEPLOYMENT: &str = "_public";

/// Environment variables of a build that name the deployment, by priority.
pub const BUILD_VARIABLES: [&str; 3] = [
    "LLAMA_DEPLOY_DEPLOYMENT_NAME",
    "NEXT_PUBLIC_LLAMA_DEPLOY_DEPLOYMENT_NAME",
    "VITE_LLAMA_DEPLOY_DEPLOYMENT_NAME",
];

/// Infers the deployment's name: the option, else the build's variable, else the page's address, else `_public`.
///
/// The address counts if its host is not this computer (`localhost`, `*.localhost`, `127.0.0.0/8`, `[::1]`) and its path has
/// `/deployments/NAME`, perhaps below a base path. The name is percent-decoded. Empty texts count as not given.
///
/// ```
/// # use workflow_cloud::deployment_name;
/// let name = |url| deployment_name(None, None, Some(url));
/// assert_eq!(name("https://api.cloud.llamaindex.ai/deployments/my%20app/ui/x"), "my app");
/// assert_eq!(name("https://x.y/base/deployments/app/ui/"), "app");
/// assert_eq!(name("http://[::1]:4501/deployments/app/ui/"), "_public");
/// assert_eq!(name("https://mylocalhost.io/deployments/app/ui/"), "app");
/// assert_eq!(deployment_name(Some("o"), Some("e"), None), "o");
/// ```
pub fn deployment_name(option: Option<&str>, build: Option<&str>, page: Option<&str>) -> String {
    let given = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    given(option)
        .or_else(|| given(build))
        .or_else(|| page.and_then(in_address))
        .unwrap_or_else(|| PUBLIC_DEPLOYMENT.to_owned())
}

/// The name in an address, unless its host is this computer.
fn in_address(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest[..end].split_once('/')?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if is_local(host) {
        return None;
    }
    let mut segments = path.split('/');
    segments.find(|segment| *segment == "deployments")?;
    let name = segments.next().filter(|name| !name.is_empty())?;
    let name = percent_decode_str(name).decode_utf8().ok()?;
    Some(name.into_owned())
}

/// Whether a host, perhaps with a port, is this computer.
fn is_local(host: &str) -> bool {
    if let Some(v6) = host.strip_prefix('[') {
        let address = v6.split(']').next().unwrap_or_default();
        return address
            .parse()
            .is_ok_and(|address: std::net::Ipv6Addr| address.is_loopback());
    }
    let name = host.split(':').next().unwrap_or_default();
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || name
            .parse()
            .is_ok_and(|address: std::net::Ipv4Addr| address.is_loopback())
}
