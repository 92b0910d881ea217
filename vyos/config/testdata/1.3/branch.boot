container {
    name dns {
        allow-host-networks
        cap-add net-bind-service
        environment TZ {
            value Europe/Berlin
        }
        image docker.io/library/dns:latest
        memory 256
        restart always
        volume config {
            destination /etc/dns
            source /config/dns
        }
    }
}
firewall {
    name LAN-LOCAL {
        default-action accept
        rule 2 {
            action drop
            protocol udp
        }
        rule 10 {
            action accept
        }
    }
    options {
        interface vti1 {
            adjust-mss clamp-mss-to-pmtu
        }
    }
}
high-availability {
    vrrp {
        group LAN {
            authentication {
                password gl0bal
                type plaintext-password
            }
            hello-source-address 10.20.0.2
            interface eth1
            virtual-address 10.20.0.1/24 {
            }
            vrid 10
        }
    }
}
interfaces {
    bridge br5010 {
        address 192.168.10.254/24
        ip {
            disable-forwarding
        }
        member {
            interface eth1.100 {
                isolated
            }
            interface vxlan5010 {
            }
        }
        stp
    }
    ethernet eth0 {
        address dhcp
        address dhcpv6
    }
    ethernet eth1 {
        vif 100 {
        }
        vrf RED
    }
    loopback lo {
    }
    openvpn vtun10 {
        local-port 1194
        mode server
        openvpn-option "--push route 10.0.0.0 255.0.0.0"
        protocol udp
        server {
            subnet 10.8.0.0/24
        }
    }
    vxlan vxlan5010 {
        mtu 1500
        port 4789
        remote 169.254.100.1
        source-address 169.254.100.2
        vni 5010
    }
    wireguard wg0 {
        address 10.255.0.1/30
        peer phone {
            allowed-ips 10.255.0.2/32
            preshared-key AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
            pubkey BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB=
        }
        port 51820
    }
}
nat {
    destination {
        rule 10 {
            description "to the server; mind the NAT"
            destination {
                port 443
            }
            inbound-interface eth0
            protocol tcp
            translation {
                address 10.20.0.80
                port 8443
            }
        }
    }
}
protocols {
    static {
        route 0.0.0.0/0 {
            next-hop 198.51.100.1 {
            }
        }
    }
}
service {
    snmp {
        community geheim {
            authorization ro
        }
        contact "Jörg Müller <noc@example.net>"
        location "Köln, 2. OG"
    }
    ssh {
        port 22
        port 2222
    }
}
system {
    host-name branch
    login {
        user vyos {
            authentication {
                encrypted-password $6$salt$hash
                plaintext-password ""
            }
        }
    }
}
vrf {
    name BLUE {
        table 200
    }
    name RED {
        description "Kunden 赤"
        table 100
    }
}


// Warning: Do not remove the following line.
// vyos-config-version: "broadcast-relay@1:cluster@1:config-management@1:conntrack@3:conntrack-sync@2:container@1:dhcp-relay@2:dhcp-server@6:dhcpv6-server@1:dns-forwarding@3:firewall@5:https@2:interfaces@22:ipoe-server@1:ipsec@5:isis@1:l2tp@3:lldp@1:mdns@1:nat@5:ntp@1:pppoe-server@5:pptp@2:qos@1:quagga@8:rpki@1:salt@1:snmp@2:ssh@2:sstp@3:system@21:vrrp@2:vyos-accel-ppp@2:wanloadbalance@3:webproxy@2:zone-policy@1"
// Release version: 1.3.5
