interfaces {
    bridge br5010 {
        address "192.168.10.253/24"
        aging "300"
        description "l2stretch dr/app"
        ip {
            disable-forwarding
        }
        mac "02:4c:32:53:00:01"
        member {
            interface eth1 {
            }
            interface vxlan5010 {
            }
        }
        mtu "1500"
    }
    ethernet eth0 {
        address "10.0.2.15/24"
        description "management port"
    }
    ethernet eth1 {
        description "l2stretch app-dr/app"
        mtu "1500"
    }
    loopback lo {
    }
    vti vti1 {
        address "169.254.100.1/30"
        description "l2stretch dr/dr"
        ip {
            adjust-mss "clamp-mss-to-pmtu"
            source-validation "loose"
        }
        mtu "1446"
    }
    vxlan vxlan5010 {
        description "l2stretch dr/app"
        mtu "1500"
        parameters {
            ip {
                df "unset"
                ttl "16"
            }
        }
        port "4789"
        remote "169.254.100.2"
        source-address "169.254.100.1"
        vni "5010"
    }
}
policy {
    prefix-list L2S-dr-export {
        rule 10 {
            action "deny"
            le "32"
            prefix "192.168.10.0/24"
        }
        rule 20 {
            action "permit"
            prefix "10.20.0.0/16"
        }
    }
    prefix-list L2S-dr-import {
        rule 10 {
            action "deny"
            le "32"
            prefix "192.168.10.0/24"
        }
        rule 20 {
            action "permit"
            prefix "10.30.0.0/16"
        }
    }
}
protocols {
    bgp {
        address-family {
            ipv4-unicast {
                network 10.20.0.0/16 {
                }
            }
        }
        neighbor 169.254.100.2 {
            address-family {
                ipv4-unicast {
                    prefix-list {
                        export "L2S-dr-export"
                        import "L2S-dr-import"
                    }
                }
            }
            description "l2stretch dr/dr"
            remote-as "65020"
            timers {
                connect "10"
                holdtime "30"
                keepalive "10"
            }
            update-source "169.254.100.1"
        }
        parameters {
            router-id "203.0.113.10"
        }
        system-as "65010"
    }
    static {
        route 10.20.0.0/16 {
            next-hop 10.20.0.1 {
            }
        }
        route 10.30.0.0/16 {
            blackhole {
                distance "254"
            }
        }
        route 169.254.100.0/30 {
            blackhole {
                distance "254"
            }
        }
    }
}
service {
    ssh {
        port "22"
    }
}
system {
    config-management {
        commit-revisions "100"
    }
    host-name "vyos"
    login {
        user vyos {
            authentication {
                encrypted-password "$6$SALT$HASH"
                plaintext-password ""
                public-keys admin {
                    key "AAAAC3NzaC1lZDI1NTE5AAAAIFAKEFAKEFAKEFAKEFAKEFAKEFAKEFAKEFAKEFAKEFAK"
                    type "ssh-ed25519"
                }
            }
        }
    }
    syslog {
        global {
            facility all {
                level "info"
            }
            facility local7 {
                level "debug"
            }
        }
    }
}
vpn {
    ipsec {
        authentication {
            psk L2S-dr {
                id "203.0.113.10"
                id "198.51.100.20"
                secret "SECRET"
            }
        }
        esp-group L2S-dr {
            lifetime "3600"
            mode "tunnel"
            pfs "dh-group14"
            proposal 1 {
                encryption "aes256gcm128"
                hash "sha256"
            }
        }
        ike-group L2S-dr {
            close-action "start"
            dead-peer-detection {
                action "restart"
                interval "10"
                timeout "30"
            }
            disable-mobike
            key-exchange "ikev2"
            lifetime "28800"
            proposal 1 {
                dh-group "14"
                encryption "aes256"
                hash "sha256"
            }
        }
        interface "eth2"
        options {
            disable-route-autoinstall
        }
        site-to-site {
            peer L2S-dr {
                authentication {
                    local-id "203.0.113.10"
                    mode "pre-shared-secret"
                    remote-id "198.51.100.20"
                }
                connection-type "initiate"
                default-esp-group "L2S-dr"
                description "l2stretch dr/dr"
                ike-group "L2S-dr"
                local-address "203.0.113.10"
                remote-address "198.51.100.20"
                vti {
                    bind "vti1"
                    esp-group "L2S-dr"
                }
            }
        }
    }
}


// Warning: Do not remove the following line.
// vyos-config-version: "bgp@5:broadcast-relay@1:cluster@2:config-management@1:conntrack@5:conntrack-sync@2:container@2:dhcp-relay@2:dhcp-server@8:dhcpv6-server@1:dns-dynamic@4:dns-forwarding@4:firewall@15:flow-accounting@1:https@6:ids@1:interfaces@32:ipoe-server@3:ipsec@13:isis@3:l2tp@9:lldp@2:mdns@1:monitoring@1:nat@8:nat66@3:ntp@3:openconnect@3:ospf@2:pim@1:policy@8:pppoe-server@10:pptp@5:qos@2:quagga@11:reverse-proxy@1:rip@1:rpki@2:salt@1:snmp@3:ssh@2:sstp@6:system@27:vrf@3:vrrp@4:vyos-accel-ppp@2:wanloadbalance@3:webproxy@2"
// Release version: 1.4.0
