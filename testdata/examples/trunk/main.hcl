# Fifty subnets over one trunk: the gateways see each VLAN tagged on eth1.
l2stretch {
  name = "trunk"
}

variable "release" {
  type        = string
  default     = "1.4"
  description = "VyOS release of the gateways"
}

secret "psk" {
  env = "L2STRETCH_PSK"
}

locals {
  vlans = { for n in range(1, 51) : "v${n}" => n }
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
}

tunnel "dr" {
  psk = secret.psk

  end {
    gateway = site.onprem.gateway.gw1
    address = "169.254.100.1/30"
  }

  end {
    gateway = site.cloud.gateway.gw1
    address = "169.254.100.2/30"
  }
}

stretch "vlan" {
  for_each = local.vlans
  tunnels  = [tunnel.dr]
  subnet   = cidrsubnet("192.168.0.0/16", 8, each.value)
  vni      = 5000 + each.value

  attach {
    gateway    = site.onprem.gateway.gw1
    interface  = "eth1"
    vlan       = 100 + each.value
    tagged     = true
    address    = cidrhost(cidrsubnet("192.168.0.0/16", 8, each.value), 253)
    hypervisor = "kvm"
  }

  attach {
    gateway    = site.cloud.gateway.gw1
    interface  = "eth1"
    vlan       = 1100 + each.value
    tagged     = true
    address    = cidrhost(cidrsubnet("192.168.0.0/16", 8, each.value), 254)
    hypervisor = "kvm"
  }
}
