container {
    name unbound {
        allow-host-networks
        arguments "-c /etc/unbound.conf -v #1"
        environment PASSWORD {
            value "a\\b$c"
        }
        image "docker.io/mvance/unbound:1.19"
        volume config {
            destination "/etc/unbound"
            mode "ro"
            source "/config/unbound"
        }
    }
}
firewall {
    global-options {
        state-policy {
            established {
                action "accept"
            }
            related {
                action "accept"
            }
        }
    }
    group {
        address-group EMPTY {
        }
        interface-group TUNNELS {
            interface "vti*"
        }
        network-group RFC1918 {
            network "10.0.0.0/8"
            network "172.16.0.0/12"
            network "192.168.0.0/16"
        }
    }
    ipv4 {
        forward {
            filter {
                default-action "drop"
                rule 9 {
                    action "jump"
                    inbound-interface {
                        name "eth0"
                    }
                    jump-target "WAN"
                }
                rule 10 {
                    action "accept"
                    description "rule 10 comes after 9, {braces}; and /* marks */ survive"
                    source {
                        group {
                            network-group "RFC1918"
                        }
                    }
                }
            }
        }
        name WAN {
            default-action "drop"
            default-log
            /* "state" holds many values since 1.4 */
            rule 1 {
                action "accept"
                state "established"
                state "related"
            }
        }
    }
    zone DMZ {
        default-action "drop"
        from LAN {
            firewall {
                name "WAN"
            }
        }
        interface "eth2"
    }
}
interfaces {
    bonding bond0 {
        member {
            interface "eth3"
            interface "eth4"
        }
        mode "802.3ad"
    }
    ethernet eth0 {
        address "203.0.113.10/24"
        description "the line of the provider"
        vif 9 {
            description "äöü 世界 🚀"
        }
        vif 10 {
            description "tab\there"
        }
    }
    ethernet eth10 {
        description ""
    }
    loopback lo {
        address "10.255.255.1/32"
    }
    wireguard wg0 {
        peer phone {
            allowed-ips "10.255.0.2/32"
            preshared-key "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
            public-key "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB="
        }
        private-key "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC="
    }
}
nat {
    destination {
        rule 10 {
            destination {
                port "443"
            }
            inbound-interface {
                name "eth0"
            }
            protocol "tcp"
            translation {
                address "10.20.0.80"
            }
        }
    }
    source {
        rule 100 {
            exclude
            outbound-interface {
                name "eth0"
            }
        }
    }
}
pki {
    ca example {
        certificate "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA+/=="
    }
    certificate web {
        certificate "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEB+/=="
        private {
            key "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC+/=="
        }
    }
}
policy {
    route-map OUT {
        rule 10 {
            action "permit"
            set {
                as-path {
                    prepend "65010 65010"
                }
                community {
                    add "65010:100"
                }
            }
        }
    }
}
protocols {
    bgp {
        address-family {
            ipv4-unicast {
                redistribute {
                    connected
                    static {
                        route-map "OUT"
                    }
                }
            }
            l2vpn-evpn {
                advertise-all-vni
            }
        }
        neighbor 2001:db8::1 {
            address-family {
                ipv6-unicast
            }
            remote-as "65001"
        }
        neighbor eth1 {
            interface {
                v6only {
                    remote-as "external"
                }
            }
        }
        system-as "65010"
    }
}
service {
    dhcp-server {
        shared-network-name LAN {
            authoritative
            subnet 10.20.0.0/24 {
                option {
                    name-server "10.20.0.1"
                }
                range 0 {
                    start "10.20.0.100"
                    stop "10.20.0.200"
                }
                subnet-id "1"
            }
        }
    }
    ntp {
        allow-client {
            address "0.0.0.0/0"
            address "::/0"
        }
        server time1.vyos.net {
        }
        server time2.vyos.net {
        }
    }
}
system {
    config-management {
        commit-archive {
            location "sftp://backup:geheim@192.0.2.1/archive"
        }
        commit-revisions "100"
    }
    host-name "dc"
    login {
        banner {
            pre-login "Welcome!\\nGo away."
        }
        user vyos {
            authentication {
                encrypted-password "$6$salt$hash"
                plaintext-password ""
            }
        }
    }
    name-server "9.9.9.9"
    name-server "1.1.1.1"
    name-server "2620:fe::fe"
    sysctl {
        parameter net.ipv4.conf.all.rp_filter {
            value "0"
        }
    }
    task-scheduler {
        task nightly {
            crontab-spec "0 3 * * *"
            executable {
                path "/config/scripts/nightly.sh"
            }
        }
    }
}
vrf {
    bind-to-all
    name RED {
        protocols {
            static {
                route 0.0.0.0/0 {
                    next-hop 192.0.2.1 {
                        vrf "default"
                    }
                }
            }
        }
        table "100"
    }
}


// Warning: Do not remove the following line.
// vyos-config-version: "bgp@5:broadcast-relay@1:cluster@2:config-management@1:conntrack@5:conntrack-sync@2:container@2:dhcp-relay@2:dhcp-server@11:firewall@16:interfaces@33:nat@8:system@27:vrf@3"
// Release version: 1.5-rolling-202410150007
