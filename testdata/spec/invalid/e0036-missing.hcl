l2stretch {
  name = "app-dr"
}

variable "vni_base" {
  type    = number
  default = 5000
}

secret "psk" {
  env = "L2STRETCH_PSK"
}

site "onprem" {
  networks = ["10.20.0.0/16"]

  gateway "gw1" {
    platform = "vyos"
    release  = "1.4"

    uplink {
      interface = "eth0"
      address   = "203.0.113.10/24"
    }

    ssh {
      host = file("host.txt") # ERROR: File not readable [E0036]
    }
  }
}

site "cloud" {
  networks = ["10.30.0.0/16"]

  gateway "gw1" {
    platform = "vyos"
    release  = "1.4"

    uplink {
      interface = "eth0"
      address   = "198.51.100.20/24"
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

stretch "app" {
  tunnels = [tunnel.dr]
  subnet  = "192.168.10.0/24"
  vni     = var.vni_base + 10

  attach {
    gateway         = site.onprem.gateway.gw1
    interface       = "eth1"
    vlan            = 20
    address         = "192.168.10.253"
    default_gateway = "192.168.10.1"
  }

  attach {
    gateway         = site.cloud.gateway.gw1
    interface       = "eth1"
    vlan            = 100
    address         = "192.168.10.254"
    default_gateway = "192.168.10.1"
  }
}
