//! Which addresses belong to the public internet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether a plugin may reach it. Everything that is somebody's own network, or that a router may turn into one,
/// is not public: an allowlist for IPv6, a denylist (IANA's special-purpose registry) for IPv4.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = matches!(
        address.octets(),
        [0 | 10 | 127, ..]              // this network, private, loopback
            | [100, 64..=127, ..]       // carrier-grade NAT
            | [168, 63, 129, 16]        // Azure's own, with its metadata, at an address that is public elsewhere
            | [169, 254, ..]            // link-local: clouds keep their metadata here
            | [172, 16..=31, ..]        // private
            | [192, 0, 0 | 2, _]        // protocol assignments, documentation
            | [192, 80, 8, 124]         // Equinix's metadata
            | [192, 88, 99, _]          // 6to4 relays
            | [192, 168, ..]            // private
            | [198, 18 | 19, ..]        // benchmarks
            | [198, 51, 100, _]         // documentation
            | [203, 0, 113, _]          // documentation
            | [224..=255, ..] // multicast, reserved, broadcast
    );
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    // Only global unicast. That leaves out loopback, ULA, link-local and multicast, and whatever carries an IPv4
    // address below `::` or `64:ff9b::`.
    let segments = address.segments();
    let global = segments[0] & 0xe000 == 0x2000;
    let special = matches!(
        segments,
        [0x2001, 0x0000..=0x01ff, ..]   // Teredo and other protocol assignments
            | [0x2001, 0x0db8, ..]      // documentation
            | [0x2002, ..]              // 6to4 carries an IPv4 address
            | [0x3fff, 0x0000..=0x0fff, ..] // documentation
    );
    global && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_is_public() {
        let table = [
            ("1.1.1.1", true),
            ("93.184.215.14", true),
            ("172.15.0.1", true),
            ("172.32.0.1", true),
            ("100.63.255.255", true),
            ("2606:4700:4700::1111", true),
            ("2a00:1450:4001::200e", true),
            ("0.0.0.0", false),
            ("10.1.2.3", false),
            ("100.64.0.1", false),
            ("127.0.0.1", false),
            ("127.255.255.254", false),
            ("169.254.169.254", false),
            ("169.254.170.2", false),
            ("100.100.100.200", false),
            ("168.63.129.16", false),
            ("168.63.129.17", true),
            ("192.80.8.124", false),
            ("172.16.0.1", false),
            ("172.31.255.255", false),
            ("192.0.0.192", false),
            ("192.168.1.1", false),
            ("198.18.0.1", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("::", false),
            ("::1", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:1.1.1.1", false),
            ("64:ff9b::7f00:1", false),
            ("2002:7f00:1::", false),
            ("2001::1", false),
            ("2001:db8::1", false),
            ("fc00::1", false),
            ("fd00:ec2::254", false),
            ("fe80::1", false),
            ("fec0::1", false),
            ("ff02::1", false),
        ];
        for (text, expected) in table {
            let address: IpAddr = text.parse().unwrap();
            assert_eq!(is_public(address), expected, "{text}");
        }
    }
}
