l2stretch {
  name   = "app-dr"
  accept = ["W0201: fragments are fine", "W0501: drills only", "W0512: filters are off"]
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

    ssh {
      host = "192.168.10.254" # WARNING: Managed in the stretched subnet [W0521]
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
    hypervisor      = "kvm"
  }

  attach {
    gateway         = site.cloud.gateway.gw1
    interface       = "eth1"
    vlan            = 100
    address         = "192.168.10.254"
    default_gateway = "192.168.10.1"
    hypervisor      = "kvm"
  }
}
