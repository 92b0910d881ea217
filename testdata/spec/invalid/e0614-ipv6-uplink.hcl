l2stretch {
  name   = "app-dr"
  accept = ["W0201: fragments are fine", "W0501: drills only", "W0512: filters are off", "W0601: known", "W0602: known", "W0603: known"]
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
      address   = "2001:db8:ffff:20::10/64" # ERROR: IPv6 uplinks under a VTI [E0614]
    }

    bgp {
      asn       = 65010
      router_id = "192.0.2.1"
    }
  }
}

site "cloud" {
  networks = []

  gateway "gw1" {
    release = "1.4"

    uplink {
      interface = "eth0"
      address   = "2001:db8:ffff:30::10/64"
    }

    bgp {
      asn       = 65020
      router_id = "192.0.2.2"
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
