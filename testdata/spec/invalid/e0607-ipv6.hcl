l2stretch {
  name   = "app-dr"
  accept = ["W0204: small packets only", "W0501: drills only", "W0512: filters are off", "W0601: known", "W0602: known", "W0603: known"]
}

secret "psk" {
  env = "L2STRETCH_PSK"
}

site "onprem" {
  networks = []

  gateway "gw1" {
    release = "1.3"

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
  networks = []

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
    address = "2001:db8:ff::1/127" # ERROR: IPv6 on a VTI [E0607]
  }

  end {
    gateway = site.cloud.gateway.gw1
    address = "2001:db8:ff::0/127"
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
