package ir

// releaseCodes are what a platform or release cannot do.
var releaseCodes = []Kind{
	{Code: "E0601", Summary: "Unknown release", Help: "Known VyOS releases are 1.2, 1.3, 1.4, 1.5 and rolling; 4.x is the appliance built on VyOS. `l2stretch help releases` lists what each can do."},
	{Code: "E0602", Summary: "Platform without a backend", Help: "The platform of a gateway decides which backend makes its configuration. This build has none for the one named."},
	{Code: "E0603", Summary: "Proposal unknown to the release", Help: "Releases differ in the ciphers, hashes, PRFs and groups that they know; 1.2 knows fewest (no group 31, no PRF). Both ends of a tunnel must know what one of them proposes. aes256-sha256-dh14 and aes256gcm128-dh14 are known to all."},
	{Code: "E0604", Summary: "VNI beyond the release's range", Help: "VyOS from 1.3 on takes VNIs up to 16777214, one less than 24 bits would hold; 1.2 takes the last one as well."},
	{Code: "E0605", Summary: "Several far sites on one VXLAN interface", Help: "A stretch over more than two sites sends each broadcast to every far site, which needs several remotes. 1.2 has one; 1.3 is the first release with several."},
	{Code: "E0606", Summary: "Loopback VTEP without a source address", Help: "A loopback VTEP sends from an address that is not the tunnel's, which must be stated as source-address. 1.2 cannot; 1.3 is the first release that can."},
	{Code: "E0607", Summary: "IPv6 on a VTI", Help: "The VTI of 1.2 and 1.3 takes IPv4 addresses only. Use an IPv4 prefix for the tunnel (hosts in it may still speak IPv6), or 1.4."},
	{Code: "E0608", Summary: "Local first hop cannot be kept local", Help: "first_hop = \"local\" keeps each site's default gateway from the other site's hosts. VyOS from 1.4 on can drop frames by the gateway's MAC address, which must be given; 1.2 and 1.3 cannot."},
	{Code: "E0609", Summary: "Frames cannot be blocked", Help: "block = [\"dhcp\", \"ra\"] is exact on Linux. VyOS from 1.4 on can drop frames by MAC address only, so gateway_mac must say whose; 1.2 and 1.3 cannot."},
	{Code: "E0610", Summary: "MTU beyond the release's range", Help: "1.2 takes VXLAN MTUs of 1450 to 9000, later releases 1200 to 16000; a VTI of 1.2 and 1.3 ends at 9000."},
	{Code: "E0612", Summary: "Colliding rule numbers", Help: "Rules of prefix lists have numbers up to 65535. Those that deny stretched subnets take the stretch's index, modulo 49999, so that adding a stretch changes no other line. Two indexes that differ by a multiple of 49999 collide; write another index in one of them."},
	{Code: "E0613", Summary: "Interface name unknown to the release", Help: "1.2 knows NICs called ethN and lanN only."},
	{Code: "E0614", Summary: "IPv6 uplinks under a VTI", Help: "1.2 and 1.3 make a VTI as a device of the kernel that takes IPv4 addresses outside (ip link add type vti), so its peers are IPv4 addresses. From 1.4 on a VTI is an XFRM interface, which knows no family. Use IPv4 uplinks, or 1.4 on this end."},
	{Code: "W0601", Summary: "Release not verified on a box", Help: "Commands for 1.4 were committed on a genuine box. Those for the other releases follow their grammar and their sources; `l2stretch help releases` has the details."},
	{Code: "W0602", Summary: "One guard against clear text", Help: "From 1.4 on a firewall rule keeps VXLAN packets inside the tunnel even when the routing daemon, and with it the blackhole route, is gone. Older releases have the blackhole only."},
	{Code: "W0603", Summary: "BPDUs cross the stretch", Help: "A Linux bridge with STP off passes BPDUs on. Where the gateway cannot drop them, the switches or hypervisors must, or the two sites become one spanning tree."},
	{Code: "W0604", Summary: "Gateway forwards for the stretch", Help: "The gateway is a host in the tenants' subnet and should not be a router there. 1.2 cannot say so for one interface."},
	{Code: "W0605", Summary: "Changes in two commits", Help: "1.2 refuses to change a VXLAN interface in place; it is deleted in one commit and made anew in the next. The plan shows both phases and what is down in between."},
	{Code: "W0606", Summary: "Blocking by MAC address", Help: "VyOS's bridge firewall sees MAC addresses only, so block drops all frames of gateway_mac towards the far site."},
}
