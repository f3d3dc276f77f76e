//! Origins as browsers write them: they are compared as texts, so what is written otherwise is nobody's.

/// Says what is wrong with an origin whose pages may connect.
pub(super) fn check_origin(origin: &str) -> Result<(), String> {
    match fault(origin) {
        Some(fault) => Err(format!("allowed_origins has {origin:?}, which no browser names: {fault}")),
        None => Ok(()),
    }
}

/// The same of a URL that may end in a slash and have capitals.
pub(super) fn check_public_url(url: &str) -> Result<(), String> {
    let origin = origin_of(url).to_ascii_lowercase();
    let fault = match origin.starts_with("https://") || origin.starts_with("http://") {
        true => fault(&origin),
        false => Some("it begins with https:// or http://"),
    };
    match fault {
        Some(fault) => Err(format!("public_url must be https://host[:port], which {url:?} is not: {fault}")),
        None => Ok(()),
    }
}

/// A public URL as the origin of its pages.
pub(super) fn origin_of(public_url: &str) -> &str {
    public_url.trim_end_matches('/')
}

/// Why no browser says that a page has this origin, if so.
fn fault(origin: &str) -> Option<&'static str> {
    if origin == "null" {
        return Some("null stands for pages that may be anybody's");
    }
    let Some((scheme, rest)) = origin.split_once("://") else {
        return Some("it begins with a scheme, such as https://");
    };
    if !origin.bytes().all(|byte| byte.is_ascii_graphic()) || scheme.is_empty() {
        return Some("it is a scheme, a host and maybe a port, in ASCII and without spaces");
    }
    if rest.contains(['/', '?', '#', '@', '*']) {
        return Some("it is a scheme, a host and maybe a port, without a slash at the end or anything else");
    }
    let default_port = match scheme {
        "http" => Some("80"),
        "https" => Some("443"),
        _ => None,
    };
    // The host of another scheme may be any text.
    let spelled = if default_port.is_some() { origin } else { scheme };
    if spelled.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Some("it is written in lower case");
    }
    let end_of_address = rest.find(']').map_or(0, |end| end + 1);
    let colon = rest[end_of_address..].find(':').map_or(rest.len(), |colon| end_of_address + colon);
    let (host, port) = (&rest[..colon], rest[colon..].strip_prefix(':'));
    if host.is_empty() && default_port.is_some() {
        return Some("it has a host");
    }
    let port = port?;
    if Some(port) == default_port {
        return Some("it leaves out the port that its scheme has anyway");
    }
    let is_number = port.parse::<u16>().is_ok_and(|number| number.to_string() == port);
    (!is_number).then_some("its port is a number up to 65535")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_browsers_write() {
        for origin in [
            "https://app.example.org",
            "http://app.example.org:8080",
            "https://app.example.org:80",
            "http://127.0.0.1:443",
            "http://[2001:db8::7]:8080",
            "http://[2001:db8::7]",
            "http://localhost",
            "app://desktop",
            "app://.",
            "file://",
            "safari-web-extension://4D3F7A2C",
        ] {
            assert_eq!(check_origin(origin), Ok(()));
        }
        for wrong in [
            "",
            "*",
            "null",
            "app.example.org",
            "//app.example.org",
            "://app.example.org",
            "https://",
            "https://*.example.org",
            "https://app.example.org/",
            "https://app.example.org/page",
            "https://app.example.org?page",
            "https://me@app.example.org",
            "https://App.example.org",
            "HTTPS://app.example.org",
            "App://desktop",
            "https://app.example.org:443",
            "http://app.example.org:80",
            "http://[2001:db8::7]:80",
            "https://app.example.org:",
            "https://app.example.org:port",
            "https://app.example.org:080",
            "https://app.example.org:70000",
            "https://:8080",
            "https://app.example.org\n",
            "https://app.exämple.org",
        ] {
            assert!(check_origin(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_public_url_may_end_in_a_slash_and_have_capitals() {
        for url in
            ["https://tera.example", "https://Tera.example/", "http://tera.example:8080", "http://[::1]:1"]
        {
            assert_eq!(check_public_url(url), Ok(()));
        }
        for wrong in [
            "",
            "tera.example",
            "app://desktop",
            "https://",
            "https://tera.example/path",
            "https://tera.example:443",
            "HTTP://tera.example:80/",
            "https://tera.example:port",
        ] {
            assert!(check_public_url(wrong).is_err(), "{wrong}");
        }
    }
}
