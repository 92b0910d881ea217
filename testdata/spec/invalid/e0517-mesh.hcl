l2stretch {
  name   = "mesh"
  accept = ["W0501: drills only", "W0408: known"]
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
    release = "1.4"

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

site "dc3" {
  networks = ["10.40.0.0/16"]

  gateway "gw1" {
    release = "1.4"

    uplink {
      interface = "eth0"
      address   = "192.0.2.30/24"
    }

    inside {
      interface = "eth2"
      address   = "10.40.0.2/24"
      next_hop  = "10.40.0.1"
    }

    bgp {
      asn = 65030
    }
  }
}

tunnel "onprem-cloud" {
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

tunnel "onprem-dc3" {
  index = 2
  psk   = secret.psk

  end {
    gateway = site.onprem.gateway.gw1
    address = "169.254.100.5/30"
  }

  end {
    gateway = site.dc3.gateway.gw1
    address = "169.254.100.6/30"
  }
}

tunnel "cloud-dc3" {
  index = 3
  psk   = secret.psk

  end {
    gateway = site.cloud.gateway.gw1
    address = "fd00:100::9/126"
  }

  end {
    gateway = site.dc3.gateway.gw1
    address = "fd00:100::a/126"
  }
}

stretch "app" {
  tunnels = [tunnel.onprem-cloud, tunnel.onprem-dc3, tunnel.cloud-dc3] # ERROR: VTEPs of different families [E0517]
  subnet  = "192.168.10.0/24"
  vni     = 5010

  attach {
    gateway         = site.onprem.gateway.gw1
    interface       = "eth1"
    vlan            = 20
    address         = "192.168.10.252"
    default_gateway = "192.168.10.1"
  }

  attach {
    gateway         = site.cloud.gateway.gw1
    interface       = "eth1"
    vlan            = 100
    address         = "192.168.10.253"
    default_gateway = "192.168.10.1"
  }

  attach {
    gateway         = site.dc3.gateway.gw1
    interface       = "eth1"
    vlan            = 30
    address         = "192.168.10.254"
    default_gateway = "192.168.10.1"
  }
}
