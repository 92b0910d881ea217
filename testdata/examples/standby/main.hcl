# The cloud has a pair of gateways. One of them attaches, the other is its spare: everything is there, its VXLAN is
# disabled. Exchange standby to fail over.
l2stretch {
  name = "standby"
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
  networks = ["10.20.0.0/16"]

  gateway "gw1" {
    release = var.release

    uplink {
      interface = "eth0"
      address   = "203.0.113.10/24"
    }

    inside {
      interface = "eth2"
      address   = "10.20.0.2/24"
      next_hop  = "10.20.0.1"
    }

    bgp {
      asn = 65010
    }
  }
}

site "cloud" {
  networks = ["10.30.0.0/16"]

  gateway "gw1" {
    release = var.release

    uplink {
      interface = "eth0"
      address   = "198.51.100.20/24"
    }

    inside {
      interface = "eth2"
      address   = "10.30.0.2/24"
      next_hop  = "10.30.0.1"
    }

    bgp {
      asn = 65020
    }
  }

  gateway "gw2" {
    release = var.release

    uplink {
      interface = "eth0"
      address   = "198.51.100.21/24"
    }

    inside {
      interface = "eth2"
      address   = "10.30.0.3/24"
      next_hop  = "10.30.0.1"
    }

    bgp {
      asn = 65020
    }
  }
}

tunnel "dr1" {
  index = 1
  psk   = secret.psk

  end {
    gateway = site.onprem.gateway.gw1
    address = "169.254.100.1/30"
  }

  end {
    gateway = site.cloud.gateway.gw1
    address = "169.254.100.2/30"
  }
}

tunnel "dr2" {
  index = 2
  psk   = secret.psk

  end {
    gateway = site.onprem.gateway.gw1
    address = "169.254.100.5/30"
  }

  end {
    gateway = site.cloud.gateway.gw2
    address = "169.254.100.6/30"
  }
}

stretch "app" {
  tunnels = [tunnel.dr1, tunnel.dr2]
  subnet  = "192.168.10.0/24"
  vni     = 5010

  attach {
    gateway         = site.onprem.gateway.gw1
    interface       = "eth1"
    vlan            = 20
    address         = "192.168.10.252"
    default_gateway = "192.168.10.1"
    hypervisor      = "esxi"
  }

  attach {
    gateway         = site.cloud.gateway.gw1
    interface       = "eth1"
    vlan            = 100
    address         = "192.168.10.253"
    default_gateway = "192.168.10.1"
    hypervisor      = "ahv"
  }

  attach {
    gateway         = site.cloud.gateway.gw2
    interface       = "eth1"
    vlan            = 100
    address         = "192.168.10.254"
    default_gateway = "192.168.10.1"
    hypervisor      = "ahv"
    standby         = true
  }
}
