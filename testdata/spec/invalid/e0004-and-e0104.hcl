l2stretch {
  name = "app-dr"
}

secret "psk" {
  env = "L2STRETCH_PSK"
}

site "onprem" {
  networks = ["10.20.0.0/16"]

  gateway "gw1" {
    release = "1.4"

    uplink {
      interface = "eth0"
      address   = "203.0.113.10/24"
    }

    bgp {
      asn = 65010
    }
  }
}

site "cloud" {
  networks = ["10.30.0.0/16"]

  gateway "gw1" {
    release = "1.4"

    uplink {
      interface = "eth0"
      address   = "198.51.100.20/24"
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
  }

  attach {
    gateway         = site.cloud.gateway.gw1
    interface       = "eth1"
    vlan            = 100
    address         = "192.168.10.254"
    default_gateway = "192.168.10.1"
  }
}

stretch "db" {
  tunnels = [tunnel.dr]
  subnet  = "192.168.20.0/24"
  vni     = 5010 # ERROR: Duplicate VNI [E0104]
  index   = 20

  attach {
    gateway   = site.onprem.gateway.gw1
    interface = "eth3"
    vlan      = 30
    address   = "192.168.20.253"
  }

  attach {
    gateway   = site.cloud.gateway.gw1
    interface = "eth3"
    vlan      = 130
    address   = "192.168.20.254"
  }
}

site "lab" {
  gateway "gw1" {
    release = "1.4"
    colour  = "red" # ERROR: Unknown attribute [E0004]

    uplink {
      interface = "eth0"
      address   = "192.0.2.9/24"
    }
  }
}
