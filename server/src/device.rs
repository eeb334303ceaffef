//! The kind of device behind a request, from what the browser says of itself.

use placet_protocol::DeviceType;

/// Reads `Sec-CH-UA-Mobile` (`?1` or `?0`, sent by Chromium) and `User-Agent`, either of which may be absent.
///
/// The user agent goes first, as a tablet says `?0`. What separates an Android tablet from a phone is the word
/// `Mobile` (<https://developer.chrome.com/docs/multidevice/user-agent>). An iPad that asks for desktop pages says
/// that it is a Mac, and counts as one: nothing in its headers tells them apart. Programs that are no browser (curl,
/// most crawlers) and television sets are [`DeviceType::Unknown`].
pub fn device_type(client_hint_mobile: Option<&str>, user_agent: Option<&str>) -> DeviceType {
    let agent = user_agent.unwrap_or_default();
    let says = |word: &str| agent.contains(word);

    if says("iPad") || says("Tablet") || says("PlayBook") || says("Silk/") && !says("Mobile") {
        return DeviceType::Tablet;
    }
    if says("iPhone") || says("iPod") || says("Windows Phone") {
        return DeviceType::Mobile;
    }
    if says("TV") || says("BRAVIA") {
        return DeviceType::Unknown;
    }
    if says("Android") {
        return if says("Mobile") || client_hint_mobile == Some("?1") {
            DeviceType::Mobile
        } else {
            DeviceType::Tablet
        };
    }
    match client_hint_mobile {
        Some("?1") => DeviceType::Mobile,
        Some("?0") => DeviceType::Desktop,
        _ if says("Mobile") => DeviceType::Mobile,
        _ if says("Windows NT") || says("Macintosh") || says("X11") || says("CrOS") => DeviceType::Desktop,
        _ => DeviceType::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHROME: &str = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0";

    #[test]
    fn phones() {
        let pixel = format!("Mozilla/5.0 (Linux; Android 10; K) {CHROME} Mobile Safari/537.36");
        assert_eq!(device_type(Some("?1"), Some(&pixel)), DeviceType::Mobile);
        assert_eq!(device_type(None, Some(&pixel)), DeviceType::Mobile);
        let iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                      Version/17.5 Mobile/15E148 Safari/604.1";
        assert_eq!(device_type(None, Some(iphone)), DeviceType::Mobile);
        let firefox = "Mozilla/5.0 (Android 14; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0";
        assert_eq!(device_type(None, Some(firefox)), DeviceType::Mobile);
    }

    #[test]
    fn tablets() {
        let galaxy_tab = format!("Mozilla/5.0 (Linux; Android 10; K) {CHROME} Safari/537.36");
        assert_eq!(device_type(Some("?0"), Some(&galaxy_tab)), DeviceType::Tablet);
        let ipad = "Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                    Version/12.1.2 Mobile/15E148 Safari/604.1";
        assert_eq!(device_type(None, Some(ipad)), DeviceType::Tablet);
        let firefox = "Mozilla/5.0 (Android 14; Tablet; rv:132.0) Gecko/132.0 Firefox/132.0";
        assert_eq!(device_type(None, Some(firefox)), DeviceType::Tablet);
    }

    #[test]
    fn computers() {
        for system in ["Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7", "X11; Linux x86_64"] {
            let agent = format!("Mozilla/5.0 ({system}) {CHROME} Safari/537.36");
            assert_eq!(device_type(Some("?0"), Some(&agent)), DeviceType::Desktop, "{system}");
            assert_eq!(device_type(None, Some(&agent)), DeviceType::Desktop, "{system}");
        }
    }

    #[test]
    fn what_does_not_say() {
        assert_eq!(device_type(None, None), DeviceType::Unknown);
        assert_eq!(device_type(None, Some("")), DeviceType::Unknown);
        assert_eq!(device_type(None, Some("curl/8.11.0")), DeviceType::Unknown);
        let television = format!("Mozilla/5.0 (Linux; Android 12; BRAVIA 4K UR2) {CHROME} Safari/537.36");
        assert_eq!(device_type(None, Some(&television)), DeviceType::Unknown);
    }
}
