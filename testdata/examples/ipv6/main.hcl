# IPv6 outside and inside the tunnel: uplinks, VTI addresses and routed networks. The stretched subnet is IPv4.
l2stretch {
  name = "ipv6"
}

variable "release" {
  type        = string
  default     = "1.4"
  description = "VyOS release of the gateways"
}

secret "psk" {
  env = "L2STRETCH_PSK"
}

site "onprem" {
  networks = ["2001:db8:20::/48"]

  gateway "gw1" {
    release = var.release

    uplink {
      interface = "eth0"
      address   = "2001:db8:ffff:20::10/64"
    }

    inside {
      interface = "eth2"
      address   = "2001:db8:20::2/64"
      next_hop  = "2001:db8:20::1"
    }

    bgp {
      asn       = 65010
      router_id = "10.255.0.1"
    }
  }
}

site "cloud" {
  networks = ["2001:db8:30::/48"]

  gateway "gw1" {
    release = var.release

    uplink {
      interface = "eth0"
      address   = "2001:db8:ffff:30::10/64"
    }

    inside {
      interface = "eth2"
      address   = "2001:db8:30::2/64"
      next_hop  = "2001:db8:30::1"
    }

    bgp {
      asn       = 65020
      router_id = "10.255.0.2"
    }
  }
}

tunnel "dr" {
  psk = secret.psk

  end {
    gateway = site.onprem.gateway.gw1
    address = "fd00:100::1/126"
  }

  end {
    gateway = site.cloud.gateway.gw1
    address = "fd00:100::2/126"
  }
}

stretch "app" {
  tunnels = [tunnel.dr]
  subnet  = "192.168.10.0/24"
  vni     = 5010

  attach {
    gateway         = site.onprem.gateway.gw1
    interface       = "eth1"
    vlan            = 20
    address         = "192.168.10.253"
    default_gateway = "192.168.10.1"
    hypervisor      = "esxi"
  }

  attach {
    gateway         = site.cloud.gateway.gw1
    interface       = "eth1"
    vlan            = 100
    address         = "192.168.10.254"
    default_gateway = "192.168.10.1"
    hypervisor      = "ahv"
  }
}
