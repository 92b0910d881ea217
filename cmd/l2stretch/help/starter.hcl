# A stretch between two sites. Every value that says CHANGE-ME is yours to fill in; `l2stretch validate` names
# those that are left, with their lines.

l2stretch {
  name             = "my-stretch" # stands in every marker on every box: a-z, 0-9 and -, at most 16 characters
  required_version = ">= 0.1"
}

# The pre-shared key of the tunnel. Its value never stands in a specification: see `l2stretch help secrets`.
secret "psk" {
  env = "L2STRETCH_PSK"
}

site "onprem" {
  networks = ["CHANGE-ME"] # routed networks behind this site, as in "10.20.0.0/16"; the stretched subnet is none of them

  gateway "gw1" {
    platform = "vyos"
    release  = "1.4" # `show version` on the gateway

    uplink {
      interface = "eth0"
      address   = "CHANGE-ME" # address and length of its network, as in "203.0.113.10/24"
      mtu       = 1500        # what the path to the other site carries
      # public_address = "198.51.100.7" # when the gateway is behind NAT
    }

    inside { # how the gateway reaches its site's networks
      interface = "eth2"
      address   = "CHANGE-ME" # as in "10.20.0.2/24"
      next_hop  = "CHANGE-ME" # as in "10.20.0.1"
    }

    bgp {
      asn = 65010 # a private number; the other site has another one
    }

    ssh {
      host = "CHANGE-ME" # where the gateway is managed, as in "192.0.2.10"
      user = "vyos"
    }
  }
}

site "cloud" {
  networks = ["CHANGE-ME"] # as in "10.30.0.0/16"

  gateway "gw1" {
    platform = "vyos"
    release  = "1.4"

    uplink {
      interface = "eth0"
      address   = "CHANGE-ME" # as in "198.51.100.20/24"
    }

    inside {
      interface = "eth2"
      address   = "CHANGE-ME" # as in "10.30.0.2/24"
      next_hop  = "CHANGE-ME" # as in "10.30.0.1"
    }

    bgp {
      asn = 65020
    }

    ssh {
      host = "CHANGE-ME" # as in "192.0.2.20"
      user = "vyos"
    }
  }
}

tunnel "dr" {
  psk = secret.psk

  end {
    gateway = site.onprem.gateway.gw1
    address = "169.254.100.1/30" # inside the tunnel; both ends in one network that is used nowhere else
  }

  end {
    gateway = site.cloud.gateway.gw1
    address = "169.254.100.2/30"
  }

  ike {
    proposals = ["aes256-sha256-dh14"]
    lifetime  = "8h"
  }

  esp {
    proposals = ["aes256gcm128-dh14"]
    lifetime  = "1h"
  }
}

stretch "app" {
  tunnels = [tunnel.dr]
  subnet  = "CHANGE-ME" # the subnet that is to exist on both sites, as in "192.168.10.0/24"
  vni     = 5010

  attach {
    gateway         = site.onprem.gateway.gw1
    interface       = "eth1" # the NIC in the subnet; it becomes a member of a bridge
    vlan            = 20
    address         = "CHANGE-ME" # a free address of the subnet, as in "192.168.10.253"
    default_gateway = "CHANGE-ME" # of the hosts, as in "192.168.10.1"
    hypervisor      = "kvm"       # esxi, ahv, kvm, cloud, physical
  }

  attach {
    gateway         = site.cloud.gateway.gw1
    interface       = "eth1"
    vlan            = 100
    address         = "CHANGE-ME" # another free address, as in "192.168.10.254"
    default_gateway = "CHANGE-ME" # the same as above: "192.168.10.1"
    hypervisor      = "kvm"
  }
}
