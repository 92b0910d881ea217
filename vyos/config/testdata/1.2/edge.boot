firewall {
    all-ping enable
    group {
        address-group ADMINS {
            address 192.0.2.10
            address 192.0.2.11
            description "people with keys; and {braces}"
        }
        network-group BRANCHES {
            network 10.20.0.0/16
            network 10.3.0.0/16
        }
        port-group WEB {
            port 80
            port 443
            port 8000-8100
        }
    }
    name WAN-IN {
        default-action drop
        enable-default-log
        rule 5 {
            action accept
            state {
                established enable
                related enable
            }
        }
        rule 10 {
            action accept
            description "web * for everybody"
            destination {
                group {
                    port-group WEB
                }
            }
            protocol tcp
        }
        rule 100 {
            action drop
            log enable
            source {
                group {
                    address-group !ADMINS
                }
            }
        }
    }
    options {
        interface vti1 {
            adjust-mss 1406
        }
    }
    state-policy {
        invalid {
            action drop
        }
    }
}
/* everything that moves */
interfaces {
    bridge br5010 {
        address 192.168.10.254/24
        aging 300
        stp false
    }
    /* don't touch: the provider's line */
    ethernet eth0 {
        address 198.51.100.20/24
        description WAN
        duplex auto
        firewall {
            in {
                name WAN-IN
            }
        }
        hw-id 52:54:00:00:00:01
        smp-affinity auto
        speed auto
    }
    ethernet eth1 {
        bridge-group {
            bridge br5010
        }
        vif 20 {
            address 10.20.0.1/24
        }
        vif 100 {
            address 10.100.0.1/24
            description ""
        }
    }
    loopback lo {
    }
    vti vti1 {
        address 169.254.100.2/30
        mtu 1446
    }
    vxlan vxlan5010 {
        bridge-group {
            bridge br5010
        }
        mtu 1500
        remote 169.254.100.1
        remote-port 4789
        vni 5010
    }
}
nat {
    source {
        rule 10 {
            outbound-interface eth0
            source {
                address 10.0.0.0/8
            }
            translation {
                address masquerade
            }
        }
    }
}
protocols {
    bgp 65020 {
        address-family {
            ipv4-unicast {
                network 10.30.0.0/16 {
                }
                redistribute {
                    connected {
                    }
                }
            }
        }
        neighbor 169.254.100.1 {
            description "l2stretch dr/dr"
            password s3cret\with\backslashes
            remote-as 65010
            timers {
                connect 10
                holdtime 30
                keepalive 10
            }
        }
        parameters {
            router-id 198.51.100.20
        }
    }
    static {
        route 0.0.0.0/0 {
            next-hop 198.51.100.1 {
            }
        }
        route 10.20.0.0/16 {
            blackhole {
                distance 254
            }
        }
    }
}
service {
    dhcp-server {
        shared-network-name LAN {
            authoritative
            subnet 10.20.0.0/24 {
                default-router 10.20.0.1
                dns-server 10.20.0.1
                dns-server 9.9.9.9
                lease 86400
                range 0 {
                    start 10.20.0.100
                    stop 10.20.0.200
                }
                static-mapping printer {
                    ip-address 10.20.0.50
                    mac-address 00:11:22:33:44:55
                }
            }
        }
    }
    ssh {
        port 22
    }
}
system {
    config-management {
        commit-revisions 100
    }
    host-name edge
    login {
        banner {
            pre-login "Authorised staff only.\nEverybody else: go away!"
        }
        user vyos {
            authentication {
                encrypted-password $6$salt$hash.of/a.password
                plaintext-password ""
                public-keys admin@example.net {
                    key AAAAC3NzaC1lZDI1NTE5AAAAIFAKE
                    type ssh-ed25519
                }
            }
            level admin
        }
    }
    ntp {
        server 0.pool.ntp.org {
        }
        server 1.pool.ntp.org {
        }
    }
    syslog {
        global {
            facility all {
                level notice
            }
            facility protocols {
                level debug
            }
        }
    }
    time-zone Europe/Berlin
}
vpn {
    ipsec {
        esp-group L2S-dr {
            compression disable
            lifetime 3600
            mode tunnel
            pfs dh-group14
            proposal 1 {
                encryption aes256gcm128
                hash sha256
            }
        }
        ike-group L2S-dr {
            close-action none
            ikev2-reauth no
            key-exchange ikev2
            lifetime 28800
            proposal 1 {
                dh-group 14
                encryption aes256
                hash sha256
            }
        }
        ipsec-interfaces {
            interface eth0
        }
        site-to-site {
            peer 203.0.113.10 {
                authentication {
                    id 198.51.100.20
                    mode pre-shared-secret
                    pre-shared-secret "no quotes, but ; and # and {"
                    remote-id 203.0.113.10
                }
                connection-type respond
                ike-group L2S-dr
                local-address 198.51.100.20
                vti {
                    bind vti1
                    esp-group L2S-dr
                }
            }
        }
    }
}
zone-policy {
    zone LAN {
        default-action drop
        from WAN {
            firewall {
                name WAN-IN
            }
        }
        interface eth1
    }
    zone WAN {
        default-action drop
        interface eth0
    }
}


/* Warning: Do not remove the following line. */
/* === vyatta-config-version: "broadcast-relay@1:cluster@1:config-management@1:conntrack-sync@1:conntrack@1:dhcp-relay@2:dhcp-server@5:dns-forwarding@1:firewall@5:ipsec@5:l2tp@1:mdns@1:nat@4:ntp@1:pppoe-server@2:pptp@1:qos@1:quagga@7:snmp@1:ssh@1:system@10:vrrp@2:wanloadbalance@3:webgui@1:webproxy@2:zone-policy@1" === */
/* Release version: 1.2.9-S1 */
